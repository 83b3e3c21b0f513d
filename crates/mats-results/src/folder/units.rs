//! Units: what is finished of a run and waits for the rest.

use super::clean::entries;
use super::names::{PARTIAL, RECORD, SUMS, UNITS};
use super::sums::sum_of;
use super::{ResultFolder, WriteError};
use crate::read_error::ReadError;
use mats_core::files::{MAX_TEXT, is_folder, read_regular_text};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

impl ResultFolder {
    /// The folder of a unit of the run.
    pub fn unit(&self, name: &str) -> PathBuf {
        self.staging.join(UNITS).join(name)
    }

    /// A new folder for a unit, which counts only from [`ResultFolder::end_unit`] on.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn begin_unit(&self, name: &str) -> Result<ResultFolder, WriteError> {
        let path = self.unit(name).with_extension(PARTIAL);
        let refused = |reason| WriteError::Io { path: path.clone(), reason };
        match fs::remove_dir_all(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(refused(e)),
            _ => fs::create_dir_all(&path).map_err(refused)?,
        }
        Ok(ResultFolder::at(path, RECORD))
    }

    /// Sums up the files of a unit, brings them to the disk, then gives their folder its name. A damaged unit of that
    /// name gives way.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end_unit(&self, name: &str) -> Result<(), WriteError> {
        let path = self.unit(name);
        let partial = path.with_extension(PARTIAL);
        let unit = ResultFolder::at(partial.clone(), RECORD);
        let refused = |reason| WriteError::Io { path: path.clone(), reason };
        unit.write_text(SUMS, &sums(&partial).map_err(refused)?)?;
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(refused)?;
        }
        let moved = sync(&partial)
            .and_then(|()| fs::rename(&partial, &path))
            // Not what is in it: other units are being written there.
            .and_then(|()| sync_names(&self.staging.join(UNITS)));
        moved.map_err(refused)
    }

    /// Forgets a run of which no unit is finished, and its folder if nothing else is in it.
    pub fn abandon(&self) {
        let units = self.staging.join(UNITS);
        let finished = |(name, path): &(String, PathBuf)| path.is_dir() && !name.ends_with(PARTIAL);
        if self.is_whole() || entries(&units).iter().any(finished) {
            return;
        }
        // What cannot be removed now is removed by the next run that takes the folder over.
        if is_folder(&units) {
            let _ = fs::remove_dir_all(units);
        }
        self.discard();
    }
}

/// Checks that the files of a unit are those that were written.
///
/// # Errors
/// When one is missing, was changed, or cannot be read.
pub fn check_unit(path: &Path) -> Result<(), ReadError> {
    let written = read_regular_text(&path.join(SUMS), MAX_TEXT).unwrap_or_default();
    let found = sums(path).map_err(|reason| ReadError::Io { path: path.to_owned(), reason })?;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let (written, found) = (lines(&written), lines(&found));
    match written.symmetric_difference(&found).next() {
        None => Ok(()),
        Some(line) => {
            let name = line.split_once("  ").map_or(SUMS, |(_, name)| name);
            Err(ReadError::Changed { path: path.join(name) })
        }
    }
}

/// A line with its SHA-256 for each file below a folder but [`SUMS`], ordered by name.
fn sums(folder: &Path) -> io::Result<String> {
    let mut text = String::new();
    let mut open = vec![(String::new(), folder.to_owned())];
    let mut files = Vec::new();
    while let Some((name, path)) = open.pop() {
        if is_folder(&path) {
            let inside = |(inner, path): (String, PathBuf)| {
                (if name.is_empty() { inner } else { format!("{name}/{inner}") }, path)
            };
            open.extend(entries(&path).into_iter().map(inside));
        } else if name != SUMS {
            files.push((name, path));
        }
    }
    files.sort();
    for (name, path) in files {
        let _ = writeln!(text, "{}  {name}", sum_of(&path)?);
    }
    Ok(text)
}

/// Brings everything below a folder to the disk, and the folder itself where the system can.
fn sync(folder: &Path) -> io::Result<()> {
    for (_, path) in entries(folder) {
        if is_folder(&path) { sync(&path)? } else { File::open(&path)?.sync_all()? }
    }
    sync_names(folder)
}

/// Brings the names in a folder to the disk. Some systems cannot open folders; there, nothing more can be done.
fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder).map_or(Ok(()), |folder| folder.sync_all().or(Ok(())))
}
