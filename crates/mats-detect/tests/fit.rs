use crate::world::{self, detector, settings, training};
use mats_core::ThreatKind;
use mats_detect::{Examples, FitError, SequenceUse, fit};
use mats_models::metrics;

#[test]
fn detects_on_episodes_it_has_never_seen() {
    let detector = detector();
    let fresh = world::examples(101..=106);
    let mut scored = Vec::new();
    let (mut right, mut kinds) = (0, 0);
    for (row, label) in fresh.rows().iter().zip(fresh.labels()) {
        let judgement = detector.judge(row, 0.0, 0.0);
        scored.push((judgement.fused, label.is_some(), 1.0));
        if let Some(kind) = label {
            kinds += 1;
            right += u32::from(judgement.kind(row) == *kind);
        }
    }
    let (roc, pr) = (metrics::roc_auc(&scored).unwrap(), metrics::pr_auc(&scored).unwrap());
    assert!(roc > 0.93 && pr > 0.6, "ROC-AUC {roc}, PR-AUC {pr}");
    assert!(right * 10 > kinds * 6, "{right} of {kinds} kinds named rightly");
}

#[test]
fn report_says_how_good_it_is() {
    let report = detector().report().clone();
    println!("{report:#?}");
    assert!(
        report.roc_auc[0].unwrap() >= report.roc_auc[1].unwrap(),
        "fusion is worse than the isolation forest"
    );
    assert!(report.calibration_error < 0.03, "{}", report.calibration_error);
    assert!(report.at_cut.0 > 0.6 && report.at_cut.1 > 0.4, "{:?}", report.at_cut);
    assert!(report.rows.0 > report.held_out.0 && report.held_out.1 > 0);
}

#[test]
fn same_seed_same_bytes_for_any_number_of_threads() {
    let examples = world::examples(1..=6);
    let mut settings = settings();
    settings.forest.trees = 20;
    let bytes = |threads, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&examples, &settings, seed).unwrap().to_bytes())
    };
    assert!(bytes(1, 7) == bytes(3, 7));
    assert!(bytes(1, 7) != bytes(1, 8));
}

#[test]
fn appended_examples_are_the_same_as_gathered_together() {
    let mut joined = world::examples(1..=3);
    joined.append(world::examples(4..=6));
    let together = world::examples(1..=6);
    assert_eq!((joined.len(), joined.episodes()), (together.len(), together.episodes()));
    let mut settings = settings();
    settings.forest.trees = 10;
    assert!(fit(&joined, &settings, 1).unwrap() == fit(&together, &settings, 1).unwrap());
}

#[test]
fn without_attacks_it_works_unsupervised_within_the_false_alarms_allowed() {
    let quiet = world::examples([3, 6, 9, 12]);
    assert_eq!(quiet.malicious(), 0);
    let detector = fit(&quiet, &settings(), 1).unwrap();
    let fresh = world::examples([15]);
    let alarms = fresh
        .rows()
        .iter()
        .filter(|r| detector.judge(r, 0.0, 0.0).fused >= detector.thresholds().alert)
        .count();
    assert!(alarms < 20, "{alarms} of {}", fresh.len());
}

#[test]
fn too_few_examples_are_refused_with_advice() {
    let error = fit(&Examples::new(), &settings(), 1).unwrap_err();
    assert!(error.to_string().contains("at least two episodes"), "{error}");
    let error = fit(&world::examples([1]), &settings(), 1).unwrap_err();
    assert!(matches!(error, FitError::TooFew { episodes: 1, .. }), "{error}");
    let mut odd = settings();
    odd.lstm.width = 33;
    let error = fit(&world::examples([1, 2]), &odd, 1).unwrap_err();
    assert!(error.to_string().contains("multiple of 32"), "{error}");
}

#[test]
fn the_sequence_model_works_where_it_pays_or_is_told_to() {
    let examples = world::examples(1..=9);
    let at_work = |sequence: SequenceUse| {
        let mut settings = settings();
        settings.forest.trees = 20;
        settings.sequence = sequence;
        fit(&examples, &settings, 1).unwrap().at_work()
    };
    let (auto, always, never) =
        (at_work(SequenceUse::Auto), at_work(SequenceUse::Always), at_work(SequenceUse::Never));
    assert!(always.sequence && !never.sequence && never.sequence_gain.is_none());
    let gain = auto.sequence_gain.expect("it was measured");
    assert_eq!(auto.sequence_gain, always.sequence_gain);
    assert_eq!(auto.sequence, gain.mean > gain.error, "{gain:?}");
    let told = always.to_string();
    assert!(told.starts_with("LSTM at work (") && told.contains(" % of benign windows"), "{told}");
    assert!(never.to_string().starts_with("LSTM off; "), "{never}");
}

#[test]
fn all_five_kinds_are_in_the_training_set() {
    let labels = training().labels();
    for kind in ThreatKind::ALL {
        assert!(labels.contains(&Some(kind)), "{}", kind.name());
    }
}
