//! A file that is read more than once: its names are looked at, then its rows. A pipe can be read only once, so it is held in
//! memory.

use mats_core::files::{MAX_PIPE, open_stream, read_pipe};
use mats_data::DataError;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// A file, or what came through a pipe.
#[derive(Debug, Clone, Default)]
pub struct Input {
    path: PathBuf,
    held: Option<Vec<u8>>,
}

impl Input {
    /// Opens a file; reads a pipe (a FIFO, `/dev/stdin`, a process substitution) to its end.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn open(path: &Path) -> Result<Input, DataError> {
        let wrong = |source| DataError::Io { file: path.display().to_string(), source };
        let about = std::fs::metadata(path).map_err(wrong)?;
        let mut held = None;
        if !about.is_file() && !about.is_dir() {
            let pipe = open_stream(path).map_err(wrong)?;
            held = Some(read_pipe(pipe, MAX_PIPE).map_err(wrong)?);
        }
        Ok(Input { path: path.to_owned(), held })
    }

    /// Returns the path, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives away what came through a pipe; `None` of a file.
    pub fn into_held(self) -> Option<Vec<u8>> {
        self.held
    }

    /// Reads it from its start.
    ///
    /// # Errors
    /// When the file cannot be opened any more.
    pub fn reader(&self) -> Result<Box<dyn BufRead + '_>, DataError> {
        if let Some(bytes) = &self.held {
            return Ok(Box::new(bytes.as_slice()));
        }
        let file = self.path.display().to_string();
        let open = open_stream(&self.path).map_err(|source| DataError::Io { file, source })?;
        Ok(Box::new(BufReader::with_capacity(1 << 16, open)))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_pipe_is_read_once_and_comes_again_from_its_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let text = "a,b\n".repeat(10_000);
        let writer = std::thread::spawn({
            let (path, text) = (path.clone(), text.clone());
            move || std::fs::write(path, text).unwrap()
        });
        let input = Input::open(&path).unwrap();
        writer.join().unwrap();
        for _ in 0..2 {
            let mut read = String::new();
            input.reader().unwrap().read_to_string(&mut read).unwrap();
            assert!(read == text);
        }
    }
}
