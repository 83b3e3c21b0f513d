//! The Learning Agent.

use crate::arena::Decisions;
use crate::distill::{DistilSettings, Distiller, Proposal};
use crate::outcomes::Outcomes;
use mats_respond::CompiledTable;
use mats_rl::settings::SettingsError;
use mats_rl::{DqnSettings, Learner, QFunction, Scratch, Spec, Trajectory};

/// Learns from what decisions led to.
pub struct LearningAgent {
    learner: Learner,
    /// Verified outcomes and audits.
    pub outcomes: Outcomes,
}

impl LearningAgent {
    /// An agent that knows nothing yet.
    ///
    /// # Errors
    /// When a setting is outside its range.
    pub fn new(settings: DqnSettings, spec: Spec, seed: u64) -> Result<LearningAgent, SettingsError> {
        Ok(LearningAgent { learner: Learner::new(settings, spec, seed)?, outcomes: Outcomes::default() })
    }

    /// Takes in an episode; `version` is that of the detectors that were at work.
    pub fn observe_episode(&mut self, trajectory: &Trajectory, version: u32) {
        self.learner.remember_episode(trajectory, version);
    }

    /// Former name of [`Self::observe_episode`].
    #[deprecated(since = "0.2.0", note = "renamed to `observe_episode`")]
    pub fn absorb(&mut self, trajectory: &Trajectory, version: u32) {
        self.observe_episode(trajectory, version);
    }

    /// Learns for a number of updates; their mean loss, if any was possible.
    pub fn update(&mut self, updates: u32) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0);
        self.learner.train(u64::from(updates), |stats| {
            sum += f64::from(stats.loss);
            count += 1;
        });
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Former name of [`Self::update`].
    #[deprecated(since = "0.2.0", note = "renamed to `update`")]
    pub fn study(&mut self, updates: u32) -> Option<f64> {
        self.update(updates)
    }

    /// Updates so far.
    pub fn updates(&self) -> u64 {
        self.learner.updates()
    }

    /// Share of random actions due now.
    pub fn epsilon(&self) -> f32 {
        self.learner.epsilon()
    }

    /// The Q-function learnt so far.
    pub fn policy(&self) -> QFunction {
        self.learner.policy()
    }
}

/// Proposes changes to a table by the Q-function, judged on the decisions of some episodes.
pub fn propose(
    q: &QFunction,
    episodes: &[Decisions],
    table: &CompiledTable,
    settings: &DistilSettings,
) -> Vec<Proposal> {
    let mut distiller = Distiller::default();
    let mut scratch = Scratch::default();
    for episode in episodes {
        for (i, &key) in episode.keys.iter().enumerate() {
            let values = q.values(episode.trajectory.observation(i), &mut scratch);
            distiller.add(key, episode.trajectory.mask(i), values);
        }
    }
    distiller.proposals(table, settings)
}
