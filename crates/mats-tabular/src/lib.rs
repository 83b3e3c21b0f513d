//! Detectors for data from elsewhere: tables of numbers and names, sessions of events, lines of logs. This crate knows
//! neither the simulated world nor the Detection Agent.
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
