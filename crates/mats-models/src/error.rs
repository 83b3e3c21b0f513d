use std::path::PathBuf;
use thiserror::Error;

/// Errors of writing or reading a model file.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// Action that was tried.
        action: &'static str,
        /// File that it was tried on.
        path: PathBuf,
        /// Error from the system.
        source: std::io::Error,
    },
    /// A file that is no detector this program can use.
    #[error("read {}: {reason}", path.display())]
    Refused {
        /// File that was refused.
        path: PathBuf,
        /// Reason for it, and what to do.
        reason: String,
    },
}
