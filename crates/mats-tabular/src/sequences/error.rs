use super::params::LONGEST;
use thiserror::Error;

/// Errors of fitting a detector of sessions.
#[derive(Debug, Error)]
pub enum SequenceError {
    /// Too little.
    #[error("fit the sequence model: {sessions} sessions; give at least ten, from normal operation")]
    TooFew {
        /// Sessions given.
        sessions: usize,
    },
    /// Nothing that the network can learn from.
    #[error(
        "fit the sequence model: no session has more than {window} events; choose a shorter window, or none"
    )]
    TooShort {
        /// Events that it would look back.
        window: usize,
    },
    /// A shape that cannot be run.
    #[error(
        "fit the sequence model: {layers} layers of {width} cells; choose 1 to 4 layers and a multiple of 32 up to 256"
    )]
    Shape {
        /// Layers.
        layers: usize,
        /// Cells.
        width: usize,
    },
    /// A window that cannot be.
    #[error("fit the sequence model: a window of {0} events; choose 1 to {LONGEST}, or none")]
    Window(usize),
    /// A rate that is none.
    #[error(
        "fit the sequence model: the nominal false positive rate {0} is not between 0 and 1; give one like 0.01"
    )]
    Nominal(f64),
}
