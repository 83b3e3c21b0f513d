//! How long it takes to compare runs. `cargo bench --bench compare`
//!
//! | bench | what is measured |
//! |---|---|
//! | `compare/20x10000` | reading 20 result folders of 10,000 evaluated episodes each, and comparing them with the first |
//!
//! Folders are made up: `none`, `oracle` and three others, the same 2,000 evaluation seeds, every figure drawn at random.
//! All cores.

mod cpu;

use criterion::{Criterion, criterion_group, criterion_main};
use mats_core::random::Stream;
use mats_results::metrics::EndState;
use mats_results::{
    ActionCounts, CampaignRow, DetectionRow, EpisodeRow, Phase, Quantities, ResultFolder, Run, RunTables,
    Settings, SummaryRow, comparison, read_run,
};
use rand::RngExt;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

const RUNS: u64 = 20;
const DEFENDERS: [&str; 5] = ["none", "oracle", "playbook", "dqn", "policy"];
const SEEDS: u64 = 2_000;

fn write(path: &Path, run: u64) {
    let mut dice = Stream::new(run, 1, 1).at(0);
    let (mut episodes, mut campaigns) = (Vec::new(), Vec::new());
    for (at, defender) in DEFENDERS.into_iter().enumerate() {
        for seed in 0..SEEDS {
            let cost = [200.0, 5.0, 50.0, 48.0, 45.0][at] * dice.random_range(0.5..1.5);
            let count = dice.random_range(0..3_u32);
            // Parts that add up to the cost, as reading checks.
            let [damage, disruption] =
                [dice.random_range(0.1..0.5), dice.random_range(0.1..0.4)].map(|share| cost * share);
            episodes.push(EpisodeRow {
                scenario: "s".into(),
                defender: defender.into(),
                phase: Phase::Eval,
                train_seed: 1,
                episode: seed,
                seed: seed * 7919,
                return_: -cost,
                cost,
                regret: None,
                campaigns: count,
                damage,
                disruption,
                action_cost: cost - damage - disruption,
                analyst_hours: dice.random_range(0.0..9.0),
                quantities: Quantities::default(),
                false_isolations: dice.random_range(0..3),
                incidents: dice.random_range(3..9),
                false_incidents: dice.random_range(0..3),
                host_days: 30.0,
                steps: 100,
                records: 80_000,
                actions: ActionCounts([dice.random_range(0..9); mats_core::Action::COUNT]),
            });
            for campaign in 0..count {
                let end_state = EndState::ALL[dice.random_range(0..6_usize)];
                let time = dice.random_range(0.0..30_000.0);
                let never_in = end_state == EndState::NeverIn;
                let gone = matches!(end_state, EndState::Evicted | EndState::Left).then_some(time);
                campaigns.push(CampaignRow {
                    scenario: "s".into(),
                    defender: defender.into(),
                    phase: Phase::Eval,
                    train_seed: 1,
                    episode: seed,
                    seed: seed * 7919,
                    campaign,
                    attack: "a".into(),
                    end_state,
                    stopped: matches!(end_state, EndState::NeverIn | EndState::Evicted),
                    first_success_s: (!never_in).then_some(100.0),
                    goal_share: 0.0,
                    time_to_objective_s: None,
                    detected: true,
                    time_to_detect_s: (!never_in).then(|| time * dice.random_range(0.0..1.0)),
                    time_to_contain_s: gone,
                    time_to_evict_s: gone,
                    access_s: if never_in { 0.0 } else { time },
                    foothold_s: 0.0,
                    spells: u32::from(!never_in),
                    median_spell_s: (!never_in).then_some(time),
                    watched_s: if never_in { 0.0 } else { 33_000.0 },
                    follow_up_s: if never_in { 0.0 } else { 40_000.0 },
                    tau_s: 30_000.0,
                    hosts_touched: 3,
                });
            }
        }
    }
    let folder = ResultFolder::create(path, false).expect("a new folder");
    folder.write_csv("episodes.csv", &episodes).expect("written");
    folder.write_csv("campaigns.csv", &campaigns).expect("written");
    folder.write_csv("detection.csv", [] as [&DetectionRow; 0]).expect("written");
    folder.write_csv("summary.csv", [] as [&SummaryRow; 0]).expect("written");
}

fn side_by_side(folders: &[PathBuf]) -> usize {
    let tables: Vec<RunTables> = folders.par_iter().map(|path| read_run(path).expect("a run")).collect();
    let names: Vec<String> = (0..tables.len()).map(|i| format!("run-{i}")).collect();
    let runs: Vec<Run<'_>> = names.iter().zip(&tables).map(|(name, tables)| Run { name, tables }).collect();
    comparison(&runs, Settings::default()).rows.len()
}

fn compare(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let folders: Vec<PathBuf> = (0..RUNS).map(|run| dir.path().join(run.to_string())).collect();
    for (run, path) in (0..).zip(&folders) {
        write(path, run);
    }
    let mut group = c.benchmark_group("compare");
    group.sample_size(10);
    group.bench_function("20x10000", |b| b.iter(|| side_by_side(&folders)));
    cpu::print_rate("20x10000", "comparisons", || {
        assert!(side_by_side(&folders) > 0);
        1
    });
}

criterion_group!(benches, compare);
criterion_main!(benches);
