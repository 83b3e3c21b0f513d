//! Why a row is bad.

use crate::text::shown;
use std::fmt;

/// Why a row is bad. Put into words only if it is to be kept.
#[derive(Debug)]
pub(crate) enum Why {
    Fields { found: usize, expected: usize },
    NotUtf8 { field: Option<usize>, byte: usize },
    Nul,
    TooLong(usize),
    OpenQuote,
    HeaderAgain,
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

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Fields { found: 1, expected } => write!(f, "1 field instead of {expected}"),
            Why::Fields { found, expected } => write!(f, "{found} fields instead of {expected}"),
            Why::NotUtf8 { field: Some(field), .. } => write!(f, "field {field} is not UTF-8"),
            Why::NotUtf8 { field: None, byte } => write!(f, "byte {byte} is not UTF-8"),
            Why::Nul => f.write_str("holds NUL bytes"),
            Why::TooLong(most) => write!(f, "longer than {most} bytes"),
            Why::OpenQuote => f.write_str("a quote is opened and not closed"),
            Why::HeaderAgain => f.write_str("the header once more"),
            Why::NoHeader => f.write_str("no usable #fields line before it"),
            Why::TwiceNamed(name) => write!(f, "two fields are named `{}`", shown(name)),
            Why::TooWide(most) => write!(f, "more than {most} fields"),
            Why::TooMany(most) => write!(f, "more than {most} values in arrays"),
            Why::TooDeep(most) => write!(f, "nested deeper than {most} levels"),
            Why::LongName(most) => write!(f, "the name of a field is longer than {most} bytes"),
            Why::Json(error) if error.is_eof() => f.write_str("the JSON object is cut off"),
            Why::Json(error) => {
                // It counts lines within the row, which would be taken for the file's.
                let (text, column) = (error.to_string(), error.column());
                let place = format!(" at line {} column {column}", error.line());
                let text = shown(text.strip_suffix(&place).unwrap_or(&text));
                write!(f, "not a JSON object: {text} at byte {column}")
            }
            Why::Relabelled(key) => write!(f, "`{}` has another label before", shown(key)),
            Why::Missing(what) => write!(f, "no {what}"),
        }
    }
}
