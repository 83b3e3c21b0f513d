//! An older data set, which a new one replaces: its files go, and no others.

use super::{RECORD, episode, register};
use mats_results::WriteError;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of an older set that are there.
///
/// # Errors
/// When a link or something else that is no regular file has the name of one, for that is nobody's to remove.
pub(super) fn files(out: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let mut files = Vec::new();
    listed(out, std::iter::once(RECORD).chain(register::FILES), &mut files)?;
    for folder in episodes(out)? {
        let inner = folder.join(episode::TSV_FOLDER);
        listed(&folder, episode::FILES, &mut files)?;
        if inner.is_symlink() {
            return Err(WriteError::Link { path: inner });
        }
        listed(&inner, mats_data::zeek::FILES, &mut files)?;
    }
    Ok(files)
}

/// Removes files of an older set, and the folders of its episodes that are empty then.
///
/// # Errors
/// When the system refuses.
pub(super) fn remove(out: &Path, files: &[PathBuf]) -> Result<(), WriteError> {
    for path in files {
        fs::remove_file(path).map_err(|reason| WriteError::Io { path: path.clone(), reason })?;
    }
    for folder in episodes(out)? {
        // These fail only where there is no such folder, or where somebody keeps files of their own.
        let _ = fs::remove_dir(folder.join(episode::TSV_FOLDER));
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Adds the files of some names that are there.
fn listed<'n>(
    folder: &Path,
    names: impl IntoIterator<Item = &'n str>,
    files: &mut Vec<PathBuf>,
) -> Result<(), WriteError> {
    for path in names.into_iter().map(|name| folder.join(name)) {
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_symlink() => return Err(WriteError::Link { path }),
            Ok(there) if !there.is_file() => return Err(WriteError::Irregular { path }),
            Ok(_) => files.push(path),
            Err(_) => {}
        }
    }
    Ok(())
}

/// The folders of an older set's episodes.
fn episodes(out: &Path) -> Result<Vec<PathBuf>, WriteError> {
    let refused = |reason| WriteError::Io { path: out.to_owned(), reason };
    let mut folders = Vec::new();
    for entry in fs::read_dir(out).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if !episode::is_name(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let (path, kind) = (entry.path(), entry.file_type().map_err(refused)?);
        if kind.is_symlink() {
            return Err(WriteError::Link { path });
        }
        if kind.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}
