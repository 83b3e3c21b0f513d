//! Record → counters of the machines it concerns. Constant time, nothing allocated (the indicator table may
//! grow when a feed speaks).

use super::destinations::{Destinations, place};
use super::distinct::estimates;
use super::host::{HostWindow, fast, set, slow};
use super::programs::{Program, oddity, program_class};
use super::{FeatureRow, Suspects};
use crate::features::keys;
use crate::indicators::Indicators;
use mats_core::telemetry::{
    Addr, ConfigChange, ConfigItem, ConnState, EventCode, Flow, Image, Indicator, Login, LoginKind, Pattern,
    Service, SystemEvent,
};
use mats_core::{Body, DomainId, Duration, HostId, Inventory, Record, SimTime};
use std::sync::Arc;

/// A late indicator still counts against the last visitor of a place within this time.
const LATE: Duration = Duration::from_hours(2);

/// Effect of a record.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct HostTouch {
    /// The machine whose counters changed most.
    pub host: Option<HostId>,
    /// The other machine concerned, if internal.
    pub peer: Option<HostId>,
    /// True if the first machine is worth a look at once.
    pub notable: bool,
    /// The key for the sequence model; 0 for none.
    pub key: u16,
}

/// The windows of all machines, and what the organisation knows together.
#[derive(Debug, Clone)]
pub(crate) struct Windows {
    inventory: Arc<Inventory>,
    hosts: Vec<HostWindow>,
    destinations: Destinations,
    indicators: Indicators,
    estimates: [f32; 65],
    /// A place that at most so many machines know is uncommon: a sixth of them, at least two.
    uncommon: u32,
}

impl Windows {
    pub(crate) fn new(inventory: Arc<Inventory>) -> Windows {
        let mut windows = Windows {
            hosts: Vec::with_capacity(inventory.hosts.len()),
            uncommon: (inventory.hosts.len() as u32 / 6).clamp(2, 16),
            inventory,
            destinations: Destinations::new(),
            indicators: Indicators::new(),
            estimates: estimates(),
        };
        windows.reset();
        windows
    }

    /// Forgets everything but the inventory.
    pub(crate) fn reset(&mut self) {
        self.hosts.clear();
        self.hosts.extend(
            self.inventory
                .hosts
                .iter()
                .map(|h| HostWindow::new(h.class as u8 as f32 * 0.5, Suspects::new(h.owner))),
        );
        self.destinations.clear();
        self.indicators.clear();
    }

    pub(crate) fn hosts(&self) -> usize {
        self.hosts.len()
    }

    pub(crate) fn suspects(&self, host: HostId) -> &Suspects {
        &self.hosts[host.index()].suspects
    }

    pub(crate) fn indicator(&self, host: HostId, now: SimTime) -> f32 {
        self.hosts[host.index()].indicator(now)
    }

    pub(crate) fn row(&self, host: HostId, now: SimTime, row: &mut FeatureRow) {
        let second = u64::from(self.inventory.start_of_day) + now.0 / 1_000_000;
        let hour = (second % 86_400) as f32 / 3600.0;
        self.hosts[host.index()].row(now, hour, &self.estimates, row);
    }

    /// Takes a record in. Machines outside the inventory are passed over.
    #[inline]
    pub(crate) fn observe(&mut self, record: &Record) -> HostTouch {
        let now = record.arrival;
        if let Body::Intel(indicator) = &record.body {
            return self.intel(indicator, now);
        }
        let Some(window) = self.hosts.get_mut(record.host.index()) else {
            return HostTouch::default();
        };
        window.touch(now);
        match &record.body {
            Body::Flow(flow) => self.flow(record.host, flow, record.time, now),
            Body::Event(event) => self.event(record.host, event, now),
            Body::Login(login) => self.login(record.host, login, now),
            Body::Config(change) => self.config(record.host, change, now),
            Body::Intel(_) => HostTouch::default(),
        }
    }

