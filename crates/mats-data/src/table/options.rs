//! How a table is to be read.

use super::Type;
use crate::rows::{Format, RowOptions};

/// Options of how a table is read. A column that has a part to play (`label`, `id`, `time`, `entity`) is no feature: it
/// stands apart from [`super::Table::columns`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The format; `None` finds it out from the first line, where a header
    /// of one word makes CSV with one column.
    pub format: Option<Format>,
    /// Names of the columns of a CSV file without a header; `None` when the first line is the header.
    pub columns: Option<Vec<String>>,
    /// Name of the log to read of a combined one: the name in `@stream`, `_path`, `event_type` or `#path`.
    pub stream: Option<String>,
    /// The column that holds the label, numbers or text; `None` when there is none.
    pub label: Option<String>,
    /// The label of rows that have none, for there that may mean something; `None` leaves such rows out.
    pub empty_label: Option<String>,
    /// The column that names rows, by which [`super::Table::join_labels`] finds their labels.
    pub id: Option<String>,
    /// The column that tells the time.
    pub time: Option<String>,
    /// The column that says whom a row is about: a machine, an account.
    pub entity: Option<String>,
    /// Columns to leave out, for instance because they leak the label.
    pub ignore: Vec<String>,
    /// Columns that must be there, for a reason of the caller's.
    pub required: Vec<String>,
    /// Columns to take for names although they hold numbers, for instance ports.
    pub categorical: Vec<String>,
    /// Types of columns where they are known, for instance from a table read before. They need not be there.
    pub known: Vec<(String, Type)>,
}

impl Options {
    pub(super) fn rows(&self) -> RowOptions {
        RowOptions {
            format: self.format,
            columns: self.columns.clone(),
            stream: self.stream.clone(),
            time: self.time.clone(),
            id: self.id.clone(),
            ..RowOptions::default()
        }
    }

    /// Returns what a column of this name holds, if that is known.
    pub(super) fn known(&self, name: &str) -> Option<Type> {
        if self.categorical.iter().any(|categorical| categorical == name) {
            return Some(Type::Names);
        }
        self.known.iter().find(|(known, _)| known == name).map(|(_, what)| *what)
    }

    /// All names that are asked for.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        let parts = [&self.label, &self.id, &self.time, &self.entity];
        parts.into_iter().flatten().chain(&self.ignore).chain(&self.categorical).chain(&self.required)
    }
}
