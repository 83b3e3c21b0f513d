//! The only place in the code that writes results.
//!
//! A file is written under a temporary name, brought to the disk and then renamed. Where an older run is replaced, all
//! files of the new one are first written aside and take their places together at the end. So a full disk or an
//! interrupt leaves what was there before, whole.

mod clean;
mod error;
mod lock;
mod names;
mod units;
mod write;

pub use error::WriteError;
pub use lock::{Lock, lock};
pub use names::{FILES, POLICY};
pub use units::{SUMS, check_unit};

use crate::read::{ReadError, read_json};
use clean::{entries, has_units, is_model, publish, remove, remove_models};
use names::{RECORD, UNITS};
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of results, open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFolder {
    path: PathBuf,
    /// The file that is written last: without it the folder holds nothing finished.
    record: &'static str,
    /// Folder for files until [`ResultFolder::finish`]: the folder itself unless it holds an older run.
    staging: PathBuf,
    /// Folders in `models/` that something was written to.
    models: RefCell<BTreeSet<String>>,
}

/// Folder in which the files of a run wait that is to replace an older one.
const STAGING: &str = ".new";

impl ResultFolder {
    /// Makes a new folder (an empty one may be there already). With `overwrite` an older result folder is
    /// taken over: its files stay until [`ResultFolder::finish`].
    ///
    /// # Errors
    /// When it exists and may not be overwritten, or cannot be made.
    pub fn create(path: impl Into<PathBuf>, overwrite: bool) -> Result<ResultFolder, WriteError> {
        ResultFolder::create_for(path, overwrite, RECORD)
    }

    /// Makes a folder likewise for results of another kind, told by the file that is written last, such as
    /// `compare.json`.
    ///
    /// # Errors
    /// As [`ResultFolder::create`].
    pub fn create_for(
        path: impl Into<PathBuf>,
        overwrite: bool,
        record: &'static str,
    ) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        let refused = |reason| WriteError::Io { path: path.clone(), reason };
        if path.is_file() {
            return Err(WriteError::File { path });
        }
        if path.exists() && fs::read_dir(&path).map_err(refused)?.next().is_some() {
            let staging = path.join(STAGING);
            if has_units(&staging) && !overwrite {
                return Err(WriteError::Unfinished { path });
            }
            if !path.join(record).is_file() && !staging.is_dir() {
                return match (has_units(&path), overwrite) {
                    (false, _) => Err(WriteError::Foreign { path, record }),
                    (true, false) => Err(WriteError::Unfinished { path }),
                    (true, true) => {
                        fs::remove_dir_all(path.join(UNITS)).map_err(refused)?;
                        Ok(ResultFolder::at(path, record))
                    }
                };
            }
            if !overwrite {
                return Err(WriteError::Exists { path });
            }
            let folder = ResultFolder { staging, ..ResultFolder::at(path.clone(), record) };
            folder.discard();
            fs::create_dir_all(&folder.staging).map_err(refused)?;
            return Ok(folder);
        }
        fs::create_dir_all(&path).map_err(refused)?;
        Ok(ResultFolder::at(path, record))
    }

    /// Opens the folder of an earlier run, to add to it.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open(path: impl Into<PathBuf>) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        if path.is_dir() { Ok(ResultFolder::at(path, RECORD)) } else { Err(WriteError::Missing { path }) }
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
        let staging = path.join(STAGING);
        if staging.is_dir() {
            return Ok(ResultFolder { staging, ..ResultFolder::at(path, RECORD) });
        }
        let begun = path.join(RECORD).is_file() || has_units(&path);
        if begun { Ok(ResultFolder::at(path, RECORD)) } else { ResultFolder::create(path, false) }
    }

    /// Tells whether all of its files are there, the last one too. They may have to be put in their place yet.
    pub fn is_whole(&self) -> bool {
        self.staging.join(self.record).is_file()
    }

    /// Tells whether all of its files are there and in their place.
    pub fn is_settled(&self) -> bool {
        self.is_whole() && self.staging == self.path && !self.path.join(UNITS).exists()
    }

    /// Reads a file that was written and, it may be, not yet put in its place.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, ReadError> {
        read_json(&self.staging.join(name))
    }

    fn at(path: PathBuf, record: &'static str) -> ResultFolder {
        ResultFolder { staging: path.clone(), path, record, models: RefCell::default() }
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder for trained models, made if need be.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn models_dir(&self) -> Result<PathBuf, WriteError> {
        let path = self.staging.join("models");
        fs::create_dir_all(&path).map_err(|reason| WriteError::Io { path: path.clone(), reason })?;
        Ok(path)
    }

    /// Forgets what was written aside and not finished.
    pub fn discard(&self) {
        if self.staging != self.path {
            // What cannot be removed now is removed by the next run that takes the folder over.
            let _ = fs::remove_dir_all(&self.staging);
        }
    }

    /// Puts what was written aside in its place, `run.json` last: while it is missing the folder is no run. Then
    /// removes what an overwritten run left and this one did not write, so that no folder mixes two runs: of
    /// [`FILES`], of the report's figures and of the models, all but `kept`. The models of a training seed, `models/SEED/`, stay together if
    /// anything was written there through this `ResultFolder`, or if the folder or a file in it is `kept`. Files of
    /// other kinds are nobody's and stay. To be called when everything else is written, and once more if it was cut short.
    ///
    /// # Errors
    /// When a file cannot be moved or removed.
    pub fn finish(&self, kept: &[&str]) -> Result<(), WriteError> {
        let units = self.staging.join(UNITS);
        if units.is_dir() {
            fs::remove_dir_all(&units).map_err(|reason| WriteError::Io { path: units, reason })?;
        }
        if self.staging != self.path {
            publish(&self.staging, &self.path, self.record)?;
            self.discard();
        }
        if self.record != RECORD {
            return Ok(());
        }
        for name in FILES.into_iter().filter(|name| !kept.contains(name)) {
            remove(&self.path.join(name))?;
        }
        self.remove_report()?;
        for (name, path) in entries(&self.path.join("models")) {
            if path.is_dir() {
                let is_kept = kept.iter().any(|k| Path::new(k).starts_with(Path::new("models").join(&name)));
                if name.parse::<u64>().is_ok() && !is_kept && !self.models.borrow().contains(&name) {
                    remove_models(&path)?;
                }
            } else if is_model(&name) && !kept.contains(&format!("models/{name}").as_str()) {
                remove(&path)?;
            }
        }
        Ok(())
    }
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
        for name in ["report.html", "summary.csv"] {
            let error = folder.write_text(name, "new").unwrap_err().to_string();
            assert!(error.contains("no regular file"), "{error}");
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
