//! Telemetry: what sensors deliver, in five kinds. Records are plain, `Copy`, and hold ids, not names.

use crate::ids::{DomainId, HostId, UserId};
use crate::time::SimTime;
use serde::{Deserialize, Serialize};

/// One record as it reached the collector.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Time at which it happened, by the sensor's clock.
    pub time: SimTime,
    /// Time at which it reached the collector; never before `time`.
    pub arrival: SimTime,
    /// The machine it was seen on. Feed entries carry no machine: see [`Body::Intel`].
    pub host: HostId,
    /// Content: what was seen.
    pub body: Body,
}

/// The five kinds of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// A network flow, as Zeek's conn.log has it.
    Flow(Flow),
    /// An entry of a system event log.
    Event(SystemEvent),
    /// User behaviour: a login attempt on `host`.
    Login(Login),
    /// A change of configuration on `host`.
    Config(ConfigChange),
    /// An entry of a threat intelligence feed; `host` is meaningless and set to 0.
    Intel(Indicator),
}

/// An IPv4 address. The organisation owns 10.0.0.0/8: host *h* has the address 10.0.0.1 + *h*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Addr(pub u32);

impl Addr {
    /// The address of a host of the organisation.
    pub const fn internal(host: HostId) -> Addr {
        Addr(0x0a00_0001 + host.0)
    }
    /// The host behind an internal address.
    pub const fn host(self) -> Option<HostId> {
        if self.is_internal() && self.0 > 0x0a00_0000 { Some(HostId(self.0 - 0x0a00_0001)) } else { None }
    }
    /// Tells whether the address belongs to the organisation.
    pub const fn is_internal(self) -> bool {
        self.0 >> 24 == 10
    }
}

impl std::fmt::Display for Addr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::net::Ipv4Addr::from(self.0).fmt(f)
    }
}

/// A network flow between `host` and `peer`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The other end.
    pub peer: Addr,
    /// The name that was looked up for it, if any.
    pub domain: DomainId,
    /// Bytes from originator to responder.
    pub bytes_out: u32,
    /// Bytes from responder to originator.
    pub bytes_in: u32,
    /// Milliseconds from first to last packet.
    pub duration_ms: u32,
    /// Port of the responder.
    pub port: u16,
    /// Application protocol.
    pub service: Service,
    /// State in which the connection ended.
    pub state: ConnState,
    /// True when `host` opened the connection.
    pub outbound: bool,
}

/// Application protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the protocols' own")]
pub enum Service {
    Dns,
    Http,
    Tls,
    Smb,
    Rdp,
    Ssh,
    Winrm,
    Kerberos,
    Ldap,
    Smtp,
    Imap,
    Database,
    Ntp,
    Other,
    Ipp,
}

impl Service {
    /// All services; a service's position is its number.
    pub const ALL: [Service; 15] = [
        Service::Dns,
        Service::Http,
        Service::Tls,
        Service::Smb,
        Service::Rdp,
        Service::Ssh,
        Service::Winrm,
        Service::Kerberos,
        Service::Ldap,
        Service::Smtp,
        Service::Imap,
        Service::Database,
        Service::Ntp,
        Service::Other,
        Service::Ipp,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        [
            "dns", "http", "tls", "smb", "rdp", "ssh", "winrm", "kerberos", "ldap", "smtp", "imap",
            "database", "ntp", "other", "ipp",
        ][self as usize]
    }

    /// The usual port of the responder.
    pub const fn port(self) -> u16 {
        [53, 80, 443, 445, 3389, 22, 5985, 88, 389, 25, 993, 5432, 123, 8080, 631][self as usize]
    }
}

/// State in which a connection ended; names as in Zeek's conn.log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum ConnState {
    /// Established and closed.
    Sf,
    /// Attempt seen, no reply.
    S0,
    /// Attempt rejected.
    Rej,
    /// Established, originator aborted.
    Rsto,
    /// Established, responder aborted.
    Rstr,
    /// Established, not seen to end.
    S1,
}

