//! What the detectors' sizes buy: how well windows of held-out training episodes are told apart, by size.

use crate::support::plan;
use mats_detect::{DetectorSettings, Examples};
use mats_lab::gather::{GatherSettings, gather};
use mats_models::forest::ForestBackend;

const SCENARIOS: [&str; 3] = ["ransomware", "ssh-bruteforce", "insider-exfiltration"];
const FITS: u64 = 3;

/// Areas under the ROC and the precision–recall curve of the fused score on held-out episodes: means of several fits,
/// each of which holds out others.
fn areas(examples: &Examples, settings: &DetectorSettings) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for seed in 1..=FITS {
        let detector = mats_detect::fit(examples, settings, seed).expect("there is enough to fit to");
        let report = detector.report();
        sums[0] += report.roc_auc[0].expect("episodes of both kinds are held out");
        sums[1] += report.pr_auc.expect("episodes of both kinds are held out");
    }
    sums.map(|sum| sum / FITS as f64)
}

/// `cargo test --release --test main sizes -- --ignored --nocapture`
#[test]
#[ignore = "fits many detectors, which takes minutes"]
fn what_the_sizes_of_network_and_forest_buy() {
    let mut variants: Vec<(String, DetectorSettings)> = Vec::new();
    let mut forest = |rows, depth, leaf, columns: Option<usize>, trees| {
        let mut s = DetectorSettings::default();
        (s.forest.max_rows, s.forest.depth, s.forest.min_leaf) = (rows, depth, leaf);
        (s.forest.columns, s.forest.trees) = (columns, trees);
        let text = format!(
            "forest: {trees} trees, {rows} rows, depth {depth:?}, leaves of {leaf}, {columns:?} columns"
        );
        variants.push((text, s));
    };
    forest(16_000, Some(12), 3, None, 100);
    forest(64_000, Some(16), 3, None, 100);
    forest(64_000, Some(16), 10, None, 100);
    forest(64_000, Some(16), 20, None, 100);
    forest(64_000, Some(16), 10, Some(10), 100);
    forest(128_000, Some(20), 10, None, 100);
    forest(64_000, Some(16), 10, None, 50);
    forest(64_000, Some(16), 10, None, 30);
    for trees in [25, 100] {
        let mut s = DetectorSettings::default();
        s.isolation_forest.trees = trees;
        variants.push((format!("isolation forest: {trees} trees"), s));
    }
    for (layers, width) in [(0, 32), (2, 64)] {
        let mut s = DetectorSettings::default();
        (s.lstm.layers, s.lstm.width) = (layers, width);
        variants.push((format!("sequences: {layers} layers of {width} cells"), s));
    }
    let mut smartcore = DetectorSettings::default();
    smartcore.forest.forest = ForestBackend::Smartcore;
    variants.push(("forest: smartcore's".to_owned(), smartcore));
    let settings = GatherSettings { episodes: 96, benign_share: 0.15, ..GatherSettings::default() };
    let examples = SCENARIOS.map(|name| gather(&plan(name), &settings, 21));
    for (what, settings) in &variants {
        let found = std::array::from_fn::<_, 3, _>(|i| areas(&examples[i], settings));
        for (name, [roc, pr]) in SCENARIOS.iter().zip(found) {
            assert!(roc > 0.7 && pr > 0.1, "{name}, {what}: ROC-AUC {roc:.3}, PR-AUC {pr:.3}");
        }
        let line = found.map(|[roc, pr]| format!("{roc:.4} {pr:.4}")).join(" | ");
        println!("{what}: ROC-AUC PR-AUC {line}");
    }
}
