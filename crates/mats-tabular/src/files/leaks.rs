//! Columns that a model had better not learn from: they tell when a recording was made, or the answer.

use super::telling::telling;
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
/// Names of columns that hold the answer, whatever the case and what stands between words.
const ANSWERS: [&str; 20] = [
    "label",
    "labels",
    "class",
    "classification",
    "attack",
    "attackcat",
    "attackcategory",
    "attackclass",
    "attackfamily",
    "attackname",
    "attacktype",
    "target",
    "y",
    "difficulty",
    "groundtruth",
    "isattack",
    "ismalicious",
    "detailedlabel",
    "labeldetailed",
    "sublabel",
];
/// Names that some give to the answer, and others to what is known without it.
const PERHAPS: [&str; 14] = [
    "anomaly",
    "category",
    "subcategory",
    "kind",
    "malicious",
    "malware",
    "outlier",
    "phase",
    "result",
    "severity",
    "tactic",
    "technique",
    "type",
    "verdict",
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
    (0..encoder.width()).map(|column| encoder.name(column)).filter(|name| is_answer(name, &ANSWERS)).collect()
}

/// Positions of columns that tell the label all by themselves and are called as answers are. `codes` has each row's label,
/// `benign` whether a label means so.
pub(super) fn answering(table: &Table, codes: &[u32], benign: &[bool]) -> Vec<usize> {
    let called = |name: &str| is_answer(name, &ANSWERS) || is_answer(name, &PERHAPS);
    let called: Vec<usize> = (0..table.names.len()).filter(|&column| called(&table.names[column])).collect();
    if called.is_empty() {
        return Vec::new();
    }
    telling(table, &|row| !benign[codes[row] as usize], &called)
}

/// Columns that a model looks at of which one alone nearly tells the label: a rule of that column judges rows that it was not
/// made of with a balanced accuracy of 99 % or more. `codes` has each row's label, `benign` whether a label means so.
pub fn tells<'t>(encoder: &Encoder, table: &'t Table, codes: &[u32], benign: &[bool]) -> Vec<&'t str> {
    let seen = |&column: &usize| encoder.position(&table.names[column]).is_some();
    let seen: Vec<usize> = (0..table.names.len()).filter(seen).collect();
    if codes.is_empty() {
        return Vec::new();
    }
    let found = telling(table, &|row| !benign[codes[row] as usize], &seen);
    found.into_iter().map(|column| table.names[column].as_str()).collect()
}

fn is_answer(name: &str, known: &[&str]) -> bool {
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    is_one(&bare, known)
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
