//! What the detectors' sizes buy: how well windows of episodes are told that nothing was fitted to, by size.

use crate::support::plan;
use mats_detect::DetectorSettings;
use mats_lab::gather::{GatherSettings, gather};

/// `cargo test --release --test main sizes -- --ignored --nocapture`
#[test]
#[ignore = "fits many detectors, which takes minutes"]
fn what_the_sizes_of_network_and_forest_buy() {
    for name in ["ransomware", "ssh-bruteforce", "insider-exfiltration"] {
        let plan = plan(name);
        let examples = gather(&plan, &GatherSettings { episodes: 96, benign_share: 0.15 }, 21);
        let told = |what: &str, settings: &DetectorSettings| {
            let mean = |of: &dyn Fn(&mats_detect::FitReport) -> f64| {
                let fits = (1..=3)
                    .map(|seed| mats_detect::fit(&examples, settings, seed).expect("enough to fit to"));
                fits.map(|d| of(d.report())).sum::<f64>() / 3.0
            };
            let area = mean(&|r| r.pr_auc.unwrap_or(0.0));
            println!("{name}: {what}: average precision of the fused score, held out: {area:.3}");
            area
        };
        let usual = DetectorSettings::default();
        let mut none = usual.clone();
        // A network that learnt nothing is surprised by everything alike.
        none.lstm.epochs = 0;
        let mut large = usual.clone();
        (large.lstm.layers, large.lstm.width) = (2, 64);
        let without = told("no network", &none);
        told("LSTM 1×32 (the one at work)", &usual);
        told("LSTM 2×64", &large);
        for (rows, depth, leaf) in [(16_000, Some(12), 3), (64_000, Some(16), 3), (64_000, Some(16), 10)] {
            let mut other = usual.clone();
            (other.forest.max_rows, other.forest.depth, other.forest.min_leaf) = (rows, depth, leaf);
            told(&format!("forest of {rows} rows, depth {depth:?}, leaves of {leaf}"), &other);
        }
        assert!(without > 0.0);
    }
}