impl ConnState {
    /// All states; a state's position is its number.
    pub const ALL: [ConnState; 6] =
        [ConnState::Sf, ConnState::S0, ConnState::Rej, ConnState::Rsto, ConnState::Rstr, ConnState::S1];

    /// The name that Zeek writes.
    pub const fn name(self) -> &'static str {
        ["SF", "S0", "REJ", "RSTO", "RSTR", "S1"][self as usize]
    }
}

/// An entry of a system event log.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SystemEvent {
    /// Code of the entry.
    pub code: EventCode,
    /// The account it ran under; [`UserId::NONE`] for the system itself.
    pub user: UserId,
    /// The program it is about.
    pub image: Image,
    /// The program that started it, where that applies.
    pub parent: Image,
    /// Amount: files touched, tickets asked for, bytes logged; 1 where it does not apply.
    pub amount: u32,
}

/// Entries of the system logs. Each has its source log and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum EventCode {
    /// Sysmon 1, auditd execve: a process was created.
    ProcessCreate,
    /// Sysmon 5: a process ended.
    ProcessEnd,
    /// Sysmon 7: a module was loaded.
    ImageLoad,
    /// Sysmon 8: a thread was created in another process.
    RemoteThread,
    /// Sysmon 10: a process opened another one's memory.
    ProcessAccess,
    /// Sysmon 11, auditd open: files were created or rewritten.
    FileWrite,
    /// Sysmon 13: an autorun value of the registry, or a crontab, was set.
    AutorunSet,
    /// Sysmon 23, auditd unlink: files were deleted.
    FileDelete,
    /// Windows 4624, sshd "Accepted": a logon succeeded.
    Logon,
    /// Windows 4625, sshd "Failed": a logon failed.
    LogonFailed,
    /// Windows 4634: a session ended.
    Logoff,
    /// Windows 4648: a logon with explicit credentials was tried.
    ExplicitCredentials,
    /// Windows 4672, sudo: special privileges were used.
    PrivilegeUse,
    /// Windows 4697 / 7045, systemd: a service was installed.
    ServiceInstall,
    /// Windows 4698, cron: a task was scheduled.
    TaskCreate,
    /// Windows 4720, useradd: an account was created.
    AccountCreate,
    /// Windows 4732, usermod: an account joined a privileged group.
    GroupAdd,
    /// Windows 4768 / 4769: Kerberos tickets were asked for.
    TicketRequest,
    /// Windows 5140 / 5145: a network share was opened.
    ShareAccess,
    /// Windows 1102, truncation of auth.log: an audit log was cleared.
    LogCleared,
    /// Defender 5001: protection was switched off or changed.
    ProtectionChange,
    /// PowerShell 4104: a script block ran.
    ScriptBlock,
    /// Windows 4740, `pam_faillock`: an account was locked after too many failed logons.
    AccountLocked,
    /// Windows 6416, kernel usb: an external device was recognised.
    DeviceAttached,
    /// Windows 4662, slapd: objects of the directory were read, as replication does.
    DirectoryAccess,
    /// Windows 4739, ansible-pull: a policy of the domain or of the machine was changed.
    PolicyChange,
    /// Windows 1074, systemd-shutdown: the machine was told to restart.
    Restart,
}

impl EventCode {
    /// All codes; a code's position is its number.
    pub const ALL: [EventCode; 27] = [
        EventCode::ProcessCreate,
        EventCode::ProcessEnd,
        EventCode::ImageLoad,
        EventCode::RemoteThread,
        EventCode::ProcessAccess,
        EventCode::FileWrite,
        EventCode::AutorunSet,
        EventCode::FileDelete,
        EventCode::Logon,
        EventCode::LogonFailed,
        EventCode::Logoff,
        EventCode::ExplicitCredentials,
        EventCode::PrivilegeUse,
        EventCode::ServiceInstall,
        EventCode::TaskCreate,
        EventCode::AccountCreate,
        EventCode::GroupAdd,
        EventCode::TicketRequest,
        EventCode::ShareAccess,
        EventCode::LogCleared,
        EventCode::ProtectionChange,
        EventCode::ScriptBlock,
        EventCode::AccountLocked,
        EventCode::DeviceAttached,
        EventCode::DirectoryAccess,
        EventCode::PolicyChange,
        EventCode::Restart,
    ];

