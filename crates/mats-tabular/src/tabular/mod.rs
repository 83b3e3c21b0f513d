//! Detectors for any table of numbers and names: a random forest where rows are labelled, an isolation forest of the
//! benign rows, or both together.
//!
//! | module | holds |
//! |---|---|
//! | `frame` | a table as plain columns |
//! | `encoder` | named fields → numbers, learnt from training rows |
//! | `suspects` | clocks, identifiers and addresses, by their values |
//! | `members` | the forests, their scores and what training rows score that they have not seen |
//! | `blend` | how both scores become one |
//! | `cut` | the cut: for a nominal false positive rate, or in the gap between benign and malicious |
//! | `calibrate` | scores as probabilities, tails of scores |
//! | `choose` | which of them is taken |
//! | `params` | settings |
//! | `fit` | fitting |
//! | `report` | what fitting found |
//! | `reading` | how the training rows were read |
//! | `store` | its model file |
//! | `detector` | the fitted bundle: score, verdict, class, reasons |

mod blend;
mod calibrate;
mod choose;
mod cut;
mod detector;
mod encoder;
mod error;
#[cfg(test)]
mod example;
mod fit;
mod frame;
mod members;
mod params;
mod reading;
mod report;
mod store;
mod suspects;

pub use calibrate::Calibration;
pub(crate) use calibrate::Tail;
pub use cut::Gap;
pub(crate) use cut::threshold;
pub use detector::{Reason, Scorer, TableDetector, TableScore};
pub use encoder::{Cell, Dropped, Encoder, Oddities};
pub use error::TableError;
pub use frame::{Frame, Values};
pub use members::Member;
pub use params::TableParams;
pub use reading::Reading;
pub use report::{DetectorKind, TableReport};

/// Former name of [`DetectorKind`].
#[deprecated(since = "0.2.0", note = "renamed to `DetectorKind`")]
pub type Kind = DetectorKind;
