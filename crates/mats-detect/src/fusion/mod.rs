//! From four scores to one probability: ranks among benign windows, logistic regression, cuts.

mod cuts;
mod logistic;
mod ranks;

pub use cuts::Cuts;
pub use logistic::Fusion;
pub use ranks::Ranks;
