//! `[[attack]]` and `[[attack.step]]`.

use super::names::{Factors, Interval, Name, Shares, Times};
use crate::roles::HostRole;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// An attack: a graph of steps, each an ATT&CK technique.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackTable {
    /// Its name.
    #[schemars(with = "Name")]
    pub name: Spanned<String>,
    /// How often it is chosen, relative to the others.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0))]
    pub weight: f64,
    /// Multiplies success probabilities; drawn per campaign.
    #[serde(default = "skill")]
    pub skill: Interval,
    /// Multiplies pauses and divides how much the attacker leaves behind; drawn per campaign, above 0.
    #[serde(default = "stealth")]
    #[schemars(with = "Factors")]
    pub stealth: Interval,
    /// Hours without progress after which the attacker gives up; drawn per campaign.
    #[serde(default = "patience")]
    pub patience_hours: Interval,
    /// How many further addresses the attacker can fall back on when one is blocked.
    #[serde(default = "two")]
    #[schemars(range(max = 1000))]
    pub spare_addresses: u32,
    /// How often the attacker comes back through the front door after losing everything.
    #[serde(default = "once")]
    #[schemars(range(max = 1000))]
    pub reentries: u32,
    /// Probability that the attacker reacts when the defender visibly got in its way; drawn per campaign.
    #[serde(default = "caution")]
    #[schemars(with = "Shares")]
    pub caution: Interval,
    /// How it then reacts: how often each way, relative to the others.
    #[serde(default)]
    pub reactions: ReactionsTable,
    /// Hours for which it keeps still where it lies low; drawn anew each time.
    #[serde(default = "lie_low")]
    pub lie_low_hours: Interval,
    /// Probability that a scan cannot find a foothold, for a stealth of 1; multiplied by the campaign's stealth, and drawn per
    /// foothold.
    #[serde(default = "hidden")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub hidden: f64,
    /// Probability that a foothold that is killed, but does not come back by itself, comes back by another door: while the
    /// attacker has an accepted credential, another foothold that it can use, or the machine's weakness is open.
    #[serde(default = "back_door")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub back_door: f64,
    /// Median minutes until it is back by that door.
    #[serde(default = "back_minutes")]
    #[schemars(range(min = 0.1))]
    pub back_minutes: f64,
    /// How many machines that no step names it may take to get round a blocked path.
    #[serde(default = "four")]
    #[schemars(range(max = 1000))]
    pub detours: u32,
    /// Share of the goal with which the objective counts as reached: of the number drawn from the objective step's
    /// `repeat`, or of 1 where it has none. The same for every defender; costs and attackers know nothing of it.
    #[serde(default = "half")]
    #[schemars(range(min = 0.01, max = 1.0))]
    pub objective_share: f64,
    /// Whether every step is carried out in the end. If not, steps that open the same later ones are alternatives: as soon
    /// as all that a step leads to is done, it is no longer carried out. Objectives, and steps that lead nowhere, always are.
    #[serde(default)]
    pub all: bool,
    /// Whether the attacker goes on with what is left once an objective is done as often as it was to be; if not, it rests
    /// content, and keeps what it holds.
    #[serde(default = "yes")]
    pub goes_on: bool,
    /// Whether a password that a way in brought along, bought or leaked before the episode, opens later steps as a stolen
    /// one does; if not, it opens that way in alone.
    #[serde(default = "yes")]
    pub keeps_passwords: bool,
    /// The steps. At least one has no `after`: a way in. At least one is an `objective`.
    #[serde(default)]
    pub step: Vec<StepTable>,
}

fn yes() -> bool {
    true
}
fn one() -> f64 {
    1.0
}
fn skill() -> Interval {
    Interval(0.8, 1.2)
}
fn stealth() -> Interval {
    Interval(0.7, 1.6)
}
fn patience() -> Interval {
    Interval(3.0, 8.0)
}
fn caution() -> Interval {
    Interval(0.2, 0.7)
}
fn lie_low() -> Interval {
    Interval(0.5, 2.5)
}
fn half() -> f64 {
    0.5
}
fn hidden() -> f64 {
    0.25
}
fn back_door() -> f64 {
    0.4
}
fn back_minutes() -> f64 {
    45.0
}
fn four() -> u32 {
    4
}
fn two() -> u32 {
    2
}
fn once() -> u32 {
    1
}

/// How an attacker who feels watched reacts: how often each way, relative to the others. Where all are 0, nothing is done.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReactionsTable {
    /// It keeps still for some hours.
    #[schemars(range(min = 0.0))]
    pub lie_low: f64,
    /// It changes its tools: what it holds may be hidden from scans now, and is so twice as often.
    #[schemars(range(min = 0.0))]
    pub change_tool: f64,
    /// It goes on with another stolen account, if it has one.
    #[schemars(range(min = 0.0))]
    pub change_account: f64,
    /// It goes on from another address, if it has one to spare.
    #[schemars(range(min = 0.0))]
    pub change_address: f64,
    /// It hurries: from then on all takes 0.7 of the time, each time anew.
    #[schemars(range(min = 0.0))]
    pub hurry: f64,
}

impl Default for ReactionsTable {
    fn default() -> ReactionsTable {
        ReactionsTable {
            lie_low: 4.0,
            change_tool: 1.0,
            change_account: 1.0,
            change_address: 1.0,
            hurry: 1.0,
        }
    }
}

/// One step of an attack.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepTable {
    /// Its name within the attack.
    #[schemars(with = "Name")]
    pub id: Spanned<String>,
    /// ATT&CK id of a technique of the catalogue, such as `T1566.001`.
    #[schemars(with = "String")]
    pub technique: Spanned<String>,
    /// Steps of which at least one must have succeeded before; none for a way in.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub after: Vec<Spanned<String>>,
    /// Against which machines, for a technique carried out on machines already held: on which of them. Any,
    /// if absent.
    #[serde(default)]
    #[schemars(with = "Option<TargetTable>")]
    pub target: Option<Spanned<TargetTable>>,
    /// On how many different machines it is carried out in turn: a number, or an interval drawn per campaign.
    #[serde(default = "single")]
    pub repeat: Times,
    /// How often a failed attempt is repeated.
    #[serde(default = "two")]
    #[schemars(range(max = 1000))]
    pub retries: u32,
    /// Median minutes it takes. Default: the technique's.
    #[serde(default)]
    #[schemars(range(min = 0.01))]
    pub minutes: Option<f64>,
    /// Median minutes of pause before it, before it is repeated and before it is tried again; none before the first step of a
    /// campaign.
    #[serde(default = "pause")]
    #[schemars(range(min = 0.0))]
    pub pause_minutes: f64,
    /// Probability of success for a skill of 1. Default: the technique's.
    #[serde(default)]
    #[schemars(with = "Option<f64>", range(min = 0.0, max = 1.0))]
    pub success: Option<Spanned<f64>>,
    /// Damage done at each success, in the scenario's unit; multiplied by `reward.damage_scale` of the machine.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub damage: f64,
    /// Whether its success is what the attacker came for.
    #[serde(default)]
    pub objective: bool,
}

fn single() -> Times {
    Times(1, 1)
}
fn pause() -> f64 {
    5.0
}

/// Which machines: exactly one of the three.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetTable {
    /// Machines with one of these roles.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub roles: Option<Vec<HostRole>>,
    /// Machines of this segment.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub subnet: Option<Spanned<String>>,
    /// These machines, by the names of groups or of single machines.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    pub hosts: Option<Vec<Spanned<String>>>,
}
