//! Detectors on public data: NSL-KDD (Tavallaee, Bagheri, Lu, Ghorbani 2009) and tables of `ADBench` (Han et al.
//! 2022). The data lie beside the repository, in `../shared/data`; without them these tests say so and pass.
//!
//! The bounds are those of scikit-learn's forests on the same rows, with room for the luck of a seed; the means over
//! five seeds stand in the README.

use mats_lab::detect::data::{Data, Source, column_names_for, label_groups};
use mats_lab::detect::evaluate::{Evaluation, evaluate};
use mats_lab::detect::fit::{Kind, Reading, TableParams, fit};
use std::path::{Path, PathBuf};

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: ../shared/data/{name} is not there, so nothing is measured on it");
    None
}

/// The labels' own names are classes; with `families` the four families of attacks are.
fn nsl_kdd(kind: Kind, families: bool, seed: u64) -> Option<Evaluation> {
    let (train, test) = (shared("nsl-kdd/KDDTrain+_20Percent.txt")?, shared("nsl-kdd/KDDTest+.txt")?);
    let names = shared("nsl-kdd/Field Names.csv")?;
    let groups = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/nsl-kdd-families.csv");
    let reading = Reading {
        columns: Some(column_names_for(&names, &train).expect("a list of names").concat()),
        label: Some("column_42".into()),
        // `difficulty` says how many classifiers got the row right: it leaks the label.
        drop: vec!["column_43".into()],
        groups: if families { label_groups(&groups).expect("labels and families") } else { vec![] },
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
    let Some(found) = nsl_kdd(Kind::Forest, false, 1) else { return };
    let (cut, half) = (&found.figures[0], &found.figures[1]);
    within("accuracy at 0.5", half.rates.accuracy, 0.76, 0.80);
    within("ROC-AUC", half.roc_auc.unwrap(), 0.95, 0.985);
    within("accuracy at the cut", cut.rates.accuracy, 0.86, 0.92);
    within("false positives at the cut", cut.rates.false_positive_rate.unwrap(), 0.01, 0.05);
    within("recall of known attacks", found.recall_known.unwrap(), 0.80, 0.92);
    within("recall of novel attacks", found.recall_novel.unwrap(), 0.70, 0.90);
    assert_eq!(found.labels.iter().filter(|l| !l.known).count(), 18, "attacks that only the test rows have");
    let (accuracy, f1) = nsl_kdd(Kind::Forest, true, 1).unwrap().classes.unwrap();
    within("five classes, accuracy", accuracy, 0.74, 0.80);
    within("five classes, macro-F1", f1, 0.48, 0.60);
}

#[test]
fn isolation_forest_of_normal_rows_ranks_attacks_of_nsl_kdd() {
    let Some(found) = nsl_kdd(Kind::IForest, false, 1) else { return };
    within("ROC-AUC", found.figures[0].roc_auc.unwrap(), 0.925, 0.96);
}

#[test]
fn both_together_find_more_at_one_percent_than_either_alone() {
    let Some(found) = nsl_kdd(Kind::Fused, false, 1) else { return };
    let (gain, best) = found.gain.as_ref().unwrap();
    println!("gain over the {best}: {gain:?}");
    assert!(gain.high.unwrap() >= 0.0 && gain.value.unwrap() > -0.02, "{gain:?}");
    // At the nominal cut it must not lose what the forest finds.
    let recall = |i: usize| found.figures[i].rates.recall.unwrap();
    assert!(recall(0) > recall(2) - 0.06, "{} against {}", recall(0), recall(2));
}

#[test]
fn forests_hold_on_a_table_of_another_kind() {
    let Some(path) = shared("adbench/mammography.csv") else { return };
    let reading = Reading { drop: vec!["label".into()], ..Reading::default() };
    let source = Source { path, ..Source::default() };
    let unlabelled = Data::open(&source, &reading).expect("a table");
    let detector =
        fit(&unlabelled, &TableParams::new(Kind::IForest), reading, None, 1).expect("no labels are needed");
    let reading = Reading { label: Some("label".into()), ..Reading::default() };
    let labelled = Data::open(&source, &reading).expect("a table");
    assert_eq!(labelled.benign(), Some("0"));
    let found = evaluate(&detector, &labelled, 1).unwrap();
    within("ROC-AUC on mammography", found.figures[0].roc_auc.unwrap(), 0.83, 0.89);
}
