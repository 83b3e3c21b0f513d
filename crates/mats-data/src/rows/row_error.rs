//! Why a row is bad.

use crate::text::shown;
use std::fmt;

/// Reason a row is bad. Put into words only if it is to be kept.
#[derive(Debug)]
pub(crate) enum RowError {
    Fields {
        found: usize,
        expected: usize,
    },
    NotUtf8 {
        field: Option<usize>,
        byte: usize,
    },
    Nul,
    TooLong(usize),
    /// The lines after the first, up to the end of the file.
    OpenQuote {
        lines: u64,
    },
    /// What is wrong with a row, and the lines after its first, up to the closing quote.
    Spanning {
        why: Box<RowError>,
        lines: u64,
    },
    HeaderAgain,
    NoObject,
    NoHeader,
    TwiceNamed(String),
    TooWide(usize),
    TooMany(usize),
    TooDeep(usize),
    LongName(usize),
    Json(serde_json::Error),
    Missing(&'static str),
    Relabelled(String),
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowError::Fields { found: 1, expected } => write!(f, "1 field instead of {expected}"),
            RowError::Fields { found, expected } => write!(f, "{found} fields instead of {expected}"),
            RowError::NotUtf8 { field: Some(field), .. } => write!(f, "field {field} is not UTF-8"),
            RowError::NotUtf8 { field: None, byte } => write!(f, "byte {byte} is not UTF-8"),
            RowError::Nul => f.write_str("holds NUL bytes"),
            RowError::TooLong(most) => write!(f, "longer than {most} bytes"),
            RowError::OpenQuote { lines: 0 } => f.write_str("a quote is opened and not closed"),
            RowError::OpenQuote { lines } => {
                let more = if *lines == 1 { "line" } else { "lines" };
                write!(
                    f,
                    "a quote is opened and never closed, so what follows is its text to the end, {lines} {more}"
                )
            }
            RowError::Spanning { why, lines } => {
                let more = if *lines == 1 { "line" } else { "lines" };
                write!(f, "{why}; its quotes reach over {lines} more {more}")
            }
            RowError::NoObject => f.write_str("no JSON object behind the prefix of a log"),
            RowError::HeaderAgain => f.write_str("the header once more"),
            RowError::NoHeader => f.write_str("no usable #fields line before it"),
            RowError::TwiceNamed(name) => write!(f, "two fields are named `{}`", shown(name)),
            RowError::TooWide(most) => write!(f, "more than {most} fields"),
            RowError::TooMany(most) => write!(f, "more than {most} values in arrays"),
            RowError::TooDeep(most) => write!(f, "nested deeper than {most} levels"),
            RowError::LongName(most) => write!(f, "the name of a field is longer than {most} bytes"),
            RowError::Json(error) if error.is_eof() => f.write_str("the JSON object is cut off"),
            RowError::Json(error) => {
                // It counts lines within the row, which would be taken for the file's.
                let (text, column) = (error.to_string(), error.column());
                let place = format!(" at line {} column {column}", error.line());
                let text = shown(text.strip_suffix(&place).unwrap_or(&text));
                write!(f, "not a JSON object: {text} at byte {column}")
            }
            RowError::Relabelled(key) => write!(f, "`{}` has another label before", shown(key)),
            RowError::Missing(what) => write!(f, "no {what}"),
        }
    }
}
