//! Two runs side by side: paired where seeds are shared, unpaired otherwise.

use super::common::{self, run};
use mats_results::metrics::WindowTally;
use mats_results::metrics::window::Truth;
use mats_results::{
    Comparison, ComparisonRow, Decision, DetectionRow, EpisodeRow, Pairing, Phase, Run, RunTables, Settings,
    compare, comparison,
};

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

fn whole(base: &RunTables, run: &RunTables) -> Comparison {
    let settings = Settings { seed: 1, resamples: 300, tau_s: None };
    comparison(&[Run { name: "old", tables: base }, Run { name: "new", tables: run }], settings)
}

fn notes(found: &Comparison) -> String {
    found.notes.join("\n")
}

/// A run of `none`, `oracle` and `dqn` on so many seeds, `dqn` trained `trainings` times at that cost.
fn long_run(seeds: u64, trainings: u64, cost: impl Fn(u64, u64) -> f64) -> RunTables {
    let mut episodes: Vec<EpisodeRow> = Vec::new();
    for seed in 10..10 + seeds {
        let none = 100.0 + (seed % 7) as f64;
        episodes.push(common::episode("none", 1, seed, none, (0, 0)));
        episodes.push(common::episode("oracle", 1, seed, 0.0, (0, 0)));
        for training in 1..=trainings {
            episodes.push(common::episode("dqn", training, seed, cost(training, seed), (1, 0)));
        }
    }
    RunTables { episodes, ..RunTables::default() }
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
    assert_eq!(find(&rows, "dqn", "access_s").difference, Some(0.0));
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

#[test]
fn a_difference_beyond_luck_is_better_and_said_so() {
    let base = long_run(30, 1, |_, seed| 50.0 + (seed % 5) as f64);
    let run = long_run(30, 1, |_, seed| 40.0 + (seed % 5) as f64);
    let found = whole(&base, &run);
    let [verdict] = found.verdicts.as_slice() else { panic!("{:?}", found.verdicts) };
    assert_eq!((verdict.decision, verdict.metric.as_str()), (Decision::Better, "score"));
    // 300 resamples, none of them on the other side: 2 / 301.
    assert!((verdict.p.unwrap() - 2.0 / 301.0).abs() < 1e-12 && verdict.p_holm == verdict.p);
    assert!(
        verdict.words.starts_with("dqn scores 0.0")
            && verdict.words.contains("higher in new than in old: better")
    );
    assert_eq!(whole(&run, &base).verdicts[0].decision, Decision::Worse);
    // `none` and `oracle` are the ends of the scale: nothing to judge.
    assert_eq!(found.family, 1);
}

#[test]
fn many_comparisons_take_more_evidence_and_get_more_resamples() {
    let base = long_run(12, 1, |_, seed| 50.0 + (seed % 5) as f64);
    // Differences of ±5 by seed but for one: p is about .03 alone.
    let run = |k: u64| {
        long_run(12, 1, move |_, seed| {
            49.0 + (seed % 5) as f64 + if (seed + k).is_multiple_of(4) { 3.0 } else { -2.0 }
        })
    };
    let tables: Vec<RunTables> = (0..4).map(run).collect();
    let names = ["b", "c", "d", "e"];
    let mut runs = vec![Run { name: "a", tables: &base }];
    runs.extend(names.iter().zip(&tables).map(|(name, tables)| Run { name, tables }));
    let settings = Settings { seed: 1, resamples: 100, tau_s: None };
    let found = comparison(&runs, settings);
    assert_eq!((found.family, found.headline_resamples), (4, 320));
    for verdict in &found.verdicts {
        assert!(verdict.p_holm >= verdict.p && verdict.p_holm <= verdict.p.map(|p| 4.0 * p), "{verdict:?}");
        let row =
            found.rows.iter().find(|r| r.run == verdict.run && r.metric == "score").filter(|r| r.p.is_some());
        assert!(row.is_none() || row.unwrap().p_holm.is_some());
    }
    let alone = comparison(&runs[..2], settings);
    let (alone, among) = (alone.verdicts[0].p.unwrap(), found.verdicts[0].p_holm.unwrap());
    assert!(alone < 0.05 || among >= alone, "{alone} {among}");
}

#[test]
fn five_pairs_prove_nothing_whatever_they_say() {
    let found = whole(&long_run(5, 1, |_, _| 50.0), &long_run(5, 1, |_, seed| 20.0 + (seed % 2) as f64));
    let verdict = &found.verdicts[0];
    assert!(verdict.low > Some(0.1), "the interval alone excludes 0: {verdict:?}");
    assert_eq!((verdict.p, verdict.decision), (Some(0.0625), Decision::CannotTell));
    assert!(verdict.words.contains("so few episodes prove nothing"), "{}", verdict.words);
    assert!(notes(&found).contains("5 evaluation seeds"), "{}", notes(&found));
}

#[test]
fn a_single_episode_has_no_interval_and_no_verdict() {
    for other in [1, 30] {
        let found = whole(&long_run(1, 1, |_, _| 50.0), &long_run(other, 1, |_, _| 20.0));
        let verdict = &found.verdicts[0];
        assert_eq!(
            (verdict.low, verdict.p, verdict.decision),
            (None, None, Decision::CannotTell),
            "{verdict:?}"
        );
        assert!(
            verdict.difference.is_some() && verdict.words.contains("a single episode"),
            "{}",
            verdict.words
        );
        assert!(notes(&found).contains("single evaluation seed"), "{}", notes(&found));
        assert!(found.rows.iter().all(|r| r.low.is_none()), "no figure has an interval");
    }
}

#[test]
fn without_none_or_oracle_verdicts_are_by_cost_where_less_is_better() {
    let base = long_run(30, 1, |_, _| 50.0);
    let mut run = long_run(30, 1, |_, seed| 40.0 + (seed % 3) as f64);
    run.episodes.retain(|r| r.defender != "oracle");
    let found = whole(&base, &run);
    let verdict = &found.verdicts[0];
    assert_eq!((verdict.metric.as_str(), verdict.decision), ("cost", Decision::Better));
    assert!(verdict.words.contains("less an episode in new than in old: better"), "{}", verdict.words);
    assert!(notes(&found).contains("new: no oracle, so no score"), "{}", notes(&found));
    assert!(found.improvement.is_empty());
}

#[test]
fn one_run_twice_is_noticed_and_differs_by_nothing() {
    let tables = long_run(30, 1, |_, seed| seed as f64);
    let found = whole(&tables, &tables);
    assert_eq!(found.verdicts[0].decision, Decision::Same);
    assert!(found.verdicts[0].words.contains("no difference"));
    assert!(notes(&found).contains("one run twice"), "{}", notes(&found));
    assert!(notes(&found).contains("trained once"), "{}", notes(&found));
    assert!(notes(&found).contains("no campaign"), "{}", notes(&found));
}

#[test]
fn what_differs_between_runs_is_said() {
    let base = long_run(30, 1, |_, _| 50.0);
    let mut other = long_run(20, 1, |_, _| 50.0);
    other.episodes.extend((10..30).map(|seed| common::episode("extra", 1, seed, 1.0, (0, 0))));
    let mut elsewhere = common::episode("dqn", 1, 10, 5.0, (0, 0));
    elsewhere.scenario = "elsewhere".to_owned();
    other.episodes.push(elsewhere);
    for row in other.episodes.iter_mut().filter(|r| r.defender == "none") {
        row.cost += 1.0;
    }
    let said = notes(&whole(&base, &other));
    for words in [
        "new: extra, which old has not; not compared",
        "new: elsewhere, which old did not play; not compared",
        "on the 20 evaluation seeds shared with old",
        "their worlds differ",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let mut apart = base.clone();
    apart.episodes.iter_mut().for_each(|r| r.seed += 1000);
    assert!(notes(&whole(&base, &apart)).contains("unpaired"));
}

#[test]
fn training_seeds_are_compared_where_there_are_two_each() {
    let base = long_run(30, 4, |training, _| 10.0 * training as f64);
    let run = long_run(30, 4, |training, _| 15.0 + 10.0 * training as f64);
    let found = whole(&base, &run);
    let [row] = found.improvement.as_slice() else { panic!("{:?}", found.improvement) };
    assert_eq!((row.scenarios, row.base_scores, row.run_scores), (1, 4, 4));
    // Costs of 25, 35, 45, 55 against 10, 20, 30, 40: cheaper in 2 + 1 of the 16 pairs.
    assert_eq!(row.probability, Some(3.0 / 16.0));
    assert!(row.difference < Some(0.0) && row.low < row.difference && row.difference < row.high);
    assert!(whole(&base, &long_run(30, 1, |_, _| 5.0)).improvement.is_empty());
}

#[test]
fn curves_rise_from_nothing_to_the_share_that_ended_so() {
    let tables = tables();
    let found = whole(&tables, &tables);
    let of = |defender: &str, outcome: &str| -> Vec<(f64, f64)> {
        let mine = found
            .curves
            .iter()
            .filter(|c| (&*c.run, &*c.defender, &*c.outcome) == ("new", defender, outcome));
        mine.map(|c| (c.time_s, c.value)).collect()
    };
    assert_eq!(of("oracle", "contained"), [(0.0, 0.0), (60.0, 1.0)]);
    assert_eq!(of("none", "contained"), [(0.0, 0.0)]);
    assert_eq!(of("none", "objective"), [(0.0, 0.0), (2000.0, 1.0)]);
    // Five campaigns got in, all ended: contained at 300, 600 and 900 s.
    let contained = of("dqn", "contained");
    assert_eq!(contained.iter().map(|p| p.0).collect::<Vec<_>>(), [0.0, 300.0, 600.0, 900.0]);
    assert!((contained[3].1 - 0.6).abs() < 1e-12, "{contained:?}");
    assert_eq!(found.tau_s, [("s".to_owned(), 2400.0)]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (base, run) =
        (long_run(40, 3, |t, s| (t * s % 17) as f64), long_run(40, 3, |t, s| (t * s % 13) as f64));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&whole(&base, &run)).unwrap())
    };
    assert_eq!(on(1), on(5));
}

#[test]
fn where_nothing_can_be_saved_verdicts_are_by_cost_and_it_is_said() {
    let quiet = |cost: f64| {
        let mut run = long_run(30, 1, move |_, seed| cost + (seed % 3) as f64);
        run.episodes.iter_mut().filter(|r| r.defender == "none").for_each(|r| r.cost = 0.0);
        run
    };
    let found = whole(&quiet(5.0), &quiet(9.0));
    assert_eq!((found.verdicts[0].metric.as_str(), found.verdicts[0].decision), ("cost", Decision::Worse));
    assert!(notes(&found).contains("no score, for what oracle saves"), "{}", notes(&found));
}
