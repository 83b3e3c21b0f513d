//! One training seed: trained and evaluated, written, read back.

use super::definition::Definition;
use super::experiment::JobSpec;
use crate::agents;
use crate::defender::DefenderSpec;
use crate::evaluate::{Evaluation, Observed, evaluate_by_name};
use crate::record::RunError;
use crate::train::{Training, train_and_search};
use mats_core::files::{MAX_MODEL, read_regular};
use mats_detect::ModelsAtWork;
use mats_learn::TrainError;
use mats_learn::progress::{Listener, Progress};
use mats_results::cell::Phase;
use mats_results::details::RefinementRow;
use mats_results::folder::check_unit;
use mats_results::read::read_csv;
use mats_results::rows::{CampaignRow, EpisodeRow, LearningRow};
use mats_results::{ReadError, ResultFolder, read_json};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// Content of `unit.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Record {
    /// SHA-256 of the definition of its job.
    job: String,
    train_seed: u64,
    #[serde(rename = "cut")]
    threshold: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best_rule: Option<String>,
    note: String,
    detectors: ModelsAtWork,
    observed: Vec<Observed>,
    /// Networks that the job was given, by their files in the folder of a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    networks: Vec<String>,
    /// Files of the tables that were searched without a network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    searched: Vec<String>,
}

/// A finished unit.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRun {
    /// The training seed.
    pub train_seed: u64,
    /// The best cut of the `threshold` baseline.
    pub threshold: f32,
    /// The rule that did best on validation seeds.
    pub best_rule: Option<String>,
    /// Account of what training did, in plain words.
    pub note: String,
    /// How much of the detectors is at work.
    pub detectors: ModelsAtWork,
    /// Rows of the episodes that were learnt from, and of their campaigns.
    pub training_episodes: (Vec<EpisodeRow>, Vec<CampaignRow>),
    /// The learning curve.
    pub curve: Vec<LearningRow>,
    /// Changes in the policy table, and the reasons for them.
    pub refinement: Vec<RefinementRow>,
    /// Results of the evaluation.
    pub evaluated: Evaluation,
    /// The files of what was learnt.
    pub models: Vec<(String, Vec<u8>)>,
    /// Networks that the job was given, by their files in the folder of a run.
    pub networks: Vec<(String, Vec<u8>)>,
}

/// Former name of [`TrainingRun`].
#[deprecated(since = "0.2.0", note = "renamed to `TrainingRun`")]
pub type Unit = TrainingRun;

/// Makes the simulation plans of a job's scenarios: that of the one to train on first.
pub fn sim_plans(spec: &JobSpec) -> Vec<Arc<mats_sim::Plan>> {
    std::iter::once(&spec.scenario)
        .chain(&spec.also)
        .map(|s| Arc::new(mats_sim::Plan::new(s.clone())))
        .collect()
}

/// Former name of [`sim_plans`].
#[deprecated(since = "0.2.0", note = "renamed to `sim_plans`")]
pub fn worlds(spec: &JobSpec) -> Vec<Arc<mats_sim::Plan>> {
    sim_plans(spec)
}

