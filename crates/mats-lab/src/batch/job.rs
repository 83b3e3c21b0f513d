//! A job, its folder and what stands there already.

use super::definition::{Definition, RECORD};
use super::experiment::JobSpec;
use super::unit;
use crate::record::RunRecord;
use mats_results::folder::lock;
use mats_results::record::read_record;
use mats_results::{Lock, ReadError, ResultFolder, WriteError};
use std::path::PathBuf;

/// A job and its folder.
#[derive(Debug, Clone)]
pub struct Job {
    /// Scenario and settings of the job.
    pub spec: JobSpec,
    /// Folder for the results.
    pub path: PathBuf,
}

/// Errors of beginning the work on a job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Error of making, locking or writing the job's folder.
    #[error(transparent)]
    Write(WriteError),
    /// A run was stopped in the folder.
    #[error(
        "{path} holds a run that was interrupted; go on with `--resume`, or begin anew with `--overwrite`"
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// Error of reading what stands in the folder.
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
        /// Part of the definition that differs.
        part: String,
    },
}

impl From<WriteError> for JobError {
    fn from(error: WriteError) -> JobError {
        match error {
            WriteError::Unfinished { path } => JobError::Unfinished { path },
            error => JobError::Write(error),
        }
    }
}

impl Job {
    /// The seeds of its units, in order.
    pub fn seeds(&self) -> std::ops::Range<u64> {
        let settings = &self.spec.settings;
        settings.seed..settings.seed + settings.train_seeds
    }

    /// Refuses a folder that is a link, for a job whose folder stands in that of others.
    ///
    /// # Errors
    /// When it is one.
    pub fn refuse_link(&self) -> Result<(), JobError> {
        if self.path.is_symlink() { Err(WriteError::Link { path: self.path.clone() }.into()) } else { Ok(()) }
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
        let here = Definition::of(&self.spec, version);
        let folder = if resume {
            self.go_on(&here)?
        } else {
            let folder = ResultFolder::create(&self.path, overwrite)?;
            folder.write_json(RECORD, &here)?;
            folder
        };
        // Nobody else is at work here.
        folder.sweep();
        Ok((folder, lock))
    }

    /// Opens its folder where the work was stopped.
    fn go_on(&self, here: &Definition) -> Result<ResultFolder, JobError> {
        let folder = ResultFolder::resume(&self.path)?;
        let (there, what) = if folder.is_settled() {
            (Some(Definition::of_run(RunRecord::read(folder.path())?)), "a run")
        } else if folder.is_whole() {
            // Not all of its files are in their place; their sums are asked for when they are.
            (Some(Definition::of_run(read_record(&folder.staging().join("run.json"))?)), "a run")
        } else {
            (self.begun(&folder, here)?, "units")
        };
        match there {
            None => folder.write_json(RECORD, here)?,
            Some(there) => {
                if let Some(part) = here.differs(&there) {
                    return Err(JobError::Other { path: self.path.clone(), what, part });
                }
            }
        }
        Ok(folder)
    }

    /// The definition that units in a folder are of; `None` where none was written, or it is damaged and what there is of units is
    /// of this job by their own word.
    fn begun(&self, folder: &ResultFolder, here: &Definition) -> Result<Option<Definition>, JobError> {
        let path = folder.unit("job.json");
        match read_record(&path) {
            Ok(there) => return Ok(Some(there)),
            Err(error @ ReadError::Version { .. }) => return Err(error.into()),
            Err(ReadError::Io { path, reason }) => return Err(ReadError::Io { path, reason }.into()),
            Err(_) => {}
        }
        let fingerprint = here.fingerprint();
        let units = self.seeds().map(|seed| folder.unit(&seed.to_string()));
        if units.filter_map(|unit| unit::job(&unit)).all(|job| job == fingerprint) {
            return Ok(None);
        }
        let part = "definition (its own, in job.json, is damaged or lost)".to_owned();
        Err(JobError::Other { path: self.path.clone(), what: "units", part })
    }

    /// Opens the folder of the job, once begun.
    ///
    /// # Errors
    /// When it is there no more.
    pub fn folder(&self) -> Result<ResultFolder, WriteError> {
        ResultFolder::resume(&self.path)
    }

    /// Tells whether the unit of a training seed was finished.
    ///
    /// # Errors
    /// When it was, but its files are not those that were written.
    pub fn has(&self, folder: &ResultFolder, seed: u64, version: &str) -> Result<bool, ReadError> {
        let unit = folder.unit(&seed.to_string());
        if folder.is_whole() || !unit.is_dir() {
            return Ok(folder.is_whole());
        }
        unit::check(&unit, &Definition::of(&self.spec, version).fingerprint(), seed).map(|()| true)
    }
}
