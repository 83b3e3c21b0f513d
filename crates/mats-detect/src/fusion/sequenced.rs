use super::{Fusion, Thresholds};
use mats_core::Evidence;
use serde::{Deserialize, Serialize};

/// A machine is suspicious, and looked at without records, from this share of the alert cut.
pub(crate) const WARM: f32 = 0.5;

/// Fusion that the surprise of sequences enters, where the other models are undecided: the sequence model is the dearest, and what is
/// clear without it stays so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sequenced {
    fusion: Fusion,
    /// Probabilities by the other models between which they are undecided: from suspicious to half of a severity above the cut.
    doubt: (f32, f32),
}

impl Sequenced {
    /// Asks about everything, for want of anything malicious to go by.
    pub(crate) const UNSUPERVISED: Sequenced =
        Sequenced { fusion: Fusion::UNSUPERVISED, doubt: (0.0, f32::INFINITY) };

    /// Fits to evidence of all models with (malicious, weight); `others` are the cuts of the other models' probabilities.
    pub(crate) fn fit(
        evidence: &[Evidence],
        truth: &[(bool, f32)],
        others: &Thresholds,
        seed: u64,
    ) -> Option<Sequenced> {
        let fusion = Fusion::fit(evidence, truth, seed)?;
        Some(Sequenced { fusion, doubt: (WARM * others.alert, others.medium) })
    }

    /// Tells whether a probability by the other models leaves it open what a window is.
    pub(crate) fn doubts(&self, others: f32) -> bool {
        (self.doubt.0..self.doubt.1).contains(&others)
    }

    /// The fusion of all models.
    pub(crate) fn fusion(&self) -> &Fusion {
        &self.fusion
    }

    /// Probability by all models of what the others leave open.
    pub(crate) fn probability(&self, evidence: &Evidence) -> f32 {
        self.fusion.probability(evidence)
    }
}
