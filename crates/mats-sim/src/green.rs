//! Users and machines going about their day. What they intend is exogenous: a keyed stream per actor decides
//! when it acts and what it does; the defender only changes what comes of it.

use crate::conditions::{Conditions, between};
use crate::emit::{Activity, Emitter};
use crate::plan::Plan;
use crate::purpose;
use crate::truth::Label;
use mats_core::random::{Generator, Stream, unit};
use mats_core::{DomainId, Duration, HostId, SimTime, UserId};
use mats_scenario::catalogue::{Emission, Template, When};
use mats_scenario::model::UserRole;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Repetitions that go on for a while: a scan, a roll-out, a beacon, the noise of an attack step.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Job {
    /// Activity that is repeated; its time is the next repetition's.
    pub act: Activity,
    /// Template of what it looks like.
    pub template: Template,
    /// Repetitions left.
    pub left: u32,
    /// Mean pause between repetitions.
    pub gap: Duration,
    /// Stream that its draws come from.
    pub stream: Stream,
    /// Repetitions so far.
    pub done: u32,
    /// The foothold it depends on: (campaign, foothold, times it came back).
    pub foothold: Option<(u32, u32, u32)>,
}

/// The state of benign life.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Green {
    /// Time at which each actor acts next.
    next: Vec<SimTime>,
    /// Number of times each actor acted.
    count: Vec<u32>,
    /// Whatever is going on, benign or not.
    pub jobs: Vec<Job>,
    /// Sum of the hashes of all intentions; a sum does not depend on the order of slices.
    pub intentions: u64,
}

/// Rates of every actor's behaviours in one episode; derived from the seed, so not part of the state. Colleagues who live
/// alike share their rates: those of a large organisation stay in the processor's cache.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    /// Where each actor's rates begin and how many they are.
    places: Vec<(u32, u32)>,
    behaviours: Vec<u16>,
    cumulative: Vec<f32>,
    /// Places of the last different ones.
    recent: Vec<(u32, u32)>,
}

/// Number of different rates among which those of the next actor are looked for: more than a branch has roles.
const RECENT: usize = 32;

/// Share of somebody else's work that a mover does; share of its own that remains.
const MOVED: (f32, f32) = (0.5, 0.7);
/// Factor by which somebody new mistypes more often.
const CLUMSY: f32 = 3.0;

impl Rates {
    /// Sums up every actor's rates under an episode's conditions.
    pub fn reset(&mut self, plan: &Plan, conditions: &Conditions) {
        self.places.clear();
        self.behaviours.clear();
        self.cumulative.clear();
        self.recent.clear();
        let users = plan.scenario.users.len();
        for (a, actor) in plan.actors.iter().enumerate() {
            let begin = self.cumulative.len();
            let gone = !conditions.is_on(actor.host) || (a < users && conditions.is_away(actor.user));
            if gone {
                self.places.push((0, 0));
                continue;
            }
            let also = if a < users { conditions.also[a].some() } else { None };
            let new = a < users && conditions.new[a];
            let mut sum = 0.0;
            let own = actor.behaviours.iter().map(|&b| (b, if also.is_some() { MOVED.1 } else { 1.0 }));
            let theirs = also.iter().flat_map(|u| &plan.actors[u.index()].behaviours).map(|&b| (b, MOVED.0));
            // Not everything can be done from somebody else's segment.
            let theirs = theirs.filter(|&((b, _), _)| plan.is_possible(b as usize, actor.host));
            for ((b, rate), share) in own.chain(theirs) {
                let behaviour = &plan.scenario.behaviours[b as usize];
                let factor = if behaviour.looks_bad { conditions.noise } else { conditions.activity };
                let mistypes = || behaviour.emits.iter().any(|e| e.template == Template::LoginFail);
                let clumsy = if new && mistypes() { CLUMSY } else { 1.0 };
                sum += rate * factor as f32 * share * clumsy;
                self.cumulative.push(sum);
                self.behaviours.push(b);
            }
            self.share(begin);
        }
    }

    /// Gives the next actor the rates from `begin` on, or those of a colleague if they are the same.
    fn share(&mut self, begin: usize) {
        let own = (begin as u32, (self.cumulative.len() - begin) as u32);
        let same = |&&place: &&(u32, u32)| {
            let (theirs, mine) = (span(place), span(own));
            self.behaviours[theirs.clone()] == self.behaviours[mine.clone()]
                && self.cumulative[theirs] == self.cumulative[mine]
        };
        if let Some(&place) = self.recent.iter().find(same) {
            self.cumulative.truncate(begin);
            self.behaviours.truncate(begin);
            self.places.push(place);
            return;
        }
        self.recent.truncate(RECENT - 1);
        self.recent.insert(0, own);
        self.places.push(own);
    }

    fn range(&self, actor: usize) -> std::ops::Range<usize> {
        span(self.places[actor])
    }

    fn of(&self, actor: usize) -> &[f32] {
        &self.cumulative[self.range(actor)]
    }