/// Trains with one seed and evaluates on all of the job's scenarios.
///
/// # Errors
/// When detectors cannot be fitted, a setting is out of range, or the listener asks to stop.
pub fn work(
    spec: &JobSpec,
    sim_plans: &[Arc<mats_sim::Plan>],
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<(Training, Evaluation), TrainError> {
    let settings = &spec.settings;
    let training =
        train_and_search(&sim_plans[0], &settings.train, &settings.defenders, train_seed, listener)?;
    if !listener.on_progress(Progress::Note(training.describe())) {
        return Err(TrainError::Interrupted);
    }
    let seeds = settings.report_seeds();
    let mut all = Evaluation::default();
    for world in sim_plans {
        all.append(evaluate_by_name(
            world,
            &training.agents,
            &settings.defenders,
            &seeds,
            train_seed,
            listener,
        )?);
    }
    Ok((training, all))
}

/// Writes a finished unit.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    job: &ResultFolder,
    definition: &Definition,
    train_seed: u64,
    training: &Training,
    all: &Evaluation,
) -> Result<(), RunError> {
    let name = train_seed.to_string();
    let folder = job.begin_unit(&name)?;
    let training_episodes = || training.episodes.iter();
    folder.write_csv("episodes.csv", training_episodes().map(|p| &p.episode).chain(&all.episodes))?;
    folder
        .write_csv("campaigns.csv", training_episodes().flat_map(|p| &p.campaigns).chain(&all.campaigns))?;
    folder.write_csv("learning.csv", &training.learning(train_seed))?;
    folder.write_csv("refinement.csv", &training.refinement(train_seed))?;
    let models = folder.models_dir()?;
    agents::save(&training.agents, &models)?;
    // What could never be read again is no result: numbers that are not finite, say.
    agents::load_from(&models, training.agents.threshold, training.agents.source)
        .map_err(|reason| RunError::Unreadable { train_seed, reason: Box::new(reason) })?;
    let mut networks = Vec::new();
    for (path, bytes) in definition.settings.defenders.iter().filter_map(DefenderSpec::model) {
        if let Some(bytes) = bytes {
            folder.write_bytes(&path, &bytes)?;
            networks.push(path);
        }
    }
    let (threshold, note, observed) = (training.agents.threshold, training.describe(), all.observed.clone());
    let detectors = training.agents.detector.at_work();
    let searched = training.agents.searched.iter().map(|(what, _)| agents::searched_file(*what)).collect();
    let (job_digest, best_rule) = (definition.fingerprint(), training.best_rule.clone());
    folder.write_json(
        "unit.json",
        &Record {
            job: job_digest,
            train_seed,
            threshold,
            best_rule,
            note,
            detectors,
            observed,
            networks,
            searched,
        },
    )?;
    Ok(job.end_unit(&name)?)
}

/// Checks that a folder is a unit of a job, by the fingerprint of its definition, with the files that were written.
///
/// # Errors
/// When it is not, or cannot be read.
pub fn check(path: &Path, job: &str, train_seed: u64) -> Result<(), ReadError> {
    check_unit(path)?;
    let record: Record = read_json(&path.join("unit.json"))?;
    if record.job == job && record.train_seed == train_seed {
        Ok(())
    } else {
        Err(ReadError::Stray { path: path.to_owned() })
    }
}

/// The fingerprint of the job that a unit says it is of; `None` if there is no unit or it does not say.
pub fn job(path: &Path) -> Option<String> {
    read_json::<Record>(&path.join("unit.json")).ok().map(|record| record.job)
}

/// Reads a finished unit.
///
/// # Errors
/// When a file is missing, damaged, or not the one that was written.
pub fn read(path: &Path) -> Result<TrainingRun, RunError> {
    check_unit(path)?;
    let record: Record = read_json(&path.join("unit.json"))?;
    let episodes: Vec<EpisodeRow> = read_csv(&path.join("episodes.csv"))?;
    let campaigns: Vec<CampaignRow> = read_csv(&path.join("campaigns.csv"))?;
    let (training_episodes, episodes) = episodes.into_iter().partition(|row| row.phase == Phase::Train);
    let (training_campaigns, campaigns) = campaigns.into_iter().partition(|row| row.phase == Phase::Train);
    let file = |name: &str| {
        let path = path.join(name);
        let bytes = read_regular(&path, MAX_MODEL);
        bytes.map_err(|e| RunError::Missing { path, reason: e.to_string() })
    };
    let mut models = Vec::new();
    let searched = record.searched.iter().map(String::as_str);
    for name in agents::MODELS.into_iter().chain(searched) {
        models.push((name.to_owned(), file(&format!("models/{name}"))?));
    }
    let mut networks = Vec::new();
    for name in record.networks {
        let bytes = file(&name)?;
        networks.push((name, bytes));
    }
    Ok(TrainingRun {
        train_seed: record.train_seed,
        threshold: record.threshold,
        best_rule: record.best_rule,
        note: record.note,
        detectors: record.detectors,
        training_episodes: (training_episodes, training_campaigns),
        curve: read_csv(&path.join("learning.csv"))?,
        refinement: read_csv(&path.join("refinement.csv"))?,
        evaluated: Evaluation { episodes, campaigns, observed: record.observed },
        models,
        networks,
    })
}
