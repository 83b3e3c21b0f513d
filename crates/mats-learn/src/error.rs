//! Why training could not go on.

use crate::progress::{Listener, Progress};
use mats_detect::FitError;
use mats_rl::settings::SettingsError;

/// Errors that end a training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The detectors.
    #[error("failed to fit the detectors: {0}")]
    Fit(#[from] FitError),
    /// The network's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The network's weights grew without bound.
    #[error(
        "the training diverged after {updates} updates of the network, whose weights are no finite numbers any more; lower \
         `train.dqn.learning_rate` or `train.dqn.reward_scale`"
    )]
    Diverged {
        /// Updates of the network by then.
        updates: u64,
    },
    /// Interruption: somebody asked to stop.
    #[error("interrupted; what was finished before is kept")]
    Interrupted,
}

/// Tells a listener of progress.
///
/// # Errors
/// When it asks to stop.
pub(crate) fn notify(listener: &mut dyn Listener, progress: Progress) -> Result<(), TrainError> {
    if listener.on_progress(progress) { Ok(()) } else { Err(TrainError::Interrupted) }
}
