//! Random forest (Breiman 2001) over six classes: benign, and each [`ThreatKind`]. Grown by smartcore, then
//! flattened so that a row takes microseconds and yields the share of votes of every class.

mod model;
mod params;

pub use model::{FlatForest, Votes};
pub use params::{ForestError, ForestParams};

use mats_core::ThreatKind;

/// Classes: 0 is benign, 1 + k is threat kind k.
pub const CLASSES: usize = 1 + ThreatKind::ALL.len();

/// What a supervised model of window rows must be able to do, whatever it is made of.
pub trait ClassModel {
    /// The share of each class for a row, summing to 1.
    fn votes(&self, row: &[f32]) -> Votes;
}

/// The class of a label.
pub fn class_of(label: Option<ThreatKind>) -> u8 {
    label.map_or(0, |kind| 1 + kind as u8)
}
