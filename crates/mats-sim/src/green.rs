//! Users and machines going about their day. What they intend is exogenous: a keyed stream per actor decides
//! when it acts and what it does; the defender only changes what comes of it.

use crate::emit::{Act, Emitter};
use crate::plan::Plan;
use crate::purpose;
use crate::truth::Label;
use mats_core::random::{Generator, Stream, unit};
use mats_core::{DomainId, Duration, HostId, SimTime, UserId};
use mats_scenario::catalogue::{Behaviour, Emission, Template, When};
use mats_scenario::model::{UserRole, UserSpec};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Repetitions that go on for a while: a scan, a roll-out, a beacon, the noise of an attack step.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Job {
    /// What is repeated; its time is the next repetition's.
    pub act: Act,
    /// How it looks.
    pub template: Template,
    /// Repetitions left.
    pub left: u32,
    /// Mean pause between repetitions.
    pub gap: Duration,
    /// Where its draws come from.
    pub stream: Stream,
    /// Repetitions so far.
    pub done: u32,
    /// The foothold it depends on: (campaign, foothold, times it came back).
    pub foothold: Option<(u32, u32, u32)>,
}

/// The state of benign life.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Green {
    /// When each actor acts next.
    next: Vec<SimTime>,
    /// How often each actor acted.
    count: Vec<u32>,
    /// Whatever is going on, benign or not.
    pub jobs: Vec<Job>,
    /// Sum of the hashes of all intentions; a sum does not depend on the order of slices.
    pub intentions: u64,
}

/// Cumulative rates of every actor for one episode; derived from the seed, so not part of the state.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    offsets: Vec<u32>,
    cumulative: Vec<f32>,
}

impl Rates {
    /// Draws this episode's multipliers and sums up every actor's rates.
    pub fn reset(&mut self, plan: &Plan, seed: u64) {
        let rng = &mut Stream::new(seed, purpose::EPISODE, 1).at(0);
        let between = |(low, high): (f64, f64), rng: &mut Generator| low + (high - low) * rng.random::<f64>();
        let activity = between(plan.scenario.randomize.activity, rng);
        let noise = between(plan.scenario.randomize.noise, rng);
        self.offsets.clear();
        self.cumulative.clear();
        for actor in &plan.actors {
            self.offsets.push(self.cumulative.len() as u32);
            let mut sum = 0.0;
            for &(b, rate) in &actor.behaviours {
                let factor = if plan.scenario.behaviours[b as usize].looks_bad { noise } else { activity };
                sum += rate * factor as f32;
                self.cumulative.push(sum);
            }
        }
        self.offsets.push(self.cumulative.len() as u32);
    }

    fn of(&self, actor: usize) -> &[f32] {
        &self.cumulative[self.offsets[actor] as usize..self.offsets[actor + 1] as usize]
    }
}

fn stream(plan: &Plan, seed: u64, actor: usize, gap: bool) -> Stream {
    let users = plan.scenario.users.len();
    let purpose = match (actor < users, gap) {
        (true, false) => purpose::USER,
        (true, true) => purpose::USER_GAP,
        (false, false) => purpose::HOST,
        (false, true) => purpose::HOST_GAP,
    };
    Stream::new(seed, purpose, actor as u64)
}

fn pause(plan: &Plan, seed: u64, rates: &Rates, actor: usize, index: u32) -> Duration {
    let Some(&rate) = rates.of(actor).last() else { return Duration(u64::MAX) };
    if rate <= 0.0 {
        return Duration(u64::MAX);
    }
    let word = stream(plan, seed, actor, true).word(u64::from(index));
    Duration((plan.shapes.gap.sample(word) as f64 / rate as f64 * 3.6e9) as u64 + 1)
}

