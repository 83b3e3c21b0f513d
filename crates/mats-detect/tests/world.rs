//! Twenty machines over six hours. Users browse, mistype passwords, run scripts and administer; in attacked
//! episodes an intruder guesses a password, looks around, moves on, calls home and destroys, by the same means.

use mats_core::random::{Stream, unit};
use mats_core::telemetry::{
    Addr, ConnState, EventCode, Flow, Image, Indicator, Login, LoginKind, Pattern, Service, SystemEvent,
};
use mats_core::{
    AssetClass, Body, DomainId, HostId, HostInfo, Inventory, Os, Record, SimTime, SubnetId, ThreatKind,
    UserId, UserInfo,
};
use mats_detect::{Collector, Detector, DetectorSettings, Examples, Window, fit};
use mats_models::lstm::LstmParams;
use std::sync::{Arc, OnceLock};

pub const HOSTS: u32 = 20;
pub const HOURS: u64 = 6;
const SERVERS: u32 = 4;

pub fn inventory() -> Arc<Inventory> {
    let host = |i: u32| HostInfo {
        name: format!("h{i}"),
        subnet: SubnetId(0),
        os: Os::Windows,
        class: if i < SERVERS { AssetClass::Server } else { AssetClass::Workstation },
        value: 1.0,
        never_isolate: false,
        owner: if i < SERVERS { UserId::NONE } else { UserId(i) },
    };
    let user = |i: u32| UserInfo { name: format!("u{i}"), home: HostId(i), admin: i == 4, value: 1.0 };
    Arc::new(Inventory {
        hosts: (0..HOSTS).map(host).collect(),
        users: (0..HOSTS).map(user).collect(),
        subnets: vec!["lan".to_owned()],
        start_of_day: 8 * 3600,
    })
}

pub fn at(seconds: f64) -> SimTime {
    SimTime((seconds * 1e6) as u64)
}

pub fn record(seconds: f64, host: u32, body: Body) -> Record {
    Record { time: at(seconds), arrival: at(seconds), host: HostId(host), body }
}

pub fn flow(peer: Addr, domain: u32, service: Service, bytes_out: u32) -> Flow {
    Flow {
        peer,
        domain: DomainId(domain),
        bytes_out,
        bytes_in: 20_000,
        duration_ms: 300,
        port: service.port(),
        service,
        state: ConnState::Sf,
        outbound: true,
    }
}

pub fn event(code: EventCode, user: u32, image: Image, parent: Image, amount: u32) -> Body {
    Body::Event(SystemEvent { code, user: UserId(user), image, parent, amount })
}

pub fn login(user: u32, source: Addr, success: bool) -> Body {
    Body::Login(Login { user: UserId(user), source, kind: LoginKind::Network, success })
}

/// An intrusion: where it began and moved to, and when each stage did.
#[derive(Clone, Copy)]
pub struct Attack {
    pub host: u32,
    pub next: u32,
    pub start: f64,
}

impl Attack {
    const STAGES: [(f64, ThreatKind); 5] = [
        (0.0, ThreatKind::Credential),
        (900.0, ThreatKind::Intrusion),
        (2400.0, ThreatKind::Movement),
        (4200.0, ThreatKind::Exfiltration),
        (6000.0, ThreatKind::Impact),
    ];
    const END: f64 = 7200.0;

    fn kind(&self, host: u32, t: f64) -> Option<ThreatKind> {
        let since = t - self.start;
        let present = host == self.host || (host == self.next && since > 2400.0);
        if !present || !(60.0..Attack::END).contains(&since) {
            return None;
        }
        Attack::STAGES.iter().rev().find(|s| since >= s.0).map(|s| s.1)
    }
}

pub struct Episode {
    pub records: Vec<Record>,
    pub attack: Option<Attack>,
}

impl Episode {
    pub fn kind(&self, host: u32, t: f64) -> Option<ThreatKind> {
        self.attack.and_then(|a| a.kind(host, t))
    }
}

