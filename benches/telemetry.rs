//! How fast telemetry flows: simulated, turned into features, scored. `cargo bench --bench telemetry`
//!
//! | bench | what is measured, by record delivered |
//! |---|---|
//! | `features` | the world lives a minute at a time; records become features |
//! | `detectors` | the same, and all detectors score |
//!
//! One core; the 60 machines of `scenarios/ransomware.toml` without response, at two densities: 1.7 records by machine
//! and minute (`sparse`, a little more than the scenario's own), and 13.5 (`dense`). The densities are printed. An iteration is an hour of simulated life with as many records as an hour has on average; real hours
//! have more or fewer, so what is reported is time by record. An episode that ends is followed by the next.

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::{Duration, Record, SimTime, ThreatIntel};
use mats_detect::{Collector, DetectionAgent, DetectorSettings, fit};
use mats_lab::gather::{GatherSettings, gather};
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Records by machine and minute.
const DENSITIES: [(&str, f64); 2] = [("sparse", 1.7), ("dense", 13.5)];
const MINUTE: Duration = Duration::from_minutes(1);

/// Whoever reads what sensors deliver.
trait Reader {
    /// An episode begins.
    fn begin(&mut self);
    /// A minute passed.
    fn read(&mut self, records: &[Record], now: SimTime);
}

impl Reader for Collector {
    fn begin(&mut self) {
        self.reset();
    }
    fn read(&mut self, records: &[Record], _: SimTime) {
        self.observe(records);
    }
}

/// The Detection Agent, and what it told.
struct Watch(DetectionAgent, Vec<ThreatIntel>);

impl Reader for Watch {
    fn begin(&mut self) {
        self.0.reset(Arc::clone(self.0.detector()));
    }
    fn read(&mut self, records: &[Record], now: SimTime) {
        self.1.clear();
        self.0.observe(records);
        self.0.advance(now, &mut self.1);
    }
}

/// A world that starts over when its episode ends.
struct Stage<R> {
    world: World,
    telemetry: Telemetry,
    seed: u64,
    reader: R,
}

impl<R: Reader> Stage<R> {
    fn new(plan: &Arc<Plan>, reader: R) -> Stage<R> {
        Stage { world: World::new(Arc::clone(plan)), telemetry: Telemetry::default(), seed: 0, reader }
    }

    /// An hour; returns how many records were delivered.
    fn hour(&mut self) -> u64 {
        let mut records = 0;
        for _ in 0..60 {
            if self.world.now() >= self.world.horizon() {
                self.seed += 1;
                self.world.reset(self.seed);
                self.reader.begin();
            }
            self.telemetry.clear();
            self.world.advance(self.world.now() + MINUTE, &mut self.telemetry);
            records += self.telemetry.records.len() as u64;
            self.reader.read(&self.telemetry.records, self.world.now());
        }
        records
    }

    /// The time that some hours take, as if each had `usual` records.
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
    fn time(&mut self, hours: u64, usual: f64) -> std::time::Duration {
        let start = Instant::now();
        let records: u64 = (0..hours).map(|_| self.hour()).sum();
        start.elapsed().mul_f64(usual * hours as f64 / records.max(1) as f64)
    }
}

/// Records by machine and minute, in one episode.
fn density(scenario: &Scenario) -> f64 {
    let mut world = World::new(Arc::new(Plan::new(scenario.clone())));
    let mut telemetry = Telemetry::default();
    world.advance(world.horizon(), &mut telemetry);
    telemetry.records.len() as f64 / (scenario.hosts.len() as f64 * 60.0 * scenario.horizon.hours())
}

/// Everybody does everything more often, until the density is as wanted.
fn densify(mut scenario: Scenario, wanted: f64) -> Scenario {
    // Attacks and the feed do not grow, so that one step falls a little short; the second makes up for it.
    for _ in 0..2 {
        let factor = wanted / density(&scenario);
        for behaviour in &mut scenario.behaviours {
            behaviour.per_hour *= factor;
        }
    }
    scenario
}

/// The Detection Agent, fitted on a few episodes of the same organisation. Its models have their usual sizes but for
/// fewer rows in the forest; how often the forest is asked depends on the fit, so it is printed.
fn watch(plan: &Arc<Plan>) -> Watch {
    let mut settings = DetectorSettings::default();
    settings.forest.max_rows = 3_000;
    (settings.lstm.epochs, settings.lstm.max_events) = (1, 20_000);
    let examples = gather(plan, &GatherSettings { episodes: 8, ..GatherSettings::default() }, 1);
    let detector = Arc::new(fit(&examples, &settings, 1).expect("eight episodes suffice"));
    eprintln!("{}", detector.at_work());
    Watch(DetectionAgent::new(detector, Arc::new(plan.scenario.inventory.clone())), Vec::new())
}

fn telemetry(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/ransomware.toml");
    let office = mats_scenario::load(&file).expect("the scenario is shipped");
    for (name, wanted) in DENSITIES {
        let scenario = densify(office.clone(), wanted);
        let (hosts, density) = (scenario.hosts.len(), density(&scenario));
        eprintln!("{name}: {hosts} hosts, {density:.2} records per host-minute");
        let usual = (density * hosts as f64 * 60.0).round();
        let plan = Arc::new(Plan::new(scenario));
        let inventory = Arc::new(plan.scenario.inventory.clone());
        let mut group = c.benchmark_group("telemetry");
        group.throughput(Throughput::Elements(usual as u64)).sample_size(10);
        let mut stage = Stage::new(&plan, Collector::new(inventory));
        group.bench_function(format!("features/{name}"), |b| b.iter_custom(|hours| stage.time(hours, usual)));
        cpu::print_rate(&format!("features/{name}"), "records", || stage.hour());
        let mut stage = Stage::new(&plan, watch(&plan));
        group
            .bench_function(format!("detectors/{name}"), |b| b.iter_custom(|hours| stage.time(hours, usual)));
        cpu::print_rate(&format!("detectors/{name}"), "records", || stage.hour());
        group.finish();
    }
}

criterion_group!(benches, telemetry);
criterion_main!(benches);
