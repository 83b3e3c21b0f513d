//! The state of one campaign.

use crate::conditions::{Conditions, between};
use crate::plan::Plan;
use crate::purpose;
use mats_core::random::{Generator, Stream};
use mats_core::{Access, DomainId, Duration, HostId, SimTime, UserId};
use mats_scenario::Scenario;
use mats_scenario::catalogue::Grant;
use rand::{Rng, RngExt};
use rand_distr::weighted::WeightedIndex;
use rand_distr::{Distribution, Uniform};
use serde::{Deserialize, Serialize};

/// Number of times a campaign goes back to a step whose gain it has lost.
const REPLANS: u32 = 6;

/// Phase of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Yet to begin.
    Dormant,
    /// Under way.
    Active,
    /// Ended: given up, or with nothing left to do.
    Over(SimTime),
}

/// Control of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Foothold {
    /// The machine.
    pub host: HostId,
    /// Flag: with administrative rights.
    pub admin: bool,
    /// Flag: comes back when it is killed.
    pub persistent: bool,
    /// Flag: runs at the moment.
    pub alive: bool,
    /// Flag: scans cannot find it.
    pub hidden: bool,
    /// Flag: was killed, and comes back by another door while there is one.
    pub returning: bool,
    /// The account it depends on, if any: gone when that is disabled or reset.
    pub account: Option<UserId>,
    /// Number of times it came back.
    pub revived: u32,
}

/// Progress of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Number of targets on which it succeeded.
    pub done: u32,
    /// Number of targets on which it shall succeed.
    pub goal: u32,
    /// Failed attempts since the last success.
    pub failures: u32,
    /// Given up.
    pub exhausted: bool,
    /// Opened again for what it had granted, whatever it leads to.
    pub again: bool,
    /// Preference among equally deep steps; higher first.
    pub preference: u32,
    /// Number of targets that was drawn, whatever becomes of the goal, and successes that count towards it: what an
    /// objective is measured by.
    pub drawn: u32,
    pub achieved: u32,
}

impl Progress {
    /// Share of the drawn number of targets that was achieved, at most 1. A step that was drawn no target is done.
    pub fn share(&self) -> f64 {
        f64::from(self.achieved.min(self.drawn)) / f64::from(self.drawn.max(1))
    }
}

impl Progress {
    /// Tells whether it succeeded as often as it was to.
    pub(crate) fn is_done(&self) -> bool {
        self.done >= self.goal
    }
}

/// A step being carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub step: usize,
    pub from: Option<HostId>,
    pub target: HostId,
    pub account: Option<UserId>,
    /// Flag: the target is none that the step names, but on the way to one.
    pub detour: bool,
}

/// End of an attempt at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Success.
    Succeeded,
    /// Failure by bad luck or for want of skill.
    Failed,
    /// The defender had got in the way.
    Hindered,
    /// Encounter with a decoy.
    Lured,
}

impl Ending {
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["succeeded", "failed", "hindered", "lured"][self as usize]
    }
}

/// An attempt at a step, kept for those who look back at an episode. No decision rests on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Position among the attack's steps.
    pub step: usize,
    /// The machine it went out from; `None` from outside.
    pub from: Option<HostId>,
    /// The machine it was aimed at.
    pub target: HostId,
    /// The account it used, if any.
    pub account: Option<UserId>,
    /// Time at which it began.
    pub begun: SimTime,
    /// Time and manner of its end; `None` while it lasts.
    pub ended: Option<(SimTime, Ending)>,
}

/// One run of an attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Position in the scenario's attacks.
    pub attack: usize,
    /// Time at which it begins to try.
    pub onset: SimTime,
    /// Multiplies success probabilities.
    pub skill: f64,
    /// Multiplies pauses and durations, divides what is emitted.
    pub stealth: f64,
    /// Multiplies pauses and durations, too: the episode's pace, and whoever is skilled is quick.
    pub(crate) pace: f64,
    /// Probability of reacting when the defender visibly got in the way.
    pub(crate) caution: f64,
    /// Number of times the campaign was scared, and time until which it keeps still.
    pub(crate) scares: u32,
    pub(crate) still_until: SimTime,
    /// Number of times it changed its tools, and the account that it does not use any more if it has another.
    pub(crate) tools: u32,
    pub(crate) shunned: Option<UserId>,
    /// Steps that may be opened again, and machines taken that no step names.
    pub(crate) replans: u32,
    pub(crate) detours: u32,
    pub(crate) patience: Duration,
    pub(crate) phase: Phase,
    pub(crate) steps: Vec<Progress>,
    pub(crate) last_step: Option<usize>,
    pub(crate) attempt: Option<Attempt>,
    pub(crate) attempts: u32,
    pub(crate) wakes: u32,
    /// Minutes of pause, before its traits stretch them, since the last attempt.
    pub(crate) rested: f64,
    /// Machines under control, now or once.
    pub footholds: Vec<Foothold>,
    /// Stolen credentials that are still valid unless the account is disabled.
    pub credentials: Vec<UserId>,
    /// Those among them that only open the way in that brought them along.
    pub(crate) brought: Vec<UserId>,
    /// Accounts that it ever used or stole.
    pub accounts: Vec<UserId>,
    /// Site that it calls home to and comes from.
    pub site: DomainId,
    pub(crate) sites_used: u32,
    pub(crate) channel: bool,
    pub(crate) reentries: u32,
    pub(crate) last_progress: SimTime,
    pub(crate) first_success: Option<SimTime>,
    pub(crate) objective: Option<SimTime>,
    /// Flag: an order of the defender ended something of it.
    pub(crate) ended_by_order: bool,
    /// Moments at which its access changed, each with what it was from then on. Truth.
    pub access: Vec<(SimTime, Access)>,
    pub(crate) hit: Vec<(usize, HostId)>,
    /// Every attempt so far, in order. Truth.
    pub tried: Vec<Tried>,
}

