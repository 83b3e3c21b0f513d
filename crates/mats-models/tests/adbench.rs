//! The isolation forest against scikit-learn's figures on `ADBench` tables (Han et al. 2022): trained on all rows,
//! scored on all rows.

use crate::shared_data::shared_data;
use mats_models::iforest::IsolationForestParams;
use mats_models::metrics;
use ndarray::{Array1, Array2};
use std::path::Path;

/// ROC-AUC of scikit-learn 1.9.1's forest of 100 trees of 256 rows.
const REFERENCE: [(&str, f64); 12] = [
    ("annthyroid", 0.832),
    ("breastw", 0.988),
    ("cardio", 0.926),
    ("Ionosphere", 0.842),
    ("mammography", 0.861),
    ("Pima", 0.664),
    ("satellite", 0.695),
    ("satimage-2", 0.993),
    ("shuttle", 0.997),
    ("thyroid", 0.978),
    ("WBC", 0.995),
    ("magic.gamma", 0.719),
];

/// The rows without their label, and the labels; the last column is the label.
fn table(path: &Path) -> Option<(Array2<f32>, Vec<bool>)> {
    let text = std::fs::read_to_string(path).ok()?;
    let (mut rows, mut labels, mut width) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().skip(1).filter(|l| !l.is_empty()) {
        let values: Vec<f32> = line.split(',').map(|v| v.trim().parse().unwrap()).collect();
        let (label, row) = values.split_last()?;
        width = row.len();
        rows.extend(row);
        labels.push(*label > 0.5);
    }
    Some((Array2::from_shape_vec((labels.len(), width), rows).ok()?, labels))
}

#[test]
fn isolation_forest_matches_the_reference_on_public_tables() {
    let Some(folder) = shared_data("adbench") else { return };
    let mut gaps = Vec::new();
    for (name, expected) in REFERENCE {
        let file = folder.join(format!("{name}.csv"));
        let (rows, labels) = table(&file).unwrap_or_else(|| panic!("no table {}", file.display()));
        // A single forest varies by some hundredths on the small tables.
        let mut total = 0.0;
        for seed in 1..=5 {
            let forest = IsolationForestParams::default().fit(rows.view(), seed).unwrap();
            let mut scores = Array1::zeros(labels.len());
            forest.score_all(rows.view(), scores.view_mut());
            let scored: Vec<_> = scores.iter().zip(&labels).map(|(&s, &l)| (s, l, 1.0)).collect();
            total += metrics::roc_auc(&scored).unwrap() / 5.0;
        }
        println!("{name}: ROC-AUC {total:.3}, reference {expected:.3}");
        assert!((total - expected).abs() <= 0.03, "{name}: {total:.3} against {expected:.3}");
        gaps.push((total - expected).abs());
    }
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    println!("mean gap {mean:.4}");
    assert!(mean <= 0.01, "mean gap {mean:.4}");
}
