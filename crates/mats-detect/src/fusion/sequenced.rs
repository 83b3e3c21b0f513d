use super::logistic::tail;
use super::{Fusion, Thresholds};
use mats_core::Evidence;
use serde::{Deserialize, Serialize};

/// A machine is suspicious, and looked at without records, from this share of the alert cut.
pub(crate) const WARM: f32 = 0.5;
/// Steps of Newton's method; the likelihood of one weight has one maximum.
const STEPS: usize = 30;

/// How the surprise of sequences moves the probability by the other models, where they are undecided: the sequence model is the dearest,
/// and what is clear without it stays so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sequenced {
    /// Log-odds for each unit of surprise beyond the usual, at least 0.
    weight: f64,
    /// Mean surprise of the windows that the others leave open: what is usual there moves nothing.
    usual: f64,
    /// Probabilities by the other models between which they are undecided: from suspicious to a severity above the lowest.
    doubt: (f32, f32),
}

/// Evidence of all models but the sequence model.
pub(crate) fn without_sequence(evidence: &[Evidence]) -> Vec<Evidence> {
    evidence.iter().map(|e| Evidence { sequence: 0.0, ..*e }).collect()
}

impl Sequenced {
    /// Asks about everything, for want of anything malicious to go by.
    pub(crate) const UNSUPERVISED: Sequenced =
        Sequenced { weight: 4.0, usual: 0.2, doubt: (0.0, f32::INFINITY) };

    /// Fits to evidence of all models with (malicious, weight), as far as the fusion of the others is undecided; `cuts` are those of
    /// its probabilities. One weight by maximum likelihood, beside log-odds that stand: a model that tells nothing gets none, and changes
    /// nothing. `None` where nothing is left open.
    pub(crate) fn fit(
        others: &Fusion,
        cuts: &Thresholds,
        evidence: &[Evidence],
        truth: &[(bool, f32)],
    ) -> Option<Sequenced> {
        let mut fitted = Sequenced { weight: 0.0, usual: 0.0, doubt: (WARM * cuts.alert, cuts.medium) };
        let rows = without_sequence(evidence).into_iter().zip(evidence).zip(truth);
        let open = rows.filter(|((bare, _), _)| fitted.doubts(others.probability(bare)));
        let open: Vec<(f64, f64, bool, f64)> = open
            .map(|((bare, all), &(malicious, w))| {
                (others.score(&bare), tail(all.sequence), malicious, f64::from(w))
            })
            .collect();
        let total: f64 = open.iter().map(|row| row.3).sum();
        if total <= 0.0 {
            return None;
        }
        fitted.usual = open.iter().map(|row| row.1 * row.3).sum::<f64>() / total;
        for _ in 0..STEPS {
            // A ridge of one row keeps the weight finite where the classes can be parted.
            let (mut slope, mut curvature) = (-fitted.weight, 1.0);
            for &(log_odds, surprise, malicious, w) in &open {
                let beyond = surprise - fitted.usual;
                let p = 1.0 / (1.0 + libm::exp(-(log_odds + fitted.weight * beyond)));
                slope += w * (f64::from(u8::from(malicious)) - p) * beyond;
                curvature += w * p * (1.0 - p) * beyond * beyond;
            }
            fitted.weight += slope / curvature;
        }
        fitted.weight = fitted.weight.max(0.0);
        Some(fitted)
    }

    /// Tells whether a probability by the other models leaves it open what a window is.
    pub(crate) fn doubts(&self, others: f32) -> bool {
        (self.doubt.0..self.doubt.1).contains(&others)
    }

    /// Log-odds that a surprise adds, by its rank.
    pub(crate) fn added(&self, rank: f32) -> f64 {
        self.weight * (tail(rank) - self.usual)
    }

    /// Probability by all models of what the fusion of the others leaves open.
    pub(crate) fn probability(&self, others: &Fusion, evidence: &Evidence) -> f32 {
        let log_odds = others.score(&Evidence { sequence: 0.0, ..*evidence }) + self.added(evidence.sequence);
        (1.0 / (1.0 + libm::exp(-log_odds))) as f32
    }
}
