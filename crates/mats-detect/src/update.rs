//! Champion against challenger: verified outcomes refit the random forest and the fusion; the new detector is
//! kept only if it is better on audited windows that neither has seen. The one before is put back if it is.

use crate::detector::Detector;
use crate::drift::{Drift, drift};
use crate::examples::Examples;
use crate::features::{FEATURES, FeatureRow};
use crate::fit::{Split, forest_rows, surprises};
use crate::votes::{CLASSES, class_of};
use mats_core::random::Stream;
use mats_core::{Evidence, LabelledWindow, ModelUpdate};
use mats_models::forest::ForestError;
use mats_models::metrics::{self, Scored};
use ndarray::aview2;
use std::collections::BTreeMap;
use thiserror::Error;

const PURPOSE: u32 = 0x0bda;
/// Held-back audits below which no verdict is given.
pub const MIN_AUDITS: usize = 20;

/// Former name of [`MIN_AUDITS`].
#[deprecated(since = "0.2.0", note = "renamed to `MIN_AUDITS`")]
pub const LEAST_AUDITS: usize = MIN_AUDITS;
/// A window's row may carry, after the features, the rank of the sequence surprise and the indicators' confidence.
pub const WINDOW: usize = FEATURES + 2;
/// Episodes of held-back audits below which no verdict is given.
pub const MIN_EPISODES: usize = 5;

/// Former name of [`MIN_EPISODES`].
#[deprecated(since = "0.2.0", note = "renamed to `MIN_EPISODES`")]
pub const LEAST_EPISODES: usize = MIN_EPISODES;
/// One episode in so many judges.
const JUDGE: u64 = 3;
/// Standard errors by which the log-loss must be lower (the one-standard-error rule: Breiman et al. 1984): one chance
/// in six that a challenger passes that is no better, which does no harm. Asking for more would leave novel attacks
/// unlearnt until many have been seen.
const BETTER: f64 = 1.0;
/// Amount by which the area under the precision–recall curve may be lower; it varies by this much by chance.
const SLACK: f64 = 0.02;

/// Errors of judging an update.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// Too few audits to judge by.
    #[error(
        "update detectors: {have} held-back audits of {episodes} episodes; at least {MIN_AUDITS} of {MIN_EPISODES} are needed, so audit more windows"
    )]
    TooFewAudits {
        /// Number of held-back audits.
        have: usize,
        /// Number of their episodes.
        episodes: usize,
    },
    /// A window that the detectors cannot have seen.
    #[error(
        "update detectors: window {window} is malformed: {FEATURES} or {WINDOW} finite numbers and a positive weight are needed"
    )]
    BadWindow {
        /// Position of the window.
        window: usize,
    },
    /// Windows from models that do not exist yet.
    #[error("update detectors: windows seen with version {seen_with}, but this is version {version}")]
    FromTheFuture {
        /// Version the windows name.
        seen_with: u32,
        /// Version of this detector.
        version: u32,
    },
    /// The random forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Performance of a detector on the held-back audits, each weighted by one over its chance of being audited.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean negative log-likelihood in nats; lower is better.
    pub log_loss: f64,
    /// Area under the precision–recall curve; `None` when no held-back audit was malicious.
    pub pr_auc: Option<f64>,
}

/// A detector's score, and its weighted loss on each judge.
struct Judged {
    score: Score,
    losses: Vec<f64>,
}

impl Judged {
    /// Tells whether it is better by more than a standard error. Audits of one episode come from the same attack, so
    /// the standard error is that of sums over episodes (Liang and Zeger 1986).
    fn beats(&self, other: &Judged, judges: &[Case]) -> bool {
        let mut gains: BTreeMap<u64, f64> = BTreeMap::new();
        for ((case, new), old) in judges.iter().zip(&self.losses).zip(&other.losses) {
            *gains.entry(case.episode).or_default() += old - new;
        }
        let (count, total) = (gains.len() as f64, gains.values().sum::<f64>());
        let spread: f64 = gains.values().map(|g| (g - total / count).powi(2)).sum();
        total > BETTER * (spread * count / (count - 1.0)).sqrt()
            && self.score.pr_auc.unwrap_or(1.0) >= other.score.pr_auc.unwrap_or(0.0) - SLACK
    }
}

