//! The one executor of all attacks.

use super::campaign::{Attempt, Campaign, Ending, Phase, Tried};
use super::lottery::Lottery;
use super::targets;
use crate::cost::CostKind;
use crate::emit::Activity;
use crate::event::Event;
use crate::green::launch;
use crate::purpose;
use crate::truth::Label;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{Duration, HostId, UserId};
use mats_scenario::catalogue::{Emission, Grant, Site, Template};
use rand::RngExt;

/// Median minutes between beacons of a foothold.
const BEACON_MINUTES: (f64, f64) = (4.0, 25.0);
/// Probability that a loud attacker who looks for targets where a decoy stands falls for it, and the stealth from which on
/// none does: who takes its time looks twice.
const DECOY_LURE: f64 = 0.4;
const SEES_DECOYS: f64 = 1.5;
/// Median minutes an attacker waits when it can do nothing.
const IDLE_MINUTES: f64 = 30.0;
/// For how long a logon leaves a password on a machine.
const SESSION: Duration = Duration::from_hours(8);
/// The entity number of attackers in the order of records: behind all users and machines.
const ENTITY: u64 = 1 << 24;

impl World {
    /// Lets a campaign look for something to do, `minutes` (times its stealth) from now.
    fn resume_after(&mut self, index: u32, minutes: f64) {
        let campaign = &mut self.state.campaigns[index as usize];
        campaign.wakes += 1;
        campaign.rested += minutes;
        let word = Stream::new(self.state.seed, purpose::CAMPAIGN, u64::from(index))
            .word(1 << 20 | u64::from(campaign.wakes));
        let effort = f64::from(self.plan.distributions.effort.sample(word));
        let pause = minutes * campaign.stealth * campaign.pace * effort;
        let time = self.state.now + Duration::from_seconds(pause * 60.0);
        self.state.queue.push(time.max(campaign.still_until), Event::CampaignResume(index, campaign.wakes));
    }

    pub(crate) fn start_campaign(&mut self, index: u32) {
        self.state.campaigns[index as usize].phase = Phase::Active;
        self.resume_campaign(index, 0);
    }

    pub(crate) fn resume_campaign(&mut self, index: u32, serial: u32) {
        let campaign = &self.state.campaigns[index as usize];
        if campaign.phase != Phase::Active || campaign.attempt.is_some() || serial != campaign.wakes {
            return;
        }
        if self.state.now < campaign.still_until {
            self.state.queue.push(campaign.still_until, Event::CampaignResume(index, serial));
            return;
        }
        if self.state.now.since(campaign.last_progress) > campaign.patience {
            return self.give_up(index);
        }
        match self.next_attempt(index) {
            Some(attempt) if self.has_rested(index, &attempt) => self.begin(index, attempt),
            Some(_) => {}
            None => self.adapt(index),
        }
    }

    /// The pause before a step, in minutes before the campaign's traits stretch them.
    fn pause_before(&self, campaign: &Campaign, step: usize) -> f64 {
        self.plan.scenario.attacks[campaign.attack].steps[step].pause.seconds() / 60.0
    }

    /// An attempt has ended, and at least so many minutes pass before the next: as many as it has before it.
    fn rest(&mut self, index: u32, least: f64) {
        let campaign = &self.state.campaigns[index as usize];
        let next = self.next_attempt(index);
        let pause = next.map_or(0.0, |attempt| self.pause_before(campaign, attempt.step));
        self.resume_after(index, pause.max(least));
    }

    /// Tells whether the pause before an attempt is over; where it is not, for instance as something else was to be done
    /// next when it began, waits for the rest of it. Nothing comes before the very first attempt.
    fn has_rested(&mut self, index: u32, attempt: &Attempt) -> bool {
        let campaign = &self.state.campaigns[index as usize];
        let lack = self.pause_before(campaign, attempt.step) - campaign.rested;
        // Sums of minutes may miss by the last bit.
        let rested = campaign.attempts == 0 || lack <= 1e-6;
        if !rested {
            self.resume_after(index, lack);
        }
        rested
    }

