//! An attack: a graph of steps, each a technique.

use crate::roles::{HostRole, Range};
use mats_core::{Duration, HostId, SubnetId};
use serde::{Deserialize, Serialize};

/// An attack that a campaign may carry out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attack {
    /// Short name.
    pub name: String,
    /// Weight of its choice, relative to the others.
    pub weight: f64,
    /// Multiplies success probabilities; drawn per campaign.
    pub skill: Range,
    /// Multiplies pauses and divides the amount emitted; drawn per campaign.
    pub stealth: Range,
    /// Hours without progress after which the attacker gives up; drawn per campaign.
    pub patience_hours: Range,
    /// Number of further addresses the attacker can fall back on when one is blocked.
    pub spare_addresses: u32,
    /// Number of times the attacker comes back through the front door after losing everything.
    pub reentries: u32,
    /// Probability of reacting when the defender visibly got in the way; drawn per campaign.
    pub caution: Range,
    /// Weights of the ways to react, in the order of [`Reaction::ALL`].
    pub reactions: [f64; Reaction::ALL.len()],
    /// Hours of lying low; drawn anew each time.
    pub lie_low_hours: Range,
    /// Probability that a scan cannot find a foothold, for a stealth of 1.
    pub hidden: f64,
    /// Probability that a foothold that is killed comes back by another door, as long as there is a way in.
    pub back_door: f64,
    /// Median minutes until it is back by that door.
    pub back_minutes: f64,
    /// Number of machines that no step names it may take to get round a blocked path.
    pub detours: u32,
    /// Share of the goal of an objective step (the number drawn from its `repeat`) with which the objective counts as
    /// reached; above 0, at most 1.
    pub objective_share: f64,
    /// Whether every step is carried out in the end. If not, steps that open the same later ones are alternatives: as soon
    /// as all that a step leads to is done, it is no longer carried out. Objectives, and steps that lead nowhere, always are.
    pub all: bool,
    /// Whether the attacker goes on with what is left once an objective is done as often as it was to be; if not, it rests
    /// content, and keeps what it holds.
    pub goes_on: bool,
    /// Whether a password that a way in brought along, bought or leaked before the episode, opens later steps as a stolen
    /// one does; if not, it opens that way in alone.
    pub keeps_passwords: bool,
    /// The steps; at least one has no `after`.
    pub steps: Vec<Step>,
}

/// Ways in which an attacker reacts to the defender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reaction {
    /// Keeps still for some hours.
    LieLow,
    /// Changes its tools.
    ChangeTool,
    /// Goes on with another stolen account.
    ChangeAccount,
    /// Goes on from another address.
    ChangeAddress,
    /// Takes 0.7 of the time from then on.
    Hurry,
}

impl Reaction {
    /// All reactions, in order.
    pub const ALL: [Reaction; 5] = [
        Reaction::LieLow,
        Reaction::ChangeTool,
        Reaction::ChangeAccount,
        Reaction::ChangeAddress,
        Reaction::Hurry,
    ];
}

/// One step of an attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name of the step within the attack.
    pub id: String,
    /// Position in [`crate::Scenario::techniques`].
    pub technique: usize,
    /// Steps of which at least one must have succeeded before; empty for a way in.
    pub after: Vec<usize>,
    /// Selector of the machines it is aimed at.
    pub target: Selector,
    /// Number of different targets it is carried out on, in turn, drawn per campaign.
    pub repeat: (u32, u32),
    /// Number of times a failed attempt is repeated before the step is given up.
    pub retries: u32,
    /// Median minutes it takes.
    pub minutes: f64,
    /// Median minutes of pause before it, before it is repeated and before it is tried again; none before the first step of a
    /// campaign.
    pub pause: Duration,
    /// Probability of success for a skill of 1.
    pub success: f64,
    /// Damage done at each success, in the scenario's unit, times `reward.damage_scale` of the machine.
    pub damage: f64,
    /// True if its success is what the attacker came for.
    pub objective: bool,
}

/// Selector of machines a step may be aimed at. For a step carried out on a machine already held, which of those.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Selector {
    /// Any machine.
    Any,
    /// Machines of these roles.
    Roles(Vec<HostRole>),
    /// Machines of a segment.
    Subnet(SubnetId),
    /// These machines.
    Hosts(Vec<HostId>),
}
