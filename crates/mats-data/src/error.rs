//! What can go wrong with a file.

use std::io;
use thiserror::Error;

/// An error of reading or writing data. It names the file, and the line where there is one.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file could not be read or written.
    #[error("{file}: {}{source}", advice(source))]
    Io {
        /// The file, as given.
        file: String,
        /// Error from the system.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("{file}:{line}: {what}")]
    Line {
        /// The file, as given.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Description of what is wrong and what would be right.
        what: String,
    },
    /// The file as a whole is not what it should be.
    #[error("{file}: {what}")]
    File {
        /// The file, as given.
        file: String,
        /// Description of what is wrong and what would be right.
        what: String,
    },
}

/// Returns advice on an error. The system's words end the message, so that they are not repeated as its cause.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path: ",
        io::ErrorKind::PermissionDenied => "check the permissions: ",
        io::ErrorKind::StorageFull => "make room: ",
        _ => "",
    }
}

impl DataError {
    pub(crate) fn io(file: &str, source: io::Error) -> DataError {
        DataError::Io { file: file.to_owned(), source }
    }

    pub(crate) fn line(file: &str, line: u64, what: impl Into<String>) -> DataError {
        DataError::Line { file: file.to_owned(), line, what: what.into() }
    }

    pub(crate) fn file(file: &str, what: impl Into<String>) -> DataError {
        DataError::File { file: file.to_owned(), what: what.into() }
    }

    /// An error of the `csv` crate, put into this crate's words.
    pub(crate) fn csv(file: &str, error: csv::Error) -> DataError {
        let line = error.position().map_or(0, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) => DataError::io(file, source),
            csv::ErrorKind::Utf8 { err, .. } => DataError::line(
                file,
                line,
                format!("not UTF-8 in field {}; convert the file", err.field() + 1),
            ),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => DataError::line(
                file,
                line,
                format!("{len} fields, but the header has {expected_len}; mend the line"),
            ),
            csv::ErrorKind::Deserialize { err, .. } => DataError::line(file, line, err.to_string()),
            other => DataError::line(file, line, format!("{other:?}")),
        }
    }
}
