//! Labels from a truth file of its own.

use super::Table;
use super::column::Names;
use crate::error::DataError;
use crate::rows::{Format, Row, RowOptions, Rows, no_column};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The label of rows that a truth file does not name.
pub const BENIGN: &str = "benign";

/// How labels were joined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Joined {
    /// Rows that the truth file names.
    pub listed: u64,
    /// Rows that it does not name: they are [`BENIGN`].
    pub unlisted: u64,
    /// Keys of the truth file that no row has, for instance as they belong to another log.
    pub unmatched: u64,
    /// Keys that the truth file has again with another label; the first counts.
    pub contradictory: u64,
    /// Rows of the truth file that are broken, or lack key or label.
    pub bad: u64,
}

impl Table {
    /// Gives rows the labels of a truth file, by the column [`super::Options::id`] of the table and `key_column` of
    /// the file. A truth file lists attacks only, as that of `mats generate` does (`uid` and `label` of
    /// `truth.csv`), or all rows. What it does not name is [`BENIGN`]; if it should name all, hold
    /// [`Joined::unlisted`] to be 0. Where [`Joined::listed`] is 0 the attack left nothing in this log, or the columns do
    /// not hold the same keys.
    ///
    /// # Errors
    /// When the table has no ids, and when the file cannot be read or lacks the columns.
    pub fn join_labels(
        &mut self,
        truth: &Path,
        key_column: &str,
        label_column: &str,
    ) -> Result<Joined, DataError> {
        let name = truth.display().to_string();
        let input = File::open(truth).map_err(|source| DataError::io(&name, source))?;
        self.join(BufReader::new(input), &name, key_column, label_column)
    }

    /// As [`Table::join_labels`], from any source; `file` is only for messages.
    ///
    /// # Errors
    /// As [`Table::join_labels`].
    pub fn join(
        &mut self,
        truth: impl BufRead,
        file: &str,
        key_column: &str,
        label_column: &str,
    ) -> Result<Joined, DataError> {
        let Some(ids) = &self.ids else {
            return Err(DataError::file(file, "the table has no ids to join by; name its id column"));
        };
        let mut labels = Names::default();
        let (keys, mut joined) = read_keys(truth, file, [key_column, label_column], &mut labels)?;
        let mut used = vec![false; keys.len()];
        let numbers: BTreeMap<&str, usize> =
            keys.iter().enumerate().map(|(i, (key, _))| (key.as_str(), i)).collect();
        for row in 0..self.rows {
            let code = if let Some(&number) = numbers.get(ids.get(row)) {
                joined.listed += 1;
                used[number] = true;
                keys[number].1
            } else {
                joined.unlisted += 1;
                labels.code(BENIGN)
            };
            labels.categories.codes.push(code);
        }
        joined.unmatched = used.iter().filter(|used| !**used).count() as u64;
        self.labels = Some(labels.categories);
        Ok(joined)
    }
}

/// The keys of a truth file in order, each with the code of its label.
fn read_keys(
    truth: impl BufRead,
    file: &str,
    columns: [&str; 2],
    labels: &mut Names,
) -> Result<(Vec<(String, u32)>, Joined), DataError> {
    let mut joined = Joined::default();
    let mut keys: BTreeMap<String, u32> = BTreeMap::new();
    let mut rows = Rows::new(truth, file, RowOptions::default())?;
    let mut row = Row::new();
    if rows.format() == Format::Csv {
        require(&rows, file, &columns)?;
    }
    while rows.next(&mut row)? {
        let [key, label] = columns.map(|name| rows.column(name).and_then(|column| row.text(column)));
        let (Some(key), Some(label)) = (key, label) else {
            joined.bad += 1;
            continue;
        };
        let code = labels.code(label);
        match keys.get(key) {
            Some(&known) => joined.contradictory += u64::from(known != code),
            None => _ = keys.insert(key.to_owned(), code),
        }
    }
    joined.bad += rows.counts().bad;
    if rows.counts().rows > 0 {
        require(&rows, file, &columns)?;
    }
    Ok((keys.into_iter().collect(), joined))
}

/// Whether all columns are there.
pub(super) fn require(rows: &Rows<impl BufRead>, file: &str, columns: &[&str]) -> Result<(), DataError> {
    match columns.iter().find(|name| rows.column(name).is_none()) {
        Some(name) => Err(DataError::file(file, no_column(name, rows.columns()))),
        None => Ok(()),
    }
}
