//! Who can be evaluated: defenders by name, and what a finished run trained on any scenario.

use crate::evaluate::{DEFENDERS, Evaluation, evaluate};
use crate::progress::Listener;
use crate::results::reference::fill_regret;
use crate::train::{TrainError, Trained};
use mats_core::Action;
use mats_core::files::{MAX_TEXT, read_regular_text};
use mats_respond::{PolicyTable, TableError};
use mats_scenario::Scenario;
use mats_sim::Plan;
use std::sync::Arc;

/// A name that is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no defender `{name}`; use any of {}, `always:ACTION` with one of {}, `threshold:CUT` with a \
     confidence from 0 to 1, `table:FILE` with a policy table of your own, or `clock:FROM-TO` with shares of the episode from 0 to 1, such as `clock:0.2-0.5`",
    DEFENDERS.join(", "),
    Action::ALL.map(Action::name).join(", ")
)]
pub struct UnknownDefender {
    /// The name.
    pub name: String,
}

/// Why a list of defenders cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// A name that is nobody's.
    #[error(transparent)]
    Unknown(#[from] UnknownDefender),
    /// A known kind of defender with a value that it cannot have.
    #[error("`{name}` is no defender: {wanted}")]
    Value {
        /// The name.
        name: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A policy table that cannot be read.
    #[error("failed to read the policy table {file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// A policy table with mistakes.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// What stands behind the colon of a defender's name.
const WANTED: [(&str, &str); 3] = [
    ("always:", "after `always:` stands the name of an action, as in `always:isolate_host`"),
    ("threshold:", "after `threshold:` stands a confidence from 0 to 1, as in `threshold:0.9`"),
    ("clock:", "after `clock:` stand two shares of the episode from 0 to 1, as in `clock:0.2-0.5`"),
];

/// Checks names of defenders (see [`crate::evaluate::defender`]); each is kept once, in its order.
///
/// # Errors
/// With the first name that is nobody's.
pub fn check(names: &[String]) -> Result<Vec<String>, RosterError> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if let Some(file) = name.strip_prefix("table:") {
            let text = read_regular_text(std::path::Path::new(file), MAX_TEXT)
                .map_err(|e| RosterError::Unreadable { file: file.to_owned(), reason: e.to_string() })?;
            PolicyTable::parse(&text, file)?;
        } else if !is_known(name) {
            let wanted = WANTED.iter().find(|(start, _)| name.starts_with(start));
            return Err(match wanted {
                Some(&(_, wanted)) => RosterError::Value { name: name.clone(), wanted },
                None => UnknownDefender { name: name.clone() }.into(),
            });
        }
        if !kept.contains(name) {
            kept.push(name.clone());
        }
    }
    Ok(kept)
}

fn is_known(name: &str) -> bool {
    if let Some(action) = name.strip_prefix("always:") {
        return Action::from_name(action).is_some();
    }
    let clock = || {
        let (from, to) = name.strip_prefix("clock:")?.split_once('-')?;
        let share = |text: &str| text.parse::<f32>().ok().filter(|s| (0.0..=1.0).contains(s));
        Some(share(from)? <= share(to)?)
    };
    if let Some(cut) = name.strip_prefix("threshold:") {
        return cut.parse::<f32>().is_ok_and(|c| (0.0..=1.0).contains(&c));
    }
    DEFENDERS.contains(&name) || clock() == Some(true)
}

/// Evaluates what a run trained, seed by seed, on a scenario that it need not have seen.
///
/// # Errors
/// When the listener asks to stop.
pub fn evaluate_all(
    scenario: &Scenario,
    trained: &[(u64, Trained)],
    defenders: &[String],
    episodes: usize,
    listener: &mut dyn Listener,
) -> Result<Evaluation, TrainError> {
    let plan = Arc::new(Plan::new(scenario.clone()));
    let mut all = Evaluation::default();
    for (seed, agents) in trained {
        all.append(evaluate(&plan, agents, defenders, episodes, *seed, listener)?);
    }
    fill_regret(&mut all.episodes);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(name: &str) -> bool {
        check(&[name.to_owned()]).is_ok()
    }

    #[test]
    fn names_are_those_that_can_be_evaluated() {
        for name in DEFENDERS {
            assert!(check_one(name), "{name}");
        }
        assert!(check_one("always:isolate_host"));
        assert!(check_one("clock:0.2-0.5"));
        assert!(check_one("threshold:0.9"));
        for name in [
            "",
            "dqm",
            "always:",
            "always:sleep",
            "clock:",
            "clock:1",
            "clock:0.5-0.2",
            "clock:0-nan",
            "threshold:2",
        ] {
            assert!(!check_one(name), "{name}");
        }
    }

    #[test]
    fn a_name_given_twice_is_evaluated_once() {
        let names = ["none", "oracle", "none"].map(str::to_owned);
        assert_eq!(check(&names).unwrap(), ["none", "oracle"]);
    }
}
