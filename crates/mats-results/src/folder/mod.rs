//! The only place in the code that writes results.
//!
//! A file is written under a temporary name, brought to the disk and then renamed. Where an older run is replaced, all
//! files of the new one are first written aside and take their places together at the end. So a full disk or an
//! interrupt leaves what was there before, whole.

mod clean;
mod error;
mod lock;
mod names;
mod state;
mod sums;
mod units;
mod write;

pub use error::WriteError;
pub use lock::{Lock, lock, lock_for_a_moment, lock_run};
pub use names::{FILES, POLICY, RECORD, SUMS, TIMING};
pub use sums::{Proof, Seal, check_listed, check_run};
pub use units::check_unit;

use clean::{empty, entries, is_model, publish, remove, remove_models, sweep};
use mats_core::files::is_folder;
use names::{MARK, MODELS, STAGING, UNITS, is_of_units};
use state::{State, has_units, is_ours_aside, refuse_links, state};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use sums::{Sums, first_damaged};

/// A folder of results, open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFolder {
    path: PathBuf,
    /// The file that is written last: without it the folder holds nothing finished.
    record: &'static str,
    /// Folder for files until [`ResultFolder::finish`]: the folder itself, for a run where there is no older one.
    staging: PathBuf,
    /// Folders in `models/` that something was written to.
    models: RefCell<BTreeSet<String>>,
    /// Sums of what was written.
    sums: RefCell<Sums>,
}

