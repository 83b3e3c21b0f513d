//! The six classes of windows of telemetry.

use mats_core::ThreatKind;
use mats_models::forest::Forest;

/// Classes of windows: 0 is benign, 1 + k is threat kind k.
pub const CLASSES: usize = 1 + ThreatKind::ALL.len();

/// Interface of a supervised model of window rows, whatever it is made of.
pub trait ClassModel {
    /// The share of each class for a row, summing to 1.
    fn votes(&self, row: &[f32]) -> Votes;
}

/// The class of a label.
pub fn class_of(label: Option<ThreatKind>) -> u8 {
    label.map_or(0, |kind| 1 + kind as u8)
}

/// Shares of the classes, summing to 1; position 0 is benign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Votes(pub [f32; CLASSES]);

impl Votes {
    /// Votes all for benign.
    pub const BENIGN: Votes = {
        let mut v = [0.0; CLASSES];
        v[0] = 1.0;
        Votes(v)
    };

    /// The share of all kinds of threat together.
    pub fn malicious(&self) -> f32 {
        1.0 - self.0[0]
    }

    /// The kind of threat with the most votes, the first among equals.
    pub fn kind(&self) -> ThreatKind {
        let mut best = 0;
        for k in 1..ThreatKind::ALL.len() {
            if self.0[1 + k] > self.0[1 + best] {
                best = k;
            }
        }
        ThreatKind::ALL[best]
    }

    /// The share of one kind.
    pub fn share(&self, kind: ThreatKind) -> f32 {
        self.0[1 + kind as usize]
    }
}

/// A forest of windows: fitted to [`CLASSES`] classes.
impl ClassModel for Forest {
    fn votes(&self, row: &[f32]) -> Votes {
        let mut shares = [0.0; CLASSES];
        self.probabilities(row, &mut shares);
        Votes(shares)
    }
}
