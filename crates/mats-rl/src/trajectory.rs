//! One episode, recorded in flat arrays.

use crate::env::{Spec, Step};
use crate::rows::rows;
use ndarray::ArrayView2;

/// Record of one episode of `n` decisions, and of what came of them. The buffers are kept from episode
/// to episode: after the longest one nothing is allocated any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    spec: Spec,
    /// Row by row.
    pub(crate) observations: Vec<f32>,
    pub(crate) masks: Vec<bool>,
    /// Credit group of each decision, then of the one that was pending at the end: `n + 1`.
    pub groups: Vec<u32>,
    /// The action carried out at each decision.
    pub executed: Vec<u32>,
    /// Reward of each decision.
    pub rewards: Vec<f32>,
    /// Hours from each decision to the next.
    pub elapsed: Vec<f64>,
    /// Reward by credit group, step after step.
    pub shares: Vec<(u32, f32)>,
    /// End of each decision's part of `shares`.
    pub share_ends: Vec<usize>,
    /// True when the episode ended by itself, false when by a cap from outside.
    pub terminated: bool,
}

impl Trajectory {
    /// An empty one.
    pub const fn new(spec: Spec) -> Trajectory {
        Trajectory {
            spec,
            observations: Vec::new(),
            masks: Vec::new(),
            groups: Vec::new(),
            executed: Vec::new(),
            rewards: Vec::new(),
            elapsed: Vec::new(),
            shares: Vec::new(),
            share_ends: Vec::new(),
            terminated: false,
        }
    }

    /// Number of decisions.
    pub const fn len(&self) -> usize {
        self.executed.len()
    }

    /// Tells whether no decision was made.
    pub const fn is_empty(&self) -> bool {
        self.executed.is_empty()
    }

    /// Sizes of observation and mask.
    pub const fn spec(&self) -> Spec {
        self.spec
    }

    /// All observations, `(n + 1) × entries`: one row for each decision, then the last state. No row before the first reset.
    pub fn observations(&self) -> ArrayView2<'_, f32> {
        rows(&self.observations, self.groups.len())
    }

    /// All masks, `(n + 1) × actions`.
    pub fn masks(&self) -> ArrayView2<'_, bool> {
        rows(&self.masks, self.groups.len())
    }

    /// Observation of decision `i`, or of the last state for `i == len()`.
    pub fn observation(&self, i: usize) -> &[f32] {
        &self.observations[i * self.spec.observation..][..self.spec.observation]
    }

    /// Mask of decision `i`, or of the last state for `i == len()`.
    pub fn mask(&self, i: usize) -> &[bool] {
        &self.masks[i * self.spec.actions..][..self.spec.actions]
    }

    /// Reward of step `i` by credit group.
    pub fn shares(&self, i: usize) -> &[(u32, f32)] {
        let start = if i == 0 { 0 } else { self.share_ends[i - 1] };
        &self.shares[start..self.share_ends[i]]
    }

    /// Undiscounted sum of rewards, in `f64` so that its order of magnitude does not cost precision.
    pub fn episode_return(&self) -> f64 {
        self.rewards.iter().map(|&r| f64::from(r)).sum()
    }

    /// Forgets the episode, keeps the buffers.
    pub fn clear(&mut self) {
        self.observations.clear();
        self.masks.clear();
        self.groups.clear();
        self.executed.clear();
        self.rewards.clear();
        self.elapsed.clear();
        self.shares.clear();
        self.share_ends.clear();
        self.terminated = false;
    }

    /// Appends what a step led to; rows of observation and mask are appended by [`Trajectory::grow`].
    pub(crate) fn push(&mut self, step: &Step, shares: &[(u32, f32)]) {
        self.executed.push(step.executed as u32);
        self.rewards.push(step.reward);
        self.elapsed.push(step.elapsed);
        self.shares.extend_from_slice(shares);
        self.share_ends.push(self.shares.len());
        self.terminated = step.terminated;
    }

    /// Room for one more row.
    pub(crate) fn grow(&mut self) -> (&mut [f32], &mut [bool]) {
        let (o, a) = (self.observations.len(), self.masks.len());
        self.observations.resize(o + self.spec.observation, 0.0);
        self.masks.resize(a + self.spec.actions, false);
        (&mut self.observations[o..], &mut self.masks[a..])
    }
}