    /// The log it stands in and its number there, on Windows.
    pub const fn windows(self) -> (&'static str, u16) {
        const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
        const SECURITY: &str = "Security";
        [
            (SYSMON, 1),
            (SYSMON, 5),
            (SYSMON, 7),
            (SYSMON, 8),
            (SYSMON, 10),
            (SYSMON, 11),
            (SYSMON, 13),
            (SYSMON, 23),
            (SECURITY, 4624),
            (SECURITY, 4625),
            (SECURITY, 4634),
            (SECURITY, 4648),
            (SECURITY, 4672),
            (SECURITY, 4697),
            (SECURITY, 4698),
            (SECURITY, 4720),
            (SECURITY, 4732),
            (SECURITY, 4769),
            (SECURITY, 5145),
            (SECURITY, 1102),
            ("Microsoft-Windows-Windows Defender/Operational", 5001),
            ("Microsoft-Windows-PowerShell/Operational", 4104),
            (SECURITY, 4740),
            (SECURITY, 6416),
            (SECURITY, 4662),
            (SECURITY, 4739),
            ("System", 1074),
        ][self as usize]
    }
}

/// Programs that appear in logs. Attackers and users run the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
#[allow(missing_docs, reason = "each is a program or a class of programs, named so")]
pub enum Image {
    None,
    System,
    ServiceHost,
    Shell,
    Browser,
    MailClient,
    OfficeWriter,
    OfficeSheet,
    PdfReader,
    ScriptHost,
    PowerShell,
    CommandLine,
    RemoteService,
    WmiProvider,
    TaskScheduler,
    DirectoryTool,
    NetworkTool,
    Archiver,
    Installer,
    Updater,
    BackupTool,
    AgentSoftware,
    Database,
    WebServer,
    BuildTool,
    Interpreter,
    SshDaemon,
    RemoteDesktop,
    AccountTool,
    DebugTool,
    DiskTool,
    RareTool,
    Spooler,
    SystemProxy,
    RemoteTool,
}

impl Image {
    /// All programs; a program's position is its number.
    pub const ALL: [Image; 35] = [
        Image::None,
        Image::System,
        Image::ServiceHost,
        Image::Shell,
        Image::Browser,
        Image::MailClient,
        Image::OfficeWriter,
        Image::OfficeSheet,
        Image::PdfReader,
        Image::ScriptHost,
        Image::PowerShell,
        Image::CommandLine,
        Image::RemoteService,
        Image::WmiProvider,
        Image::TaskScheduler,
        Image::DirectoryTool,
        Image::NetworkTool,
        Image::Archiver,
        Image::Installer,
        Image::Updater,
        Image::BackupTool,
        Image::AgentSoftware,
        Image::Database,
        Image::WebServer,
        Image::BuildTool,
        Image::Interpreter,
        Image::SshDaemon,
        Image::RemoteDesktop,
        Image::AccountTool,
        Image::DebugTool,
        Image::DiskTool,
        Image::RareTool,
        Image::Spooler,
        Image::SystemProxy,
        Image::RemoteTool,
    ];

