//! What a replay is. Times are milliseconds since the episode began; machines, accounts and the like are positions in
//! the columns of [`Context`]; costs are in the scenario's unit.

use crate::rows::{CampaignRow, EpisodeRow};
use mats_core::{Action, SimTime};
use serde::Serialize;
use std::collections::BTreeMap;

/// One seed, played by one or two defenders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replay {
    /// Version of the program that played it.
    pub version: String,
    /// Seed of the training behind the agents.
    pub train_seed: u64,
    /// Number of the episode.
    pub episode: u64,
    /// Seed of the world, as text: it has more digits than a script can hold.
    pub seed: String,
    /// Context that all sides have in common.
    #[serde(rename = "setting")]
    pub context: Context,
    /// Trace of each defender.
    pub sides: Vec<DefenderTrace>,
}

/// The stage: the same for every defender.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Context {
    /// Name of the scenario.
    pub scenario: String,
    /// Title of the scenario.
    pub title: String,
    /// The unit of costs.
    pub unit: String,
    /// Seconds after midnight at which the episode begins.
    pub start_of_day: u32,
    /// Day of the week on which it begins; 0 is Monday.
    pub weekday: u8,
    /// Length of the episode.
    pub horizon: u64,
    /// Segments of the network.
    pub subnets: Vec<String>,
    /// Machines.
    pub hosts: Vec<Host>,
    /// Attacks that campaigns may carry out.
    pub attacks: Vec<AttackInfo>,
    /// Names of techniques by id, of those that attacks use or the catalogue knows.
    pub techniques: BTreeMap<String, String>,
    /// Features that the models see, in order.
    pub features: Vec<FeatureInfo>,
    /// The defender's actions, in order.
    pub actions: Vec<&'static str>,
    /// Entries of the observation, in order.
    pub observation: Vec<&'static str>,
    /// Files of records and their columns, in the order of [`RecordShown::file`].
    pub files: Vec<(&'static str, Vec<&'static str>)>,
}

/// Former name of [`Context`].
#[deprecated(since = "0.2.0", note = "renamed to `Context`")]
pub type Setting = Context;

/// A machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Host {
    /// Name of the machine.
    pub name: String,
    /// Segment of the machine, a position in [`Context::subnets`].
    pub subnet: u32,
    /// Role: what the machine is for.
    pub role: String,
    /// Class: how much hangs on the machine.
    pub class: &'static str,
    /// Operating system of the machine.
    pub os: &'static str,
    /// Cost of an hour without the machine.
    pub value: f32,
    /// Switched off during the whole episode.
    pub off: bool,
}

/// An attack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttackInfo {
    /// Name of the attack.
    pub name: String,
    /// Steps of the attack.
    pub steps: Vec<StepInfo>,
}

/// A step of an attack.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepInfo {
    /// Name of the step within the attack.
    pub id: String,
    /// The technique's id in ATT&CK.
    pub technique: String,
    /// Name of the technique in ATT&CK.
    pub name: String,
    /// The tactic it serves.
    pub tactic: String,
    /// True if the step does damage or is what the attacker came for.
    pub harms: bool,
}

/// A feature of the models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureInfo {
    /// Name of the feature.
    pub name: &'static str,
    /// Unit of the feature.
    pub unit: &'static str,
    /// Meaning of the feature.
    pub about: &'static str,
}

