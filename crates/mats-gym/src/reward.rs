//! The one file that computes rewards: −(cost since the last step), by credit group, plus a potential.
//!
//! The potential-based term F = γ·Φ(s′) − Φ(s) (Ng, Harada, Russell 1999; γ = exp(−Δt/τ)) makes stopping a verified
//! threat visibly positive, and isolating a machine that was found clean visibly negative, without changing which
//! policy is best: over an episode it sums to −Φ(start) = 0, for Φ is 0 before the first case and after the end.
//!
//! Credit groups: a machine's costs belong to the machine's own group, or to the campaign's once a campaign has
//! touched it; what stolen accounts cost belongs to the campaign that stole them. Credit may use the truth, as costs do; observations may not.

use crate::view::DefenderView;
use mats_core::{Finding, HostId, ThreatStatus};
use mats_sim::World;

/// Keeps the books of one episode.
#[derive(Debug, Clone, Default)]
pub struct Rewards {
    charged: Vec<f64>,
    /// What stolen accounts had cost by the last step, by campaign.
    charged_accounts: Vec<f64>,
    potential: Vec<f64>,
    group: Vec<u32>,
    /// The groups as they were at the last step.
    grouped: Vec<u32>,
    seen: usize,
    /// Reward by group of the last step.
    pub(crate) shares: Vec<(u32, f32)>,
    tau_hours: f64,
    shaping: f64,
}

impl Rewards {
    /// Starts a new episode.
    pub fn reset(&mut self, world: &World) {
        let hosts = world.plan().scenario.hosts.len();
        let reward = &world.plan().scenario.reward;
        (self.tau_hours, self.shaping) = (reward.tau_hours, reward.shaping);
        self.seen = 0;
        self.shares.clear();
        self.charged.clear();
        self.charged.resize(hosts, 0.0);
        self.charged_accounts.clear();
        self.charged_accounts.resize(world.ledger().accounts().len(), 0.0);
        self.potential.clear();
        self.potential.resize(hosts, 0.0);
        self.group.clear();
        self.group.extend(0..hosts as u32);
        self.grouped.clone_from(&self.group);
    }

    /// The credit group of a machine at the moment.
    pub fn group(&self, host: HostId) -> u32 {
        self.group[host.index()]
    }

    /// Books everything since the last step, `hours` ago. `ended` closes the books: nothing follows.
    pub fn step(&mut self, world: &World, view: &DefenderView, hours: f64, ended: bool) -> f32 {
        self.regroup(world);
        let gamma = libm::exp(-hours / self.tau_hours);
        self.shares.clear();
        for h in 0..self.charged.len() {
            let host = HostId(h as u32);
            let total = world.ledger().at(host);
            let cost = total - std::mem::replace(&mut self.charged[h], total);
            let next = if ended { 0.0 } else { self.shaping * potential(view, host) };
            let last = std::mem::replace(&mut self.potential[h], next);
            // A machine that changed its group leaves with Φ = 0 and enters with Φ = 0: shaping sums to nothing in both.
            let (group, before) = (self.group[h], std::mem::replace(&mut self.grouped[h], self.group[h]));
            for (group, share) in [(before, -last), (group, -cost + gamma * next)] {
                if share != 0.0 {
                    self.shares.push((group, share as f32));
                }
            }
        }
        let hosts = self.charged.len();
        for (c, (charged, &total)) in
            self.charged_accounts.iter_mut().zip(world.ledger().accounts()).enumerate()
        {
            let cost = total - std::mem::replace(charged, total);
            if cost != 0.0 {
                self.shares.push(((hosts + c) as u32, -cost as f32));
            }
        }
        self.shares.sort_by_key(|s| s.0);
        self.shares.dedup_by(|b, a| {
            let same = a.0 == b.0;
            if same {
                a.1 += b.1;
            }
            same
        });
        self.shares.iter().map(|s| s.1).sum()
    }

    fn regroup(&mut self, world: &World) {
        let hosts = self.group.len() as u32;
        let now = world.now();
        while let Some(activity) = world.malicious_activities().get(self.seen).filter(|t| t.time <= now) {
            self.seen += 1;
            if let Some((campaign, _)) = activity.label.campaign_step()
                && self.group[activity.host.index()] < hosts
            {
                self.group[activity.host.index()] = hosts + campaign;
            }
        }
    }
}

/// Φ of one machine, in the scenario's unit: what its case seems to cost while it stands as it does.
fn potential(view: &DefenderView, host: HostId) -> f64 {
    let Some(case) = view.case(host).filter(|c| c.open || c.is_contained()) else { return 0.0 };
    let worth = f64::from(view.inventory().host(host).value).max(0.5);
    match case.status() {
        // A verified threat on the loose weighs most; contained, it is half solved; treated, nearly.
        ThreatStatus::Verified => -4.0 * worth,
        ThreatStatus::Contained if case.facts.verdict() == Some(Finding::Malicious) => -worth,
        ThreatStatus::Contained | ThreatStatus::Releasable => -0.5 * worth,
        ThreatStatus::Treated => -0.2 * worth,
        ThreatStatus::Fresh | ThreatStatus::Watched | ThreatStatus::Cleared => 0.0,
    }
}
