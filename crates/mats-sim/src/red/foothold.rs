//! Footholds of attackers, and how defenders take it away.

use super::campaign::{Campaign, Foothold, Phase};
use crate::event::Event;
use crate::purpose;
use crate::truth::CompromiseInterval;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{Access, Duration, HostId, SimTime, ThreatKind, UserId};
use mats_scenario::catalogue::Site;

/// Median minutes until a killed foothold that was made persistent comes back by itself.
const REVIVE_MINUTES: f64 = 60.0;
/// Probability at most that a foothold is hidden from scans.
const MOST_HIDDEN: f64 = 0.9;

impl World {
    /// Tells whether any attacker controls a machine, isolated or not.
    pub fn is_compromised(&self, host: HostId) -> bool {
        self.state.campaigns.iter().any(|c| c.footholds.iter().any(|f| f.host == host && f.alive))
    }

    /// Tells whether a scan could find an attacker on a machine: one that holds it, and has not hidden.
    pub(crate) fn is_scannable(&self, host: HostId) -> bool {
        let visible = |f: &Foothold| f.host == host && f.alive && !f.hidden;
        self.state.campaigns.iter().any(|c| c.footholds.iter().any(visible))
    }

    /// Tells whether an attacker holds a machine or would come back to it by itself. Truth.
    pub fn has_persistence(&self, host: HostId) -> bool {
        let stays =
            |c: &Campaign| c.footholds.iter().any(|f| f.host == host && (f.alive || self.returns(c, f)));
        self.state.campaigns.iter().any(stays)
    }

    /// Tells whether a foothold that is gone would come back by itself: because it was made persistent, or by another door.
    pub(crate) fn returns(&self, campaign: &Campaign, foothold: &Foothold) -> bool {
        let is_over = matches!(campaign.phase, Phase::Over(_));
        !is_over && (foothold.persistent || foothold.returning && self.has_door(campaign, foothold.host))
    }

    /// Tells whether a campaign could get back to a machine that it has held: with a stolen credential, from another machine
    /// that it holds, or by the machine's weakness.
    fn has_door(&self, campaign: &Campaign, host: HostId) -> bool {
        let neighbour = |f: usize| campaign.footholds[f].host != host && self.is_usable(campaign, f);
        let from_outside = || !self.is_site_blocked(campaign);
        campaign.credentials.iter().any(|&user| self.is_valid(campaign, user)) && from_outside()
            || (0..campaign.footholds.len()).any(neighbour)
            || self.is_vulnerable(host) && from_outside()
    }

    /// Draws whether a foothold is hidden from scans. Drawn per foothold and set of tools, the same for every defender.
    fn is_hidden(&self, index: u32, host: HostId, revived: u32) -> bool {
        let campaign = &self.state.campaigns[index as usize];
        let entity = u64::from(index) << 32 | u64::from(host.0);
        let serial = u64::from(campaign.tools) << 16 | u64::from(revived & 0xffff);
        let luck = Stream::new(self.state.seed, purpose::HIDDEN, entity).unit(serial);
        let effort = if campaign.tools > 0 { 2.0 } else { 1.0 };
        let hidden = self.plan.scenario.attacks[campaign.attack].hidden;
        luck < (hidden * effort * campaign.stealth).min(MOST_HIDDEN)
    }

    /// Hides a campaign's foothold on a machine, or not.
    pub(super) fn hide(&mut self, index: u32, host: HostId) {
        let foothold = |c: &Campaign| c.footholds.iter().position(|f| f.host == host);
        if let Some(f) = foothold(&self.state.campaigns[index as usize]) {
            let hidden =
                self.is_hidden(index, host, self.state.campaigns[index as usize].footholds[f].revived);
            self.state.campaigns[index as usize].footholds[f].hidden = hidden;
        }
    }

