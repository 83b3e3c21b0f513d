//! In which formats a set is written, and what was.

use serde::{Deserialize, Serialize};

/// A format of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TelemetryFormat {
    /// All five kinds of records, without loss; logins, changes and the register in words.
    Csv,
    /// Flows, as JSON lines.
    Zeek,
    /// Flows, as tab-separated text.
    ZeekTsv,
    /// Events, logins and changes.
    Ecs,
    /// Events of Windows machines, as they name their fields themselves.
    Windows,
    /// Events of Linux machines, as syslog and auditd write them.
    Linux,
    /// The feed: indicators, vulnerabilities, signatures.
    Stix,
}

impl TelemetryFormat {
    /// All formats.
    pub const ALL: [TelemetryFormat; 7] = [
        TelemetryFormat::Csv,
        TelemetryFormat::Zeek,
        TelemetryFormat::ZeekTsv,
        TelemetryFormat::Ecs,
        TelemetryFormat::Windows,
        TelemetryFormat::Linux,
        TelemetryFormat::Stix,
    ];
}

/// Counts of what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Generated {
    /// Records.
    pub records: u64,
    /// Records that belong to an attack.
    pub malicious: u64,
    /// Episodes in which anything malicious was recorded.
    pub attacked: u64,
    /// Benign twins beside the episodes.
    pub twins: u64,
}
