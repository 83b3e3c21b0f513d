//! Templates turned into records, and the sensors between what happens and what is recorded.
//!
//! Whoever acts, a record's fields come from the same distributions: attackers can be known only by what they
//! do together and in which order, never by a value of their own.

mod records;

use self::records::flow;
use crate::conditions::Conditions;
use crate::plan::Plan;
use crate::posture::Posture;
use crate::sessions::Sessions;
use crate::truth::{Label, MaliciousActivity};
use mats_core::random::{Generator, Quantiles};
use mats_core::telemetry::{ConfigItem, ConnState, EventCode, Flow, Image, LoginKind, Service};
use mats_core::{Addr, DomainId, HostId, Record, SimTime, SubnetId, UserId};
use mats_scenario::catalogue::Template;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Probability that a probe of a segment with a decoy meets the decoy, whoever probes.
const DECOY_PROBE: f64 = 0.02;

/// Services that whoever sweeps a network tries, the usual ones more often.
const PROBED: [Service; 16] = [
    Service::Smb,
    Service::Smb,
    Service::Rdp,
    Service::Rdp,
    Service::Ssh,
    Service::Ssh,
    Service::Http,
    Service::Http,
    Service::Tls,
    Service::Tls,
    Service::Winrm,
    Service::Database,
    Service::Ldap,
    Service::Smtp,
    Service::Ipp,
    Service::Other,
];

/// Templates of what people do on another machine once they have logged in there, the usual things more often.
const WORK: [Template; 19] = [
    Template::ScriptRun,
    Template::ScriptRun,
    Template::ScriptRun,
    Template::ScriptRun,
    Template::AppRun,
    Template::AppRun,
    Template::AppRun,
    Template::RareRun,
    Template::ProxyRun,
    Template::Archive,
    Template::DirectoryQuery,
    Template::MassWrite,
    Template::MassDelete,
    Template::PackageInstall,
    Template::PackageInstall,
    Template::ServiceInstall,
    Template::ServiceInstall,
    Template::MemoryAccess,
    Template::LogClear,
];

/// Telemetry as it reaches the collector, with the truth about each record beside it. Buffers are the caller's.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// Records that sensors delivered, by arrival.
    pub records: Vec<Record>,
    /// The truth about each record, at the same position. Not for defenders.
    pub labels: Vec<Label>,
}

impl Telemetry {
    /// Empties both columns, keeping their memory.
    pub fn clear(&mut self) {
        self.records.clear();
        self.labels.clear();
    }
}

/// A record on its way to the collector.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Pending {
    pub(crate) record: Record,
    pub(crate) label: Label,
    /// Breaks ties of arrival: entity, occurrence, position.
    pub(crate) tie: u64,
}

/// One thing that somebody does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Activity {
    /// Time of the activity.
    pub time: SimTime,
    /// Machine that acts.
    pub actor: HostId,
    /// Other machine of the organisation that it is aimed at.
    pub other: Option<HostId>,
    /// Account that is used.
    pub user: UserId,
    /// The outside site involved; [`DomainId::NONE`] lets the template pick one.
    pub site: DomainId,
    /// True when somebody outside acts upon `actor`, from the site's address.
    pub outside: bool,
    /// Multiplies sizes and amounts.
    pub scale: f32,
    /// The truth.
    pub label: Label,
    /// Breaks ties: the same for every act of the same occurrence.
    pub tie: u64,
}

/// Former name of [`Activity`].
#[deprecated(since = "0.2.0", note = "renamed to `Activity`")]
pub type Act = Activity;

