use super::{CLASSES, ClassModel};
use crate::tree::Trees;
use mats_core::ThreatKind;

/// Shares of the classes, summing to 1; position 0 is benign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Votes(pub [f32; CLASSES]);

impl Votes {
    /// Everything for benign.
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

/// A fitted forest in flat arrays. A leaf's mark is its class.
#[derive(Debug, Clone, PartialEq)]
pub struct FlatForest {
    pub(crate) trees: Trees,
}

impl ClassModel for FlatForest {
    fn votes(&self, row: &[f32]) -> Votes {
        let mut counts = [0u32; 8];
        let marks = &self.trees.nodes;
        self.trees
            .walk(&self.trees.roots, row, |leaf| counts[(marks[leaf as usize].feature() & 7) as usize] += 1);
        let scale = 1.0 / self.trees.roots.len() as f32;
        Votes(std::array::from_fn(|c| counts[c] as f32 * scale))
    }
}
