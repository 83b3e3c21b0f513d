use crate::world::{self, detector, settings, training};
use mats_core::random::Stream;
use mats_core::{LabelledWindow, ModelUpdate, ThreatKind};
use mats_detect::{UpdateError, fit};

/// Windows of fresh episodes: all malicious ones, and some of the others with the weight of the rest.
fn audited(seeds: impl IntoIterator<Item = u64>, flip: bool) -> ModelUpdate {
    let fresh = world::examples(seeds);
    let stream = Stream::new(2, 2, 2);
    let windows = fresh
        .rows()
        .iter()
        .zip(fresh.labels())
        .enumerate()
        .filter(|(i, (_, label))| label.is_some() || stream.word(*i as u64).is_multiple_of(8))
        .map(|(i, (row, label))| {
            let told = if flip && stream.word(i as u64 + 1_000_000).is_multiple_of(2) {
                label.is_none().then_some(ThreatKind::Movement)
            } else {
                *label
            };
            let weight = if label.is_some() { 1.0 } else { 8.0 };
            LabelledWindow { row: row.to_vec(), kind: told, weight, audit: i % 2 == 0 }
        })
        .collect();
    ModelUpdate { seen_with: 1, windows }
}

#[test]
fn verified_outcomes_improve_a_detector_fitted_to_little() {
    let little = world::examples([1, 2]);
    let mut few = settings();
    few.forest.max_rows = 60;
    let weak = fit(&little, &few, 1).unwrap();
    let update = audited(201..=210, false);
    let verdict = weak.update(&update, &little, 5).unwrap();
    println!("{} audits: {:?} against {:?}", verdict.audits, verdict.champion, verdict.challenger);
    let better = verdict.accepted.expect("more outcomes help");
    assert_eq!(better.version(), 2);
    assert!(verdict.challenger.log_loss < verdict.champion.log_loss);
    assert!(weak.update(&update, &little, 5).unwrap().accepted.unwrap() == better, "not repeatable");
}

#[test]
fn wrong_labels_are_not_learnt_when_audits_are_right() {
    let mut update = audited(201..=204, true);
    let right = audited(201..=204, false);
    for (told, truth) in update.windows.iter_mut().zip(&right.windows) {
        if told.audit {
            told.kind = truth.kind;
        }
    }
    // Each wrong label claims to stand for many.
    update.windows.iter_mut().filter(|w| !w.audit).for_each(|w| w.weight = 40.0);
    let verdict = detector().update(&update, training(), 5).unwrap();
    assert!(verdict.accepted.is_none(), "{:?} against {:?}", verdict.champion, verdict.challenger);
}

#[test]
fn updates_that_cannot_be_judged_are_refused_with_advice() {
    let detector = detector();
    let refuse = |update: &ModelUpdate| detector.update(update, training(), 1).unwrap_err();
    let error = refuse(&ModelUpdate::default());
    assert!(
        matches!(error, UpdateError::TooFewAudits { have: 0 }) && error.to_string().contains("audit more")
    );
    let mut update = audited([201], false);
    update.windows[3].row.pop();
    assert!(matches!(refuse(&update), UpdateError::BadWindow { window: 3 }));
    let future = ModelUpdate { seen_with: 9, windows: vec![] };
    assert!(matches!(refuse(&future), UpdateError::FromTheFuture { seen_with: 9, version: 1 }));
}
