//! Whether the files of runs are those that were written.

use super::definition::{Definition, definition};
use super::experiment::folder_name;
use super::load::{LoadError, runs};
use super::merge::{EXPERIMENT, JobRecord, experiment};
use super::unit;
use crate::agents;
use crate::record::{RunError, RunRecord};
use mats_results::folder::{Proof, RECORD, check_listed, check_run};
use mats_results::{ReadError, read_run};
use std::path::{Path, PathBuf};

/// What was found of one folder.
#[derive(Debug)]
pub struct Verified {
    /// The folder.
    pub path: PathBuf,
    /// What it holds, if it is what was written.
    pub found: Result<Content, VerifyError>,
}

/// Content of a folder that is what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A finished run of so many files, all in order.
    Run(usize),
    /// The list of jobs of an experiment and what sums them up.
    Experiment(usize),
    /// A finished unit of a run that is not.
    Unit,
}

/// Errors of verifying a folder.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file that is not what was written, or cannot be.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Agents that cannot be loaded.
    #[error(transparent)]
    Agents(#[from] RunError),
    /// A job that its experiment lists is not there.
    #[error("is not there, or not finished, though its experiment was")]
    Lost,
    /// A job that is another than its experiment lists.
    #[error("is of another job than experiment.json lists under this name")]
    Other,
    /// There is nothing to verify it by.
    #[error(
        "has no SHA256SUMS, as of an older version, so nothing proves that its files are those that were written"
    )]
    Unproven,
}

/// Verifies a run, all runs in a folder, or an experiment with its jobs, unfinished ones among them.
///
/// # Errors
/// When the folder holds none of these. What is wrong with one of them is told in its place.
pub fn verify(folder: &Path) -> Result<Vec<Verified>, LoadError> {
    let mut all = Vec::new();
    if !folder.join(EXPERIMENT).is_file() {
        let found = runs(folder)?;
        return Ok(found.into_iter().map(run).collect());
    }
    let listed = check_listed(folder).map_err(VerifyError::from).map(|proof| match proof {
        Proof::Whole(files) => Some(Content::Experiment(files)),
        Proof::None => None,
    });
    let jobs = match experiment(folder) {
        Ok(record) => record.jobs,
        Err(error) => {
            let found = Err(error.into());
            return Ok(vec![Verified { path: folder.to_owned(), found }]);
        }
    };
    let place = |job: &JobRecord| folder.join(folder_name(&[&job.name]));
    let is_finished = jobs.iter().all(|job| place(job).join(RECORD).is_file());
    // Without sums it is one that was not finished, or of an older version.
    let is_sealed = matches!(listed, Ok(Some(_)));
    let found = match listed {
        Ok(Some(content)) => Some(Ok(content)),
        Ok(None) if is_finished => Some(Err(VerifyError::Unproven)),
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    };
    all.extend(found.map(|found| Verified { path: folder.to_owned(), found }));
    for job in &jobs {
        let path = place(job);
        if path.join(RECORD).is_file() {
            all.push(job_of(run(path), job));
        } else if is_sealed {
            all.push(Verified { path, found: Err(VerifyError::Lost) });
        } else if path.is_dir() {
            all.extend(units(&path, job));
        }
    }
    if all.is_empty() { Err(ReadError::Unfinished { path: folder.to_owned() }.into()) } else { Ok(all) }
}

/// A run that must be the one that its experiment lists.
fn job_of(verified: Verified, job: &JobRecord) -> Verified {
    let listed =
        |path: &Path| RunRecord::read(path).is_ok_and(|r| Definition::of_run(r).fingerprint() == job.sha256);
    if verified.found.is_ok() && !listed(&verified.path) {
        return Verified { found: Err(VerifyError::Other), ..verified };
    }
    verified
}

/// A finished run: its sums, its tables, its agents.
fn run(path: PathBuf) -> Verified {
    let checked = || -> Result<Content, VerifyError> {
        let Proof::Whole(files) = check_run(&path)? else { return Err(VerifyError::Unproven) };
        read_run(&path)?;
        if path.join("models").is_dir() {
            agents::load_if_trained(&path)?;
        }
        Ok(Content::Run(files))
    };
    Verified { found: checked(), path }
}

/// The finished units of a run that is not, and what says which job they are of.
fn units(path: &Path, job: &JobRecord) -> Vec<Verified> {
    let units = path.join("units");
    let mut all = Vec::new();
    if !definition(path).is_ok_and(|there| there.fingerprint() == job.sha256) {
        all.push(Verified { path: units.join("job.json"), found: Err(VerifyError::Other) });
    }
    for seed in job.seed..job.seed + job.train_seeds {
        let path = units.join(seed.to_string());
        if path.is_dir() {
            let found =
                unit::check(&path, &job.sha256, seed).map(|()| Content::Unit).map_err(VerifyError::from);
            all.push(Verified { path, found });
        }
    }
    all
}
