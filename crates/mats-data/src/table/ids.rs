//! What rows are called.

use super::Table;
use super::join::require;
use crate::error::DataError;
use crate::rows::{Format, Row, RowOptions, Rows};
use mats_core::files::open_stream;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The ids of rows, as they are spelt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    pub(super) fn push(&mut self, id: Option<&str>) {
        self.text.push_str(id.unwrap_or_default());
        self.ends.push(self.text.len());
    }

    /// Leaves rows out.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        let mut kept = Ids::default();
        for (row, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
            kept.push(Some(self.get(row)));
        }
        *self = kept;
    }

    /// The id of a row; empty where it has none.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }
}

impl Table {
    /// Gives the rows of a log without ids those that a list of lines names, so that labels can be joined. The list is CSV
    /// with the columns `file`, `line` (from 1) and `uid`, as `linux-uids.csv` of `mats generate` is; `log` is the log's
    /// name there. Says how many rows got an id.
    ///
    /// # Errors
    /// When the list cannot be read or lacks a column.
    pub fn name_lines(&mut self, list: &Path, log: &str) -> Result<u64, DataError> {
        let name = list.display().to_string();
        let input = open_stream(list).map_err(|source| DataError::io(&name, source))?;
        self.name_lines_from(BufReader::new(input), &name, log)
    }

    /// Gives rows ids as [`Table::name_lines`] does, from any source; `list` is only for messages.
    ///
    /// # Errors
    /// As [`Table::name_lines`].
    pub fn name_lines_from(&mut self, input: impl BufRead, list: &str, log: &str) -> Result<u64, DataError> {
        const COLUMNS: [&str; 3] = ["file", "line", "uid"];
        let options = RowOptions { format: Some(Format::Csv), ..RowOptions::default() };
        let mut rows = Rows::new(input, list, options)?;
        require(&rows, list, &COLUMNS)?;
        let (mut row, mut names) = (Row::new(), BTreeMap::new());
        while rows.next(&mut row)? {
            let [file, line, uid] = COLUMNS.map(|name| rows.column(name).and_then(|column| row.text(column)));
            if file == Some(log)
                && let (Some(Ok(line)), Some(uid)) = (line.map(str::parse::<u64>), uid)
            {
                names.insert(line, uid.to_owned());
            }
        }
        let (mut ids, mut named) = (Ids::default(), 0);
        for line in &self.lines {
            let name = names.get(line).map(String::as_str);
            named += u64::from(name.is_some());
            ids.push(name);
        }
        self.ids = Some(ids);
        Ok(named)
    }
}
