//! Parts from several machines → one experiment, to the same bytes as if one machine had done it all.

use super::definition::{Definition, definition};
use super::experiment::{Experiment, JobSpec, folder_name};
use super::job::{Job, JobError};
use super::unit;
use mats_core::files::{MAX_TABLE, is_folder, open_regular, write_atomic};
use mats_results::folder::{RECORD, check_listed};
use mats_results::{Lock, ReadError, ResultFolder, WriteError, read_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The file that lists the jobs of an experiment.
pub const EXPERIMENT: &str = "experiment.json";

/// Content of [`EXPERIMENT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExperimentRecord {
    /// Name of the experiment.
    pub name: String,
    /// Purpose of the experiment.
    pub description: String,
    /// Jobs of the experiment, in order.
    pub jobs: Vec<JobRecord>,
}

/// One of its jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Name of the job, and of its folder.
    pub name: String,
    /// First training seed of the job.
    pub seed: u64,
    /// Number of training seeds.
    pub train_seeds: u64,
    /// SHA-256 of its definition: version, scenarios and settings.
    pub sha256: String,
}

/// Parts, joined: units in their folders, yet to be put together.
#[derive(Debug)]
pub struct Merged {
    /// Experiment that they are parts of.
    pub record: ExperimentRecord,
    /// The version of the program that worked on them.
    pub version: String,
    /// The jobs, in order.
    pub jobs: Vec<Job>,
    /// Locks that keep other processes from the jobs' folders.
    pub locks: Vec<Lock>,
}

impl ExperimentRecord {
    /// The record of an experiment, by this version of the program.
    pub fn of(experiment: &Experiment, version: &str) -> ExperimentRecord {
        let job = |spec: &JobSpec| JobRecord {
            name: spec.name.clone(),
            seed: spec.settings.seed,
            train_seeds: spec.settings.train_seeds,
            sha256: Definition::of(spec, version).fingerprint(),
        };
        ExperimentRecord {
            name: experiment.name.clone(),
            description: experiment.description.clone(),
            jobs: experiment.specs.iter().map(job).collect(),
        }
    }
}

/// Errors of a folder that is not an experiment's to take.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The folder of a single run.
    #[error("{path} holds a single run; choose another folder for the experiment")]
    Run {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of another experiment.
    #[error("{path} holds another experiment; choose another folder, or pass `--overwrite` to replace it")]
    Other {
        /// The folder.
        path: PathBuf,
    },
    /// A link in the place of the list of jobs.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl ExperimentRecord {
    /// Looks whether a folder is this experiment's to take.
    ///
    /// # Errors
    /// When it holds something else, which may not be overwritten.
    pub fn check_place(&self, out: &Path, overwrite: bool) -> Result<(), PlaceError> {
        let (path, list) = (out.to_owned(), out.join(EXPERIMENT));
        if out.join(RECORD).is_file() {
            return Err(PlaceError::Run { path });
        }
        if list.is_symlink() {
            return Err(WriteError::Link { path: list }.into());
        }
        // One that cannot be read is written anew, as where the work was stopped.
        let is_other = read_json::<ExperimentRecord>(&list).is_ok_and(|there| there.jobs != self.jobs);
        if is_other && !overwrite { Err(PlaceError::Other { path }) } else { Ok(()) }
    }
}