/// Turns acts into pending records, given what the network lets through at the moment.
pub struct Emitter<'a> {
    /// The compiled scenario.
    pub plan: &'a Plan,
    /// Posture: what the defender has cut off.
    pub posture: &'a Posture,
    /// The episode's seed.
    pub seed: u64,
    /// Conditions of this episode.
    pub conditions: &'a Conditions,
    /// Records on their way.
    pub out: &'a mut Vec<Pending>,
    /// List of malicious activities, whether sensors see them or not.
    pub activities: &'a mut Vec<MaliciousActivity>,
    /// List of decoys that somebody came upon: when, in which segment and from which machine.
    pub decoys_touched: &'a mut Vec<(SimTime, SubnetId, HostId)>,
    /// Who logged on where.
    pub sessions: &'a mut Sessions,
    /// List of sessions that the defence made fail: on which machine that is booked, and what it costs.
    pub failed: &'a mut Vec<(HostId, f32)>,
}

/// Notes that malicious activity touched a machine; once a minute is enough.
pub(crate) fn note_activity(
    activities: &mut Vec<MaliciousActivity>,
    time: SimTime,
    host: HostId,
    label: Label,
) {
    let same =
        |t: &MaliciousActivity| t.host == host && t.label == label && time.0.abs_diff(t.time.0) < 60_000_000;
    if !activities.iter().rev().take(4).any(same) {
        activities.push(MaliciousActivity { time, host, label });
    }
}

/// A duration; the sensor counts in milliseconds, and nothing takes none.
fn millis(shape: &Quantiles, scale: f32, rng: &mut Generator) -> u32 {
    (shape.draw(rng) * scale).clamp(1.0, 2e9) as u32
}

fn bytes(shape: &Quantiles, scale: f32, rng: &mut Generator) -> u32 {
    (shape.draw(rng) * scale).clamp(40.0, 2e9) as u32
}

fn pick<T: Copy>(from: &[T], rng: &mut Generator) -> T {
    from[(rng.next_u32() as usize) % from.len()]
}

