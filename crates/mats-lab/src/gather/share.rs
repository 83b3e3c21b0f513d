//! Which windows of an episode are kept, and for how many each stands.

use crate::recorder::WINDOW;
use mats_core::random::Stream;
use mats_core::{HostId, ThreatKind};
use mats_detect::Window;
use mats_learn::GatherSettings;
use mats_sim::Plan;

const WATCHED: u32 = 0x3a7c;
/// Machines that an episode takes benign windows from: each costs the memory of its events and, once held out, the time
/// to read them again.
const MOST_WATCHED: usize = 512;
/// Episodes that the windows are meant to come from, at least half as many: what a detector has never seen is learnt from
/// other campaigns, not from more windows of the same ones.
const SPREAD: usize = 96;

/// How benign windows are drawn.
pub(super) struct Share {
    machines: usize,
    watched: usize,
    within: f64,
    weight: f32,
    most: usize,
}

impl Share {
    pub(super) fn new(plan: &Plan, settings: &GatherSettings) -> Share {
        let scenario = &plan.scenario;
        let machines = scenario.hosts.len();
        let most = (settings.windows / settings.episodes.clamp(1, SPREAD)).max(1);
        let all = machines as f64 * (scenario.horizon.0 as f64 / WINDOW.0 as f64).max(1.0);
        let share = settings.benign_share.min(most as f64 / all.max(1.0));
        let watched = machines.min(MOST_WATCHED);
        // Few watched machines give more windows each, so that the share of all is the one wanted.
        let chosen = watched as f64 / machines.max(1) as f64;
        let within = (share / chosen).min(1.0);
        Share { machines, watched, within, weight: (1.0 / (within * chosen)) as f32, most }
    }

    /// Windows of either sort that an episode gives: about so many benign ones, at most so many malicious ones.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Share of the benign windows of a watched machine that is kept.
    pub(super) fn within(&self) -> f64 {
        self.within
    }

    /// Number of benign windows that one stands for.
    pub(super) fn weight(&self) -> f32 {
        self.weight
    }

    /// Machines that an episode takes benign windows from, in order.
    pub(super) fn watched(&self, seed: u64) -> Vec<HostId> {
        let mut hosts: Vec<u32> = (0..self.machines as u32).collect();
        if self.watched < self.machines {
            let rng = Stream::new(seed, WATCHED, 0);
            hosts.sort_by_cached_key(|&h| rng.word(u64::from(h)));
            hosts.truncate(self.watched);
            hosts.sort_unstable();
        }
        hosts.into_iter().map(HostId).collect()
    }
}

/// Windows of an episode as they stream in. Of malicious ones every one is kept until there are too many; then the share
/// of the most frequent kind is halved as often as it takes, so that a rare kind is not crowded out.
pub(super) struct Thinned {
    /// With the dice that decided on it.
    windows: Vec<(Window, f64)>,
    most: usize,
    share: [f64; ThreatKind::ALL.len()],
    kept: [usize; ThreatKind::ALL.len()],
    attacked: Vec<HostId>,
}

impl Thinned {
    pub(super) fn new(most: usize) -> Thinned {
        Thinned {
            windows: Vec::new(),
            most,
            share: [1.0; ThreatKind::ALL.len()],
            kept: [0; ThreatKind::ALL.len()],
            attacked: Vec::new(),
        }
    }

    pub(super) fn benign(&mut self, window: Window) {
        self.windows.push((window, 0.0));
    }

    /// Takes a malicious window, whose features are only asked for if it is kept.
    pub(super) fn malicious(
        &mut self,
        host: HostId,
        kind: ThreatKind,
        dice: f64,
        window: impl FnOnce() -> Window,
    ) {
        self.attacked.push(host);
        if dice >= self.share[kind as usize] {
            return;
        }
        self.windows.push((window(), dice));
        self.kept[kind as usize] += 1;
        while self.kept.iter().sum::<usize>() > self.most {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let Some((most, _)) = self.kept.iter().enumerate().max_by_key(|k| k.1) else { return };
        self.share[most] /= 2.0;
        let share = self.share[most];
        self.windows.retain(|(w, dice)| w.kind.is_none_or(|k| k as usize != most) || *dice < share);
        let left = |(w, _): &&(Window, f64)| w.kind.is_some_and(|k| k as usize == most);
        self.kept[most] = self.windows.iter().filter(left).count();
    }

    /// The windows in order of time and machine, and the machines that had malicious ones, whether kept or not.
    pub(super) fn finish(mut self) -> (Vec<Window>, Vec<HostId>) {
        self.attacked.sort_unstable();
        self.attacked.dedup();
        let weighed = |(mut window, _): (Window, f64)| {
            if let Some(kind) = window.kind {
                window.weight = (1.0 / self.share[kind as usize]) as f32;
            }
            window
        };
        (self.windows.into_iter().map(weighed).collect(), self.attacked)
    }
}
