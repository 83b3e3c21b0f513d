//! Two runs side by side: paired where seeds are shared, unpaired otherwise.

mod common;

use common::run;
use mats_lab::metrics::WindowTally;
use mats_lab::metrics::window::Truth;
use mats_lab::results::{ComparisonRow, DetectionRow, Pairing, Phase, Run, RunTables, Settings, compare};

fn tables() -> RunTables {
    let (episodes, campaigns) = run();
    let mut tally = WindowTally::new(0.5);
    tally.add(0.9, Truth::Positive);
    tally.add(0.8, Truth::Negative);
    let detection = vec![DetectionRow::windows("s", "dqn", Phase::Eval, &tally.metrics())];
    RunTables { episodes, campaigns, detection, ..RunTables::default() }
}

fn check(base: &RunTables, run: &RunTables) -> Vec<ComparisonRow> {
    let settings = Settings { seed: 1, resamples: 300, tau_s: None };
    compare(&[Run { name: "old", tables: base }, Run { name: "new", tables: run }], settings)
}

fn find<'a>(rows: &'a [ComparisonRow], defender: &str, metric: &str) -> &'a ComparisonRow {
    rows.iter().find(|r| r.defender == defender && r.metric == metric).expect("the row is there")
}

#[test]
fn a_run_against_itself_differs_by_nothing() {
    let tables = tables();
    let rows = check(&tables, &tables);
    assert!(rows.iter().all(|r| r.pairing == Pairing::Paired));
    let none = find(&rows, "none", "cost");
    assert_eq!((none.difference, none.low, none.high, none.n), (Some(0.0), Some(0.0), Some(0.0), 8));
    assert_eq!(find(&rows, "dqn", "score").difference, Some(0.0));
    // The trainings of two runs are two draws of luck, even where their seeds are the same numbers.
    assert!(find(&rows, "dqn", "cost").low < Some(0.0));
    let precision = find(&rows, "dqn", "window_precision");
    assert_eq!((precision.value, precision.difference, precision.low), (Some(0.5), Some(0.0), None));
}

#[test]
fn shared_seeds_are_paired_and_others_left_out() {
    let (base, mut run) = (tables(), tables());
    for row in &mut run.episodes {
        row.cost += 3.0;
    }
    // Seed 4 becomes seed 9: three seeds remain in common.
    for row in run.episodes.iter_mut().filter(|r| r.seed == 4) {
        (row.seed, row.cost) = (9, 1e6);
    }
    let rows = check(&base, &run);
    let cost = find(&rows, "none", "cost");
    assert_eq!((cost.pairing, cost.n), (Pairing::Paired, 6));
    // (100 + 50 + 0) / 3 = 50 against 53; the seeds' spread cancels in every resample.
    assert_eq!((cost.base_value, cost.value), (Some(50.0), Some(53.0)));
    assert!((cost.low.unwrap() - 3.0).abs() < 1e-9 && (cost.high.unwrap() - 3.0).abs() < 1e-9);
}

#[test]
fn runs_without_shared_seeds_are_compared_unpaired() {
    let (base, mut run) = (tables(), tables());
    for row in &mut run.episodes {
        row.seed += 100;
    }
    for row in &mut run.campaigns {
        row.seed += 100;
    }
    let rows = check(&base, &run);
    let cost = find(&rows, "none", "cost");
    assert_eq!((cost.pairing, cost.difference, cost.n), (Pairing::Unpaired, Some(0.0), 8));
    assert!(cost.low.unwrap() < -10.0 && 10.0 < cost.high.unwrap());
    assert_eq!(find(&rows, "dqn", "time_lost_s").difference, Some(0.0));
    // What either run lacks has no difference.
    let undefined = find(&rows, "none", "incident_precision");
    assert_eq!((undefined.value, undefined.difference, undefined.low), (None, None, None));
}

#[test]
fn only_scenarios_and_defenders_of_both_runs_appear() {
    let (base, mut run) = (tables(), tables());
    run.episodes.retain(|r| r.defender != "dqn");
    let rows = check(&base, &run);
    assert!(rows.iter().all(|r| r.defender != "dqn") && !rows.is_empty());
    run.episodes.iter_mut().for_each(|r| r.scenario = "other".to_owned());
    assert_eq!(check(&base, &run), []);
}
