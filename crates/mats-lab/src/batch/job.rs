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
    Write(#[from] WriteError),
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

impl Job {
    /// The seeds of its units, in order.
    pub fn seeds(&self) -> std::ops::Range<u64> {
        let settings = &self.spec.settings;
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
        let here = Definition::of(&self.spec, version);
        if !resume {
            let folder = ResultFolder::create(&self.path, overwrite)?;
            folder.write_json(RECORD, &here)?;
            return Ok((folder, lock));
        }
        let folder = ResultFolder::resume(&self.path)?;
        let (there, what) = if folder.is_whole() {
            let record = RunRecord::read(folder.path())?;
            (Definition::of_run(record), "a run")
        } else if folder.unit("job.json").is_file() {
            (read_record(&folder.unit("job.json"))?, "units")
        } else {
            folder.write_json(RECORD, &here)?;
            return Ok((folder, lock));
        };
        match here.differs(&there) {
            Some(part) => Err(JobError::Other { path: self.path.clone(), what, part }),
            None => Ok((folder, lock)),
        }
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
