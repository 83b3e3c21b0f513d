//! Folders to runs, and what the runs were made with.

use super::merge::EXPERIMENT;
use super::variants::variants;
use mats_core::text::printable;
use mats_results::compare::Recorded;
use mats_results::folder::{SUMS, Seal};
use mats_results::read::{ReadError, read_json};
use mats_results::{NONE, ORACLE, RunTables, read_run};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Errors of loading runs.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file instead of a folder.
    #[error("{} is a file; name the folder of a finished run", path.display())]
    File {
        /// The file.
        path: PathBuf,
    },
    /// A folder that cannot be opened.
    #[error("failed to open {}; name the folder of a finished run", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Error from the system.
        source: io::Error,
    },
    /// Folder without a run.
    #[error("{folder} holds no run.json, so no finished run; {instead}")]
    NoRun {
        /// The folder.
        folder: String,
        /// Advice on what to name instead.
        instead: String,
    },
    /// A file that is missing or damaged.
    #[error("failed to read results")]
    Read {
        /// Error of reading the file.
        #[from]
        source: ReadError,
    },
    /// Two runs of one scenario in a folder.
    #[error("failed to read results: {} holds two runs of {scenario}; name the runs one by one", path.display())]
    Twice {
        /// The folder.
        path: PathBuf,
        /// The scenario.
        scenario: String,
    },
    /// An experiment without what the others are compared with.
    #[error(
        "{folder}: its first job, {first}, of what the others are compared with, is not finished, or its folder holds what another \
         experiment left; let it go on with `--resume`, or name the folders of jobs one by one"
    )]
    NoFirst {
        /// The folder.
        folder: String,
        /// The job.
        first: String,
    },
    /// One run.
    #[error(
        "{folder} is one run, with nothing to compare it to; name another, the folder of an experiment with finished variants, or two \
         of its defenders (`--defenders A,B`); `mats report` sets all of them side by side{note}"
    )]
    Alone {
        /// Folder of the run.
        folder: String,
        /// Note on what was left out, in brackets.
        note: String,
    },
    /// A defender that no run has.
    #[error("no run has a defender `{name}`; there are {known}")]
    NoDefender {
        /// Name of the defender.
        name: String,
        /// Names of the defenders that are there.
        known: String,
    },
}

/// The last part of a folder's path, also where it was given as `.`.
///
/// # Errors
/// When there is no such folder.
pub fn name(path: &Path) -> Result<String, LoadError> {
    if path.is_file() {
        return Err(LoadError::File { path: path.to_owned() });
    }
    let whole = path.canonicalize().map_err(|source| LoadError::Open { path: path.to_owned(), source })?;
    Ok(whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned())
}

/// The runs in a folder: the folder itself, or one for each of several scenarios, as `mats run` makes them.
///
/// # Errors
/// When there is no run.
pub fn runs(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    // Written last: without it, the rest may be half of a run.
    let holds = |folder: &Path, name: &str| folder.join(name).is_file();
    if holds(path, "run.json") {
        return Ok(vec![path.to_owned()]);
    }
    let below = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let (experiments, mut rest): (Vec<_>, Vec<_>) = below.partition(|folder| holds(folder, EXPERIMENT));
    rest.retain(|folder| holds(folder, "run.json"));
    rest.sort();
    if !rest.is_empty() {
        return Ok(rest);
    }
    let instead = match experiments.iter().min() {
        Some(first) => format!("it holds experiments; name one, such as {}", shown(first)),
        None => "name the folder of a finished run".to_owned(),
    };
    Err(LoadError::NoRun { folder: shown(path), instead })
}

/// Returns a note on runs that do not prove themselves, if any are: older versions wrote no sums.
pub fn unproven<'p>(folders: impl IntoIterator<Item = &'p Path>) -> Option<String> {
    const SHOWN: usize = 3;
    let lacking: Vec<String> =
        folders.into_iter().filter(|folder| !folder.join(SUMS).exists()).map(shown).collect();
    let more = if lacking.len() > SHOWN { ", …" } else { "" };
    (!lacking.is_empty()).then(|| {
        let names = lacking.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        format!("no {SUMS}, as of an older version, so its files are taken as they are: {names}{more}")
    })
}

/// A path as it is told.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

/// A run that was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Name to call the run by.
    pub name: String,
    /// Tables of the run, of all scenarios.
    pub tables: RunTables,
    /// Records of the run, one a scenario, by the scenario's name.
    records: BTreeMap<String, Value>,
}

/// The tables of all scenarios, and the record of each.
type Parts = (RunTables, BTreeMap<String, Value>);

