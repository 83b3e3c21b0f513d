//! Reads result folders back. Every error says which file, which line, what is wrong and how to mend it.

use crate::cell::Cells;
use crate::consistency;
use crate::folder::check_run;
pub use crate::read_error::ReadError;
use crate::rows::Row;
pub use crate::run_tables::RunTables;
use csv::StringRecord;
use mats_core::files::{MAX_TABLE, open_regular, read_regular};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::Path;

/// The longest record that is read, in bytes: some fifty times that of the largest scenario.
const MAX_RECORD: u64 = 256 << 20;

/// Reads all tables of a result folder, once its sums are found right and its tables consistent.
///
/// # Errors
/// When the folder or a table is missing or damaged, or is not what was written; `learning.csv` and what is optional in [`RunTables`] may be missing.
pub fn read_run(folder: &Path) -> Result<RunTables, ReadError> {
    if !folder.is_dir() {
        return Err(ReadError::Folder { path: folder.to_owned() });
    }
    check_run(folder)?;
    // Of another version it is the version that is wrong with it, not the columns that it has otherwise.
    let named = |error: ReadError| match error {
        ReadError::Columns { .. } => older(&folder.join("run.json")).unwrap_or(error),
        _ => error,
    };
    let tables = read_tables(folder).map_err(named)?;
    consistency::check(folder, &tables)?;
    Ok(tables)
}

fn read_tables(folder: &Path) -> Result<RunTables, ReadError> {
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
    let bytes = read_regular(path, MAX_RECORD).map_err(|reason| refused(path, reason))?;
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

/// The error that a record was written by another version, if it was.
pub(crate) fn older(path: &Path) -> Option<ReadError> {
    #[derive(Deserialize)]
    struct Head {
        version: String,
        #[serde(default)]
        scenario: Option<Named>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let here = env!("CARGO_PKG_VERSION");
    let Head { version, scenario } = read_json(path).ok().filter(|head: &Head| head.version != here)?;
    let anew = match scenario.map(|scenario| scenario.name).filter(|name| is_plain(name)) {
        Some(name) => {
            format!("`mats run` with the scenario `{name}` as this version ships it, or your own file of it")
        }
        None => "`mats run` with the same scenarios or experiment".to_owned(),
    };
    Some(ReadError::Version { path: path.to_owned(), version, here, anew })
}

/// Tells whether a name from a file can stand in a message as it is.
fn is_plain(name: &str) -> bool {
    name.len() <= 60 && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_ .".contains(c))
}
