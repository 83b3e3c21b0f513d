//! Targets: which step can be tried next, from where and against which machine.

use super::campaign::{Attempt, Campaign};
use super::lottery::Lottery;
use crate::purpose;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{HostId, SubnetId, UserId};
use mats_scenario::catalogue::{Grant, Site, Technique};
use mats_scenario::model::Scenario;
use mats_scenario::{Selector, Step};
use std::collections::BTreeSet;

/// Length of the longest chain of steps that leads to each step.
pub(crate) fn depths(steps: &[Step]) -> Vec<u32> {
    let mut depth = vec![0; steps.len()];
    // The graph is free of cycles (the scenario is checked), so as many rounds as steps suffice.
    for _ in 0..steps.len() {
        for (i, step) in steps.iter().enumerate() {
            depth[i] = step.after.iter().map(|&a| depth[a] + 1).max().unwrap_or(0);
        }
    }
    depth
}

/// For each step, the ends that it leads to: steps that nothing comes after, and objectives; itself, if it is one.
pub(crate) fn ends(steps: &[Step]) -> Vec<Vec<usize>> {
    let is_last = |s: usize| !steps.iter().any(|step| step.after.contains(&s));
    let mut ends: Vec<BTreeSet<usize>> = (0..steps.len())
        .map(|s| if steps[s].objective || is_last(s) { BTreeSet::from([s]) } else { BTreeSet::new() })
        .collect();
    // Deepest first, so that what a step leads to is whole before it is handed on.
    let depth = depths(steps);
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&s| std::cmp::Reverse(depth[s]));
    for s in order {
        let led_to = ends[s].clone();
        for &before in &steps[s].after {
            ends[before].extend(&led_to);
        }
    }
    ends.into_iter().map(|ends| ends.into_iter().collect()).collect()
}

pub(super) fn selects(scenario: &Scenario, selector: &Selector, host: HostId) -> bool {
    match selector {
        Selector::Any => true,
        Selector::Roles(roles) => roles.contains(&scenario.hosts[host.index()].role),
        Selector::Subnet(subnet) => scenario.inventory.host(host).subnet == *subnet,
        Selector::Hosts(hosts) => hosts.contains(&host),
    }
}

impl World {
    /// Tells whether a campaign can use a foothold right now.
    pub(crate) fn is_usable(&self, campaign: &Campaign, foothold: usize) -> bool {
        let f = &campaign.footholds[foothold];
        f.alive
            && self.state.posture.is_connected(f.host, self.state.now)
            && f.account.is_none_or(|u| self.is_valid(campaign, u))
            && !(campaign.channel && self.is_site_blocked(campaign))
    }

    /// Tells whether a stolen credential still opens doors.
    pub(crate) fn is_valid(&self, campaign: &Campaign, user: UserId) -> bool {
        campaign.credentials.contains(&user) && !self.state.posture.is_disabled(user)
    }

    /// Tells whether the defender blocked where the campaign comes from.
    pub(crate) fn is_site_blocked(&self, campaign: &Campaign) -> bool {
        self.state.posture.is_blocked(crate::plan::Plan::address(campaign.site), campaign.site)
    }

    /// Finds what the campaign would do next, if it can do anything.
    pub(crate) fn next_attempt(&self, index: u32) -> Option<Attempt> {
        let campaign = &self.state.campaigns[index as usize];
        let steps = &self.plan.scenario.attacks[campaign.attack].steps;
        let depth = &self.depths[campaign.attack];
        let mut best: Option<((bool, u32, u32), Attempt)> = None;
        for i in (0..steps.len()).filter(|&i| self.is_step_open(campaign, i)) {
            let rank = (campaign.last_step == Some(i), depth[i], campaign.steps[i].preference);
            if best.as_ref().is_none_or(|(top, _)| rank > *top)
                && let Some(attempt) = self.aim(index, i)
            {
                best = Some((rank, attempt));
            }
        }
        best.map(|(_, attempt)| attempt)
    }