    /// Nothing can be done at the moment: another address, a step back or round, another way in, patience, or the end.
    fn adapt(&mut self, index: u32) {
        let campaign = &self.state.campaigns[index as usize];
        let blocked = self.is_site_blocked(campaign);
        let asleep = campaign.footholds.iter().any(|f| f.alive || self.returns(campaign, f));
        let finished = !(0..campaign.steps.len()).any(|s| self.is_wanted(campaign, s));
        // Whoever had a success and can do nothing more, its site being blocked, was stopped by an order.
        let stopped = blocked && !finished && campaign.first_success.is_some();
        self.state.campaigns[index as usize].ended_by_order |= stopped;
        if blocked && self.change_address(index) {
            self.review_campaigns();
            self.resume_after(index, IDLE_MINUTES);
        } else if !finished && self.go_back(index) {
            self.resume_after(index, IDLE_MINUTES / 3.0);
        } else if let Some(attempt) = self.detour(index).filter(|_| !finished) {
            if self.has_rested(index, &attempt) {
                self.state.campaigns[index as usize].detours -= 1;
                self.begin(index, attempt);
            }
        } else if asleep && !finished {
            self.resume_after(index, IDLE_MINUTES);
        } else if !asleep && !finished && self.state.campaigns[index as usize].reentries > 0 {
            let campaign = &mut self.state.campaigns[index as usize];
            campaign.reentries -= 1;
            campaign.begin_anew(&self.plan.scenario);
            self.resume_after(index, 2.0 * IDLE_MINUTES);
        } else {
            self.give_up(index);
        }
    }

    fn give_up(&mut self, index: u32) {
        self.state.campaigns[index as usize].phase = Phase::Over(self.state.now);
        self.review_campaigns();
    }

    fn begin(&mut self, index: u32, attempt: Attempt) {
        let now = self.state.now;
        let campaign = &mut self.state.campaigns[index as usize];
        let step = &self.plan.scenario.attacks[campaign.attack].steps[attempt.step];
        campaign.attempts += 1;
        campaign.rested = 0.0;
        if let Some(user) = attempt.account.filter(|u| !campaign.accounts.contains(u)) {
            campaign.accounts.push(user);
        }
        campaign.attempt = Some(attempt);
        campaign.last_step = Some(attempt.step);
        let Attempt { step: number, from, target, account, .. } = attempt;
        campaign.tried.push(Tried { step: number, from, target, account, begun: now, ended: None });
        let serial = campaign.attempts;
        let draws = Stream::new(self.state.seed, purpose::ATTEMPT, u64::from(index));
        let effort = f64::from(self.plan.distributions.effort.sample(draws.word(u64::from(serial) << 2)));
        let minutes = (step.minutes * effort * campaign.stealth * campaign.pace).max(0.2);
        self.state.queue.push(now + Duration::from_seconds(minutes * 60.0), Event::StepDone(index, serial));
        if self.state.campaigns[index as usize].attempts == 1 {
            self.announce_site(index);
        }
        self.make_noise(index, attempt, minutes * 60.0);
    }

