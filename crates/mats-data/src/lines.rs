//! Lines of a text file in bounded memory.

use crate::error::DataError;
use std::io::{self, BufRead, Read};

/// Longer lines are refused: no log writes them, and memory must not grow with junk.
pub(crate) const LONGEST: u64 = 1 << 20;

/// Reads line after line into one buffer.
pub(crate) struct Lines<R> {
    reader: R,
    pub(crate) file: String,
    pub(crate) number: u64,
    buffer: Vec<u8>,
    broken: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R, file: &str) -> Lines<R> {
        Lines { reader, file: file.to_owned(), number: 0, buffer: Vec::new(), broken: false }
    }

    /// The next line without its end, or `None` at the end of the file. After an error about a long line, the
    /// rest of that line is skipped; after an error of the system the file counts as ended.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, DataError> {
        self.buffer.clear();
        if self.broken {
            return Ok(None);
        }
        let read = (&mut self.reader).take(LONGEST).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|source| self.fail(source))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.buffer.last() != Some(&b'\n') && read as u64 == LONGEST {
            self.skip_line()?;
            let what = format!("longer than {LONGEST} bytes; is this a log with one entry a line?");
            return Err(DataError::line(&self.file, self.number, what));
        }
        Ok(Some(self.buffer.trim_ascii()))
    }

    fn fail(&mut self, source: io::Error) -> DataError {
        self.broken = true;
        DataError::io(&self.file, source)
    }

    fn skip_line(&mut self) -> Result<(), DataError> {
        loop {
            let (used, ended) = match self.reader.fill_buf() {
                Ok(available) => match available.iter().position(|&byte| byte == b'\n') {
                    Some(end) => (end + 1, true),
                    None => (available.len(), available.is_empty()),
                },
                Err(source) => return Err(self.fail(source)),
            };
            self.reader.consume(used);
            if ended {
                return Ok(());
            }
        }
    }
}
