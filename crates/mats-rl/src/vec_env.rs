//! Episodes played in lanes: the one loop that asks for decisions.

use crate::env::{Env, Step};
use crate::trajectory::Trajectory;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A fixed number of environments, each in a lane with its own buffers.
///
/// Episodes are numbered; each is played from the seed of its number, and results come back in the order of numbers. So
/// nothing depends on the number of threads. Whoever decides is asked in one of three ways:
///
/// | | who is asked | which lane plays number *i* of *n* lanes |
/// |---|---|---|
/// | [`VecEnv::play_apart`] | a copy for each lane: nobody waits for anybody | whichever is free |
/// | [`VecEnv::play_together`] | one for all lanes, in lane order: for those who remember what they were asked before | *i* mod *n* |
/// | [`VecEnv::play_forked`](crate::forks) | a function: episodes from the same seed are one until choices differ | whichever is free |
///
/// Where whichever lane is free plays, a lane's observer must hand over all that it gathered with each episode's result,
/// unless its order does not matter.
#[derive(Debug)]
pub struct VecEnv<E, O = ()> {
    pub(crate) lanes: Vec<Lane<E, O>>,
}

/// An environment and what is kept of the episode that it plays.
#[derive(Debug, Clone)]
pub struct Lane<E, O = ()> {
    /// The environment.
    pub env: E,
    /// Record of all decisions of the episode so far, and of what came of them.
    pub trajectory: Trajectory,
    /// Observer of the episodes.
    pub observer: O,
    /// The number of the episode under way.
    episode: Option<usize>,
}

/// Looks on as an episode is played; changes nothing.
pub trait Observer<E> {
    /// An episode begins; its first decision is pending.
    fn begun(&mut self, env: &E) {
        let _ = env;
    }
    /// An action was chosen and is about to be carried out.
    fn decided(&mut self, env: &E, observation: &[f32], mask: &[bool], action: usize) {
        let _ = (env, observation, mask, action);
    }
    /// Called once the action was carried out.
    fn stepped(&mut self, env: &E, step: &Step) {
        let _ = (env, step);
    }
}

/// Stand-in where nobody looks on.
impl<E> Observer<E> for () {}

/// A decision that a lane waits for.
#[derive(Debug)]
pub struct Pending<'a, E> {
    /// The environment.
    pub env: &'a E,
    /// Observation at the decision.
    pub observation: &'a [f32],
    /// Mask of the allowed actions.
    pub mask: &'a [bool],
    /// The number of the episode.
    pub episode: usize,
    /// The number of the episode modulo that of the lanes. With [`VecEnv::play_together`] the lane that plays it.
    pub lane: usize,
    /// The number of the decision within its episode, from 0.
    pub decision: usize,
}

impl<E> Clone for Pending<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Pending<'_, E> {}

impl<E: Env, O> Lane<E, O> {
    /// A lane with room for an episode.
    pub fn new(env: E, observer: O) -> Lane<E, O> {
        let trajectory = Trajectory::new(env.spec());
        Lane { env, trajectory, observer, episode: None }
    }
}

impl<E: Env, O: Observer<E>> Lane<E, O> {
    /// Starts an episode.
    pub(crate) fn begin(&mut self, episode: usize, seed: u64) {
        self.episode = Some(episode);
        self.trajectory.clear();
        let (observation, mask) = self.trajectory.grow();
        self.env.reset(seed, observation, mask);
        self.trajectory.groups.push(self.env.group());
        self.observer.begun(&self.env);
    }