    /// Launches what a step emits while it lasts.
    fn make_noise(&mut self, index: u32, attempt: Attempt, seconds: f64) {
        let campaign = &self.state.campaigns[index as usize];
        let (serial, stealth, site) = (campaign.attempts, campaign.stealth, campaign.site);
        let step = &self.plan.scenario.attacks[campaign.attack].steps[attempt.step];
        let technique = step.technique;
        let actor = attempt.from.unwrap_or(attempt.target);
        let other = (attempt.target != actor).then_some(attempt.target);
        let from_outside = self.plan.scenario.techniques[technique].site == Site::Outside;
        let foothold = attempt.from.and_then(|host| {
            let f = campaign.footholds.iter().position(|f| f.host == host)?;
            Some((index, f as u32, campaign.footholds[f].revived))
        });
        let owner = self.plan.scenario.inventory.host(actor).owner;
        let act = Activity {
            time: self.state.now,
            actor,
            other,
            user: attempt.account.unwrap_or(owner),
            site,
            outside: false,
            scale: 1.0,
            label: Label::of(index, attempt.step as u32),
            tie: (ENTITY + u64::from(index)) << 32 | u64::from(serial),
        };
        // Whoever only gets ready has not touched a machine, unless a sensor there could see it.
        if !self.technique(index, attempt.step).is_preparation() {
            self.note_activity(actor, act.label);
            if let Some(other) = other {
                self.note_activity(other, act.label);
            }
        }
        for e in 0..self.plan.scenario.techniques[technique].emits.len() {
            let emission = &self.plan.scenario.techniques[technique].emits[e];
            let entity = u64::from(index) << 32 | u64::from(serial) << 8 | e as u64;
            let rng = &mut Stream::new(self.state.seed, purpose::JOB, entity).at(0);
            // The quiet ones do less of everything, the loud ones not so much more that others never do as much, and
            // nobody is busy for longer than the step takes.
            let loudness = (1.0 / stealth.sqrt()).min(1.3);
            let count = |n: u32| ((f64::from(n) * loudness).round() as u32).max(1);
            let late = rng.random::<f64>() * 0.3 * seconds;
            let left = seconds - late;
            let quiet = Emission {
                template: emission.template,
                count: (count(emission.count.0), count(emission.count.1)),
                scale: emission.scale,
                over: (emission.over.0.min(left), emission.over.1.min(left)),
            };
            // What goes outside in the name of a habit of the user or the machine is not the attacker's own site.
            let site = match emission.template {
                Template::WebVisit | Template::MailSend | Template::DnsBurst => mats_core::DomainId::NONE,
                _ => site,
            };
            let outside = from_outside && can_come_from_outside(&self.plan, actor, emission.template);
            let act = Activity { time: self.state.now + Duration::from_seconds(late), site, outside, ..act };
            let plan = self.plan.clone();
            let (mut emitter, green) = World::emitter(&plan, &mut self.state);
            launch(&mut emitter, &mut green.jobs, &quiet, act, rng, foothold);
        }
    }

    /// A foothold that calls home from time to time.
    pub(crate) fn start_beacon(&mut self, index: u32, host: HostId) {
        let campaign = &self.state.campaigns[index as usize];
        let Some(f) = campaign.footholds.iter().position(|f| f.host == host) else { return };
        if !campaign.channel {
            return;
        }
        let revived = campaign.footholds[f].revived;
        let foothold = Some((index, f as u32, revived));
        let calls = |job: &crate::green::Job| job.foothold == foothold && job.act.site == campaign.site;
        if self.state.green.jobs.iter().any(|job| job.template == Template::Beacon && calls(job)) {
            return;
        }
        let visit = u64::from(campaign.sites_used) << 4 | u64::from(revived & 15);
        let entity = u64::from(index) << 40 | u64::from(host.0) << 12 | visit;
        let stream = Stream::new(self.state.seed, purpose::JOB, entity);
        let minutes = BEACON_MINUTES.0 + (BEACON_MINUTES.1 - BEACON_MINUTES.0) * stream.unit(u64::MAX);
        let step = campaign.last_step.unwrap_or(0) as u32;
        let act = Activity {
            time: self.state.now + Duration::from_seconds(60.0 * minutes * stream.unit(u64::MAX - 1)),
            actor: host,
            other: None,
            user: UserId::NONE,
            site: campaign.site,
            outside: false,
            scale: 1.0,
            label: Label::of(index, step),
            tie: (ENTITY + u64::from(index)) << 32 | 1 << 31 | u64::from(host.0),
        };
        self.state.green.jobs.push(crate::green::Job {
            act,
            template: Template::Beacon,
            left: u32::MAX,
            gap: Duration::from_seconds(minutes * 60.0),
            stream,
            done: 0,
            foothold,
        });
    }