pub fn episode(seed: u64) -> Episode {
    let end = HOURS as f64 * 3600.0;
    let stream = Stream::new(seed, 1, 0);
    let attack = (!seed.is_multiple_of(3)).then(|| {
        let host = SERVERS + (stream.word(0) % u64::from(HOSTS - SERVERS)) as u32;
        let next = (host + 1 + (stream.word(1) % 10) as u32) % HOSTS;
        Attack { host, next, start: 1800.0 + stream.unit(2) * (end - 9500.0) }
    });
    let mut records = Vec::new();
    for host in 0..HOSTS {
        green(seed, host, end, &mut records);
    }
    if let Some(attack) = attack {
        red(seed, attack, &mut records);
    }
    records.sort_by_key(|r: &Record| (r.arrival, r.host));
    Episode { records, attack }
}

fn green(seed: u64, host: u32, end: f64, out: &mut Vec<Record>) {
    let s = Stream::new(seed, 2, u64::from(host));
    // Some machines are livelier, and one runs a vulnerability scanner's worth of connections.
    let pace = 12.0 + 40.0 * s.unit(u64::MAX);
    let (mut t, mut i) = (60.0 * s.unit(u64::MAX - 1), 0);
    while t < end {
        let (a, b) = (s.word(4 * i), s.word(4 * i + 1));
        let domain = 1 + ((b % 40) * (b >> 8 & 63) / 63) as u32;
        let outside = Addr(0x5000_0000 + domain);
        let server = Addr::internal(HostId((b % u64::from(SERVERS)) as u32));
        let sent = (300.0 * (1.0 / (1.0 - unit(s.word(4 * i + 2)))).powf(0.8)) as u32;
        let body = match a % 100 {
            0..=34 => Body::Flow(flow(outside, domain, Service::Tls, sent)),
            35..=36 => Body::Flow(flow(
                Addr(0x6000_0000 + b as u32 % 5000),
                500 + b as u32 % 5000,
                Service::Tls,
                sent,
            )),
            37..=52 => Body::Flow(flow(server, 0, Service::Smb, 2000)),
            53..=54 => Body::Flow(Flow { state: ConnState::S0, ..flow(server, 0, Service::Rdp, 0) }),
            55..=66 => event(EventCode::ProcessCreate, host, Image::Browser, Image::Shell, 1),
            67..=74 => event(EventCode::FileWrite, host, Image::OfficeWriter, Image::None, 1 + b as u32 % 12),
            75..=78 => event(EventCode::FileDelete, host, Image::Shell, Image::None, 1 + b as u32 % 8),
            79..=81 => event(EventCode::ProcessCreate, host, Image::PowerShell, Image::Shell, 1),
            82 => event(EventCode::ProcessCreate, host, Image::DirectoryTool, Image::CommandLine, 1),
            83 if b % 6 == 0 => event(EventCode::ProcessCreate, host, Image::RareTool, Image::Shell, 1),
            83 => event(EventCode::ProcessCreate, host, Image::ScriptHost, Image::OfficeWriter, 1),
            84..=85 => event(EventCode::TicketRequest, host, Image::None, Image::None, 1 + b as u32 % 3),
            86 => login(host, Addr::internal(HostId(host)), false),
            87..=92 => login(host, Addr::internal(HostId(host)), true),
            93 => login(4, Addr::internal(HostId(4)), true),
            94 => event(EventCode::ProcessCreate, 4, Image::CommandLine, Image::RemoteService, 1),
            95 => event(EventCode::PrivilegeUse, 4, Image::None, Image::None, 1),
            96 if b % 4 == 0 => event(EventCode::ServiceInstall, 4, Image::Installer, Image::None, 1),
            96 => event(EventCode::ProcessCreate, host, Image::Archiver, Image::Shell, 1),
            97 => event(EventCode::FileWrite, host, Image::BackupTool, Image::None, 200 + b as u32 % 900),
            _ => event(EventCode::ProcessEnd, host, Image::Browser, Image::None, 1),
        };
        out.push(record(t, host, body));
        t += -pace * (1.0 - unit(s.word(4 * i + 3))).ln();
        i += 1;
    }
}

