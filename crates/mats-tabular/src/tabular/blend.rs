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
    /// What models of format 2 have in place of [`Blend::Above`]; chosen no more, for where the forest's cut let benign rows
    /// through, the isolation forest put them above the attacks.
    Order,
    /// The random forest's, and among rows that it scores alike the isolation forest's. It alarms from `cut` on.
    Ties {
        /// Of the random forest's score.
        cut: f32,
    },
    /// The random forest decides, the isolation forest orders: below the cut as [`Blend::Ties`]; from it on the isolation
    /// forest's alone, for where an attack is new the forest's order of alarms means little. Ranks no attack that the forest finds
    /// below a benign row that it keeps quiet about, so it cannot cost more area under the ROC curve than there are
    /// false alarms.
    Above {
        /// Of the random forest's score.
        cut: f32,
    },
}

impl Blend {
    /// The cut of the random forest's score, where that alone decides.
    pub fn decided_at(&self) -> Option<f32> {
        match *self {
            Blend::Ties { cut } | Blend::Above { cut } => Some(cut),
            _ => None,
        }
    }

    /// What the rule does, for reports.
    pub const fn told(&self) -> &'static str {
        match self {
            Blend::Forest => "the random forest's alone",
            Blend::Isolation => "the isolation forest's alone",
            Blend::Regression(_) => "a regression on both forests'",
            Blend::Sum => "the sum of both forests' rarities",
            Blend::Order | Blend::Above { .. } => {
                "the random forest's; the isolation forest orders what alarms"
            }
            Blend::Ties { .. } => {
                "the random forest's; the isolation forest orders rows that it scores alike"
            }
        }
    }
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
