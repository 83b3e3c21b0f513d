//! Why a result cannot be read.

use mats_scenario::integrity::IntegrityError;
use std::io;
use std::path::PathBuf;

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
    /// A file of a finished run is not what was written.
    #[error(
        "{path} is not what the run wrote, to go by its SHA256SUMS: it was damaged, edited, added or lost; restore the folder from a copy, \
         or run it again with `--overwrite` (an edited policy table is played as `table:FILE`)"
    )]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// A run that was replaced while it was read.
    #[error("{path} was replaced by another run while it was read; run the command again")]
    Replaced {
        /// Folder of the run.
        path: PathBuf,
    },
    /// A scenario that no file can say.
    #[error(
        "{path}: the scenario `{name}` was changed or damaged: {reason}; restore the folder from a copy, or run it again with `--overwrite`"
    )]
    Scenario {
        /// The record.
        path: PathBuf,
        /// Name of the scenario.
        name: String,
        /// Reason it cannot be.
        reason: IntegrityError,
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
        "{path} was written by version {version} of mats, which wrote it otherwise than this one, {here}; use that version, or make it anew: {anew}"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that wrote it.
        version: String,
        /// This version.
        here: &'static str,
        /// The command that makes it anew.
        anew: String,
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
    #[error(
        "{path} line {line}: {reason}; restore the file from a copy, or run the experiment again with `--overwrite`"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Reason why the line cannot be read.
        reason: String,
    },
}