    /// The behaviour behind a draw in [0, 1).
    fn pick(&self, actor: usize, draw: f32) -> usize {
        let cumulative = self.of(actor);
        let mark = draw * cumulative[cumulative.len() - 1];
        let slot = cumulative.partition_point(|&c| c <= mark).min(cumulative.len() - 1);
        self.behaviours[self.range(actor)][slot] as usize
    }
}

fn span((begin, length): (u32, u32)) -> std::ops::Range<usize> {
    begin as usize..(begin + length) as usize
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
    Duration(((plan.distributions.gap.sample(word) as f64 / rate as f64 * 3.6e9) as u64).saturating_add(1))
}

/// Tells whether a person or machine shows a behaviour at that time. People come and go a little differently every day,
/// and not in every episode as their shift says.
fn is_active(
    plan: &Plan,
    conditions: &Conditions,
    seed: u64,
    actor: usize,
    when: When,
    time: SimTime,
) -> bool {
    if when == When::Always {
        return true;
    }
    let scenario = &plan.scenario;
    let seconds = u64::from(scenario.inventory.start_of_day) + time.0 / 1_000_000;
    let (day, clock) = (seconds / 86_400, seconds % 86_400);
    let user = scenario.users.get(actor);
    let (start, end) = user.map_or((8 * 3600, 18 * 3600), |u| u.shift);
    // Whoever works past midnight still works yesterday's shift in the morning.
    let overnight = start > end;
    let noon = f64::from(start + end) / 2.0;
    let yesterday = u64::from(overnight && (clock as f64) < noon);
    let weekend = (u64::from(scenario.weekday) + 7 + day - yesterday) % 7 >= 5;
    let day = day.wrapping_sub(yesterday);
    let traveller = user.is_some_and(|u| u.role == UserRole::Traveller);
    let slack = if traveller { 14_400.0 } else { 3_000.0 };
    let stream = Stream::new(seed, purpose::SHIFT, actor as u64);
    let moved = (stream.unit(u64::MAX) * 2.0 - 1.0) * conditions.shift_hours * 3600.0;
    let early = (stream.unit(day) - 0.5) * slack + if user.is_some() { moved } else { 0.0 };
    let now = clock as f64 - early;
    let inside = if overnight {
        now >= f64::from(start) || now < f64::from(end)
    } else {
        now >= f64::from(start) && now < f64::from(end)
    };
    let working = inside && !weekend;
    match when {
        When::Shift => {
            // A break in the middle of the shift, which not everybody takes in full.
            let middle =
                f64::from(start) + f64::from((end + if overnight { 86_400 } else { 0 }) - start) * 0.5;
            let since = (now - middle + 1_350.0).rem_euclid(86_400.0);
            working && !(since < 2_700.0 && stream.unit(seconds) < 0.6)
        }
        When::Night => !working,
        When::Always => true,
    }
}

