//! Templates turned into records, and the sensors between what happens and what is recorded.
//!
//! Whoever acts, a record's fields come from the same distributions: attackers can be known only by what they
//! do together and in which order, never by a value of their own.

use crate::blue::{BLOCKED_VISIT, Posture};
use crate::conditions::Conditions;
use crate::plan::{POPULAR_SITES, Plan};
use crate::truth::{Label, Touch};
use mats_core::random::{Generator, Quantiles, Stream, unit};
use mats_core::telemetry::{
    Body, ConfigChange, ConfigItem, ConnState, EventCode, Flow, Image, Indicator, Login, LoginKind, Service,
    SystemEvent,
};
use mats_core::{Addr, DomainId, HostId, Os, Record, SimTime, SubnetId, UserId};
use mats_scenario::catalogue::Template;
use mats_scenario::model::Sensor;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Probability that a probe of a segment with a decoy meets the decoy, whoever probes.
const DECOY_PROBE: f64 = 0.02;

/// Places of the long tail that a machine keeps coming back to.
const HABITS: u32 = 40;
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

/// Telemetry as it reaches the collector, with the truth about each record beside it. Buffers are the caller's.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// What sensors delivered, by arrival.
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
pub struct Act {
    /// When.
    pub time: SimTime,
    /// On which machine.
    pub actor: HostId,
    /// Towards which other machine of the organisation.
    pub other: Option<HostId>,
    /// Under which account.
    pub user: UserId,
    /// The outside site involved; [`DomainId::NONE`] lets the template pick one.
    pub site: DomainId,
    /// Whether somebody outside acts upon `actor`, from the site's address.
    pub outside: bool,
    /// Multiplies sizes and amounts.
    pub scale: f32,
    /// The truth.
    pub label: Label,
    /// Breaks ties: the same for every act of the same occurrence.
    pub tie: u64,
}

/// Turns acts into pending records, given what the network lets through at the moment.
pub struct Emitter<'a> {
    /// The compiled scenario.
    pub plan: &'a Plan,
    /// What the defender has cut off.
    pub posture: &'a Posture,
    /// The episode's seed.
    pub seed: u64,
    /// What holds for this episode.
    pub conditions: &'a Conditions,
    /// Where records go.
    pub out: &'a mut Vec<Pending>,
    /// Where malicious activity is noted, whether sensors see it or not.
    pub touches: &'a mut Vec<Touch>,
    /// Where it is noted that somebody came upon a decoy, in which segment and from which machine.
    pub decoys_touched: &'a mut Vec<(SubnetId, HostId)>,
    /// Where sessions are noted that the defence made fail: on which machine that is booked, and what it costs.
    pub failed: &'a mut Vec<(HostId, f32)>,
}