    /// Tells whether a step has still to be done: it is not finished, and neither is all that it leads to.
    pub(super) fn is_wanted(&self, campaign: &Campaign, step: usize) -> bool {
        let attack = &self.plan.scenario.attacks[campaign.attack];
        let content = |s: usize| attack.steps[s].objective && campaign.steps[s].is_done();
        if !attack.goes_on && (0..attack.steps.len()).any(content) {
            return false;
        }
        let is_over = |s: usize| campaign.steps[s].is_done() || campaign.steps[s].exhausted;
        let leads_on = || self.ends[campaign.attack][step].iter().any(|&end| !is_over(end));
        !is_over(step) && (attack.all || campaign.steps[step].again || leads_on())
    }

    /// Tells whether a step is still to be done and one that it comes after has succeeded.
    pub(super) fn is_step_open(&self, campaign: &Campaign, step: usize) -> bool {
        let after = &self.plan.scenario.attacks[campaign.attack].steps[step].after;
        let reached = after.is_empty() || after.iter().any(|&a| campaign.steps[a].done > 0);
        reached && self.is_wanted(campaign, step)
    }

    /// The valid credential that opens most doors, but for one that it shuns if it has another; of several, that which was stolen
    /// last.
    pub(super) fn best_credential(&self, campaign: &Campaign) -> Option<UserId> {
        let valid = campaign.stolen().filter(|&u| self.is_valid(campaign, u));
        valid.max_by_key(|&u| (campaign.shunned != Some(u), self.plan.scenario.inventory.user(u).admin))
    }

    /// Finds a place to start from and a target for a step.
    fn aim(&self, index: u32, step: usize) -> Option<Attempt> {
        let campaign = &self.state.campaigns[index as usize];
        let scenario = &self.plan.scenario;
        let spec = &scenario.attacks[campaign.attack].steps[step];
        let technique = &scenario.techniques[spec.technique];
        let fresh = |host: HostId| !campaign.hit.contains(&(step, host));
        let draws = Stream::new(self.state.seed, purpose::TARGET, u64::from(index) << 8 | step as u64);
        let word = draws.word(u64::from(campaign.attempts));
        let (targets, starts) = (Lottery::new(word, 0), Lottery::new(word, 1));
        let hosts = || (0..scenario.hosts.len() as u32).map(HostId);
        let usable = || {
            (0..campaign.footholds.len())
                .filter(|&f| self.is_usable(campaign, f))
                .map(|f| campaign.footholds[f])
        };
        match technique.site {
            Site::Outside => {
                if self.is_site_blocked(campaign) {
                    return None;
                }
                let fits = |&h: &HostId| {
                    selects(scenario, &spec.target, h) && fresh(h) && self.is_open_outside(technique, h)
                };
                let target = targets.draw(hosts(), |h| h.0, fits)?;
                let account =
                    if technique.needs.credential { Some(self.account_at(campaign, target)?) } else { None };
                Some(Attempt { step, from: None, target, account, detour: false })
            }
            Site::Held => {
                let fits = |f: &super::Foothold| {
                    selects(scenario, &spec.target, f.host)
                        && self.runs_on(technique, f.host)
                        && fresh(f.host)
                        && (f.admin || !technique.needs.admin)
                };
                let pick = targets.draw(usable(), |f| f.host.0, fits)?;
                let (from, target) = (Some(pick.host), pick.host);
                Some(Attempt { step, from, target, account: None, detour: false })
            }
            Site::Remote => {
                let account =
                    if technique.needs.credential { Some(self.best_credential(campaign)?) } else { None };
                let grants = technique.grants.contains(&Grant::Foothold);
                let held = |h: HostId| campaign.footholds.iter().any(|f| f.host == h && f.alive);
                let able = |target: HostId| {
                    usable().filter(move |f| {
                        f.host != target
                            && (f.admin || !technique.needs.admin)
                            && self.is_open(technique, f.host, target)
                    })
                };
                let fits = |&target: &HostId| {
                    selects(scenario, &spec.target, target)
                        && fresh(target)
                        && !(grants && held(target))
                        && able(target).next().is_some()
                };
                let target = targets.draw(hosts(), |h| h.0, fits)?;
                let from = starts.draw(able(target), |f| f.host.0, |_| true)?;
                Some(Attempt { step, from: Some(from.host), target, account, detour: false })
            }
        }
    }

