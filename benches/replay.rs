//! What it costs to have an episode recorded. `cargo bench --bench replay`
//!
//! | bench | what is measured |
//! |---|---|
//! | `episode/bare` | an episode of `scenarios/ransomware.toml` under the playbook that nobody watches and of which no row is written |
//! | `episode/evaluated` | the same as `mats run` evaluates it: incidents and times kept for the result files, nothing recorded |
//! | `episode/recorded` | the same with everything that `mats replay` shows recorded, its building included |
//! | `page` | the page made of it |
//!
//! Eight seeds in turn. The ratios of the first three, from the fastest of twelve rounds of each seed, and the size of
//! the largest page are printed first.

mod cpu;

use criterion::{Criterion, criterion_group, criterion_main};
use mats_detect::{DetectionAgent, DetectorSettings, fit};
use mats_gym::NAMES;
use mats_gym::{DefenceGame, GameSettings, ThreatSource};
use mats_lab::defender::{Contestant, DefenderSpec, play as play_games};
use mats_lab::episode::{EpisodeKey, EpisodeNotes, finish};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::recorder::Recorder;
use mats_lab::replay::{Request, play};
use mats_lab::seeds::{Purpose, seed};
use mats_learn::Agents;
use mats_respond::PolicyTable;
use mats_results::cell::Phase;
use mats_results::replay::Replay;
use mats_rl::{QFunction, Shape, VecEnv};
use mats_scenario::Scenario;
use mats_sim::Plan;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SEEDS: u64 = 8;
const ROUNDS: usize = 12;

/// Agents that nobody trained, but for detectors: what they decide does not matter here.
fn agents(plan: &Arc<Plan>) -> Agents {
    let mut settings = DetectorSettings::default();
    settings.forest.max_rows = 8_000;
    (settings.lstm.epochs, settings.lstm.max_events) = (1, 20_000);
    let examples = gather(plan, &GatherSettings { episodes: 16, ..GatherSettings::default() }, 1);
    Agents {
        detector: Arc::new(fit(&examples, &settings, 1).expect("sixteen episodes suffice")),
        network: Arc::new(QFunction::seeded(
            Shape { spec: NAMES.spec(), hidden: [128, 128], dueling: true },
            1,
        )),
        table: PolicyTable::playbook(),
        threshold: 0.5,
        source: mats_learn::Source::Agent,
        searched: Vec::new(),
    }
}

struct Bench {
    scenario: Scenario,
    trained: Agents,
    unwatched: VecEnv<DefenceGame>,
    watched: VecEnv<DefenceGame<Recorder>, EpisodeNotes>,
    playbook: Contestant,
    defenders: [DefenderSpec; 1],
}

impl Bench {
    fn new() -> Bench {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../scenarios/ransomware.toml"].iter().collect();
        let scenario = mats_scenario::load(&path).expect("the scenario is shipped");
        let plan = Arc::new(Plan::new(scenario.clone()));
        let trained = agents(&plan);
        let inventory = Arc::new(scenario.inventory.clone());
        let source = || {
            let agent = DetectionAgent::new(Arc::clone(&trained.detector), Arc::clone(&inventory));
            ThreatSource::Agent(Box::new(agent))
        };
        let settings = GameSettings::default();
        let unwatched = VecEnv::new([(DefenceGame::new(&plan, source(), settings), ())]);
        let game = DefenceGame::with_observer(&plan, source(), settings, Recorder::default());
        let watched = VecEnv::new([(game, EpisodeNotes::default())]);
        let spec = DefenderSpec::parse("playbook").expect("a defender of the table");
        let playbook = spec.contestant(&trained).expect("it names no file");
        Bench { scenario, trained, unwatched, watched, playbook, defenders: [spec] }
    }

    fn bare(&mut self, episode: u64) -> f64 {
        let seeds = [seed(Purpose::Evaluate, 1, episode)];
        let cost = play_games(&mut self.unwatched, &seeds, &mut self.playbook.decider, |lane, _| {
            lane.env.world().ledger().total()
        });
        cost[0]
    }

    fn evaluated(&mut self, episode: u64) -> f64 {
        let name = EpisodeKey {
            scenario: &self.scenario.name,
            defender: &self.playbook.name,
            phase: Phase::Eval,
            train_seed: 1,
            episode,
        };
        let seeds = [seed(Purpose::Evaluate, 1, episode)];
        let cost = play_games(&mut self.watched, &seeds, &mut self.playbook.decider, |lane, _| {
            finish(&name, seeds[0], lane).episode.cost
        });
        cost[0]
    }

    fn recorded(&self, episode: u64) -> Replay {
        let (scenario, trained, defenders) = (&self.scenario, &self.trained, &self.defenders);
        play(&Request { scenario, trained, train_seed: 1, episode, eval_seed: 0, held_out: false, defenders })
    }
}

/// Bare, evaluated and recorded episodes one after the other, round by round, so that whatever else the machine does
/// strikes all alike; of each seed the fastest of all rounds, which it strikes least.
#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn ratios(bench: &mut Bench) -> (f64, f64) {
    let mut fastest = [[Duration::MAX; 3]; SEEDS as usize];
    // As a test, one round shows that it runs.
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    let rounds = if has("--bench") && !has("--test") { ROUNDS } else { 1 };
    for _ in 0..rounds {
        for (seed, fastest) in (0..SEEDS).zip(&mut fastest) {
            let start = Instant::now();
            let bare = bench.bare(seed);
            let played = Instant::now();
            let cost = bench.evaluated(seed);
            let evaluated = Instant::now();
            let replay = bench.recorded(seed);
            let times = [played - start, evaluated - played, evaluated.elapsed()];
            fastest.iter_mut().zip(times).for_each(|(least, time)| *least = time.min(*least));
            assert_eq!((bare, replay.sides[0].row.cost), (cost, cost), "who watches changes nothing");
        }
    }
    let [bare, evaluated, recorded] =
        [0, 1, 2].map(|kind| fastest.iter().map(|times| times[kind].as_secs_f64()).sum::<f64>());
    (evaluated / bare, recorded / evaluated)
}

fn replay(c: &mut Criterion) {
    let mut bench = Bench::new();
    let (off, on) = ratios(&mut bench);
    eprintln!("evaluated takes {off:.3} times as long as bare, recorded {on:.3} times as long as evaluated");
    let sizes = (0..SEEDS).map(|k| mats_report::replay::replay(&bench.recorded(k)).len());
    eprintln!("largest page of {SEEDS}: {:.2} MB", sizes.max().unwrap_or(0) as f64 / 1e6);
    let mut group = c.benchmark_group("episode");
    group.sample_size(20);
    let mut turn = 0;
    let mut next = || {
        turn = (turn + 1) % SEEDS;
        turn
    };
    group.bench_function("bare", |b| b.iter(|| black_box(bench.bare(next()))));
    group.bench_function("evaluated", |b| b.iter(|| black_box(bench.evaluated(next()))));
    group.bench_function("recorded", |b| b.iter(|| black_box(bench.recorded(next()))));
    group.finish();
    cpu::print_rate("evaluated", "episodes", || {
        black_box(bench.evaluated(next()));
        1
    });
    cpu::print_rate("recorded", "episodes", || {
        black_box(bench.recorded(next()));
        1
    });
    let whole = bench.recorded(0);
    c.bench_function("page", |b| b.iter(|| black_box(mats_report::replay::replay(&whole))));
}

criterion_group!(benches, replay);
criterion_main!(benches);
