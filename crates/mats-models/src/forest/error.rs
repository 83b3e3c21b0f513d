use thiserror::Error;

/// Errors of fitting a forest.
#[derive(Debug, Error)]
pub enum ForestError {
    /// Nothing to fit to.
    #[error("fit the random forest: {what}; {cure}")]
    Input {
        /// Reason the input was refused.
        what: String,
        /// Remedy for it.
        cure: &'static str,
    },
    /// smartcore refused.
    #[error("fit the random forest: {0}; check that rows are finite and of at least two classes")]
    Grow(String),
    /// smartcore's trees no longer look as this crate expects.
    #[error("read the fitted random forest: {0}; this build of smartcore stores trees differently")]
    Layout(String),
}