/// Notes that malicious activity touched a machine; once a minute is enough.
pub(crate) fn touch(touches: &mut Vec<Touch>, time: SimTime, host: HostId, label: Label) {
    let same = |t: &Touch| t.host == host && t.label == label && time.0.abs_diff(t.time.0) < 60_000_000;
    if !touches.iter().rev().take(4).any(same) {
        touches.push(Touch { time, host, label });
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
    pub fn act(&mut self, template: Template, act: &Act, rng: &mut Generator) {
        if !self.posture.is_up(act.actor, act.time) || !self.conditions.is_on(act.actor) {
            return;
        }
        let inbound =
            matches!(template, Template::InboundRequest | Template::PortProbe | Template::CrowdRequest);
        if inbound && !crate::plan::is_exposed(&self.plan.scenario, act.actor) {
            return;
        }
        if act.label != Label::BENIGN {
            touch(self.touches, act.time, act.actor, act.label);
            if let Some(other) = act.other.filter(|_| template.needs_other()) {
                touch(self.touches, act.time, other, act.label);
            }
        }
        let shapes = &self.plan.shapes;
        let s = act.scale;
        let start = |image, parent| (EventCode::ProcessCreate, image, parent, 1);
        match template {
            Template::MailOpen => {
                let size = bytes(&shapes.page, s, rng);
                let ms = self.lasting(0.2, 1.0, rng);
                self.ask_mail(act, Service::Imap, (500, size, ms), rng);
                self.network_logon(act, self.plan.mail, 0.3, rng);
                let reader =
                    pick(&[Image::OfficeWriter, Image::OfficeSheet, Image::PdfReader, Image::Browser], rng);
                self.event(act, start(reader, Image::MailClient), rng);
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
                let site = if act.site == DomainId::NONE { self.looked_up(act, rng) } else { act.site };
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
                    self.decoys_touched.push((subnet, act.actor));
                }
            }
            Template::LoginFail => self.login(act, false, rng),
            Template::LoginOk => self.login(act, true, rng),
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
                    let there = Act { actor: directory, ..*act };
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
                    let later = Act {
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
                for _ in 0..2 {
                    self.login(act, false, rng);
                }
                let at = self.plan.directory.unwrap_or(act.actor);
                if act.user != UserId::NONE && self.posture.is_connected(at, act.time) {
                    let there = Act { actor: at, ..*act };
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
                self.ask_mail(act, Service::Imap, (700, size, ms), rng);
                self.config(act, ConfigItem::MailRule, rng);
            }
            Template::Replicate => {
                let answer = bytes(&shapes.page, 3.0 * s, rng);
                if self.ask_directory(act, Service::Ldap, answer, rng)
                    && let Some(directory) = self.plan.directory
                {
                    let amount = (shapes.amount.draw(rng) * s).max(1.0) as u32;
                    let there = Act { actor: directory, ..*act };
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

    /// An entry of the intelligence feed, which no sensor can miss.
    pub fn publish(&mut self, time: SimTime, indicator: Indicator, tie: u64) {
        let record = Record { time, arrival: time, host: HostId(0), body: Body::Intel(indicator) };
        self.out.push(Pending { record, label: Label::BENIGN, tie });
    }

    fn outside(&mut self, template: Template, act: &Act, rng: &mut Generator) {
        let shapes = &self.plan.shapes;
        let site = match template {
            _ if act.site != DomainId::NONE => act.site,
            Template::WebVisit => DomainId(1 + Plan::popular(unit(rng.next_u64()), POPULAR_SITES)),
            Template::Beacon => Plan::software_site(self.seed, act.actor, rng.next_u64() % 4),
            _ => self.rare(act, rng),
        };
        let (up, down, ms) = match template {
            Template::Beacon => (bytes(&shapes.small, act.scale, rng), bytes(&shapes.small, 1.5, rng), 1.0),
            Template::Download => (bytes(&shapes.small, 1.0, rng), bytes(&shapes.file, act.scale, rng), 10.0),
            Template::Upload => (bytes(&shapes.bulk, act.scale, rng), bytes(&shapes.small, 2.0, rng), 60.0),
            _ => (bytes(&shapes.small, 2.0, rng), bytes(&shapes.page, act.scale, rng), 4.0),
        };
        let kept = matches!(template, Template::WebVisit | Template::RareVisit | Template::Beacon);
        let ms = if kept { self.lasting(0.1, ms, rng) } else { millis(&shapes.brief, ms, rng) };
        if rng.random_bool(if template == Template::Beacon { 0.25 } else { 0.7 }) {
            self.lookup(act, site, 1.0, rng);
        }
        let service = if rng.random_bool(0.92) { Service::Tls } else { Service::Http };
        let blocked = self.flow(
            act,
            act.actor,
            Flow { domain: site, ..flow(Plan::address(site), service, up, down, ms) },
            rng,
        );
        if template == Template::Download && !blocked {
            let image = pick(
                &[Image::Browser, Image::Browser, Image::Updater, Image::PowerShell, Image::Interpreter],
                rng,
            );
            self.event(act, (EventCode::FileWrite, image, Image::None, 1), rng);
        }
    }

    /// A site of the long tail: usually one of the actor's own habits, sometimes a new one.
    fn rare(&self, act: &Act, rng: &mut Generator) -> DomainId {
        if rng.random_bool(0.75) {
            Plan::rare_site(
                Stream::new(self.seed, crate::purpose::HABIT, 1 << 48 | u64::from(act.actor.0))
                    .word(u64::from(Plan::popular(unit(rng.next_u64()), HABITS))),
            )
        } else {
            Plan::rare_site(rng.next_u64())
        }
    }

    /// A name that is looked up: a popular one, or one of the machine's own habits.
    fn looked_up(&self, act: &Act, rng: &mut Generator) -> DomainId {
        if rng.random_bool(0.3) {
            DomainId(1 + Plan::popular(unit(rng.next_u64()), POPULAR_SITES))
        } else {
            self.rare(act, rng)
        }
    }

    /// Milliseconds of a connection that is kept open for a while with some probability, and short otherwise.
    fn lasting(&self, kept: f64, scale: f32, rng: &mut Generator) -> u32 {
        let keeps = rng.random_bool(kept);
        let shape = if keeps { &self.plan.shapes.session } else { &self.plan.shapes.brief };
        millis(shape, if keeps { 0.5 } else { scale }, rng)
    }

    fn remote_service(&self, act: &Act, template: Template) -> Service {
        let os = act.other.map_or(Os::Linux, |h| self.plan.scenario.inventory.host(h).os);
        crate::plan::service(template, os).unwrap_or(Service::Other)
    }

    fn there(act: &Act) -> Act {
        Act { actor: act.other.unwrap_or(act.actor), ..*act }
    }

    fn lookup(&mut self, act: &Act, site: DomainId, scale: f32, rng: &mut Generator) {
        let shapes = &self.plan.shapes;
        let (up, down) = (bytes(&shapes.small, 0.1 * scale, rng), bytes(&shapes.small, 0.25 * scale, rng));
        let peer = self.plan.directory.filter(|&d| d != act.actor).map_or(Addr(0x0909_0909), Addr::internal);
        let ms = millis(&shapes.brief, 0.1, rng);
        self.flow(act, act.actor, Flow { domain: site, ..flow(peer, Service::Dns, up, down, ms) }, rng);
    }

    fn ask_mail(
        &mut self,
        act: &Act,
        service: Service,
        (up, down, ms): (u32, u32, u32),
        rng: &mut Generator,
    ) {
        let peer =
            self.plan.mail.filter(|&m| m != act.actor).map_or(Plan::address(DomainId(1)), Addr::internal);
        self.flow(act, act.actor, flow(peer, service, up, down, ms), rng);
    }

    fn ask_directory(&mut self, act: &Act, service: Service, answer: u32, rng: &mut Generator) -> bool {
        let Some(directory) = self.plan.directory.filter(|&d| d != act.actor) else { return false };
        let act = Act { other: Some(directory), ..*act };
        let ask = bytes(&self.plan.shapes.small, 0.6, rng);
        let ms = millis(&self.plan.shapes.brief, 0.2, rng);
        self.internal(&act, service, (ask, answer, ms), ConnState::Sf, rng)
    }

    /// A flow to another machine of the organisation. Returns whether it got through.
    fn internal(
        &mut self,
        act: &Act,
        service: Service,
        (up, down, ms): (u32, u32, u32),
        state: ConnState,
        rng: &mut Generator,
    ) -> bool {
        let Some(other) = act.other else { return false };
        let inventory = &self.plan.scenario.inventory;
        let (here, there) = (inventory.host(act.actor).subnet, inventory.host(other).subnet);
        let reachable = self.posture.is_connected(other, act.time)
            && self.conditions.is_on(other)
            && (state != ConnState::Sf || self.conditions.allows(here, there, service));
        let flow = flow(Addr::internal(other), service, up, down, ms);
        let flow = if reachable {
            Flow { state, ..flow }
        } else {
            Flow { state: ConnState::S0, bytes_in: 0, ..flow }
        };
        self.flow(act, act.actor, flow, rng);
        reachable && self.posture.is_connected(act.actor, act.time)
    }

    /// Returns whether a block got in the way.
    fn flow(&mut self, act: &Act, host: HostId, flow: Flow, rng: &mut Generator) -> bool {
        if !self.posture.is_connected(host, act.time) {
            return false;
        }
        let block =
            if flow.peer.is_internal() { None } else { self.posture.block_on(flow.peer, flow.domain) };
        let blocked = block.is_some();
        if act.label == Label::BENIGN && act.user != UserId::NONE && flow.outbound {
            self.failed.extend(block.map(|decided| (decided, BLOCKED_VISIT)));
        }
        let state = ending(flow.state, flow.service, rng.next_u32());
        let flow = if blocked {
            Flow { state: ConnState::Rej, bytes_in: 0, duration_ms: 1, ..flow }
        } else {
            Flow { state, ..flow }
        };
        self.push(act, host, Body::Flow(flow), self.conditions.sensors.flows, rng);
        blocked
    }

    fn event(
        &mut self,
        act: &Act,
        (code, image, parent, amount): (EventCode, Image, Image, u32),
        rng: &mut Generator,
    ) {
        let event = SystemEvent { code, user: act.user, image, parent, amount };
        self.push(act, act.actor, Body::Event(event), self.conditions.sensors.events, rng);
    }

    fn config(&mut self, act: &Act, item: ConfigItem, rng: &mut Generator) {
        let change = ConfigChange { item, user: act.user, value: rng.next_u32() % 5000 };
        self.push(act, act.actor, Body::Config(change), self.conditions.sensors.config, rng);
    }

    /// A login attempt: from outside, on another machine, or at the machine itself.
    fn login(&mut self, act: &Act, success: bool, rng: &mut Generator) {
        if act.outside {
            // Whoever guesses from outside tries many names, half of which nobody here has.
            let act = &Act { user: if success { act.user } else { self.guessed_name(rng) }, ..*act };
            let source = Plan::address(act.site);
            let (up, down) =
                (bytes(&self.plan.shapes.small, 3.0, rng), bytes(&self.plan.shapes.small, 3.0, rng));
            let ms = millis(&self.plan.shapes.brief, 8.0, rng);
            let service = self.plan.front_door(act.actor);
            let blocked = self.flow(
                act,
                act.actor,
                Flow { outbound: false, ..flow(source, service, up, down, ms) },
                rng,
            );
            if !blocked && self.posture.is_connected(act.actor, act.time) {
                self.login_record(act, source, LoginKind::Remote, success, rng);
                self.logon_event(act, success, rng);
            }
            return;
        }
        match act.other {
            Some(other)
                if self.posture.is_connected(other, act.time)
                    && self.conditions.is_on(other)
                    && self.posture.is_connected(act.actor, act.time) =>
            {
                let there = Self::there(act);
                self.login_record(&there, Addr::internal(act.actor), LoginKind::Network, success, rng);
                self.logon_event(&there, success, rng);
            }
            Some(_) => {}
            None => {
                let kind = if act.user == UserId::NONE { LoginKind::Service } else { LoginKind::Interactive };
                self.login_record(act, Addr::internal(act.actor), kind, success, rng);
                self.logon_event(act, success, rng);
            }
        }
    }

    /// The machine whose threat was answered by disabling an account, if it is disabled.
    pub(crate) fn locked_out(&self, user: UserId) -> Option<HostId> {
        let disabled = user != UserId::NONE && self.posture.is_disabled(user);
        self.posture.locked_out().iter().find(|l| disabled && l.0 == user).map(|l| l.1)
    }

    fn guessed_name(&self, rng: &mut Generator) -> UserId {
        let (word, users) = (rng.next_u32(), self.plan.scenario.users.len() as u32);
        if word & 1 == 0 || users == 0 { UserId::NONE } else { UserId((word >> 1) % users) }
    }

    /// A logon to another machine, as access to its services brings with it; not every access opens a session of its own.
    fn network_logon(&mut self, act: &Act, other: Option<HostId>, share: f64, rng: &mut Generator) {
        let opens = rng.random_bool(share);
        let up = |h: &HostId| {
            let runs =
                self.posture.is_connected(*h, act.time) && self.posture.is_connected(act.actor, act.time);
            runs && self.conditions.is_on(*h) && *h != act.actor
        };
        if let Some(other) = other.filter(|h| opens && up(h)) {
            let there = Act { actor: other, ..*act };
            self.login_record(&there, Addr::internal(act.actor), LoginKind::Network, true, rng);
        }
    }

    fn logon_event(&mut self, act: &Act, success: bool, rng: &mut Generator) {
        let code = if success { EventCode::Logon } else { EventCode::LogonFailed };
        self.event(act, (code, Image::System, Image::None, 1), rng);
    }

    fn login_record(&mut self, act: &Act, source: Addr, kind: LoginKind, success: bool, rng: &mut Generator) {
        let login = Login { user: act.user, source, kind, success };
        self.push(act, act.actor, Body::Login(login), self.conditions.sensors.logins, rng);
    }

    fn push(&mut self, act: &Act, host: HostId, body: Body, sensor: Sensor, rng: &mut Generator) {
        let word = rng.next_u64();
        if unit(word) >= sensor.coverage {
            return;
        }
        let delay = self.plan.shapes.delay.draw(rng) as f64 * sensor.delay_seconds;
        // A few milliseconds between the records of one act, as their order in time.
        let time = SimTime(act.time.0 + (word & 0x3fff));
        let arrival = SimTime(time.0 + (delay * 1e6) as u64);
        self.out.push(Pending {
            record: Record { time, arrival, host, body },
            label: act.label,
            tie: act.tie,
        });
    }
}

/// How a connection ends: most are closed in order, some are aborted by either side or outlast what the sensor saw.
fn ending(state: ConnState, service: Service, draw: u32) -> ConnState {
    if state != ConnState::Sf || matches!(service, Service::Dns | Service::Ntp) {
        return state;
    }
    match draw % 1000 {
        0..80 => ConnState::Rsto,
        80..110 => ConnState::Rstr,
        110..125 => ConnState::S1,
        _ => ConnState::Sf,
    }
}

fn flow(peer: Addr, service: Service, bytes_out: u32, bytes_in: u32, duration_ms: u32) -> Flow {
    Flow {
        peer,
        domain: DomainId::NONE,
        bytes_out,
        bytes_in,
        duration_ms,
        port: service.port(),
        service,
        state: ConnState::Sf,
        outbound: true,
    }
}