/// Trace of one defender on the seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefenderTrace {
    /// The defender.
    pub defender: String,
    /// True if the defender is fed with the truth instead of detectors' alerts.
    pub truthful: bool,
    /// Basis of its decisions: `table`, `network` or `rule`.
    pub decides_by: &'static str,
    /// The episode as a row of `episodes.csv`.
    pub row: EpisodeRow,
    /// Comparison with what the run counted.
    pub check: Check,
    /// Campaigns as attackers carried them out. Truth.
    pub campaigns: Vec<CampaignStory>,
    /// Spans under an attacker's control. Truth.
    pub holds: Vec<HoldStory>,
    /// Times at which malicious activity touched machines, with machine and campaign: once a machine, campaign and
    /// minute. Truth.
    pub touches: Vec<(u64, u32, u32)>,
    /// Records delivered in each minute, by kind: flows, events, logins, changes, indicators.
    pub telemetry: [Vec<u32>; 5],
    /// Alerts of the detectors.
    pub alerts: Vec<Alert>,
    /// Changes of what the defender knows of machines.
    pub beliefs: Vec<Belief>,
    /// Decisions.
    pub decisions: Vec<Decision>,
    /// Rows of policy tables that decisions refer to.
    pub rules: Vec<RuleShown>,
    /// Costs so far whenever they changed: time, damage, disruption, actions.
    pub costs: Vec<(u64, f64, f64, f64)>,
    /// Records that alerts refer to, in order of arrival.
    pub records: Vec<RecordShown>,
    /// Alerts whose records were left out, because a page can hold so many only.
    pub without_records: usize,
}

/// Former name of [`DefenderTrace`].
#[deprecated(since = "0.2.0", note = "renamed to `DefenderTrace`")]
pub type Side = DefenderTrace;

/// Comparison of a replay with its row of `episodes.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Check {
    /// Every figure is the same.
    Same,
    /// Figures differ: another version of the program played it, or files were changed.
    Differs {
        /// Column, what the run counted, what the replay counted.
        columns: Vec<(String, String, String)>,
    },
    /// The run did not play this defender on this episode, so there is nothing to compare with.
    NoRow,
}

/// One campaign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignStory {
    /// Position in [`Context::attacks`].
    pub attack: usize,
    /// Time at which it began to try.
    pub onset: u64,
    /// Last time at which it tried something or had access.
    pub ended: u64,
    /// Changes of its access, in order.
    pub access: Vec<AccessStory>,
    /// The campaign as a row of `campaigns.csv`.
    pub row: CampaignRow,
    /// Attempts at steps, in order.
    pub tried: Vec<TriedStory>,
}

/// A change of what a campaign has of the organisation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccessStory {
    /// Time of the change.
    pub t: u64,
    /// Kinds of access from then on, in words.
    pub has: String,
}

/// An attempt at a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TriedStory {
    /// Position among the attack's steps.
    pub step: usize,
    /// The machine it went out from; from outside if there is none.
    pub from: Option<u32>,
    /// The machine it was aimed at.
    pub target: u32,
    /// The account it used.
    pub account: Option<String>,
    /// Time at which it began.
    pub begun: u64,
    /// Time at which it ended.
    pub ended: Option<u64>,
    /// Ending: `succeeded`, `failed`, `hindered`, `lured`; `under way` at the end of the episode.
    pub how: &'static str,
}

/// A span under an attacker's control.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoldStory {
    /// The machine.
    pub host: u32,
    /// The campaign.
    pub campaign: u32,
    /// The time at which it begins.
    pub from: u64,
    /// The time at which it ends, at most the horizon.
    pub until: u64,
}

/// State of a machine as the defender knows it, from `t` on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Belief {
    /// Time of the change.
    pub t: u64,
    /// The machine.
    pub host: u32,
    /// Status: what has become of the threat; `none` where there never was one.
    pub status: &'static str,
    /// True while the case is open.
    pub open: bool,
    /// Severity that the threat seemed to have.
    pub severity: &'static str,
    /// Cut off the network.
    pub isolated: bool,
    /// Restarting or being rebuilt.
    pub down: bool,
}

/// A threat as it was told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Threat {
    /// Stable over its life.
    pub id: u32,
    /// Time at which it was told.
    pub t: u64,
    /// Time at which it was first seen.
    pub first_seen: u64,
    /// The machine.
    pub host: u32,
    /// The account most involved.
    pub user: Option<String>,
    /// The most suspicious outside address.
    pub address: Option<String>,
    /// The most suspicious domain.
    pub domain: Option<String>,
    /// The most suspicious program.
    pub image: Option<String>,
    /// Kind of threat: what seems to be going on.
    pub kind: &'static str,
    /// Severity of the threat.
    pub severity: &'static str,
    /// Calibrated probability.
    pub confidence: f32,
    /// Scores of the models: isolation forest, random forest, LSTM, indicators.
    pub evidence: [f32; 4],
    /// The model that raised it most; none where the truth was told.
    pub model: Option<&'static str>,
    /// Features that raised it, with the log-odds they gave.
    pub features: Vec<(u8, f32)>,
    /// Techniques that these suggest.
    pub techniques: Vec<String>,
    /// `new`, `worsened` or `unchanged`.
    pub news: &'static str,
}