impl Emitter<'_> {
    /// Emits one repetition of a template.
    pub fn act(&mut self, template: Template, act: &Activity, rng: &mut Generator) {
        if !self.posture.is_up(act.actor, act.time) || !self.conditions.is_on(act.actor) {
            return;
        }
        let inbound =
            matches!(template, Template::InboundRequest | Template::PortProbe | Template::CrowdRequest);
        if inbound && !self.plan.is_exposed(act.actor) {
            return;
        }
        if act.label != Label::BENIGN {
            note_activity(self.activities, act.time, act.actor, act.label);
            if let Some(other) = act.other.filter(|_| template.needs_other()) {
                note_activity(self.activities, act.time, other, act.label);
            }
        }
        let shapes = &self.plan.distributions;
        let s = act.scale;
        let start = |image, parent| (EventCode::ProcessCreate, image, parent, 1);
        match template {
            Template::MailOpen => {
                let size = bytes(&shapes.page, s, rng);
                let ms = self.lasting(0.2, 1.0, rng);
                if act.outside {
                    let act = self.comer(act, true, rng);
                    self.mail_from_outside(&act, (500, size, ms), rng);
                } else {
                    self.ask_mail(act, Service::Imap, (500, size, ms), rng);
                    self.network_logon(act, self.plan.mail, 0.3, rng);
                    let readers = [Image::OfficeWriter, Image::OfficeSheet, Image::PdfReader, Image::Browser];
                    self.event(act, start(pick(&readers, rng), Image::MailClient), rng);
                }
            }
            Template::MailSend => {
                let (size, ms) = (bytes(&shapes.page, s, rng), millis(&shapes.brief, 1.0, rng));
                self.ask_mail(act, Service::Smtp, (size, 600, ms), rng);
            }
            Template::WebVisit
            | Template::RareVisit
            | Template::Beacon
            | Template::Download
            | Template::Upload => self.outside(template, act, rng),
            Template::DnsBurst => {
                let site = self.looked_up(act, rng);
                self.lookup(act, site, s, rng);
            }
            Template::DnsTunnel => {
                // Of one occurrence, all names lie below one domain.
                let own = || Plan::software_site(self.seed, act.actor, act.tie % 4);
                let site = if act.site == DomainId::NONE { own() } else { act.site };
                self.lookup(act, site, s, rng);
            }
            Template::InboundRequest => {
                let site =
                    if act.site == DomainId::NONE { Plan::rare_site(rng.next_u64()) } else { act.site };
                let (up, down) = (bytes(&shapes.small, s, rng), bytes(&shapes.page, 1.0, rng));
                let ms = millis(&shapes.brief, 1.0, rng);
                let service = if rng.random_bool(0.8) { Service::Tls } else { Service::Http };
                let flow = Flow { outbound: false, ..flow(Plan::address(site), service, up, down, ms) };
                self.flow(act, act.actor, flow, rng);
            }
            Template::Sweep => {
                let service = pick(&PROBED, rng);
                let state = pick(&[ConnState::S0, ConnState::Rej, ConnState::Rej, ConnState::Sf], rng);
                let up = bytes(&shapes.small, 0.2, rng);
                let down = if state == ConnState::Sf { bytes(&shapes.small, 0.3, rng) } else { 0 };
                let ms = millis(&shapes.brief, 0.2, rng);
                self.internal(act, service, (up, down, ms), state, rng);
                // Drawn in any case, so that a decoy changes nothing else.
                let stumbles = rng.random_bool(DECOY_PROBE);
                let subnet = act.other.map(|h| self.plan.scenario.inventory.host(h).subnet);
                if let Some(subnet) = subnet.filter(|&s| stumbles && self.posture.has_decoy(s)) {
                    self.decoys_touched.push((act.time, subnet, act.actor));
                }
            }
            Template::LoginFail | Template::LoginOk => {
                let success = template == Template::LoginOk;
                let act = self.comer(act, success, rng);
                self.login(&act, success, rng);
            }
            Template::RemoteSession => {
                let service = self.remote_service(act, template);
                let (up, down) = (bytes(&shapes.page, s, rng), bytes(&shapes.page, 4.0 * s, rng));
                let ms = millis(&shapes.session, 1.0, rng);
                if self.internal(act, service, (up, down, ms), ConnState::Sf, rng) {
                    let there = Self::there(act);
                    self.login_record(&there, Addr::internal(act.actor), LoginKind::Remote, true, rng);
                    let daemon =
                        if service == Service::Ssh { Image::SshDaemon } else { Image::RemoteDesktop };
                    self.event(&there, (EventCode::Logon, daemon, Image::None, 1), rng);
                    if rng.random_bool(0.4) {
                        self.event(&there, (EventCode::PrivilegeUse, Image::Shell, Image::None, 1), rng);
                    }
                    self.work(&there, rng);
                }
            }
            Template::RemoteExec => {
                let mut service = self.remote_service(act, template);
                if service == Service::Smb && rng.random_bool(0.4) {
                    service = Service::Winrm;
                }
                let (up, down) = (bytes(&shapes.page, 0.5 * s, rng), bytes(&shapes.small, 2.0, rng));
                let ms = millis(&shapes.brief, 10.0, rng);
                if self.internal(act, service, (up, down, ms), ConnState::Sf, rng) {
                    let there = Self::there(act);
                    self.login_record(&there, Addr::internal(act.actor), LoginKind::Network, true, rng);
                    let image = pick(
                        &[Image::CommandLine, Image::PowerShell, Image::ScriptHost, Image::Installer],
                        rng,
                    );
                    let parent = pick(&[Image::RemoteService, Image::WmiProvider], rng);
                    self.event(&there, start(image, parent), rng);
                }
            }
            Template::FileShare => {
                let write = rng.random_bool(0.35);
                let (big, little) = (bytes(&shapes.file, s, rng), bytes(&shapes.small, 3.0, rng));
                let (up, down) = if write { (big, little) } else { (little, big) };
                let ms = self.lasting(0.2, 5.0, rng);
                if self.internal(act, Service::Smb, (up, down, ms), ConnState::Sf, rng) {
                    let there = Self::there(act);
                    self.network_logon(act, act.other, 0.7, rng);
                    let amount = shapes.amount.draw(rng) * s;
                    self.event(
                        &there,
                        (EventCode::ShareAccess, Image::System, Image::None, amount.max(1.0) as u32),
                        rng,
                    );
                }
            }
            Template::DbQuery => {
                let (up, down) = (bytes(&shapes.small, 2.0, rng), bytes(&shapes.page, 0.25 * s, rng));
                let ms = self.lasting(0.2, 2.0, rng);
                if self.internal(act, Service::Database, (up, down, ms), ConnState::Sf, rng) {
                    self.network_logon(act, act.other, 0.3, rng);
                }
            }
            Template::DirectoryQuery => {
                let answer = bytes(&shapes.small, 4.0 * s, rng);
                if self.ask_directory(act, Service::Ldap, answer, rng) {
                    self.network_logon(act, self.plan.directory, 0.5, rng);
                }
                if rng.random_bool(0.5) {
                    let parent = pick(&[Image::CommandLine, Image::PowerShell, Image::Shell], rng);
                    self.event(act, start(Image::DirectoryTool, parent), rng);
                }
            }
            Template::Tickets => {
                let answer = bytes(&shapes.small, 2.0, rng);
                if self.ask_directory(act, Service::Kerberos, answer, rng)
                    && let Some(directory) = self.plan.directory
                {
                    let amount = (shapes.amount.draw(rng) * 0.3 * s).max(1.0) as u32;
                    let there = Activity { actor: directory, ..*act };
                    self.event(&there, (EventCode::TicketRequest, Image::System, Image::None, amount), rng);
                }
            }
            Template::AppRun => {
                const APPS: [Image; 8] = [
                    Image::OfficeWriter,
                    Image::OfficeSheet,
                    Image::Browser,
                    Image::MailClient,
                    Image::PdfReader,
                    Image::BuildTool,
                    Image::Interpreter,
                    Image::ServiceHost,
                ];
                let image = pick(&APPS, rng);
                self.event(act, start(image, Image::Shell), rng);
                if rng.random_bool(0.5) {
                    let later = Activity {
                        time: act.time
                            + mats_core::Duration::from_seconds(20.0 + 200.0 * rng.random::<f64>()),
                        ..*act
                    };
                    self.event(&later, (EventCode::ProcessEnd, image, Image::Shell, 1), rng);
                }
            }
            Template::ScriptRun => {
                let image = pick(
                    &[Image::PowerShell, Image::ScriptHost, Image::CommandLine, Image::Interpreter],
                    rng,
                );
                let parent = pick(
                    &[
                        Image::Shell,
                        Image::Shell,
                        Image::TaskScheduler,
                        Image::OfficeWriter,
                        Image::OfficeSheet,
                        Image::BuildTool,
                    ],
                    rng,
                );
                self.event(act, start(image, parent), rng);
                if rng.random_bool(0.6) {
                    let amount = (shapes.amount.draw(rng) * s).max(1.0) as u32;
                    self.event(act, (EventCode::ScriptBlock, image, parent, amount), rng);
                }
            }
            Template::RareRun => {
                let image = pick(
                    &[
                        Image::RareTool,
                        Image::RareTool,
                        Image::RemoteTool,
                        Image::NetworkTool,
                        Image::DebugTool,
                        Image::Installer,
                    ],
                    rng,
                );
                let parent = pick(&[Image::Shell, Image::CommandLine, Image::Browser, Image::Updater], rng);
                self.event(act, start(image, parent), rng);
                self.event(act, (EventCode::ImageLoad, image, parent, 1), rng);
            }
            Template::MemoryAccess => {
                let image =
                    pick(&[Image::DebugTool, Image::AgentSoftware, Image::RareTool, Image::BuildTool], rng);
                self.event(act, (EventCode::ProcessAccess, image, Image::System, 1), rng);
                if rng.random_bool(0.3) {
                    self.event(act, (EventCode::RemoteThread, image, Image::ServiceHost, 1), rng);
                }
            }
            Template::MassWrite | Template::MassDelete => {
                let amount = (shapes.amount.draw(rng) * 4.0 * s).max(1.0) as u32;
                let (code, image) = if template == Template::MassWrite {
                    (
                        EventCode::FileWrite,
                        pick(&[Image::BackupTool, Image::Interpreter, Image::RareTool, Image::Shell], rng),
                    )
                } else {
                    (
                        EventCode::FileDelete,
                        pick(&[Image::DiskTool, Image::Shell, Image::BackupTool, Image::CommandLine], rng),
                    )
                };
                self.event(act, (code, image, Image::None, amount), rng);
                if template == Template::MassDelete && rng.random_bool(0.1) {
                    self.config(act, ConfigItem::Backup, rng);
                }
            }
            Template::Archive => {
                let parent = pick(&[Image::Shell, Image::CommandLine, Image::BackupTool], rng);
                self.event(act, start(Image::Archiver, parent), rng);
                let amount = (shapes.amount.draw(rng) * s).max(1.0) as u32;
                self.event(act, (EventCode::FileWrite, Image::Archiver, parent, amount), rng);
            }
            Template::Autorun => {
                let code = pick(&[EventCode::TaskCreate, EventCode::AutorunSet], rng);
                let image =
                    pick(&[Image::Installer, Image::PowerShell, Image::CommandLine, Image::Updater], rng);
                self.event(act, (code, image, Image::None, 1), rng);
                self.config(act, ConfigItem::Autorun, rng);
            }
            Template::ServiceInstall => {
                let image =
                    pick(&[Image::Installer, Image::RemoteService, Image::ServiceHost, Image::RareTool], rng);
                self.event(act, (EventCode::ServiceInstall, image, Image::None, 1), rng);
                self.config(act, ConfigItem::Software, rng);
            }
            Template::AccountChange => {
                let code = pick(&[EventCode::AccountCreate, EventCode::GroupAdd], rng);
                self.event(act, (code, Image::AccountTool, Image::None, 1), rng);
                self.config(act, ConfigItem::Accounts, rng);
            }
            Template::LogClear => {
                self.event(act, (EventCode::LogCleared, Image::System, Image::None, 1), rng);
            }
            Template::ProtectionChange => {
                let image = pick(&[Image::AgentSoftware, Image::PowerShell, Image::Updater], rng);
                self.event(act, (EventCode::ProtectionChange, image, Image::None, 1), rng);
                let item = if rng.random_bool(0.7) { ConfigItem::Protection } else { ConfigItem::Firewall };
                self.config(act, item, rng);
            }
            Template::PackageInstall => {
                self.event(
                    act,
                    start(Image::Installer, pick(&[Image::Updater, Image::Shell, Image::RemoteService], rng)),
                    rng,
                );
                let item = if rng.random_bool(0.5) { ConfigItem::Software } else { ConfigItem::Patch };
                self.config(act, item, rng);
            }
            Template::PortProbe => {
                let site =
                    if act.site == DomainId::NONE { Plan::rare_site(rng.next_u64()) } else { act.site };
                let service = pick(&PROBED, rng);
                let state = pick(&[ConnState::S0, ConnState::S0, ConnState::Rej, ConnState::Rstr], rng);
                let answered = state == ConnState::Rstr;
                let (up, down) = if answered {
                    (bytes(&shapes.small, 0.2, rng), bytes(&shapes.small, 0.2, rng))
                } else {
                    (0, 0)
                };
                let ms = millis(&shapes.brief, 0.2, rng);
                let probe = flow(Plan::address(site), service, up, down, ms);
                self.flow(act, act.actor, Flow { outbound: false, state, ..probe }, rng);
            }
            Template::CrowdRequest => {
                // Everybody comes from somewhere else, whoever has sent them.
                let site = Plan::rare_site(rng.next_u64());
                let (up, down) = (bytes(&shapes.small, s, rng), bytes(&shapes.page, 1.0, rng));
                let ms = millis(&shapes.brief, 1.0, rng);
                let service = if rng.random_bool(0.8) { Service::Tls } else { Service::Http };
                let state = pick(&[ConnState::Sf, ConnState::Sf, ConnState::S0, ConnState::Rstr], rng);
                let down = if state == ConnState::S0 { 0 } else { down };
                let request = flow(Plan::address(site), service, up, down, ms);
                self.flow(act, act.actor, Flow { outbound: false, state, ..request }, rng);
            }
            Template::Print => {
                let (up, down) = (bytes(&shapes.page, 8.0 * s, rng), bytes(&shapes.small, 0.6, rng));
                let ms = millis(&shapes.brief, 6.0, rng);
                self.event(act, start(Image::Spooler, Image::ServiceHost), rng);
                if self.internal(act, Service::Ipp, (up, down, ms), ConnState::Sf, rng) {
                    self.network_logon(act, act.other, 0.5, rng);
                }
            }
            Template::TimeSync => {
                let peer = self.plan.directory.filter(|&d| d != act.actor);
                let peer = peer.map_or(Plan::address(DomainId(2)), Addr::internal);
                let ms = millis(&shapes.brief, 0.3, rng);
                self.flow(act, act.actor, flow(peer, Service::Ntp, 48, 48, ms), rng);
            }
            Template::AccountLock => {
                let act = &self.comer(act, true, rng);
                for _ in 0..2 {
                    self.login(act, false, rng);
                }
                let at = self.plan.directory.unwrap_or(act.actor);
                if act.user != UserId::NONE && self.posture.is_connected(at, act.time) {
                    let there = Activity { actor: at, ..*act };
                    self.event(&there, (EventCode::AccountLocked, Image::System, Image::None, 1), rng);
                }
            }
            Template::DeviceAttach => {
                self.event(act, (EventCode::DeviceAttached, Image::System, Image::None, 1), rng);
                let amount = (shapes.amount.draw(rng) * s).max(1.0) as u32;
                let image = pick(&[Image::Shell, Image::Shell, Image::CommandLine, Image::BackupTool], rng);
                self.event(act, (EventCode::FileWrite, image, Image::None, amount), rng);
            }
            Template::MailRule => {
                let (size, ms) = (bytes(&shapes.small, 2.0, rng), millis(&shapes.brief, 1.0, rng));
                let act = &self.comer(act, true, rng);
                if act.outside {
                    if self.mail_from_outside(act, (700, size, ms), rng) {
                        self.config(act, ConfigItem::MailRule, rng);
                    }
                } else {
                    self.ask_mail(act, Service::Imap, (700, size, ms), rng);
                    self.config(act, ConfigItem::MailRule, rng);
                }
            }
            Template::Replicate => {
                let answer = bytes(&shapes.page, 3.0 * s, rng);
                if self.ask_directory(act, Service::Ldap, answer, rng)
                    && let Some(directory) = self.plan.directory
                {
                    let amount = (shapes.amount.draw(rng) * s).max(1.0) as u32;
                    let there = Activity { actor: directory, ..*act };
                    self.event(&there, (EventCode::DirectoryAccess, Image::System, Image::None, amount), rng);
                }
            }
            Template::PolicyChange => {
                let image = pick(&[Image::DirectoryTool, Image::PowerShell, Image::AgentSoftware], rng);
                self.event(act, (EventCode::PolicyChange, image, Image::None, 1), rng);
                self.config(act, ConfigItem::Policy, rng);
            }
            Template::ProxyRun => {
                let parent = pick(
                    &[
                        Image::Shell,
                        Image::Installer,
                        Image::CommandLine,
                        Image::OfficeWriter,
                        Image::Updater,
                    ],
                    rng,
                );
                self.event(act, start(Image::SystemProxy, parent), rng);
                self.event(act, (EventCode::ImageLoad, Image::SystemProxy, parent, 1), rng);
            }
            Template::Restart => {
                let image =
                    pick(&[Image::Updater, Image::Shell, Image::Installer, Image::AgentSoftware], rng);
                self.event(act, (EventCode::Restart, image, Image::None, 1), rng);
                self.event(act, start(Image::ServiceHost, Image::System), rng);
            }
        }
    }
}
