//! The detectors, part by part, on made-up records: features, each model, and the whole agent.
//!
//! `cargo bench --bench detect`. All on one core. Rates per record are at 13.5 records per machine and minute,
//! 60 machines.

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::random::{Stream, unit};
use mats_core::telemetry::{Addr, ConnState, EventCode, Flow, Image, Login, LoginKind, Service, SystemEvent};
use mats_core::{
    AssetClass, Body, DomainId, HostId, HostInfo, Inventory, Os, Record, SimTime, SubnetId, ThreatKind,
    UserId, UserInfo,
};
use mats_detect::votes::{CLASSES, ClassModel};
use mats_detect::{
    Collector, DetectionAgent, Detector, DetectorSettings, Examples, FeatureRow, SequenceUse, Window, fit,
};
use mats_models::forest::ForestParams;
use mats_models::iforest::IsolationForestParams;
use mats_models::lstm::{LstmParams, Sequence, SequenceStates};
use ndarray::{Axis, aview2};
use std::hint::black_box;
use std::sync::Arc;

const HOSTS: u32 = 60;
/// Records per machine and minute.
const DENSITY: f64 = 13.5;
/// Pieces of work between two looks at the processor time.
const MANY: u64 = 1000;

fn inventory() -> Arc<Inventory> {
    let host = |i: u32| HostInfo {
        name: format!("h{i}"),
        subnet: SubnetId(0),
        os: Os::Windows,
        class: AssetClass::Workstation,
        value: 1.0,
        never_isolate: false,
        owner: UserId(i),
    };
    let user = |i: u32| UserInfo { name: format!("u{i}"), home: HostId(i), admin: false, value: 1.0 };
    Arc::new(Inventory {
        hosts: (0..HOSTS).map(host).collect(),
        users: (0..HOSTS).map(user).collect(),
        subnets: vec!["lan".to_owned()],
        start_of_day: 8 * 3600,
    })
}

/// Half flows, half events and logins, on random machines.
fn records(seed: u64, count: u64) -> Vec<Record> {
    let s = Stream::new(seed, 1, 1);
    let gap = 60.0 / (DENSITY * f64::from(HOSTS));
    (0..count)
        .map(|i| {
            let (a, b) = (s.word(3 * i), s.word(3 * i + 1));
            let host = (a >> 32) as u32 % HOSTS;
            let time = SimTime((i as f64 * gap * 1e6) as u64);
            let image = Image::ALL[2 + (b >> 8) as usize % 8];
            let peer = (b >> 40) as u32;
            let flow = |peer, domain, service: Service| {
                Body::Flow(Flow {
                    peer,
                    domain: DomainId(domain),
                    bytes_out: (300.0 / (1.001 - unit(b))) as u32,
                    bytes_in: 20_000,
                    duration_ms: 300,
                    port: service.port(),
                    service,
                    state: if b.is_multiple_of(32) { ConnState::S0 } else { ConnState::Sf },
                    outbound: true,
                })
            };
            let event = |code, image, amount| {
                Body::Event(SystemEvent { code, user: UserId(host), image, parent: Image::Shell, amount })
            };
            let body = match a % 16 {
                0..=5 => flow(Addr(0x5000_0000 + peer % 300), 1 + peer % 300, Service::Tls),
                6..=7 => flow(Addr::internal(HostId(peer % HOSTS)), 0, Service::Smb),
                8..=10 => event(EventCode::ProcessCreate, image, 1),
                11..=12 => event(EventCode::FileWrite, image, 1 + b as u32 % 20),
                13 => event(EventCode::TicketRequest, Image::None, 2),
                14 => Body::Login(Login {
                    user: UserId(host),
                    source: Addr::internal(HostId(host)),
                    kind: LoginKind::Interactive,
                    success: b & 15 != 0,
                }),
                _ => event(EventCode::ScriptBlock, Image::PowerShell, 1),
            };
            Record { time, arrival: time, host: HostId(host), body }
        })
        .collect()
}

/// Windows of a few episodes; those that happen to have many failed logins pass for malicious.
fn examples() -> Examples {
    let mut collector = Collector::new(inventory());
    let mut examples = Examples::new();
    for seed in 0..6 {
        collector.reset();
        let mut windows = Vec::new();
        for chunk in records(seed, 60_000).chunks(2_000) {
            collector.observe(chunk);
            let now = chunk[chunk.len() - 1].arrival;
            for host in (0..HOSTS).map(HostId) {
                let sample = collector.sample(host, now);
                let odd = (Stream::new(seed, 2, u64::from(host.0)).word(now.0) % 10) as usize;
                let kind = (sample.row[12] > 1.2).then(|| ThreatKind::ALL[odd % 5]);
                windows.push(Window { sample, kind, weight: 1.0 });
            }
        }
        examples.add_episode(&collector, &windows);
    }
    examples
}

