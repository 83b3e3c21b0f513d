//! Sixteen games at once, on one thread and on two. `cargo bench --bench vec_env`
//!
//! An iteration steps all lanes once; the rate is in environment steps of all lanes together. The game is that of the
//! `step` bench: `scenarios/tutorial.toml`, 13 hosts, all detectors on, a patrol every minute so that a step is about
//! one simulated minute, and a defender who only watches. Records per step are printed. Lanes wait for the slowest
//! at every step, so two threads gain somewhat less than twice.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::{Action, Duration};
use mats_detect::{DetectionAgent, DetectorSettings, fit};
use mats_gym::{DefenceGame, GameSettings, Source};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::lanes::LANES;
use mats_rl::VecEnv;
use mats_sim::Plan;
use rayon::ThreadPoolBuilder;
use std::path::Path;
use std::sync::Arc;

fn games() -> VecEnv<DefenceGame> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/tutorial.toml");
    let mut scenario = mats_scenario::load(&file).expect("the scenario is shipped");
    scenario.response.patrol = Duration::from_minutes(1);
    let inventory = Arc::new(scenario.inventory.clone());
    let plan = Arc::new(Plan::new(scenario));
    // Models of the usual sizes, but for fewer rows in the forest, fitted quickly. How often the forest is asked
    // depends on the fit.
    let mut settings = DetectorSettings::default();
    settings.forest.max_rows = 3_000;
    (settings.lstm.epochs, settings.lstm.max_events) = (1, 20_000);
    let examples = gather(&plan, &GatherSettings { episodes: 8, ..GatherSettings::default() }, 1);
    let detector = Arc::new(fit(&examples, &settings, 1).expect("eight episodes suffice"));
    eprintln!("random forest asked about {:.1} % of the benign windows", 100.0 * detector.report().asked);
    let game = |_| {
        let agent = DetectionAgent::new(Arc::clone(&detector), Arc::clone(&inventory));
        DefenceGame::new(&plan, Source::Agent(Box::new(agent)), GameSettings::default())
    };
    VecEnv::new((0..LANES).map(game).collect(), 1)
}

fn vec_env(c: &mut Criterion) {
    let mut games = games();
    let mut lanes = games.buffers();
    let watch = [Action::Monitor as usize; LANES];
    games.reset(&mut lanes);
    for _ in 0..200 {
        games.step(&watch, &mut lanes);
    }
    let sum = |of: fn(&DefenceGame) -> f64| (0..LANES).map(|lane| of(games.env(lane))).sum::<f64>();
    let (records, steps) = (sum(|game| game.records() as f64), sum(|game| f64::from(game.steps())));
    eprintln!("{LANES} lanes: {:.1} records per step", records / steps.max(1.0));
    let mut group = c.benchmark_group("vec_env");
    group.throughput(Throughput::Elements(LANES as u64));
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("two threads can be had");
        games.reset(&mut lanes);
        group.bench_function(format!("threads/{threads}"), |b| {
            b.iter(|| pool.install(|| games.step(&watch, &mut lanes)));
        });
    }
    group.finish();
}

criterion_group!(benches, vec_env);
criterion_main!(benches);
