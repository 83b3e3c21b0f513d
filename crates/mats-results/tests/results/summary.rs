//! Every figure of the summary against a run worked by hand.

use super::common::run;
use mats_results::metrics::EndState;
use mats_results::{CampaignRow, Settings, Summary, SummaryRow, summarise};

fn settings() -> Settings {
    Settings { seed: 7, resamples: 400, tau_s: None }
}

fn find<'a>(summary: &'a Summary, defender: &str, metric: &str) -> &'a SummaryRow {
    let row = summary.rows.iter().find(|r| r.defender == defender && r.metric == metric);
    row.unwrap_or_else(|| panic!("no row {defender} {metric}"))
}

fn check(defender: &str, metric: &str, expected: Option<f64>) {
    let (episodes, campaigns) = run();
    let summary = summarise(&episodes, &campaigns, settings());
    let value = find(&summary, defender, metric).value;
    let same = match (value, expected) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-12 * b.abs().max(1.0),
        (a, b) => a == b,
    };
    assert!(same, "{defender} {metric}: {value:?}, expected {expected:?}");
}

#[test]
fn scores() {
    // Over both trainings: none 2 · 230, dqn 125 + 95, oracle 2 · 50.
    check("dqn", "score", Some((460.0 - 220.0) / (460.0 - 100.0)));
    // Seed 3 has no attack: dqn spends 5 there in each training, none and oracle nothing.
    check("dqn", "score_attack", Some((460.0 - 210.0) / (460.0 - 100.0)));
    check("dqn", "score_no_attack", None);
    check("none", "score", Some(0.0));
    check("oracle", "score", Some(1.0));
    check("dqn", "score_minus_none", Some(240.0 / 360.0));
    check("dqn", "score_minus_oracle", Some(240.0 / 360.0 - 1.0));
    check("oracle", "score_minus_dqn", Some(1.0 - 240.0 / 360.0));
}

#[test]
fn a_learner_is_compared_with_the_best_fixed_rule() {
    let (mut episodes, campaigns) = run();
    // A playbook that costs one less than dqn everywhere.
    let cheaper: Vec<_> = episodes.iter().filter(|e| e.defender == "dqn").cloned().collect();
    let summary = summarise(&episodes, &campaigns, settings());
    let chosen = summary.leads_over("s", Some("none"));
    assert!(chosen.iter().all(|lead| lead.over == "none" && lead.chosen), "{chosen:?}");
    assert!(
        chosen[0].to_string().contains("against none, the best rule on validation seeds: "),
        "{}",
        chosen[0]
    );
    assert_eq!(summary.leads_over("s", Some("elsewhere")), summary.leads("s"), "a rule that did not play");
    let votes = [(1, "a"), (2, "b"), (3, "b"), (4, "a")].map(|(seed, rule)| (seed, rule.to_owned()));
    let best = |votes: &[(u64, String)]| mats_results::summary::best_rule(votes).map(str::to_owned);
    assert_eq!(
        [best(&votes), best(&votes[..3]), best(&[])],
        [Some("a".to_owned()), Some("b".to_owned()), None]
    );
    let leads = summary.leads("s");
    assert_eq!(leads.len(), 1);
    assert_eq!((leads[0].defender.as_str(), leads[0].over.as_str()), ("dqn", "none"));
    assert!((leads[0].lead.value.unwrap() - 240.0 / 360.0).abs() < 1e-12);
    assert!(
        leads[0].to_string().starts_with("dqn against none, the best fixed rule: +0.667 ["),
        "{}",
        leads[0]
    );
    episodes.extend(cheaper.into_iter().map(|mut e| {
        (e.defender, e.cost) = ("playbook".to_owned(), e.cost - 1.0);
        e
    }));
    let leads = summarise(&episodes, &campaigns, settings()).leads("s");
    assert_eq!(leads[0].over, "playbook");
    assert!(leads[0].lead.value.unwrap() < 0.0 && leads[0].to_string().ends_with("worse"), "{}", leads[0]);
    assert!(summary.leads("elsewhere").is_empty());
}

#[test]
fn shares_are_over_campaigns_that_get_in_if_nobody_responds() {
    // Seeds 1 and 2, in two trainings: evicted, residual with its objective, cut off, evicted.
    check("dqn", "objective", Some(1.0 / 4.0));
    check("dqn", "stopped", Some(2.0 / 4.0));
    check("dqn", "evicted", Some(2.0 / 4.0));
    check("dqn", "residual", Some(1.0 / 4.0));
    check("dqn", "cut_off", Some(1.0 / 4.0));
    check("dqn", "never_in", Some(0.0));
    check("dqn", "left", Some(0.0));
    check("dqn", "held", Some(0.0));
    check("dqn", "access_s", Some((600.0 + 3600.0 + 300.0 + 900.0) / 4.0));
    check("dqn", "foothold_s", Some((600.0 + 3600.0 + 300.0 + 900.0) / 8.0));
    check("dqn", "spells", Some(1.0));
    check("dqn", "goal_share", Some((0.25 * 3.0 + 1.0) / 4.0));
    check("none", "objective", Some(1.0));
    check("none", "held", Some(1.0));
    check("none", "access_s", Some(3600.0));
    check("oracle", "stopped", Some(1.0));
    check("oracle", "access_s", Some(60.0));
}

