//! Training windows for the detectors: episodes without response, on seeds for fitting only.
//!
//! What is kept is bounded whatever the size of the network. Benign windows come from the machines that an episode
//! watches, malicious ones from all; both are drawn with known shares, and a window's weight is one over its share.
//! Dice fall before the truth is looked up, and features are computed for what is kept alone.

mod share;
mod truth;

use crate::recorder::WINDOW;
use mats_core::random::Stream;
use mats_core::{Duration, HostId};
use mats_detect::{Collector, Examples, Window};
pub use mats_learn::GatherSettings;
use mats_learn::seeds::{Purpose, seed};
use mats_sim::{Plan, Telemetry, World};
use rayon::prelude::*;
use share::{Share, Thinned};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use truth::{Truth, Truths};

const SAMPLE: u32 = 0x5a3e;

/// Plays episodes without response and collects labelled windows, until there are enough or all are played. The
/// examples are those of the first episodes, however many threads play.
pub fn gather(plan: &Arc<Plan>, settings: &GatherSettings, train_seed: u64) -> Examples {
    let share = Share::new(plan, settings);
    let gathering = Mutex::new(Gathering::new(settings));
    let lock = || gathering.lock().unwrap_or_else(PoisonError::into_inner);
    // As many worlds as threads, however many episodes: those of a large network take hundreds of MiB.
    let players = rayon::current_num_threads().clamp(1, settings.episodes.max(1));
    (0..players).into_par_iter().with_max_len(1).for_each(|_| {
        let mut stage = None;
        loop {
            let Some(number) = lock().claim() else { break };
            let stage = stage.get_or_insert_with(|| Stage::new(plan));
            let examples = stage.play(&share, seed(Purpose::Fit, train_seed, number as u64));
            lock().hand_in(number, examples);
        }
    });
    gathering.into_inner().unwrap_or_else(PoisonError::into_inner).all
}

/// Episodes as they come in. Which ones count depends on those with lower numbers alone.
struct Gathering {
    episodes: usize,
    windows: usize,
    claimed: usize,
    appended: usize,
    /// Episodes that wait for one before them.
    early: BTreeMap<usize, Examples>,
    all: Examples,
}

impl Gathering {
    fn new(settings: &GatherSettings) -> Gathering {
        Gathering {
            episodes: settings.episodes,
            windows: settings.windows,
            claimed: 0,
            appended: 0,
            early: BTreeMap::new(),
            all: Examples::new(),
        }
    }

    /// Two episodes are needed to split.
    fn enough(&self) -> bool {
        self.appended >= self.episodes || self.appended >= 2 && self.all.len() >= self.windows
    }

    /// The next episode to play.
    fn claim(&mut self) -> Option<usize> {
        if self.enough() || self.claimed >= self.episodes {
            return None;
        }
        self.claimed += 1;
        Some(self.claimed - 1)
    }

    fn hand_in(&mut self, number: usize, examples: Examples) {
        self.early.insert(number, examples);
        while !self.enough() {
            let Some(next) = self.early.remove(&self.appended) else { break };
            self.all.append(next);
            self.appended += 1;
        }
    }
}

/// What one thread plays with, used again for every episode.
struct Stage {
    world: World,
    collector: Collector,
    telemetry: Telemetry,
    truths: Truths,
}

impl Stage {
    fn new(plan: &Arc<Plan>) -> Stage {
        Stage {
            world: World::new(Arc::clone(plan)),
            collector: Collector::new(Arc::new(plan.scenario.inventory.clone())),
            telemetry: Telemetry::default(),
            truths: Truths::new(plan.scenario.hosts.len()),
        }
    }

    fn play(&mut self, share: &Share, seed: u64) -> Examples {
        self.world.reset(seed);
        self.collector.reset();
        let watched = share.watched(seed);
        let mut windows = Thinned::new(share.most());
        while self.world.now() < self.world.horizon() {
            self.telemetry.clear();
            self.world.advance(self.world.now() + Duration::from_minutes(1), &mut self.telemetry);
            self.collector.observe(&self.telemetry.records);
            if self.world.now().0.is_multiple_of(WINDOW.0) {
                self.sample(share, &watched, seed, &mut windows);
            }
        }
        let (windows, attacked) = windows.finish();
        let mut examples = Examples::new();
        examples.add_thinned_episode(&self.collector, &windows, &attacked);
        examples
    }

    /// Takes the windows of all machines that end now.
    fn sample(&mut self, share: &Share, watched: &[HostId], seed: u64, out: &mut Thinned) {
        let now = self.world.now();
        let rng = Stream::new(seed, SAMPLE, now.0);
        self.truths.read(&self.world, now - WINDOW, now);
        // Machines in order: first the suspects that are malicious, then those that dice choose among the watched.
        let view = |host, kind, weight| Window { sample: self.collector.sample(host, now), kind, weight };
        let mut suspects = self.truths.suspects().iter().copied().peekable();
        let mut malicious_before = |end: Option<HostId>, out: &mut Thinned| {
            while let Some(host) = suspects.next_if(|&h| end.is_none_or(|end| h <= end)) {
                if let Truth::Malicious(kind) = self.truths.of(host) {
                    out.malicious(host, kind, rng.unit(u64::from(host.0)), || view(host, Some(kind), 1.0));
                }
            }
        };
        for &host in watched {
            malicious_before(Some(host), out);
            if rng.unit(u64::from(host.0)) < share.within() && self.truths.of(host) == Truth::Benign {
                out.benign(view(host, None, share.weight()));
            }
        }
        malicious_before(None, out);
    }
}

#[cfg(test)]
mod tests;