    pub(crate) fn step_done(&mut self, index: u32, serial: u32) {
        let campaign = &self.state.campaigns[index as usize];
        let Some(attempt) = campaign.attempt.filter(|_| campaign.attempts == serial) else { return };
        let step = &self.plan.scenario.attacks[campaign.attack].steps[attempt.step];
        let draws = Stream::new(self.state.seed, purpose::ATTEMPT, u64::from(index));
        let lucky = draws.unit(u64::from(serial) << 2 | 1) < (step.success * campaign.skill).min(0.98);
        let (retries, hindered) = (step.retries, self.is_hindered(index, &attempt));
        let lured = self.is_lured(index, &attempt, draws.unit(u64::from(serial) << 2 | 2));
        let now = self.state.now;
        let preparation = self.technique(index, attempt.step).is_preparation();
        let campaign = &mut self.state.campaigns[index as usize];
        campaign.attempt = None;
        let ending = match () {
            () if hindered => Ending::Hindered,
            () if lured => Ending::Lured,
            () if lucky => Ending::Succeeded,
            () => Ending::Failed,
        };
        // One attempt at a time: it is the last that was begun.
        if let Some(tried) = campaign.tried.last_mut() {
            tried.ended = Some((now, ending));
        }
        if lucky && !hindered && !lured {
            // The clock starts when something succeeds in the organisation.
            if !preparation {
                campaign.first_success.get_or_insert(now);
            }
            campaign.last_progress = now;
            let progress = &mut campaign.steps[attempt.step];
            progress.failures = 0;
            if !attempt.detour {
                progress.done += 1;
                progress.achieved += 1;
                campaign.hit.push((attempt.step, attempt.target));
            }
            self.succeed(index, &attempt);
            self.review_campaigns();
            self.rest(index, 0.5);
        } else {
            // A machine on the way that cannot be taken says nothing about those that the step is for.
            if !attempt.detour {
                let progress = &mut campaign.steps[attempt.step];
                progress.failures += 1;
                progress.exhausted |= progress.failures > retries;
            }
            campaign.ended_by_order |= hindered && campaign.first_success.is_some();
            if hindered || lured {
                self.scare(index);
            }
            self.review_campaigns();
            self.rest(index, 5.0);
        }
    }

    /// Tells whether the defender got in the way of a running step.
    fn is_hindered(&self, index: u32, attempt: &Attempt) -> bool {
        let campaign = &self.state.campaigns[index as usize];
        let technique = self.technique(index, attempt.step);
        let now = self.state.now;
        let from_gone = attempt.from.is_some_and(|host| {
            let f = campaign.footholds.iter().position(|f| f.host == host);
            f.is_none_or(|f| !self.is_usable(campaign, f))
        });
        let blocked = technique.site == Site::Outside && self.is_site_blocked(campaign);
        let account_gone = attempt.account.is_some_and(|u| {
            // Whoever comes from outside with a leaked password only holds it once it has worked.
            let leaked = technique.site == Site::Outside && self.is_leaked(u, attempt.target);
            !self.is_valid(campaign, u) && !leaked
        });
        from_gone
            || blocked
            || account_gone
            || !self.state.posture.is_connected(attempt.target, now)
            || (technique.needs.vulnerability && !self.is_vulnerable(attempt.target))
    }

    /// Tells whether the attacker falls for a decoy; whoever watches it hears of it.
    fn is_lured(&mut self, index: u32, attempt: &Attempt, luck: f64) -> bool {
        let Some(from) = attempt.from.filter(|_| self.technique(index, attempt.step).site == Site::Remote)
        else {
            return false;
        };
        let subnet = self.plan.scenario.inventory.host(attempt.target).subnet;
        let stealth = self.state.campaigns[index as usize].stealth;
        let lure = DECOY_LURE * (SEES_DECOYS - stealth).clamp(0.0, 1.0);
        let lured = luck < lure && self.state.posture.has_decoy(subnet);
        if lured {
            self.decoy_touched(subnet, from, self.state.now);
        }
        lured
    }

    pub(super) fn technique(&self, index: u32, step: usize) -> &mats_scenario::catalogue::Technique {
        let scenario = &self.plan.scenario;
        &scenario.techniques
            [scenario.attacks[self.state.campaigns[index as usize].attack].steps[step].technique]
    }

