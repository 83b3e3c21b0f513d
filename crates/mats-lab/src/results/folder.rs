//! The only file of the code that writes results.
//!
//! A file is written under a temporary name, brought to the disk and then renamed, so a full disk or an
//! interrupt leaves what was there before, whole.

use super::rows::Row;
use csv::StringRecord;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
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
    /// To be overwritten, but not a result folder.
    #[error("{path} holds files but no results, so it is not overwritten; choose another folder")]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// There is no such folder.
    #[error("{path} is not a folder; give the folder that a run wrote")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// A name that leads out of the folder.
    #[error("cannot write result file `{name}`: its name must stay inside the result folder")]
    Name {
        /// The name.
        name: String,
    },
    /// The operating system refused.
    #[error("write {path}: {reason}; free space or mend the permissions, then run again with `--resume`")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

/// The files of a result folder, beside its models.
pub const FILES: [&str; 8] = [
    "run.json",
    "episodes.csv",
    "campaigns.csv",
    "detection.csv",
    "summary.csv",
    "learning.csv",
    "policy.toml",
    "report.html",
];

/// A folder of results, open for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFolder {
    path: PathBuf,
}

impl ResultFolder {
    /// Makes a new folder (an empty one may be there already). With `overwrite` an older result folder is
    /// taken over: its files stay until each is replaced, see [`ResultFolder::remove_stale`].
    ///
    /// # Errors
    /// When it exists and may not be overwritten, or cannot be made.
    pub fn create(path: impl Into<PathBuf>, overwrite: bool) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        let refused = |reason| WriteError::Io { path: path.clone(), reason };
        if path.exists() && fs::read_dir(&path).map_err(refused)?.next().is_some() {
            if !overwrite {
                return Err(WriteError::Exists { path });
            }
            if !FILES.iter().any(|name| path.join(name).is_file()) {
                return Err(WriteError::Foreign { path });
            }
        }
        fs::create_dir_all(&path).map_err(refused)?;
        Ok(ResultFolder { path })
    }

    /// Opens the folder of an earlier run, to resume it or to add a report.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open(path: impl Into<PathBuf>) -> Result<ResultFolder, WriteError> {
        let path = path.into();
        if path.is_dir() { Ok(ResultFolder { path }) } else { Err(WriteError::Missing { path }) }
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
        let path = self.path.join("models");
        fs::create_dir_all(&path).map_err(|reason| WriteError::Io { path: path.clone(), reason })?;
        Ok(path)
    }

    /// Removes what an overwritten run left and this one did not write, so that no folder mixes two runs: of
    /// [`FILES`] and of the models, all but `kept`. To be called when everything else is written.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn remove_stale(&self, kept: &[&str]) -> Result<(), WriteError> {
        let models = fs::read_dir(self.path.join("models")).into_iter().flatten().flatten();
        let models = models.map(|entry| format!("models/{}", entry.file_name().to_string_lossy()));
        let models = models.filter(|name| name.ends_with(".safetensors"));
        for name in FILES.iter().map(|&name| name.to_owned()).chain(models) {
            let path = self.path.join(&name);
            if !kept.contains(&name.as_str()) && path.is_file() {
                fs::remove_file(&path).map_err(|reason| WriteError::Io { path, reason })?;
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
        let path = self.path.join(name);
        let mut temporary = path.clone().into_os_string();
        temporary.push(".partial");
        let written = (|| {
            fs::create_dir_all(path.parent().unwrap_or(&self.path))?;
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
