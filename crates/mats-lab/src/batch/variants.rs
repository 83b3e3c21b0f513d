//! An experiment that was run → the runs to compare: a variant on all of its scenarios is one.

use super::definition::Definition;
use super::experiment::folder_name;
use super::merge::EXPERIMENT;
use crate::record::RunRecord;
use mats_results::ReadError;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Jobs that differ in their scenarios alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The variant and the cell of the grid, as in the names of its jobs; the experiment's name where there is but one.
    pub name: String,
    /// The folders of its finished jobs.
    pub jobs: Vec<PathBuf>,
}

/// An experiment as far as it was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Variants of the experiment with their finished jobs, in order.
    pub variants: Vec<Variant>,
    /// Jobs that are not finished, or whose folder holds what another experiment left there.
    pub lacking: Vec<String>,
    /// Number of all jobs.
    pub jobs: usize,
    /// The first job, of the variant that the others are compared with.
    pub first: String,
}

impl Finished {
    /// Returns a note on the jobs that are left out, if any are.
    pub fn note(&self) -> Option<String> {
        const SHOWN: usize = 6;
        let names = self.lacking.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if self.lacking.len() > SHOWN { ", …" } else { "" };
        (!self.lacking.is_empty()).then(|| {
            format!(
                "{} of {} jobs are left out, for they are not finished, or their folder holds what another experiment left: {names}{more}",
                self.lacking.len(),
                self.jobs
            )
        })
    }
}

/// The variants of an experiment in their order, with all jobs that are finished; nothing if the folder is not one of an
/// experiment. Where two jobs of a variant evaluate on the same scenario, as where agents that were trained on
/// different ones are, every job stands for itself.
///
/// # Errors
/// When a file is damaged, or no job is finished.
pub fn variants(folder: &Path) -> Result<Option<Finished>, ReadError> {
    if !folder.join(EXPERIMENT).is_file() {
        return Ok(None);
    }
    let experiment = super::merge::experiment(folder)?;
    let mut variants: Vec<(Variant, BTreeSet<String>)> = Vec::new();
    let (mut alone, mut are_apart, mut lacking) = (Vec::new(), false, Vec::new());
    let first = experiment.jobs.first().map(|job| job.name.clone()).unwrap_or_default();
    let jobs = experiment.jobs.len();
    for job in experiment.jobs {
        // A name from a file is not trusted to stay in the folder.
        let path = folder.join(folder_name(&[&job.name]));
        let there = if path.join("run.json").is_file() { Some(RunRecord::read(&path)?) } else { None };
        let Some(record) = there.filter(|r| Definition::of_run(r.clone()).fingerprint() == job.sha256) else {
            lacking.push(job.name);
            continue;
        };
        let rest = job.name.strip_prefix(&folder_name(&[&record.scenario.name])).unwrap_or(&job.name);
        let name = rest.trim_start_matches('-').to_owned();
        let played = std::iter::once(&record.scenario).chain(&record.also).map(|s| s.name.clone());
        alone.push(Variant { name: job.name.clone(), jobs: vec![path.clone()] });
        match variants.iter_mut().find(|(variant, _)| variant.name == name) {
            Some((variant, known)) => {
                variant.jobs.push(path);
                are_apart |= played.filter(|name| !known.insert(name.clone())).count() > 0;
            }
            None => variants.push((Variant { name, jobs: vec![path] }, played.collect())),
        }
    }
    if alone.is_empty() {
        return Err(ReadError::Unfinished { path: folder.to_owned() });
    }
    let mut variants: Vec<Variant> =
        if are_apart { alone } else { variants.into_iter().map(|(variant, _)| variant).collect() };
    for variant in variants.iter_mut().filter(|variant| variant.name.is_empty()) {
        variant.name.clone_from(&experiment.name);
    }
    Ok(Some(Finished { variants, lacking, jobs, first }))
}
