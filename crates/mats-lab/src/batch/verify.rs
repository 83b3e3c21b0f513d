//! Whether the files of runs are those that were written.

use super::load::{LoadError, runs};
use super::merge::{EXPERIMENT, experiment};
use super::unit;
use crate::agents;
use crate::record::RunError;
use mats_results::folder::{Proof, RECORD, check_listed, check_run, check_unit};
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
    let jobs = experiment(folder).map(|record| record.jobs).unwrap_or_default();
    let paths: Vec<PathBuf> = jobs
        .iter()
        .map(|job| folder.join(super::experiment::folder_name(&[&job.name])))
        .filter(|path| path.is_dir())
        .collect();
    // Without sums it is one that was not finished, or of an older version.
    let is_finished = paths.iter().all(|path| path.join(RECORD).is_file()) && paths.len() == jobs.len();
    let found = match listed {
        Ok(Some(content)) => Some(Ok(content)),
        Ok(None) if is_finished => Some(Err(VerifyError::Unproven)),
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    };
    all.extend(found.map(|found| Verified { path: folder.to_owned(), found }));
    for path in paths {
        if path.join(RECORD).is_file() { all.push(run(path)) } else { all.extend(units(&path)) }
    }
    Ok(all)
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

/// The finished units of a run that is not.
fn units(path: &Path) -> Vec<Verified> {
    let units = path.join("units");
    let folders = std::fs::read_dir(units).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| unit::job(path).is_some()).collect();
    folders.sort();
    let one = |path: PathBuf| Verified {
        found: check_unit(&path).map(|()| Content::Unit).map_err(VerifyError::from),
        path,
    };
    folders.into_iter().map(one).collect()
}
