//! What was met with while reading.

use super::options::STREAM;
use super::row_error::RowError;
use crate::text::shown;
use serde::Serialize;

/// Greatest number of bad rows that are kept.
const KEPT: usize = 10;
/// Greatest number of names of streams that are kept, and their greatest length in bytes.
const STREAMS: usize = 64;
const STREAM_NAME: usize = 64;

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// Line of the row in the file, from 1.
    pub line: u64,
    /// Description of what is wrong with it. Names taken from the file are made safe to print.
    pub what: String,
}

/// Counts of what was met with while reading. Rows and bad rows together are all rows of the file, but for other
/// streams and the lines that bad rows swallowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Good rows.
    pub rows: u64,
    /// Rows left out because something is wrong with them.
    pub bad: u64,
    /// The first ten of them.
    pub first_bad: Vec<BadRow>,
    /// Headers of CSV that came again where they must not; also bad.
    pub headers_again: u64,
    /// Lines that are not UTF-8.
    pub not_utf8: u64,
    /// Lines that hold NUL bytes.
    pub nul: u64,
    /// Runs of NUL bytes before rows, which were cut. Logs have them where they were truncated under a writer that goes on at
    /// its old position, and where a machine lost its power.
    pub nul_runs: u64,
    /// Lines, and rows of CSV over several lines, that are too long; also bad.
    pub too_long: u64,
    /// Lines after the first of bad rows of CSV, up to the closing quote: what stands there is text of that row.
    pub swallowed: u64,
    /// Lines within quoted fields of good rows that look like rows of their own, and are none.
    pub row_like: u64,
    /// Rows of CSV that look like a header with other columns, and are taken for rows, for they have as many fields.
    pub header_like: u64,
    /// The first such line, 0 if there is none.
    pub first_row_like: u64,
    /// Good rows in which some field came more than once. Its last value counts.
    pub repeated: u64,
    /// Rows of JSON behind a prefix such as a header of syslog, which was cut.
    pub prefixed: u64,
    /// New names of columns of CSV whose name another column has.
    pub renamed: Vec<String>,
    /// Rows of streams that were not asked for.
    pub other_streams: u64,
    /// Rows that say that they are of the stream which was asked for; 0 if none was.
    pub of_stream: u64,
    /// Values of good rows that say that there is none: see [`super::Value::Missing`]. Fields that a row of JSON
    /// lacks are not counted.
    pub missing: u64,
    /// Infinite values of good rows.
    pub infinite: u64,
    /// Values of good rows that were dropped because the most columns were reached.
    pub dropped: u64,
    /// Good rows whose time is before that of the row before; 0 without a time column.
    pub backwards: u64,
    /// Good rows whose time column holds no time; 0 without a time column.
    pub timeless: u64,
    /// Good rows with an id that one of the last 65,536 rows had; 0 without an id column.
    pub duplicates: u64,
    /// The streams that were met with and the rows of each, by name; at most 64. The names are as in the file.
    pub streams: Vec<(String, u64)>,
}

impl Counts {
    /// Counts a bad row.
    pub(crate) fn bad(&mut self, line: u64, why: &RowError) {
        self.bad += 1;
        self.headers_again += u64::from(matches!(why, RowError::HeaderAgain));
        if self.first_bad.len() < KEPT {
            self.first_bad.push(BadRow { line, what: why.to_string() });
        }
    }

    /// Returns why it is in vain to ask for a stream, if no row says that it is of it. Rows that name no stream are of any.
    pub fn in_vain(&self, stream: &str) -> Option<String> {
        if self.of_stream > 0 || self.rows + self.other_streams == 0 {
            None
        } else if self.other_streams == 0 {
            Some(format!(
                "no row names a stream, in {} or #path, so there is no `{}`",
                STREAM.map(|name| format!("`{name}`")).join(", "),
                shown(stream)
            ))
        } else {
            let names: Vec<String> = self.streams.iter().map(|(name, _)| shown(name)).collect();
            Some(format!("no row is of the stream `{}`; its streams are {}", shown(stream), names.join(", ")))
        }
    }

    /// The first bad rows of both.
    pub(crate) fn first_bad_with(&self, other: &Counts) -> Vec<BadRow> {
        let mut first: Vec<BadRow> = self.first_bad.iter().chain(&other.first_bad).cloned().collect();
        first.sort_by_key(|bad| bad.line);
        first.truncate(KEPT);
        first
    }

    /// Counts a row of a stream.
    pub(super) fn stream(&mut self, name: &str) {
        match self.streams.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
            Ok(at) => self.streams[at].1 += 1,
            Err(at) if self.streams.len() < STREAMS && name.len() <= STREAM_NAME => {
                self.streams.insert(at, (name.to_owned(), 1));
            }
            Err(_) => {}
        }
    }
}
