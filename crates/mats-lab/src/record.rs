//! What stands in a run's folder of what was run, and why a run fails.

use crate::check_settings::RunSettingsError;
use crate::defender::SpecError;
use crate::evaluate::Evaluation;
use crate::settings::RunSettings;
use mats_detect::ModelsAtWork;
use mats_learn::TrainError;
use mats_models::StoreError;
use mats_respond::TableError;
use mats_results::details::RefinementRow;
use mats_results::folder::{RECORD, ResultFolder, WriteError, check_run};
use mats_results::read::ReadError;
use mats_results::record::{RecordedEvaluation, read_record};
use mats_results::rows::LearningRow;
use mats_results::summary::{Settings, Summary, summarise};
use mats_rl::WeightsError;
use mats_scenario::{Scenario, integrity};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Errors of a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A finished run that cannot be read.
    #[error(
        "the finished run {path} is damaged: {reason}; or remove that folder, and --resume works on it once more"
    )]
    Damaged {
        /// Folder of the run.
        path: PathBuf,
        /// Error of reading the run.
        reason: ReadError,
    },
    /// A training whose result could not be used.
    #[error("the training with seed {train_seed} left what cannot be used, so it is not kept: {reason}")]
    Unreadable {
        /// Seed of the training.
        train_seed: u64,
        /// Reason that it cannot be read back.
        reason: Box<RunError>,
    },
    /// Error in training or evaluating.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// Error in writing results.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Error in putting results in the place of earlier ones.
    #[error("failed to replace what the folder held before: {0}")]
    Replace(#[source] WriteError),
    /// Error in saving or loading detectors.
    #[error(transparent)]
    Detector(#[from] StoreError),
    /// Network that does not fit.
    #[error("failed to read {}: {reason} (`mats run SCENARIO` trains one)", path.display())]
    Network {
        /// File of the network.
        path: PathBuf,
        /// Reason it was refused.
        reason: WeightsError,
    },
    /// Error in the policy table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Error in reading a run.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A defender whose file is lacking.
    #[error(transparent)]
    Defender(#[from] SpecError),
    /// Settings of a run that cannot be.
    #[error("failed to read the settings in run.json: {0}")]
    Settings(#[from] RunSettingsError),
    /// A file of a run is missing.
    #[error("failed to read {path}: {reason}; name the folder of a finished run")]
    Missing {
        /// Path of the file.
        path: PathBuf,
        /// Reason the file cannot be read.
        reason: String,
    },
}

/// `run.json`: everything needed to repeat a run, and the same each time it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of the program.
    pub version: String,
    /// The scenario, as checked.
    pub scenario: Scenario,
    /// Other scenarios that the agents were evaluated on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Scenario>,
    /// Settings of the run.
    pub settings: RunSettings,
    /// Changes that an experiment made in the scenario's file, as TOML: they are in the scenario above, only told here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub changes: String,
    /// The best cut of the `threshold` baseline, by training seed.
    pub cuts: Vec<(u64, f32)>,
    /// The rule that did best on validation seeds, of the fixed and searched ones among the defenders, by training seed: what was learnt is
    /// compared with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best_rules: Vec<(u64, String)>,
    /// Accounts of what training did, in plain words, by training seed.
    pub notes: Vec<(u64, String)>,
    /// How much of the detectors is at work, by training seed; none in runs of 0.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detectors: Vec<(u64, ModelsAtWork)>,
    /// Evaluation of agents that another run trained; none where they were trained here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<RecordedEvaluation>,
}

impl RunRecord {
    /// Reads it from a result folder, once the sums of all its files are found right. It is written last: without it, the rest may
    /// be half of a run.
    ///
    /// # Errors
    /// When it is missing, or any file is not what was written, or it was written by a version of the program that this one does not understand.
    pub fn read(folder: &Path) -> Result<RunRecord, ReadError> {
        check_run(folder)?;
        let path = folder.join(RECORD);
        let record: RunRecord = read_record(&path)?;
        // The simulator trusts a scenario; whoever changed this one by hand need not be right.
        for scenario in std::iter::once(&record.scenario).chain(&record.also) {
            integrity::check(scenario).map_err(|reason| ReadError::Scenario {
                path: path.clone(),
                name: scenario.name.clone(),
                reason,
            })?;
        }
        Ok(record)
    }
}

/// Writes an evaluation of agents that were trained elsewhere, but for `run.json`, which the caller writes last.
///
/// # Errors
/// When a file cannot be written; earlier files stay.
pub fn write_evaluation(folder: &ResultFolder, all: &Evaluation, seed: u64) -> Result<Summary, WriteError> {
    let summary = summarise(&all.episodes, &all.campaigns, Settings { seed, ..Settings::default() });
    folder.write_csv("episodes.csv", &all.episodes)?;
    folder.write_csv("campaigns.csv", &all.campaigns)?;
    folder.write_csv("summary.csv", &summary.rows)?;
    folder.write_csv::<LearningRow>("learning.csv", &[])?;
    folder.write_csv::<RefinementRow>("refinement.csv", &[])?;
    write_observed(folder, all)?;
    Ok(summary)
}

/// Writes what was seen and done, as figures are drawn from it.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write_observed(folder: &ResultFolder, all: &Evaluation) -> Result<(), WriteError> {
    folder.write_csv("detection.csv", &all.detection())?;
    folder.write_csv("curves.csv", &all.curves())?;
    folder.write_csv("techniques.csv", &all.techniques())?;
    folder.write_csv("timeline.csv", &all.timeline())
}
