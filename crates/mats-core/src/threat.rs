//! Threat intelligence: what the Detection Agent tells the Response Agent.

use crate::explanation::Explanation;
use crate::ids::{DomainId, HostId, ThreatId, UserId};
use crate::telemetry::{Addr, Image};
use crate::time::SimTime;
use serde::{Deserialize, Serialize};

/// Kind of threat: what an intruder seems to be doing; each groups ATT&CK tactics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum ThreatKind {
    /// Initial access, execution, persistence, privilege escalation, evasion.
    Intrusion,
    /// Credential access: guessing, stealing, forging.
    Credential,
    /// Discovery and lateral movement.
    Movement,
    /// Collection, command and control, exfiltration.
    Exfiltration,
    /// Impact: data destroyed or encrypted, services stopped.
    Impact,
}

impl ThreatKind {
    /// All kinds; a kind's position is its number.
    pub const ALL: [ThreatKind; 5] = [
        ThreatKind::Intrusion,
        ThreatKind::Credential,
        ThreatKind::Movement,
        ThreatKind::Exfiltration,
        ThreatKind::Impact,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["intrusion", "credential", "movement", "exfiltration", "impact"][self as usize]
    }
}

/// Severity of a threat, from confidence and kind together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Below the alert threshold: shown on patrol only.
    Info,
    /// Worth a look.
    Low,
    /// Worth an investigation.
    Medium,
    /// Worth an interruption.
    High,
}

impl Severity {
    /// All severities; a severity's position is its number.
    pub const ALL: [Severity; 4] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["info", "low", "medium", "high"][self as usize]
    }
}

/// Evidence of each model, every entry in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Isolation forest: how unusual the window is.
    pub anomaly: f32,
    /// Random forest: probability that the window is malicious.
    pub forest: f32,
    /// LSTM: how surprising the recent event sequence is.
    pub sequence: f32,
    /// Indicator match: confidence of the matched indicators.
    pub indicator: f32,
}

/// Reason to present a threat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum News {
    /// First seen.
    New,
    /// Seen before; its severity rose or its kind changed.
    Worsened,
    /// Seen before; shown again as it stands.
    Unchanged,
}

/// A threat as the Detection Agent sees it. One threat is one machine's trouble until it falls silent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThreatIntel {
    /// Stable over the life of the threat.
    pub id: ThreatId,
    /// Time at which this view of it was made.
    pub time: SimTime,
    /// Time at which it was first seen.
    pub first_seen: SimTime,
    /// The machine concerned.
    pub host: HostId,
    /// The account most involved, if any.
    pub user: Option<UserId>,
    /// The most suspicious external address the machine talks to, if any.
    pub address: Option<Addr>,
    /// The most suspicious domain, if any.
    pub domain: Option<DomainId>,
    /// The most suspicious program, if any.
    pub image: Option<Image>,
    /// Kind: what seems to be going on.
    pub kind: ThreatKind,
    /// Severity of the threat.
    pub severity: Severity,
    /// Calibrated probability that it is malicious, in [0, 1].
    pub confidence: f32,
    /// Evidence of each model.
    pub evidence: Evidence,
    /// Explanation: which model fired, what moved it, and what it looks like.
    pub explanation: Explanation,
    /// Reason to present it.
    pub news: News,
    /// Version of the detectors that made it.
    pub detector: u32,
}
