//! One process at a time in a folder.

use super::error::WriteError;
use super::names::RECORD;
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// Keeps other processes out of a folder until it is dropped, or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _folder: Option<File>,
}

/// Takes a folder for this process, and makes it if need be. Systems that cannot open or lock folders have no lock.
///
/// # Errors
/// When another process has it, or it cannot be made.
pub fn lock(path: &Path) -> Result<Lock, WriteError> {
    if path.is_file() {
        return Err(WriteError::File { path: path.to_owned() });
    }
    fs::create_dir_all(path).map_err(|reason| WriteError::Io { path: path.to_owned(), reason })?;
    let folder = File::open(path).ok();
    match folder.as_ref().map(File::try_lock) {
        Some(Err(TryLockError::WouldBlock)) => Err(WriteError::Busy { path: path.to_owned() }),
        // Another process made way and took the folder with it.
        _ if folder.as_ref().is_some_and(|folder| !is_at(folder, path)) => {
            Err(WriteError::Busy { path: path.to_owned() })
        }
        _ => Ok(Lock { _folder: folder }),
    }
}

/// Tells whether an open folder is still the one of a path.
#[cfg(unix)]
fn is_at(folder: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same =
        |here: fs::Metadata, there: fs::Metadata| (here.dev(), here.ino()) == (there.dev(), there.ino());
    folder.metadata().is_ok_and(|here| fs::metadata(path).is_ok_and(|there| same(here, there)))
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Takes a folder as [`lock`] does, but waits while another process has it: for who has it only for a moment, to write a file.
///
/// # Errors
/// When it cannot be made.
pub fn lock_for_a_moment(path: &Path) -> Result<Lock, WriteError> {
    fs::create_dir_all(path).map_err(|reason| WriteError::Io { path: path.to_owned(), reason })?;
    let folder = File::open(path).ok();
    // Where the system has no locks, there is none to wait for.
    let _ = folder.as_ref().map(File::lock);
    Ok(Lock { _folder: folder })
}

/// Takes the folder of a run for this process, to write a page into it; other folders are free for all.
///
/// # Errors
/// When another process is at work on the run.
pub fn lock_run(path: &Path) -> Result<Option<Lock>, WriteError> {
    if path.join(RECORD).is_file() { lock(path).map(Some) } else { Ok(None) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let first = lock(&path).unwrap();
        assert!(matches!(lock(&path), Err(WriteError::Busy { .. })));
        drop(first);
        lock(&path).unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0, "a lock leaves nothing behind");
    }
}
