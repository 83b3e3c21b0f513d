//! Costs of an episode, in the scenario's unit, by machine and by kind. Accrued in simulated time.

use mats_core::HostId;
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

    /// Sum of all costs.
    pub fn total(&self) -> f64 {
        self.by_host.iter().flatten().sum()
    }
}
