//! Detectors for data from elsewhere: tables of numbers and names, sessions of events, lines of logs. This crate knows
//! neither the simulated world nor the Detection Agent.
//!
//! ```
//! use mats_tabular::tabular::{DetectorKind, Frame, Oddities, TableParams, Values};
//!
//! // Five hundred rows of two columns; nothing is labelled.
//! let (sizes, ports): (Vec<f64>, Vec<f64>) =
//!     (0..500).map(|i| (f64::from(i * 37 % 101), f64::from(i * 53 % 97))).unzip();
//! let columns = vec![("size", Values::Numbers(&sizes)), ("ports", Values::Numbers(&ports))];
//! let frame = Frame { rows: 500, columns };
//! let detector = TableParams::new(DetectorKind::IForest).fit(&frame, None, "normal", 1)?;
//! let rows = detector.encoder().encode(&frame, &mut Oddities::default());
//! let alarms = detector.score_all(rows.view()).iter().filter(|score| score.alarm).count();
//! assert!(alarms < 25, "about one row in a hundred");
//! # Ok::<(), mats_tabular::tabular::TableError>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`tabular`] | both forests on any table |
//! | [`sequences`] | sessions of events: an LSTM and lookup tables |
//! | [`templates`] | log lines → events |
//! | [`files`] | the detectors on files: fitted, evaluated, at work on a stream |

pub mod files;
pub mod sequences;
pub mod tabular;
pub mod templates;
