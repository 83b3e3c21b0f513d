//! Labelled tables: rows of any format → plain columns. Whether a column holds numbers or names is found out by looking
//! at all of it: a few texts among numbers, less than one in a hundred, are missing values. Memory is that of the table, not of the file.

mod column;
mod ids;
mod join;
mod options;
mod read;

pub use crate::rows::BadRow;
pub use column::{Categories, Column, Type};
pub use ids::Ids;
pub use join::{BENIGN, Joined};
pub use options::Options;

use crate::error::DataError;
use crate::rows::{Counts, Format};
use mats_core::files::{MAX_PIPE, open_stream, read_pipe};
use serde::Serialize;
use std::io::{BufReader, Read};
use std::path::Path;

/// A table in columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Number of rows.
    pub rows: usize,
    /// Names of the columns, without those that [`Options`] gives another part.
    pub names: Vec<String>,
    /// The columns, each of `rows` values.
    pub columns: Vec<Column>,
    /// The labels, never missing, if a label column was asked for or labels were joined. Numbers are labels by the
    /// text they are spelt in.
    pub labels: Option<Categories>,
    /// The ids of rows, if asked for.
    pub ids: Option<Ids>,
    /// The times of rows in seconds, see [`crate::rows::seconds`], NaN where there is none, if asked for.
    pub times: Option<Vec<f64>>,
    /// Whom rows are about, if asked for.
    pub entities: Option<Categories>,
    /// The line that each row begins in, from 1.
    pub lines: Vec<u64>,
    /// Missing values, by column, fields that rows lack among them.
    pub missing: Vec<u64>,
    /// Infinite values, by column.
    pub infinite: Vec<u64>,
    /// Columns of numbers in which some values are none. They count as missing, or make names of all.
    pub strays: Vec<Stray>,
    /// Rows left out: those that are bad for [`crate::rows::Rows`], or without a label.
    pub bad_rows: u64,
    /// Rows without a label, whether they were left out or got [`Options::empty_label`]. White space alone is none.
    pub unlabelled: u64,
    /// The first ten of them.
    pub first_bad: Vec<BadRow>,
    /// The format of the file.
    pub format: Format,
    /// Counts of what else was met with. Rows without a label count as good there.
    pub counts: Counts,
}

/// Values of a column that holds mostly numbers that are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// The column.
    pub column: String,
    /// Number of rows.
    pub count: u64,
    /// The line that the row of the first begins in.
    pub line: u64,
    /// Text of the first, made safe to print.
    pub text: String,
    /// True if they are so many that the column was taken for names.
    pub names: bool,
}

impl Table {
    /// Leaves rows out.
    fn retain(&mut self, keep: &[bool]) {
        self.columns.iter_mut().for_each(|column| column.retain(keep));
        (self.missing, self.infinite) = self.columns.iter().map(Column::odd).unzip();
        for names in [&mut self.labels, &mut self.entities].into_iter().flatten() {
            column::retain(&mut names.codes, keep);
        }
        if let Some(times) = &mut self.times {
            column::retain(times, keep);
        }
        if let Some(ids) = &mut self.ids {
            ids.retain(keep);
        }
        column::retain(&mut self.lines, keep);
        self.rows = self.lines.len();
    }

    /// Reads a file: once, and once more if a column that begins with numbers holds names, or the other way round. A pipe is held in
    /// memory meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read, has no usable row, or lacks a column that was asked for. Single bad rows are
    /// counted, not errors.
    pub fn open(path: &Path, options: &Options) -> Result<Table, DataError> {
        let name = path.display().to_string();
        // A pipe can be read only once.
        if std::fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            let file = open_stream(path).map_err(|source| DataError::io(&name, source))?;
            return Table::read(file, &name, options);
        }
        let open = || {
            Ok(BufReader::with_capacity(
                1 << 16,
                open_stream(path).map_err(|source| DataError::io(&name, source))?,
            ))
        };
        read::read(open, &name, options)
    }

    /// Reads from any source, which is held in memory meanwhile; `file` is only for messages.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn read(input: impl Read, file: &str, options: &Options) -> Result<Table, DataError> {
        let bytes = read_pipe(input, MAX_PIPE).map_err(|source| DataError::io(file, source))?;
        Table::read_bytes(&bytes, file, options)
    }

    /// Reads what is in memory already; `file` is only for messages.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn read_bytes(bytes: &[u8], file: &str, options: &Options) -> Result<Table, DataError> {
        read::read(|| Ok(bytes), file, options)
    }
}