    fn flow(&mut self, host: HostId, flow: &Flow, time: SimTime, now: SimTime) -> HostTouch {
        let window = &mut self.hosts[host.index()];
        let failed = matches!(flow.state, ConnState::S0 | ConnState::Rej);
        let admin = matches!(flow.service, Service::Smb | Service::Rdp | Service::Ssh | Service::Winrm);
        let mut touch = HostTouch { host: Some(host), ..HostTouch::default() };
        let internal = flow.peer.is_internal();
        if flow.outbound {
            window.fast[fast::OUT] += 1.0;
            window.fast[fast::FAILED] += f32::from(failed);
        } else {
            window.fast[fast::IN] += 1.0;
            window.slow[slow::ADMIN_IN] += f32::from(admin);
        }
        if internal {
            if flow.outbound {
                window.slow[slow::ADMIN_OUT] += f32::from(admin);
                window.sets[set::PEERS].add(flow.peer.0);
                let peer = flow.peer.host().filter(|p| p.index() < self.hosts.len() && *p != host);
                if let Some(peer) = peer {
                    let window = &mut self.hosts[peer.index()];
                    window.touch(now);
                    window.fast[fast::IN] += 1.0;
                    window.slow[slow::ADMIN_IN] += f32::from(admin);
                    touch.peer = Some(peer);
                }
            }
            return touch;
        }
        let key = place(flow.peer, flow.domain);
        let sent = if flow.outbound { flow.bytes_out } else { flow.bytes_in };
        window.slow[slow::SENT] += sent as f32 * (1.0 / 1024.0);
        window.slow[slow::OUTSIDE] += 1.0;
        let fame = self.destinations.visit(key, flow.peer, host, now);
        let rare = fame.visitors <= 2;
        window.slow[slow::RARE] += f32::from(rare);
        if fame.visitors <= self.uncommon {
            if flow.outbound {
                window.beacons.visit(key, time);
            }
            if fame.visitors >= 2 {
                window.slow[slow::SHARED] += 1.0 / (1.0 + fame.age);
            }
        }
        let confidence = self.indicators.confidence(flow.peer, flow.domain, now);
        if confidence > 0.0 {
            raise(&mut window.slow[slow::INDICATOR], confidence);
            touch.notable = true;
        }
        // What leaves counts most: a tenth for 10 KiB, a third for 10 MiB.
        let volume = (32 - (sent >> 10).leading_zeros()) as f32 * (1.0 / 40.0);
        let weight = 2.0 * confidence + if rare { 0.1 + volume } else { 0.25 * volume };
        window.suspects.place(flow.peer, flow.domain, weight, now);
        touch
    }

    fn event(&mut self, host: HostId, event: &SystemEvent, now: SimTime) -> HostTouch {
        let known = self.inventory.users.get(event.user.index());
        let foreign = known.is_some_and(|u| u.home != host && !u.admin);
        let window = &mut self.hosts[host.index()];
        let w = &mut window.slow;
        let amount = event.amount as f32;
        let mut notable = false;
        let mut odd = 0.0;
        match event.code {
            EventCode::ProcessCreate => {
                odd = oddity(event.image) + if foreign { 0.3 } else { 0.0 };
                w[slow::FOREIGN] += f32::from(foreign);
                let program = program_class(event.image);
                match program {
                    Program::Script => w[slow::SCRIPTS] += 1.0,
                    Program::Discovery => w[slow::DISCOVERY] += 1.0,
                    Program::Archiver => w[slow::ARCHIVES] += 1.0,
                    Program::Rare | Program::Memory => w[slow::RARE_TOOLS] += 1.0,
                    Program::Disk => w[slow::DELETED] += 64.0,
                    _ => {}
                }
                let from = program_class(event.parent);
                if from == Program::Remote || event.parent == Image::TaskScheduler {
                    w[slow::REMOTE] += 1.0;
                    odd += 0.2;
                }
                if matches!(from, Program::Office | Program::Server) && odd > 0.0 {
                    w[slow::ODD_PARENTS] += 1.0;
                    odd += 0.5;
                    notable = true;
                }
                notable |= matches!(program, Program::Rare | Program::Memory | Program::Disk);
            }
            EventCode::RemoteThread | EventCode::ProcessAccess => {
                w[slow::RARE_TOOLS] += 1.0;
                odd = 0.6 + oddity(event.image);
                notable = true;
            }
            EventCode::FileWrite => window.fast[fast::FILES] += amount,
            EventCode::FileDelete => {
                window.fast[fast::FILES] += amount;
                w[slow::DELETED] += amount;
            }
            EventCode::LogonFailed | EventCode::AccountLocked => w[slow::FAILED_LOGINS] += 1.0,
            EventCode::PrivilegeUse | EventCode::ExplicitCredentials | EventCode::DirectoryAccess => {
                w[slow::PRIVILEGES] += 1.0;
                odd = 0.1;
            }
            EventCode::ServiceInstall
            | EventCode::TaskCreate
            | EventCode::AutorunSet
            | EventCode::AccountCreate
            | EventCode::GroupAdd => {
                w[slow::PERSISTENCE] += 1.0;
                odd = 0.4 + oddity(event.image);
                notable = true;
            }
            EventCode::ShareAccess => w[slow::ARCHIVES] += 0.1,
            EventCode::LogCleared | EventCode::ProtectionChange | EventCode::PolicyChange => {
                w[slow::EVASION] += 1.0;
                odd = 1.0;
                notable = true;
            }
            EventCode::ScriptBlock => w[slow::SCRIPTS] += 1.0,
            EventCode::ProcessEnd
            | EventCode::ImageLoad
            | EventCode::Logon
            | EventCode::Logoff
            | EventCode::TicketRequest
            | EventCode::DeviceAttached
            | EventCode::Restart => {}
        }
        if odd > 0.0 {
            window.suspects.image(event.image, if event.image == Image::None { 0.0 } else { odd }, now);
            window.suspects.user(event.user, odd, now);
        }
        HostTouch { host: Some(host), notable, key: keys::event(event), ..HostTouch::default() }
    }