/// Outcome of an update.
#[derive(Debug, Clone)]
pub struct UpdateVerdict {
    /// The detector in place.
    pub champion: Score,
    /// The refitted one.
    pub challenger: Score,
    /// The one before the one in place, if it was there to be judged.
    pub previous: Option<Score>,
    /// Held-back audits that judged.
    pub audits: usize,
    /// Drift of the verified windows from those that the detectors were fitted to.
    pub drift: Option<Drift>,
    /// Detector among them that is to take over.
    pub choice: Choice,
    /// The detector that takes over, one version up, if one was better than the one in place: lower log-loss by
    /// more than a standard error, and PR-AUC not lower by more than 0.02.
    pub accepted: Option<Detector>,
}

/// Former name of [`UpdateVerdict`].
#[deprecated(since = "0.2.0", note = "renamed to `UpdateVerdict`")]
pub type Verdict = UpdateVerdict;

/// Detector that is to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The one in place.
    Champion,
    /// The refitted one.
    Challenger,
    /// The one before: the last update did harm.
    Previous,
}

/// A window, taken apart.
struct Case {
    row: FeatureRow,
    sequence: f32,
    indicator: f32,
    class: u8,
    weight: f32,
    episode: u64,
}

impl Case {
    fn new(window: &LabelledWindow, number: usize) -> Result<Case, UpdateError> {
        let bad = UpdateError::BadWindow { window: number };
        let sound =
            window.row.iter().all(|x| x.is_finite()) && window.weight.is_finite() && window.weight > 0.0;
        let Some((row, rest)) = window.row.split_first_chunk::<FEATURES>().filter(|_| sound) else {
            return Err(bad);
        };
        let (sequence, indicator) = match *rest {
            [] => (0.0, 0.0),
            [s, i] => (s.clamp(0.0, 1.0), i.clamp(0.0, 1.0)),
            _ => return Err(bad),
        };
        let (class, weight, episode) = (class_of(window.kind), window.weight, window.episode);
        Ok(Case { row: *row, sequence, indicator, class, weight, episode })
    }

    fn truth(&self) -> (bool, f32) {
        (self.class > 0, self.weight)
    }
}

impl Detector {
    /// Refits the random forest and the fusion to the base examples and the labelled windows. The audits of a third of
    /// the episodes are held back and judge; of the other episodes' windows two thirds go to the forest and a third to
    /// the fusion.
    /// Weights are honoured: rare audits stand for the many windows that were not audited. `previous` is the detector
    /// before this one, if it is kept: where it does better on the audits than both, it is put back.
    ///
    /// # Errors
    /// When there are too few audits or a window is malformed. The detector in place remains usable.
    pub fn update(
        &self,
        update: &ModelUpdate,
        base: &Examples,
        previous: Option<&Detector>,
        seed: u64,
    ) -> Result<UpdateVerdict, UpdateError> {
        if update.seen_with > self.version {
            return Err(UpdateError::FromTheFuture { seen_with: update.seen_with, version: self.version });
        }
        // By episode and position alone: messages grow at their end, and what once judged must never be learnt from.
        let stream = Stream::new(seed, PURPOSE, 0);
        let (mut judges, mut for_forest, mut for_fusion) = (vec![], vec![], vec![]);
        for (number, window) in update.windows.iter().enumerate() {
            let case = Case::new(window, number)?;
            if stream.word(!window.episode).is_multiple_of(JUDGE) {
                judges.extend(window.audit.then_some(case));
            } else if stream.word(number as u64).is_multiple_of(3) {
                for_fusion.push(case);
            } else {
                for_forest.push(case);
            }
        }
        let mut episodes: Vec<u64> = judges.iter().map(|case| case.episode).collect();
        episodes.sort_unstable();
        episodes.dedup();
        if judges.len() < MIN_AUDITS || episodes.len() < MIN_EPISODES {
            return Err(UpdateError::TooFewAudits { have: judges.len(), episodes: episodes.len() });
        }
        let challenger = self.challenger(base, &for_forest, &for_fusion, seed)?;
        let (old, new) = (self.judged(&judges), challenger.judged(&judges));
        let before = previous.map(|detector| detector.judged(&judges));
        let mut choice = Choice::Champion;
        if new.beats(&old, &judges) {
            choice = Choice::Challenger;
        }
        let again =
            |b: &Judged| b.beats(&old, &judges) && (choice == Choice::Champion || b.beats(&new, &judges));
        if before.as_ref().is_some_and(again) {
            choice = Choice::Previous;
        }
        let accepted = match (choice, previous) {
            (Choice::Challenger, _) => Some(challenger),
            (Choice::Previous, Some(previous)) => {
                // Versions only ever rise, so that what was learnt under one stays dated.
                Some(Detector { version: self.version + 1, ..previous.clone() })
            }
            _ => None,
        };
        Ok(UpdateVerdict {
            champion: old.score,
            challenger: new.score,
            previous: before.map(|b| b.score),
            audits: judges.len(),
            drift: drift(base, &update.windows),
            choice,
            accepted,
        })
    }

