//! What a score means: how rare it is among benign rows, and how likely its row is malicious.

use super::cut::Gap;
use mats_models::logistic::platt;
use serde::{Deserialize, Serialize};

/// The score from which on there is an alarm, and what probability a score stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Scores from here on are alarms.
    #[serde(rename = "cut")]
    pub threshold: f32,
    /// The share of benign rows that may lie above the cut.
    pub nominal: f64,
    /// The share of the benign training rows that do, scored by trees that have not seen them.
    pub achieved: f64,
    /// Slope and bias of the log-odds (Platt 1999); absent without malicious rows to fit to.
    pub(crate) platt: Option<(f64, f64)>,
    /// The interval between benign and malicious scores that the cut stands in, where there is one.
    #[serde(default)]
    pub gap: Option<Gap>,
    /// The cut of the random forest on its own.
    #[serde(default)]
    pub(crate) forest_cut: Option<f32>,
    /// The cut of the isolation forest on its own.
    #[serde(default)]
    pub(crate) isolation_cut: Option<f32>,
}

impl Calibration {
    /// Calibrates, at a cut and the gap it stands in, on scores that rows got from models that had not seen them, and whether
    /// the rows are malicious.
    pub(super) fn new(
        scores: &[f32],
        malicious: &[bool],
        nominal: f64,
        (threshold, gap): (f32, Option<Gap>),
    ) -> Calibration {
        let benign = || scores.iter().zip(malicious).filter(|(_, m)| !**m).map(|(s, _)| *s);
        let above = benign().filter(|&s| s >= threshold).count();
        let logits: Vec<f64> = scores.iter().map(|&s| logit(s)).collect();
        let truth: Vec<(bool, f32)> = malicious.iter().map(|&m| (m, 1.0)).collect();
        let both = malicious.iter().any(|&m| m) && benign().next().is_some();
        Calibration {
            threshold,
            nominal,
            achieved: above as f64 / benign().count().max(1) as f64,
            platt: if both { platt(&logits, &truth) } else { None },
            gap,
            forest_cut: None,
            isolation_cut: None,
        }
    }

    /// The probability that a row with this score is malicious, if malicious rows were there to learn it from: Platt's curve,
    /// held at one half where it would contradict the verdict. At least one half means an alarm, less means none.
    pub fn probability(&self, score: f32) -> Option<f32> {
        let (slope, bias) = self.platt?;
        let told = (1.0 / (1.0 + libm::exp(-(slope * logit(score) + bias)))) as f32;
        Some(if score >= self.threshold { told.max(0.5) } else { told.min(0.5_f32.next_down()) })
    }
}

/// Scores in [0, 1] on a scale without ends.
pub(super) fn logit(score: f32) -> f64 {
    let p = f64::from(score).clamp(1e-3, 1.0 - 1e-3);
    libm::log(p / (1.0 - p))
}

/// Rarity of scores among those of benign rows: -log10 of the share that is as high or higher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tail {
    pub sorted: Vec<f32>,
}

impl Tail {
    pub fn new(mut scores: Vec<f32>) -> Tail {
        scores.sort_unstable_by(f32::total_cmp);
        Tail { sorted: scores }
    }

    /// The tail of a score above all.
    pub fn longest(&self) -> f32 {
        -libm::log10f(0.5 / (self.sorted.len() as f32 + 1.0))
    }

    /// The score in the middle; 0 of none.
    pub fn median(&self) -> f32 {
        self.sorted.get(self.sorted.len() / 2).copied().unwrap_or(0.0)
    }

    /// The share of the scores that reach one.
    pub fn share_from(&self, score: f32) -> f64 {
        let n = self.sorted.len();
        (n - self.sorted.partition_point(|&s| s < score)) as f64 / n.max(1) as f64
    }

    pub fn of(&self, score: f32) -> f32 {
        let n = self.sorted.len();
        let above = n - self.sorted.partition_point(|&s| s < score);
        -libm::log10f((above as f32 + 0.5) / (n as f32 + 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::cut::cut;

    fn calibrated(scores: &[f32], malicious: &[bool], nominal: f64) -> Calibration {
        Calibration::new(
            scores,
            malicious,
            nominal,
            cut(scores, &malicious.iter().map(|&m| u8::from(m)).collect::<Vec<_>>(), nominal, None),
        )
    }

    #[test]
    fn the_cut_lets_through_what_is_allowed_and_no_more() {
        let scores: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
        let calibration = calibrated(&scores, &[false; 1000], 0.01);
        assert_eq!(scores.iter().filter(|&&s| s >= calibration.threshold).count(), 10);
        assert_eq!((calibration.achieved, calibration.probability(0.5)), (0.01, None));
        // Half of all rows share the top score: none may alarm.
        let tied: Vec<f32> = (0..100).map(|i| if i < 50 { 0.1 } else { 0.9 }).collect();
        assert_eq!(calibrated(&tied, &[false; 100], 0.1).achieved, 0.0);
    }

    #[test]
    fn probabilities_match_how_often_scores_come_true() {
        use mats_core::random::Stream;
        let stream = Stream::new(1, 1, 1);
        // A score that is far too sure of itself.
        let (scores, truth): (Vec<f32>, Vec<bool>) = (0..20_000)
            .map(|i| {
                let p = 0.3 + 0.4 * stream.unit(2 * i);
                (((p - 0.5) * 2.4 + 0.5) as f32, stream.unit(2 * i + 1) < p)
            })
            .unzip();
        let calibration = calibrated(&scores, &truth, 0.01);
        // Hardly a row reaches a cut for 1 %: whatever is above one half is told as less.
        for (score, expected) in [(0.02_f32, 0.3), (0.3, 0.42), (0.5, 0.5), (0.8, 0.5)] {
            let p = calibration.probability(score).unwrap();
            assert!((p - expected).abs() < 0.09, "{score}: {p}");
        }
    }

    #[test]
    fn probabilities_never_contradict_the_verdict() {
        for low in [0.0_f32, 0.45] {
            let scores: Vec<f32> = (0..1000)
                .map(|i| if i % 2 == 0 { low * i as f32 / 1000.0 } else { 0.9 + 1e-4 * i as f32 })
                .collect();
            let malicious: Vec<bool> = (0..1000).map(|i| i % 2 == 1).collect();
            let told = calibrated(&scores, &malicious, 0.01);
            for i in 0..=1000 {
                let score = i as f32 / 1000.0;
                assert_eq!(told.probability(score).unwrap() >= 0.5, score >= told.threshold, "{score}");
            }
            assert!(told.probability(0.01).unwrap() < 0.1 && told.probability(0.99).unwrap() > 0.9);
        }
    }

    #[test]
    fn rarer_scores_have_longer_tails() {
        let tail = Tail::new((0..999).map(|i| i as f32).collect());
        assert!(tail.of(-1.0) < 0.01 && (tail.of(899.5) - 1.0).abs() < 0.01 && tail.of(2000.0) > 3.0);
    }
}
