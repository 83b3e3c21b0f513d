use mats_models::forest::ForestError;
use thiserror::Error;

/// Why no detector could be fitted.
#[derive(Debug, Error)]
pub enum TableError {
    /// The rows do not allow it.
    #[error("fit the detector: {what}; {cure}")]
    Input {
        /// What is wrong.
        what: String,
        /// How to mend it.
        cure: String,
    },
    /// The random forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}
