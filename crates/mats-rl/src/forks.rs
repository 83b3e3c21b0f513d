//! Episodes that begin alike, played as one until a decision differs.
//!
//! Whoever compares deciders on the same seeds plays the same beginning again and again: in a race of changes to a policy
//! half of every episode passes before a change shows. Here the episodes of one seed are one episode for as long as
//! whoever decides chooses the same action in all of them; where actions part, the lane is copied, and each copy goes its way.
//! What comes of it is the same to the bit as if each had been played from the start.

use crate::env::Env;
use crate::vec_env::{Lane, Observer, Pending, VecEnv, in_order};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Episodes that are still one, and have been since their seed.
type Group = Vec<usize>;

/// What all lanes share while they fork.
struct Forking<'a, D, F> {
    seeds: &'a [u64],
    decide: &'a D,
    finish: &'a F,
    /// Number of lanes, without copies.
    width: usize,
    /// Copies that may still be made at the same time.
    room: AtomicUsize,
}

impl<E: Env + Clone, O: Observer<E> + Clone + Send> VecEnv<E, O> {
    /// Plays episodes `0..seeds.len()`; those from the same seed are played as one until `decide` chooses differently in them.
    /// It sees each decision once for every episode that comes to it, and must look at nothing else. `finish` makes the result
    /// of an episode that has just ended in a lane; it may meet the same end several times, for different numbers.
    ///
    /// At most `forks` copies of lanes are alive at any time. Whoever finds no room for one is played from the start, so memory is
    /// bounded and results do not depend on it.
    pub fn play_forked<R: Send>(
        &mut self,
        seeds: &[u64],
        forks: usize,
        decide: impl Fn(&Pending<'_, E>) -> usize + Sync,
        finish: impl Fn(&mut Lane<E, O>, usize) -> R + Sync,
    ) -> Vec<R> {
        let mut numbers: Group = (0..seeds.len()).collect();
        // Stable, so groups and their members stand in the order of numbers.
        numbers.sort_by_key(|&number| seeds[number]);
        let groups: Vec<&[usize]> = numbers.chunk_by(|&a, &b| seeds[a] == seeds[b]).collect();
        let width = self.lanes.len();
        let room = AtomicUsize::new(forks);
        let forking = Forking { seeds, decide: &decide, finish: &finish, width, room };
        let next = AtomicUsize::new(0);
        let play = |lane: &mut Lane<E, O>| {
            let mut results = Vec::new();
            while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
                forking.play(lane, group.to_vec(), &mut results);
            }
            results
        };
        in_order(self.lanes.par_iter_mut().map(play).collect(), seeds.len())
    }
}

impl<D, F> Forking<'_, D, F> {
    /// Plays a group from its seed, and then again from there whoever found no room to part from it.
    fn play<E, O, R>(&self, lane: &mut Lane<E, O>, group: Group, results: &mut Vec<(usize, R)>)
    where
        E: Env + Clone,
        O: Observer<E> + Clone,
        D: Fn(&Pending<'_, E>) -> usize,
        F: Fn(&mut Lane<E, O>, usize) -> R,
    {
        let mut waiting = vec![group];
        while let Some(group) = waiting.pop() {
            lane.begin(group[0], self.seeds[group[0]]);
            self.go_on(lane, group, &mut waiting, results);
        }
    }

    /// Plays on from the pending decision of a lane to the end of all episodes that are one up to here.
    fn go_on<E, O, R>(
        &self,
        lane: &mut Lane<E, O>,
        mut group: Group,
        waiting: &mut Vec<Group>,
        results: &mut Vec<(usize, R)>,
    ) where
        E: Env + Clone,
        O: Observer<E> + Clone,
        D: Fn(&Pending<'_, E>) -> usize,
        F: Fn(&mut Lane<E, O>, usize) -> R,
    {
        loop {
            let choose = |&number: &usize| (self.decide)(&lane.pending_of(number, number % self.width));
            let action = choose(&group[0]);
            let mut others = Vec::new();
            group.retain(|number| {
                let chosen = choose(number);
                if chosen != action {
                    others.push((chosen, *number));
                }
                chosen == action
            });
            others.sort_by_key(|&(chosen, _)| chosen);
            for parted in others.chunk_by(|a, b| a.0 == b.0) {
                let parted_group: Group = parted.iter().map(|&(_, number)| number).collect();
                if !self.enter() {
                    waiting.push(parted_group);
                    continue;
                }
                let mut fork = lane.clone();
                if self.ended(&mut fork, parted[0].0, &parted_group, results) {
                    self.leave();
                    continue;
                }
                self.go_on(&mut fork, parted_group, waiting, results);
                self.leave();
            }
            if self.ended(lane, action, &group, results) {
                return;
            }
        }
    }

    /// Carries out an action; if that ends the episodes, makes their results and returns true.
    fn ended<E, O, R>(
        &self,
        lane: &mut Lane<E, O>,
        action: usize,
        group: &[usize],
        results: &mut Vec<(usize, R)>,
    ) -> bool
    where
        E: Env,
        O: Observer<E>,
        F: Fn(&mut Lane<E, O>, usize) -> R,
    {
        let ended = lane.answer(action);
        if ended {
            results.extend(group.iter().map(|&number| (number, (self.finish)(lane, number))));
        }
        ended
    }

    /// Takes room for a copy, if there is any.
    fn enter(&self) -> bool {
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1)).is_ok()
    }

    fn leave(&self) {
        self.room.fetch_add(1, Ordering::Relaxed);
    }
}