    fn challenger(
        &self,
        base: &Examples,
        for_forest: &[Case],
        for_fusion: &[Case],
        seed: u64,
    ) -> Result<Detector, ForestError> {
        let params = &self.settings.forest;
        // The same split as at the first fit would need its seed; any split keeps fusion and forest apart.
        let split = Split::new(base, seed);
        let picked = by_weight(for_forest, params.max_rows / 2, seed ^ u64::from(self.version));
        let (mut rows, mut classes) =
            forest_rows(base, &split.fit, &self.isolation, params.max_rows - picked.len(), seed);
        rows.extend(picked.iter().map(|&i| for_forest[i].row));
        classes.extend(picked.iter().map(|&i| for_forest[i].class));
        let mut new = self.clone();
        new.version += 1;
        if classes.iter().any(|&c| c != classes[0]) {
            let seed = seed ^ u64::from(new.version);
            new.forest = Some(params.fit(aview2(&rows), &classes, CLASSES, seed)?.forest);
        }
        let surprises = surprises(base, self.sequence.as_ref(), &split.held);
        let more: Vec<(Evidence, (bool, f32))> =
            for_fusion.iter().map(|c| (new.evidence_of(c), c.truth())).collect();
        new.calibrate(base, &split, &surprises, &more, seed);
        Ok(new)
    }

    fn evidence_of(&self, case: &Case) -> Evidence {
        let sequence = case.sequence;
        Evidence { sequence, ..self.evidence_of_all(&case.row, 0.0, case.indicator) }
    }

    fn judged(&self, cases: &[Case]) -> Judged {
        let scored: Vec<Scored> =
            cases.iter().map(|c| (self.fuse(&self.evidence_of(c)), c.class > 0, c.weight)).collect();
        let losses = scored.iter().map(|s| f64::from(s.2) * metrics::log_loss(&[*s])).collect();
        Judged {
            score: Score { log_loss: metrics::log_loss(&scored), pr_auc: metrics::pr_auc(&scored) },
            losses,
        }
    }
}

/// Positions of cases drawn with replacement in proportion to their weights: as many as the weights sum to, but
/// at least as many as there are cases, and at most `most`.
fn by_weight(cases: &[Case], most: usize, seed: u64) -> Vec<usize> {
    let mut sums = Vec::with_capacity(cases.len());
    let mut total = 0.0;
    for case in cases {
        total += f64::from(case.weight);
        sums.push(total);
    }
    let count = (total as usize).max(cases.len()).min(most);
    let stream = Stream::new(seed, PURPOSE, u64::MAX);
    (0..count)
        .map(|i| {
            let goal = (i as f64 + stream.unit(i as u64)) / count as f64 * total;
            sums.partition_point(|&s| s <= goal).min(cases.len() - 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_decide_how_often_a_window_is_drawn() {
        let case = |weight| Case {
            row: [0.0; FEATURES],
            sequence: 0.0,
            indicator: 0.0,
            class: 0,
            weight,
            episode: 0,
        };
        let cases = [case(1.0), case(30.0), case(9.0)];
        let picked = by_weight(&cases, 1000, 5);
        assert_eq!(picked.len(), 40);
        let times = |i: usize| picked.iter().filter(|&&p| p == i).count();
        assert!(times(0) <= 2 && (29..=31).contains(&times(1)) && (8..=10).contains(&times(2)));
        assert_eq!(by_weight(&cases, 12, 5).len(), 12);
        assert!(by_weight(&[], 12, 5).is_empty());
    }

    #[test]
    fn rows_of_a_wrong_length_are_refused() {
        let window = |n: usize, weight| LabelledWindow {
            row: vec![0.5; n],
            kind: None,
            weight,
            audit: true,
            episode: 0,
        };
        assert!(Case::new(&window(FEATURES, 1.0), 0).is_ok());
        assert_eq!(Case::new(&window(WINDOW, 1.0), 0).unwrap().indicator, 0.5);
        for (n, weight) in [(FEATURES - 1, 1.0), (FEATURES + 1, 1.0), (FEATURES, 0.0), (FEATURES, f32::NAN)] {
            let error = Case::new(&window(n, weight), 7).err().unwrap();
            assert!(error.to_string().contains("window 7"), "{error}");
        }
    }
}
