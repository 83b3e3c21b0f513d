//! Roles of machines and of people, and the ranges that both files and the catalogue speak of.

use serde::{Deserialize, Serialize};

/// An inclusive range that is drawn anew per episode.
pub type Range = (f64, f64);

/// What a machine is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum HostRole {
    /// One person's machine.
    Workstation,
    /// Shared files.
    FileServer,
    /// Mail.
    MailServer,
    /// A web site, reachable from outside where the links say so.
    WebServer,
    /// A database.
    DatabaseServer,
    /// Directory and logon.
    DomainController,
    /// Where administrators work from, or outsiders log in.
    JumpHost,
    /// Builds software.
    BuildServer,
    /// Keeps backups.
    BackupServer,
    /// Monitoring and vulnerability scans.
    MonitoringServer,
}

/// What a person does.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UserRole {
    /// Mail, documents, web.
    Office,
    /// Builds, databases, remote shells.
    Developer,
    /// Looks after the machines.
    Administrator,
    /// Travels, reads mail at odd hours.
    Traveller,
    /// Not a person: an account that services run under.
    Service,
}
