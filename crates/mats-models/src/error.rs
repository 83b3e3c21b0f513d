use std::path::PathBuf;
use thiserror::Error;

/// Why a model file could not be written or read.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that is no detector this program can use.
    #[error("read {}: {reason}", path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}