    /// The decision that is pending in an episode under way.
    fn pending(&self, lane: usize) -> Option<Pending<'_, E>> {
        Some(self.pending_of(self.episode?, lane))
    }

    /// The decision that is pending, as one of an episode.
    pub(crate) fn pending_of(&self, episode: usize, lane: usize) -> Pending<'_, E> {
        let decision = self.trajectory.len();
        let (observation, mask) = (self.trajectory.observation(decision), self.trajectory.mask(decision));
        Pending { env: &self.env, observation, mask, episode, lane, decision }
    }

    /// Carries out an action; whether the episode is over by it.
    pub(crate) fn answer(&mut self, action: usize) -> bool {
        let now = self.trajectory.len();
        self.observer.decided(&self.env, self.trajectory.observation(now), self.trajectory.mask(now), action);
        let (observation, mask) = self.trajectory.grow();
        let step = self.env.step(action, observation, mask);
        self.trajectory.groups.push(self.env.group());
        self.trajectory.push(&step, self.env.shares());
        self.observer.stepped(&self.env, &step);
        step.ended()
    }
}

impl<E: Env, O: Observer<E> + Send> VecEnv<E, O> {
    /// Makes a lane for each environment and observer.
    ///
    /// # Panics
    /// When environments differ in their [`Spec`](crate::Spec).
    pub fn new(envs: impl IntoIterator<Item = (E, O)>) -> VecEnv<E, O> {
        let lanes: Vec<_> = envs.into_iter().map(|(env, observer)| Lane::new(env, observer)).collect();
        let spec = lanes.first().map(|lane| lane.env.spec());
        assert!(lanes.iter().all(|lane| Some(lane.env.spec()) == spec), "environments of different specs");
        VecEnv { lanes }
    }

    /// The lanes.
    pub fn lanes(&self) -> &[Lane<E, O>] {
        &self.lanes
    }

    /// The lanes, to change what their environments and observers do in episodes to come.
    pub fn lanes_mut(&mut self) -> &mut [Lane<E, O>] {
        &mut self.lanes
    }

    /// Plays episodes `0..count`, each lane on its own with a decider of its own. `finish` makes the result of an
    /// episode that has just ended in a lane. A lane that is free takes the next number, so no two threads share the
    /// work unevenly for long; deciders must not remember anything from one episode to another.
    ///
    /// # Panics
    /// When there are not as many deciders as lanes.
    pub fn play_apart<D, R: Send>(
        &mut self,
        count: usize,
        seed: impl Fn(usize) -> u64 + Sync,
        deciders: Vec<D>,
        finish: impl Fn(&mut Lane<E, O>, usize) -> R + Sync,
    ) -> Vec<R>
    where
        D: FnMut(&[Pending<'_, E>], &mut [usize]) + Send,
    {
        let width = self.lanes.len();
        assert_eq!(deciders.len(), width, "a decider for each lane");
        let next = AtomicUsize::new(0);
        let play = |(lane, mut decider): (&mut Lane<E, O>, D)| {
            let mut results = Vec::new();
            let lane = std::slice::from_mut(lane);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return results;
                }
                let games = Games { count: number + 1, first: number, width, seed: &seed, finish: &finish };
                results.append(&mut games.play(lane, &mut decider));
            }
        };
        in_order(self.lanes.par_iter_mut().zip(deciders).map(play).collect::<Vec<_>>(), count)
    }

