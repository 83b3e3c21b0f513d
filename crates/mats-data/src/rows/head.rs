//! What the start of a file says of all its rows.

use super::{Format, RowOptions};
use crate::error::DataError;
use std::io::{BufRead, Read};

/// The lines at the start of a file without which its rows cannot be understood: the header of CSV, the lines of Zeek
/// that begin with `#`; of other formats none. Whoever begins to read further on puts them first.
///
/// # Errors
/// When the file cannot be read.
pub fn head(mut input: impl BufRead, file: &str, options: &RowOptions) -> Result<Vec<u8>, DataError> {
    let mut head = Vec::new();
    let mut line = |head: &mut Vec<u8>| {
        let read = (&mut input).take(options.max_line as u64).read_until(b'\n', head);
        read.map_err(|source| DataError::io(file, source))
    };
    while head.trim_ascii().is_empty() {
        if line(&mut head)? == 0 {
            break;
        }
    }
    let format = options.format.or_else(|| Format::detect(&head).ok());
    match format {
        Some(Format::Csv) if options.columns.is_none() => {}
        Some(Format::ZeekTsv) => {
            let mut whole = head.len();
            while line(&mut head)? > 0 && head[whole..].starts_with(b"#") {
                whole = head.len();
            }
            head.truncate(whole);
        }
        _ => head.clear(),
    }
    // What is not whole yet will come.
    if !head.ends_with(b"\n") {
        head.clear();
    }
    Ok(head)
}
