//! Labels from a truth file of its own.

use super::Table;
use super::column::Names;
use crate::error::DataError;
use crate::rows::{BadRow, Counts, Format, Row, RowError, RowOptions, Rows, no_column};
use mats_core::files::open_stream;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The label of rows that a truth file does not name.
pub const BENIGN: &str = "benign";
/// Part that a row lacks if it names no other.
const NO_KEY: &str = "name of a row";

/// Summary of how labels were joined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// Rows that the truth file names.
    pub listed: u64,
    /// Rows that it does not name: they are [`BENIGN`].
    pub unlisted: u64,
    /// Keys of the truth file that no row has, for instance as they belong to another log.
    pub unmatched: u64,
    /// Keys that the truth file has again with another label; the first counts.
    pub contradictory: u64,
    /// The first ten of them.
    pub first_contradictory: Vec<BadRow>,
    /// Rows of the truth file with a key and a label.
    pub labels: u64,
    /// Rows of the truth file that are broken, or lack key or label, and lines within the quotes of broken ones.
    pub bad: u64,
    /// The first ten of them.
    pub first_bad: Vec<BadRow>,
    /// Rows of the table that were left out, for the truth file names them and gives no label.
    pub left_out: u64,
}

impl Table {
    /// Gives rows the labels of a truth file, by the column [`super::Options::id`] of the table and `key_column` of
    /// the file. A truth file lists attacks only, as that of `mats generate` does (`uid` and `label` of
    /// `truth.csv`), or all rows. What it does not name is [`BENIGN`]; if it should name all, hold
    /// [`Joined::unlisted`] to be 0. Where [`Joined::listed`] is 0 there was no attack ([`Joined::labels`] is 0, too), it left
    /// nothing in this log, or the columns do not hold the same keys.
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
        let input = open_stream(truth).map_err(|source| DataError::io(&name, source))?;
        self.join(BufReader::new(input), &name, key_column, label_column)
    }

    /// Gives rows labels as [`Table::join_labels`] does, from any source; `file` is only for messages.
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
        let (mut used, mut keep) = (vec![false; keys.len()], vec![true; self.rows]);
        let numbers: BTreeMap<&str, usize> =
            keys.iter().enumerate().map(|(i, (key, _))| (key.as_str(), i)).collect();
        for (row, keep) in keep.iter_mut().enumerate() {
            let code = if let Some(&number) = numbers.get(ids.get(row)) {
                joined.listed += 1;
                used[number] = true;
                *keep = keys[number].1.is_some();
                keys[number].1.unwrap_or_default()
            } else {
                joined.unlisted += 1;
                labels.code(BENIGN)
            };
            labels.categories.codes.push(code);
        }
        joined.unmatched = used.iter().filter(|used| !**used).count() as u64;
        self.labels = Some(labels.categories);
        joined.left_out = keep.iter().filter(|keep| !**keep).count() as u64;
        if joined.left_out > 0 {
            self.retain(&keep);
        }
        Ok(joined)
    }
}

/// A key and the code of its label, if it has one.
type Labelled = (String, Option<u32>);

/// The keys of a truth file in order, each with the code of its label, if it has one.
fn read_keys(
    truth: impl BufRead,
    file: &str,
    columns: [&str; 2],
    labels: &mut Names,
) -> Result<(Vec<Labelled>, Joined), DataError> {
    let (mut bad, mut contradictory) = (Counts::default(), Counts::default());
    let mut keys: BTreeMap<String, Option<u32>> = BTreeMap::new();
    let mut rows = Rows::new(truth, file, RowOptions::default())?;
    let mut row = Row::new();
    if rows.format() == Format::Csv {
        require(&rows, file, &columns)?;
    }
    // Of an empty file even the format is a guess.
    if rows.format() == Format::Lines {
        let what = format!("no table with the columns `{}`, `{}`; is it empty?", columns[0], columns[1]);
        return Err(DataError::file(file, what));
    }
    while rows.next(&mut row)? {
        let [key, label] = columns.map(|name| rows.column(name).and_then(|column| row.text(column)));
        let Some(key) = key else {
            bad.bad(row.line, &RowError::Missing(NO_KEY));
            continue;
        };
        let label = label.map(str::trim).filter(|label| !label.is_empty());
        let code = label.map(|label| labels.code(label));
        if code.is_none() {
            bad.bad(row.line, &RowError::Missing("label"));
        }
        match (keys.get(key), code) {
            (None | Some(None), _) => _ = keys.insert(key.to_owned(), code),
            (Some(known), Some(_)) if *known != code => {
                contradictory.bad(row.line, &RowError::Relabelled(key.to_owned()));
            }
            (Some(_), _) => {}
        }
    }
    let joined = Joined {
        labels: rows.counts().rows - bad.bad,
        bad: bad.bad + rows.counts().bad + rows.counts().swallowed,
        first_bad: bad.first_bad_with(rows.counts()),
        contradictory: contradictory.bad,
        first_contradictory: contradictory.first_bad,
        ..Joined::default()
    };
    if rows.counts().rows > 0 {
        require(&rows, file, &columns)?;
    }
    Ok((keys.into_iter().collect(), joined))
}

/// Tells whether all columns are there.
pub(super) fn require(rows: &Rows<impl BufRead>, file: &str, columns: &[&str]) -> Result<(), DataError> {
    match columns.iter().find(|name| rows.column(name).is_none()) {
        Some(name) => Err(DataError::file(file, no_column(name, rows.columns()))),
        None => Ok(()),
    }
}
