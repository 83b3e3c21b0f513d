//! Deep Q-learning (Mnih et al. 2015) with double targets (van Hasselt, Guez, Silver 2016), a dueling head (Wang et
//! al. 2016), n-step returns (Sutton 1988; as in Rainbow, Hessel et al. 2018), proportional prioritised replay
//! (Schaul et al. 2016) and action masks, for semi-Markov processes. Read it from top to bottom.
//!
//! One [`Learner::update`]:
//!
//! ```text
//! i ~ P(i) ∝ (|δ_i| + 10⁻³)^α                    w_i = (N · P(i))^−β / max_j w_j
//! a* = argmax over allowed a of Q_online(s', a)   y = return_n + discount_n · Q_target(s', a*)
//! loss = mean_i w_i · Huber(Q_online(s, a) − y)   Adam on the gradient, clipped by its global norm
//! ```
//!
//! Where it differs from the papers:
//! - The discount is exp(−elapsed / τ), within n-step returns too; see [`nstep`](crate::nstep).
//! - The action learnt from is the one carried out, not the one chosen; the target's maximum is over allowed ones.
//! - n-step returns are not corrected for exploration inside the n steps (nor are they in Rainbow).
//! - Importance weights are divided by the largest of the batch, not of the replay; they scale the loss, after the
//!   Huber function, not the error.
//! - Adam instead of `RMSProp`; gradients are clipped by norm, and not halved where value and advantages meet.
//! - The target may follow by a small part at each update (Lillicrap et al. 2016) instead of a copy now and then.
//! - Episodes are collected between updates, whole, by any number of lanes with frozen weights; how many updates an
//!   episode is worth is up to the caller.

use crate::env::Spec;
use crate::network::{DfdxNetwork, Goal, Optimiser, QNetwork};
use crate::nstep::{ChainBuffers, Transition, transitions};
use crate::qfunction::{QFunction, Shape, best_allowed};
use crate::replay::{Batch, Replay};
use crate::seed::{Generator, derive, generator};
use crate::settings::{DqnSettings, SettingsError, TargetUpdate};
use crate::trajectory::Trajectory;
use ndarray::Array2;
use serde::Serialize;
use std::sync::Arc;

/// Statistics of one update; values are in scaled reward.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct UpdateStats {
    /// Updates so far, this one included.
    pub updates: u64,
    /// Weighted mean Huber loss.
    pub loss: f32,
    /// Mean size of the temporal-difference error.
    pub td_error: f32,
    /// Mean target value.
    pub target: f32,
    /// Length of the gradient before clipping.
    pub gradient_norm: f32,
    /// Oldest observation version in the batch.
    pub oldest_version: u32,
}

/// Learns a Q-function from transitions. Everything it does follows from its settings, its seed and the order of calls.
pub struct Learner {
    settings: DqnSettings,
    online: Box<dyn QNetwork>,
    target: Box<dyn QNetwork>,
    replay: Replay,
    rng: Generator,
    updated: u64,
    decisions: u64,
    chains: ChainBuffers,
    batch: Batch,
    next_online: Array2<f32>,
    next_target: Array2<f32>,
    targets: Vec<f32>,
    td_errors: Vec<f32>,
    /// Matrix products are slower on more threads than one.
    one_thread: Arc<rayon::ThreadPool>,
}

