//! A rule that looks at nothing but the time: who gains by it plays a game that can be learnt by heart.

use mats_core::Action;
use mats_gym::observe::at;
use mats_respond::{Decision, Policy};

/// Isolates in a window of the episode, else watches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// Share of the episode after which it begins.
    pub from: f32,
    /// Share of the episode after which it ends.
    pub to: f32,
}

impl Policy for Clock {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        let passed = 1.0 - decision.observation[at::TIME_LEFT];
        if (self.from..self.to).contains(&passed) { Action::IsolateHost } else { Action::Monitor }
    }
}
