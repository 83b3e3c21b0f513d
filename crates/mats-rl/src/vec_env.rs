//! A fixed number of environments stepped together.

use crate::env::{Env, Spec, Step};
use crate::seed::derive;
use rayon::prelude::*;

/// Environments in lanes. Lane `i` plays its own sequence of episodes, seeded by (seed, lane, episode), and results
/// are placed by lane index: the same bytes for any number of threads.
///
/// An episode that ends is followed by the next at once: [`Lanes::observations`] already hold the first observation
/// of the new one, [`Lanes::last_observations`] the last of the old one (Gymnasium's "same-step" automatic reset).
pub struct VecEnv<E> {
    lanes: Vec<Lane<E>>,
    spec: Spec,
    seed: u64,
}

struct Lane<E> {
    env: E,
    index: u64,
    episode: u64,
    shares: Vec<(u32, f32)>,
}

/// What the lanes show; owned by the caller, filled by [`VecEnv`].
#[derive(Debug, Clone, PartialEq)]
pub struct Lanes {
    /// `lanes × observation`.
    pub observations: Vec<f32>,
    /// `lanes × actions`.
    pub masks: Vec<bool>,
    /// Credit group of each pending decision.
    pub groups: Vec<u32>,
    /// What each lane's last step led to.
    pub steps: Vec<Step>,
    /// `lanes × observation`, written only where an episode ended.
    pub last_observations: Vec<f32>,
    /// `lanes × actions`, written only where an episode ended.
    pub last_masks: Vec<bool>,
}

impl<E: Env> VecEnv<E> {
    /// One lane for each environment.
    ///
    /// # Panics
    /// When there is none, or their specs differ or hold a 0.
    pub fn new(envs: Vec<E>, seed: u64) -> VecEnv<E> {
        let spec = envs.first().expect("at least one environment").spec();
        assert!(spec.observation > 0 && spec.actions > 0, "{spec:?} has an empty side");
        assert!(envs.iter().all(|env| env.spec() == spec), "environments of different specs");
        let lanes =
            envs.into_iter().zip(0..).map(|(env, index)| Lane { env, index, episode: 0, shares: Vec::new() });
        VecEnv { lanes: lanes.collect(), spec, seed }
    }

    /// Number of lanes.
    pub const fn len(&self) -> usize {
        self.lanes.len()
    }

    /// Never: there is at least one lane.
    pub const fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Buffers of the right size.
    pub fn buffers(&self) -> Lanes {
        let (n, Spec { observation, actions }) = (self.len(), self.spec);
        Lanes {
            observations: vec![0.0; n * observation],
            masks: vec![false; n * actions],
            groups: vec![0; n],
            steps: vec![Step::default(); n],
            last_observations: vec![0.0; n * observation],
            last_masks: vec![false; n * actions],
        }
    }

    /// Starts the next episode in every lane.
    pub fn reset(&mut self, buffers: &mut Lanes) {
        let Spec { observation, actions } = self.spec;
        let seed = self.seed;
        self.lanes
            .par_iter_mut()
            .zip(buffers.observations.par_chunks_exact_mut(observation))
            .zip(buffers.masks.par_chunks_exact_mut(actions))
            .zip(&mut buffers.groups)
            .for_each(|(((lane, observation), mask), group)| lane.reset(seed, observation, mask, group));
    }

    /// Answers the pending decision of every lane.
    ///
    /// # Panics
    /// When there are not as many actions as lanes.
    pub fn step(&mut self, actions: &[usize], buffers: &mut Lanes) {
        assert_eq!(actions.len(), self.len(), "one action for each lane");
        let Spec { observation, actions: width } = self.spec;
        let seed = self.seed;
        let rows = buffers
            .observations
            .par_chunks_exact_mut(observation)
            .zip(buffers.masks.par_chunks_exact_mut(width))
            .zip(&mut buffers.groups)
            .zip(&mut buffers.steps);
        let last = buffers
            .last_observations
            .par_chunks_exact_mut(observation)
            .zip(buffers.last_masks.par_chunks_exact_mut(width));
        self.lanes.par_iter_mut().zip(actions).zip(rows).zip(last).for_each(
            |(((lane, &action), (((observation, mask), group), step)), (last_observation, last_mask))| {
                *step = lane.env.step(action, observation, mask);
                lane.shares.clear();
                lane.shares.extend_from_slice(lane.env.shares());
                *group = lane.env.group();
                if step.ended() {
                    last_observation.copy_from_slice(observation);
                    last_mask.copy_from_slice(mask);
                    lane.reset(seed, observation, mask, group);
                }
            },
        );
    }

    /// The last step's reward of a lane by credit group.
    pub fn shares(&self, lane: usize) -> &[(u32, f32)] {
        &self.lanes[lane].shares
    }

    /// A lane's environment.
    pub fn env(&self, lane: usize) -> &E {
        &self.lanes[lane].env
    }
}

impl<E: Env> Lane<E> {
    fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool], group: &mut u32) {
        self.env.reset(derive(seed, self.index, self.episode), observation, mask);
        self.episode += 1;
        *group = self.env.group();
    }
}
