//! One running episode.

use crate::conditions::Conditions;
use crate::cost::{CostKind, Ledger};
use crate::emit::{Emitter, Pending, Telemetry};
use crate::event::{Event, Queue};
use crate::green::{Green, Rates};
use crate::orders::Blue;
use crate::plan::Plan;
use crate::posture::Posture;
use crate::purpose;
use crate::red::Campaign;
use crate::sessions::Sessions;
use crate::truth::{CampaignReport, CompromiseInterval, Label, MaliciousActivity};
use mats_core::random::{Stream, fnv1a};
use mats_core::telemetry::Indicator;
use mats_core::{HostId, SimTime, SubnetId, ThreatKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// State that changes during an episode. Restored mid-episode, it continues to the same bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// See [`episode_seed`].
    pub(crate) seed: u64,
    pub(crate) now: SimTime,
    pub(crate) queue: Queue,
    pub(crate) green: Green,
    pub(crate) campaigns: Vec<Campaign>,
    pub(crate) blue: Blue,
    pub(crate) posture: Posture,
    pub(crate) ledger: Ledger,
    pub(crate) conditions: Conditions,
    pub(crate) feed: Vec<Indicator>,
    pub(crate) pending: Vec<Pending>,
    #[serde(rename = "touches")]
    pub(crate) activities: Vec<MaliciousActivity>,
    #[serde(rename = "holds")]
    pub(crate) compromises: Vec<CompromiseInterval>,
    /// Decoys that were come upon and not told of yet: when, where, from which machine.
    decoys_touched: Vec<(SimTime, SubnetId, HostId)>,
    pub(crate) sessions: Sessions,
    /// Sessions that the defence made fail and that were not charged yet: where to book them, and what they cost.
    failed: Vec<(HostId, f32)>,
    pub(crate) accrued: SimTime,
    pub(crate) settled: bool,
}

/// The seed behind every draw of an episode: that which users give, and the scenario's name, or worlds that have nothing to
/// do with each other would share attackers' addresses, their hours and whether they come at all. Nothing else of the
/// scenario enters, so that variants of one name meet the same users and attackers.
fn episode_seed(name: &str, seed: u64) -> u64 {
    Stream::new(seed, purpose::SCENARIO, fnv1a(name.as_bytes())).word(0)
}

/// A network under attack.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) plan: Arc<Plan>,
    pub(crate) state: State,
    pub(crate) depths: Vec<Vec<u32>>,
    pub(crate) ends: Vec<Vec<Vec<usize>>>,
    // Derived or scratch; not part of the state.
    rates: Rates,
    keys: Vec<(SimTime, u64, u32)>,
    /// The latest time of each malicious activity and those before it in the list.
    latest: Vec<SimTime>,
}

impl World {
    /// A world at the start of the episode with seed 0.
    pub fn new(plan: Arc<Plan>) -> World {
        let conditions = Conditions::new(&plan);
        let state = State {
            seed: 0,
            now: SimTime::ZERO,
            queue: Queue::default(),
            green: Green::default(),
            campaigns: Vec::new(),
            blue: Blue::default(),
            posture: Posture::default(),
            ledger: Ledger::default(),
            conditions,
            feed: Vec::new(),
            pending: Vec::new(),
            activities: Vec::new(),
            compromises: Vec::new(),
            decoys_touched: Vec::new(),
            sessions: Sessions::default(),
            failed: Vec::new(),
            accrued: SimTime::ZERO,
            settled: false,
        };
        let (rates, keys, latest) = (Rates::default(), Vec::new(), Vec::new());
        let mut world = World { plan, state, depths: Vec::new(), ends: Vec::new(), rates, keys, latest };
        world.compile_depths();
        world.reset(0);
        world
    }

    /// Starts the episode of a seed.
    pub fn reset(&mut self, seed: u64) {
        self.start(seed, true);
    }

    /// Starts the benign twin of a seed's episode: the same people, machines, sensors and wrong entries of the feed, but
    /// none of its campaigns.
    pub fn reset_benign(&mut self, seed: u64) {
        self.start(seed, false);
    }

    fn start(&mut self, seed: u64, attacked: bool) {
        let plan = self.plan.clone();
        let scenario = &plan.scenario;
        let seed = episode_seed(&scenario.name, seed);
        let state = &mut self.state;
        state.seed = seed;
        (state.now, state.accrued, state.settled) = (SimTime::ZERO, SimTime::ZERO, false);
        state.queue.clear();
        state.pending.clear();
        state.activities.clear();
        state.compromises.clear();
        state.decoys_touched.clear();
        state.sessions.reset(scenario.hosts.len());
        state.failed.clear();
        state.feed.clear();
        state.posture.reset(scenario.hosts.len(), scenario.users.len());
        state.blue.reset(scenario.response.analysts);
        state.conditions.draw(&plan, seed);
        self.latest.clear();
        self.rates.reset(&plan, &state.conditions);
        state.green.reset(&plan, seed, &self.rates);
        crate::red::draw(scenario, seed, &state.conditions, &mut state.campaigns);
        if !attacked {
            state.campaigns.clear();
        }
        state.ledger.reset(scenario.hosts.len(), state.campaigns.len());
        for (index, campaign) in state.campaigns.iter().enumerate() {
            state.green.intentions = state.green.intentions.wrapping_add(campaign.intention());
            state.queue.push(campaign.onset, Event::CampaignStart(index as u32));
        }
        self.draw_feed();
    }