    /// File names as they stand in Windows and Linux logs.
    pub const fn names(self) -> (&'static str, &'static str) {
        [
            ("-", "-"),
            ("System", "systemd"),
            ("svchost.exe", "dbus-daemon"),
            ("explorer.exe", "bash"),
            ("msedge.exe", "firefox"),
            ("OUTLOOK.EXE", "thunderbird"),
            ("WINWORD.EXE", "soffice"),
            ("EXCEL.EXE", "localc"),
            ("AcroRd32.exe", "evince"),
            ("wscript.exe", "sh"),
            ("powershell.exe", "pwsh"),
            ("cmd.exe", "dash"),
            ("PSEXESVC.exe", "ansible"),
            ("WmiPrvSE.exe", "salt-minion"),
            ("taskeng.exe", "cron"),
            ("net.exe", "ldapsearch"),
            ("nmap.exe", "nmap"),
            ("7z.exe", "tar"),
            ("msiexec.exe", "apt"),
            ("usoclient.exe", "unattended-upgr"),
            ("wbadmin.exe", "restic"),
            ("agent.exe", "agent"),
            ("sqlservr.exe", "postgres"),
            ("w3wp.exe", "nginx"),
            ("devenv.exe", "make"),
            ("python.exe", "python3"),
            ("sshd.exe", "sshd"),
            ("mstsc.exe", "xrdp"),
            ("dsac.exe", "usermod"),
            ("procdump.exe", "gdb"),
            ("vssadmin.exe", "lvremove"),
            ("setup.tmp.exe", "a.out"),
            ("spoolsv.exe", "cupsd"),
            ("rundll32.exe", "perl"),
            ("AnyDesk.exe", "anydesk"),
        ][self as usize]
    }
}

/// A login attempt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// The account.
    pub user: UserId,
    /// Address that it came from.
    pub source: Addr,
    /// Kind of login.
    pub kind: LoginKind,
    /// True when the login succeeded.
    pub success: bool,
}

/// Ways to log in; numbers are Windows logon types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum LoginKind {
    /// Login at the keyboard (2).
    Interactive,
    /// Login to a share or a service (3).
    Network,
    /// A scheduled job (4).
    Batch,
    /// A service (5).
    Service,
    /// Remote desktop or SSH (10).
    Remote,
}

impl LoginKind {
    /// Tells whether such a login leaves credentials on the machine, for whoever holds it to find: all but those over the network, for
    /// which a proof is enough (Microsoft, "Administrative tools and logon types").
    pub const fn leaves_credentials(self) -> bool {
        !matches!(self, LoginKind::Network)
    }
}

/// A change of configuration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConfigChange {
    /// Item that was changed.
    pub item: ConfigItem,
    /// Account that changed it; [`UserId::NONE`] for the system.
    pub user: UserId,
    /// Number of the package, rule or key.
    pub value: u32,
}

/// Items of configuration that are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum ConfigItem {
    /// Software installed or removed.
    Software,
    /// A patch was applied.
    Patch,
    /// A firewall rule changed.
    Firewall,
    /// Protection software or its rules changed.
    Protection,
    /// Accounts, groups or rights changed.
    Accounts,
    /// Something that starts by itself changed.
    Autorun,
    /// Backup jobs or snapshots changed.
    Backup,
    /// A vulnerability was found on the host.
    Vulnerability,
    /// A mailbox got a forwarding or filing rule.
    MailRule,
    /// A policy of the domain or of the machine changed.
    Policy,
}

impl ConfigItem {
    /// All items; an item's position is its number.
    pub const ALL: [ConfigItem; 10] = [
        ConfigItem::Software,
        ConfigItem::Patch,
        ConfigItem::Firewall,
        ConfigItem::Protection,
        ConfigItem::Accounts,
        ConfigItem::Autorun,
        ConfigItem::Backup,
        ConfigItem::Vulnerability,
        ConfigItem::MailRule,
        ConfigItem::Policy,
    ];
}

/// An indicator of compromise from a feed. It may be late, expired or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// Pattern to look for.
    pub pattern: Pattern,
    /// The feed's own confidence, 0 to 100 (STIX 2.1).
    pub confidence: u8,
    /// End of validity: not to be used afterwards.
    pub valid_until: SimTime,
}

/// Pattern that an indicator matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Pattern {
    /// An address.
    Address(Addr),
    /// A domain name.
    Domain(DomainId),
}
