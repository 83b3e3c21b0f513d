//! The only file of the code that writes results.
//!
//! A file is written under a temporary name, brought to the disk and then renamed. Where an older run is replaced, all
//! files of the new one are first written aside and take their places together at the end. So a full disk or an
//! interrupt leaves what was there before, whole.

use super::read::{ReadError, read_json};
use super::rows::Row;
use csv::StringRecord;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

/// Why a result could not be written. Nothing written earlier is lost.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder holds something already.
    #[error(
        "result folder {path} exists already; choose another, or pass `--overwrite` to replace its files"
    )]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds a run that was not finished.
    #[error(
        "{path} holds a run that was interrupted; go on with `--resume`, or begin anew with `--overwrite`"
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// To be overwritten, but not a result folder.
    #[error(
        "{path} holds files but no {record}: it is no finished run and not overwritten; choose another folder"
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The file that is written last.
        record: &'static str,
    },
    /// A file where a folder should be.
    #[error("{path} is a file; give a folder")]
    File {
        /// The file.
        path: PathBuf,
    },
    /// There is no such folder.
    #[error("{path} is not a folder; give the folder that a run wrote")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// Something else than a file where a file should go.
    #[error("{path} is no regular file; name another")]
    Irregular {
        /// What it is called.
        path: PathBuf,
    },
    /// A name that leads out of the folder.
    #[error("cannot write result file `{name}`: its name must stay inside the result folder")]
    Name {
        /// The name.
        name: String,
    },
    /// The operating system refused.
    #[error("write {path}: {reason}; free space or mend the permissions, then run again with `--overwrite`")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

/// The files that a run writes, beside its models.
pub const FILES: [&str; 12] = [
    "run.json",
    "timing.json",
    "episodes.csv",
    "campaigns.csv",
    "detection.csv",
    "summary.csv",
    "learning.csv",
    "curves.csv",
    "techniques.csv",
    "timeline.csv",
    "refinement.csv",
    POLICY,
];
/// The refined table of the first training seed. An evaluation of agents that were trained elsewhere writes none.
pub const POLICY: &str = "policy.toml";
/// The page of a report, which goes with the run that it was about.
const REPORT: &str = "report.html";

/// What every figure of a report begins with, by which it is known as one.
const FIGURE: &str = "<!-- A figure of a mats report. -->";
/// Where figures stand.
const FIGURES: &str = "figures";
/// The record of a run, written last.
const RECORD: &str = "run.json";

/// A folder of results, open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFolder {
    path: PathBuf,
    /// The file that is written last: without it the folder holds nothing finished.
    record: &'static str,
    /// Where files are written until [`ResultFolder::finish`]: the folder itself unless it holds an older run.
    staging: PathBuf,
    /// Folders in `models/` that something was written to.
    models: RefCell<BTreeSet<String>>,
}

/// Where the files of a run wait that is to replace an older one.
const STAGING: &str = ".new";
/// Where what is finished of a run waits for the rest.
const UNITS: &str = "units";
/// What the folder of a unit is called until it is whole.
const PARTIAL: &str = "partial";

impl ResultFolder {
    /// Makes a new folder (an empty one may be there already). With `overwrite` an older result folder is
    /// taken over: its files stay until [`ResultFolder::finish`].
    ///
    /// # Errors
    /// When it exists and may not be overwritten, or cannot be made.
    pub fn create(path: impl Into<PathBuf>, overwrite: bool) -> Result<ResultFolder, WriteError> {
        ResultFolder::create_for(path, overwrite, RECORD)
    }

    /// The same for results of another kind, told by the file that is written last, such as `compare.json`.
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
            if !path.join(record).is_file() && !path.join(STAGING).is_dir() {
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
            let folder =
                ResultFolder { staging: path.join(STAGING), ..ResultFolder::at(path.clone(), record) };
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

    /// Whether all of its files are there, the last one too. They may have to be put in their place yet.
    pub fn is_whole(&self) -> bool {
        self.staging.join(self.record).is_file()
    }

    /// Reads a file that was written and, it may be, not yet put in its place.
    ///
    /// # Errors
    /// When it is missing or damaged.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, ReadError> {
        read_json(&self.staging.join(name))
    }

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

