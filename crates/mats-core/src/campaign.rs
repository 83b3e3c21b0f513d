//! Outcomes of campaigns.

use serde::{Deserialize, Serialize};

/// Outcome of a campaign: competing events, of which the first that holds is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
pub enum CampaignOutcome {
    /// A defender's action stopped it before any malicious step succeeded.
    Prevented,
    /// A defender's action left nothing of it (no foothold, valid stolen credential or live channel) until the
    /// horizon. Footholds on isolated machines and under disabled accounts do not count while they are cut off.
    Contained,
    /// The attacker got what it came for.
    Objective,
    /// The attacker gave up, failed or was done by itself.
    DiedOut,
    /// Still going on at the horizon, or given up with a way in left behind.
    Censored,
}

impl CampaignOutcome {
    /// All outcomes; an outcome's position is its number, and the first four are causes of an end.
    pub const ALL: [CampaignOutcome; 5] = [
        CampaignOutcome::Prevented,
        CampaignOutcome::Contained,
        CampaignOutcome::Objective,
        CampaignOutcome::DiedOut,
        CampaignOutcome::Censored,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["prevented", "contained", "objective", "died_out", "censored"][self as usize]
    }
}
