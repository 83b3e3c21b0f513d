//! Sixteen games at once, on one thread and on two. `cargo bench --bench vec_env`
//!
//! An iteration plays an episode in every lane, all lanes one decision at a time; the rate is in environment steps of all
//! lanes together. The game is that of the `step` bench: `scenarios/tutorial.toml`, 13 hosts, all detectors on, a patrol
//! every minute so that a step is about one simulated minute, and a defender who only watches. Records per step are
//! printed. Lanes wait for the slowest at every step, so two threads gain somewhat less than twice; defenders without a
//! memory of their own (all that ship) play lanes apart, and do not wait.

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::{Action, Duration};
use mats_detect::{DetectionAgent, DetectorSettings, fit};
use mats_gym::{DefenceGame, GameSettings, ThreatSource};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::lanes::LANES;
use mats_rl::{Pending, VecEnv};
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
    eprintln!("{}", detector.at_work());
    let game = |_| {
        let agent = DetectionAgent::new(Arc::clone(&detector), Arc::clone(&inventory));
        DefenceGame::new(&plan, ThreatSource::Agent(Box::new(agent)), GameSettings::default())
    };
    VecEnv::new((0..LANES).map(|lane| (game(lane), ())))
}

/// Plays an episode in every lane; how many steps and records there were.
fn play(games: &mut VecEnv<DefenceGame>) -> (u64, u64) {
    let watch =
        |_: &[Pending<'_, DefenceGame>], actions: &mut [usize]| actions.fill(Action::Monitor as usize);
    let counted = games.play_together(
        LANES,
        |lane| lane as u64,
        watch,
        |lane, _| (u64::from(lane.env.steps()), lane.env.records()),
    );
    counted.into_iter().fold((0, 0), |sum, lane| (sum.0 + lane.0, sum.1 + lane.1))
}

fn vec_env(c: &mut Criterion) {
    let mut games = games();
    let (steps, records) = play(&mut games);
    eprintln!("{LANES} lanes: {:.1} records per step", records as f64 / steps as f64);
    let mut group = c.benchmark_group("vec_env");
    group.sample_size(10).throughput(Throughput::Elements(steps));
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("two threads can be had");
        group.bench_function(format!("threads/{threads}"), |b| {
            b.iter(|| pool.install(|| play(&mut games)));
        });
        cpu::print_rate(&format!("threads/{threads}"), "steps", || pool.install(|| play(&mut games)).0);
    }
    group.finish();
}

criterion_group!(benches, vec_env);
criterion_main!(benches);
