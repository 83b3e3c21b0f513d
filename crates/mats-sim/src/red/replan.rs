//! Replanning of an attacker that can do nothing at the moment, or was scared: it goes back for what it has lost, goes
//! round a blocked path, keeps still for a while.

use super::campaign::{Attempt, Campaign, Foothold, site};
use super::lottery::Lottery;
use super::targets::selects;
use crate::event::Event;
use crate::green::Job;
use crate::purpose;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{Duration, HostId, SubnetId};
use mats_scenario::attack::Reaction;
use mats_scenario::catalogue::{Grant, Site, Technique, Template};
use mats_scenario::model::HostRole;
use rand_distr::Distribution;
use rand_distr::weighted::WeightedIndex;

/// Share of the usual time that everything takes an attacker who hurries.
const HURRY: f64 = 0.7;

impl World {
    /// Opens a step again that had granted what is missing now: a valid credential, or administrative rights on some
    /// machine that is still held. Returns whether there is one that is not open anyway.
    pub(super) fn go_back(&mut self, index: u32) -> bool {
        let campaign = &self.state.campaigns[index as usize];
        if campaign.replans == 0 {
            return false;
        }
        let steps = &self.plan.scenario.attacks[campaign.attack].steps;
        let technique = |s: usize| &self.plan.scenario.techniques[steps[s].technique];
        let waiting = |need: &dyn Fn(&Technique) -> bool| {
            (0..steps.len()).any(|s| self.is_step_open(campaign, s) && need(technique(s)))
        };
        let usable = || (0..campaign.footholds.len()).filter(|&f| self.is_usable(campaign, f));
        let broke = self.best_credential(campaign).is_none() && waiting(&|t| t.needs.credential);
        let powerless = usable().count() > 0
            && !usable().any(|f| campaign.footholds[f].admin)
            && waiting(&|t| t.needs.admin);
        let missing = if broke {
            Grant::Credential
        } else if powerless {
            Grant::Admin
        } else {
            return false;
        };
        let again = (0..steps.len())
            .filter(|&s| campaign.steps[s].done > 0 && !self.is_step_open(campaign, s))
            .filter(|&s| technique(s).grants.contains(&missing))
            .max_by_key(|&s| (self.depths[campaign.attack][s], campaign.steps[s].preference));
        let Some(again) = again else { return false };
        let campaign = &mut self.state.campaigns[index as usize];
        let progress = &mut campaign.steps[again];
        (progress.goal, progress.exhausted, progress.failures) = (progress.done + 1, false, 0);
        progress.again = true;
        campaign.hit.retain(|&(step, _)| step != again);
        campaign.replans -= 1;
        true
    }

    /// A machine to be taken that no step names, because from there a step can be carried out that cannot from any
    /// machine held: round a closed link or an isolated machine.
    pub(super) fn detour(&self, index: u32) -> Option<Attempt> {
        let campaign = &self.state.campaigns[index as usize];
        let scenario = &self.plan.scenario;
        let steps = &scenario.attacks[campaign.attack].steps;
        if campaign.detours == 0 {
            return None;
        }
        let credential = self.best_credential(campaign);
        let usable: Vec<Foothold> = (0..campaign.footholds.len())
            .filter(|&f| self.is_usable(campaign, f))
            .map(|f| campaign.footholds[f])
            .collect();
        if usable.is_empty() {
            return None;
        }
        let technique = |s: usize| &scenario.techniques[steps[s].technique];
        let affordable =
            |t: &Technique| t.site == Site::Remote && (!t.needs.credential || credential.is_some());
        let hosts = || (0..scenario.hosts.len() as u32).map(HostId);
        let word = Stream::new(self.state.seed, purpose::TARGET, u64::from(index) << 8 | 255)
            .word(u64::from(campaign.attempts) << 8 | u64::from(campaign.detours));
        let (targets, starts) = (Lottery::new(word, 0), Lottery::new(word, 1));
        for blocked in
            (0..steps.len()).filter(|&s| self.is_step_open(campaign, s) && affordable(technique(s)))
        {
            // From which segments could it be done?
            let doors = self.segments_towards(campaign, blocked);
            let unheld = |h: HostId| !campaign.footholds.iter().any(|f| f.host == h && f.alive);
            let bridge = |h: HostId| {
                let subnet = scenario.inventory.host(h).subnet;
                unheld(h) && doors.contains(&subnet) && self.state.posture.is_connected(h, self.state.now)
            };
            let takes = |s: usize| technique(s).grants.contains(&Grant::Foothold) && affordable(technique(s));
            for means in
                (0..steps.len()).filter(|&s| campaign.steps[s].done > 0 || self.is_step_open(campaign, s))
            {
                if !takes(means) {
                    continue;
                }
                let able = |target: HostId| {
                    usable.iter().filter(move |f| {
                        f.host != target
                            && (f.admin || !technique(means).needs.admin)
                            && self.is_open(technique(means), f.host, target)
                    })
                };
                let easy = |h: HostId| scenario.hosts[h.index()].role != HostRole::DomainController;
                let fits = |&h: &HostId| easy(h) && bridge(h) && able(h).next().is_some();
                if let Some(target) = targets.draw(hosts(), |h| h.0, fits)
                    && let Some(from) = starts.draw(able(target), |f| f.host.0, |_| true)
                {
                    let account = credential.filter(|_| technique(means).needs.credential);
                    let from = Some(from.host);
                    return Some(Attempt { step: means, from, target, account, detour: true });
                }
            }
        }
        None
    }

