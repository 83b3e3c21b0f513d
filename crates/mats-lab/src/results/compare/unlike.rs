//! What runs were made with, and in what that differs.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A run by its records.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// What to call it.
    pub name: &'a str,
    /// Its `run.json`, one a scenario, by the scenario's name.
    pub records: &'a BTreeMap<String, Value>,
}

/// Settings of a run that the first run has otherwise, as in `train.dqn.n_step = 5 (was 3)`.
pub fn unlike_settings(first: Recorded<'_>, run: Recorded<'_>) -> Vec<String> {
    let mut unlike = BTreeSet::new();
    for (scenario, record) in run.records {
        let other =
            first.records.iter().next().filter(|_| first.records.len() == 1 && run.records.len() == 1);
        let Some(base) = first.records.get(scenario).or(other.map(|(_, base)| base)) else { continue };
        if let Some((was, _)) = other.filter(|(was, _)| *was != scenario) {
            unlike.insert(format!("trained on {scenario} (was {was})"));
        }
        let (old, new) = (flat(&base["settings"]), flat(&record["settings"]));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names.into_iter().filter(|&name| old.get(name) != new.get(name)) {
            let said = |values: &BTreeMap<String, String>| {
                values.get(name).map_or("absent", String::as_str).to_owned()
            };
            unlike.insert(format!("{name} = {} (was {})", said(&new), said(&old)));
        }
        if base["version"] != record["version"] {
            let version = |record: &Value| record["version"].as_str().unwrap_or("unknown").to_owned();
            unlike.insert(format!("made by version {} (was {})", version(record), version(base)));
        }
    }
    unlike.into_iter().collect()
}

/// Dotted names of all settings that are no tables, with their values.
fn flat(value: &Value) -> BTreeMap<String, String> {
    fn walk(value: &Value, name: &str, out: &mut BTreeMap<String, String>) {
        if let Value::Object(table) = value {
            for (key, value) in table {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                walk(value, &name, out);
            }
        } else {
            // With room to break the line between items.
            out.insert(name.to_owned(), value.to_string().replace("\",\"", "\", \""));
        }
    }
    let mut out = BTreeMap::new();
    walk(value, "", &mut out);
    out
}

/// Scenarios of equal names that are not the same, with the parts that differ.
pub fn unlike_scenarios(runs: &[Recorded<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some((first, others)) = runs.split_first() else { return notes };
    for run in others {
        for (name, record) in run.records {
            let Some(base) = first.records.get(name) else { continue };
            let (old, new) = (&base["scenario"], &record["scenario"]);
            let keys: BTreeSet<&String> =
                [old, new].into_iter().filter_map(Value::as_object).flat_map(|t| t.keys()).collect();
            let unlike: Vec<&str> =
                keys.into_iter().filter(|k| old[*k] != new[*k]).map(String::as_str).collect();
            if !unlike.is_empty() {
                notes.push(format!(
                    "{name}: not the same scenario in {} and {} ({} differ): equal seeds are not equal worlds, and a \
                     difference may be that of the scenarios",
                    first.name,
                    run.name,
                    unlike.join(", ")
                ));
            }
        }
    }
    notes
}
