//! The isolation forest against scikit-learn's figures on `ADBench` tables (Han et al. 2022): trained on all rows,
//! scored on all rows.

use mats_detect::iforest::IsolationForestParams;
use mats_detect::metrics;
use std::path::Path;

/// The rows without their label, the width, and the labels; the last column is the label.
fn table(path: &Path) -> Option<(Vec<f32>, usize, Vec<bool>)> {
    let text = std::fs::read_to_string(path).ok()?;
    let (mut rows, mut labels, mut width) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().skip(1).filter(|l| !l.is_empty()) {
        let values: Vec<f32> = line.split(',').map(|v| v.trim().parse().unwrap()).collect();
        let (label, row) = values.split_last()?;
        width = row.len();
        rows.extend(row);
        labels.push(*label > 0.5);
    }
    Some((rows, width, labels))
}

#[test]
fn isolation_forest_matches_the_reference_on_public_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/adbench");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: ../shared/data absent");
        return;
    };
    let files: Vec<_> = files.flatten().map(|f| f.path()).collect();
    let reference = [
        ("thyroid", 0.978),
        ("breastw", 0.988),
        ("cardio", 0.926),
        ("pima", 0.664),
        ("wbc", 0.995),
        ("satimage-2", 0.993),
    ];
    for (name, expected) in reference {
        let file = files.iter().find(|f| {
            let stem = f.file_stem().unwrap().to_string_lossy().to_lowercase();
            stem == name || stem.ends_with(&format!("_{name}"))
        });
        let Some((rows, width, labels)) = file.and_then(|f| table(f)) else {
            panic!("no table {name} in {files:?}");
        };
        // A single forest varies by some hundredths on the small tables: the mean of three is compared.
        let mut total = 0.0;
        for seed in 0..3 {
            let forest = IsolationForestParams::default().fit(&rows, width, seed).unwrap();
            let scored: Vec<_> =
                rows.chunks_exact(width).zip(&labels).map(|(r, &l)| (forest.score(r), l, 1.0)).collect();
            total += metrics::roc_auc(&scored).unwrap() / 3.0;
        }
        println!("{name}: ROC-AUC {total:.3}, reference {expected:.3}");
        assert!((total - expected).abs() < 0.03, "{name}: {total:.3} against {expected:.3}");
    }
}