    /// Tells whether an attacker is at work on a machine from outside. Truth.
    pub fn is_under_attack(&self, host: HostId) -> bool {
        let at_work = |c: &Campaign| c.attempt.is_some_and(|a| a.from.is_none() && a.target == host);
        self.state.campaigns.iter().any(at_work)
    }

    /// Tells whether any attacker has a valid credential of an account.
    pub fn credential_compromised(&self, user: UserId) -> bool {
        self.state.campaigns.iter().any(|c| c.credentials.contains(&user))
    }

    pub(crate) fn gain_foothold(&mut self, index: u32, host: HostId, account: Option<UserId>) {
        let now = self.state.now;
        let footholds = &mut self.state.campaigns[index as usize].footholds;
        if let Some(f) = footholds.iter_mut().find(|f| f.host == host) {
            if f.alive {
                return;
            }
            *f = Foothold { alive: true, returning: false, account, revived: f.revived + 1, ..*f };
        } else {
            footholds.push(Foothold {
                host,
                admin: false,
                persistent: false,
                alive: true,
                hidden: false,
                returning: false,
                account,
                revived: 0,
            });
        }
        self.hide(index, host);
        self.state.compromises.push(CompromiseInterval {
            host,
            campaign: index,
            from: now,
            until: SimTime::NEVER,
        });
    }

    /// Ends all footholds on a machine. `roots_out` removes persistence too; otherwise persistent ones return.
    pub(crate) fn kill_footholds(&mut self, host: HostId, roots_out: bool) {
        for c in 0..self.state.campaigns.len() {
            for f in 0..self.state.campaigns[c].footholds.len() {
                let foothold = &mut self.state.campaigns[c].footholds[f];
                if foothold.host != host {
                    continue;
                }
                if roots_out {
                    let waited = std::mem::take(&mut foothold.persistent);
                    let waited = std::mem::take(&mut foothold.returning) || waited;
                    foothold.admin = false;
                    self.state.campaigns[c].ended_by_order |= waited;
                }
                self.end_foothold(c, f, !roots_out);
            }
        }
    }

    /// Ends a foothold, if it is alive. What was made persistent comes back by itself, by a way of its own; what was not may come
    /// back by another door, unless its machine is new.
    fn end_foothold(&mut self, c: usize, f: usize, may_return: bool) {
        let now = self.state.now;
        let campaign = &mut self.state.campaigns[c];
        let foothold = &mut campaign.footholds[f];
        if !foothold.alive {
            return;
        }
        campaign.ended_by_order = true;
        (foothold.alive, foothold.account) = (false, None);
        let Foothold { host, persistent, revived, .. } = *foothold;
        let attack = &self.plan.scenario.attacks[campaign.attack];
        // Told apart by machine, not by the order in which machines were taken: another defender, another order.
        let entity = (c as u64) << 32 | u64::from(host.0);
        let draws = Stream::new(self.state.seed, purpose::REVIVE, entity);
        let n = u64::from(revived);
        let by_door = may_return && draws.unit(1 << 32 | n) < attack.back_door;
        campaign.footholds[f].returning = by_door && !persistent;
        if persistent || by_door {
            let median = if persistent { REVIVE_MINUTES } else { attack.back_minutes };
            let minutes = median * f64::from(self.plan.distributions.effort.sample(draws.word(n)));
            let back = Event::FootholdRestored(c as u32, f as u32, revived);
            self.state.queue.push(now + Duration::from_seconds(minutes * 60.0), back);
        }
        let open =
            |h: &&mut CompromiseInterval| (h.host, h.campaign, h.until) == (host, c as u32, SimTime::NEVER);
        for interval in self.state.compromises.iter_mut().filter(open) {
            interval.until = now;
        }
        self.scare(c as u32);
    }