/// One of several, by weights; the first where none weighs anything.
fn choose(weights: impl Iterator<Item = f64>, rng: &mut Generator) -> usize {
    WeightedIndex::new(weights).map_or(0, |index| index.sample(rng))
}

/// Draws what the episode's campaigns set out to do: exogenous, the same for every defender.
pub(crate) fn draw_campaigns(
    scenario: &Scenario,
    seed: u64,
    conditions: &Conditions,
    out: &mut Vec<Campaign>,
) {
    out.clear();
    let rng = &mut Stream::new(seed, purpose::EPISODE, 2).at(0);
    let count = choose(scenario.campaigns.count.iter().copied(), rng);
    if scenario.attacks.is_empty() {
        return;
    }
    for index in 0..count {
        let rng = &mut Stream::new(seed, purpose::CAMPAIGN, index as u64).at(0);
        let chosen = choose(scenario.attacks.iter().map(|a| a.weight), rng);
        let attack = &scenario.attacks[chosen];
        let (first, last) = scenario.campaigns.onset;
        let onset = Uniform::new_inclusive(first.0, last.0).map_or(first.0, |onset| onset.sample(rng));
        let onset = SimTime(onset);
        let steps = attack.steps.iter().map(|step| {
            let goal = rng.random_range(step.repeat.0..=step.repeat.1);
            Progress { goal, drawn: goal, preference: rng.next_u32(), ..Progress::default() }
        });
        let steps = steps.collect();
        let skill = between(attack.skill, rng) * conditions.skill;
        out.push(Campaign {
            attack: chosen,
            onset,
            skill,
            stealth: between(attack.stealth, rng),
            pace: conditions.pace / skill.max(0.05).sqrt(),
            patience: Duration::from_seconds(between(attack.patience_hours, rng) * 3600.0),
            caution: between(attack.caution, rng),
            scares: 0,
            still_until: SimTime::ZERO,
            tools: 0,
            shunned: None,
            replans: REPLANS,
            detours: attack.detours,
            phase: Phase::Dormant,
            steps,
            last_step: None,
            attempt: None,
            attempts: 0,
            wakes: 0,
            rested: 0.0,
            footholds: Vec::new(),
            credentials: Vec::new(),
            brought: Vec::new(),
            accounts: Vec::new(),
            site: site(seed, index as u32, 0),
            sites_used: 0,
            channel: false,
            reentries: attack.reentries,
            last_progress: onset,
            first_success: None,
            objective: None,
            ended_by_order: false,
            access: Vec::new(),
            hit: Vec::new(),
            tried: Vec::new(),
        });
    }
}

/// The n-th site that a campaign uses: any of those that hardly anybody visits.
pub(crate) fn site(seed: u64, campaign: u32, index: u32) -> DomainId {
    Plan::rare_site(Stream::new(seed, purpose::SITE, u64::from(campaign)).word(u64::from(index)))
}

impl Campaign {
    /// Thrown out, it starts over: what a lost foothold or credential had made possible has to be done again, also
    /// where it was done before. What is finished for good (data taken, machines encrypted) stays so.
    pub(crate) fn begin_anew(&mut self, scenario: &Scenario) {
        let steps = &scenario.attacks[self.attack].steps;
        let broke = self.stolen().next().is_none();
        let lost = |s: usize| {
            let grants = &scenario.techniques[steps[s].technique].grants;
            let gone = |g: &Grant| match g {
                Grant::Foothold | Grant::Admin | Grant::Persistence | Grant::Channel => true,
                Grant::Credential => broke,
            };
            steps[s].after.is_empty() || grants.iter().any(gone)
        };
        for (s, progress) in self.steps.iter_mut().enumerate() {
            if lost(s) {
                (progress.done, progress.exhausted, progress.failures) = (0, false, 0);
                progress.again = false;
                // A goal that was raised to go back for something counted what was done before.
                progress.goal = progress.goal.min(steps[s].repeat.1);
            }
        }
        self.hit.retain(|&(s, _)| !lost(s));
    }

    /// Credentials that open any door: all but those that a way in brought along for itself alone.
    pub(crate) fn stolen(&self) -> impl Iterator<Item = UserId> + '_ {
        self.credentials.iter().copied().filter(|user| !self.brought.contains(user))
    }

    /// Tells whether it is under way. Truth.
    pub fn is_active(&self) -> bool {
        self.phase == Phase::Active
    }

    /// Share of the goal that was done by the objective step that is furthest, at most 1.
    pub(crate) fn goal_share(&self, scenario: &Scenario) -> f64 {
        let steps = scenario.attacks[self.attack].steps.iter().zip(&self.steps);
        let shares = steps.filter(|(step, _)| step.objective).map(|(_, progress)| progress.share());
        shares.fold(0.0, f64::max)
    }

    /// Time at which its first step that is no preparation succeeded. Truth.
    pub fn first_success(&self) -> Option<SimTime> {
        self.first_success
    }

    /// A number that stands for everything the campaign set out to do.
    pub(crate) fn intention(&self) -> u64 {
        let mut hash =
            Stream::new(self.onset.0, self.attack as u32, u64::from(self.site.0)).word(self.patience.0);
        for number in [self.skill, self.stealth, self.pace, self.caution].map(f64::to_bits) {
            hash = Stream::new(hash, 0, number).word(0);
        }
        for step in &self.steps {
            hash = Stream::new(hash, step.goal, u64::from(step.preference)).word(0);
        }
        hash
    }
}
