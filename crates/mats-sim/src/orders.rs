//! Orders under way, and who works on them.

use mats_core::{ActionResult, Duration, HostId, Order, SimTime};
use serde::{Deserialize, Serialize};

/// An order under way.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) order: Order,
    pub(crate) issued: SimTime,
    pub(crate) works: bool,
    pub(crate) cost: f64,
    pub(crate) serial: u64,
    /// True once it has ended.
    pub(crate) ended: bool,
}

/// Orders of an episode.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Blue {
    pub(crate) orders: Vec<Running>,
    /// Time at which each analyst is free again.
    pub(crate) analysts: Vec<SimTime>,
    pub(crate) results: Vec<ActionResult>,
    pub(crate) false_isolations: u32,
    /// Machines that were rebuilt, each with the last time.
    rebuilt: Vec<(HostId, SimTime)>,
}

impl Blue {
    pub(crate) fn reset(&mut self, analysts: u32) {
        self.orders.clear();
        self.results.clear();
        self.analysts.clear();
        self.analysts.resize(analysts as usize, SimTime::ZERO);
        self.false_isolations = 0;
        self.rebuilt.clear();
    }

    /// Notes that a machine was rebuilt.
    pub(crate) fn note_rebuilt(&mut self, host: HostId, now: SimTime) {
        self.rebuilt.retain(|r| r.0 != host);
        self.rebuilt.push((host, now));
    }

    /// Returns when a machine was last rebuilt, if it was.
    pub(crate) fn rebuilt_at(&self, host: HostId) -> Option<SimTime> {
        self.rebuilt.iter().find(|r| r.0 == host).map(|r| r.1)
    }

    /// Orders that have not ended yet, in the order in which they were given.
    pub fn under_way(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(|running| !running.ended).map(|running| &running.order)
    }

    /// Time that a new case would wait for an analyst.
    pub fn analyst_wait(&self, now: SimTime) -> Duration {
        self.analysts.iter().min().map_or(Duration::ZERO, |free| free.since(now))
    }

    /// Number of machines isolated on which no attacker had ever been. Truth: for metrics only.
    pub fn false_isolations(&self) -> u32 {
        self.false_isolations
    }
}