fn red(seed: u64, attack: Attack, out: &mut Vec<Record>) {
    let s = Stream::new(seed, 3, 0);
    let (host, next) = (attack.host, attack.next);
    let home = Addr(0x7000_0000 + (seed as u32) * 17 % 4096);
    let domain = 6000 + seed as u32 % 999;
    let (mut t, mut i) = (0.0, 0);
    while t < Attack::END {
        let b = s.word(2 * i);
        let push = |out: &mut Vec<Record>, h: u32, body: Body| out.push(record(attack.start + t, h, body));
        let stage = Attack::STAGES.iter().rposition(|&(at, _)| t >= at).unwrap();
        let lively = if stage >= 2 && b.is_multiple_of(2) { next } else { host };
        match stage {
            0 => push(out, host, login(host, Addr::internal(HostId(7)), false)),
            1 => match b % 4 {
                0 => push(
                    out,
                    host,
                    event(EventCode::ProcessCreate, host, Image::ScriptHost, Image::OfficeWriter, 1),
                ),
                1 => push(
                    out,
                    host,
                    event(EventCode::ProcessCreate, host, Image::RareTool, Image::PowerShell, 1),
                ),
                2 => push(out, host, event(EventCode::ServiceInstall, host, Image::RareTool, Image::None, 1)),
                _ => push(
                    out,
                    host,
                    event(EventCode::ProcessCreate, host, Image::PowerShell, Image::ScriptHost, 1),
                ),
            },
            2 => match b % 3 {
                0 => push(
                    out,
                    host,
                    event(EventCode::ProcessCreate, host, Image::DirectoryTool, Image::CommandLine, 1),
                ),
                1 => {
                    let peer = Addr::internal(HostId((b >> 8) as u32 % HOSTS));
                    push(out, host, Body::Flow(flow(peer, 0, Service::Smb, 3000)));
                }
                _ => push(out, next, login(host, Addr::internal(HostId(host)), b & 64 == 0)),
            },
            3 => match b % 3 {
                0 => push(
                    out,
                    lively,
                    event(EventCode::ProcessCreate, host, Image::Archiver, Image::CommandLine, 1),
                ),
                _ => push(out, lively, Body::Flow(flow(home, domain, Service::Tls, 4_000_000))),
            },
            _ => match b % 3 {
                0 => push(
                    out,
                    lively,
                    event(EventCode::ProcessCreate, host, Image::DiskTool, Image::CommandLine, 1),
                ),
                1 => push(out, lively, event(EventCode::FileDelete, host, Image::RareTool, Image::None, 400)),
                _ => push(out, lively, event(EventCode::FileWrite, host, Image::RareTool, Image::None, 700)),
            },
        }
        if stage >= 1 && i % 3 == 0 {
            push(out, host, Body::Flow(flow(home, domain, Service::Tls, 900)));
        }
        if stage == 3 && i % 40 == 0 {
            let pattern = Pattern::Domain(DomainId(domain));
            push(out, 0, Body::Intel(Indicator { pattern, confidence: 70, valid_until: SimTime::NEVER }));
        }
        t += 20.0 + 30.0 * s.unit(2 * i + 1);
        i += 1;
    }
}

/// Five-minute windows of some episodes, all of them.
pub fn examples(seeds: impl IntoIterator<Item = u64>) -> Examples {
    let mut collector = Collector::new(inventory());
    let mut examples = Examples::new();
    for seed in seeds {
        let episode = episode(seed);
        collector.reset();
        let (mut read, mut windows) = (0, Vec::new());
        for slot in 1..=HOURS * 12 {
            let t = slot as f64 * 300.0;
            let upto = read + episode.records[read..].partition_point(|r| r.arrival <= at(t));
            collector.observe(&episode.records[read..upto]);
            read = upto;
            for host in 0..HOSTS {
                let sample = collector.sample(HostId(host), at(t));
                windows.push(Window { sample, kind: episode.kind(host, t), weight: 1.0 });
            }
        }
        examples.add_episode(&collector, &windows);
    }
    examples
}

pub fn settings() -> DetectorSettings {
    let mut settings = DetectorSettings::default();
    settings.forest.max_rows = 2500;
    settings.forest.trees = 50;
    settings.lstm = LstmParams { epochs: 1, max_events: 20_000, ..LstmParams::default() };
    settings
}

/// Training examples, gathered once.
pub fn training() -> &'static Examples {
    static EXAMPLES: OnceLock<Examples> = OnceLock::new();
    EXAMPLES.get_or_init(|| examples(1..=15))
}

/// A detector, fitted once.
pub fn detector() -> Arc<Detector> {
    static DETECTOR: OnceLock<Arc<Detector>> = OnceLock::new();
    Arc::clone(DETECTOR.get_or_init(|| Arc::new(fit(training(), &settings(), 1).unwrap())))
}
