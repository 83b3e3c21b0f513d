//! Who decides. Every defender but the oracle sees an observation and a mask, and nothing else.

use crate::oracle;
use mats_core::random::Generator;
use mats_core::{Action, ActionMask, ThreatStatus};
use mats_gym::observe::{CONFIDENCE, key_of};
use mats_gym::{DefenceGame, Witness};
use mats_respond::ResponseAgent;
use mats_rl::{QFunction, Scratch};
use rand::{Rng, RngExt};
use std::sync::Arc;

/// A way to decide.
#[derive(Clone)]
pub enum Defender {
    /// Watches, always.
    None,
    /// Any allowed action, uniformly.
    Random,
    /// Isolates at or above a confidence, rebuilds what it isolated and gives it back.
    Threshold(f32),
    /// A policy table.
    Table(Arc<ResponseAgent>),
    /// The best action of a Q-function.
    Network(Arc<QFunction>),
    /// The same action, whenever allowed.
    Constant(Action),
    /// Looks at nothing but the time: [`Action::IsolateHost`] in a window of the episode, else watches.
    Clock(f32, f32),
    /// Knows the truth.
    Oracle,
}

/// A defender with its own dice and buffers.
pub struct Player {
    /// The way it decides.
    pub defender: Defender,
    rng: Generator,
    scratch: Scratch,
}

impl Player {
    /// A defender; `rng` only matters for the random one.
    pub fn new(defender: Defender, rng: Generator) -> Player {
        Player { defender, rng, scratch: Scratch::default() }
    }

    /// Starts an episode with fresh dice.
    pub fn reset(&mut self, rng: Generator) {
        self.rng = rng;
    }

    /// Decides.
    pub fn decide<W: Witness>(&mut self, game: &DefenceGame<W>, observation: &[f32], mask: &[bool]) -> usize {
        match &self.defender {
            Defender::Oracle => oracle::decide(game) as usize,
            _ => self.answer(observation, mask),
        }
    }

    /// Decides from observation and mask alone. The oracle, which needs more, watches.
    pub fn answer(&mut self, observation: &[f32], mask: &[bool]) -> usize {
        let allowed = |a: Action| mask[a as usize];
        let action = match &self.defender {
            Defender::None | Defender::Oracle => Action::Monitor,
            Defender::Random => return random_action(&mut self.rng, mask),
            Defender::Threshold(cut) => threshold(*cut, observation),
            Defender::Table(agent) => agent.decide(key_of(observation), &action_mask(mask)),
            Defender::Network(q) => return q.best(observation, mask, &mut self.scratch),
            Defender::Constant(action) => *action,
            Defender::Clock(from, to) => {
                let left = observation[TIME_LEFT];
                if (*from..*to).contains(&(1.0 - left)) { Action::IsolateHost } else { Action::Monitor }
            }
        };
        if allowed(action) { action as usize } else { Action::Monitor as usize }
    }
}

/// Position of the share of the episode that is left.
const TIME_LEFT: usize = mats_gym::OBSERVATION.len() - 4;

/// A mask as the Response Agent wants it.
pub fn action_mask(mask: &[bool]) -> ActionMask {
    let mut flags = [false; Action::COUNT];
    flags.copy_from_slice(mask);
    ActionMask(flags)
}

/// Any allowed action.
pub fn random_action(rng: &mut impl Rng, mask: &[bool]) -> usize {
    let count = mask.iter().filter(|&&m| m).count();
    let pick = rng.random_range(0..count.max(1));
    (0..mask.len()).filter(|&a| mask[a]).nth(pick).unwrap_or(0)
}

/// Isolates at or above the cut, rebuilds what is isolated, gives it back when that is done.
fn threshold(cut: f32, observation: &[f32]) -> Action {
    match key_of(observation).status {
        ThreatStatus::Contained => Action::ReimageHost,
        ThreatStatus::Releasable => Action::Release,
        _ if observation[CONFIDENCE] >= cut => Action::IsolateHost,
        _ => Action::Monitor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_where_the_clock_looks() {
        assert_eq!(mats_gym::OBSERVATION[TIME_LEFT], "share of the episode left");
        assert_eq!(mats_gym::OBSERVATION[CONFIDENCE], "confidence");
    }
}
