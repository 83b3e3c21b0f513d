//! The detectors on data from elsewhere: fitted to labelled tables and logs, evaluated, at work on a stream.
//!
//! | module | holds |
//! |---|---|
//! | [`input`] | a file, or a pipe that is read once |
//! | [`data`] | a file as a labelled table |
//! | [`benign`] | which labels mean benign |
//! | [`fit`] | a detector from a table |
//! | [`evaluate`] | what a detector is worth on a table that it has not seen |
//! | [`leaks`] | columns that a model had better not learn from |
//! | [`ranking`] | recall at a false positive rate, with bootstrap intervals |
//! | [`schema`] | whether records have a detector's columns |
//! | [`score`] | records in, verdicts out, one by one |
//! | [`sequences`] | the same for sessions of events |
//! | `telling` | columns that tell the label all by themselves |
//! | `entity_states` | machines or accounts whose events come mixed, within bounds |

pub mod benign;
pub mod data;
mod entity_states;
pub mod evaluate;
pub mod fit;
pub mod input;
pub mod leaks;
pub mod ranking;
pub mod schema;
pub mod score;
pub mod sequences;
mod telling;
