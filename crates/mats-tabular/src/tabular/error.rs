use mats_models::forest::ForestError;
use thiserror::Error;

/// Errors of fitting a detector of tables.
#[derive(Debug, Error)]
pub enum TableError {
    /// The rows do not allow it.
    #[error("fit the detector: {what}; {cure}")]
    Input {
        /// Reason the rows were refused.
        what: String,
        /// Remedy for it.
        cure: String,
    },
    /// The random forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}
