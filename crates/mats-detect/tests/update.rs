use crate::world::{self, detector, settings, training};
use mats_core::random::Stream;
use mats_core::{LabelledWindow, ModelUpdate, ThreatKind};
use mats_detect::{Choice, Detector, Examples, UpdateError, fit};

/// Windows of fresh episodes: all malicious ones, and some of the others with the weight of the rest. A share of them is
/// labelled wrong.
fn audited(seeds: impl IntoIterator<Item = u64>, wrong: f64) -> ModelUpdate {
    let mut windows = Vec::new();
    for episode in seeds {
        let fresh = world::examples([episode]);
        let stream = Stream::new(2, 2, episode);
        for (i, (row, label)) in fresh.rows().iter().zip(fresh.labels()).enumerate() {
            if label.is_none() && !stream.word(i as u64).is_multiple_of(8) {
                continue;
            }
            let told = if stream.unit(i as u64 + 1_000_000) < wrong {
                label.is_none().then_some(ThreatKind::Movement)
            } else {
                *label
            };
            let weight = if label.is_some() { 1.0 } else { 8.0 };
            windows.push(LabelledWindow {
                row: row.to_vec(),
                kind: told,
                weight,
                audit: i % 2 == 0,
                episode,
            });
        }
    }
    ModelUpdate { seen_with: 1, windows }
}

#[test]
fn verified_outcomes_improve_a_detector_fitted_to_little() {
    let little = world::examples([1, 2]);
    let mut few = settings();
    few.forest.max_rows = 60;
    let weak = fit(&little, &few, 1).unwrap();
    let update = audited(201..=220, 0.0);
    let verdict = weak.update(&update, &little, None, 5).unwrap();
    println!("{} audits: {:?} against {:?}", verdict.audits, verdict.champion, verdict.challenger);
    let better = verdict.accepted.expect("more outcomes help");
    assert_eq!(better.version(), 2);
    assert!(verdict.challenger.log_loss < verdict.champion.log_loss);
    assert!(weak.update(&update, &little, None, 5).unwrap().accepted.unwrap() == better, "not repeatable");
}

#[test]
fn wrong_labels_are_not_learnt_when_audits_are_right() {
    let mut update = audited(201..=220, 0.5);
    let right = audited(201..=220, 0.0);
    for (told, truth) in update.windows.iter_mut().zip(&right.windows) {
        if told.audit {
            told.kind = truth.kind;
        }
    }
    // Each wrong label claims to stand for many.
    update.windows.iter_mut().filter(|w| !w.audit).for_each(|w| w.weight = 40.0);
    let verdict = detector().update(&update, training(), None, 5).unwrap();
    assert!(verdict.accepted.is_none(), "{:?} against {:?}", verdict.champion, verdict.challenger);
}

#[test]
fn updates_that_cannot_be_judged_are_refused_with_advice() {
    let detector = detector();
    let refuse = |update: &ModelUpdate| detector.update(update, training(), None, 1).unwrap_err();
    let error = refuse(&ModelUpdate::default());
    assert!(
        matches!(error, UpdateError::TooFewAudits { have: 0, episodes: 0 })
            && error.to_string().contains("audit more")
    );
    let mut update = audited([201], 0.0);
    update.windows[3].row.pop();
    assert!(matches!(refuse(&update), UpdateError::BadWindow { window: 3 }));
    let future = ModelUpdate { seen_with: 9, windows: vec![] };
    assert!(matches!(refuse(&future), UpdateError::FromTheFuture { seen_with: 9, version: 1 }));
}

/// The shares of the windows of a kind, and of benign ones, that a detector alarms at.
fn alarms(detector: &Detector, windows: &Examples, kind: Option<ThreatKind>) -> f64 {
    let of = windows.rows().iter().zip(windows.labels()).filter(|(_, label)| **label == kind);
    let judged: Vec<bool> =
        of.map(|(row, _)| detector.judge_fully(row, 0.0, 0.0).fused >= detector.thresholds().alert).collect();
    judged.iter().filter(|&&alarm| alarm).count() as f64 / judged.len() as f64
}

#[test]
fn an_attack_that_was_verified_a_few_times_is_found_afterwards() {
    let kind = ThreatKind::Impact;
    let base = training().without(kind);
    let ignorant = fit(&base, &settings(), 1).unwrap();
    // One verified window of it in an episode, an audit or not.
    let mut update = audited(201..=260, 0.0);
    let (mut verified, mut last) = (0, 0);
    update.windows.retain(|w| {
        let another = w.kind != Some(kind) || w.episode != last;
        if w.kind == Some(kind) && another {
            (verified, last) = (verified + 1, w.episode);
        }
        another
    });
    println!("{verified} verified windows");
    let verdict = ignorant.update(&update, &base, None, 5).unwrap();
    println!("{} audits: {:?} against {:?}", verdict.audits, verdict.champion, verdict.challenger);
    let taught = verdict.accepted.expect("the audits saw it too");
    assert_eq!(verdict.choice, Choice::Challenger);
    let fresh = world::examples(301..=308);
    let (before, after) = (alarms(&ignorant, &fresh, Some(kind)), alarms(&taught, &fresh, Some(kind)));
    let (quiet, louder) = (alarms(&ignorant, &fresh, None), alarms(&taught, &fresh, None));
    println!(
        "novel attack: {before:.3} of its windows found before, {after:.3} after; false alarms {quiet:.4}, {louder:.4}"
    );
    println!("drift: {:?}", verdict.drift);
    assert!(after > before + 0.15 && after > 0.4, "{before:.3} before, {after:.3} after");
    assert!(louder < quiet + 0.01, "false alarms {quiet:.4} before, {louder:.4} after");
}

#[test]
fn an_update_that_did_harm_is_taken_back() {
    // What an update with wrong audits left behind: a detector fitted to windows whose labels are mostly wrong.
    let mut wrong = audited(201..=220, 0.8);
    wrong.windows.iter_mut().for_each(|w| w.weight = 40.0);
    let good = detector();
    let verdict = good.update(&wrong, training(), None, 5).unwrap();
    println!("{} audits: {:?} against {:?}", verdict.audits, verdict.champion, verdict.challenger);
    let harmed = verdict.accepted.expect("the audits lied");
    assert_eq!(harmed.version(), 2);
    // Outcomes that would not mend it, but audits that tell.
    let mut later = audited(221..=240, 0.5);
    later.seen_with = 2;
    for (window, truth) in later.windows.iter_mut().zip(audited(221..=240, 0.0).windows) {
        if window.audit {
            window.kind = truth.kind;
        } else {
            window.weight = 40.0;
        }
    }
    let verdict = harmed.update(&later, training(), Some(&good), 6).unwrap();
    println!("{:?} {:?} {:?}", verdict.champion, verdict.challenger, verdict.previous);
    let previous = verdict.previous.expect("it was given");
    assert!(previous.log_loss < verdict.champion.log_loss);
    assert_eq!(verdict.choice, Choice::Previous);
    let better = verdict.accepted.expect("the one before is better");
    assert_eq!(better.version(), 3);
    let fresh = world::examples(301..=303);
    let (mended, wrong) = (alarms(&better, &fresh, None), alarms(&harmed, &fresh, None));
    assert!(mended < wrong, "{mended} of the benign windows alarmed at instead of {wrong}");
}