/// Emits the repetitions of an emission at once when they are over soon, or as a job. Each repetition draws from a
/// generator of its own: what the defence cuts off of one moves no other.
pub fn launch(
    emitter: &mut Emitter<'_>,
    jobs: &mut Vec<Job>,
    emission: &Emission,
    act: Activity,
    rng: &mut Generator,
    foothold: Option<(u32, u32, u32)>,
) {
    let count = rng.random_range(emission.count.0..=emission.count.1);
    let over = between(emission.over, rng);
    let act = Activity { scale: between(emission.scale, rng) as f32 * act.scale, ..act };
    let stream = Stream::new(rng.next_u64(), purpose::JOB, act.tie);
    if over <= 60.0 {
        for repetition in 0..count {
            let rng = &mut stream.at(u64::from(repetition));
            let time = act.time + Duration::from_seconds(over * unit(rng.next_u64()));
            emitter.act(emission.template, &Activity { time, ..act }, rng);
        }
        return;
    }
    // What happens later happens under what the defender has cut off by then.
    let late = if count <= 1 { over * unit(rng.next_u64()) } else { 0.0 };
    let act = Activity { time: act.time + Duration::from_seconds(late), ..act };
    let gap = Duration::from_seconds(over / f64::from(count.max(1)));
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
        // Order is kept: jobs run in the order in which they began.
        self.jobs.retain_mut(|job| Self::work(job, emitter, end, &alive));
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
            let stretch = emitter.plan.distributions.gap.draw(rng) * 0.5 + 0.5;
            emitter.act(job.template, &job.act, rng);
            job.left -= 1;
            job.done += 1;
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
        let draws = Stream::new(stream(plan, seed, actor, false).word(u64::from(n)), purpose::VISIT, 0);
        let index = rates.pick(actor, draws.unit(u64::MAX) as f32);
        let behaviour = &plan.scenario.behaviours[index];
        if !is_active(plan, emitter.conditions, seed, actor, behaviour.when, time) {
            return;
        }
        let tie = (actor as u64) << 32 | u64::from(n);
        let act = Activity {
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
        let needed = behaviour.when != When::Night;
        let connected = emitter.posture.is_connected(who.host, time);
        let disabled = emitter.disabled_for(who.user).filter(|_| connected);
        if !connected && needed {
            emitter.failed.push((who.host, plan.host_fee[who.host.index()]));
        } else if let Some(decided) = disabled {
            if needed {
                emitter.failed.push((decided, plan.user_fee[who.user.index()]));
            }
            // Whoever is locked out tries the password again now and then.
            let rng = &mut draws.at(u64::MAX - 1);
            if rng.random_bool(0.15) {
                emitter.act(Template::LoginFail, &act, rng);
            }
        }
        self.perform(emitter, actor, index, act, draws, disabled.is_some());
    }

    /// Visits that an occurrence consists of, each with draws of its own; whoever is locked out only intends them.
    fn perform(
        &mut self,
        emitter: &mut Emitter<'_>,
        actor: usize,
        index: usize,
        act: Activity,
        draws: Stream,
        disabled: bool,
    ) {
        let plan = emitter.plan;
        let behaviour = &plan.scenario.behaviours[index];
        let spread = behaviour.spread;
        let visits = spread.0 + (draws.unit(u64::MAX - 2) * f64::from(spread.1 - spread.0 + 1)) as u32;
        let targets = plan.targets(index, act.actor);
        let host_actor = act.user == UserId::NONE;
        let mut start = act.time;
        for visit in 0..visits {
            let rng = &mut draws.at(u64::from(visit));
            let other = pick_target(emitter, targets, act.actor, actor, index, visit, rng);
            let whom = other.map_or(u64::MAX, |h| u64::from(h.0));
            let what = Stream::new(act.time.0 ^ act.tie, index as u32, u64::from(visit)).word(whom);
            self.intentions = self.intentions.wrapping_add(what);
            if disabled {
                continue;
            }
            let absent = |h: &HostId| !emitter.posture.is_connected(*h, act.time);
            if let Some(there) = other.filter(|h| behaviour.when != When::Night && absent(h)) {
                emitter.failed.push((there, plan.host_fee[there.index()]));
            }
            let mut longest: f64 = 0.0;
            for emission in &behaviour.emits {
                let outside = is_from_outside(emission.template, host_actor, other, rng, plan, actor);
                let site = match outside {
                    true => Plan::rare_site(rng.next_u64()),
                    false if behaviour.one_place => plan.agent_site(emitter.seed, act.actor, index),
                    false => DomainId::NONE,
                };
                let act = Activity { time: start, other, outside, site, ..act };
                launch(emitter, &mut self.jobs, emission, act, rng, None);
                longest = longest.max(emission.over.1);
            }
            start += Duration::from_seconds(longest * 0.7 + 1.0);
        }
    }
}

/// Tells whether an act comes from outside: machines that the internet reaches are knocked at all the time, people work
/// from home and read their mail on the way, and travellers log in from wherever they are. Passwords fail there at
/// home, too, until an account is locked.
fn is_from_outside(
    template: Template,
    host_actor: bool,
    other: Option<HostId>,
    rng: &mut Generator,
    plan: &Plan,
    actor: usize,
) -> bool {
    let host = plan.actors[actor].host;
    let travels = || plan.scenario.users[actor].role == UserRole::Traveller;
    let reached = || if host_actor { plan.is_exposed(host) && other.is_none() } else { travels() };
    let share = match template {
        Template::InboundRequest | Template::PortProbe => 1.0,
        Template::LoginFail if host_actor && reached() => 1.0,
        Template::LoginFail | Template::LoginOk if reached() => 0.75,
        Template::AccountLock if reached() => 0.5,
        Template::MailOpen | Template::MailRule if host_actor && plan.is_mail_open(host) => 0.8,
        _ => return false,
    };
    rng.random::<f32>() < share
}

/// The machine that an occurrence visits: usually a habitual one, unless one is new here; none that is switched off.
fn pick_target(
    emitter: &Emitter<'_>,
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
    let entity = (actor as u64) << 16 | behaviour as u64;
    let habit = Stream::new(emitter.seed, purpose::HABIT, entity).word(u64::from(visit));
    let new = emitter.conditions.new.get(actor).copied().unwrap_or(false);
    let word = if rng.random_bool(0.8) && !new { habit } else { rng.next_u64() };
    let first = (word % targets.len() as u64) as usize;
    let around = (0..targets.len()).map(|k| targets[(first + k) % targets.len()]);
    around.take(16).find(|&h| h != from && emitter.conditions.is_on(h))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colleagues_who_live_alike_share_rates() {
        let mut rates = Rates::default();
        for (behaviour, rate) in [(3, 1.0), (3, 2.0), (3, 1.0), (4, 1.0)] {
            let begin = rates.cumulative.len();
            rates.behaviours.extend([behaviour, 9]);
            rates.cumulative.extend([rate, rate + 1.0]);
            rates.share(begin);
        }
        assert_eq!(rates.cumulative.len(), 6);
        assert_eq!(rates.of(1), [2.0, 3.0]);
        assert_eq!(rates.of(2), [1.0, 2.0]);
        assert_eq!([0, 1, 2, 3].map(|actor| rates.pick(actor, 0.0)), [3, 3, 3, 4]);
        assert_eq!([0, 1, 2, 3].map(|actor| rates.pick(actor, 0.9)), [9; 4]);
    }
}