impl Learner {
    /// A learner with fresh weights.
    ///
    /// # Errors
    /// When a setting is outside its range.
    ///
    /// # Panics
    /// When the system cannot start a thread.
    pub fn new(settings: DqnSettings, spec: Spec, seed: u64) -> Result<Learner, SettingsError> {
        settings.check()?;
        let shape = Shape { spec, hidden: settings.hidden, dueling: settings.dueling };
        let start = QFunction::seeded(shape, derive(seed, 1, 0));
        let optimiser = Optimiser {
            learning_rate: settings.learning_rate.at(0),
            huber_delta: settings.huber_delta,
            max_gradient_norm: settings.max_gradient_norm,
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread for the learner");
        Ok(Learner {
            online: Box::new(DfdxNetwork::new(start.clone(), optimiser)),
            target: Box::new(DfdxNetwork::new(start, optimiser)),
            replay: Replay::new(spec, settings.replay, f64::from(settings.per_alpha)),
            rng: generator(seed, 2),
            updated: 0,
            decisions: 0,
            chains: ChainBuffers::default(),
            batch: Batch::default(),
            next_online: Array2::default((0, 0)),
            next_target: Array2::default((0, 0)),
            targets: Vec::new(),
            td_errors: Vec::new(),
            one_thread: Arc::new(pool),
            settings,
        })
    }

    /// Remembers transitions; `version` says what produced their observations.
    pub fn remember(&mut self, transitions: &[Transition<'_>], version: u32) {
        self.decisions += transitions.len() as u64;
        for transition in transitions {
            let return_n = transition.return_n * self.settings.reward_scale;
            self.replay.push(&Transition { return_n, ..*transition }, version);
        }
    }

    /// Remembers an episode, as transitions of the settings' credit, `n_step` and `tau_hours`.
    pub fn remember_episode(&mut self, trajectory: &Trajectory, version: u32) {
        let mut chains = std::mem::take(&mut self.chains);
        let DqnSettings { credit, n_step, tau_hours, .. } = self.settings;
        transitions(trajectory, credit, n_step, tau_hours, &mut chains, |t| self.remember(&[t], version));
        self.chains = chains;
    }

    /// Withdraws what was observed by older versions; returns how many transitions remain to learn from.
    pub fn withdraw_before(&mut self, version: u32) -> usize {
        self.replay.withdraw_before(version)
    }

    /// One step of learning; nothing while there is too little to learn from.
    pub fn update(&mut self) -> Option<UpdateStats> {
        let mut last = None;
        self.train(1, |stats| last = Some(*stats));
        last
    }

    /// Makes so many steps of learning, or none while there is too little to learn from; each is told to `each`. Cheaper
    /// than one by one: the learner's thread is woken once.
    pub fn train(&mut self, count: u64, mut each: impl FnMut(&UpdateStats) + Send) {
        let pool = Arc::clone(&self.one_thread);
        pool.install(|| {
            for _ in 0..count {
                let Some(stats) = self.step() else { return };
                each(&stats);
            }
        });
    }

    fn step(&mut self) -> Option<UpdateStats> {
        if self.replay.len() < self.settings.learning_starts {
            return None;
        }
        let beta = f64::from(self.settings.per_beta.at(self.updated));
        if !self.replay.sample(self.settings.batch, beta, &mut self.rng, &mut self.batch) {
            return None;
        }
        let batch = &self.batch;
        let size = (batch.len(), self.replay.spec().actions);
        for place in [&mut self.next_target, &mut self.next_online] {
            if place.dim() != size {
                *place = Array2::default(size);
            }
        }
        self.target.values(batch.next_observations(), self.next_target.view_mut());
        if self.settings.double {
            self.online.values(batch.next_observations(), self.next_online.view_mut());
            bootstrap_targets(batch, &self.next_online, &self.next_target, &mut self.targets);
        } else {
            bootstrap_targets(batch, &self.next_target, &self.next_target, &mut self.targets);
        }
        let goal = Goal {
            observations: batch.observations(),
            actions: &batch.actions,
            targets: &self.targets,
            weights: &batch.weights,
        };
        self.online.set_learning_rate(self.settings.learning_rate.at(self.updated));
        let moved = self.online.learn(&goal, &mut self.td_errors);
        self.replay.reprioritise(&batch.indices, &self.td_errors);
        self.updated += 1;
        match self.settings.target {
            TargetUpdate::Hard { every } if self.updated.is_multiple_of(every) => {
                self.target.approach(self.online.weights(), 1.0);
            }
            TargetUpdate::Hard { .. } => {}
            TargetUpdate::Soft { rate } => self.target.approach(self.online.weights(), rate),
        }
        let mean = |entries: &[f32], of: fn(f32) -> f32| {
            entries.iter().copied().map(of).sum::<f32>() / batch.len() as f32
        };
        Some(UpdateStats {
            updates: self.updated,
            loss: moved.loss,
            td_error: mean(&self.td_errors, f32::abs),
            target: mean(&self.targets, |y| y),
            gradient_norm: moved.gradient_norm,
            oldest_version: batch.versions.iter().copied().min().unwrap_or(0),
        })
    }

    /// The Q-function learnt so far, in unscaled reward: for lanes to act with.
    pub fn policy(&self) -> QFunction {
        let mut policy = self.online.weights().clone();
        policy.scale(1.0 / self.settings.reward_scale);
        policy
    }

    /// Share of random actions due now.
    pub fn epsilon(&self) -> f32 {
        self.settings.epsilon.at(self.decisions)
    }

    /// Updates so far.
    pub const fn updates(&self) -> u64 {
        self.updated
    }

    /// Transitions remembered so far.
    pub const fn decisions(&self) -> u64 {
        self.decisions
    }

    /// The settings in force.
    pub const fn settings(&self) -> &DqnSettings {
        &self.settings
    }

    /// Returns the replay memory.
    pub const fn replay(&self) -> &Replay {
        &self.replay
    }
}

/// `return_n + discount_n · valuer(s', argmax over allowed a of chooser(s', a))`, one for each row of the batch.
/// Values are `batch × actions`. A row without bootstrap is not looked at beyond its return: its mask may be empty.
fn bootstrap_targets(batch: &Batch, chooser: &Array2<f32>, valuer: &Array2<f32>, targets: &mut Vec<f32>) {
    let masks = batch.next_masks();
    let rows = chooser.rows().into_iter().zip(valuer.rows()).zip(masks.rows());
    targets.clear();
    targets.extend(rows.enumerate().map(|(i, ((chooser, valuer), mask))| {
        if batch.discounts[i] == 0.0 {
            return batch.returns[i];
        }
        let best = best_allowed(chooser.iter().copied(), mask.iter().copied());
        batch.returns[i] + batch.discounts[i] * valuer[best]
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn targets_match_a_hand_worked_example() {
        let batch = Batch {
            indices: vec![0, 1, 2, 3],
            returns: vec![1.0, 1.0, 1.0, -2.0],
            discounts: vec![0.5, 0.5, 0.0, 1.0],
            next_masks: [[true, true, true], [true, false, true], [false; 3], [false, false, true]].concat(),
            ..Batch::default()
        };
        let online = arr2(&[[1.0, 3.0, 2.0], [1.0, 3.0, 2.0], [9.0; 3], [9.0, 9.0, 0.0]]);
        let target = arr2(&[[10.0, 20.0, 60.0], [10.0, 20.0, 60.0], [9.0; 3], [9.0, 9.0, 4.0]]);
        let mut targets = Vec::new();
        // Online prefers action 1, which target values at 20; where 1 is masked it prefers 2, valued at 60.
        bootstrap_targets(&batch, &online, &target, &mut targets);
        assert_eq!(targets, [11.0, 31.0, 1.0, 2.0]);
        // Without double learning the target's own maximum counts.
        bootstrap_targets(&batch, &target, &target, &mut targets);
        assert_eq!(targets, [31.0, 31.0, 1.0, 2.0]);
    }

    #[test]
    fn a_policy_speaks_in_unscaled_reward() {
        let spec = Spec { observation: 1, actions: 1 };
        let settings = DqnSettings {
            hidden: [16, 16],
            reward_scale: 0.01,
            learning_rate: crate::schedule::Linear::constant(1e-2),
            learning_starts: 1,
            batch: 8,
            ..DqnSettings::default()
        };
        let mut learner = Learner::new(settings, spec, 1).unwrap();
        assert_eq!(learner.update(), None, "nothing to learn from yet");
        let end = Transition {
            observation: &[1.0],
            action: 0,
            return_n: -300.0,
            discount_n: 0.0,
            next_observation: &[0.0],
            next_mask: &[false],
        };
        learner.remember(&[end], 7);
        learner.train(400, |stats| assert_eq!(stats.oldest_version, 7));
        assert_eq!(learner.updates(), 400);
        let mut scratch = crate::qfunction::Scratch::default();
        let value = learner.policy().values(&[1.0], &mut scratch)[0];
        assert!((value + 300.0).abs() < 3.0, "{value}");
    }
}
