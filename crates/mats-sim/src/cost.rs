//! What an episode costs, in the scenario's unit, by machine and by kind. Accrued in simulated time.

use mats_core::{HostId, SimTime};
use serde::{Deserialize, Serialize};

/// Kinds of cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum CostKind {
    /// Done by the attacker.
    Damage,
    /// People and machines that could not work because of the defence.
    Disruption,
    /// Actions and analysts paid for.
    Expense,
}

/// Costs so far: one column per kind, one entry per machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ledger {
    by_host: [Vec<f64>; 3],
    /// Hours that analysts worked.
    pub analyst_hours: f64,
}

impl Ledger {
    /// Empties the books for `hosts` machines.
    pub fn reset(&mut self, hosts: usize) {
        for column in &mut self.by_host {
            column.clear();
            column.resize(hosts, 0.0);
        }
        self.analyst_hours = 0.0;
    }

    /// Books a cost.
    pub fn add(&mut self, kind: CostKind, host: HostId, amount: f64) {
        self.by_host[kind as usize][host.index()] += amount;
    }

    /// All machines together, for one kind.
    pub fn of(&self, kind: CostKind) -> f64 {
        self.by_host[kind as usize].iter().sum()
    }

    /// All kinds together, for one machine.
    pub fn at(&self, host: HostId) -> f64 {
        self.by_host.iter().map(|column| column[host.index()]).sum()
    }

    /// Everything.
    pub fn total(&self) -> f64 {
        self.by_host.iter().flatten().sum()
    }
}

/// Working hours in which machines and accounts are worth their full value, seconds after midnight.
pub const WORK: (u64, u64) = (8 * 3600, 18 * 3600);

const DAY: u64 = 24 * 3600 * 1_000_000;

/// Hours between `from` and `to`, each weighted 1 in working hours of weekdays and `night` outside.
///
/// `start_of_day` is the time of day at which the episode began, in seconds; `weekday` its day, 0 for Monday.
pub fn weighted_hours(from: SimTime, to: SimTime, start_of_day: u32, weekday: u8, night: f64) -> f64 {
    let offset = start_of_day as u64 * 1_000_000;
    let (mut at, end) = (from.0 + offset, to.0 + offset);
    let mut hours = 0.0;
    while at < end {
        let (day, time) = (at / DAY, at % DAY);
        let (open, close) = (WORK.0 * 1_000_000, WORK.1 * 1_000_000);
        let weekend = (weekday as u64 + day) % 7 >= 5;
        let (next, weight) = match time {
            t if weekend || t >= close => (DAY, night),
            t if t < open => (open, night),
            _ => (close, 1.0),
        };
        let until = end.min(day * DAY + next);
        hours += (until - at) as f64 / 3.6e9 * weight;
        at = until;
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_counts_a_fifth_and_a_weekend_too() {
        let h = |n: u64| SimTime(n * 3_600_000_000);
        // Monday 07:00 to 20:00: one hour of night, ten of work, two of night.
        assert!((weighted_hours(h(0), h(13), 7 * 3600, 0, 0.2) - 10.6).abs() < 1e-9);
        assert!((weighted_hours(h(0), h(24), 0, 5, 0.2) - 4.8).abs() < 1e-9);
        assert!((weighted_hours(h(0), h(24), 0, 4, 0.2) - 12.8).abs() < 1e-9);
    }
}
