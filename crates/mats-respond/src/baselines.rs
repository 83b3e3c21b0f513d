//! Rules to compare with: what is won without a table or a network.

use crate::defender::{Decision, Policy};
use mats_core::random::Generator;
use mats_core::{Action, ThreatStatus};
use rand::SeedableRng;

/// Policy of the same action, whenever allowed: [`Action::Monitor`] does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Always(
    /// The action.
    pub Action,
);

impl Policy for Always {
    fn choose(&mut self, _: &Decision<'_>) -> Action {
        self.0
    }
}

/// Any allowed action, each as likely.
#[derive(Debug, Clone)]
pub struct Random(Generator);

impl Default for Random {
    fn default() -> Random {
        Random(Generator::seed_from_u64(0))
    }
}

impl Policy for Random {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        if decision.episode.decision == 0 {
            self.0 = Generator::seed_from_u64(decision.episode.rng_seed);
        }
        decision.mask.sample(&mut self.0)
    }
}

/// Isolates at or above a confidence, rebuilds what is isolated, gives it back when that is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold(
    /// The confidence, in [0, 1].
    pub f32,
);

impl Policy for Threshold {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        match decision.key.status {
            ThreatStatus::Contained => Action::ReimageHost,
            ThreatStatus::Releasable => Action::Release,
            _ if decision.intel.confidence >= self.0 => Action::IsolateHost,
            _ => Action::Monitor,
        }
    }
}
