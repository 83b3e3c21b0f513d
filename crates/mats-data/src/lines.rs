//! Lines of a text file in bounded memory.

use crate::error::DataError;
use std::io::{self, BufRead, Read};

/// Longer lines are refused unless the reader says otherwise: few logs write them, and memory must not grow with
/// junk.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// Outcome of a step through a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A line, which [`Lines::line`] holds.
    Line,
    /// A line that is too long, and was passed over.
    TooLong,
    /// The end of the file.
    End,
}

/// Reads line after line into one buffer.
pub(crate) struct Lines<R> {
    reader: R,
    pub(crate) file: String,
    /// The line read last, from 1.
    pub(crate) number: u64,
    /// Position at which that line begins, in bytes, after a run of NUL bytes.
    pub(crate) offset: u64,
    /// Runs of NUL bytes before lines, which were passed over, see [`skip_nuls`].
    pub(crate) nul_runs: u64,
    next_offset: u64,
    longest: usize,
    buffer: Vec<u8>,
    broken: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R, file: &str) -> Lines<R> {
        Lines::with_longest(reader, file, MAX_LINE)
    }

    pub(crate) fn with_longest(reader: R, file: &str, longest: usize) -> Lines<R> {
        let (buffer, file) = (Vec::new(), file.to_owned());
        Lines {
            reader,
            file,
            number: 0,
            offset: 0,
            nul_runs: 0,
            next_offset: 0,
            longest,
            buffer,
            broken: false,
        }
    }

    /// The line read last, without its end (`\n` or `\r\n`).
    pub(crate) fn line(&self) -> &[u8] {
        let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// The line read last with its end, just as it stands in the file.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.buffer
    }

    /// Counts bytes from here, for what stands before the first line.
    pub(crate) fn starting_at(mut self, offset: u64) -> Lines<R> {
        self.next_offset = offset;
        self
    }

    /// Goes to the next line. After an error of the system the file counts as ended.
    pub(crate) fn step(&mut self) -> Result<Step, DataError> {
        self.step_past(&mut |_| {})
    }

    /// Goes to the next line; of one that is too long `past` gets all bytes, piece by piece.
    pub(crate) fn step_past(&mut self, past: &mut dyn FnMut(&[u8])) -> Result<Step, DataError> {
        self.buffer.clear();
        if self.broken {
            return Ok(Step::End);
        }
        let (nuls, ended) = skip_nuls(&mut self.reader).map_err(|source| self.fail(source))?;
        self.nul_runs += u64::from(nuls > 0);
        self.next_offset += nuls;
        if ended {
            return Ok(Step::End);
        }
        // Room for the line's end, so that a line of just the greatest length passes.
        let most = self.longest as u64 + 2;
        let read = (&mut self.reader).take(most).read_until(b'\n', &mut self.buffer);
        let read = read.map_err(|source| self.fail(source))?;
        if read == 0 {
            return Ok(Step::End);
        }
        self.number += 1;
        self.offset = self.next_offset;
        self.next_offset += read as u64;
        if self.line().len() <= self.longest {
            return Ok(Step::Line);
        }
        past(&self.buffer);
        if self.buffer.last() != Some(&b'\n') {
            self.skip_line(past)?;
        }
        Ok(Step::TooLong)
    }

    /// The next line, without white space around it, or `None` at the end of the file. A long line is an error,
    /// after which the next call goes on with the next line.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, DataError> {
        match self.step()? {
            Step::End => Ok(None),
            Step::Line => Ok(Some(self.buffer.trim_ascii())),
            Step::TooLong => {
                let what =
                    format!("longer than {} bytes; is this a log with one entry a line?", self.longest);
                Err(DataError::line(&self.file, self.number, what))
            }
        }
    }

    fn fail(&mut self, source: io::Error) -> DataError {
        self.broken = true;
        DataError::io(&self.file, source)
    }

    fn skip_line(&mut self, past: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        loop {
            let (used, ended) = match self.reader.fill_buf() {
                Ok(available) => {
                    let end = available.iter().position(|&byte| byte == b'\n').map(|end| end + 1);
                    let used = end.unwrap_or(available.len());
                    past(&available[..used]);
                    (used, end.is_some() || available.is_empty())
                }
                Err(source) if source.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(self.fail(source)),
            };
            self.reader.consume(used);
            self.next_offset += used as u64;
            if ended {
                return Ok(());
            }
        }
    }
}

/// Passes over a run of NUL bytes, however long; says how long it is, and whether the file ends there. Such a run stands before a record where a log
/// was truncated under a writer that goes on at its old position, and where a machine lost its power while it wrote.
pub(crate) fn skip_nuls(reader: &mut impl BufRead) -> io::Result<(u64, bool)> {
    let mut skipped = 0;
    loop {
        let (nuls, len) = match reader.fill_buf() {
            Ok(available) => (available.iter().take_while(|&&byte| byte == 0).count(), available.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        reader.consume(nuls);
        skipped += nuls as u64;
        if nuls < len || len == 0 {
            return Ok((skipped, len == 0));
        }
    }
}
