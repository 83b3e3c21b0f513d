//! What figures must say of defenders that everybody can rank.

use crate::support::{scenario, small_detector};
use mats_lab::defender::Contestant;
use mats_lab::evaluate::evaluate;
use mats_results::{Settings, Summary, summarise};
use mats_sim::Plan;
use std::sync::{Arc, OnceLock};

const SEEDS: u64 = 40;

/// A workday with an attack each, under every defender that needs no training.
fn summary() -> &'static Summary {
    static SUMMARY: OnceLock<Summary> = OnceLock::new();
    SUMMARY.get_or_init(|| {
        let mut scenario = scenario("tutorial");
        scenario.campaigns.count = vec![0.0, 1.0];
        let plan = Arc::new(Plan::new(scenario));
        let detector = small_detector(&plan, 24, 0.2);
        let mut contestants = Contestant::baselines();
        let seeds: Vec<u64> = (1000..1000 + SEEDS).collect();
        let found =
            evaluate(&plan, &detector, &mut contestants, &seeds, 1, &mut ()).expect("nobody stops it");
        summarise(&found.episodes, &found.campaigns, Settings { resamples: 50, ..Settings::default() })
    })
}

fn figure(defender: &str, metric: &str) -> f64 {
    let row = summary().rows.iter().find(|r| r.defender == defender && r.metric == metric);
    row.and_then(|r| r.value).unwrap_or_else(|| panic!("{defender} has no {metric}"))
}

fn defenders() -> Vec<&'static str> {
    summary().table.iter().map(|row| row.defender.as_str()).collect()
}

#[test]
fn whoever_is_told_the_truth_stops_more_than_anybody() {
    let told = ["oracle", "perfect-detector"];
    let least = told.map(|d| figure(d, "stopped")).into_iter().fold(1.0, f64::min);
    for other in defenders().into_iter().filter(|d| !told.contains(d)) {
        assert!(figure(other, "stopped") < least, "{other} stops {}", figure(other, "stopped"));
        assert!(told.iter().all(|d| figure(d, "access_s") < figure(other, "access_s")), "{other}");
    }
    assert!(figure("oracle", "objective") <= 0.05 && figure("oracle", "stopped") > 0.9);
}

#[test]
fn dice_score_below_the_playbook_and_whatever_they_gain_costs() {
    assert!(figure("random", "score") < figure("playbook", "score"));
    // Dice keep attackers out for a while, at a price that stands beside it.
    for price in ["disruption", "actions"] {
        assert!(figure("random", price) > 3.0 * figure("playbook", price), "{price}");
    }
}

#[test]
fn shares_are_over_the_campaigns_that_get_in_if_nobody_responds() {
    assert_eq!(figure("none", "never_in"), 0.0);
    assert_eq!(figure("none", "evicted"), 0.0);
    for defender in defenders() {
        let states = ["never_in", "evicted", "left", "cut_off", "residual", "held"];
        let sum: f64 = states.map(|state| figure(defender, state)).iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{defender}: {sum}");
        assert!(figure(defender, "stopped") <= figure(defender, "never_in") + figure(defender, "evicted"));
        assert!(figure(defender, "foothold_s") <= figure(defender, "access_s"));
        assert_eq!(figure(defender, "tau_s"), figure("none", "tau_s"));
    }
}
