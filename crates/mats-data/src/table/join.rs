//! Labels from a truth file of its own.

use super::Table;
use super::column::Names;
use crate::error::DataError;
use crate::rows::{Format, Row, RowOptions, Rows, no_column};
use crate::text::shown;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The label of rows that a truth file does not name.
pub const BENIGN: &str = "benign";

/// The keys of rows, as they are spelt.
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

    /// The id of a row; empty where it has none.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }
}

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
    /// [`Joined::unlisted`] to be 0.
    ///
    /// # Errors
    /// When the table was read without `id`, when the file cannot be read or lacks the columns, and when it has
    /// keys, but no row of the table has any of them.
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
        if joined.listed == 0 && !keys.is_empty() {
            let (ours, theirs) = (shown(ids.get(0)), shown(&keys[0].0));
            let what = format!(
                "no row has a key of its column `{}`: that begins with `{theirs}`, the table's ids with `{ours}`; join by the column that both have",
                shown(key_column)
            );
            return Err(DataError::file(file, what));
        }
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
    let absent = |rows: &Rows<_>| columns.into_iter().find(|name| rows.column(name).is_none());
    let complain = |rows: &Rows<_>, name: &str| DataError::file(file, no_column(name, rows.columns()));
    if rows.format() == Format::Csv
        && let Some(name) = absent(&rows)
    {
        return Err(complain(&rows, name));
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
    if rows.counts().rows > 0
        && let Some(name) = absent(&rows)
    {
        return Err(complain(&rows, name));
    }
    Ok((keys.into_iter().collect(), joined))
}
