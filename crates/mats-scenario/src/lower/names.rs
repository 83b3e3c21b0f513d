//! Names that are declared once and referred to elsewhere.

use super::Context;
use crate::suggest::{instead, quote};
use std::collections::BTreeMap;
use toml::Spanned;

/// Tells whether what follows a group's name names the group itself or a member.
fn numbered(rest: &str) -> bool {
    rest.is_empty() || rest.strip_prefix('-').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

/// Names of one kind and what they stand for.
pub struct Names<T> {
    kind: &'static str,
    known: BTreeMap<String, T>,
}

impl<T: Clone> Names<T> {
    /// Begins without names. `kind` is what messages call them.
    pub fn new(kind: &'static str) -> Self {
        Names { kind, known: BTreeMap::new() }
    }

    /// The table in which names of the kind are declared.
    fn table(&self) -> &'static str {
        match self.kind {
            "host group" => "host",
            "step" => "attack.step",
            kind => kind,
        }
    }

    /// Declares a name. The same name twice is a mistake.
    pub fn declare(&mut self, name: &Spanned<String>, meaning: T, ctx: &mut Context<'_>) {
        if self.known.contains_key(name.get_ref()) {
            let message = format!("the {} {} is declared twice", self.kind, quote(name.get_ref()));
            ctx.sink.error(name.span(), message, Some("give it another name".to_owned()));
        } else {
            self.known.insert(name.get_ref().clone(), meaning);
        }
    }

    /// Returns what a name stands for. An unknown name is a mistake, unless its declaration is one already.
    pub fn find(&self, name: &Spanned<String>, ctx: &mut Context<'_>) -> Option<T> {
        let word = name.get_ref();
        let found = self.known.get(word).cloned();
        // `office-04` may well belong to the group `office` once that is put right.
        let lost = |(table, name): &(String, String)| {
            (table.is_empty() || table == self.table())
                && word.strip_prefix(name.as_str()).is_some_and(numbered)
        };
        let excused = || ctx.limits.groundless || ctx.limits.lost.iter().any(lost);
        if found.is_none() && !excused() {
            let help = instead(word, self.known.keys().map(String::as_str));
            ctx.sink.error(name.span(), format!("unknown {} {}", self.kind, quote(word)), Some(help));
        }
        found
    }
}
