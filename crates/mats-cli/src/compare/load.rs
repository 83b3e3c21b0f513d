//! Folders to runs, and what the runs were made with.

use crate::failure::Failure;
use crate::folders;
use anyhow::Context;
use mats_core::text::printable;
use mats_lab::batch::variants::variants;
use mats_lab::results::compare::Recorded;
use mats_lab::results::read::read_json;
use mats_lab::results::{RunTables, read_run};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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
    /// What it was made with.
    pub fn recorded(&self) -> Recorded<'_> {
        Recorded { name: &self.name, records: &self.records }
    }

    /// How often it was trained, at most, for one scenario.
    pub fn trainings(&self) -> usize {
        let mut seeds = BTreeMap::<&str, BTreeSet<u64>>::new();
        for row in &self.tables.episodes {
            seeds.entry(&row.scenario).or_default().insert(row.train_seed);
        }
        seeds.values().map(BTreeSet::len).max().unwrap_or(0)
    }
}

/// Reads all runs. Runs whose folders have the same name are called by their paths. A folder of an experiment stands for
/// its variants.
///
/// # Errors
/// When a folder holds no finished run, or a file is damaged.
pub fn all(paths: &[PathBuf]) -> Result<(Vec<Loaded>, Vec<String>), Failure> {
    let mut notes = Vec::new();
    let mut named: Vec<(String, PathBuf, Vec<PathBuf>)> = Vec::new();
    for path in paths {
        let name = folders::name(path)?;
        let Some(found) = variants(path).context("failed to read results").map_err(Failure::Input)? else {
            named.push((name, path.clone(), folders::runs(path)?));
            continue;
        };
        let alone = paths.len() == 1;
        notes.extend(found.note());
        if found.lacking.contains(&found.first) {
            return Err(Failure::input(anyhow::anyhow!(
                "{}: its first job, {}, of what the others are compared with, is not finished, or its folder holds what another \
                 experiment left; let it go on with `--resume`, or name the folders of jobs one by one",
                printable(&path.display().to_string()),
                printable(&found.first)
            )));
        }
        for variant in found.variants {
            let name = if alone { variant.name } else { format!("{name}/{}", variant.name) };
            named.push((name.clone(), path.join(name), variant.jobs));
        }
    }
    if let ([path], [_]) = (paths, named.as_slice()) {
        return Err(Failure::input(anyhow::anyhow!(
            "{} is one run, with nothing to compare it to; name another, or the folder of an experiment with finished variants; \
             `mats report` sets the defenders of one run side by side{}",
            printable(&path.display().to_string()),
            notes.first().map_or(String::new(), |note| format!(" ({})", printable(note)))
        )));
    }
    let read: Vec<Result<Parts, anyhow::Error>> =
        named.par_iter().map(|(_, path, parts)| one(path, parts)).collect();
    let mut runs: Vec<Loaded> = Vec::new();
    for ((name, path, _), read) in named.iter().zip(read) {
        let (tables, records) = read.context("failed to read results").map_err(Failure::Input)?;
        let taken = named.iter().filter(|(other, ..)| other == name).count() > 1;
        let mut name = if taken { path.display().to_string() } else { name.clone() };
        while runs.iter().any(|run| run.name == name) {
            name.push_str(" (again)");
        }
        runs.push(Loaded { name, tables, records });
    }
    Ok((runs, notes))
}

/// Reads the parts of a run.
fn one(path: &Path, parts: &[PathBuf]) -> Result<Parts, anyhow::Error> {
    let (mut tables, mut records) = (RunTables::default(), BTreeMap::new());
    for part in parts {
        let record: Value = read_json(&part.join("run.json"))?;
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
