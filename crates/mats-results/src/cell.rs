//! How values stand in CSV: one cell each, the same bytes for the same value on every machine.
//!
//! Numbers are written with the fewest digits that read back to the same value, without exponent. An empty
//! cell means *undefined*, and only optional columns may be empty.

use crate::metrics::EndState;
use csv::StringRecord;
use mats_core::{Action, Quantities};
use serde::{Deserialize, Serialize};

/// A cell that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` holds `{found}`, expected {expected}")]
pub struct CellError {
    /// The column.
    pub column: String,
    /// Content of the cell, up to 60 characters.
    pub found: String,
    /// Description of the content expected.
    pub expected: &'static str,
}

/// The cells of one line, taken in the order of a row type's columns.
#[derive(Debug)]
pub struct Cells<'a> {
    record: &'a StringRecord,
    /// Position in the file of each column of the row type.
    places: &'a [usize],
    next: usize,
}

impl<'a> Cells<'a> {
    /// The cells of a line at the given places.
    pub fn new(record: &'a StringRecord, places: &'a [usize]) -> Cells<'a> {
        Cells { record, places, next: 0 }
    }

    /// The next cell, read by `parse`.
    fn take<T>(
        &mut self,
        column: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, CellError> {
        let found = self.places.get(self.next).and_then(|&at| self.record.get(at)).unwrap_or("");
        self.next += 1;
        parse(found).ok_or_else(|| CellError {
            column: column.to_owned(),
            found: found.chars().take(60).collect(),
            expected,
        })
    }
}

/// A value that fills one or more columns.
pub trait Cell: Sized {
    /// Appends the columns' names; most values fill one column, called after the field.
    fn columns(name: &str, out: &mut Vec<String>) {
        out.push(name.to_owned());
    }
    /// Appends the cells.
    fn put(&self, out: &mut StringRecord);
    /// Reads the cells.
    ///
    /// # Errors
    /// When a cell does not hold such a value.
    fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError>;
}

impl Cell for String {
    fn put(&self, out: &mut StringRecord) {
        out.push_field(self);
    }
    fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        cells.take(name, "a name", |s| (!s.is_empty()).then(|| s.to_owned()))
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Cell for $type {
            fn put(&self, out: &mut StringRecord) {
                out.push_field(&self.to_string());
            }
            fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
                cells.take(name, "a whole number", |s| s.parse().ok())
            }
        }
    )*};
}
whole_numbers!(u32, u64);

/// The one spelling of a float; `-0` is written `0`, so that equal values are equal bytes.
fn spell(value: f64) -> String {
    format!("{}", value + 0.0)
}

fn number(s: &str) -> Option<f64> {
    s.parse().ok().filter(|v: &f64| v.is_finite())
}

impl Cell for f64 {
    /// A value that is no finite number is a bug elsewhere; it is written as it is, and refused when read.
    fn put(&self, out: &mut StringRecord) {
        out.push_field(&spell(*self));
    }
    fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        cells.take(name, "a finite number", number)
    }
}

impl Cell for Option<f64> {
    fn put(&self, out: &mut StringRecord) {
        out.push_field(&self.filter(|v| v.is_finite()).map(spell).unwrap_or_default());
    }
    fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        cells.take(name, "a finite number or nothing", |s| {
            if s.is_empty() { Some(None) } else { number(s).map(Some) }
        })
    }
}

impl Cell for Option<u64> {
    fn put(&self, out: &mut StringRecord) {
        out.push_field(&self.map(|v| v.to_string()).unwrap_or_default());
    }
    fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        cells.take(name, "a whole number or nothing", |s| {
            if s.is_empty() { Some(None) } else { s.parse().ok().map(Some) }
        })
    }
}

impl Cell for bool {
    fn put(&self, out: &mut StringRecord) {
        out.push_field(if *self { "1" } else { "0" });
    }
    fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        cells.take(name, "0 or 1", |s| match s {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        })
    }
}

/// Part of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Learning, on training seeds.
    Train,
    /// Evaluation, on seeds never trained on.
    Eval,
}

