//! A checked scenario: names resolved to ids, groups expanded, ranges verified. The simulator trusts it.

use crate::attack::Attack;
use crate::catalogue::{Behaviour, Technique};
pub use crate::roles::{HostRole, Range, UserRole};
use mats_core::telemetry::Service;
use mats_core::{Action, Duration, HostId, Inventory, SubnetId};
use serde::{Deserialize, Serialize};

/// Scenario: everything the simulator needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Short name, as in the file name.
    pub name: String,
    /// One line.
    pub title: String,
    /// Description of what it teaches.
    pub description: String,
    /// Length of an episode.
    pub horizon: Duration,
    /// Day of the week on which an episode begins; 0 is Monday.
    pub weekday: u8,
    /// Hosts, users, segment names: what a defender knows too.
    pub inventory: Inventory,
    /// Specification of each host; a column by [`HostId`].
    pub hosts: Vec<HostSpec>,
    /// Specification of each user; a column by [`mats_core::UserId`].
    pub users: Vec<UserSpec>,
    /// Reachability: which segment may open which service towards which.
    pub reach: Reach,
    /// Weaknesses that hosts may have.
    pub vulnerabilities: Vec<Vulnerability>,
    /// Benign life: routine and the things that look bad.
    pub behaviours: Vec<Behaviour>,
    /// The techniques that attack steps refer to.
    pub techniques: Vec<Technique>,
    /// Attacks, one of which each campaign carries out.
    pub attacks: Vec<Attack>,
    /// Number of campaigns, and when they begin.
    pub campaigns: Campaigns,
    /// The threat intelligence feed.
    pub intel: Intel,
    /// Sensors: what they miss and how late they are.
    pub sensors: Sensors,
    /// Response: what defenders can do.
    pub response: Response,
    /// Reward: what things cost.
    pub reward: Reward,
    /// Ranges of what is drawn anew per episode.
    pub randomize: Randomize,
}

impl Scenario {
    /// The attacks that can occur: none where no campaign is ever drawn.
    pub fn possible_attacks(&self) -> &[Attack] {
        let quiet = self.campaigns.count.iter().skip(1).all(|&p| p == 0.0);
        if quiet { &[] } else { &self.attacks }
    }

    /// Hosts with one of the given roles, in id order; all hosts when `roles` is empty.
    pub fn hosts_with(&self, roles: &[HostRole]) -> Vec<HostId> {
        let fits = |r: HostRole| roles.is_empty() || roles.contains(&r);
        (0..self.hosts.len()).filter(|&h| fits(self.hosts[h].role)).map(|h| HostId(h as u32)).collect()
    }
}

/// Specification of a host: what it is for and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostSpec {
    /// Position of the `[[host]]` it was written as.
    pub group: usize,
    /// Role of the host.
    pub role: HostRole,
    /// Services it offers.
    pub services: Vec<Service>,
    /// Positions in [`Scenario::vulnerabilities`] with the probability that this host has them.
    pub vulnerabilities: Vec<(usize, f64)>,
}

/// A person's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSpec {
    /// Position of the `[[user]]` it was written as.
    pub group: usize,
    /// Role of the person.
    pub role: UserRole,
    /// Usual start and end of work, seconds after midnight; over midnight if the end comes first.
    pub shift: (u32, u32),
    /// Multiplies how much the person does; 1 is usual.
    pub activity: f64,
}

/// Reachability: which segment may open which services towards which. Default deny, but a segment reaches itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// Number of segments.
    pub subnets: usize,
    /// One bit per service, row-major: `from * subnets + to`.
    pub services: Vec<u16>,
    /// Links that are there in some episodes only.
    pub optional: Vec<OptionalLink>,
    /// Services that the internet may open towards each segment, one bit each.
    pub from_internet: Vec<u16>,
    /// True for each segment that may talk to the internet.
    pub to_internet: Vec<bool>,
}

/// A link that is there with some probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OptionalLink {
    /// Segment that it leads from.
    pub from: SubnetId,
    /// Segment that it leads to.
    pub to: SubnetId,
    /// Services that no certain link allows, one bit each.
    pub services: u16,
    /// Probability that it is there in an episode.
    pub probability: f64,
}

impl Reach {
    /// Tells whether a host in `from` may open `service` on a host in `to`.
    pub fn allows(&self, from: SubnetId, to: SubnetId, service: Service) -> bool {
        self.services[from.index() * self.subnets + to.index()] >> (service as u16) & 1 == 1
    }
    /// Tells whether the internet may open `service` on a host in `to`.
    pub fn internet_allows(&self, to: SubnetId, service: Service) -> bool {
        self.from_internet[to.index()] >> (service as u16) & 1 == 1
    }
}

/// A weakness that a host may have until it is patched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// CVE id.
    pub id: String,
    /// The service it sits in.
    pub service: Service,
}