    fn login(&mut self, host: HostId, login: &Login, now: SimTime) -> HostTouch {
        let source = login.source.host().filter(|s| s.index() < self.hosts.len() && *s != host);
        let window = &mut self.hosts[host.index()];
        window.sets[set::ACCOUNTS].add(login.user.0);
        let remote = matches!(login.kind, LoginKind::Network | LoginKind::Remote)
            && login.source != Addr::internal(host);
        let home = self.inventory.users.get(login.user.index()).map(|u| u.home);
        let displaced = source.is_some() && home.is_some() && home != source;
        window.slow[slow::DISPLACED_IN] += f32::from(displaced);
        let mut odd = if displaced { 0.6 } else { 0.05 };
        if login.success {
            window.slow[slow::LOGINS_IN] += f32::from(remote);
        } else {
            window.slow[slow::FAILED_LOGINS] += 1.0;
            odd += 0.3;
        }
        window.suspects.user(login.user, odd, now);
        let mut notable = !login.success && window.slow[slow::FAILED_LOGINS] > 4.0;
        if !login.source.is_internal() {
            let confidence = self.indicators.confidence(login.source, DomainId::NONE, now);
            if confidence > 0.0 {
                raise(&mut window.slow[slow::INDICATOR], confidence);
                notable = true;
            }
            let weight = 2.0 * confidence + if login.success { 0.15 } else { 0.5 };
            window.suspects.place(login.source, DomainId::NONE, weight, now);
        }
        if let Some(source) = source {
            let window = &mut self.hosts[source.index()];
            window.touch(now);
            window.sets[set::TARGETS].add(host.0);
            window.sets[set::ACCOUNTS].add(login.user.0);
            window.slow[slow::FAILED_LOGINS_OUT] += f32::from(!login.success);
            window.slow[slow::DISPLACED_OUT] += f32::from(displaced);
            window.suspects.user(login.user, odd, now);
        }
        HostTouch { host: Some(host), peer: source, notable, key: keys::login(login) }
    }

    fn config(&mut self, host: HostId, change: &ConfigChange, now: SimTime) -> HostTouch {
        let window = &mut self.hosts[host.index()];
        let mut notable = true;
        match change.item {
            ConfigItem::Firewall | ConfigItem::Protection | ConfigItem::Policy => {
                window.slow[slow::EVASION] += 1.0;
            }
            ConfigItem::Accounts | ConfigItem::Autorun | ConfigItem::MailRule => {
                window.slow[slow::PERSISTENCE] += 1.0;
            }
            ConfigItem::Backup => window.slow[slow::DELETED] += 64.0,
            ConfigItem::Software | ConfigItem::Patch | ConfigItem::Vulnerability => notable = false,
        }
        if notable {
            window.suspects.user(change.user, 0.4, now);
        }
        HostTouch { host: Some(host), notable, key: keys::config(change), ..HostTouch::default() }
    }

    /// Learns an indicator. If someone was there within the last two hours, it counts against the last visitor.
    fn intel(&mut self, indicator: &Indicator, now: SimTime) -> HostTouch {
        self.indicators.learn(indicator);
        let (visit, peer, domain) = match indicator.pattern {
            Pattern::Address(a) => (self.destinations.last_visit_to(a), a, DomainId::NONE),
            Pattern::Domain(d) => (self.destinations.last_visit(d), Addr(0), d),
        };
        let visit = visit.filter(|&(_, t)| now.since(t) <= LATE);
        let Some((host, seen)) = visit.filter(|(h, _)| h.index() < self.hosts.len()) else {
            return HostTouch::default();
        };
        let window = &mut self.hosts[host.index()];
        window.touch(now);
        let confidence = self.indicators.confidence(peer, domain, seen);
        if confidence == 0.0 {
            return HostTouch::default();
        }
        raise(&mut window.slow[slow::INDICATOR], confidence);
        if peer != Addr(0) {
            window.suspects.place(peer, domain, 2.0 * confidence, now);
        }
        HostTouch { host: Some(host), notable: true, ..HostTouch::default() }
    }
}

/// Evidence stands at the strongest indicator matched; the same one matched again only keeps it from fading.
fn raise(evidence: &mut f32, confidence: f32) {
    *evidence = evidence.max(confidence);
}
