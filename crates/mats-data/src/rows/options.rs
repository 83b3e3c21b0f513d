//! How rows are to be read.

use super::Format;

/// Columns that the streams of combined logs are told apart by: this program's own, Zeek's, Suricata's.
pub(super) const STREAM: [&str; 3] = ["@stream", "_path", "event_type"];

/// Options of how rows are read. `RowOptions::default()` finds out the format and bounds memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOptions {
    /// The format; `None` finds it out from the first line.
    pub format: Option<Format>,
    /// Names of the columns of a CSV file without a header; `None` when the first line is the header.
    pub columns: Option<Vec<String>>,
    /// Name of the log to read of a combined one: the name in `@stream`, `_path`, `event_type` or `#path`. Rows of others are
    /// passed over and counted; rows that name none are read.
    pub stream: Option<String>,
    /// True if the header of CSV may come again, as where a log was rotated or files were joined. Then it is obeyed,
    /// also if its columns stand in another order or up to half of them are others; otherwise such a row is bad.
    pub header_again: bool,
    /// The column that tells the time, see [`super::seconds`]; for [`super::Row::time`] and to count rows whose time
    /// goes back.
    pub time: Option<String>,
    /// The column that names rows, to count those that come twice.
    pub id: Option<String>,
    /// True if rows that are not UTF-8 or hold NUL bytes are read with U+FFFD in place of what is broken; otherwise
    /// they are bad. Logs should be read so, lest one byte hide a row from a detector.
    pub lossy: bool,
    /// The longest line, in bytes, and the longest row of CSV that spans lines. Longer ones are bad, and never held
    /// in memory.
    pub max_line: usize,
    /// The most columns. A row with more fields is bad; a field that would be one column too many is dropped and
    /// counted.
    pub max_columns: usize,
}

impl Default for RowOptions {
    fn default() -> RowOptions {
        RowOptions {
            format: None,
            columns: None,
            stream: None,
            header_again: false,
            time: None,
            id: None,
            lossy: true,
            max_line: 16 << 20,
            max_columns: 4096,
        }
    }
}
