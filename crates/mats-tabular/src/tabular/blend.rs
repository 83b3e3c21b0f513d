//! How the scores of both forests become one.

use serde::{Deserialize, Serialize};

/// Inputs of the regression.
pub(super) const INPUTS: usize = 3;

/// Rule by which two scores become one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Blend {
    /// The random forest's alone.
    Forest,
    /// The isolation forest's alone.
    Isolation,
    /// A logistic regression on both (stacking: Wolpert 1992).
    Regression(Weights),
    /// The sum of both tails, as Fisher combines tests.
    Sum,
    /// The random forest decides, the isolation forest orders: the forest's tail counts a hundred times as much, but only up
    /// to its own cut. Beyond that the benign training rows cannot tell one score from another, and where an attack is
    /// new the forest's order of alarms means little.
    Order,
}

/// A logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Weights {
    pub weights: [f64; INPUTS],
    pub bias: f64,
}

impl Weights {
    pub fn probability(&self, inputs: [f64; INPUTS]) -> f32 {
        let score = self.bias + self.weights.iter().zip(inputs).map(|(w, x)| w * x).sum::<f64>();
        (1.0 / (1.0 + libm::exp(-score))) as f32
    }
}