#[test]
fn times_are_over_campaigns_with_a_success() {
    // Five: cut off at 300, left at 500, evicted at 600 and 900, objective at 1200.
    check("dqn", "tau_s", Some(2400.0));
    check("dqn", "contained_by_tau", Some(3.0 / 5.0));
    check("dqn", "objective_by_tau", Some(1.0 / 5.0));
    check("dqn", "median_time_to_contain_s", Some(900.0));
    // What is cut off was not evicted within the 3000 s that can tell.
    check("dqn", "evicted_by_tau", Some(2.0 / 5.0));
    check("dqn", "median_time_to_evict_s", None);
    check("dqn", "median_spell_s", Some(600.0));
    check("none", "contained_by_tau", Some(0.0));
    check("none", "objective_by_tau", Some(1.0));
    check("oracle", "median_time_to_evict_s", Some(60.0));
}

#[test]
fn campaigns_that_came_too_late_for_an_end_to_be_told_are_in_no_time_to_an_end() {
    let (episodes, mut campaigns) = run();
    let value = |campaigns: &[CampaignRow], metric| {
        find(&summarise(&episodes, campaigns, settings()), "dqn", metric).value
    };
    // One that reached its objective with its first success, at which nothing else can be told of it.
    let late = campaigns.iter_mut().filter(|c| c.defender == "dqn" && c.end_state == EndState::Residual);
    late.for_each(|c| (c.watched_s, c.time_to_objective_s) = (0.0, Some(0.0)));
    assert_eq!(value(&campaigns, "contained_by_tau"), Some(3.0 / 4.0));
    assert_eq!(value(&campaigns, "objective_by_tau"), Some(0.0));
    assert_eq!(value(&campaigns, "evicted_by_tau"), Some(2.0 / 4.0));
    assert_eq!(value(&campaigns, "objective"), Some(1.0 / 4.0), "what it did still counts");
    assert_eq!(value(&campaigns, "median_time_to_detect_s"), Some(120.0));
}

#[test]
fn detection() {
    // Five clocks run. Detected by 30, 60, 120: a fifth each, so half at 120; the campaign that left unnoticed can never
    // be detected, the one that kept a password could still be.
    check("dqn", "median_time_to_detect_s", Some(120.0));
    check("none", "median_time_to_detect_s", None);
    check("oracle", "median_time_to_detect_s", Some(0.0));
    // Eight incidents, four of them false; four of six campaigns found; 16 host-days.
    check("dqn", "incident_precision", Some(0.5));
    check("dqn", "incident_recall", Some(4.0 / 6.0));
    check("dqn", "incident_f1", Some(4.0 / 7.0));
    check("dqn", "false_per_100_host_days", Some(25.0));
    check("none", "incident_precision", None);
    check("none", "incident_recall", Some(0.0));
}

#[test]
fn costs() {
    check("dqn", "cost", Some(220.0 / 8.0));
    check("dqn", "cost_no_attack", Some(5.0));
    check("dqn", "cost_attack", Some(210.0 / 6.0));
    check("dqn", "regret", Some((220.0 - 100.0) / 8.0));
    check("dqn", "damage", Some(220.0 / 8.0 - 1.0));
    check("dqn", "disruption", Some(0.75));
    // Two isolations; nine times `monitor` is waiting.
    check("dqn", "actions", Some(2.0));
    check("dqn", "cost_per_host_day", Some(220.0 / 16.0));
    check("dqn", "false_isolations_per_host_day", Some(0.25));
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let (mut episodes, mut campaigns) = run();
    let forward = summarise(&episodes, &campaigns, settings());
    episodes.reverse();
    campaigns.reverse();
    let back = summarise(&episodes, &campaigns, settings());
    let sorted = |summary: Summary| {
        let mut lines: Vec<String> = summary.rows.iter().map(|r| format!("{r:?}")).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(forward), sorted(back));
}

#[test]
fn a_defender_that_is_not_trained_has_no_luck_of_training() {
    let (episodes, campaigns) = run();
    let summary = summarise(&episodes, &campaigns, settings());
    // The oracle's score is 1 in every resample, whatever the training seeds drawn.
    let oracle = find(&summary, "oracle", "score");
    assert_eq!((oracle.low, oracle.high, oracle.n), (Some(1.0), Some(1.0), 4));
    let dqn = find(&summary, "dqn", "score");
    assert!(dqn.low < dqn.value && dqn.value < dqn.high && dqn.n == 8, "{dqn:?}");
}

#[test]
fn the_unit_of_cost_does_not_change_scores() {
    let (mut episodes, campaigns) = run();
    let before = summarise(&episodes, &campaigns, settings());
    for row in &mut episodes {
        row.cost *= 8.0;
    }
    let after = summarise(&episodes, &campaigns, settings());
    for metric in ["score", "score_attack", "score_minus_none", "access_s"] {
        assert_eq!(find(&before, "dqn", metric), find(&after, "dqn", metric));
    }
    let (before, after) = (find(&before, "dqn", "cost"), find(&after, "dqn", "cost"));
    assert_eq!(after.value.unwrap(), 8.0 * before.value.unwrap());
}

#[test]
fn the_table_shows_what_is_not_defined_as_such() {
    let (episodes, campaigns) = run();
    let summary = summarise(&episodes, &campaigns, settings());
    let cells: Vec<Vec<String>> = summary.table.iter().map(mats_results::TableRow::cells).collect();
    let none =
        ["none", "0.00 [0.00, 0.00]", "100%", "0%", "60 min", "n/a", "n/a", "n/a", "0.0", "0.8", "2.0"];
    assert_eq!(cells[0], none);
    assert_eq!(cells.len(), 3);
    assert!(cells.iter().all(|row| row.len() == mats_results::TableRow::HEADINGS.len()));
}

#[test]
fn nothing_in_nothing_out() {
    assert_eq!(summarise(&[], &[], settings()), Summary::default());
}