/// Whether a person or machine shows a behaviour at that time. People come and go a little differently every day.
fn is_active(plan: &Plan, seed: u64, actor: usize, when: When, time: SimTime) -> bool {
    if when == When::Always {
        return true;
    }
    let scenario = &plan.scenario;
    let seconds = u64::from(scenario.inventory.start_of_day) + time.0 / 1_000_000;
    let (day, clock) = (seconds / 86_400, seconds % 86_400);
    let weekend = (u64::from(scenario.weekday) + day) % 7 >= 5;
    let default = UserSpec { role: UserRole::Office, shift: (8 * 3600, 18 * 3600), activity: 1.0 };
    let spec = scenario.users.get(actor).unwrap_or(&default);
    let slack = if spec.role == UserRole::Traveller { 14_400.0 } else { 3_000.0 };
    let early = Stream::new(seed, purpose::SHIFT, actor as u64).unit(day) - 0.5;
    let shift = |edge: u32| (f64::from(edge) + early * slack) as u64;
    let working = !weekend && clock >= shift(spec.shift.0) && clock < shift(spec.shift.1);
    match when {
        When::Shift => {
            let lunch = (12 * 3600 + 900..13 * 3600).contains(&clock);
            working && !(lunch && Stream::new(seed, purpose::SHIFT, actor as u64).unit(seconds) < 0.6)
        }
        When::Night => !working,
        When::Always => true,
    }
}

fn between(range: (f64, f64), rng: &mut Generator) -> f64 {
    range.0 + (range.1 - range.0) * unit(rng.next_u64())
}

/// Emits the repetitions of an emission at once when they are over soon, or as a job.
pub fn launch(
    emitter: &mut Emitter<'_>,
    jobs: &mut Vec<Job>,
    emission: &Emission,
    act: Act,
    rng: &mut Generator,
    foothold: Option<(u32, u32, u32)>,
) {
    let count = rng.random_range(emission.count.0..=emission.count.1);
    let over = between(emission.over, rng);
    let act = Act { scale: between(emission.scale, rng) as f32 * act.scale, ..act };
    if over <= 60.0 {
        for _ in 0..count {
            let time = act.time + Duration::from_seconds(over * unit(rng.next_u64()));
            emitter.act(emission.template, &Act { time, ..act }, rng);
        }
        return;
    }
    // What happens later happens under what the defender has cut off by then.
    let late = if count <= 1 { over * unit(rng.next_u64()) } else { 0.0 };
    let act = Act { time: act.time + Duration::from_seconds(late), ..act };
    let gap = Duration::from_seconds(over / f64::from(count.max(1)));
    let stream = Stream::new(rng.next_u64(), purpose::JOB, act.tie);
    jobs.push(Job { act, template: emission.template, left: count, gap, stream, done: 0, foothold });
}

impl Green {
    /// Starts a new episode.
    pub fn reset(&mut self, plan: &Plan, seed: u64, rates: &Rates) {
        self.jobs.clear();
        self.intentions = 0;
        self.count.clear();
        self.count.resize(plan.actors.len(), 0);
        self.next.clear();
        self.next.extend((0..plan.actors.len()).map(|a| SimTime::ZERO + pause(plan, seed, rates, a, 0)));
    }

    /// Lets everybody act up to, not including, `end`.
    pub fn run(
        &mut self,
        emitter: &mut Emitter<'_>,
        rates: &Rates,
        seed: u64,
        end: SimTime,
        alive: impl Fn((u32, u32, u32)) -> bool,
    ) {
        for actor in 0..self.next.len() {
            while self.next[actor] < end {
                let (time, n) = (self.next[actor], self.count[actor]);
                self.occur(emitter, rates, seed, actor, n, time);
                self.count[actor] = n + 1;
                self.next[actor] = time + pause(emitter.plan, seed, rates, actor, n + 1);
            }
        }
        let mut at = 0;
        while at < self.jobs.len() {
            if Self::work(&mut self.jobs[at], emitter, end, &alive) {
                at += 1;
            } else {
                // Order is kept: jobs run in the order in which they began.
                self.jobs.remove(at);
            }
        }
    }

    /// Runs a job up to `end`; returns whether it goes on.
    fn work(
        job: &mut Job,
        emitter: &mut Emitter<'_>,
        end: SimTime,
        alive: &impl Fn((u32, u32, u32)) -> bool,
    ) -> bool {
        while job.act.time < end {
            if job.left == 0 || job.foothold.is_some_and(|f| !alive(f)) {
                return false;
            }
            let rng = &mut job.stream.at(u64::from(job.done));
            emitter.act(job.template, &job.act, rng);
            job.left -= 1;
            job.done += 1;
            let stretch = emitter.plan.shapes.gap.draw(rng) * 0.5 + 0.5;
            job.act.time += Duration((job.gap.0 as f64 * f64::from(stretch)) as u64 + 1);
        }
        true
    }

