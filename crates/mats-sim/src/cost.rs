//! Costs of an episode, in the scenario's unit, by machine or campaign and by kind, and the quantities behind them. Accrued in
//! simulated time.

use mats_core::{HostId, HostInfo, Quantities};
use mats_scenario::model::Reward;
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

/// Costs so far: one column per kind with one entry per machine, and what stolen accounts cost, by campaign.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ledger {
    by_host: [Vec<f64>; 3],
    by_campaign: Vec<f64>,
    /// Hours that analysts worked.
    pub analyst_hours: f64,
    /// Quantities behind the costs.
    pub quantities: Quantities,
}

impl Ledger {
    /// Empties the books for so many machines and campaigns.
    pub fn reset(&mut self, hosts: usize, campaigns: usize) {
        for (column, len) in
            self.by_host.iter_mut().map(|c| (c, hosts)).chain([(&mut self.by_campaign, campaigns)])
        {
            column.clear();
            column.resize(len, 0.0);
        }
        (self.analyst_hours, self.quantities) = (0.0, Quantities::default());
    }

    /// Books a cost.
    pub fn add(&mut self, kind: CostKind, host: HostId, amount: f64) {
        self.by_host[kind as usize][host.index()] += amount;
    }

    /// Books hours for which an attacker holds a machine.
    pub(crate) fn hold_machine(&mut self, reward: &Reward, machine: &HostInfo, host: HostId, hours: f64) {
        let held = hours * f64::from(machine.value);
        self.quantities.held_value_hours += held;
        self.add(CostKind::Damage, host, held * reward.foothold_share);
    }

    /// Books hours for which a campaign can use an account, on the campaign: it may be used anywhere.
    pub(crate) fn hold_account(&mut self, reward: &Reward, admin: bool, campaign: usize, hours: f64) {
        let held = if admin { &mut self.quantities.admin_hours } else { &mut self.quantities.account_hours };
        *held += hours;
        self.by_campaign[campaign] += hours * reward.account_hour[usize::from(admin)];
    }

    /// All machines and campaigns together, for one kind.
    pub fn of(&self, kind: CostKind) -> f64 {
        let accounts = if kind == CostKind::Damage { self.by_campaign.iter().sum() } else { 0.0 };
        self.by_host[kind as usize].iter().sum::<f64>() + accounts
    }

    /// All kinds together, for one machine.
    pub fn at(&self, host: HostId) -> f64 {
        self.by_host.iter().map(|column| column[host.index()]).sum()
    }

    /// Costs of the accounts that a campaign stole, by campaign.
    pub fn accounts(&self) -> &[f64] {
        &self.by_campaign
    }

    /// Sum of all costs.
    pub fn total(&self) -> f64 {
        self.by_host.iter().flatten().chain(&self.by_campaign).sum()
    }
}
