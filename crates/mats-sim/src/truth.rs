//! Ground truth of what really happened. Read by metrics, training labels and the oracle; never by a defender.

use mats_core::{Access, HostId, SimTime};
use serde::{Deserialize, Serialize};

/// The truth about one record, in a stream beside the telemetry: 0 for benign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Label(pub u32);

impl Label {
    /// Label of what is nobody's attack.
    pub const BENIGN: Label = Label(0);

    /// Part of step `step` of campaign `campaign`.
    pub fn of(campaign: u32, step: u32) -> Label {
        Label((campaign + 1) << 8 | step)
    }
    /// The campaign and step, if any.
    pub fn campaign_step(self) -> Option<(u32, u32)> {
        (self.0 != 0).then(|| ((self.0 >> 8) - 1, self.0 & 0xff))
    }
}

/// One malicious activity on a machine, whether sensors saw it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaliciousActivity {
    /// Time of the activity.
    pub time: SimTime,
    /// Machine that was touched.
    pub host: HostId,
    /// Campaign and step that it is part of.
    pub label: Label,
}

/// A span during which an attacker controlled a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompromiseInterval {
    /// Machine that was controlled.
    pub host: HostId,
    /// Campaign that controlled it.
    pub campaign: u32,
    /// Start of the interval.
    pub from: SimTime,
    /// End of the interval; [`SimTime::NEVER`] while it lasts.
    pub until: SimTime,
}

/// Report of what one campaign did and had so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CampaignReport<'a> {
    /// Position in the scenario's attacks.
    pub attack: usize,
    /// Time at which it began to try.
    pub onset: SimTime,
    /// First successful malicious step that is no preparation: where the clocks start.
    pub first_success: Option<SimTime>,
    /// Last time at which it was trying something; its onset if it never did.
    pub last_attempt: SimTime,
    /// Time at which the objective was reached, if it was.
    pub objective: Option<SimTime>,
    /// Share of its goal that was done, at most 1.
    pub goal_share: f64,
    /// Moments at which its access changed, each with what it was from then on.
    pub access: &'a [(SimTime, Access)],
    /// Flag: an order of the defender ended something of it.
    pub ended_by_order: bool,
    /// Number of machines it acted on or from.
    pub hosts_touched: usize,
}

/// Former name of [`MaliciousActivity`].
#[deprecated(since = "0.2.0", note = "renamed to `MaliciousActivity`")]
pub type Touch = MaliciousActivity;

/// Former name of [`CompromiseInterval`].
#[deprecated(since = "0.2.0", note = "renamed to `CompromiseInterval`")]
pub type Hold = CompromiseInterval;
