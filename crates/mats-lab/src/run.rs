//! What a run is: its settings, its record, what it learnt.

use crate::evaluate::{DEFENDERS, Evaluation};
use crate::results::details::RefinementRow;
use crate::results::folder::{POLICY, ResultFolder, WriteError};
use crate::results::read::ReadError;
use crate::results::record::read_record;
use crate::results::rows::LearningRow;
use crate::results::summary::{Settings, Summary, summarise};
use crate::roster::{self, RosterError};
use crate::train::{TrainError, TrainSettings, Trained};
use mats_detect::Detector;
use mats_gym::OBSERVATION;
use mats_models::StoreError;
use mats_respond::{PolicyTable, TableError};
use mats_rl::settings::SettingsError;
use mats_rl::{QFunction, Spec, WeightsError};
use mats_scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to run. The defaults are the documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// First training seed.
    pub seed: u64,
    /// How many training seeds: `seed`, `seed + 1`, ….
    pub train_seeds: u64,
    /// Evaluation episodes per defender and training seed.
    pub eval_episodes: usize,
    /// Defenders to evaluate; see [`crate::evaluate::defender`].
    pub defenders: Vec<String>,
    /// How agents are trained.
    pub train: TrainSettings,
}

impl Default for RunSettings {
    fn default() -> RunSettings {
        RunSettings {
            seed: 1,
            train_seeds: 1,
            eval_episodes: 100,
            defenders: DEFENDERS.iter().map(|&d| d.to_owned()).collect(),
            train: TrainSettings::default(),
        }
    }
}

