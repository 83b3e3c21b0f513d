//! How the simulator fares as the organisation grows. `cargo bench --bench scale`
//!
//! | bench | what is measured, by record delivered |
//! |---|---|
//! | `world/N` | the world of N machines lives a minute at a time, and its records are delivered |
//!
//! One core, no defender, no campaign. `60` is the office of `scenarios/ransomware.toml`; the others are branches of a
//! hundred machines each, with their own servers. Densities are printed: a rate says nothing without one.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::Duration;
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const MINUTE: Duration = Duration::from_minutes(1);
/// Machines of a branch: 90 workstations and 10 servers.
const BRANCH: usize = 100;
/// A branch's servers: role, how many.
const SERVERS: [(&str, usize); 6] = [
    ("file-server", 4),
    ("database-server", 2),
    ("mail-server", 1),
    ("domain-controller", 1),
    ("backup-server", 1),
    ("monitoring-server", 1),
];
/// A branch's people: role, how many.
const PEOPLE: [(&str, usize); 4] =
    [("office", 68), ("developer", 12), ("traveller", 6), ("administrator", 4)];

/// An organisation of branches.
fn branches(hosts: usize) -> Scenario {
    let mut text = "[scenario]\nname = \"branches\"\nhorizon_hours = 24.0\nstart = \"00:00\"\n\
        [campaigns]\ncount = [1.0]\n"
        .to_owned();
    for b in 0..hosts / BRANCH {
        let _ = write!(text, "[[subnet]]\nname = \"office-{b}\"\n[[subnet]]\nname = \"servers-{b}\"\n");
        for (from, to) in [("office", "servers"), ("servers", "office")] {
            let _ = write!(
                text,
                "[[link]]\nfrom = \"{from}-{b}\"\nto = \"{to}-{b}\"\nservices = [\"smb\", \"imap\", \"smtp\", \"ipp\", \
                 \"rdp\", \"winrm\", \"database\", \"dns\", \"kerberos\", \"ldap\", \"ntp\", \"tls\"]\n"
            );
        }
        for (role, count) in PEOPLE {
            let _ = write!(
                text,
                "[[host]]\nname = \"{role}-{b}\"\ncount = {count}\nsubnet = \"office-{b}\"\nrole = \"workstation\"\n\
                 [[user]]\nname = \"{role}-{b}-user\"\ncount = {count}\nrole = \"{role}\"\nhosts = \"{role}-{b}\"\n"
            );
        }
        for (role, count) in SERVERS {
            let _ = write!(
                text,
                "[[host]]\nname = \"{role}-{b}\"\ncount = {count}\nsubnet = \"servers-{b}\"\nrole = \"{role}\"\n"
            );
        }
    }
    mats_scenario::parse(&text, "branches.toml").unwrap_or_else(|e| panic!("{e}"))
}

fn office() -> Scenario {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/ransomware.toml");
    let mut scenario = mats_scenario::load(&file).expect("the scenario is shipped");
    scenario.campaigns.count = vec![1.0];
    scenario
}

/// A world that starts over when its episode ends.
struct Stage {
    world: World,
    telemetry: Telemetry,
    seed: u64,
}

impl Stage {
    fn new(scenario: Scenario) -> Stage {
        Stage { world: World::new(Arc::new(Plan::new(scenario))), telemetry: Telemetry::default(), seed: 0 }
    }

    /// Some minutes; returns how many records were delivered.
    fn minutes(&mut self, count: u64) -> u64 {
        let mut records = 0;
        for _ in 0..count {
            if self.world.now() >= self.world.horizon() {
                self.seed += 1;
                self.world.reset(self.seed);
            }
            self.telemetry.clear();
            self.world.advance(self.world.now() + MINUTE, &mut self.telemetry);
            records += self.telemetry.records.len() as u64;
        }
        records
    }
}

/// The largest size that this process ever had, in MiB, where the system tells.
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn scale(c: &mut Criterion) {
    let mut group = c.benchmark_group("scale");
    group.sample_size(10);
    for hosts in [60, 100, 1_000, 10_000] {
        let scenario = if hosts == 60 { office() } else { branches(hosts) };
        let machines = scenario.hosts.len() as f64;
        let horizon = scenario.horizon;
        let mut stage = Stage::new(scenario);
        // A whole day tells the density, and warms the buffers.
        let start = Instant::now();
        let minutes = (horizon.hours() * 60.0) as u64;
        let records = stage.minutes(minutes);
        let took = start.elapsed().as_secs_f64();
        let density = records as f64 / machines / minutes as f64;
        eprintln!("{hosts} machines: {density:.2} records per host-minute, {records} records in {took:.1} s");
        if let Some(peak) = peak_mib() {
            eprintln!("peak so far: {peak:.0} MiB");
        }
        // An iteration is as many minutes as give about ten thousand records.
        let usual = records as f64 / minutes as f64;
        let per = (10_000.0 / usual).ceil().max(1.0) as u64;
        group.throughput(Throughput::Elements((usual * per as f64).round() as u64));
        group.bench_function(format!("world/{hosts}"), |b| {
            b.iter_custom(|n| {
                let start = Instant::now();
                let records = stage.minutes(n * per);
                start.elapsed().mul_f64(usual * (n * per) as f64 / records.max(1) as f64)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scale);
criterion_main!(benches);
