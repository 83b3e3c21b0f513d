//! Folders to runs, and what the runs were made with.

use crate::failure::Failure;
use crate::folders;
use anyhow::Context;
use mats_lab::results::read::read_json;
use mats_lab::results::{RunTables, read_run};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// It is written last: without it, the rest may be half of a run.
const RECORD: &str = "run.json";

/// A run that was read.
pub struct Loaded {
    /// What to call it.
    pub name: String,
    /// Its tables, of all scenarios.
    pub tables: RunTables,
    /// Its records, one a scenario, by the scenario's name.
    records: BTreeMap<String, Value>,
}

/// The tables of all scenarios, and the record of each.
type Parts = (RunTables, BTreeMap<String, Value>);

impl Loaded {
    /// How often it was trained, at most, for one scenario.
    pub fn trainings(&self) -> usize {
        let mut seeds = BTreeMap::<&str, BTreeSet<u64>>::new();
        for row in &self.tables.episodes {
            seeds.entry(&row.scenario).or_default().insert(row.train_seed);
        }
        seeds.values().map(BTreeSet::len).max().unwrap_or(0)
    }
}

/// Reads all runs. Runs whose folders have the same name are called by their paths.
///
/// # Errors
/// When a folder holds no finished run, or a file is damaged.
pub fn all(paths: &[PathBuf]) -> Result<Vec<Loaded>, Failure> {
    let names = paths.iter().map(|path| folders::name(path)).collect::<Result<Vec<String>, Failure>>()?;
    let read: Vec<Result<Parts, anyhow::Error>> = paths.par_iter().map(|path| one(path)).collect();
    let mut runs: Vec<Loaded> = Vec::new();
    for ((path, name), read) in paths.iter().zip(&names).zip(read) {
        let (tables, records) = read.context("failed to read results").map_err(Failure::Input)?;
        let taken = names.iter().filter(|other| *other == name).count() > 1;
        let mut name = if taken { path.display().to_string() } else { name.clone() };
        while runs.iter().any(|run| run.name == name) {
            name.push_str(" (again)");
        }
        runs.push(Loaded { name, tables, records });
    }
    Ok(runs)
}

/// A run of one scenario, or a folder with a run of each of several, as `mats run` makes of several scenarios.
fn one(path: &Path) -> Result<Parts, anyhow::Error> {
    let mut parts = Vec::new();
    if !path.join(RECORD).exists() {
        let inner = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        parts.extend(inner.filter(|inner| inner.join(RECORD).is_file()));
        parts.sort();
    }
    if parts.is_empty() {
        parts.push(path.to_owned());
    }
    let (mut tables, mut records) = (RunTables::default(), BTreeMap::new());
    for part in &parts {
        let record: Value = read_json(&part.join(RECORD))?;
        let scenario = record["scenario"]["name"].as_str().unwrap_or_default().to_owned();
        let found = read_run(part)?;
        let known: BTreeSet<&str> = tables.episodes.iter().map(|r| r.scenario.as_str()).collect();
        if let Some(row) = found.episodes.iter().find(|r| known.contains(r.scenario.as_str())) {
            anyhow::bail!("{} holds two runs of {}; name the runs one by one", path.display(), row.scenario);
        }
        tables.episodes.extend(found.episodes);
        tables.campaigns.extend(found.campaigns);
        tables.detection.extend(found.detection);
        records.insert(scenario, record);
    }
    Ok((tables, records))
}

/// Keeps the named defenders, and those that scores are measured by.
///
/// # Errors
/// When no run has one of them.
pub fn keep(runs: &mut [Loaded], defenders: &[String]) -> Result<(), Failure> {
    let known: BTreeSet<String> =
        runs.iter().flat_map(|run| run.tables.episodes.iter().map(|r| r.defender.clone())).collect();
    if let Some(unknown) = defenders.iter().find(|d| !known.contains(*d)) {
        let known: Vec<String> = known.into_iter().collect();
        return Err(Failure::input(anyhow::anyhow!(
            "no run has a defender `{unknown}`; there are {}",
            known.join(", ")
        )));
    }
    let kept = |name: &str| ["none", "oracle"].contains(&name) || defenders.iter().any(|d| d == name);
    for run in runs {
        run.tables.episodes.retain(|r| kept(&r.defender));
        run.tables.campaigns.retain(|r| kept(&r.defender));
    }
    Ok(())
}

/// Settings of a run that the first run has otherwise, as in `train.dqn.n_step = 5 (was 3)`.
pub fn unlike_settings(first: &Loaded, run: &Loaded) -> Vec<String> {
    let mut unlike = BTreeSet::new();
    for (scenario, record) in &run.records {
        let Some(base) = first.records.get(scenario) else { continue };
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
pub fn unlike_scenarios(runs: &[Loaded]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some((first, others)) = runs.split_first() else { return notes };
    for run in others {
        for (name, record) in &run.records {
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