    fn occur(
        &mut self,
        emitter: &mut Emitter<'_>,
        rates: &Rates,
        seed: u64,
        actor: usize,
        n: u32,
        time: SimTime,
    ) {
        let plan = emitter.plan;
        let who = &plan.actors[actor];
        let rng = &mut stream(plan, seed, actor, false).at(u64::from(n));
        let cumulative = rates.of(actor);
        let mark = rng.random::<f32>() * cumulative[cumulative.len() - 1];
        let slot = cumulative.partition_point(|&c| c <= mark).min(cumulative.len() - 1);
        let index = who.behaviours[slot].0 as usize;
        let behaviour = &plan.scenario.behaviours[index];
        if !is_active(plan, seed, actor, behaviour.when, time) {
            return;
        }
        let what = Stream::new(time.0, actor as u32, u64::from(n)).word(index as u64);
        self.intentions = self.intentions.wrapping_add(what);
        let tie = (actor as u64) << 32 | u64::from(n);
        let act = Act {
            time,
            actor: who.host,
            other: None,
            user: who.user,
            site: DomainId::NONE,
            outside: false,
            scale: 1.0,
            label: Label::BENIGN,
            tie,
        };
        if who.user != UserId::NONE && emitter.posture.is_disabled(who.user) {
            // Whoever is locked out tries the password again now and then.
            if rng.random_bool(0.15) {
                emitter.act(Template::LoginFail, &act, rng);
            }
            return;
        }
        self.perform(emitter, actor, index, behaviour, act, rng);
    }

    fn perform(
        &mut self,
        emitter: &mut Emitter<'_>,
        actor: usize,
        index: usize,
        behaviour: &Behaviour,
        act: Act,
        rng: &mut Generator,
    ) {
        let visits = rng.random_range(behaviour.spread.0..=behaviour.spread.1);
        let targets = emitter.plan.targets(index, act.actor);
        let host_actor = act.user == UserId::NONE;
        let mut start = act.time;
        for visit in 0..visits {
            let other = pick_target(targets, act.actor, actor, index, visit, rng);
            let mut longest: f64 = 0.0;
            for emission in &behaviour.emits {
                let outside = is_from_outside(emission.template, host_actor, other, rng, emitter.plan, actor);
                let site = if outside { Plan::rare_site(rng.next_u64()) } else { DomainId::NONE };
                let act = Act { time: start, other, outside, site, ..act };
                launch(emitter, &mut self.jobs, emission, act, rng, None);
                longest = longest.max(emission.over.1);
            }
            start += Duration::from_seconds(longest * 0.7 + 1.0);
        }
    }
}

/// Whether a login comes from outside: machines that the internet reaches are knocked at all the time, and
/// travellers log in from wherever they are.
fn is_from_outside(
    template: Template,
    host_actor: bool,
    other: Option<HostId>,
    rng: &mut Generator,
    plan: &Plan,
    actor: usize,
) -> bool {
    if !matches!(template, Template::LoginFail | Template::LoginOk) {
        return template == Template::InboundRequest;
    }
    let draw = rng.random::<f32>();
    if host_actor {
        let host = plan.actors[actor].host;
        let exposed =
            plan.scenario.reach.from_internet[plan.scenario.inventory.host(host).subnet.index()] != 0;
        return exposed && other.is_none() && draw < 0.8;
    }
    plan.scenario.users[actor].role == UserRole::Traveller && draw < 0.7
}

/// The machine that an occurrence visits: usually a habitual one.
fn pick_target(
    targets: &[HostId],
    from: HostId,
    actor: usize,
    behaviour: usize,
    visit: u32,
    rng: &mut Generator,
) -> Option<HostId> {
    if targets.is_empty() {
        return None;
    }
    let habit = Stream::new(2, behaviour as u32, actor as u64).word(u64::from(visit));
    let word = if rng.random_bool(0.8) { habit } else { rng.next_u64() };
    let first = (word % targets.len() as u64) as usize;
    let found = targets[first];
    if found != from {
        return Some(found);
    }
    (targets.len() > 1).then(|| targets[(first + 1) % targets.len()])
}
