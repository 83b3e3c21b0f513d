use crate::world::{self, detector, settings};
use mats_detect::store::FILE;
use mats_detect::{Detector, DetectorSettings, fit};
use mats_models::forest::{ForestBackend, ForestParams};
use mats_models::metrics;
use proptest::prelude::*;
use std::sync::OnceLock;

fn bytes() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| detector().to_bytes())
}

/// Returns the same file with part of its header replaced by something as long.
fn tampered(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes().to_vec();
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).expect("the header holds it");
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

fn check(bytes: &[u8], reason: &str) {
    let error = Detector::from_bytes(bytes).expect_err("refused");
    assert!(error.contains(reason), "{error}");
}

#[test]
fn round_trip_is_exact_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("models");
    detector().save(&folder).unwrap();
    let loaded = Detector::load(&folder).unwrap();
    assert!(loaded == *detector());
    assert!(loaded.to_bytes() == bytes());
    assert!(std::fs::read(folder.join(FILE)).unwrap() == bytes());
    // Only the finished file is left.
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn missing_files_name_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let error = Detector::load(dir.path()).unwrap_err().to_string();
    assert!(error.starts_with("read ") && error.contains(FILE), "{error}");
    std::fs::write(dir.path().join(FILE), b"junk").unwrap();
    let error = Detector::load(dir.path()).unwrap_err().to_string();
    assert!(error.contains(FILE) && error.contains("fit it again"), "{error}");
}

#[test]
fn foreign_newer_and_damaged_files_are_refused_with_the_reason() {
    check(b"", "damaged or not a model file");
    check(&[0xff; 100], "damaged or not a model file");
    check(&bytes()[..bytes().len() / 2], "damaged or not a model file");
    check(&tampered("mats-detector", "mats-q-valued"), "holds a `mats-q-valued`");
    check(&tampered(r#"\"format\":5"#, r#"\"format\":7"#), "newer than this program's 5");
    let schema = mats_detect::features::columns::schema().to_string();
    let last = if schema.ends_with('1') { "2" } else { "1" };
    check(&tampered(&schema, &format!("{}{last}", &schema[..schema.len() - 1])), "other features");
    let mut flipped = bytes().to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    check(&flipped, "checksum");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn no_damage_is_overlooked_and_none_panics(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(read) = Detector::from_bytes(&bytes) {
            // Spaces that fill up the header may change; nothing else.
            prop_assert!(read == *detector());
        }
    }
}

#[test]
fn a_detector_with_the_other_librarys_forest_is_fitted_and_read_back_exactly() {
    let mut settings = settings();
    (settings.forest.forest, settings.forest.trees, settings.forest.max_rows) =
        (ForestBackend::Smartcore, 20, 800);
    settings.lstm.layers = 0;
    let fitted = fit(&world::examples(1..=6), &settings, 1).unwrap();
    let own = fit(
        &world::examples(1..=6),
        &DetectorSettings {
            forest: ForestParams { forest: ForestBackend::Histogram, ..settings.forest.clone() },
            ..settings
        },
        1,
    )
    .unwrap();
    let read = Detector::from_bytes(&fitted.to_bytes()).unwrap();
    assert!(read == fitted && read != own);
    assert_eq!(read.settings().forest.forest, ForestBackend::Smartcore);
    let fresh = world::examples([101, 103]);
    let scored = |detector: &Detector| -> Vec<(f32, bool, f32)> {
        let rows = fresh.rows().iter().zip(fresh.labels());
        rows.map(|(row, label)| (detector.judge(row, 0.0, 0.0).fused, label.is_some(), 1.0)).collect()
    };
    assert_eq!(scored(&read), scored(&fitted));
    let area = metrics::roc_auc(&scored(&read)).unwrap();
    assert!(area > 0.9, "{area}");
}