/// Errors of joining parts.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A part cannot be read.
    #[error("a part cannot be read; give the folders that `mats run EXPERIMENT --shard I/N` wrote")]
    Read(#[from] ReadError),
    /// A folder cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Parts of different experiments.
    #[error("{path} is part of another experiment than {first}: they differ in {what}")]
    Other {
        /// The part.
        path: PathBuf,
        /// The first part.
        first: PathBuf,
        /// The parts that differ.
        what: String,
    },
    /// The result would take a part's place.
    #[error("{path} is one of the parts; name another folder for the whole")]
    Itself {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that is no part.
    #[error("{path} holds a whole run, whose units are joined already; give parts, which --shard I/N leaves")]
    Whole {
        /// The folder.
        path: PathBuf,
    },
    /// A unit that is not as it was written.
    #[error("{unit}: {reason}")]
    Damaged {
        /// Seed and job of the unit, in words.
        unit: String,
        /// Reason the unit was refused.
        reason: ReadError,
    },
    /// A name that leads out of the folder.
    #[error("{path} names a job `{name}`, which is no name for a folder; it was not written by this program")]
    Name {
        /// The part.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// Units that no part has.
    #[error("no part has {}{}; let the shards that lack them go on with --resume", .0.iter().take(3).cloned().collect::<Vec<_>>().join(", "), if .0.len() > 3 { format!(" and {} more units", .0.len() - 3) } else { String::new() })]
    Missing(Vec<String>),
    /// The folder for the whole is something else's.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A job cannot be begun.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A file of a unit cannot be copied.
    #[error("failed to copy {path}: {reason}")]
    Copy {
        /// The file or folder.
        path: PathBuf,
        /// Error from the system.
        reason: io::Error,
    },
}

/// The jobs that some parts make up, with all their units copied to folders below `out`. Nothing is written unless
/// all units are there.
///
/// # Errors
/// When parts differ in what they are parts of, lack units, or cannot be read or copied.
pub fn merge(parts: &[PathBuf], out: &Path, overwrite: bool) -> Result<Merged, MergeError> {
    let same = |part: &&PathBuf| {
        part.canonicalize().is_ok_and(|part| out.canonicalize().is_ok_and(|out| part == out))
    };
    if let Some(part) = parts.iter().find(same) {
        return Err(MergeError::Itself { path: part.clone() });
    }
    let records: Vec<ExperimentRecord> =
        parts.iter().map(|part| experiment(part)).collect::<Result<_, _>>()?;
    let Some(record) = records.first().cloned() else {
        return Err(MergeError::Missing(vec!["anything".to_owned()]));
    };
    let other = |part: &PathBuf, what: String| MergeError::Other {
        path: part.clone(),
        first: parts[0].clone(),
        what,
    };
    for (part, there) in parts.iter().zip(&records) {
        if let Some(what) = differs(&record, there) {
            return Err(other(part, what));
        }
    }
    if let Some(JobRecord { name, .. }) = record.jobs.iter().find(|job| folder_name(&[&job.name]) != job.name)
    {
        return Err(MergeError::Name { path: parts[0].join(EXPERIMENT), name: name.clone() });
    }
    let (mut jobs, mut missing, mut version) = (Vec::new(), Vec::new(), String::new());
    for JobRecord { name, seed, train_seeds, sha256 } in &record.jobs {
        let (mut known, mut unread) = (None::<Definition>, None);
        for part in parts.iter().filter(|part| part.join(name).is_dir()) {
            let path = part.join(name);
            if path.join("run.json").is_file() {
                return Err(MergeError::Whole { path });
            }
            // Another part may have what is damaged here.
            let there = match definition(&path) {
                Ok(there) => there,
                Err(error) => {
                    unread.get_or_insert(error);
                    continue;
                }
            };
            if there.fingerprint() != *sha256 {
                return Err(other(
                    part,
                    format!("job `{name}`, which is not the one that {EXPERIMENT} lists"),
                ));
            }
            known = Some(there);
        }
        let mut units = Vec::new();
        for seed in (*seed..).take(usize::try_from(*train_seeds).unwrap_or(usize::MAX)) {
            let mut places = parts.iter().map(|part| part.join(name).join("units").join(seed.to_string()));
            match places.find(|path| path.is_dir()) {
                Some(path) => {
                    let name = || format!("seed {seed} of `{name}`");
                    unit::check(&path, sha256, seed)
                        .map_err(|reason| MergeError::Damaged { unit: name(), reason })?;
                    units.push((seed, path));
                }
                None => missing.push(format!("seed {seed} of `{name}`")),
            }
        }
        if known.is_none()
            && let Some(error) = unread
        {
            return Err(error.into());
        }
        if let Some(known) = known {
            version.clone_from(&known.version);
            jobs.push((Job { spec: known.spec(name.clone()), path: out.join(name) }, units));
        }
    }
    if !missing.is_empty() {
        return Err(MergeError::Missing(missing));
    }
    record.check_place(out, overwrite)?;
    let (mut joined, mut locks) = (Vec::new(), Vec::new());
    for (job, units) in jobs {
        job.refuse_link()?;
        let begun = job.begin(&version, overwrite, false).map_err(|error| match error {
            // What joins parts begins anew; it has no other way.
            JobError::Unfinished { path } => MergeError::Write(WriteError::Unfinished { path }),
            error => error.into(),
        });
        let (folder, lock) = begun?;
        locks.push(lock);
        for (seed, from) in units {
            copy_unit(&folder, seed, &from)?;
        }
        joined.push(job);
    }
    Ok(Merged { record, version, jobs: joined, locks })
}

/// Reads the list of jobs in the folder of an experiment, or of a part of one.
///
/// # Errors
/// When it is missing or damaged.
pub fn experiment(folder: &Path) -> Result<ExperimentRecord, ReadError> {
    check_listed(folder)?;
    let path = folder.join(EXPERIMENT);
    let record: ExperimentRecord = read_json(&path)?;
    let fits = |job: &&JobRecord| {
        (1..=1000).contains(&job.train_seeds)
            && job.seed.checked_add(job.train_seeds).is_some_and(|end| end <= 1 << 63)
    };
    match record.jobs.iter().find(|job| !fits(job)) {
        None => Ok(record),
        Some(JobRecord { name, seed, train_seeds, .. }) => {
            let reason = format!("job `{name}` cannot have {train_seeds} training seeds from {seed} on");
            Err(ReadError::Line { path, line: 1, reason })
        }
    }
}

/// The difference between two lists of jobs, if there is one.
fn differs(one: &ExperimentRecord, other: &ExperimentRecord) -> Option<String> {
    if one == other {
        return None;
    }
    let job = one.jobs.iter().zip(&other.jobs).find(|(one, other)| one != other);
    Some(match job {
        Some((one, other)) if one.name == other.name => {
            format!("the version, the scenario or the settings of job `{}`", one.name)
        }
        _ if one.jobs == other.jobs => "name or description".to_owned(),
        _ => "their jobs".to_owned(),
    })
}

fn copy_unit(job: &ResultFolder, seed: u64, from: &Path) -> Result<(), MergeError> {
    let name = seed.to_string();
    let folder = job.begin_unit(&name)?;
    copy(from, folder.path())?;
    Ok(job.end_unit(&name)?)
}

fn copy(from: &Path, to: &Path) -> Result<(), MergeError> {
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |reason| MergeError::Copy { path, reason }
    };
    fs::create_dir_all(to).map_err(refused(to))?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(from).map_err(refused(from))? {
        names.insert(entry.map_err(refused(from))?.file_name());
    }
    for name in names {
        let (source, target) = (from.join(&name), to.join(&name));
        if is_folder(&source) {
            copy(&source, &target)?;
        } else {
            let copied = open_regular(&source, MAX_TABLE)
                .and_then(|mut from| write_atomic(&target, |to| io::copy(&mut from, to).map(drop)));
            copied.map_err(refused(&source))?;
        }
    }
    Ok(())
}
