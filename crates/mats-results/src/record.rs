//! `run.json` and `timing.json`, read without knowing agents: of the settings only what a reader of results needs.

use crate::read::{ReadError, older, read_json};
use mats_scenario::Scenario;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::path::Path;

/// `run.json` as a reader of results sees it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RecordedRun {
    /// Version of the program.
    pub version: String,
    /// The scenario, as checked.
    pub scenario: Scenario,
    /// Other scenarios that the agents were evaluated on.
    #[serde(default)]
    pub also: Vec<Scenario>,
    /// Settings of the run.
    pub settings: RecordedSettings,
    /// Changes that an experiment made in the scenario's file, as TOML.
    #[serde(default)]
    pub changes: String,
    /// The best cut of the `threshold` baseline, by training seed.
    pub cuts: Vec<(u64, f32)>,
    /// The rule that did best on validation seeds, of those that the run played, by training seed.
    #[serde(default)]
    pub best_rules: Vec<(u64, String)>,
    /// Accounts of what training did, in plain words, by training seed.
    pub notes: Vec<(u64, String)>,
    /// Evaluation of agents that another run trained; none where they were trained here.
    #[serde(default)]
    pub evaluation: Option<RecordedEvaluation>,
}

/// Evaluation of agents that another run trained, as `mats eval` makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedEvaluation {
    /// True where the episodes are those held out for final figures.
    pub held_out: bool,
    /// Seed of the intervals.
    pub seed: u64,
}

/// The settings of a run that results are read by; whoever trains knows the rest.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RecordedSettings {
    /// First training seed.
    pub seed: u64,
    /// Number of training seeds.
    pub train_seeds: u64,
    /// Evaluation episodes per defender and training seed.
    pub eval_episodes: usize,
    /// Set of these episodes.
    #[serde(default)]
    pub eval_seed: u64,
    /// True where they are those held out for final figures.
    #[serde(default)]
    pub held_out: bool,
    /// Names of the defenders that were evaluated.
    #[serde(deserialize_with = "names")]
    pub defenders: Vec<String>,
    /// Settings of the training.
    pub train: RecordedTraining,
}

/// Names, where a defender stands as its name, or as a map of it and the content of its file.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let name =
        |defender: &Value| defender.as_str().or_else(|| defender.get("name")?.as_str()).map(str::to_owned);
    let defenders = Vec::<Value>::deserialize(deserializer)?;
    defenders.iter().map(|d| name(d).ok_or_else(|| D::Error::custom("a defender has no name"))).collect()
}

/// The settings of a training that results are read by.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct RecordedTraining {
    /// Training episodes.
    pub episodes: usize,
    /// Settings by which changes of the policy table were chosen.
    pub refine: RecordedRefinement,
}

/// The settings of refinement that results are read by.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct RecordedRefinement {
    /// Standard errors by which a change had to be better.
    pub errors: f64,
}

impl RecordedRun {
    /// Reads it from a result folder. It is written last: without it, the rest may be half of a run.
    ///
    /// # Errors
    /// When it is missing, damaged, or was written by a version of the program that this one does not understand.
    pub fn read(folder: &Path) -> Result<RecordedRun, ReadError> {
        read_record(&folder.join("run.json"))
    }
}

/// Reads a record that says by which version of the program it was written.
///
/// # Errors
/// When it is missing or damaged; where another version wrote it, that is what is wrong with it.
pub fn read_record<T: DeserializeOwned>(path: &Path) -> Result<T, ReadError> {
    read_json(path).map_err(|error| older(path).unwrap_or(error))
}

/// `timing.json`: the only file that differs from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Start of the run, seconds since 1970; times of day stand nowhere else.
    pub started_unix_s: u64,
    /// Duration of the run in seconds. Where it was resumed, the last stretch.
    pub duration_s: f64,
    /// Threads used.
    pub threads: usize,
}
