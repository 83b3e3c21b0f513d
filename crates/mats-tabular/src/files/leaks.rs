//! Columns that a model had better not learn from: they tell when a recording was made, or the answer.

use crate::tabular::Encoder;
use mats_data::rows::is_time;
use mats_data::table::{Categories, Column, Table};

/// Names of clocks, whatever the case.
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
/// Names of columns that hold the answer, whatever the case.
const ANSWERS: [&str; 10] = [
    "label",
    "labels",
    "class",
    "attack",
    "attack_cat",
    "attack_type",
    "target",
    "y",
    "difficulty",
    "is_attack",
];
/// Names of a column that are looked at.
const SAMPLE: usize = 1000;
/// Rows from which it is odd that no two have the same number.
const MANY: usize = 1000;

/// Returns the reason why a column is to be left out, if it is.
pub(super) fn why(name: &str, column: &Column) -> Option<&'static str> {
    match column {
        _ if is_one(name, &CLOCKS) => Some("is called as a clock is"),
        Column::Categorical(names) if holds_times(names) => Some("holds times"),
        _ => None,
    }
}

/// Columns that a model looks at although they may tell the answer, to go by their names.
pub fn answers(encoder: &Encoder) -> Vec<&str> {
    (0..encoder.width()).map(|column| encoder.name(column)).filter(|name| is_one(name, &ANSWERS)).collect()
}

/// Columns that a model looks at in which each row has a whole number of its own, as identifiers have, and some measures.
pub fn identifiers<'t>(encoder: &Encoder, table: &'t Table) -> Vec<&'t str> {
    let names = table.names.iter().zip(&table.columns).filter(|(name, column)| {
        encoder.position(name).is_some() && matches!(column, Column::Numeric(numbers) if all_differ(numbers))
    });
    names.map(|(name, _)| name.as_str()).collect()
}

fn all_differ(numbers: &[f64]) -> bool {
    if numbers.len() < MANY || numbers.iter().any(|x| x.fract() != 0.0) {
        return false;
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn is_one(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Tells whether all but a few of the different names are times.
fn holds_times(names: &Categories) -> bool {
    let sample = &names.names[..names.names.len().min(SAMPLE)];
    let times = sample.iter().filter(|name| is_time(name)).count();
    times * 20 > sample.len() * 19
}
