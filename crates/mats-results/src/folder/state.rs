//! What a folder holds before results are written into it.

use super::clean::entries;
use super::error::WriteError;
use super::names::{FIGURES, JOB, MARK, MODELS, STAGING, UNITS, is_of_units, is_ours, is_rest, is_seed};
use mats_core::files::is_folder;
use std::fs;
use std::path::Path;

/// Content of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing, or what was left where the work was stopped before anything was finished.
    Empty,
    /// Units of a run that was stopped, or results that were not all put in their place.
    Begun,
    /// Finished results.
    Whole,
    /// Something that is not this program's to replace.
    Foreign,
}

/// Looks at a folder; `record` is the file that is written last.
pub(super) fn state(path: &Path, record: &str) -> Result<State, WriteError> {
    let refused = |reason| WriteError::Io { path: path.to_owned(), reason };
    // Asked once, since what cannot be listed must not pass for empty.
    let names: Vec<String> = match fs::read_dir(path) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, _>>()
            .map_err(refused)?,
        Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(reason) => return Err(refused(reason)),
    };
    let staging = path.join(STAGING);
    Ok(if path.join(record).is_file() {
        State::Whole
    } else if has_units(path) || has_units(&staging) || staging.join(record).is_file() {
        State::Begun
    } else if names.is_empty() {
        State::Empty
    } else if is_left(path, &names) {
        // Files without a record, as where an overwritten run was stopped: there was something, and it is gone.
        State::Empty
    } else {
        State::Foreign
    })
}

/// Tells whether all that a folder holds was left by this program: by a folder for units, by one for files that wait, or by
/// nothing but temporary files.
fn is_left(path: &Path, names: &[String]) -> bool {
    let (units, staging) = (path.join(UNITS), path.join(STAGING));
    let has = |name: &str| names.iter().any(|n| n == name);
    let are_units = is_folder(&units) && entries(&units).iter().all(|(name, _)| is_of_units(name));
    let (units_fit, staging_fits) = (are_units || !has(UNITS), is_ours_aside(&staging) || !has(STAGING));
    // An empty folder that waits could be anybody's: it tells nothing of files beside it.
    let shows = are_units || staging.join(MARK).is_file();
    let nothing_else = names.iter().all(|name| is_rest(name) || name == STAGING);
    units_fit && staging_fits && (nothing_else || shows && names.iter().all(|name| is_ours(name)))
}

/// Tells whether a folder where files wait is this program's: empty, marked, or with nothing in it but what older versions
/// put there.
pub(super) fn is_ours_aside(staging: &Path) -> bool {
    is_folder(staging)
        && (staging.join(MARK).is_file() || entries(staging).iter().all(|(name, _)| is_ours(name)))
}

/// Tells whether a folder holds units of a run, or the definition of its job, and not something of somebody's that has the
/// same name.
pub(super) fn has_units(path: &Path) -> bool {
    let units = path.join(UNITS);
    if !is_folder(&units) {
        return false;
    }
    units.join(JOB).is_file()
        || entries(&units).iter().any(|(name, path)| is_seed(name) && path.join("unit.json").is_file())
}

/// Refuses a folder in which results would be written, or removed, through a link.
pub(super) fn refuse_links(path: &Path) -> Result<(), WriteError> {
    let models = path.join(MODELS);
    let seeds = entries(&models).into_iter().map(|(_, path)| path);
    let places = [UNITS, STAGING, MODELS, FIGURES].map(|name| path.join(name));
    match places.into_iter().chain(seeds).find(|place| place.is_symlink()) {
        Some(path) => Err(WriteError::Link { path }),
        None => Ok(()),
    }
}
