//! A new run takes an older one's place, and what the older one left goes.

use super::error::WriteError;
use super::names::{FIGURE, POLICY, UNITS};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Moves everything from one folder to another, into the folders there, the record last.
pub(super) fn publish(from: &Path, to: &Path, record: &str) -> Result<(), WriteError> {
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |reason| WriteError::Io { path, reason }
    };
    // Whatever is in the way is found before anything is moved.
    for (name, path) in entries(from) {
        let target = to.join(&name);
        let wrong = match (path.is_dir(), target.is_dir()) {
            (true, false) if target.exists() => io::ErrorKind::NotADirectory,
            (false, true) => io::ErrorKind::IsADirectory,
            _ => continue,
        };
        return Err(refused(&target)(io::Error::from(wrong)));
    }
    if from.join(record).is_file() {
        remove(&to.join(record))?;
    }
    let mut moves = entries(from);
    moves.sort_by_key(|(name, _)| (name == record, name.clone()));
    for (name, path) in moves {
        let target = to.join(&name);
        if path.is_dir() {
            fs::create_dir_all(&target).map_err(refused(&target))?;
            publish(&path, &target, record)?;
        } else {
            fs::rename(&path, &target).map_err(refused(&target))?;
        }
    }
    Ok(())
}

/// Tells whether a folder holds units of a run, and not something of somebody's that has the same name.
pub(super) fn has_units(path: &Path) -> bool {
    path.join(UNITS).join("job.json").is_file()
}

/// Names and paths of what a folder holds; nothing if it cannot be read.
pub(super) fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect()
}

pub(super) fn is_model(name: &str) -> bool {
    name.ends_with(".safetensors")
}

/// Removes a file, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), WriteError> {
    if path.is_file() {
        fs::remove_file(path).map_err(|reason| WriteError::Io { path: path.to_owned(), reason })?;
    }
    Ok(())
}

/// Removes the figures that a report wrote, but for those that are `kept`, and their folder unless it holds something else.
pub(super) fn remove_figures(folder: &Path, kept: impl Fn(&str) -> bool) -> Result<(), WriteError> {
    let is_ours = |path: &Path| {
        let mut head = vec![0; FIGURE.len()];
        File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == FIGURE.as_bytes()
    };
    for (name, path) in entries(folder) {
        if path.extension().is_some_and(|e| e == "svg") && !kept(&name) && is_ours(&path) {
            remove(&path)?;
        }
    }
    // Fails only where somebody keeps files of their own, or where there is no such folder.
    let _ = fs::remove_dir(folder);
    Ok(())
}

/// Removes the models and the table of one training seed, and their folder unless it holds something else.
pub(super) fn remove_models(folder: &Path) -> Result<(), WriteError> {
    for (name, path) in entries(folder) {
        if is_model(&name) || name == POLICY {
            remove(&path)?;
        }
    }
    // Fails only where somebody keeps files of their own.
    let _ = fs::remove_dir(folder);
    Ok(())
}