impl ResultFolder {
    /// Makes a new folder for a run, whose units wait in it; an empty one may be there already, or one in which a run was
    /// stopped before anything was finished. With `overwrite` an older result folder is taken over: its files stay until
    /// [`ResultFolder::finish`].
    ///
    /// # Errors
    /// When it exists and may not be overwritten, or cannot be made.
    pub fn create(path: impl Into<PathBuf>, overwrite: bool) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        if prepare(&path, RECORD, overwrite)? == State::Whole {
            return ResultFolder::aside(path, RECORD);
        }
        sweep(&path);
        // The folder for units is there before anything goes, so that this is known for a folder of this program wherever the
        // work is stopped.
        let units = path.join(UNITS);
        fs::create_dir_all(&units).map_err(|reason| WriteError::Io { path: units, reason })?;
        empty_units(&path)?;
        remove_tree(&path.join(STAGING))?;
        Ok(ResultFolder::at(path, RECORD))
    }

    /// Makes a folder likewise for results that are written in one go. They all wait aside, so that a folder either has all of
    /// them or none. `record` is the file that is written last, such as `compare.json`.
    ///
    /// # Errors
    /// As [`ResultFolder::create`].
    pub fn create_for(
        path: impl Into<PathBuf>,
        overwrite: bool,
        record: &'static str,
    ) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        prepare(&path, record, overwrite)?;
        ResultFolder::aside(path, record)
    }

    /// Makes a folder likewise for results that may stand among files of other kinds, which stay: a data set.
    ///
    /// # Errors
    /// When it holds anything and may not be overwritten, or cannot be made.
    pub fn create_among(
        path: impl Into<PathBuf>,
        overwrite: bool,
        record: &'static str,
    ) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        if path.is_file() {
            return Err(WriteError::File { path });
        }
        match state(&path, record)? {
            State::Empty => {}
            // Units that wait to replace a run are no part of a data set.
            _ if has_units(&path) || has_units(&path.join(STAGING)) => {
                return Err(WriteError::Unfinished { path });
            }
            _ if overwrite => {}
            State::Begun => return Err(WriteError::Unfinished { path }),
            State::Whole | State::Foreign => return Err(WriteError::Exists { path }),
        }
        ResultFolder::aside(path, record)
    }

    /// Opens the folder of an earlier run, to add to it.
    ///
    /// # Errors
    /// When there is no such folder, or results would be written through a link.
    pub fn open(path: impl Into<PathBuf>) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        if !path.is_dir() {
            return Err(WriteError::Missing { path });
        }
        Ok(ResultFolder::at(path, RECORD))
    }

    /// The folder around those of several runs, made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn around(path: impl Into<PathBuf>) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(|reason| WriteError::Io { path: path.clone(), reason })?;
        Ok(ResultFolder::at(path, RECORD))
    }

    /// Opens a folder in which a run was interrupted, where it stopped; makes a new one if there is none.
    ///
    /// # Errors
    /// When it cannot be made, or holds files that no run wrote.
    pub fn resume(path: impl Into<PathBuf>) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        refuse_links(&path)?;
        let staging = path.join(STAGING);
        if is_folder(&staging) && (has_units(&staging) || staging.join(RECORD).is_file()) {
            return Ok(ResultFolder { staging, ..ResultFolder::at(path, RECORD) });
        }
        match state(&path, RECORD)? {
            State::Whole | State::Begun => {
                // Nothing was begun there: it must not pass for a run.
                let folder = ResultFolder::at(path, RECORD);
                remove_tree(&folder.path.join(STAGING))?;
                Ok(folder)
            }
            State::Empty | State::Foreign => ResultFolder::create(path, false),
        }
    }

    /// Tells whether all of its files are there, the last one too. They may have to be put in their place yet.
    pub fn is_whole(&self) -> bool {
        self.staging.join(self.record).is_file()
    }

    /// Tells whether all of its files are there and in their place.
    pub fn is_settled(&self) -> bool {
        self.is_whole() && self.staging == self.path && !has_units(&self.path)
    }

    /// Tells whether a unit of the run was finished, by its folder alone.
    pub fn has_units(&self) -> bool {
        has_units(&self.staging)
    }

    fn at(path: PathBuf, record: &'static str) -> ResultFolder {
        let (models, sums) = (RefCell::default(), RefCell::default());
        ResultFolder { staging: path.clone(), path, record, models, sums }
    }

    /// A folder whose files wait aside until all are there.
    fn aside(path: PathBuf, record: &'static str) -> Result<ResultFolder, WriteError> {
        refuse_links(&path)?;
        let staging = path.join(STAGING);
        if staging.exists() && !is_ours_aside(&staging) {
            return Err(WriteError::Foreign { path: staging, record: MARK });
        }
        let refused = |reason| WriteError::Io { path: staging.clone(), reason };
        fs::create_dir_all(&staging).map_err(refused)?;
        // Marked before it is emptied, so that it is never half of somebody else's.
        fs::write(staging.join(MARK), "").map_err(refused)?;
        empty(&staging, &[MARK])?;
        Ok(ResultFolder { staging, ..ResultFolder::at(path, record) })
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder that files are written to until all are there.
    pub fn staging(&self) -> &Path {
        &self.staging
    }

    /// The folder for trained models, made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn models_dir(&self) -> Result<PathBuf, WriteError> {
        let path = self.staging.join(MODELS);
        fs::create_dir_all(&path).map_err(|reason| WriteError::Io { path: path.clone(), reason })?;
        Ok(path)
    }

    /// Forgets what was written aside and not finished, and the folder itself if nothing else is in it.
    pub fn discard(&self) {
        if self.staging != self.path && is_folder(&self.staging) {
            // What cannot be removed now is removed by the next run that takes the folder over.
            let _ = empty(&self.staging, &[MARK]);
            let alone = entries(&self.path).iter().all(|(name, _)| name == STAGING);
            // Otherwise its mark tells that what else is there was left by this program.
            if alone || self.path.join(self.record).is_file() || self.record != RECORD {
                let _ = fs::remove_dir_all(&self.staging);
            }
        }
        // Removes nothing but an empty folder.
        let _ = fs::remove_dir(&self.path);
    }

    /// Puts what was written aside in its place, the record last: while it is missing the folder is no run. Then
    /// removes what an overwritten run left and this one did not write, so that no folder mixes two runs: of
    /// [`FILES`], of the report's figures and of the models, all but `kept`. The models of a training seed, `models/SEED/`, stay together if
    /// anything was written there through this `ResultFolder`, or if the folder or a file in it is `kept`. Files of
    /// other kinds are nobody's and stay. To be called when everything else is written, and once more if it was cut short.
    ///
    /// # Errors
    /// When a file cannot be moved or removed.
    pub fn finish(&self, kept: &[&str]) -> Result<(), WriteError> {
        refuse_links(&self.path)?;
        let is_aside = self.staging != self.path;
        if is_aside {
            // What was damaged while it waited must not take the place of what is sound.
            if let Some(path) = first_damaged(&self.staging, &self.path) {
                return Err(WriteError::Damaged { path });
            }
            publish(&self.staging, &self.path, self.record)?;
        }
        if self.record == RECORD {
            self.remove_strays(kept)?;
        }
        // In this order, so that wherever the work is stopped the rest can be done later, and no unit twice.
        remove_units(&self.staging)?;
        if is_aside {
            // Those of the older run, which was stopped where only they were left to remove.
            remove_units(&self.path)?;
            let (from, to) = (self.staging.join(self.record), self.path.join(self.record));
            fs::rename(from, &to).map_err(|reason| WriteError::Io { path: to, reason })?;
            remove_tree(&self.staging)?;
        }
        sweep(&self.path);
        Ok(())
    }

    /// Removes what an overwritten run left.
    fn remove_strays(&self, kept: &[&str]) -> Result<(), WriteError> {
        for name in FILES.into_iter().filter(|name| !kept.contains(name)) {
            remove(&self.path.join(name))?;
        }
        self.remove_report()?;
        for (name, path) in entries(&self.path.join(MODELS)) {
            if is_folder(&path) {
                let is_kept = kept.iter().any(|k| Path::new(k).starts_with(Path::new(MODELS).join(&name)));
                if name.parse::<u64>().is_ok() && !is_kept && !self.models.borrow().contains(&name) {
                    remove_models(&path)?;
                }
            } else if is_model(&name) && !kept.contains(&format!("{MODELS}/{name}").as_str()) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Removes temporary files that were left where a process was killed. Nobody else may be at work in the folder.
    pub fn sweep(&self) {
        sweep(&self.path);
    }
}

/// Looks whether results may be written into a folder.
fn prepare(path: &Path, record: &'static str, overwrite: bool) -> Result<State, WriteError> {
    let path = path.to_owned();
    if path.is_file() {
        return Err(WriteError::File { path });
    }
    refuse_links(&path)?;
    let found = state(&path, record)?;
    match found {
        State::Foreign => Err(WriteError::Foreign { path, record }),
        State::Begun if !overwrite => Err(WriteError::Unfinished { path }),
        State::Whole if !overwrite && has_units(&path.join(STAGING)) => Err(WriteError::Unfinished { path }),
        State::Whole if !overwrite => Err(WriteError::Exists { path }),
        found => {
            fs::create_dir_all(&path).map_err(|reason| WriteError::Io { path: path.clone(), reason })?;
            Ok(found)
        }
    }
}

/// Removes all units of a run. What somebody else keeps among them stays.
fn empty_units(path: &Path) -> Result<(), WriteError> {
    let units = path.join(UNITS);
    let inside = if is_folder(&units) { entries(&units) } else { Vec::new() };
    for (_, path) in inside.into_iter().filter(|(name, _)| is_of_units(name)) {
        if is_folder(&path) { remove_tree(&path)? } else { remove(&path)? }
    }
    Ok(())
}

/// Removes them and their folder.
fn remove_units(path: &Path) -> Result<(), WriteError> {
    empty_units(path)?;
    // Fails only where there is none, or somebody keeps files of their own.
    let _ = fs::remove_dir(path.join(UNITS));
    Ok(())
}

/// Removes a folder with all that is in it, if there is one.
fn remove_tree(path: &Path) -> Result<(), WriteError> {
    if !is_folder(path) {
        return Ok(());
    }
    fs::remove_dir_all(path).map_err(|reason| WriteError::Io { path: path.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    const FRESH: [&str; 2] = ["models/1/detector.safetensors", "models/1/policy.toml"];
    const STALE: [&str; 3] =
        ["models/2/detector.safetensors", "models/2/network.safetensors", "models/2/policy.toml"];

    /// An older run of the seeds 1 and 2, taken over by one of the seed 1.
    fn taken_over(dir: &Path) -> ResultFolder {
        let older = ResultFolder::create(dir.join("run"), false).unwrap();
        for name in FRESH.iter().chain(&STALE) {
            older.write_text(name, "old").unwrap();
        }
        older.write_text("run.json", "old").unwrap();
        let folder = ResultFolder::create(dir.join("run"), true).unwrap();
        folder.write_text("run.json", "new").unwrap();
        folder.write_text("models/1/policy.toml", "new").unwrap();
        folder
    }

    #[test]
    fn models_of_seeds_that_were_not_trained_again_go() {
        let dir = tempfile::tempdir().unwrap();
        let folder = taken_over(dir.path());
        folder.finish(&["run.json"]).unwrap();
        assert!(FRESH.iter().all(|name| folder.path().join(name).is_file()));
        assert!(!folder.path().join("models/2").exists());
        assert!(folder.path().join("run.json").is_file());
    }

    #[test]
    fn units_that_an_older_run_had_yet_to_remove_go() {
        let dir = tempfile::tempdir().unwrap();
        let folder = taken_over(dir.path());
        fs::create_dir_all(folder.path().join("units/1")).unwrap();
        fs::write(folder.path().join("units/1/unit.json"), "{}").unwrap();
        folder.finish(&["run.json"]).unwrap();
        assert!(!folder.path().join("units").exists());
    }

    #[test]
    fn models_that_are_named_stay() {
        for kept in ["models/2", "models/2/policy.toml"] {
            let dir = tempfile::tempdir().unwrap();
            let folder = taken_over(dir.path());
            folder.finish(&[kept]).unwrap();
            assert!(STALE.iter().all(|name| folder.path().join(name).is_file()), "{kept}");
        }
    }

    #[test]
    fn what_people_put_beside_models_stays() {
        let dir = tempfile::tempdir().unwrap();
        let folder = taken_over(dir.path());
        let notes = ["models/2/notes.txt", "models/best/network.safetensors"].map(|n| folder.path().join(n));
        for note in &notes {
            fs::create_dir_all(note.parent().unwrap()).unwrap();
            fs::write(note, "").unwrap();
        }
        folder.finish(&["run.json"]).unwrap();
        assert!(notes.iter().all(|note| note.is_file()));
        assert!(STALE.iter().all(|name| !folder.path().join(name).exists()));
    }

    #[test]
    fn figures_of_earlier_reports_go_and_those_of_people_stay() {
        let dir = tempfile::tempdir().unwrap();
        let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
        let figures = |names: &[&str]| {
            names.iter().map(|n| (format!("{n}.svg"), "<svg/>".to_owned())).collect::<Vec<_>>()
        };
        folder.write_report(("report.html", "old"), ("figures", &figures(&["a", "b"]))).unwrap();
        let mine = folder.path().join("figures/mine.svg");
        fs::write(&mine, "<svg/>").unwrap();
        folder.write_report(("report.html", "new"), ("figures", &figures(&["b"]))).unwrap();
        assert!(
            !folder.path().join("figures/a.svg").exists() && folder.path().join("figures/b.svg").exists()
        );
        assert_eq!(fs::read_to_string(folder.path().join("report.html")).unwrap(), "new");
        folder.finish(&["run.json"]).unwrap();
        assert!(!folder.path().join("figures/b.svg").exists() && !folder.path().join("report.html").exists());
        assert!(mine.exists());
    }

    #[test]
    fn units_of_somebody_else_are_nobodys_to_remove() {
        let dir = tempfile::tempdir().unwrap();
        let letter = dir.path().join("units/letter.txt");
        fs::create_dir(dir.path().join("units")).unwrap();
        fs::write(&letter, "dear").unwrap();
        let foreign =
            |made: Result<ResultFolder, WriteError>| matches!(made, Err(WriteError::Foreign { .. }));
        assert!(foreign(ResultFolder::create(dir.path(), true)) && foreign(ResultFolder::resume(dir.path())));
        assert!(letter.is_file());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
        std::os::unix::fs::symlink("/dev/null", folder.path().join("report.html")).unwrap();
        fs::create_dir(folder.path().join("summary.csv")).unwrap();
        for (name, what) in [("report.html", "is a link"), ("summary.csv", "no regular file")] {
            let error = folder.write_text(name, "new").unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
        assert!(folder.path().join("report.html").is_symlink() && folder.path().join("summary.csv").is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn a_unit_ends_whatever_becomes_of_the_others() {
        let dir = tempfile::tempdir().unwrap();
        let folder = ResultFolder::create(dir.path().join("run"), false).unwrap();
        // Another unit is being written: its files come and go under names that nobody else may rely on.
        let other = folder.begin_unit("2").unwrap();
        std::os::unix::fs::symlink("gone", other.path().join("episodes.csv.partial")).unwrap();
        folder.begin_unit("1").unwrap().write_text("unit.json", "{}").unwrap();
        folder.end_unit("1").unwrap();
        assert!(folder.unit("1").join("unit.json").is_file() && !folder.unit("2").exists());
    }

    #[test]
    fn no_error_names_a_flag_that_does_not_exist() {
        let path = PathBuf::from("run");
        let io = WriteError::Io { path: path.clone(), reason: io::Error::other("disk full") };
        for error in
            [io, WriteError::Exists { path: path.clone() }, WriteError::Foreign { path, record: RECORD }]
        {
            assert!(!error.to_string().contains("--resume"), "{error}");
        }
    }
}
