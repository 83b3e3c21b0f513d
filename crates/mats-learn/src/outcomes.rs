//! Windows whose nature was established: by findings about threats that were acted on, and by random audits.
//!
//! Acted-on threats alone would be a biased sample: what the detectors miss never comes up. So a paid audit looks
//! into randomly chosen windows, below the alert cut too, with a known probability; refits weight each by one over
//! it, and only audits may judge a new model (inverse propensity weighting, Horvitz and Thompson 1952).

use mats_core::{Finding, LabelledWindow, ModelUpdate, ThreatKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of audits: how often windows are audited.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditSettings {
    /// Probability that a window with a score of 0 is audited.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub base: f32,
    /// Addition per unit of score: rare suspicious windows teach more.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub by_score: f32,
    /// Hours that an auditor spends on one window.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub hours: f32,
}

impl Default for AuditSettings {
    fn default() -> AuditSettings {
        AuditSettings { base: 0.0005, by_score: 0.05, hours: 0.5 }
    }
}

impl AuditSettings {
    /// The probability that a window with that score is audited.
    pub fn propensity(&self, score: f32) -> f32 {
        (self.base + self.by_score * score).clamp(0.0, 1.0)
    }
}

/// Collects labelled windows until the detectors are refitted.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    windows: Vec<LabelledWindow>,
    audits: usize,
    episode: u64,
}

impl Outcomes {
    /// Begins another episode: what comes is of it.
    pub fn begin(&mut self, episode: u64) {
        self.episode = episode;
    }

    /// An audited window, with the probability with which it was chosen.
    pub fn audited(&mut self, row: &[f32], kind: Option<ThreatKind>, propensity: f32) {
        self.audits += 1;
        self.windows.push(LabelledWindow {
            row: row.to_vec(),
            kind,
            weight: 1.0 / propensity.max(1e-6),
            audit: true,
            episode: self.episode,
        });
    }

    /// A finding about a threat, with what the machine's window looked like when it was acted on.
    pub fn found(&mut self, row: &[f32], finding: Finding, suspected: ThreatKind) {
        let kind = (finding == Finding::Malicious).then_some(suspected);
        let (row, episode) = (row.to_vec(), self.episode);
        self.windows.push(LabelledWindow { row, kind, weight: 1.0, audit: false, episode });
    }

    /// Adds what another lane collected.
    pub fn append(&mut self, other: &mut Outcomes) {
        self.windows.append(&mut other.windows);
        self.audits += std::mem::take(&mut other.audits);
    }

    /// Windows waiting to be learnt from.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Tells whether nothing is waiting.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Audits ever made.
    pub fn audits(&self) -> usize {
        self.audits
    }

    /// Returns everything collected so far, as a message to the Detection Agent. The windows stay: later refits learn
    /// from all of them.
    pub fn update(&self, seen_with: u32) -> ModelUpdate {
        ModelUpdate { seen_with, windows: self.windows.clone() }
    }
}