impl Phase {
    /// All phases.
    pub const ALL: [Phase; 2] = [Phase::Train, Phase::Eval];
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["train", "eval"][self as usize]
    }
}

/// Level of a detection row: what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Cells of host × 5 minutes.
    Window,
    /// Merged alerts against campaigns.
    Incident,
}

impl Level {
    /// Both levels.
    pub const ALL: [Level; 2] = [Level::Window, Level::Incident];
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["window", "incident"][self as usize]
    }
}

/// Pairing of two runs in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// Compared on the evaluation seeds both played; the luck of a seed cancels out.
    Paired,
    /// Compared each on its own, for they share too few seeds.
    Unpaired,
}

impl Pairing {
    /// Both ways.
    pub const ALL: [Pairing; 2] = [Pairing::Paired, Pairing::Unpaired];
    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["paired", "unpaired"][self as usize]
    }
}

macro_rules! named {
    ($($type:ty: $expected:literal),* $(,)?) => {$(
        impl Cell for $type {
            fn put(&self, out: &mut StringRecord) {
                out.push_field(self.name());
            }
            fn take(name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
                cells.take(name, $expected, |s| <$type>::ALL.into_iter().find(|v| v.name() == s))
            }
        }
    )*};
}
named!(
    Phase: "train or eval",
    Level: "window or incident",
    Pairing: "paired or unpaired",
    EndState: "never_in, evicted, left, cut_off, residual or held",
);

/// Executions of each action, in the order of [`Action::ALL`]: a column for each, called after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActionCounts(pub [u32; Action::COUNT]);

impl ActionCounts {
    /// Counts one execution.
    pub fn add(&mut self, action: Action) {
        self.0[action as usize] += 1;
    }
    /// All actions but `monitor`, which is waiting.
    pub fn interventions(&self) -> u64 {
        Action::ALL.iter().filter(|&&a| a != Action::Monitor).map(|&a| u64::from(self.0[a as usize])).sum()
    }
}

/// A column for each, called as it is.
impl Cell for Quantities {
    fn columns(_name: &str, out: &mut Vec<String>) {
        let names = ["account_hours", "admin_hours", "held_value_hours", "killed_value", "decoy_hours"];
        out.extend(names.map(str::to_owned));
    }
    fn put(&self, out: &mut StringRecord) {
        let Quantities { account_hours, admin_hours, held_value_hours, killed_value, decoy_hours } = self;
        for quantity in [account_hours, admin_hours, held_value_hours, killed_value, decoy_hours] {
            quantity.put(out);
        }
    }
    fn take(_name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        Ok(Quantities {
            account_hours: f64::take("account_hours", cells)?,
            admin_hours: f64::take("admin_hours", cells)?,
            held_value_hours: f64::take("held_value_hours", cells)?,
            killed_value: f64::take("killed_value", cells)?,
            decoy_hours: f64::take("decoy_hours", cells)?,
        })
    }
}

/// Mean executions of each action, a column for each, as in [`ActionCounts`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ActionMeans(pub [f64; Action::COUNT]);

impl Cell for ActionMeans {
    fn columns(name: &str, out: &mut Vec<String>) {
        ActionCounts::columns(name, out);
    }
    fn put(&self, out: &mut StringRecord) {
        for mean in &self.0 {
            mean.put(out);
        }
    }
    fn take(_name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        let mut means = ActionMeans::default();
        for action in Action::ALL {
            means.0[action as usize] = f64::take(action.name(), cells)?;
        }
        Ok(means)
    }
}

impl Cell for ActionCounts {
    fn columns(_name: &str, out: &mut Vec<String>) {
        out.extend(Action::ALL.iter().map(|a| a.name().to_owned()));
    }
    fn put(&self, out: &mut StringRecord) {
        for count in &self.0 {
            count.put(out);
        }
    }
    fn take(_name: &str, cells: &mut Cells<'_>) -> Result<Self, CellError> {
        let mut counts = ActionCounts::default();
        for action in Action::ALL {
            counts.0[action as usize] = u32::take(action.name(), cells)?;
        }
        Ok(counts)
    }
}
