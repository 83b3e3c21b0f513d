//! Rows of named fields, read one at a time from CSV, JSON lines, Zeek's tab-separated logs and plain lines.
//!
//! ```
//! use mats_data::rows::{Row, RowOptions, Rows, Value};
//!
//! let log = r#"{"_path":"conn","ts":1.5,"id":{"orig_h":"10.0.0.1"},"resp_bytes":null}"#;
//! let mut rows = Rows::new(log.as_bytes(), "conn.log", RowOptions::default())?;
//! let mut row = Row::new();
//! assert!(rows.next(&mut row)?);
//! assert_eq!(rows.columns(), ["_path", "ts", "id.orig_h", "resp_bytes"]);
//! assert_eq!(row.get(1), Value::Number(1.5));
//! assert_eq!(row.get(2), Value::Text("10.0.0.1"));
//! assert_eq!(row.get(3), Value::Missing);
//! assert!(!rows.next(&mut row)?);
//! # Ok::<(), mats_data::DataError>(())
//! ```
//!
//! What stands in a field becomes a [`Value`] like this:
//!
//! | | missing | number | text |
//! |---|---|---|---|
//! | CSV | empty, `?`, `NA`, `N/A`, `NaN`, `null` in any case | what reads as one, also `inf`, `Infinity`, `1e999` (infinite) | all else, also `true`, and `-` and `None`, which [`is_no_number`] knows |
//! | JSON | `null`, `""`, `"NaN"`, `[]` | numbers, and strings that read as one, for shippers of logs quote them | other strings; `true`, `false`; arrays, joined with commas |
//! | Zeek | the unset and the empty field of the header (`-`, `(empty)`), an empty field | fields of type count, int, double, time, interval, port; without `#types` as in CSV | all other types; `T` and `F` as `true` and `false`; sets and vectors, joined with commas |
//! | lines | – | – | the line, in the column `line` |
//!
//! White space around fields of CSV is cut. A quoted field may span lines, and a line of it is never a row; where a quote is
//! not closed, that row is bad, and no line after it is believed to be one ([`Counts::swallowed`]). A bare `NaN` or
//! `Infinity` is no JSON, so such a row is bad; of a key that comes twice the last value counts. NUL bytes before a row are
//! cut. JSON may stand behind the header of syslog or `@cee:`. [`Row::text`] gives a number as it is spelt, so ids keep their leading zeros; JSON's own
//! numbers come in shortest form.
//!
//! Text comes from the file as it is, control characters among it: whoever shows it makes it safe first. The
//! messages in [`Counts`] and [`crate::DataError`] are safe but for the file's own name.

mod columns;
mod counts;
mod csv;
mod decode;
mod format;
mod head;
mod ids;
mod json;
mod options;
mod prefix;
mod reader;
mod row;
mod row_error;
mod split;
mod time;
mod zeek;

pub use counts::{BadRow, Counts};
pub(crate) use decode::is_missing;
pub use decode::is_no_number;
pub use format::Format;
pub use head::head;
pub use options::RowOptions;
pub use reader::Rows;
pub use row::{Field, Row, Value};
pub(crate) use row_error::RowError;
pub use time::{is_time, seconds};

use crate::lines::Lines;
use crate::text::shown;
use std::io::{Chain, Cursor};

/// The lines of a file, of which the start was read before.
type Input<R> = Lines<Chain<Cursor<Vec<u8>>, R>>;

/// Outcome of a step of a parser.
enum ReadOutcome {
    Row,
    Bad(RowError),
    /// A line that is too long, and was passed over.
    TooLong,
    /// A row of another stream.
    Other,
    /// A blank line or a header.
    Nothing,
    End,
}

/// Says that a column is not there, and which are.
pub(crate) fn no_column(name: &str, known: &[String]) -> String {
    const LISTED: usize = 50;
    let list: Vec<String> = known.iter().take(LISTED).map(|name| shown(name)).collect();
    let more = known.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("no column `{}`; there are {}{more}", shown(name), list.join(", "))
}
