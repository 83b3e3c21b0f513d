//! Detectors on public data: NSL-KDD (Tavallaee, Bagheri, Lu, Ghorbani 2009) and tables of `ADBench` (Han et al.
//! 2022). The data lie beside the repository, in `../shared/data`; without them these tests say so and pass.
//!
//! The bounds are those of scikit-learn's forests on the same rows, with room for the luck of a seed; the means over
//! five seeds stand in the README.

use crate::parts::rows_of;
use crate::shared_data::shared_data;
use mats_core::random::Stream;
use mats_tabular::files::data::{Data, Source, column_names_for, label_groups};
use mats_tabular::files::evaluate::{Evaluation, evaluate};
use mats_tabular::files::fit::{DetectorKind, Reading, TableParams, fit};
use std::path::{Path, PathBuf};

/// Classes of NSL-KDD's rows.
#[derive(Clone, Copy, PartialEq)]
enum Labels {
    /// Each attack by its own name.
    Names,
    /// The four families of attacks.
    Families,
    /// Attacks are all one.
    Binary,
}

fn nsl_kdd(kind: DetectorKind, labels: Labels, seed: u64) -> Option<Evaluation> {
    let (train, test) =
        (shared_data("nsl-kdd/KDDTrain+_20Percent.txt")?, shared_data("nsl-kdd/KDDTest+.txt")?);
    let names = shared_data("nsl-kdd/Field Names.csv")?;
    let groups = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/nsl-kdd-families.csv");
    let mut groups = label_groups(&groups).expect("labels and families");
    if labels == Labels::Binary {
        groups
            .iter_mut()
            .filter(|(_, family)| family != "normal")
            .for_each(|(_, family)| *family = "attack".into());
    }
    let reading = Reading {
        columns: Some(column_names_for(&names, &train).expect("a list of names").concat()),
        label: Some("column_42".into()),
        // `difficulty` says how many classifiers got the row right: it leaks the label.
        drop: vec!["column_43".into()],
        groups: if labels == Labels::Names { vec![] } else { groups },
        ..Reading::default()
    };
    let open = |path| Data::open(&Source { path, ..Source::default() }, &reading).expect("a table");
    let (train, test) = (open(train), open(test));
    assert_eq!((train.table.rows, test.table.rows, train.table.names.len()), (25_192, 22_544, 41));
    let detector = fit(&train, &TableParams::new(kind), reading.clone(), None, seed).expect("labels serve");
    evaluate(&detector, &test, seed)
}

fn within(what: &str, value: f64, low: f64, high: f64) {
    println!("{what}: {value:.4}");
    assert!(value >= low && value <= high, "{what}: {value:.4} is not within {low} and {high}");
}

#[test]
fn random_forest_tells_attacks_of_nsl_kdd_as_the_reference_does_and_no_better_than_is_honest() {
    let Some(found) = nsl_kdd(DetectorKind::Forest, Labels::Names, 1) else { return };
    let (cut, half) = (&found.figures[0], &found.figures[1]);
    within("accuracy at 0.5", half.rates.accuracy, 0.76, 0.80);
    within("ROC-AUC", half.roc_auc.unwrap(), 0.95, 0.985);
    within("accuracy at the cut", cut.rates.accuracy, 0.86, 0.92);
    within("false positives at the cut", cut.rates.false_positive_rate.unwrap(), 0.01, 0.05);
    within("recall of known attacks", found.recall_known.unwrap(), 0.80, 0.92);
    within("recall of novel attacks", found.recall_novel.unwrap(), 0.70, 0.90);
    assert_eq!(found.labels.iter().filter(|l| !l.known).count(), 18, "attacks that only the test rows have");
    let (accuracy, f1) = nsl_kdd(DetectorKind::Forest, Labels::Families, 1).unwrap().classes.unwrap();
    within("five classes, accuracy", accuracy, 0.74, 0.80);
    within("five classes, macro-F1", f1, 0.48, 0.60);
}

