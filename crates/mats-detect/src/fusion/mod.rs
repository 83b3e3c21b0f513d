//! From four scores to one probability: ranks among benign windows, logistic regression, cuts.

mod logistic;
mod ranks;
mod thresholds;

pub use logistic::Fusion;
pub use ranks::Ranks;
pub use thresholds::Thresholds;
