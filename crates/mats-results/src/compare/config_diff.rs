//! What runs were made with, and in what that differs.

use super::notes::Notes;
use crate::differences::{Difference, differences};
use crate::digest::sha256;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A run by its records.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// Name of the run.
    pub name: &'a str,
    /// Records (`run.json`) of the run, one a scenario, by the scenario's name.
    pub records: &'a BTreeMap<String, Value>,
}

/// Settings of a run that the first run has otherwise, as in `train.dqn.n_step = 5 (was 3)`.
pub fn settings_diff(first: Recorded<'_>, run: Recorded<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (scenario, record) in run.records {
        let other =
            first.records.iter().next().filter(|_| first.records.len() == 1 && run.records.len() == 1);
        let Some(base) = first.records.get(scenario).or(other.map(|(_, base)| base)) else { continue };
        if let Some((was, _)) = other.filter(|(was, _)| *was != scenario) {
            found.insert(format!("trained on {scenario} (was {was})"));
        }
        for Difference { name, one, other } in differences(&base["settings"], &record["settings"]) {
            found.insert(format!("{name} = {} (was {})", render(&other), render(&one)));
        }
        if base["version"] != record["version"] {
            let version = |record: &Value| record["version"].as_str().unwrap_or("unknown").to_owned();
            found.insert(format!("made by version {} (was {})", version(record), version(base)));
        }
    }
    found.into_iter().collect()
}

/// A value with the content of files left out: a defender's name, and which file it was.
fn without_files(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_files).collect(),
        Value::Object(fields) => match (fields.get("name"), fields.get("table"), fields.get("sha256")) {
            (Some(Value::String(name)), Some(Value::String(table)), None) => {
                format!("{name} ({})", &sha256(table.as_bytes())[..12]).into()
            }
            (Some(Value::String(name)), None, Some(Value::String(digest))) => {
                format!("{name} ({})", digest.get(..12).unwrap_or(digest)).into()
            }
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// A value, with room to break the line between items.
fn render(value: &Value) -> String {
    if value.is_null() {
        "none".to_owned()
    } else {
        without_files(value).to_string().replace("\",\"", "\", \"")
    }
}

/// Scenarios of equal names that are not the same, with the parts that differ.
pub fn scenario_diff(runs: &[Recorded<'_>]) -> Vec<String> {
    let mut notes = Notes::default();
    let Some((first, others)) = runs.split_first() else { return Vec::new() };
    for run in others {
        for (name, record) in run.records {
            let Some(base) = first.records.get(name) else { continue };
            let (old, new) = (&base["scenario"], &record["scenario"]);
            let keys: BTreeSet<&String> =
                [old, new].into_iter().filter_map(Value::as_object).flat_map(|t| t.keys()).collect();
            let found: Vec<&str> =
                keys.into_iter().filter(|k| old[*k] != new[*k]).map(String::as_str).collect();
            if !found.is_empty() {
                let what = format!(
                    "not the same scenario as in {} ({} differ); equal seeds are not equal worlds, and a difference may be \
                     that of the scenarios",
                    first.name,
                    found.join(", ")
                );
                notes.of(Some(name), run.name, what);
            }
        }
    }
    notes.render(runs.len())
}
