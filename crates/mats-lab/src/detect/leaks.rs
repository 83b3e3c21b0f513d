//! Columns that a model had better not learn from: they tell when a recording was made, or the answer.

use mats_data::rows::is_time;
use mats_data::table::{Categories, Column};

/// What clocks are called, whatever the case.
const CLOCKS: [&str; 11] = [
    "ts",
    "@timestamp",
    "timestamp",
    "time",
    "datetime",
    "date",
    "_time",
    "EventTime",
    "TimeCreated",
    "SystemTime",
    "epoch",
];
/// Names of a column that are looked at.
const SAMPLE: usize = 1000;

/// Why a column is to be left out, if it is.
pub(super) fn why(name: &str, column: &Column) -> Option<&'static str> {
    match column {
        _ if is_one(name, &CLOCKS) => Some("is called as a clock is"),
        Column::Categorical(names) if holds_times(names) => Some("holds times"),
        _ => None,
    }
}

fn is_one(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether all but a few of the different names are times.
fn holds_times(names: &Categories) -> bool {
    let sample = &names.names[..names.names.len().min(SAMPLE)];
    let times = sample.iter().filter(|name| is_time(name)).count();
    times * 20 > sample.len() * 19
}
