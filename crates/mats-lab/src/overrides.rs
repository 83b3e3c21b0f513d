//! Any setting of a run by its dotted name, as in `train.dqn.n_step=5`.

use crate::defender::DefenderSpec;
use crate::setting_list::{RangeError, check_value};
use crate::settings::RunSettings;
use mats_results::differences::{Difference, differences};
use serde_json::Value;

/// A setting that cannot be set so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    /// A text that is not of the form `NAME=VALUE`.
    #[error("`{text}` is not a setting; write NAME=VALUE, such as `train.dqn.n_step=5`")]
    Form {
        /// Text that was given.
        text: String,
    },
    /// Name that no setting has.
    #[error("there is no setting `{name}`; {}`{parent}` has {}", meant(name, known), known.join(", "))]
    Unknown {
        /// The name given.
        name: String,
        /// The part of the settings in which its last piece was looked for.
        parent: String,
        /// The names there.
        known: Vec<String>,
    },
    /// A setting that is not for a run to decide.
    #[error("`{name}` cannot be set: {decided}")]
    Decided {
        /// The setting.
        name: String,
        /// Explanation of who decides it.
        decided: &'static str,
    },
    /// The value is outside its range.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The value is of the wrong kind.
    #[error("`{name}` cannot be `{value}`: {reason}; it is {now} by default")]
    Value {
        /// The setting.
        name: String,
        /// The value given.
        value: String,
        /// Reason the value was refused.
        reason: String,
        /// Value that it had before.
        now: String,
    },
}

/// The name that was meant, if one is near.
fn meant(name: &str, known: &[String]) -> String {
    let last = name.rsplit('.').next().unwrap_or_default();
    let near = mats_scenario::nearest(last, known.iter().map(String::as_str));
    near.map_or_else(String::new, |near| format!("did you mean `{near}`? "))
}

/// Settings that follow from others.
const DECIDED: [(&str, &str); 3] = [
    ("train.dqn.tau_hours", "the scenario decides, by `tau_hours` in `[reward]`"),
    ("train.dqn.credit", "the scenario decides, by `credit` in `[reward]`"),
    ("train.dqn.learning_rate.over", "it is the whole training"),
];

/// Explains who decides a setting that cannot be set; `None` of all others.
pub fn decided(name: &str) -> Option<&'static str> {
    DECIDED.iter().find(|decided| decided.0 == name).map(|decided| decided.1)
}

/// The settings with one of them changed; `text` is `NAME=VALUE`, the value as JSON, or a word.
///
/// # Errors
/// When there is no such setting, or the value does not fit.
pub fn set(settings: &RunSettings, text: &str) -> Result<RunSettings, OverrideError> {
    let form = || OverrideError::Form { text: text.to_owned() };
    let (name, value) = text.split_once('=').ok_or_else(form)?;
    set_to(settings, name, serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned())))
}

/// The settings with the one of this dotted name changed.
///
/// # Errors
/// As [`set`].
pub fn set_to(settings: &RunSettings, name: &str, value: Value) -> Result<RunSettings, OverrideError> {
    if let Some(decided) = decided(name) {
        return Err(OverrideError::Decided { name: name.to_owned(), decided });
    }
    let mut tree = tree(settings);
    if name == "defenders" {
        let names: Vec<&str> = settings.defenders.iter().map(DefenderSpec::name).collect();
        let now = Value::from(names);
        let wrong = |reason: String| wrong(name, &value, reason, &now);
        let names: Vec<String> = serde_json::from_value(value.clone()).map_err(|e| wrong(e.to_string()))?;
        let defenders = DefenderSpec::parse_players(&names).map_err(|e| wrong(e.to_string()))?;
        return Ok(RunSettings { defenders, ..settings.clone() });
    }
    let mut place = &mut tree;
    let mut parent = "settings".to_owned();
    for piece in name.split('.') {
        let known = || place.as_object().map_or_else(Vec::new, |map| map.keys().cloned().collect());
        if place.get(piece).is_none() {
            return Err(OverrideError::Unknown { name: name.to_owned(), parent, known: known() });
        }
        place = &mut place[piece];
        piece.clone_into(&mut parent);
    }
    check_value(name, &value)?;
    let told = value.clone();
    let now = std::mem::replace(place, value);
    let changed: RunSettings =
        serde_json::from_value(tree).map_err(|error| wrong(name, &told, error.to_string(), &now))?;
    // Files that defenders were read from stand in no tree.
    Ok(RunSettings { defenders: settings.defenders.clone(), ..changed })
}

fn wrong(name: &str, value: &Value, reason: String, now: &Value) -> OverrideError {
    let value = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    OverrideError::Value { name: name.to_owned(), value, reason, now: now.to_string() }
}

/// The settings that are otherwise than by default, in the order of their names: its own value, then the default.
pub fn changed(settings: &RunSettings) -> Vec<Difference> {
    differences(&tree(settings), &tree(&RunSettings::default()))
}

/// The settings of a run as a tree.
pub fn tree(settings: &RunSettings) -> Value {
    serde_json::to_value(settings).expect("plain data always serialises")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_setting_is_changed_by_its_dotted_name() {
        let start = RunSettings::default();
        assert_eq!(set(&start, "train.dqn.n_step=7").unwrap().train.dqn.n_step, 7);
        assert_eq!(set(&start, "train.cuts=[0.5,0.7]").unwrap().train.cuts, [0.5, 0.7]);
        let epsilon = set(&start, "train.dqn.epsilon.over=12").unwrap().train.dqn.epsilon;
        assert_eq!((epsilon.from, epsilon.over), (start.train.dqn.epsilon.from, 12));
        let forest = set(&start, "train.detector.forest.forest=smartcore").unwrap().train.detector.forest;
        assert_eq!(forest.forest, mats_models::forest::ForestBackend::Smartcore);
    }

    #[test]
    fn what_differs_is_named_with_both_values() {
        let usual = RunSettings::default();
        assert_eq!(differences(&tree(&usual), &tree(&usual)), []);
        let changed = set(&usual, "train.dqn.epsilon.over=12").unwrap();
        let difference =
            |name: &str, one: Value, other: Value| Difference { name: name.to_owned(), one, other };
        let over = json!(usual.train.dqn.epsilon.over);
        let expected = [difference("train.dqn.epsilon.over", over, json!(12))];
        assert_eq!(differences(&tree(&usual), &tree(&changed)), expected);
        let (one, other) =
            (json!({ "a": 1, "b": { "c": [0.5] } }), json!({ "b": { "c": [], "d": 3 }, "a": 1 }));
        let expected = [difference("b.c", json!([0.5]), json!([])), difference("b.d", Value::Null, json!(3))];
        assert_eq!(differences(&one, &other), expected);
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        let check = |text: &str, says: &str| {
            let error = set(&RunSettings::default(), text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        };
        check("train.dqn", "write NAME=VALUE");
        check(
            "train.dqn.nstep=3",
            "there is no setting `train.dqn.nstep`; did you mean `n_step`? `dqn` has ",
        );
        check("train.dqn.n_step=many", "it is 3 by default");
        check("seed.more=1", "`seed` has ");
        check("train.dqn.credit=global", "the scenario decides");
    }
}
