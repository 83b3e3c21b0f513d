//! How fast the game is, one lane on one core. `cargo bench --bench step`
//!
//! | bench | what is measured |
//! |---|---|
//! | `hosts/13/all` | one environment step of `scenarios/tutorial.toml`: simulation, sensors, features, all detectors, observation, mask, reward |
//! | `hosts/100/all` | the same in the office of `scenarios/ransomware.toml` with 40 more machines and people |
//!
//! A step lasts until the next decision, which may take hours of a quiet day, so a rate of steps says nothing by
//! itself. Here the patrol comes round every minute, so that a step is about one simulated minute; minutes and
//! records per step are printed. The defender watches and does nothing else. An episode that ends is followed by the
//! next, whose start is part of the time.

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::{Action, Duration};
use mats_detect::{DetectionAgent, DetectorSettings, SequenceUse, fit};
use mats_gym::{DefenceGame, GameSettings, ThreatSource};
use mats_lab::gather::{GatherSettings, gather};
use mats_rl::{Env, Step};
use mats_scenario::Scenario;
use mats_sim::Plan;
use std::path::PathBuf;
use std::sync::Arc;

/// A game that goes on for ever.
struct Endless {
    game: DefenceGame,
    observation: Vec<f32>,
    mask: Vec<bool>,
    seed: u64,
}

impl Endless {
    fn new(mut scenario: Scenario, sequence: SequenceUse) -> Endless {
        scenario.response.patrol = Duration::from_minutes(1);
        let plan = Arc::new(Plan::new(scenario));
        // Models of the usual sizes, but for fewer rows in the forest, fitted quickly. How often the forest is asked
        // depends on the fit.
        let mut settings = DetectorSettings::default();
        settings.forest.max_rows = 3_000;
        (settings.lstm.epochs, settings.lstm.max_events) = (1, 20_000);
        settings.sequence = sequence;
        let examples = gather(&plan, &GatherSettings { episodes: 8, ..GatherSettings::default() }, 1);
        let detector = Arc::new(fit(&examples, &settings, 1).expect("eight episodes suffice"));
        eprintln!("{}", detector.at_work());
        let agent = DetectionAgent::new(detector, Arc::new(plan.scenario.inventory.clone()));
        let game = DefenceGame::new(&plan, ThreatSource::Agent(Box::new(agent)), GameSettings::default());
        let spec = game.spec();
        let (observation, mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
        let mut endless = Endless { game, observation, mask, seed: 0 };
        endless.restart();
        endless
    }

    fn restart(&mut self) {
        self.seed += 1;
        self.game.reset(self.seed, &mut self.observation, &mut self.mask);
    }

    fn step(&mut self) -> Step {
        let step = self.game.step(Action::Monitor as usize, &mut self.observation, &mut self.mask);
        if step.ended() {
            self.restart();
        }
        step
    }

    /// Plays an episode to its end and says what a step is made of.
    fn describe(&mut self) -> String {
        self.restart();
        while !self.game.step(Action::Monitor as usize, &mut self.observation, &mut self.mask).ended() {}
        let steps = f64::from(self.game.steps().max(1));
        let minutes = self.game.world().now().seconds() / 60.0;
        let text = format!(
            "{:.1} records and {:.2} simulated minutes per step",
            self.game.records() as f64 / steps,
            minutes / steps
        );
        self.restart();
        text
    }
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../scenarios", name].iter().collect()
}

fn tutorial() -> Scenario {
    mats_scenario::load(&file("tutorial.toml")).expect("the scenario is shipped")
}

/// The office of `ransomware.toml`, with 68 clerks at 68 machines instead of 28.
fn large_office() -> Scenario {
    let text = format!(
        "extends = '{}'\nhost = [{{ name = \"office\", count = 68 }}]\nuser = [{{ name = \"clerk\", count = 68 }}]\n",
        file("ransomware.toml").display()
    );
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("large-office.toml");
    std::fs::write(&path, text).expect("the build's folder can be written to");
    mats_scenario::load(&path).expect("a larger office is an office")
}

fn step(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    group.throughput(Throughput::Elements(1));
    for (hosts, scenario) in [(13, tutorial()), (100, large_office())] {
        assert_eq!(scenario.hosts.len(), hosts, "{} has changed", scenario.name);
        // All detectors, and as a run decides: the LSTM only where it pays.
        for (name, sequence) in [("all", SequenceUse::Always), ("auto", SequenceUse::Auto)] {
            let mut endless = Endless::new(scenario.clone(), sequence);
            eprintln!("{hosts} hosts: {}", endless.describe());
            let name = format!("hosts/{hosts}/{name}");
            group.bench_function(&name, |b| b.iter(|| endless.step()));
            let mut episode = || {
                endless.restart();
                (0..1000).filter(|_| !endless.step().ended()).count() as u64
            };
            cpu::print_rate(&name, "steps", &mut episode);
        }
    }
    group.finish();
}

criterion_group!(benches, step);
criterion_main!(benches);
