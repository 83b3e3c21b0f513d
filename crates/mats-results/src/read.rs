//! Reads result folders back. Every error says which file, which line, what is wrong and how to mend it.

use crate::cell::Cells;
use crate::details::{CurveRow, RefinementRow, TechniqueRow, TimelineRow};
use crate::rows::{CampaignRow, DetectionRow, EpisodeRow, LearningRow, Row, SummaryRow};
use csv::StringRecord;
use mats_core::files::{MAX_TABLE, open_regular, read_regular};
use serde::de::DeserializeOwned;

use std::io;
use std::path::{Path, PathBuf};

/// Error of reading a result.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such folder.
    #[error("{path} is not a folder; give the folder that a run wrote")]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A file is missing.
    #[error("{path} is missing; give the folder of a finished run")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("read {path}: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Error from the system.
        reason: io::Error,
    },
    /// An experiment has no finished job.
    #[error("{path} holds an experiment of which no job is finished; let it go on with `--resume`")]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// A file is not what was written.
    #[error("{path} was changed or lost since it was written; `--resume` works on its unit once more")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A unit of something else.
    #[error(
        "{path} is of another job or training seed than its place says; `--resume` works on it once more"
    )]
    Stray {
        /// The unit.
        path: PathBuf,
    },
    /// Another version of the program wrote it otherwise.
    #[error(
        "{path} was written by version {version} of mats, which wrote it otherwise than this one, {here}; use that version, or run the experiment again"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that wrote it.
        version: String,
        /// This version.
        here: &'static str,
    },
    /// A table lacks columns.
    #[error("{path} line 1: no column `{columns}`; run the experiment again with this version")]
    Columns {
        /// The file.
        path: PathBuf,
        /// Names of the missing columns.
        columns: String,
    },
    /// A line is damaged.
    #[error("{path} line {line}: {reason}; mend the line, or run the experiment again with `--overwrite`")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Reason why the line cannot be read.
        reason: String,
    },
}

/// The tables of a result folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunTables {
    /// `episodes.csv`
    pub episodes: Vec<EpisodeRow>,
    /// `campaigns.csv`
    pub campaigns: Vec<CampaignRow>,
    /// `detection.csv`
    pub detection: Vec<DetectionRow>,
    /// `summary.csv`
    pub summary: Vec<SummaryRow>,
    /// `learning.csv`; empty where nothing was trained.
    pub learning: Vec<LearningRow>,
    /// `curves.csv`; as those below `None` where the run was made by a version that did not write it.
    pub curves: Option<Vec<CurveRow>>,
    /// `techniques.csv`
    pub techniques: Option<Vec<TechniqueRow>>,
    /// `timeline.csv`
    pub timeline: Option<Vec<TimelineRow>>,
    /// `refinement.csv`
    pub refinement: Option<Vec<RefinementRow>>,
}

/// Reads all tables of a result folder.
///
/// # Errors
/// When the folder or a table is missing or damaged; `learning.csv` and what is optional in [`RunTables`] may be missing.
pub fn read_run(folder: &Path) -> Result<RunTables, ReadError> {
    if !folder.is_dir() {
        return Err(ReadError::Folder { path: folder.to_owned() });
    }
    Ok(RunTables {
        episodes: read_csv(&folder.join("episodes.csv"))?,
        campaigns: read_csv(&folder.join("campaigns.csv"))?,
        detection: read_csv(&folder.join("detection.csv"))?,
        summary: read_csv(&folder.join("summary.csv"))?,
        learning: read_if_there(folder, "learning.csv")?.unwrap_or_default(),
        curves: read_if_there(folder, "curves.csv")?,
        techniques: read_if_there(folder, "techniques.csv")?,
        timeline: read_if_there(folder, "timeline.csv")?,
        refinement: read_if_there(folder, "refinement.csv")?,
    })
}

fn read_if_there<R: Row>(folder: &Path, name: &str) -> Result<Option<Vec<R>>, ReadError> {
    let path = folder.join(name);
    if path.exists() { read_csv(&path).map(Some) } else { Ok(None) }
}

/// Reads a table. Columns are found by name, in any order; unknown ones are left out.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_csv<R: Row>(path: &Path) -> Result<Vec<R>, ReadError> {
    let file = open_regular(path, MAX_TABLE).map_err(|reason| refused(path, reason))?;
    let mut reader = csv::Reader::from_reader(io::BufReader::new(file));
    let broken = |e: csv::Error| damaged(path, e);
    let header = reader.headers().map_err(broken)?;
    let find = |name: &String| header.iter().position(|h| h == name).ok_or_else(|| name.clone());
    let (places, missing): (Vec<_>, Vec<_>) = R::header().iter().map(find).partition(Result::is_ok);
    if !missing.is_empty() {
        let columns = missing.into_iter().filter_map(Result::err).collect::<Vec<_>>().join("`, `");
        return Err(ReadError::Columns { path: path.to_owned(), columns });
    }
    let places: Vec<usize> = places.into_iter().flatten().collect();
    let (mut rows, mut record) = (Vec::new(), StringRecord::new());
    while reader.read_record(&mut record).map_err(broken)? {
        rows.push(R::take(&mut Cells::new(&record, &places)).map_err(|e| ReadError::Line {
            path: path.to_owned(),
            line: record.position().map_or(0, csv::Position::line),
            reason: e.to_string(),
        })?);
    }
    Ok(rows)
}

/// Reads a JSON file such as `run.json`.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ReadError> {
    let bytes = read_regular(path, MAX_TABLE).map_err(|reason| refused(path, reason))?;
    serde_json::from_slice(&bytes).map_err(|e| ReadError::Line {
        path: path.to_owned(),
        line: e.line() as u64,
        reason: e.to_string(),
    })
}

fn refused(path: &Path, reason: io::Error) -> ReadError {
    let path = path.to_owned();
    match reason.kind() {
        io::ErrorKind::NotFound => ReadError::Missing { path },
        _ => ReadError::Io { path, reason },
    }
}

fn damaged(path: &Path, error: csv::Error) -> ReadError {
    let line = error.position().map_or(1, csv::Position::line);
    let reason = match error.into_kind() {
        csv::ErrorKind::Io(reason) => return refused(path, reason),
        csv::ErrorKind::Utf8 { err, .. } => format!("cell {} is not UTF-8", err.field() + 1),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header names {expected_len}")
        }
        other => format!("{other:?}"),
    };
    ReadError::Line { path: path.to_owned(), line, reason }
}