impl Loaded {
    /// Returns the run's name and records: what it was made with.
    pub fn recorded(&self) -> Recorded<'_> {
        Recorded { name: &self.name, records: &self.records }
    }

    /// One defender of the run, as if it were the only one beside those that scores are measured by; the run is called after it.
    fn alone(&self, defender: &str) -> Loaded {
        let mut one = Loaded { name: defender.to_owned(), ..self.clone() };
        let kept = |name: &str| [NONE, ORACLE].contains(&name) || name == defender;
        let tables = &mut one.tables;
        tables.episodes.retain(|r| kept(&r.defender));
        tables.campaigns.retain(|r| kept(&r.defender));
        tables.detection.retain(|r| kept(&r.defender));
        let names = tables.episodes.iter_mut().map(|r| &mut r.defender);
        let names = names.chain(tables.campaigns.iter_mut().map(|r| &mut r.defender));
        let names = names.chain(tables.detection.iter_mut().map(|r| &mut r.defender));
        names.filter(|name| *name == defender).for_each(|name| SIDE.clone_into(name));
        one
    }

    /// Returns the largest number of trainings for one scenario.
    pub fn trainings(&self) -> usize {
        let mut seeds = BTreeMap::<&str, BTreeSet<u64>>::new();
        for row in &self.tables.episodes {
            seeds.entry(&row.scenario).or_default().insert(row.train_seed);
        }
        seeds.values().map(BTreeSet::len).max().unwrap_or(0)
    }
}

/// Reads all runs. Runs whose folders have the same name are called by their paths. A folder of an experiment stands for
/// its variants. Of one run alone, two or more of its `defenders` are set side by side.
///
/// # Errors
/// When a folder holds no finished run, or a file is damaged, or no run has one of the defenders.
pub fn all(paths: &[PathBuf], defenders: &[String]) -> Result<(Vec<Loaded>, Vec<String>), LoadError> {
    let mut notes = Vec::new();
    let mut named: Vec<(String, PathBuf, Vec<PathBuf>)> = Vec::new();
    for path in paths {
        let name = self::name(path)?;
        let Some(found) = variants(path)? else {
            named.push((name, path.clone(), runs(path)?));
            continue;
        };
        let alone = paths.len() == 1;
        notes.extend(found.note());
        if found.lacking.contains(&found.first) {
            return Err(LoadError::NoFirst {
                folder: shown(path),
                first: printable(&found.first).into_owned(),
            });
        }
        for variant in found.variants {
            let name = if alone { variant.name } else { format!("{name}/{}", variant.name) };
            named.push((name.clone(), path.join(name), variant.jobs));
        }
    }
    let single = named.len() == 1 && paths.len() == 1;
    if let ([path], true) = (paths, single && defenders.len() < 2) {
        let note = notes.first().map_or(String::new(), |note| format!(" ({})", printable(note)));
        return Err(LoadError::Alone { folder: shown(path), note });
    }
    notes.extend(unproven(named.iter().flat_map(|(.., parts)| parts).map(PathBuf::as_path)));
    let read: Vec<Result<Parts, LoadError>> =
        named.par_iter().map(|(_, path, parts)| one(path, parts)).collect();
    let mut loaded: Vec<Loaded> = Vec::new();
    for ((name, path, _), read) in named.iter().zip(read) {
        let (tables, records) = read?;
        let taken = named.iter().filter(|(other, ..)| other == name).count() > 1;
        let mut name = if taken { path.display().to_string() } else { name.clone() };
        while loaded.iter().any(|run| run.name == name) {
            name.push_str(" (again)");
        }
        loaded.push(Loaded { name, tables, records });
    }
    if !defenders.is_empty() {
        keep(&mut loaded, defenders)?;
    }
    if let (true, [run]) = (single, loaded.as_slice()) {
        loaded = defenders.iter().map(|defender| run.alone(defender)).collect();
    }
    Ok((loaded, notes))
}

/// Reads the parts of a run.
fn one(path: &Path, parts: &[PathBuf]) -> Result<Parts, LoadError> {
    let (mut tables, mut records) = (RunTables::default(), BTreeMap::new());
    for part in parts {
        let seal = Seal::of(part);
        // Which asks for the sums of all files first.
        let found = read_run(part)?;
        let record: Value = read_json(&part.join("run.json"))?;
        let scenario = record["scenario"]["name"].as_str().unwrap_or_default().to_owned();
        seal.check()?;
        let known: BTreeSet<&str> = tables.episodes.iter().map(|r| r.scenario.as_str()).collect();
        if let Some(row) = found.episodes.iter().find(|r| known.contains(r.scenario.as_str())) {
            return Err(LoadError::Twice { path: path.to_owned(), scenario: row.scenario.clone() });
        }
        tables.episodes.extend(found.episodes);
        tables.campaigns.extend(found.campaigns);
        tables.detection.extend(found.detection);
        records.insert(scenario, record);
    }
    Ok((tables, records))
}

/// Name that defenders of one run share where they are set side by side.
const SIDE: &str = "defender";

/// Keeps the named defenders, and those that scores are measured by.
///
/// # Errors
/// When no run has one of them.
fn keep(runs: &mut [Loaded], defenders: &[String]) -> Result<(), LoadError> {
    let known: BTreeSet<String> =
        runs.iter().flat_map(|run| run.tables.episodes.iter().map(|r| r.defender.clone())).collect();
    if let Some(unknown) = defenders.iter().find(|d| !known.contains(*d)) {
        let known: Vec<String> = known.into_iter().collect();
        return Err(LoadError::NoDefender { name: unknown.clone(), known: known.join(", ") });
    }
    let kept = |name: &str| [NONE, ORACLE].contains(&name) || defenders.iter().any(|d| d == name);
    for run in runs {
        run.tables.episodes.retain(|r| kept(&r.defender));
        run.tables.campaigns.retain(|r| kept(&r.defender));
    }
    Ok(())
}
