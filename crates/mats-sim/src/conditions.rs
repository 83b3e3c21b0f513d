//! Conditions drawn anew in each episode, so that nothing can be learnt by heart: who is there, which machines are on,
//! which links are open, which weaknesses exist, how well sensors work. Exogenous: the same for every defender.

use crate::plan::Plan;
use crate::purpose;
use mats_core::random::{Generator, Stream};
use mats_core::telemetry::Service;
use mats_core::{HostId, SubnetId, UserId};
use mats_scenario::model::{HostRole, OptionalLink, Range, Reach, Sensor, Sensors, UserRole};
use rand::RngExt;
use rand_distr::{Bernoulli, Distribution, Uniform};
use serde::{Deserialize, Serialize};

/// Groups smaller than this are always complete: a scenario may hang on their only member.
const SMALL_GROUP: usize = 5;

/// One episode's conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// Quality of the sensors.
    pub sensors: Sensors,
    /// Flags of machines that have an open weakness; a column by [`HostId`].
    pub(crate) vulnerable: Vec<bool>,
    /// Flags of machines that are switched off all the time.
    off: Vec<bool>,
    /// Flags of people who are away.
    away: Vec<bool>,
    /// Flags of people who have no habits yet.
    pub(crate) new: Vec<bool>,
    /// Person whose work each one does besides their own, if any.
    pub(crate) also: Vec<UserId>,
    /// Hours by which people come earlier or later, at most.
    pub(crate) shift_hours: f64,
    /// Multiplies all benign activity.
    pub(crate) activity: f64,
    /// Multiplies what looks bad.
    pub(crate) noise: f64,
    /// Multiplies attackers' skill.
    pub(crate) skill: f64,
    /// Multiplies how long attackers take and pause.
    pub(crate) pace: f64,
    reach: Reach,
}

/// A number from a range, uniform.
pub(crate) fn between(range: Range, rng: &mut Generator) -> f64 {
    // Checked scenarios have ordered ranges; one of a single number is that number.
    Uniform::new_inclusive(range.0, range.1).map_or(range.0, |uniform| uniform.sample(rng))
}

/// Tells whether something of this probability happens; beyond 0 and 1 it never or always does.
fn happens(probability: f64, rng: &mut Generator) -> bool {
    Bernoulli::new(probability.clamp(0.0, 1.0)).is_ok_and(|chance| chance.sample(rng))
}

impl Conditions {
    /// Room for a scenario's conditions; [`Conditions::draw`] fills it.
    pub fn new(plan: &Plan) -> Conditions {
        Conditions {
            sensors: plan.scenario.sensors,
            vulnerable: Vec::new(),
            off: Vec::new(),
            away: Vec::new(),
            new: Vec::new(),
            also: Vec::new(),
            shift_hours: 0.0,
            activity: 1.0,
            noise: 1.0,
            skill: 1.0,
            pace: 1.0,
            reach: plan.scenario.reach.clone(),
        }
    }

    /// Draws the conditions of an episode.
    pub fn draw(&mut self, plan: &Plan, seed: u64) {
        let scenario = &plan.scenario;
        let ranges = &scenario.randomize;
        let rng = &mut Stream::new(seed, purpose::EPISODE, 1).at(0);
        self.activity = between(ranges.activity, rng);
        self.noise = between(ranges.noise, rng);
        self.skill = between(ranges.skill, rng);
        self.pace = between(ranges.pace, rng);
        self.shift_hours = between(ranges.shift_hours, rng);
        let (on, present) = (between(ranges.machines, rng), between(ranges.people, rng));
        let (newcomers, movers) = (between(ranges.newcomers, rng), between(ranges.movers, rng));
        self.draw_sensors(plan, seed);
        self.draw_machines(plan, seed, on);
        self.draw_people(plan, seed, present, newcomers, movers);
        self.reach.clone_from(&scenario.reach);
        // Within a segment everything is allowed, whatever links say.
        let optional = || scenario.reach.optional.iter().enumerate().filter(|(_, link)| link.from != link.to);
        let place = |link: &OptionalLink| link.from.index() * scenario.reach.subnets + link.to.index();
        for (_, link) in optional() {
            self.reach.services[place(link)] &= !link.services;
        }
        for (l, link) in optional() {
            if happens(link.probability, &mut Stream::new(seed, purpose::LINK, l as u64).at(0)) {
                self.reach.services[place(link)] |= link.services;
            }
        }
    }

    fn draw_sensors(&mut self, plan: &Plan, seed: u64) {
        let scenario = &plan.scenario;
        let rng = &mut Stream::new(seed, purpose::EPISODE, 3).at(0);
        let loss = between(scenario.randomize.sensor_loss, rng);
        let weak = between(scenario.randomize.vulnerable, rng);
        let worn = |s: Sensor| Sensor { coverage: (1.0 - (1.0 - s.coverage) * loss).clamp(0.0, 1.0), ..s };
        let base = scenario.sensors;
        self.sensors = Sensors {
            flows: worn(base.flows),
            events: worn(base.events),
            logins: worn(base.logins),
            config: worn(base.config),
        };
        self.vulnerable.clear();
        self.vulnerable.extend(scenario.hosts.iter().enumerate().map(|(h, host)| {
            let rng = &mut Stream::new(seed, purpose::VULNERABLE, h as u64).at(0);
            host.vulnerabilities.iter().any(|&(_, p)| happens(p * weak, rng))
        }));
    }

    fn draw_machines(&mut self, plan: &Plan, seed: u64, share: f64) {
        self.off.clear();
        self.off.extend(plan.scenario.hosts.iter().enumerate().map(|(h, host)| {
            let optional = host.role == HostRole::Workstation && plan.host_group(host.group) >= SMALL_GROUP;
            optional && !happens(share, &mut Stream::new(seed, purpose::PRESENCE, h as u64).at(0))
        }));
    }

    fn draw_people(&mut self, plan: &Plan, seed: u64, share: f64, newcomers: f64, movers: f64) {
        let users = &plan.scenario.users;
        self.away.clear();
        self.new.clear();
        self.also.clear();
        for (u, user) in users.iter().enumerate() {
            let rng = |n| Stream::new(seed, purpose::PEOPLE, u as u64).at(n);
            let person = user.role != UserRole::Service;
            self.away
                .push(person && plan.user_group(user.group) >= SMALL_GROUP && !happens(share, &mut rng(0)));
            self.new.push(person && happens(newcomers, &mut rng(1)));
            let other = rng(3).random_range(0..users.len() as u32) as usize;
            let moves = person && happens(movers, &mut rng(2)) && users[other].role != UserRole::Service;
            self.also.push(if moves && other != u { UserId(other as u32) } else { UserId::NONE });
        }
    }

    /// Tells whether a machine is switched on in this episode.
    pub fn is_on(&self, host: HostId) -> bool {
        !self.off[host.index()]
    }
    /// Tells whether somebody is away for the whole episode.
    pub fn is_away(&self, user: UserId) -> bool {
        self.away[user.index()]
    }
    /// Tells whether the network lets a segment open a service on another one.
    pub(crate) fn allows(&self, from: SubnetId, to: SubnetId, service: Service) -> bool {
        self.reach.allows(from, to, service)
    }
}
