//! What every machine's window was in truth, in one pass over what attackers did. Asking the world machine by
//! machine reads all of it for each of them.

use mats_core::{HostId, SimTime, ThreatKind};
use mats_sim::World;

/// Truth of a window of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Truth {
    #[default]
    Benign,
    Malicious(ThreatKind),
    /// An attacker held the machine and did nothing on it: even an auditor could not tell.
    Doubtful,
}

/// Truths of one window of all machines: the same as [`World::ground_truth`] says of each.
pub(super) struct Truths {
    of: Vec<Truth>,
    /// Machines on which an attacker acted or that one held.
    suspects: Vec<HostId>,
}

impl Truths {
    pub(super) fn new(machines: usize) -> Truths {
        Truths { of: vec![Truth::Benign; machines], suspects: Vec::new() }
    }

    /// Takes in the window of all machines.
    pub(super) fn read(&mut self, world: &World, from: SimTime, to: SimTime) {
        for host in self.suspects.drain(..) {
            self.of[host.index()] = Truth::Benign;
        }
        for held in world.compromise_intervals().iter().filter(|h| h.from <= to && h.until >= from) {
            self.of[held.host.index()] = Truth::Doubtful;
            self.suspects.push(held.host);
        }
        // The last activity decides.
        for act in world.malicious_activities().iter().filter(|a| a.time > from && a.time <= to) {
            self.of[act.host.index()] = world.kind_of(act.label).map_or(Truth::Benign, Truth::Malicious);
            self.suspects.push(act.host);
        }
        self.suspects.sort_unstable();
        self.suspects.dedup();
    }

    /// Machines that may be other than benign, in order.
    pub(super) fn suspects(&self) -> &[HostId] {
        &self.suspects
    }

    pub(super) fn of(&self, host: HostId) -> Truth {
        self.of[host.index()]
    }
}