    /// Plays episodes `0..count`, all lanes one decision at a time: `decide` is asked for those that are pending, in lane
    /// order, before any lane goes on.
    pub fn play_together<R: Send>(
        &mut self,
        count: usize,
        seed: impl Fn(usize) -> u64 + Sync,
        mut decide: impl FnMut(&[Pending<'_, E>], &mut [usize]),
        finish: impl Fn(&mut Lane<E, O>, usize) -> R + Sync,
    ) -> Vec<R> {
        let games = Games { count, first: 0, width: self.lanes.len(), seed: &seed, finish: &finish };
        in_order(vec![games.play(&mut self.lanes, &mut decide)], count)
    }
}

/// Episodes that some neighbouring lanes play, and how they do.
struct Games<'a, S, F> {
    count: usize,
    /// The number of the first of the lanes.
    first: usize,
    /// Number of lanes all together.
    width: usize,
    seed: &'a S,
    finish: &'a F,
}

impl<S: Fn(usize) -> u64 + Sync, F> Games<'_, S, F> {
    /// The loop: as long as a decision is pending in any of the lanes, all that are get an answer.
    fn play<E: Env, O: Observer<E> + Send, R: Send>(
        &self,
        lanes: &mut [Lane<E, O>],
        decide: &mut impl FnMut(&[Pending<'_, E>], &mut [usize]),
    ) -> Vec<(usize, R)>
    where
        F: Fn(&mut Lane<E, O>, usize) -> R + Sync,
    {
        let mut actions = vec![0; lanes.len()];
        let mut results = Vec::new();
        in_all(lanes, |l, lane| {
            let number = self.first + l;
            lane.episode = None;
            if number < self.count {
                lane.begin(number, (self.seed)(number));
            }
            None::<R>
        });
        loop {
            // A lane on its own needs no list.
            let asked = if let [lane] = &*lanes {
                lane.pending(self.first % self.width).map_or(0, |one| {
                    decide(&[one], &mut actions);
                    1
                })
            } else {
                let numbered = lanes.iter().enumerate();
                let all: Vec<_> = numbered.filter_map(|(l, lane)| lane.pending(self.first + l)).collect();
                if !all.is_empty() {
                    decide(&all, &mut actions[..all.len()]);
                }
                all.len()
            };
            if asked == 0 {
                return results;
            }
            // Actions stand in the order of those asked; put each where its lane is.
            let mut place = asked;
            for l in (0..lanes.len()).rev() {
                if lanes[l].episode.is_some() {
                    place -= 1;
                    actions[l] = actions[place];
                }
            }
            let actions = &actions;
            let ended = in_all(lanes, |l, lane| {
                let number = lane.episode?;
                if !lane.answer(actions[l]) {
                    return None;
                }
                let result = (self.finish)(lane, number);
                let next = number + self.width;
                lane.episode = None;
                if next < self.count {
                    lane.begin(next, (self.seed)(next));
                }
                Some((number, result))
            });
            results.extend(ended);
        }
    }
}

/// Does something in all lanes, in parallel where there are several; what comes of it, in lane order.
fn in_all<E: Env, O: Send, R: Send>(
    lanes: &mut [Lane<E, O>],
    one: impl Fn(usize, &mut Lane<E, O>) -> Option<R> + Sync,
) -> Vec<R> {
    match lanes {
        [lane] => one(0, lane).into_iter().collect(),
        _ => lanes.par_iter_mut().enumerate().filter_map(|(l, lane)| one(l, lane)).collect(),
    }
}

/// Results by the number of their episode.
pub(crate) fn in_order<R>(parts: Vec<Vec<(usize, R)>>, count: usize) -> Vec<R> {
    let mut places: Vec<Option<R>> = (0..count).map(|_| None).collect();
    for (number, result) in parts.into_iter().flatten() {
        places[number] = Some(result);
    }
    places.into_iter().flatten().collect()
}

/// Plays one episode from `seed` to its end and leaves it in `trajectory`, whose earlier content is dropped.
/// `choose` sees observation and mask of each decision and names an action.
///
/// # Panics
/// When the trajectory was made for another [`Spec`](crate::Spec).
pub fn rollout<E: Env + ?Sized>(
    env: &mut E,
    seed: u64,
    mut choose: impl FnMut(&[f32], &[bool]) -> usize,
    trajectory: &mut Trajectory,
) {
    assert_eq!(env.spec(), trajectory.spec(), "the trajectory was made for another environment");
    let own = std::mem::replace(trajectory, Trajectory::new(trajectory.spec()));
    let mut lane = Lane { env, trajectory: own, observer: (), episode: None };
    let games = Games { count: 1, first: 0, width: 1, seed: &|_| seed, finish: &|_: &mut Lane<_>, _| () };
    games.play(std::slice::from_mut(&mut lane), &mut |pending: &[Pending<'_, _>], actions: &mut [usize]| {
        actions[0] = choose(pending[0].observation, pending[0].mask);
    });
    *trajectory = lane.trajectory;
}
