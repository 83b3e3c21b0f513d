//! Rules that can never match, because rules above them take all that they could.

use crate::table::{PolicyTable, Rule};
use std::collections::BTreeSet;

/// A rule that can never match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// Its position.
    pub rule: usize,
    /// The positions of the rules that take what it could, in order.
    pub by: Vec<usize>,
}

impl PolicyTable {
    /// The rules that can never match, in order. A rule that asks for facts takes nothing from those below it for good, but
    /// from one that asks for the same.
    pub fn shadowed(&self) -> Vec<Shadowed> {
        let all = self.rules.iter().enumerate();
        all.filter_map(|(rule, written)| {
            let takes = |above: &Rule, key| {
                let always = written.has.includes(above.has) && written.lacks.includes(above.lacks);
                always && above.when.contains(key)
            };
            let taker = |key| self.rules.iter().position(|above| takes(above, key));
            let takers: BTreeSet<usize> = written.when.keys().filter_map(taker).collect();
            // A rule that takes any of its keys itself is among them.
            let never = !takers.is_empty() && !takers.contains(&rule);
            never.then(|| Shadowed { rule, by: takers.into_iter().collect() })
        })
        .collect()
    }
}