/// Number of campaigns an episode has, and when they begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaigns {
    /// Probability of none, one, two, … campaigns; sums to 1.
    pub count: Vec<f64>,
    /// A campaign begins uniformly within this span of the episode.
    pub onset: (Duration, Duration),
    /// Time before the end of the episode during which nothing of a campaign may have stood for it to count as evicted,
    /// or as contained.
    pub evicted_after: Duration,
}

/// The threat intelligence feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intel {
    /// Probability that an attacker's address or domain ever appears.
    pub coverage: f64,
    /// Hours from first use to appearance: exponential with this mean.
    pub delay_hours: f64,
    /// Wrong entries per day: they name places that users visit.
    pub false_per_day: f64,
    /// Hours for which an entry is valid.
    pub lifetime_hours: f64,
}

/// One kind of sensor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sensor {
    /// Probability that something is recorded at all.
    pub coverage: f64,
    /// Seconds until it reaches the collector: exponential with this mean.
    pub delay_seconds: f64,
}

/// Sensors: what they miss and how late they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sensors {
    /// Network flows.
    pub flows: Sensor,
    /// System event logs.
    pub events: Sensor,
    /// Logins.
    pub logins: Sensor,
    /// Configuration changes.
    pub config: Sensor,
}

/// Specification of one action.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ActionSpec {
    /// Median minutes until done; log-normal with log-standard deviation 0.3.
    pub minutes: f64,
    /// Probability that it does not work.
    pub failure: f64,
    /// Cost of each use, in the scenario's unit.
    pub cost: f64,
}

/// Response: what defenders can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Specification of each action, in the order of [`Action::ALL`].
    pub actions: Vec<ActionSpec>,
    /// Number of analysts who work at once.
    pub analysts: u32,
    /// Probability that an analyst judges wrongly.
    pub analyst_error: f64,
    /// Probability that a scan finds a live foothold.
    pub scan_detects: f64,
    /// Probability that a scan sees one where there is none.
    pub scan_false: f64,
    /// Most disruptive actions per hour.
    pub max_per_hour: u32,
    /// Actions that need a verified threat.
    pub approval: Vec<Action>,
    /// How long a decoy stands.
    pub decoy_stands: Duration,
    /// A quiet organisation is looked over this often.
    pub patrol: Duration,
    /// A threat that was acted on is presented again after this long.
    pub recheck: Duration,
    /// A threat is not presented again before this long.
    pub min_interval: Duration,
}

/// How decisions are credited; see the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Credit {
    /// With the world's next cost.
    Global,
    /// With the cost of their own incident until it closes.
    Incident,
}

/// Reward: what things cost, in the scenario's own unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reward {
    /// The unit, for tables.
    pub unit: String,
    /// An hour of an analyst.
    pub analyst_hour: f64,
    /// Share of a machine's hourly value that an hour of a live foothold costs.
    pub foothold_share: f64,
    /// An hour of a stolen account that is accepted: anybody's, an administrator's.
    pub account_hour: [f64; 2],
    /// Multiplies one-off damage by the class of the machine it happens on.
    pub damage_scale: [f64; 3],
    /// Share of a machine's or account's hourly value that is charged outside working hours.
    pub night: f64,
    /// Hours of a machine's work that killing a program there costs.
    pub kill_hours: f64,
    /// Hours of an account's work that its new credentials cost.
    pub reset_hours: f64,
    /// An hour of a decoy.
    pub decoy_hour: f64,
    /// Somebody's visit that a block prevents.
    pub blocked_visit: f64,
    /// Hours more for which what is left standing at the horizon is charged, in a straight line less and less.
    pub settlement_hours: f64,
    /// Time constant of the discount exp(−Δt/τ), hours.
    pub tau_hours: f64,
    /// Scale of the potential that shapes rewards; 0 switches shaping off.
    pub shaping: f64,
    /// Default way that decisions are credited.
    pub credit: Credit,
}

/// Ranges of what is drawn anew per episode: multipliers, uniform within them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Randomize {
    /// Multiplier of all benign activity.
    pub activity: Range,
    /// Multiplier of the probabilities that hosts are vulnerable (cut at 1).
    pub vulnerable: Range,
    /// Multiplier of how often benign things happen that look bad.
    pub noise: Range,
    /// Multiplier of the probability that sensors miss something (cut at 0 and 1).
    pub sensor_loss: Range,
    /// Multiplier of attackers' skill.
    pub skill: Range,
    /// Multiplier of how long attackers take and pause.
    pub pace: Range,
    /// Share of the workstations that are switched on, in groups of at least five.
    pub machines: Range,
    /// Share of the people who are at work, in groups of at least five.
    pub people: Range,
    /// Hours by which people come earlier or later than their shift says.
    pub shift_hours: Range,
    /// Share of the people who have no habits yet.
    pub newcomers: Range,
    /// Share of the people who also do another role's work.
    pub movers: Range,
}
