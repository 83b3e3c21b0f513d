//! A whole run: fit, train, evaluate, write.

use crate::evaluate::{DEFENDERS, Evaluation, evaluate};
use crate::progress::{Listener, Progress};
use crate::results::folder::{ResultFolder, WriteError};
use crate::results::reference::fill_regret;
use crate::results::rows::LearningRow;
use crate::results::summary::{Settings, Summary, summarise};
use crate::train::{TrainError, TrainSettings, Trained, train};
use mats_detect::{Detector, StoreError};
use mats_gym::OBSERVATION;
use mats_respond::{PolicyTable, TableError};
use mats_rl::{QFunction, Spec, WeightsError};
use mats_scenario::Scenario;
use mats_sim::Plan;
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

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
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
    /// A file of a run is missing.
    #[error("failed to read {path}: {reason}; name the folder of a finished run")]
    Missing {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// `run.json`: everything needed to repeat a run, and the only file that holds times of day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Version of the program.
    pub version: String,
    /// The scenario, as checked.
    pub scenario: Scenario,
    /// What was run.
    pub settings: RunSettings,
    /// The best cut of the `threshold` baseline, by training seed.
    pub cuts: Vec<(u64, f32)>,
    /// What training did, in plain words, by training seed.
    pub notes: Vec<(u64, String)>,
    /// When it began, seconds since 1970; times of day stand nowhere else.
    pub started_unix_s: u64,
    /// How long it took.
    pub duration_s: f64,
    /// Threads used.
    pub threads: usize,
}

/// Trains and evaluates on one scenario.
///
/// # Errors
/// When detectors cannot be fitted, a setting is out of range, or the listener asks to stop.
pub fn train_and_evaluate(
    scenario: &Scenario,
    settings: &RunSettings,
    listener: &mut dyn Listener,
) -> Result<(Vec<(u64, Trained)>, Evaluation), RunError> {
    let plan = Arc::new(Plan::new(scenario.clone()));
    let (mut trained, mut all) = (Vec::new(), Evaluation::default());
    for train_seed in settings.seed..settings.seed + settings.train_seeds {
        let agents = train(&plan, &settings.train, train_seed, listener)?;
        if !listener.hear(Progress::Note(describe(&agents))) {
            return Err(TrainError::Interrupted.into());
        }
        all.append(evaluate(
            &plan,
            &agents,
            &settings.defenders,
            settings.eval_episodes,
            train_seed,
            listener,
        )?);
        trained.push((train_seed, agents));
    }
    fill_regret(&mut all.episodes);
    Ok((trained, all))
}

/// What training did, in plain words.
pub fn describe(t: &Trained) -> String {
    format!(
        "detectors version {} ({} of {} updates accepted, {} windows audited); {} policy rows refined; threshold {}",
        t.detector.version(),
        t.model_updates.0,
        t.model_updates.1,
        t.audits,
        t.refined_rows,
        t.cut
    )
}

/// Writes what a run left behind, but for `run.json`, which the caller writes last.
///
/// # Errors
/// When a file cannot be written; earlier files stay.
pub fn write(
    folder: &ResultFolder,
    trained: &[(u64, Trained)],
    all: &Evaluation,
    seed: u64,
) -> Result<Summary, RunError> {
    let summary = summarise(&all.episodes, &all.campaigns, Settings { seed, ..Settings::default() });
    folder.write_csv("episodes.csv", &all.episodes)?;
    folder.write_csv("campaigns.csv", &all.campaigns)?;
    folder.write_csv("detection.csv", &all.detection)?;
    folder.write_csv("summary.csv", &summary.rows)?;
    let curve: Vec<LearningRow> = trained.iter().flat_map(|(_, t)| t.curve.iter().cloned()).collect();
    folder.write_csv("learning.csv", &curve)?;
    if let Some((_, first)) = trained.first() {
        folder.write_text("policy.toml", &first.table.to_toml())?;
    }
    let models = folder.models_dir()?;
    for (seed, t) in trained {
        let dir = models.join(seed.to_string());
        std::fs::create_dir_all(&dir)
            .map_err(|e| RunError::Missing { path: dir.clone(), reason: e.to_string() })?;
        t.detector.save(&dir)?;
        t.network.save(&dir.join(NETWORK))?;
        folder.write_text(&format!("models/{seed}/policy.toml"), &t.table.to_toml())?;
    }
    Ok(summary)
}

const NETWORK: &str = "network.safetensors";

/// Loads what a run trained.
///
/// # Errors
/// When a file is missing, corrupt, or of another shape; the message names it and the cure.
pub fn load(folder: &Path) -> Result<(RunRecord, Vec<(u64, Trained)>), RunError> {
    let record: RunRecord = crate::results::read::read_json(&folder.join("run.json"))?;
    let spec = Spec { observation: OBSERVATION.len(), actions: mats_core::Action::COUNT };
    let mut trained = Vec::new();
    for &(seed, cut) in &record.cuts {
        let dir = folder.join("models").join(seed.to_string());
        let path = dir.join("policy.toml");
        let text = std::fs::read_to_string(&path)
            .map_err(|e| RunError::Missing { path: path.clone(), reason: e.to_string() })?;
        trained.push((
            seed,
            Trained {
                detector: Arc::new(Detector::load(&dir)?),
                network: Arc::new(QFunction::load(&dir.join(NETWORK), spec)?),
                table: PolicyTable::parse(&text, &path.display().to_string())?,
                cut,
                curve: Vec::new(),
                model_updates: (0, 0),
                refined_rows: 0,
                audits: 0,
            },
        ));
    }
    Ok((record, trained))
}