    fn succeed(&mut self, index: u32, attempt: &Attempt) {
        let (now, target) = (self.state.now, attempt.target);
        let scenario = &self.plan.scenario;
        let attack = &scenario.attacks[self.state.campaigns[index as usize].attack];
        let step = &attack.steps[attempt.step];
        let technique = &scenario.techniques[step.technique];
        let (grants, objective) = (technique.grants.clone(), step.objective);
        let objective_share = attack.objective_share;
        let preparation = technique.is_preparation();
        let scale = scenario.reward.damage_scale[scenario.inventory.host(target).class as usize];
        let damage = step.damage * scale;
        self.state.ledger.add(CostKind::Damage, target, damage);
        if !preparation {
            self.note_activity(target, Label::of(index, attempt.step as u32));
        }
        if grants.contains(&Grant::Credential)
            || (technique_account(attempt) && grants.contains(&Grant::Foothold))
        {
            let user = attempt.account.or_else(|| self.victim(index, target));
            let attack = &self.plan.scenario.attacks[self.state.campaigns[index as usize].attack];
            let only_brought = !attack.keeps_passwords && !grants.contains(&Grant::Credential);
            let Campaign { credentials, accounts, brought, .. } = &mut self.state.campaigns[index as usize];
            brought.retain(|&u| only_brought || Some(u) != user);
            brought.extend(user.filter(|u| only_brought && !credentials.contains(u)));
            for list in [credentials, accounts] {
                if let Some(user) = user.filter(|u| !list.contains(u)) {
                    list.push(user);
                }
            }
        }
        for grant in grants {
            let campaign = &mut self.state.campaigns[index as usize];
            let foothold = campaign.footholds.iter_mut().find(|f| f.host == target);
            match (grant, foothold) {
                (Grant::Foothold, _) => {
                    let leaked = attempt.account.filter(|_| attempt.from.is_none());
                    self.gain_foothold(index, target, leaked);
                    self.start_beacon(index, target);
                }
                (Grant::Admin, Some(f)) => f.admin = true,
                (Grant::Persistence, Some(f)) => f.persistent = true,
                (Grant::Channel, Some(_)) => {
                    campaign.channel = true;
                    self.start_beacon(index, target);
                }
                // By way of a neighbour that is not held: the machine it goes out from has the channel.
                (Grant::Channel, None) => {
                    campaign.channel = true;
                    if let Some(from) = attempt.from {
                        self.start_beacon(index, from);
                    }
                }
                _ => {}
            }
        }
        if objective && !attempt.detour {
            let campaign = &mut self.state.campaigns[index as usize];
            // Whoever encrypts the first of fourteen machines because it cannot get further has not got what it came for.
            if campaign.steps[attempt.step].share() >= objective_share {
                campaign.objective.get_or_insert(now);
            }
        }
    }

    /// Picks the account whose credential is stolen on a machine: any of those who logged on there lately, or its owner's. Where
    /// nobody did, some administrator's, who set it up.
    fn victim(&self, index: u32, host: HostId) -> Option<UserId> {
        let inventory = &self.plan.scenario.inventory;
        let draws = Stream::new(self.state.seed, purpose::TARGET, u64::from(index) << 40 | u64::from(host.0));
        let lottery = Lottery::new(draws.word(2), 0);
        let owner = inventory.host(host).owner.some();
        let logged_on = self.state.sessions.on(host, self.state.now - SESSION);
        let admins = || (0..inventory.users.len() as u32).map(UserId).filter(|&u| inventory.user(u).admin);
        lottery
            .draw(logged_on.chain(owner), |u| u.0, |_| true)
            .or_else(|| lottery.draw(admins(), |u| u.0, |_| true))
    }

    fn note_activity(&mut self, host: HostId, label: Label) {
        crate::emit::note_activity(&mut self.state.activities, self.state.now, host, label);
    }

    pub(crate) fn compile_depths(&mut self) {
        let attacks = &self.plan.scenario.attacks;
        self.depths = attacks.iter().map(|a| targets::depths(&a.steps)).collect();
        self.ends = attacks.iter().map(|a| targets::ends(&a.steps)).collect();
    }
}

/// An attempt made with an account that was not stolen here holds that account once it works.
fn technique_account(attempt: &Attempt) -> bool {
    attempt.account.is_some() && attempt.from.is_none()
}

/// Tells whether what an outsider does on a machine shows as coming from outside: where the internet reaches the
/// machine, or its owner travels. Elsewhere whoever uses the account sits at the machine, as an insider does. Mail is
/// read from outside where a mail server lets people do so.
fn can_come_from_outside(plan: &crate::plan::Plan, host: HostId, template: Template) -> bool {
    match template {
        Template::LoginFail | Template::LoginOk | Template::AccountLock => plan.is_reached_from_outside(host),
        Template::MailOpen | Template::MailRule => plan.is_mail_open(host),
        other => other == Template::InboundRequest,
    }
}
