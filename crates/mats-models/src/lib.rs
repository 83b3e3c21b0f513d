//! The models that detectors are made of. This crate knows nothing of telemetry: numbers in, numbers out. Settings fit,
//! fitted models predict, so that nothing can be asked of a model that was not fitted.
//!
//! | module | holds |
//! |---|---|
//! | [`forest`] | random forest: classes by the votes of trees |
//! | [`iforest`] | isolation forest: how unusual a row is |
//! | [`lstm`] | long short-term memory: how surprising an event is after those before it |
//! | [`logistic`] | logistic regression, and probabilities from scores |
//! | [`metrics`] | how well scores tell malicious from benign |
//! | [`container`] | files of arrays, with what they are |
//! | [`hash`], [`maths`] | checksums and elementary functions with the same bits on every machine |
//! | `tree` | flat trees, walked many rows at a time |

pub mod container;
mod error;
pub mod forest;
pub mod hash;
pub mod iforest;
pub mod logistic;
pub mod lstm;
pub mod maths;
pub mod metrics;
mod tree;

pub use error::StoreError;