    /// The account that somebody outside would use on a machine: a stolen one; or else, unless stealing them is what the
    /// attack does, one whose password it has from elsewhere; or an insider's own.
    fn account_at(&self, campaign: &Campaign, host: HostId) -> Option<UserId> {
        let scenario = &self.plan.scenario;
        let inventory = &scenario.inventory;
        let stolen = campaign.stolen().filter(|&u| self.is_valid(campaign, u));
        let stolen = stolen.min_by_key(|&u| campaign.shunned == Some(u));
        let steps = scenario.attacks[campaign.attack].steps.iter().zip(&campaign.steps);
        let steals = |step: &Step| scenario.techniques[step.technique].grants.contains(&Grant::Credential);
        if stolen.is_some() || steps.into_iter().any(|(step, p)| p.done > 0 && steals(step)) {
            return stolen;
        }
        let owner = inventory.host(host).owner.some();
        let anyone = || {
            let word = Stream::new(self.state.seed, purpose::TARGET, u64::from(host.0) << 16).word(1);
            (!inventory.users.is_empty()).then(|| UserId((word % inventory.users.len() as u64) as u32))
        };
        owner.or_else(anyone).filter(|&u| self.is_leaked(u, host))
    }

    /// Tells whether somebody outside may know a password that it did not steal here: no longer once it was renewed,
    /// except for an insider at the desk, who is told the new one.
    pub(super) fn is_leaked(&self, user: UserId, host: HostId) -> bool {
        let renewed =
            self.state.posture.renewed_at(user).is_some() && self.plan.is_reached_from_outside(host);
        !renewed && !self.state.posture.is_disabled(user)
    }

    /// Tells whether a technique works on a machine's operating system.
    fn runs_on(&self, technique: &Technique, host: HostId) -> bool {
        technique.needs.os.is_none_or(|os| self.plan.scenario.inventory.host(host).os == os)
    }

    fn has_service(
        &self,
        technique: &Technique,
        host: HostId,
        allowed: impl Fn(mats_core::telemetry::Service) -> bool,
    ) -> bool {
        if !self.state.conditions.is_on(host) || !self.runs_on(technique, host) {
            return false;
        }
        let offered = &self.plan.scenario.hosts[host.index()].services;
        technique.needs.services.is_empty()
            || technique.needs.services.iter().any(|s| offered.contains(s) && allowed(*s))
    }

    fn is_open_outside(&self, technique: &Technique, target: HostId) -> bool {
        let subnet = self.plan.scenario.inventory.host(target).subnet;
        self.has_service(technique, target, |s| self.plan.scenario.reach.internet_allows(subnet, s))
            && (!technique.needs.vulnerability || self.is_vulnerable(target))
    }

    pub(crate) fn is_open(&self, technique: &Technique, from: HostId, target: HostId) -> bool {
        self.is_open_from(technique, self.plan.scenario.inventory.host(from).subnet, target)
    }

    /// Tells whether machines of a segment can carry out a technique against a machine.
    pub(super) fn is_open_from(&self, technique: &Technique, a: SubnetId, target: HostId) -> bool {
        let b = self.plan.scenario.inventory.host(target).subnet;
        self.has_service(technique, target, |s| self.state.conditions.allows(a, b, s))
            && (!technique.needs.vulnerability || self.is_vulnerable(target))
    }

    /// Tells whether any weakness of a machine is open. Truth.
    pub fn is_vulnerable(&self, host: HostId) -> bool {
        self.state.conditions.vulnerable[host.index()] && !self.state.posture.is_patched(host)
    }
}
