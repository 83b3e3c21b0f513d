//! Changes of a scenario's file by dotted names, as in `scenario.response.analysts=2`: typed, or of an experiment.

use super::grid::{self, Choice};
pub use toml::Table;
use toml::Value;

/// Prefix of the scenario's settings among others.
pub const SCENARIO: &str = "scenario.";

/// Errors of changing a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// A text that is not of the form `scenario.NAME=VALUE`.
    #[error(
        "`{0}` is no change of a scenario; write scenario.NAME=VALUE, such as `scenario.response.analysts=2`"
    )]
    Form(String),
    /// What makes a scenario another one.
    #[error("`{0}` cannot be changed so; write a scenario of your own")]
    Fixed(String),
    /// A name that goes through something that is no table.
    #[error("{0}")]
    NoTable(String),
}

/// Tells whether what was typed changes the scenario.
pub fn is_one(text: &str) -> bool {
    text.starts_with(SCENARIO)
}

/// The changes of the scenario among what was typed, each `NAME=VALUE`, the value as TOML, or a word.
///
/// # Errors
/// When one is not of that form.
pub fn typed(texts: &[String]) -> Result<Vec<Choice>, ChangeError> {
    texts.iter().filter(|text| is_one(text)).map(|text| one(text)).collect()
}

fn one(text: &str) -> Result<Choice, ChangeError> {
    let form = || ChangeError::Form(text.to_owned());
    let (name, value) = text[SCENARIO.len()..].split_once('=').ok_or_else(form)?;
    if name.split('.').any(|part| part.trim().is_empty()) {
        return Err(form());
    }
    let read = format!("value = {value}").parse::<Table>().ok();
    // A line break would begin another line of the file.
    let read = read.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    Ok((name.trim().to_owned(), read.unwrap_or_else(|| Value::String(value.to_owned()))))
}

/// Adds a change to others.
///
/// # Errors
/// When it would make the scenario another one, or its name goes through something that is no table.
pub fn put(changes: &mut Table, name: &str, value: Value) -> Result<(), ChangeError> {
    if let Value::Table(inner) = &value {
        let inner = grid::flat(inner);
        return inner
            .into_iter()
            .try_for_each(|(rest, value)| put(changes, &format!("{name}.{rest}"), value));
    }
    if name == "extends" || name == "scenario.name" {
        return Err(ChangeError::Fixed(name.to_owned()));
    }
    grid::put(changes, name, value).map_err(ChangeError::NoTable)
}

/// The changes among what was typed, as one table; empty where there are none.
///
/// # Errors
/// As [`typed`] and [`put`].
pub fn table(texts: &[String]) -> Result<Table, ChangeError> {
    let mut changes = Table::new();
    typed(texts)?.into_iter().try_for_each(|(name, value)| put(&mut changes, &name, value))?;
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_table() {
        let texts = [
            "scenario.response.analysts=2",
            "train.round=3",
            "scenario.campaigns.count=[0.0, 1.0]",
            "scenario.reward.unit=hours",
        ];
        let changes = table(&texts.map(str::to_owned)).unwrap();
        let wanted: Table =
            "[response]\nanalysts = 2\n[campaigns]\ncount = [0.0, 1.0]\n[reward]\nunit = 'hours'\n"
                .parse()
                .unwrap();
        assert_eq!(changes, wanted);
    }

    #[test]
    fn what_is_no_change_is_told() {
        let check = |text: &str, error: ChangeError| assert_eq!(table(&[text.to_owned()]), Err(error));
        check("scenario.response", ChangeError::Form("scenario.response".to_owned()));
        check("scenario..x=1", ChangeError::Form("scenario..x=1".to_owned()));
        check("scenario.extends=a", ChangeError::Fixed("extends".to_owned()));
        check("scenario.scenario.name='b'", ChangeError::Fixed("scenario.name".to_owned()));
        check("scenario.scenario={ name = 'b' }", ChangeError::Fixed("scenario.name".to_owned()));
        // No second line: it is a word, which the scenario's own check refuses.
        assert_eq!(table(&["scenario.a=1\nextends='b'".to_owned()]).unwrap().len(), 1);
    }
}
