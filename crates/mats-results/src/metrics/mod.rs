//! What the numbers mean: pure functions from plain data to figures with intervals.
//!
//! | module | answers |
//! |---|---|
//! | [`window`] | how well do scores separate the malicious 5-minute windows? |
//! | [`incident`] | how many incidents would people see, how many are true, what was missed? |
//! | [`aalen_johansen`] | how likely is each end by a time, when ends compete and some are not seen? |
//! | [`access`] | how long does an attacker have access, when is it contained or evicted, what is left of it? |
//! | [`competing`] | which end of a campaign came first? |
//! | [`bootstrap`] | how far can a figure be trusted, over training seeds and episodes? |
//! | [`score`] | how much of what can be saved was saved? |
//! | [`holm`] | which of many differences are still differences? |
//! | [`improvement`] | is one way of training better than another, over training seeds? |
//! | [`curve`] | what does the middle half of the training seeds do? |
//! | [`technique`] | how much of each attack technique is seen? |
//! | [`timeline`] | what was done, and what did it cost, hour by hour? |
//!
//! A figure that is not defined (nothing to divide by) is `None`, never 0 and never NaN.

pub mod aalen_johansen;
pub mod access;
pub mod bootstrap;
pub mod competing;
pub mod curve;
pub mod holm;
pub mod improvement;
pub mod incident;
pub mod score;
pub mod technique;
pub mod timeline;
pub mod window;

pub use bootstrap::{Estimate, Resamples, Unit};
pub use incident::IncidentCounts;
pub use mats_core::EndState;
pub use score::{Costs, NoScore, Score};
pub use technique::TechniqueTally;
pub use timeline::Timeline;
pub use window::{Truth, WindowMetrics, WindowTally};

/// `numerator / denominator`, undefined where there is nothing to divide by.
pub(crate) fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then(|| numerator / denominator)
}

/// The harmonic mean of precision and recall (F1). Undefined when either is, 0 when both are 0.
pub(crate) fn f1(precision: Option<f64>, recall: Option<f64>) -> Option<f64> {
    let (p, r) = (precision?, recall?);
    Some(if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 })
}
