//! A new run takes an older one's place, and what the older one left goes.

use super::error::WriteError;
use super::names::{FIGURE, FIGURES, MARK, MODELS, POLICY, UNITS, is_rest};
use mats_core::files::{is_folder, open_regular};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The longest figure that is looked at, in bytes.
const MAX_FIGURE: u64 = 1 << 30;

/// Moves everything from one folder to another, into the folders there, but for units and the record. The record that is there
/// goes first: while it is missing, the folder holds nothing finished.
pub(super) fn publish(from: &Path, to: &Path, record: &str) -> Result<(), WriteError> {
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |reason| WriteError::Io { path, reason }
    };
    let mut moves = entries(from);
    moves.retain(|(name, _)| name != record && name != UNITS && name != MARK);
    moves.sort();
    // Whatever is in the way is found before anything is moved.
    for (name, path) in &moves {
        let target = to.join(name);
        let wrong = match (is_folder(path), is_folder(&target)) {
            (true, false) if target.is_symlink() => return Err(WriteError::Link { path: target }),
            (true, false) if target.exists() => io::ErrorKind::NotADirectory,
            (false, true) => io::ErrorKind::IsADirectory,
            _ => continue,
        };
        return Err(refused(&target)(io::Error::from(wrong)));
    }
    if from.join(record).is_file() {
        remove(&to.join(record))?;
    }
    for (name, path) in moves {
        let target = to.join(&name);
        if is_folder(&path) {
            fs::create_dir_all(&target).map_err(refused(&target))?;
            publish(&path, &target, record)?;
        } else {
            fs::rename(&path, &target).map_err(refused(&target))?;
        }
    }
    Ok(())
}

/// Names and paths of what a folder holds; nothing if it cannot be read.
pub(super) fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect()
}

pub(super) fn is_model(name: &str) -> bool {
    name.ends_with(".safetensors")
}

/// Removes all that is in a folder but what is kept by name.
pub(super) fn empty(folder: &Path, kept: &[&str]) -> Result<(), WriteError> {
    for (_, path) in entries(folder).into_iter().filter(|(name, _)| !kept.contains(&name.as_str())) {
        let removed = if is_folder(&path) { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|reason| WriteError::Io { path, reason })?;
    }
    Ok(())
}

/// Removes temporary files where results are written. What cannot be removed stays.
pub(super) fn sweep(folder: &Path) {
    let models = folder.join(MODELS);
    let seeds = if is_folder(&models) { entries(&models) } else { Vec::new() };
    let seeds = seeds.into_iter().map(|(_, path)| path);
    for place in [folder.to_owned(), models.clone(), folder.join(FIGURES)].into_iter().chain(seeds) {
        if place != folder && !is_folder(&place) {
            continue;
        }
        for (_, path) in entries(&place).into_iter().filter(|(name, _)| is_rest(name)) {
            let _ = remove(&path);
        }
    }
}

/// Removes a file, or a link that stands in its place, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), WriteError> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_file() || there.is_symlink()) {
        fs::remove_file(path).map_err(|reason| WriteError::Io { path: path.to_owned(), reason })?;
    }
    Ok(())
}

/// Removes the figures that a report wrote, but for those that are `kept`, and their folder unless it holds something else.
pub(super) fn remove_figures(folder: &Path, kept: impl Fn(&str) -> bool) -> Result<(), WriteError> {
    if !is_folder(folder) {
        return Ok(());
    }
    let is_ours = |path: &Path| {
        let mut head = vec![0; FIGURE.len()];
        let file = open_regular(path, MAX_FIGURE);
        file.and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == FIGURE.as_bytes()
    };
    for (name, path) in entries(folder) {
        if path.extension().is_some_and(|e| e == "svg")
            && !path.is_symlink()
            && !kept(&name)
            && is_ours(&path)
        {
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
