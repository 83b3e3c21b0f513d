//! From four scores to one probability: ranks among benign windows, logistic regression, cuts.

mod logistic;
mod ranks;
mod sequenced;
mod thresholds;

pub use logistic::Fusion;
pub use ranks::Ranks;
pub(crate) use sequenced::{Sequenced, WARM, without_sequence};
pub use thresholds::Thresholds;

/// Former name of [`Thresholds`].
#[deprecated(since = "0.2.0", note = "renamed to `Thresholds`")]
pub type Cuts = Thresholds;
