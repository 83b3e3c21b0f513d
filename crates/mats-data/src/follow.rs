//! Follows a log that grows, as `tail -F` does.

use crate::error::DataError;
use mats_core::files::open_regular;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Number of bytes read at once.
const CHUNK: usize = 64 << 10;
/// A piece of a line longer than this is handed on before the line is whole, so that memory is bounded.
const MAX_PIECE: usize = 1 << 20;

/// Place to begin at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// First line of the file.
    Start,
    /// First line that is begun after the file was opened.
    End,
}

/// Where one file ends and the next begins, told by a [`Follow`] to the [`crate::rows::Rows`] on it: a quote that was open in the
/// one must not make text of the other.
#[derive(Debug, Clone, Default)]
pub struct Breaks(Arc<AtomicU8>);

impl Breaks {
    const ON: u8 = 1;
    const BROKEN: u8 = 2;

    /// Asks to be told from now on.
    pub(crate) fn listen(&self) {
        self.0.store(Breaks::ON, Ordering::Relaxed);
    }

    /// Tells whether the end of the file that was read last is that of one of several.
    pub(crate) fn take(&self) -> bool {
        self.0.compare_exchange(Breaks::BROKEN, Breaks::ON, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Tells of a break, if somebody listens.
    fn tell(&self) -> bool {
        self.0.compare_exchange(Breaks::ON, Breaks::BROKEN, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Reads a file and then waits for what is written to it, so that [`crate::rows::Rows`] can sit on it.
///
/// - Only whole lines are handed on; one that is not ended waits for the rest. When a file is replaced, what stands
///   at the end of the old one counts as a line. Pieces of lines over 1 MiB are handed on at once.
/// - When another file stands under the path (rotation), the old one is read to its end and then the new one from its
///   start. When the file has become shorter (truncation), it is read from its start. A file that is truncated and
///   written beyond its old length between two looks cannot be told from one that grew.
/// - Where the path leads nowhere for a while, it waits.
///
/// It never looks at a clock: `wait` is called whenever there is nothing to read, sleeps as long as the caller
/// likes, and ends the reading by returning `false`, as `stop` does when it is set. Both look like the end of
/// a file to the reader; a line that is not whole by then is not handed on.
pub struct Follow<'a, W> {
    path: PathBuf,
    file: File,
    position: u64,
    stop: &'a AtomicBool,
    wait: W,
    buffer: Vec<u8>,
    /// Start of what is still to be handed on, up to `whole`; the rest is the start of a line.
    start: usize,
    whole: usize,
    /// True while a line is passed over that began before the file was opened.
    inside: bool,
    /// True if the last piece handed on did not end its line.
    torn: bool,
    restarts: u64,
    breaks: Breaks,
    /// True from a restart until it is told.
    breaking: bool,
}

impl<'a, W: FnMut() -> bool> Follow<'a, W> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn open(
        path: &Path,
        begin: Begin,
        stop: &'a AtomicBool,
        wait: W,
    ) -> Result<Follow<'a, W>, DataError> {
        let open = || {
            let mut file = open_regular(path, u64::MAX)?;
            let (mut position, mut inside) = (0, false);
            if begin == Begin::End {
                position = file.seek(SeekFrom::End(0))?;
                if position > 0 {
                    let mut last = [0];
                    file.seek(SeekFrom::Start(position - 1))?;
                    file.read_exact(&mut last)?;
                    inside = last[0] != b'\n';
                }
            }
            Ok((file, position, inside))
        };
        let (file, position, inside) =
            open().map_err(|source| DataError::io(&path.display().to_string(), source))?;
        let (path, buffer) = (path.to_owned(), Vec::new());
        Ok(Follow {
            path,
            file,
            position,
            stop,
            wait,
            buffer,
            start: 0,
            whole: 0,
            inside,
            torn: false,
            restarts: 0,
            breaks: Breaks::default(),
            breaking: false,
        })
    }

    /// Hands on `lines` before all else, such as the header of a file that is read from its end.
    #[must_use]
    pub fn after(mut self, lines: Vec<u8>) -> Follow<'a, W> {
        (self.start, self.whole, self.buffer) = (0, lines.len(), lines);
        self
    }

    /// The breaks between files, for [`crate::rows::Rows::set_breaks`].
    pub fn breaks(&self) -> Breaks {
        self.breaks.clone()
    }

    /// Number of times it began anew because the file was replaced or truncated.
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Reads on. Says whether there was anything.
    fn read_on(&mut self) -> io::Result<bool> {
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK, 0);
        let read = loop {
            match self.file.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let count = *read.as_ref().unwrap_or(&0);
        self.buffer.truncate(old + count);
        self.position += read? as u64;
        if self.inside {
            // Nothing is held before the first line begins.
            let end = self.buffer.iter().position(|&byte| byte == b'\n');
            self.buffer.drain(..end.map_or(self.buffer.len(), |end| end + 1));
            self.inside = end.is_none();
        }
        if let Some(end) = self.buffer.iter().rposition(|&byte| byte == b'\n') {
            self.whole = end + 1;
        } else if self.buffer.len() > MAX_PIECE {
            self.whole = self.buffer.len();
        }
        Ok(count > 0)
    }

    /// Looks whether another file stands under the path, or a shorter one.
    fn look(&mut self) -> io::Result<Change> {
        let now = match std::fs::metadata(&self.path) {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Change::None),
            Err(error) => return Err(error),
        };
        let held = self.file.metadata()?;
        Ok(if !same(&held, &now) {
            Change::Replaced
        } else if held.len() < self.position {
            Change::Truncated
        } else {
            Change::None
        })
    }

