//! Where things stand in the file of an experiment, so that mistakes are shown in their places.

use mats_scenario::{Diagnostic, Diagnostics, nearest};
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Mistakes that are shown at most: whoever makes more wants to read the first.
pub const MOST: usize = 50;

/// A file's text, read as tables once.
#[derive(Debug)]
pub struct Places<'a> {
    file: &'a str,
    text: &'a str,
    table: DeTable<'a>,
    errors: Vec<toml::de::Error>,
}

impl<'a> Places<'a> {
    /// The places of a file with this text; `file` is only for messages.
    pub fn new(file: &'a str, text: &'a str) -> Places<'a> {
        let (table, errors) = DeTable::parse_recoverable(text);
        Places { file, text, table: table.into_inner(), errors }
    }

    /// Reads the file as what it should be.
    ///
    /// # Errors
    /// With every place where it is no TOML, or the first where it is not what it should be.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Diagnostics> {
        if !self.errors.is_empty() {
            let all = self.errors.iter().take(MOST).map(|error| self.at(error.span(), error.message(), None));
            return Err(Diagnostics::new(all.collect()));
        }
        toml::from_str(self.text).map_err(|error| {
            let help = meant(error.message());
            Diagnostics::from(self.at(error.span(), error.message(), help.as_deref()))
        })
    }

    /// A mistake in what stands under a dotted name; in the whole file where that is not found.
    pub fn diagnostic(&self, name: &str, what: &str) -> Diagnostic {
        let (message, help) = what.split_once("; ").map_or((what, None), |(what, help)| (what, Some(help)));
        self.at(find(&self.table, name), message, help)
    }

    fn at(&self, span: Option<Range<usize>>, message: &str, help: Option<&str>) -> Diagnostic {
        match span {
            Some(span) => Diagnostic::spanned(self.file, self.text, span, message, help),
            None => Diagnostic::whole(self.file, message, help),
        }
    }
}

/// Place of the key of a dotted name, of which any part may itself be dotted, in quotes. Entries of lists go by their positions.
fn find(table: &DeTable<'_>, name: &str) -> Option<Range<usize>> {
    let mut around = None;
    for (key, value) in table {
        let Some(rest) = name.strip_prefix(&**key.get_ref()) else { continue };
        if rest.is_empty() {
            return Some(key.span());
        }
        let Some(rest) = rest.strip_prefix('.') else { continue };
        if let Some(inside) = within(value.get_ref(), rest) {
            return Some(inside);
        }
        around = Some(key.span());
    }
    around
}

/// The same within a value.
fn within(value: &DeValue<'_>, name: &str) -> Option<Range<usize>> {
    match value {
        DeValue::Table(table) => find(table, name),
        DeValue::Array(entries) => {
            let (at, rest) = name.split_once('.')?;
            within(entries.get(at.parse::<usize>().ok()?)?.get_ref(), rest)
        }
        _ => None,
    }
}

/// Asks for the field that was meant, where a message tells an unknown one and those that there are, in backquotes.
fn meant(message: &str) -> Option<String> {
    message.starts_with("unknown field").then_some(())?;
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    Some(format!("did you mean `{}`?", nearest(wrong, quoted)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        let text = "[settings]\ntrain.dqn.nstep = 3\n\"train.round\" = 4\n[[variant]]\nname = 'a'\nsettings = { seed = 'x' }\n";
        let place = |name: &str| Places::new("e.toml", text).diagnostic(name, "no; try").place;
        assert_eq!(place("settings.train.dqn.nstep"), Some((2, 11)));
        assert_eq!(place("settings.train.round"), Some((3, 1)));
        assert_eq!(place("variant.0.settings.seed"), Some((6, 14)));
        assert_eq!(place("grid.x"), None);
    }

    #[test]
    fn an_unknown_field_is_told_what_was_meant() {
        assert_eq!(
            meant("unknown field `grd`, expected one of `grid`, `settings`").as_deref(),
            Some("did you mean `grid`?")
        );
        assert_eq!(meant("unknown field `zzz`, expected one of `grid`, `settings`"), None);
        assert_eq!(meant("missing field `grid`"), None);
    }
}