#[test]
fn isolation_forest_of_normal_rows_ranks_attacks_of_nsl_kdd() {
    let Some(found) = nsl_kdd(DetectorKind::IForest, Labels::Names, 1) else { return };
    within("ROC-AUC", found.figures[0].roc_auc.unwrap(), 0.925, 0.96);
}

#[test]
fn both_together_find_more_at_one_percent_than_either_alone() {
    let Some(found) = nsl_kdd(DetectorKind::Fused, Labels::Names, 1) else { return };
    let (gain, best) = found.gain.as_ref().unwrap();
    println!("gain over the {best}: {gain:?}");
    assert!(gain.value.unwrap() > 0.0 && gain.low.unwrap() > -0.01, "{gain:?}");
    // At the nominal cut it must not lose what the forest finds.
    let recall = |i: usize| found.figures[i].rates.recall.unwrap();
    assert!(recall(0) > recall(2) - 0.06, "{} against {}", recall(0), recall(2));
}

#[test]
fn forests_hold_on_a_table_of_another_kind() {
    let Some(path) = shared_data("adbench/mammography.csv") else { return };
    let reading = Reading { drop: vec!["label".into()], ..Reading::default() };
    let source = Source { path, ..Source::default() };
    let unlabelled = Data::open(&source, &reading).expect("a table");
    let detector = fit(&unlabelled, &TableParams::new(DetectorKind::IForest), reading, None, 1)
        .expect("no labels are needed");
    let reading = Reading { label: Some("label".into()), ..Reading::default() };
    let labelled = Data::open(&source, &reading).expect("a table");
    assert_eq!(labelled.benign().as_deref(), Some("0"));
    let found = evaluate(&detector, &labelled, 1).unwrap();
    within("ROC-AUC on mammography", found.figures[0].roc_auc.unwrap(), 0.83, 0.89);
}

/// Rows of a table that belong to a part, drawn at random.
fn part(data: &Data, share: f64, within: bool, seed: u64) -> Data {
    let stream = Stream::new(seed, 1, 1);
    let picked: Vec<usize> =
        (0..data.table.rows).filter(|&i| (stream.unit(i as u64) < share) == within).collect();
    rows_of(data, &picked)
}

/// The tables of `ADBench` hold one kind of anomaly and no times: 70 % of the rows against the rest, five draws.
///
/// `cargo test --release -p mats-tabular real_data -- --ignored --nocapture`
#[test]
#[ignore = "fits seventy detectors, which takes minutes"]
fn fused_finds_no_less_than_its_best_member_on_any_set() {
    for (labels, text) in
        [(Labels::Names, "names"), (Labels::Families, "families"), (Labels::Binary, "attack or not")]
    {
        for seed in 1..=5 {
            let Some(found) = nsl_kdd(DetectorKind::Fused, labels, seed) else { return };
            let (gain, best) = found.gain.as_ref().unwrap();
            println!("NSL-KDD, {text}, seed {seed}: gain over the {best}: {gain:?}");
            assert!(gain.high.unwrap() >= 0.0, "{gain:?}");
        }
    }
    let Some(folder) = shared_data("adbench") else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files.into_iter().filter(|path| path.extension().is_some_and(|e| e == "csv")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let reading = Reading { label: Some("label".into()), ..Reading::default() };
        let data = Data::open(&Source { path, ..Source::default() }, &reading).expect("a table");
        let (mut mean, mut reaches) = (0.0, 0);
        for seed in 1..=5 {
            let [train, test] = [true, false].map(|within| part(&data, 0.7, within, seed));
            let params = TableParams::new(DetectorKind::Fused);
            let detector = fit(&train, &params, reading.clone(), None, seed).expect("labels serve");
            let gain = evaluate(&detector, &test, seed).unwrap().gain.unwrap().0;
            mean += gain.value.unwrap() / 5.0;
            reaches += usize::from(gain.high.unwrap() >= 0.0);
        }
        println!("{name}: gain {mean:+.3}; {reaches} of 5 intervals reach 0");
        assert!(reaches >= 4, "{name}");
    }
}