    /// Conditions that were drawn for this episode.
    pub fn conditions(&self) -> &Conditions {
        &self.state.conditions
    }
    /// The scenario, compiled.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }
    /// The present.
    pub fn now(&self) -> SimTime {
        self.state.now
    }
    /// Time at which the episode ends.
    pub fn horizon(&self) -> SimTime {
        SimTime::ZERO + self.plan.scenario.horizon
    }
    /// Posture: what the defender has cut off.
    pub fn posture(&self) -> &Posture {
        &self.state.posture
    }
    /// Orders and analysts.
    pub fn blue(&self) -> &Blue {
        &self.state.blue
    }
    /// Costs up to the present.
    pub fn ledger(&self) -> &Ledger {
        &self.state.ledger
    }
    /// A number that stands for everything that users and attackers have intended so far: the same for every
    /// defender.
    pub fn intentions(&self) -> u64 {
        self.state.green.intentions
    }
    /// A copy of the state, to be restored into any world with the same plan.
    pub fn snapshot(&self) -> State {
        self.state.clone()
    }
    /// Continues from a state.
    pub fn restore(&mut self, state: State) {
        self.rates.reset(&self.plan, &state.conditions);
        self.state = state;
        self.latest.clear();
        self.date_activities();
    }

    /// Lets the world run up to `until` (at most the horizon), and appends what sensors delivered by then.
    pub fn advance(&mut self, until: SimTime, out: &mut Telemetry) {
        let until = until.min(self.horizon());
        loop {
            let next = self.state.queue.next_time().min(until);
            self.live_until(next);
            let Some(event) = self.state.queue.pop_due(until) else { break };
            self.handle(event);
        }
        self.accrue(until);
        self.state.posture.forget_returned(until);
        self.review_campaigns();
        self.date_activities();
        self.deliver(until, out);
    }

    /// Notes up to when the list of malicious activities has come, as it is only roughly in order of time.
    fn date_activities(&mut self) {
        let mut latest = self.latest.last().copied().unwrap_or(SimTime::ZERO);
        for activity in &self.state.activities[self.latest.len()..] {
            latest = latest.max(activity.time);
            self.latest.push(latest);
        }
    }

    /// Reports of what became of every campaign so far. Truth.
    pub fn campaigns(&self) -> impl Iterator<Item = CampaignReport<'_>> + '_ {
        (0..self.state.campaigns.len()).map(|c| self.report(c))
    }
    /// Malicious activities on machines, roughly in order of time. Truth.
    pub fn malicious_activities(&self) -> &[MaliciousActivity] {
        &self.state.activities
    }
    /// Intervals during which attackers controlled machines. Truth.
    pub fn compromise_intervals(&self) -> &[CompromiseInterval] {
        &self.state.compromises
    }
    /// Campaigns in full. Truth, for the oracle.
    pub fn attackers(&self) -> &[Campaign] {
        &self.state.campaigns
    }
    /// The kind of threat that a label shows as. Truth.
    pub fn kind_of(&self, label: Label) -> Option<ThreatKind> {
        let (campaign, step) = label.campaign_step()?;
        let scenario = &self.plan.scenario;
        let step = &scenario.attacks[self.state.campaigns[campaign as usize].attack].steps[step as usize];
        Some(scenario.techniques[step.technique].kind)
    }
    /// Ground truth of a window of a machine, as an auditor finds out: the kind of threat, or none; `None` where even
    /// that leaves doubt.
    pub fn ground_truth(&self, host: HostId, from: SimTime, to: SimTime) -> Option<Option<ThreatKind>> {
        let inside = |t: SimTime| t > from && t <= to;
        let over = self.latest.partition_point(|&t| t <= from);
        let last =
            self.malicious_activities()[over..].iter().rev().find(|t| t.host == host && inside(t.time));
        if let Some(activity) = last {
            return Some(self.kind_of(activity.label));
        }
        let silent =
            self.compromise_intervals().iter().any(|h| h.host == host && h.from <= to && h.until >= from);
        (!silent).then_some(None)
    }

