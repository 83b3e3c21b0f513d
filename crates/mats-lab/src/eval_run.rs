//! Agents that a run trained, evaluated on other scenarios or on episodes held out: the work of `mats eval`.

use crate::agents::load;
use crate::batch::load::{LoadError, name};
use crate::defender::{DefenderSpec, SpecError};
use crate::evaluate::evaluate_all;
use crate::folders::{Folders, target};
use crate::record::{RunError, RunRecord, write_evaluation};
use crate::settings::RunSettings;
use mats_learn::Agents;
use mats_learn::progress::Listener;
use mats_results::folder::{FILES, POLICY, ResultFolder};
use mats_results::{RecordedEvaluation, Summary, Timing, WriteError};
use mats_scenario::Scenario;
use std::path::{Path, PathBuf};

/// Specification of an evaluation: what is evaluated, and where results go.
#[derive(Debug, Clone)]
pub struct EvalSpec {
    /// The folder of the run whose agents are evaluated.
    pub from: PathBuf,
    /// Scenarios to evaluate on, one result folder each.
    pub scenarios: Vec<Scenario>,
    /// Episodes for each defender; as in the run by default.
    pub episodes: Option<usize>,
    /// Set of episodes; that of the run by default.
    pub eval_seed: Option<u64>,
    /// True if the episodes are those held out for figures that are made once, in the end.
    pub held_out: bool,
    /// Defenders that play; as in the run where empty.
    pub defenders: Vec<DefenderSpec>,
    /// Seed of the intervals; the run's by default.
    pub seed: Option<u64>,
    /// Place for the results; see [`Folders::create`].
    pub out: Option<PathBuf>,
    /// True if earlier results are replaced.
    pub overwrite: bool,
}

/// Errors of preparing an evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// Path that is no folder.
    #[error(transparent)]
    From(#[from] LoadError),
    /// A run that cannot be loaded.
    #[error("failed to load the run {}", folder.display())]
    Run {
        /// Folder of the run.
        folder: PathBuf,
        /// Error of loading the run.
        source: Box<RunError>,
    },
    /// A defender whose network is lacking.
    #[error(transparent)]
    Defender(#[from] SpecError),
    /// The folder of the agents as that of the results.
    #[error("{} holds the agents to evaluate; choose another folder for the results", folder.display())]
    SameFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A folder for results that cannot be had.
    #[error("failed to prepare the result folder")]
    Folder {
        /// Reason the folder was refused.
        #[source]
        source: WriteError,
    },
}

/// A run's agents, and the folders that wait for what they do: all is checked before anything is played. Folders that stay
/// empty vanish when it is dropped.
#[derive(Debug)]
pub struct EvalRun {
    name: String,
    origin: RunRecord,
    trained: Vec<(u64, Agents)>,
    settings: RunSettings,
    scenarios: Vec<Scenario>,
    folders: Folders,
    held_out: bool,
    seed: u64,
}

impl EvalRun {
    /// Loads the agents and makes the folders.
    ///
    /// # Errors
    /// When there is no such run, a defender is incomplete, or a folder cannot be had.
    pub fn prepare(spec: EvalSpec) -> Result<EvalRun, EvalError> {
        let EvalSpec { from, scenarios, episodes, eval_seed, held_out, defenders, seed, out, overwrite } =
            spec;
        let name = name(&from)?;
        let (origin, trained) =
            load(&from).map_err(|e| EvalError::Run { folder: from.clone(), source: Box::new(e) })?;
        let mut settings = origin.settings.clone();
        settings.eval_episodes = episodes.unwrap_or(settings.eval_episodes);
        settings.eval_seed = eval_seed.unwrap_or(settings.eval_seed);
        settings.held_out = held_out;
        if !defenders.is_empty() {
            settings.defenders = DefenderSpec::distinct(defenders)?;
        }
        for defender in &mut settings.defenders {
            defender.complete(&from)?;
        }
        let suffix = format!("{}-of-{name}", if held_out { "held-out" } else { "eval" });
        let targets = scenarios.iter().map(|s| target(scenarios.len(), &s.name, &suffix, out.as_deref()));
        // Before any is made: making one drops what an interrupted run left in it.
        if targets.into_iter().any(|folder| is_same(&folder, &from)) {
            return Err(EvalError::SameFolder { folder: from });
        }
        let folders = Folders::create(&scenarios, &suffix, out.as_deref(), overwrite)
            .map_err(|source| EvalError::Folder { source })?;
        let seed = seed.unwrap_or(settings.seed);
        Ok(EvalRun { name, origin, trained, settings, scenarios, folders, held_out, seed })
    }

    /// Returns the defenders that play.
    pub fn defenders(&self) -> &[DefenderSpec] {
        &self.settings.defenders
    }

    /// Returns the scenarios that the agents are evaluated on, each with the folder for its results.
    pub fn scenarios(&self) -> impl Iterator<Item = (&Scenario, &ResultFolder)> {
        self.scenarios.iter().zip(self.folders.iter())
    }

    /// Plays all episodes of a scenario and writes the results; `timing` is asked when they were played. The agents stay
    /// in the folder of the run that trained them.
    ///
    /// # Errors
    /// When the listener asks to stop, or a file cannot be written.
    pub fn evaluate(
        &self,
        scenario: &Scenario,
        folder: &ResultFolder,
        listener: &mut dyn Listener,
        timing: impl FnOnce() -> Timing,
    ) -> Result<(RunRecord, Summary, Timing), RunError> {
        let seeds = self.settings.report_seeds();
        let all = evaluate_all(scenario, &self.trained, &self.settings.defenders, &seeds, listener)?;
        let summary = write_evaluation(folder, &all, self.seed)?;
        let on = &self.origin.scenario.name;
        let mut note = format!("trained on {on} by the run {}", self.name);
        if self.held_out {
            note.push_str("; evaluated on episodes held out");
        }
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: self.settings.clone(),
            cuts: self.origin.cuts.clone(),
            best_rules: self.origin.best_rules.clone(),
            detectors: self.origin.detectors.clone(),
            notes: self.origin.cuts.iter().map(|&(seed, _)| (seed, note.clone())).collect(),
            scenario: scenario.clone(),
            also: Vec::new(),
            changes: String::new(),
            evaluation: Some(RecordedEvaluation { held_out: self.held_out, seed: self.seed }),
        };
        let timing = timing();
        folder.write_json("timing.json", &timing)?;
        let networks = copy_networks(folder, &self.settings)?;
        let files = FILES.into_iter().filter(|file| *file != POLICY);
        let written: Vec<&str> = files.chain(networks.iter().map(String::as_str)).collect();
        // The record goes last: a folder that has it is whole.
        folder.seal(&record)?;
        folder.finish(&written).map_err(RunError::Replace)?;
        Ok((record, summary, timing))
    }
}

/// Copies the networks that were named as defenders into the results; the names of the files.
fn copy_networks(folder: &ResultFolder, settings: &RunSettings) -> Result<Vec<String>, WriteError> {
    let mut written = Vec::new();
    for (path, bytes) in settings.defenders.iter().filter_map(DefenderSpec::model) {
        if let Some(bytes) = bytes {
            folder.write_bytes(&path, &bytes)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// Tells whether two paths lead to the same folder.
fn is_same(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}
