//! A job, its folder and what stands there already.

use super::experiment::Plan;
use super::unit;
use crate::overrides;
use crate::record::RunRecord;
use crate::settings::RunSettings;
use mats_results::differences::{Difference, differences};
use mats_results::digest::fingerprint;
use mats_results::folder::lock;
use mats_results::{Lock, ReadError, ResultFolder, WriteError, read_json};
use mats_scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a folder says of the job that its units are of.
const RECORD: &str = "units/job.json";

/// A job and its folder.
#[derive(Debug, Clone)]
pub struct Job {
    /// What is to be done.
    pub plan: Plan,
    /// Where results go.
    pub path: PathBuf,
}

/// What must be the same for units to belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Version of the program: another one may reckon otherwise.
    pub version: String,
    /// The scenario, as checked.
    pub scenario: Scenario,
    /// Scenarios that are evaluated on, too.
    pub also: Vec<Scenario>,
    /// What is run.
    pub settings: RunSettings,
    /// What an experiment changed in the scenario's file, as TOML: it is in the scenario, and only told here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub changes: String,
}

/// Why the work on a job cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Its folder.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What stands there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder holds another job.
    #[error(
        "{path} holds {what} with another {part}; resume with what it was begun with, or choose another folder"
    )]
    Other {
        /// The folder.
        path: PathBuf,
        /// Units, or a whole run.
        what: &'static str,
        /// What differs.
        part: String,
    },
}

impl Definition {
    /// Of a plan, by this version of the program.
    pub fn of(plan: &Plan, version: &str) -> Definition {
        Definition {
            version: version.to_owned(),
            scenario: plan.scenario.clone(),
            also: plan.also.clone(),
            settings: plan.settings.clone(),
            changes: plan.changes.clone(),
        }
    }

    /// What a finished run was.
    pub fn of_run(record: RunRecord) -> Definition {
        let RunRecord { version, scenario, also, settings, changes, .. } = record;
        Definition { version, scenario, also, settings, changes }
    }

    /// The same as a plan: to be put together, not worked.
    pub fn plan(self, name: String) -> Plan {
        let Definition { scenario, also, settings, changes, .. } = self;
        Plan { name, scenario, also, settings, changes }
    }

    /// What is the same for the same definition, and only then.
    pub fn fingerprint(&self) -> String {
        fingerprint(self)
    }

    /// In what the defenders of another one differ, where they are as many.
    fn defenders_differ(&self, other: &Definition) -> Option<String> {
        let (here, there) = (&self.settings.defenders, &other.settings.defenders);
        let differs = || here.iter().zip(there).find_map(|(one, other)| one.differs(other));
        if here.len() == there.len() { differs() } else { None }
    }

    /// In what another one differs from this one, if it does.
    pub fn differs(&self, other: &Definition) -> Option<String> {
        if self.version != other.version {
            Some(format!("version of the program ({} instead of {})", other.version, self.version))
        } else if (&self.scenario, &self.also) != (&other.scenario, &other.also) {
            Some("scenario".to_owned())
        } else if let Some(changed) = self.defenders_differ(other) {
            Some(changed)
        } else {
            let trees = (overrides::tree(&self.settings), overrides::tree(&other.settings));
            let Difference { name, one, other } = differences(&trees.0, &trees.1).into_iter().next()?;
            Some(format!("value of `{name}` ({other} instead of {one})"))
        }
    }
}

impl Job {
    /// The seeds of its units, in order.
    pub fn seeds(&self) -> std::ops::Range<u64> {
        let settings = &self.plan.settings;
        settings.seed..settings.seed + settings.train_seeds
    }

    /// Makes its folder, or takes over what was begun there. While the lock is held, no other process works in it.
    ///
    /// # Errors
    /// When it cannot be made, holds something else, was begun with other settings, or another process is at work there.
    pub fn begin(
        &self,
        version: &str,
        overwrite: bool,
        resume: bool,
    ) -> Result<(ResultFolder, Lock), JobError> {
        let lock = lock(&self.path)?;
        let here = Definition::of(&self.plan, version);
        if !resume {
            let folder = ResultFolder::create(&self.path, overwrite)?;
            folder.write_json(RECORD, &here)?;
            return Ok((folder, lock));
        }
        let folder = ResultFolder::resume(&self.path)?;
        let (there, what) = if folder.is_whole() {
            let record: RunRecord = folder.read_json("run.json")?;
            (Definition::of_run(record), "a run")
        } else if folder.unit("job.json").is_file() {
            (folder.read_json(RECORD)?, "units")
        } else {
            folder.write_json(RECORD, &here)?;
            return Ok((folder, lock));
        };
        match here.differs(&there) {
            Some(part) => Err(JobError::Other { path: self.path.clone(), what, part }),
            None => Ok((folder, lock)),
        }
    }

    /// Its folder, once begun.
    ///
    /// # Errors
    /// When it is there no more.
    pub fn folder(&self) -> Result<ResultFolder, WriteError> {
        ResultFolder::resume(&self.path)
    }

    /// Whether a unit of it was finished.
    ///
    /// # Errors
    /// When it was, but its files are not those that were written.
    pub fn has(&self, folder: &ResultFolder, seed: u64, version: &str) -> Result<bool, ReadError> {
        let unit = folder.unit(&seed.to_string());
        if folder.is_whole() || !unit.is_dir() {
            return Ok(folder.is_whole());
        }
        unit::check(&unit, &Definition::of(&self.plan, version).fingerprint(), seed).map(|()| true)
    }
}

/// What a folder's units are of.
///
/// # Errors
/// When it holds none, or the file is damaged.
pub fn definition(folder: &Path) -> Result<Definition, ReadError> {
    read_json(&folder.join(RECORD))
}