    /// A foothold comes back, unless it was rooted out meanwhile or its door is shut.
    pub(crate) fn restore_foothold(&mut self, index: u32, foothold: u32, before: u32) {
        let campaign = &self.state.campaigns[index as usize];
        let f = campaign.footholds[foothold as usize];
        if f.alive || f.revived != before {
            return;
        }
        if !self.returns(campaign, &f) {
            self.state.campaigns[index as usize].footholds[foothold as usize].returning = false;
            return;
        }
        let up = self.state.posture.down_until(f.host, self.state.now).unwrap_or(SimTime::ZERO);
        let later = up.max(campaign.still_until);
        if later > self.state.now {
            self.state.queue.push(later, Event::FootholdRestored(index, foothold, before));
            return;
        }
        self.gain_foothold(index, f.host, f.account);
        self.start_beacon(index, f.host);
        self.review_campaigns();
    }

    /// New credentials: stolen ones are worthless from now on, and footholds that rested on them end.
    pub(crate) fn invalidate_credentials(&mut self, user: UserId) {
        for c in 0..self.state.campaigns.len() {
            let campaign = &mut self.state.campaigns[c];
            let before = campaign.credentials.len();
            campaign.credentials.retain(|&u| u != user);
            let lost = campaign.credentials.len() < before;
            campaign.ended_by_order |= lost;
            for f in 0..campaign.footholds.len() {
                if self.state.campaigns[c].footholds[f].account == Some(user) {
                    self.end_foothold(c, f, false);
                }
            }
        }
    }

    /// Notes what access campaigns have, where it changed. Called after whatever may change it.
    pub(crate) fn review_campaigns(&mut self) {
        let now = self.state.now;
        for c in 0..self.state.campaigns.len() {
            if self.state.campaigns[c].phase == Phase::Dormant {
                continue;
            }
            // A siege that a block cuts off was ended by an order, whatever stood before.
            let besieging = self.is_besieging(c);
            let blocked = besieging && self.is_site_blocked(&self.state.campaigns[c]);
            let mut access = self.access(c);
            access.siege = besieging && !blocked;
            access.cut_off |= blocked;
            let campaign = &mut self.state.campaigns[c];
            campaign.ended_by_order |= blocked;
            let last = campaign.access.last().map_or(Access::default(), |&(_, last)| last);
            if access == last {
                continue;
            }
            match campaign.access.last_mut() {
                Some((time, last)) if *time == now => *last = access,
                _ => campaign.access.push((now, access)),
            }
        }
    }

    /// Returns what access a campaign has at the moment by what it took. A foothold whose channel is blocked counts: it still
    /// runs, and another channel is soon found.
    fn access(&self, campaign: usize) -> Access {
        let c = &self.state.campaigns[campaign];
        let posture = &self.state.posture;
        let reachable =
            |host: HostId| !posture.is_isolated(host) && !posture.is_being_rebuilt(host, self.state.now);
        let mut access = Access::default();
        for f in &c.footholds {
            let open = reachable(f.host) && f.account.is_none_or(|u| self.is_valid(c, u));
            let returns = self.returns(c, f);
            match (f.alive, open) {
                (true, true) => access.foothold = true,
                (false, true) if returns => access.persistence = true,
                (true, false) => access.cut_off = true,
                (false, false) if returns => access.cut_off = true,
                _ => {}
            }
        }
        for &user in &c.credentials {
            let accepted = self.is_valid(c, user);
            access.credential |= accepted;
            access.cut_off |= !accepted;
        }
        access
    }

    /// Tells whether a campaign harms the organisation from outside, without anything that it took from it, or would if it
    /// were not blocked.
    fn is_besieging(&self, campaign: usize) -> bool {
        let c = &self.state.campaigns[campaign];
        let from_outside = |s: usize| {
            let technique = self.technique(campaign as u32, s);
            let alone = technique.site == Site::Outside && !technique.needs.credential;
            alone && technique.kind == ThreatKind::Impact
        };
        c.phase == Phase::Active
            && c.first_success.is_some()
            && (0..c.steps.len()).any(|s| from_outside(s) && self.is_step_open(c, s))
    }
}