    /// Brings the files of a unit to the disk, then gives its folder its name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn end_unit(&self, name: &str) -> Result<(), WriteError> {
        let path = self.unit(name);
        let partial = path.with_extension(PARTIAL);
        let moved = sync(&partial)
            .and_then(|()| fs::rename(&partial, &path))
            // Not what is in it: other units are being written there.
            .and_then(|()| sync_names(&self.staging.join(UNITS)));
        moved.map_err(|reason| WriteError::Io { path, reason })
    }

    fn at(path: PathBuf, record: &'static str) -> ResultFolder {
        ResultFolder { staging: path.clone(), path, record, models: RefCell::default() }
    }

    /// Where it is.
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

    /// Forgets a run of which no unit is finished, and its folder if nothing else is in it.
    pub fn abandon(&self) {
        let units = self.staging.join(UNITS);
        let finished = |(name, path): &(String, PathBuf)| path.is_dir() && !name.ends_with(PARTIAL);
        if self.is_whole() || entries(&units).iter().any(finished) {
            return;
        }
        // What cannot be removed now is removed by the next run that takes the folder over.
        let _ = fs::remove_dir_all(units);
        self.discard();
        // Removes nothing but an empty folder.
        let _ = fs::remove_dir(&self.path);
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
        for name in FILES.into_iter().chain([REPORT]) {
            if !kept.contains(&name) {
                remove(&self.path.join(name))?;
            }
        }
        remove_figures(&self.path.join(FIGURES), |_| false)?;
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

    /// Writes a table. The header is written even when there are no rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv<'a, R: Row + 'a>(
        &self,
        name: &str,
        rows: impl IntoIterator<Item = &'a R>,
    ) -> Result<(), WriteError> {
        self.write_with(name, |file| {
            let mut writer = csv::Writer::from_writer(file);
            writer.write_record(R::header())?;
            let mut record = StringRecord::new();
            for row in rows {
                record.clear();
                row.put(&mut record);
                writer.write_record(&record)?;
            }
            writer.flush()
        })
    }

    /// Writes a text as it stands.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_text(&self, name: &str, text: &str) -> Result<(), WriteError> {
        self.write_bytes(name, text.as_bytes())
    }

    /// Writes bytes as they stand, such as a model.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        self.write_with(name, |file| file.write_all(bytes))
    }

    /// Writes a value as indented JSON that ends in a newline.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), WriteError> {
        self.write_with(name, |file| {
            serde_json::to_writer_pretty(&mut *file, value)?;
            file.write_all(b"\n")
        })
    }

    /// Writes a report: a page by its name, and figures in a folder by theirs. The page comes last, so that one that is
    /// new has all its figures; then those go that an earlier report left there. If it fails, the earlier page stays.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_report(
        &self,
        (page, html): (&str, &str),
        (folder, figures): (&str, &[(String, String)]),
    ) -> Result<(), WriteError> {
        replaceable(&self.staging.join(page))?;
        for (name, svg) in figures {
            self.write_text(&format!("{folder}/{name}"), &format!("{FIGURE}\n{svg}"))?;
        }
        self.write_text(page, html)?;
        remove_figures(&self.path.join(folder), |name| figures.iter().any(|f| f.0 == name))
    }

    /// Writes a file through a temporary one, so that the old content stays until the new is complete.
    fn write_with(
        &self,
        name: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !inside {
            return Err(WriteError::Name { name: name.to_owned() });
        }
        let mut parts = Path::new(name).iter().map(|part| part.to_string_lossy());
        if let (Some("models"), Some(seed), Some(_)) = (parts.next().as_deref(), parts.next(), parts.next()) {
            self.models.borrow_mut().insert(seed.into_owned());
        }
        let path = self.staging.join(name);
        replaceable(&path)?;
        let mut temporary = path.clone().into_os_string();
        temporary.push(".partial");
        let written = (|| {
            fs::create_dir_all(path.parent().unwrap_or(&self.staging))?;
            let mut file = BufWriter::new(File::create(&temporary)?);
            fill(&mut file)?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&temporary, &path)
        })();
        written.map_err(|reason| {
            // Best effort: the temporary file is worthless, and the first error is the one to report.
            let _ = fs::remove_file(&temporary);
            WriteError::Io { path, reason }
        })
    }
}

/// Moves everything from one folder to another, into the folders there, the record last.
fn publish(from: &Path, to: &Path, record: &str) -> Result<(), WriteError> {
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

/// Whether a folder holds units of a run, and not something of somebody's that has the same name.
fn has_units(path: &Path) -> bool {
    path.join(UNITS).join("job.json").is_file()
}

/// A device, or a folder, is nobody's to replace.
fn replaceable(path: &Path) -> Result<(), WriteError> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => Err(WriteError::Irregular { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Brings everything below a folder to the disk, and the folder itself where the system can.
fn sync(folder: &Path) -> io::Result<()> {
    for (_, path) in entries(folder) {
        if path.is_dir() { sync(&path)? } else { File::open(&path)?.sync_all()? }
    }
    sync_names(folder)
}

/// Brings the names in a folder to the disk. Some systems cannot open folders; there, nothing more can be done.
fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder).map_or(Ok(()), |folder| folder.sync_all().or(Ok(())))
}

/// Names and paths of what a folder holds; nothing if it cannot be read.
fn entries(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect()
}

fn is_model(name: &str) -> bool {
    name.ends_with(".safetensors")
}

/// Removes a file, if there is one.
fn remove(path: &Path) -> Result<(), WriteError> {
    if path.is_file() {
        fs::remove_file(path).map_err(|reason| WriteError::Io { path: path.to_owned(), reason })?;
    }
    Ok(())
}

/// Removes the figures that a report wrote, but for those that are `kept`, and their folder unless it holds something else.
fn remove_figures(folder: &Path, kept: impl Fn(&str) -> bool) -> Result<(), WriteError> {
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
fn remove_models(folder: &Path) -> Result<(), WriteError> {
    for (name, path) in entries(folder) {
        if is_model(&name) || name == POLICY {
            remove(&path)?;
        }
    }
    // Fails only where somebody keeps files of their own.
    let _ = fs::remove_dir(folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