/// A setting of a run outside its range.
#[derive(Debug, thiserror::Error)]
pub enum RunSettingsError {
    /// A number.
    #[error("`{name}` is {value} but must be {range}")]
    Range {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A defender that nobody knows.
    #[error(transparent)]
    Defender(#[from] RosterError),
    /// A setting of the network.
    #[error(transparent)]
    Network(#[from] SettingsError),
}

impl RunSettings {
    /// Checks everything that types do not; names of defenders are kept once each.
    ///
    /// # Errors
    /// With the first setting outside its range.
    pub fn check(mut self) -> Result<RunSettings, RunSettingsError> {
        let within = |name, ok: bool, value: f64, range| {
            if ok { Ok(()) } else { Err(RunSettingsError::Range { name, value, range }) }
        };
        let count =
            |name, n: usize, most: usize, range| within(name, (1..=most).contains(&n), n as f64, range);
        let share = |name, x: f64| within(name, (0.0..=1.0).contains(&x), x, "from 0 to 1");
        let t = &self.train;
        let last = self.seed.saturating_add(self.train_seeds);
        within(
            "seed",
            last <= u64::MAX / 2 + 1,
            self.seed as f64,
            "below 2^63, and so must be the last one",
        )?;
        count("train_seeds", self.train_seeds as usize, 1000, "from 1 to 1000")?;
        count("eval_episodes", self.eval_episodes, 65_535, "from 1 to 65535")?;
        count("train.episodes", t.episodes, 10_000_000, "from 1 to 10000000")?;
        count("train.round", t.round, 100_000, "from 1 to 100000")?;
        count("train.validation", t.validation, 100_000, "from 1 to 100000")?;
        count("train.checkpoint_validation", t.checkpoint_validation, 100_000, "from 1 to 100000")?;
        t.checkpoints.iter().try_for_each(|&at| share("train.checkpoints", at))?;
        count("train.refine.validation", t.refine.validation, 100_000, "from 1 to 100000")?;
        count("train.gather.episodes", t.gather.episodes, 100_000, "from 1 to 100000")?;
        within("train.cuts", !t.cuts.is_empty(), 0.0, "at least one confidence from 0 to 1")?;
        t.cuts.iter().try_for_each(|&cut| share("train.cuts", f64::from(cut)))?;
        t.model_updates.iter().try_for_each(|&at| share("train.model_updates", at))?;
        share("train.guided", t.guided)?;
        let benign = t.gather.benign_share;
        within("train.gather.benign_share", benign > 0.0 && benign <= 1.0, benign, "in (0, 1]")?;
        for (name, x) in [("train.audit.base", t.audit.base), ("train.audit.by_score", t.audit.by_score)] {
            share(name, f64::from(x))?;
        }
        t.dqn.check()?;
        self.defenders = roster::check(&self.defenders)?;
        Ok(self)
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A finished run that cannot be read.
    #[error(
        "the finished run {path} is damaged: {reason}; remove that folder, and --resume works on it once more"
    )]
    Damaged {
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        reason: ReadError,
    },
    /// While training or evaluating.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// While writing.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// While saving or loading detectors.
    #[error(transparent)]
    Detector(#[from] StoreError),
    /// While saving or loading the network.
    #[error(transparent)]
    Network(#[from] WeightsError),
    /// While loading the policy table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// While reading a run.
    #[error(transparent)]
    Read(#[from] crate::results::read::ReadError),
    /// Settings of a run that cannot be.
    #[error("failed to read the settings in run.json: {0}")]
    Settings(#[from] RunSettingsError),
    /// A file of a run is missing.
    #[error("failed to read {path}: {reason}; name the folder of a finished run")]
    Missing {
        /// Which.
        path: PathBuf,
        /// Why.
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
    /// What was run.
    pub settings: RunSettings,
    /// What an experiment changed in the scenario's file, as TOML: it is in the scenario above, and only told here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub changes: String,
    /// The best cut of the `threshold` baseline, by training seed.
    pub cuts: Vec<(u64, f32)>,
    /// What training did, in plain words, by training seed.
    pub notes: Vec<(u64, String)>,
}

impl RunRecord {
    /// Reads it from a result folder. It is written last: without it, the rest may be half of a run.
    ///
    /// # Errors
    /// When it is missing, damaged, or was written by a version of the program that this one does not understand.
    pub fn read(folder: &Path) -> Result<RunRecord, ReadError> {
        read_record(&folder.join("run.json"))
    }
}

/// What training did, in plain words.
pub fn describe(t: &Trained) -> String {
    let unlearnt = t.curve.last().is_some_and(|row| row.updates == 0);
    let network = if unlearnt {
        "; the network was never updated: play more episodes, or lower train.round and train.dqn.learning_starts"
    } else {
        ""
    };
    format!(
        "detectors version {} ({} of {} updates accepted, {} windows audited); {} policy rows refined; threshold {}{network}",
        t.detector.version(),
        t.model_updates.0,
        t.model_updates.1,
        t.audits,
        t.refined_rows,
        t.cut
    )
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

const NETWORK: &str = "network.safetensors";
/// The files of what was learnt.
pub const MODELS: [&str; 3] = [mats_detect::store::FILE, NETWORK, POLICY];

/// Saves what was learnt, as [`MODELS`] in a folder.
///
/// # Errors
/// When a file cannot be written.
pub fn save(trained: &Trained, folder: &Path) -> Result<(), RunError> {
    trained.detector.save(folder)?;
    trained.network.save(&folder.join(NETWORK))?;
    let path = folder.join(POLICY);
    let written = std::fs::write(&path, trained.table.to_toml());
    Ok(written.map_err(|reason| WriteError::Io { path, reason })?)
}

fn load_network(path: &Path, spec: Spec) -> Result<QFunction, RunError> {
    QFunction::load(path, spec)
        .map_err(|e| RunError::Missing { path: path.to_owned(), reason: e.to_string() })
}

/// Loads what a run trained.
///
/// # Errors
/// When a file is missing, corrupt, or of another shape; the message names it and the cure.
pub fn load(folder: &Path) -> Result<(RunRecord, Vec<(u64, Trained)>), RunError> {
    let mut record = RunRecord::read(folder)?;
    record.settings = record.settings.check()?;
    let spec = Spec { observation: OBSERVATION.len(), actions: mats_core::Action::COUNT };
    let mut trained = Vec::new();
    for &(seed, cut) in &record.cuts {
        let dir = folder.join("models").join(seed.to_string());
        let path = dir.join(POLICY);
        let text = std::fs::read_to_string(&path)
            .map_err(|e| RunError::Missing { path: path.clone(), reason: e.to_string() })?;
        trained.push((
            seed,
            Trained {
                detector: Arc::new(Detector::load(&dir)?),
                network: Arc::new(load_network(&dir.join(NETWORK), spec)?),
                table: PolicyTable::parse(&text, &path.display().to_string())?,
                cut,
                curve: Vec::new(),
                lived: Vec::new(),
                model_updates: (0, 0),
                refined_rows: 0,
                refinement: Vec::new(),
                audits: 0,
            },
        ));
    }
    Ok((record, trained))
}
