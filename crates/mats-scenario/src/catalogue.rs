//! What people and attackers do, as data: techniques (attackers) and behaviours (everyone else) are both made
//! of emissions on the same closed list of templates, so no record can carry a value that only attackers have.

use crate::roles::{HostRole, Range, UserRole};
use mats_core::ThreatKind;
use mats_core::telemetry::Service;
use serde::{Deserialize, Serialize};

/// What one thing that happens looks like in telemetry. The simulator draws every field of the records from
/// the template's own distributions, whoever acts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Template {
    /// Mail is read: IMAP flow, a document opens (process create).
    MailOpen,
    /// Mail is sent: SMTP flow.
    MailSend,
    /// A web page of a popular site: DNS lookup, TLS flow.
    WebVisit,
    /// A web page of a rarely seen site: DNS lookup, TLS flow.
    RareVisit,
    /// A small regular call home of installed software: TLS flow to a rarely seen site.
    Beacon,
    /// A file is fetched from outside: large inbound TLS flow, file write.
    Download,
    /// Data goes outside: large outbound TLS flow.
    Upload,
    /// DNS lookups, many different names.
    DnsBurst,
    /// A request to a public service from outside: HTTP/TLS flow into the host.
    InboundRequest,
    /// Connections to an internal machine, many refused: short flows.
    Sweep,
    /// A failed login on the target (login record, logon-failed event).
    LoginFail,
    /// A network or interactive logon that succeeds (login record, logon event); from outside, what is done then, too.
    LoginOk,
    /// An interactive remote session: SSH or RDP flow, logon, privilege use, and what is done there.
    RemoteSession,
    /// A command runs on another machine: SMB/WinRM/SSH flow, logon there, process create under a remote service.
    RemoteExec,
    /// Files are read from or written to a share: SMB flow, share access.
    FileShare,
    /// A query to a database: database flow.
    DbQuery,
    /// Directory look-ups: LDAP flow, directory tool.
    DirectoryQuery,
    /// Kerberos tickets: Kerberos flow, ticket-request event.
    Tickets,
    /// An office, shell or build program starts (process create).
    AppRun,
    /// A script host or shell runs a script (process create, script block).
    ScriptRun,
    /// A rarely seen program starts (process create, image load).
    RareRun,
    /// One program opens or injects into another (process access, remote thread): debuggers, protection software, thieves.
    MemoryAccess,
    /// Many files are rewritten (file-write events with an amount).
    MassWrite,
    /// Many files or snapshots are deleted (file-delete, disk tool, backup config).
    MassDelete,
    /// Files are packed (archiver process, file write).
    Archive,
    /// Something is set to start by itself (task or autorun event, autorun config).
    Autorun,
    /// A service is installed (service-install event, software config).
    ServiceInstall,
    /// An account or group changes (account event, accounts config).
    AccountChange,
    /// An audit log is cleared or rotated.
    LogClear,
    /// Protection software or firewall rules change (protection event, protection config).
    ProtectionChange,
    /// Software or a patch is installed (installer process, software/patch config).
    PackageInstall,
    /// Somebody outside tries ports of an exposed machine: short inbound flows, most without an answer.
    PortProbe,
    /// A request to a public service from one of many addresses: HTTP/TLS flow into the host, each from elsewhere.
    CrowdRequest,
    /// A page is printed: IPP flow to a print server, spooler process.
    Print,
    /// The clock is set: NTP flow.
    TimeSync,
    /// Too many failed logins lock an account (failed logins, account-locked event at the directory).
    AccountLock,
    /// A memory stick: device-attached event, files written.
    DeviceAttach,
    /// A mailbox gets a rule: IMAP flow, mail-rule config.
    MailRule,
    /// The directory is replicated or read in bulk: LDAP flow, directory-access event there.
    Replicate,
    /// A policy of the domain or the machine changes (policy event, policy config).
    PolicyChange,
    /// A program of the system runs somebody else's code (process create, image load), as installers and thieves do.
    ProxyRun,
    /// The machine restarts (restart event, service host starts).
    Restart,
    /// DNS lookups, many of them below one name: tunnels, and protection software that asks what is known of a file.
    DnsTunnel,
}

/// The sources of telemetry that a template shows in.
#[expect(clippy::struct_excessive_bools, reason = "five sources, each of which may show it")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// Network flows.
    pub flows: bool,
    /// Entries of system event logs.
    pub events: bool,
    /// Login attempts: user behaviour.
    pub logins: bool,
    /// Changes of configuration.
    pub config: bool,
    /// The outside place involved may be listed by a threat intelligence feed.
    pub intel: bool,
}

impl Template {
    /// Tells whether it is about two machines of the organisation.
    pub fn needs_other(self) -> bool {
        use Template::{DbQuery, FileShare, RemoteExec, RemoteSession, Sweep};
        matches!(self, Sweep | RemoteSession | RemoteExec | FileShare | DbQuery)
    }

