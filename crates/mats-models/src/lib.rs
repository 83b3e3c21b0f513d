//! The models that detectors are made of. This crate knows nothing of telemetry: numbers in, numbers out. Settings fit,
//! fitted models predict, so that nothing can be asked of a model that was not fitted.
//! Tables are views of `ndarray`, rows × columns; single rows, as they come in a loop, are slices.
//!
//! ```
//! use mats_models::iforest::IsolationForestParams;
//! use ndarray::Array2;
//!
//! // A hundred rows of a grid, and one far away from all.
//! let mut rows = Array2::from_shape_fn((101, 2), |(row, column)| [row % 10, row / 10][column] as f32);
//! rows.row_mut(100).fill(90.0);
//! let forest = IsolationForestParams::default().fit(rows.view(), 1).expect("there are rows");
//! assert!(forest.score(&[90.0, 90.0]) > forest.score(&[5.0, 5.0]));
//! ```
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
mod flat;
pub mod forest;
pub mod hash;
pub mod iforest;
pub mod logistic;
pub mod lstm;
pub mod maths;
pub mod metrics;
mod tree;

pub use error::StoreError;
pub use flat::flat;