fn detector(examples: &Examples, layers: usize, width: usize) -> Arc<Detector> {
    let mut settings = DetectorSettings::default();
    settings.forest.max_rows = 3_000;
    settings.lstm = LstmParams { layers, width, epochs: 1, max_events: 20_000, ..LstmParams::default() };
    settings.sequence = SequenceUse::Always;
    Arc::new(fit(examples, &settings, 1).expect("the examples suffice"))
}

fn features(c: &mut Criterion) {
    let records = records(9, 50_000);
    let mut collector = Collector::new(inventory());
    let mut group = c.benchmark_group("features");
    group.throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("observe", |b| {
        b.iter(|| {
            collector.reset();
            collector.observe(black_box(&records));
        });
    });
    group.throughput(Throughput::Elements(1));
    let now = records[records.len() - 1].arrival;
    group.bench_function("row", |b| b.iter(|| collector.sample(black_box(HostId(7)), now)));
    group.finish();
}

fn forests(c: &mut Criterion) {
    let examples = examples();
    let rows: Vec<FeatureRow> = examples.rows().iter().step_by(13).copied().collect();
    let all = aview2(examples.rows());
    let classes: Vec<u8> = examples.labels().iter().map(|&l| mats_detect::votes::class_of(l)).collect();
    let isolation = IsolationForestParams::default().fit(all, 1).expect("rows");
    let few = 3_000;
    let params = ForestParams { min_leaf: 1, ..ForestParams::default() };
    let fitted = params.fit(all.split_at(Axis(0), few).0, &classes[..few], CLASSES, 1);
    let forest = fitted.expect("two classes").forest;
    let mut group = c.benchmark_group("row");
    let mut at = 0;
    let mut next = || {
        at = (at + 1) % rows.len();
        at
    };
    group.bench_function("isolation_forest", |b| b.iter(|| isolation.score(&rows[next()])));
    group.bench_function("forest", |b| b.iter(|| forest.votes(&rows[next()])));
    group.finish();
    let mut many = |name: &str, one: &mut dyn FnMut(usize)| {
        cpu::print_rate(name, "rows", || {
            (0..MANY).for_each(|_| one(next()));
            MANY
        });
    };
    many("isolation_forest", &mut |row| {
        black_box(isolation.score(&rows[row]));
    });
    many("forest", &mut |row| {
        black_box(forest.votes(&rows[row]));
    });
}

fn lstm(c: &mut Criterion) {
    let s = Stream::new(4, 1, 1);
    let sequence = Sequence {
        keys: (0..2_000).map(|i| 1 + (s.word(i) % 50) as u16).collect(),
        times: (0..2_000).collect(),
    };
    let mut group = c.benchmark_group("lstm_event");
    for (layers, width) in [(1, 32), (2, 64)] {
        let params = LstmParams { layers, width, epochs: 1, ..LstmParams::default() };
        let model = params.fit(&[&sequence], 64, 1).expect("keys");
        let mut states = SequenceStates::new(&model, HOSTS as usize);
        let mut i = 0;
        group.bench_function(format!("{layers}x{width}"), |b| {
            b.iter(|| {
                i = (i + 1) % sequence.keys.len();
                model.observe(
                    &mut states,
                    i * 7 % HOSTS as usize,
                    sequence.keys[i],
                    SimTime(i as u64 * 1_000_000),
                )
            });
        });
    }
    group.finish();
}

fn agent(c: &mut Criterion) {
    let examples = examples();
    let records = records(9, 50_000);
    let mut group = c.benchmark_group("agent");
    group.throughput(Throughput::Elements(records.len() as u64)).sample_size(10);
    for (layers, width) in [(1, 32), (2, 64)] {
        let detector = detector(&examples, layers, width);
        let mut agent = DetectionAgent::new(Arc::clone(&detector), inventory());
        let mut threats = Vec::new();
        group.bench_function(format!("{layers}x{width}"), |b| {
            b.iter(|| {
                agent.reset(Arc::clone(&detector));
                threats.clear();
                // Ten seconds at a time.
                for chunk in records.chunks(135) {
                    agent.observe(chunk);
                    agent.advance(chunk[chunk.len() - 1].arrival, &mut threats);
                }
                threats.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, features, forests, lstm, agent);
criterion_main!(benches);