    /// Returns the sources that it shows in.
    pub fn sources(self) -> Sources {
        use Template::{
            AccountChange, AccountLock, Autorun, Beacon, CrowdRequest, DbQuery, DirectoryQuery, DnsBurst,
            DnsTunnel, Download, FileShare, InboundRequest, LoginFail, LoginOk, MailOpen, MailRule, MailSend,
            MassDelete, PackageInstall, PolicyChange, PortProbe, Print, ProtectionChange, RareVisit,
            RemoteExec, RemoteSession, Replicate, ServiceInstall, Sweep, Tickets, TimeSync, Upload, WebVisit,
        };
        let any = |list: &[Template]| list.contains(&self);
        Sources {
            flows: any(&[
                MailOpen,
                MailSend,
                WebVisit,
                RareVisit,
                Beacon,
                Download,
                Upload,
                DnsBurst,
                DnsTunnel,
                InboundRequest,
                Sweep,
                RemoteSession,
                RemoteExec,
                FileShare,
                DbQuery,
                DirectoryQuery,
                Tickets,
                PortProbe,
                CrowdRequest,
                Print,
                TimeSync,
                MailRule,
                Replicate,
            ]),
            events: !any(&[
                MailSend,
                WebVisit,
                RareVisit,
                Beacon,
                Upload,
                DnsBurst,
                DnsTunnel,
                InboundRequest,
                Sweep,
                DbQuery,
                PortProbe,
                CrowdRequest,
                TimeSync,
                MailRule,
            ]),
            logins: any(&[
                LoginFail,
                LoginOk,
                RemoteSession,
                RemoteExec,
                AccountLock,
                FileShare,
                DbQuery,
                DirectoryQuery,
                MailOpen,
                Print,
            ]),
            config: any(&[
                MassDelete,
                Autorun,
                ServiceInstall,
                AccountChange,
                ProtectionChange,
                PackageInstall,
                MailRule,
                PolicyChange,
            ]),
            intel: any(&[RareVisit, Beacon, Download, Upload, DnsTunnel, InboundRequest, PortProbe]),
        }
    }
}

/// Records of one template that something emits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Emission {
    /// Template of the records.
    pub template: Template,
    /// Number of repetitions, uniform inclusive.
    pub count: (u32, u32),
    /// Multiplies sizes and amounts, uniform.
    pub scale: Range,
    /// Seconds over which the repetitions are spread, uniform.
    pub over: Range,
}

/// Actors that show a behaviour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Actor {
    /// Users with one of these roles, on the machine they work at.
    Users(Vec<UserRole>),
    /// Machines with one of these roles, by themselves.
    Hosts(Vec<HostRole>),
}

/// When a behaviour may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// While the person works.
    Shift,
    /// Around the clock.
    Always,
    /// Outside of working hours.
    Night,
}

/// Something benign that happens again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Behaviour {
    /// Name of the behaviour.
    pub name: String,
    /// Actors that show it.
    pub actor: Actor,
    /// Mean occurrences per hour and actor, while it may happen.
    pub per_hour: f64,
    /// Time when it may happen.
    pub when: When,
    /// Roles of the other machine involved, where the templates need one; empty for any.
    pub towards: Vec<HostRole>,
    /// Number of other machines that one occurrence visits in turn, at least 1.
    pub spread: (u32, u32),
    /// Emissions on each machine visited.
    pub emits: Vec<Emission>,
    /// True if it happens only to machines that the internet reaches.
    pub exposed: bool,
    /// Whether all that an occurrence sends outside goes to one rare place: that of a program which this machine alone, or
    /// some machines, have.
    pub one_place: bool,
    /// True if it looks like an attack: multiplied by `randomize.noise`.
    pub looks_bad: bool,
}

/// From where a technique is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// From outside against the target.
    Outside,
    /// On a machine already held.
    Held,
    /// From a machine already held against another one.
    Remote,
}

/// Conditions that must hold before a technique can be tried.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Needs {
    /// Administrative rights on the machine it starts from.
    pub admin: bool,
    /// A stolen credential that is still valid.
    pub credential: bool,
    /// One of these services is open on the target and reachable.
    pub services: Vec<Service>,
    /// The target has a weakness that is not patched.
    pub vulnerability: bool,
    /// Operating system of the only machines that it works on.
    pub os: Option<mats_core::Os>,
}

/// What success gives the attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grant {
    /// Control of the target.
    Foothold,
    /// Administrative rights on the target.
    Admin,
    /// The credential of the account that works on the target, or of one that is logged in there.
    Credential,
    /// The foothold on the target comes back when it is killed.
    Persistence,
    /// A command channel to the outside; footholds without one are blind.
    Channel,
}

impl Technique {
    /// Tells whether it only prepares: reconnaissance and what attackers get ready at home. Nothing of the organisation
    /// is harmed or held by it.
    pub fn is_preparation(&self) -> bool {
        self.grants.is_empty() && matches!(self.tactic.as_str(), "reconnaissance" | "resource-development")
    }
}

/// A technique of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Technique {
    /// MITRE ATT&CK id, such as `T1566.001`.
    pub id: String,
    /// Name of the technique in ATT&CK.
    pub name: String,
    /// The tactic it serves here.
    pub tactic: String,
    /// The kind of threat it shows as.
    pub kind: ThreatKind,
    /// Site from which it is carried out.
    pub site: Site,
    /// Conditions that must hold before.
    pub needs: Needs,
    /// Grants to the attacker on success.
    pub grants: Vec<Grant>,
    /// Median minutes it takes; log-normal with log-standard deviation 0.5.
    pub minutes: f64,
    /// Probability of success against an undefended target, for a skill of 1.
    pub success: f64,
    /// Emissions while it lasts.
    pub emits: Vec<Emission>,
}