/// An alert with what caused it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// Threat that was told.
    pub threat: Threat,
    /// True if an attacker held the machine then, or touched it in the half hour before. Truth.
    pub guilty: bool,
    /// Positions in [`DefenderTrace::records`], each with a bit for every one of the threat's features that it bears on.
    pub records: Vec<(u32, u8)>,
    /// Records of the machine in the hour before, of which these are the ones that are kept.
    pub of: u32,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// Time of the decision.
    pub t: u64,
    /// The threat as it was presented.
    pub threat: Threat,
    /// Presented by a patrol, without news.
    pub patrol: bool,
    /// Position in [`DefenderTrace::alerts`] of the last alert about the same threat.
    pub alert: Option<u32>,
    /// Status: what had become of the threat.
    pub status: &'static str,
    /// The table's key in words.
    pub key: String,
    /// Entries of the observation that are not 0.
    pub observation: Vec<(u8, f32)>,
    /// Actions that were possible and permitted.
    pub allowed: Vec<u8>,
    /// The network's value of each action.
    pub values: Vec<f32>,
    /// Position in [`DefenderTrace::rules`] of the row that answers the key.
    pub rule: Option<u32>,
    /// Action that the defender would have liked best.
    pub wanted: u8,
    /// Action that was executed.
    pub executed: u8,
    /// Reward up to the next decision, shaping included.
    pub reward: f32,
    /// Results of its order.
    pub results: Vec<ResultShown>,
}

/// Result of an order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultShown {
    /// Time at which it ended, or a decoy spoke up.
    pub t: u64,
    /// The machine it was about.
    pub host: u32,
    /// True if the order was carried out.
    pub done: bool,
    /// Finding, if any: `malicious` or `clean`.
    pub finding: Option<&'static str>,
    /// Cost of the order.
    pub cost: f32,
}

/// A row of a policy table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleShown {
    /// Number of the row in the table, from 1.
    pub number: usize,
    /// The threats it answers, in words.
    pub when: String,
    /// Actions of the row, best first.
    pub actions: Vec<&'static str>,
    /// Values of these actions, where known.
    pub values: Vec<f32>,
    /// Decisions it rests on.
    pub support: Option<u32>,
    /// Share of those in which the first action was best.
    pub confidence: Option<f32>,
    /// Origin of the row: `playbook`, or the number of a refinement.
    pub learned: String,
    /// A person's words.
    pub note: Option<String>,
    /// True if the defender goes by it; otherwise it is what the run's table says.
    pub used: bool,
}

/// A record of telemetry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordShown {
    /// Number of the record in the episode's stream.
    pub id: u64,
    /// Time at which it happened, by the sensor's clock.
    pub t: u64,
    /// Time at which it arrived.
    pub arrival: u64,
    /// The machine it was seen on.
    pub host: u32,
    /// Position in [`Context::files`].
    pub file: u8,
    /// Cells of the record.
    pub cells: Vec<String>,
    /// The campaign and step it is part of. Truth.
    pub step: Option<(u32, u32)>,
}

/// A point in time as replays hold it.
pub fn ms(time: SimTime) -> u64 {
    time.0 / 1000
}

/// Three digits behind the point: enough for people, and shorter.
pub fn short(x: f32) -> f32 {
    (x * 1000.0).round() / 1000.0
}

/// Names of the actions, in order.
pub fn action_names() -> Vec<&'static str> {
    Action::ALL.map(Action::name).to_vec()
}
