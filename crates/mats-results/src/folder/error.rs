//! Why a result could not be written.

use std::io;
use std::path::PathBuf;

/// Error of writing a result. Nothing written earlier is lost.
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
    #[error("{path} holds results that were interrupted; begin anew with `--overwrite`")]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes there.
    #[error("another process is at work in {path}; wait for it to end, or choose another folder")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A folder to be overwritten that is no result folder.
    #[error(
        "{path} holds files but no {record}, so it is nothing that this command wrote, and not overwritten; choose another folder, or remove what it holds"
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
    /// A file that was damaged before it was in its place.
    #[error("{path} is not what was written, so it replaces nothing; begin anew with `--overwrite`")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A link where a folder of results should be.
    #[error(
        "{path} is a link, through which no results are written or removed; remove it, or choose another folder"
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else than a file where a file should go.
    #[error("{path} is no regular file; name another")]
    Irregular {
        /// Path where the file should go.
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
        /// Error from the system.
        reason: io::Error,
    },
}
