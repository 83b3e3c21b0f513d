//! A training on a scenario: the Learning Agent's loop in a world of the simulator, and its rows.

use crate::arena::ScenarioArena;
use crate::defender::DefenderSpec;
use crate::episode::WrittenEpisode;
use crate::results::details::RefinementRow;
use crate::results::rows::LearningRow;
use mats_core::{Action, PolicyKey};
use mats_learn::progress::Listener;
use mats_learn::refine::TableChange;
use mats_learn::{Agents, LearningPoint, Source, TrainError, TrainSettings, TrainingLog, best_rule};
use mats_rl::{Credit, DqnSettings};
use mats_scenario::model;
use mats_sim::Plan;
use std::sync::Arc;

/// A training with what it left behind.
#[derive(Debug, Clone)]
pub struct Training {
    /// Agents that the training led to.
    pub agents: Agents,
    /// Log of the training.
    pub log: TrainingLog,
    /// Name of the rule that did best on validation seeds, of the defenders that are to be compared.
    pub best_rule: Option<String>,
    /// The episodes that were learnt from, written up.
    pub episodes: Vec<WrittenEpisode>,
}

/// Trains all three agents on a scenario.
///
/// # Errors
/// When detectors cannot be fitted (a scenario without attacks is fine), a setting is out of range, or the
/// listener asks to stop.
pub fn train(
    plan: &Arc<Plan>,
    settings: &TrainSettings,
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Training, TrainError> {
    train_and_search(plan, settings, &[], train_seed, listener)
}

/// Trains as [`train`]; with the detectors as they are then, searches the tables that some defenders go by, and chooses the best rule among these.
///
/// # Errors
/// As [`train`].
pub fn train_and_search(
    plan: &Arc<Plan>,
    settings: &TrainSettings,
    defenders: &[DefenderSpec],
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Training, TrainError> {
    let mut arena = ScenarioArena::with_source(plan, train_seed, settings.source);
    let dqn = of_scenario(&settings.dqn, &plan.scenario.reward);
    let settings = TrainSettings { dqn, ..settings.clone() };
    let (mut agents, log) = mats_learn::train(&mut arena, &settings, train_seed, listener)?;
    for what in defenders.iter().filter_map(DefenderSpec::search) {
        let table = mats_learn::search(&mut arena, what, &settings.search, train_seed, listener)?;
        agents.searched.push((what, table));
    }
    let rules = defenders.iter().filter_map(|spec| Some((spec.name(), spec.rule(&agents)?)));
    let (names, rules): (Vec<_>, Vec<_>) = rules.unzip();
    let best = best_rule(&mut arena, &rules, settings.checkpoint_validation, train_seed, listener)?;
    let best_rule = best.map(|best| names[best].to_owned());
    Ok(Training { agents, log, best_rule, episodes: arena.training_episodes })
}

/// Settings of the network that the scenario decides.
fn of_scenario(settings: &DqnSettings, reward: &model::Reward) -> DqnSettings {
    let credit = match reward.credit {
        model::Credit::Global => Credit::Global,
        model::Credit::Incident => Credit::Incident,
    };
    DqnSettings { credit, tau_hours: reward.tau_hours, ..settings.clone() }
}

impl Training {
    /// Rows of `learning.csv`.
    pub fn learning(&self, train_seed: u64) -> Vec<LearningRow> {
        let row = |point: &LearningPoint| LearningRow {
            train_seed,
            episode: point.episode,
            updates: point.updates,
            epsilon: point.epsilon,
            loss: point.loss,
            score: point.score,
            f1: point.f1,
            cost: Some(point.cost),
            audit_hours: point.audit_hours,
        };
        self.log.curve.iter().map(row).collect()
    }

    /// Rows of `refinement.csv`.
    pub fn refinement(&self, train_seed: u64) -> Vec<RefinementRow> {
        let row = |change: &TableChange| {
            let PolicyKey { kind, severity, asset, status } = change.key;
            RefinementRow {
                train_seed,
                change: change.change,
                kind: kind.name().to_owned(),
                severity: severity.name().to_owned(),
                asset: asset.name().to_owned(),
                status: status.name().to_owned(),
                before: names(&change.before),
                after: names(&change.after),
                met: change.met,
                confidence: f64::from(change.confidence),
                q_gain: change.q_gain,
                replayed: change.replayed as u64,
                validation: change.validation as u64,
                saved: change.saved,
                saved_error: change.saved_error,
            }
        };
        self.log.changes.iter().map(row).collect()
    }

    /// Describes what training did, in plain words.
    pub fn describe(&self) -> String {
        let log = &self.log;
        let unlearnt = log.curve.last().is_some_and(|point| point.updates == 0);
        let network = if unlearnt {
            "; the network was never updated: play more episodes, or lower train.round and train.dqn.learning_starts"
        } else {
            ""
        };
        let told = match self.agents.source {
            Source::Agent => "",
            Source::Truth => "; threats were true labels, told once a step had succeeded, as no defender is",
            Source::Foresight => "; threats were true labels, told of attempts too, as no defender is",
        };
        format!(
            "detectors version {} ({} of {} updates accepted, {} windows audited), {}; {} policy rows refined; threshold {}{network}{told}",
            self.agents.detector.version(),
            log.model_updates.0,
            log.model_updates.1,
            log.audits,
            self.agents.detector.at_work(),
            log.refined_rows,
            self.agents.threshold
        )
    }
}

/// Actions in their order; where no rule says anything, what that comes to.
fn names(ranking: &[Action]) -> String {
    let ranking = if ranking.is_empty() { &[Action::Monitor] } else { ranking };
    ranking.iter().map(|action| action.name()).collect::<Vec<_>>().join(" ")
}