    /// Segments from which some wanted target of a step is open.
    fn segments_towards(&self, campaign: &Campaign, step: usize) -> Vec<SubnetId> {
        let scenario = &self.plan.scenario;
        let spec = &scenario.attacks[campaign.attack].steps[step];
        let technique = &scenario.techniques[spec.technique];
        let wanted = |h: &HostId| selects(scenario, &spec.target, *h) && !campaign.hit.contains(&(step, *h));
        let mut doors = vec![false; scenario.reach.subnets];
        for target in (0..scenario.hosts.len() as u32).map(HostId).filter(wanted) {
            for (from, door) in doors.iter_mut().enumerate() {
                *door |= self.is_open_from(technique, SubnetId(from as u32), target);
            }
        }
        (0..doors.len()).filter(|&s| doors[s]).map(|s| SubnetId(s as u32)).collect()
    }

    /// The defender visibly got in the way: whoever is cautious reacts, in a way that was drawn for so many scares.
    pub(super) fn scare(&mut self, index: u32) {
        let campaign = &mut self.state.campaigns[index as usize];
        campaign.scares += 1;
        let n = u64::from(campaign.scares);
        let draws = Stream::new(self.state.seed, purpose::LIE_LOW, u64::from(index));
        if self.state.now < campaign.still_until || draws.unit(2 * n) >= campaign.caution {
            return;
        }
        let attack = &self.plan.scenario.attacks[campaign.attack];
        let rng = &mut Stream::new(self.state.seed, purpose::REACTION, u64::from(index)).at(n);
        let Ok(weights) = WeightedIndex::new(attack.reactions) else { return };
        match Reaction::ALL[weights.sample(rng)] {
            Reaction::LieLow => {
                let (low, high) = attack.lie_low_hours;
                self.lie_low(
                    index,
                    Duration::from_seconds((low + (high - low) * draws.unit(2 * n + 1)) * 3600.0),
                );
            }
            Reaction::ChangeTool => {
                campaign.tools += 1;
                let held: Vec<HostId> = campaign.footholds.iter().map(|f| f.host).collect();
                for host in held {
                    self.hide(index, host);
                }
            }
            Reaction::ChangeAccount => {
                campaign.shunned = campaign.tried.iter().rev().find_map(|t| t.account);
            }
            Reaction::ChangeAddress => {
                self.change_address(index);
            }
            Reaction::Hurry => campaign.pace *= HURRY,
        }
    }

    /// Moves a campaign to another address, if it has one to spare; programs that call home do so to the new one, too. Returns
    /// whether it moved.
    pub(super) fn change_address(&mut self, index: u32) -> bool {
        let campaign = &self.state.campaigns[index as usize];
        let spare = self.plan.scenario.attacks[campaign.attack].spare_addresses;
        if campaign.sites_used >= spare {
            return false;
        }
        let used = campaign.sites_used + 1;
        let fresh = site(self.state.seed, index, used);
        let campaign = &mut self.state.campaigns[index as usize];
        (campaign.site, campaign.sites_used) = (fresh, used);
        let alive = campaign.footholds.iter().filter(|f| f.alive);
        let held: Vec<HostId> = alive.map(|f| f.host).collect();
        let mine = |job: &Job| job.foothold.is_some_and(|(c, ..)| c == index);
        self.state.green.jobs.retain(|job| job.template != Template::Beacon || !mine(job));
        self.announce_site(index);
        for host in held {
            self.start_beacon(index, host);
        }
        true
    }

    /// A campaign drops what it was doing and keeps still for a while. Programs that call home keep still too.
    fn lie_low(&mut self, index: u32, rest: Duration) {
        let now = self.state.now;
        let campaign = &mut self.state.campaigns[index as usize];
        campaign.still_until = now + rest;
        // Time spent waiting on purpose is no lack of progress.
        campaign.last_progress += rest;
        campaign.rested += rest.seconds() / 60.0;
        if campaign.attempt.take().is_some() {
            campaign.wakes += 1;
            self.state.queue.push(now + rest, Event::CampaignResume(index, campaign.wakes));
        }
        let mine = |job: &Job| job.act.label.campaign_step().is_some_and(|(c, _)| c == index);
        let jobs = &mut self.state.green.jobs;
        jobs.retain(|job| !mine(job) || job.template == Template::Beacon);
        for job in jobs.iter_mut().filter(|job| mine(job)) {
            job.act.time = job.act.time.max(now) + rest;
        }
    }
}