    fn replace(&mut self) -> io::Result<()> {
        match open_regular(&self.path, u64::MAX) {
            Ok(file) => self.file = file,
            // Gone again: the next look will tell.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        self.restart();
        // The old file's last line is whole, for nobody will write on.
        if !self.buffer.is_empty() || self.torn {
            self.buffer.push(b'\n');
            self.whole = self.buffer.len();
        }
        Ok(())
    }

    fn restart(&mut self) {
        self.position = 0;
        self.inside = false;
        self.breaking = true;
        self.restarts += 1;
    }
}

enum Change {
    None,
    Replaced,
    Truncated,
}

#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Returns true: where files have no numbers, only truncation is noticed.
#[cfg(not(unix))]
fn same(_: &Metadata, _: &Metadata) -> bool {
    true
}

impl<W: FnMut() -> bool> BufRead for Follow<'_, W> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.start == self.whole {
            self.buffer.drain(..self.start);
            (self.start, self.whole) = (0, 0);
            if self.stop.load(Ordering::Relaxed) {
                return Ok(&[]);
            }
            if std::mem::take(&mut self.breaking) && self.breaks.tell() {
                return Ok(&[]);
            }
            // What was written between reading and looking must be read first, so look, read, and only then go over.
            let change = self.look()?;
            if let Change::Truncated = change {
                self.file.seek(SeekFrom::Start(0))?;
                self.buffer.clear();
                self.restart();
                // The rest of a torn line is gone; what comes is not its end.
                if self.torn {
                    self.buffer.push(b'\n');
                    self.whole = 1;
                }
                continue;
            }
            if self.read_on()? {
                continue;
            }
            if let Change::Replaced = change {
                self.replace()?;
                continue;
            }
            if !(self.wait)() {
                return Ok(&[]);
            }
        }
        Ok(&self.buffer[self.start..self.whole])
    }

    fn consume(&mut self, amount: usize) {
        if amount > 0 {
            self.start = (self.start + amount).min(self.whole);
            self.torn = self.buffer[self.start - 1] != b'\n';
        }
    }
}

impl<W: FnMut() -> bool> Read for Follow<'_, W> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(out)?;
        self.consume(read);
        Ok(read)
    }
}