    pub(crate) fn emitter<'a>(plan: &'a Plan, state: &'a mut State) -> (Emitter<'a>, &'a mut Green) {
        let State {
            posture,
            conditions,
            pending,
            activities,
            decoys_touched,
            sessions,
            failed,
            green,
            seed,
            ..
        } = state;
        let seed = *seed;
        (
            Emitter {
                plan,
                posture,
                seed,
                conditions,
                out: pending,
                activities,
                decoys_touched,
                sessions,
                failed,
            },
            green,
        )
    }

    /// Benign life and running noise up to `end`.
    fn live_until(&mut self, end: SimTime) {
        let plan = self.plan.clone();
        let seed = self.state.seed;
        // Lent while benign life runs, which reads of attackers only whether their programs still do.
        let campaigns = std::mem::take(&mut self.state.campaigns);
        let (mut emitter, green) = World::emitter(&plan, &mut self.state);
        let alive = |(c, f, revived): (u32, u32, u32)| {
            let campaign: &Campaign = &campaigns[c as usize];
            let foothold = &campaign.footholds[f as usize];
            foothold.alive && foothold.revived == revived
        };
        green.run(&mut emitter, &self.rates, seed, end, alive);
        self.state.campaigns = campaigns;
        let State { failed, ledger, .. } = &mut self.state;
        for (host, fee) in failed.drain(..) {
            ledger.add(CostKind::Disruption, host, f64::from(fee));
        }
        self.state.now = end;
        self.state.decoys_touched.sort_unstable();
        for i in 0..self.state.decoys_touched.len() {
            let (time, subnet, host) = self.state.decoys_touched[i];
            self.decoy_touched(subnet, host, time);
        }
        self.state.decoys_touched.clear();
    }

    fn handle(&mut self, event: Event) {
        // Whatever it changes is charged from now on.
        self.accrue(self.state.now);
        match event {
            Event::OrderDone(id) => self.finish_order(id),
            Event::CampaignStart(c) => self.start_campaign(c),
            Event::StepDone(c, serial) => self.step_done(c, serial),
            Event::FootholdRestored(c, f, before) => self.restore_foothold(c, f, before),
            Event::CampaignResume(c, serial) => self.resume_campaign(c, serial),
            Event::Publish(entry) => self.publish(entry),
            Event::DecoyRemoved(subnet) => self.state.posture.decoys.retain(|decoy| decoy.subnet != subnet),
        }
    }

    /// Hands over what has arrived by `until`, in the order (arrival, entity, occurrence, position).
    fn deliver(&mut self, until: SimTime, out: &mut Telemetry) {
        self.keys.clear();
        for (i, p) in self.state.pending.iter().enumerate() {
            if p.record.arrival <= until {
                self.keys.push((p.record.arrival, p.tie, i as u32));
            }
        }
        self.keys.sort_unstable();
        for &(.., i) in &self.keys {
            let pending = &self.state.pending[i as usize];
            out.records.push(pending.record);
            out.labels.push(pending.label);
        }
        self.state.pending.retain(|p| p.record.arrival > until);
    }

    /// Machines that a campaign acted on or from.
    fn hosts_touched(&self, campaign: u32) -> usize {
        let mine = |t: &&MaliciousActivity| t.label.campaign_step().is_some_and(|(c, _)| c == campaign);
        let mut hosts: Vec<_> = self.state.activities.iter().filter(mine).map(|t| t.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts.len()
    }

    fn report(&self, index: usize) -> CampaignReport<'_> {
        let c = &self.state.campaigns[index];
        let last_attempt = c.tried.last().map_or(c.onset, |t| t.ended.map_or(self.state.now, |(at, _)| at));
        CampaignReport {
            attack: c.attack,
            onset: c.onset,
            first_success: c.first_success,
            last_attempt,
            objective: c.objective,
            goal_share: c.goal_share(&self.plan.scenario),
            access: &c.access,
            ended_by_order: c.ended_by_order,
            hosts_touched: self.hosts_touched(index as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::Duration;
    use std::path::Path;

    #[test]
    fn the_truth_of_a_window_is_that_of_the_whole_list() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/two-at-once.toml");
        let scenario = mats_scenario::load(&file).expect("the scenario is shipped");
        let mut world = World::new(Arc::new(Plan::new(scenario)));
        let (window, mut telemetry, mut seen) = (Duration::from_minutes(5), Telemetry::default(), 0);
        while world.now() < world.horizon() {
            telemetry.clear();
            let from = world.now();
            world.advance(from + window, &mut telemetry);
            let to = world.now();
            for host in (0..world.plan.scenario.hosts.len() as u32).map(HostId) {
                let inside = |t: &&MaliciousActivity| t.host == host && t.time > from && t.time <= to;
                let last = world.malicious_activities().iter().rev().find(inside);
                let kind = last.map(|t| world.kind_of(t.label));
                seen += usize::from(kind.is_some());
                let found = world.ground_truth(host, from, to);
                assert!(found == kind || (kind.is_none() && found == Some(None)), "{host:?} at {to:?}");
            }
        }
        assert!(seen > 10, "{seen}");
    }
}
