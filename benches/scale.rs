//! How the simulator fares as the organisation grows. `cargo bench --bench scale`
//!
//! | bench | what is measured, by record delivered |
//! |---|---|
//! | `world/N` | the world of N machines lives a minute at a time, and its records are delivered |
//! | `defended/10000` | one day of 10,000 machines with a campaign, which detectors watch and the playbook defends: processor time and memory, printed |
//!
//! One core; `world/N` without defender or campaign. `60` is the office of `scenarios/ransomware.toml`; the others are branches of a
//! hundred machines each, with their own servers. Densities are printed: a rate says nothing without one.

mod cpu;

use criterion::{Criterion, Throughput, criterion_group};
use mats_core::{Action, ActionMask, Duration};
use mats_detect::{DetectionAgent, Detector, DetectorSettings, fit};
use mats_gym::{DefenceGame, GameSettings, ThreatSource};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::recorder::Recorder;
use mats_respond::{PolicyTable, ResponseAgent};
use mats_rl::Env;
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

/// Tells whether a bench was asked for: all are, unless the command line names some.
fn is_wanted(name: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|a| !a.starts_with("--")).peekable();
    named.peek().is_none() || named.any(|a| name.contains(&a))
}

/// A detector of the usual sizes, but for fewer rows and events, fitted to the office: it works on any network.
fn detector() -> Arc<Detector> {
    let mut settings = DetectorSettings::default();
    settings.forest.max_rows = 3_000;
    (settings.lstm.epochs, settings.lstm.max_events) = (1, 20_000);
    let plan = Arc::new(Plan::new(office()));
    let examples = gather(&plan, &GatherSettings { episodes: 8, ..GatherSettings::default() }, 1);
    Arc::new(fit(&examples, &settings, 1).expect("eight episodes suffice"))
}

/// A defended day, recorded as for result files.
fn defended(hosts: usize) {
    let detector = detector();
    let print_peak = |when: &str| {
        if let Some(peak) = peak_mib() {
            eprintln!("peak {when}: {peak:.0} MiB");
        }
    };
    print_peak("with a detector fitted");
    let plan = Arc::new(Plan::new(branches(hosts)));
    let agent = DetectionAgent::new(detector, Arc::new(plan.scenario.inventory.clone()));
    let source = ThreatSource::Agent(Box::new(agent));
    let mut game = DefenceGame::with_observer(&plan, source, GameSettings::default(), Recorder::default());
    print_peak("with the game set up");
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
    let playbook = ResponseAgent::new(PolicyTable::playbook());
    let (before, mut total) = (cpu::seconds(), 0.0);
    game.reset(1, &mut observation, &mut mask);
    loop {
        let allowed = ActionMask(std::array::from_fn::<_, { Action::COUNT }, _>(|a| mask[a]));
        let action = playbook.decide(game.view().key(), game.view().facts(), &allowed);
        let step = game.step(action as usize, &mut observation, &mut mask);
        total += step.reward;
        if step.ended() {
            break;
        }
    }
    let took = cpu::seconds().zip(before).map_or(f64::NAN, |(now, then)| now - then);
    eprintln!(
        "defended/{hosts}: {took:.1} s of processor time, {} decisions, {} records, return {total}, cost {}",
        game.steps(),
        game.records(),
        game.world().ledger().total()
    );
    print_peak("after a defended day");
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn scale(c: &mut Criterion) {
    let mut group = c.benchmark_group("scale");
    group.sample_size(10);
    for hosts in [60, 100, 1_000, 10_000] {
        if !is_wanted(&format!("scale/world/{hosts}")) {
            continue;
        }
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
        cpu::print_rate(&format!("world/{hosts}"), "records", || stage.minutes(per));
    }
    group.finish();
}

criterion_group!(benches, scale);

fn main() {
    // First, for what a process had at most never falls again.
    if is_wanted("defended/10000") {
        defended(10_000);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
