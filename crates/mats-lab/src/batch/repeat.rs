//! A finished run done once more, from what its folder holds.

use super::experiment::JobSpec;
use super::load::{LoadError, name};
use crate::check_settings::RunSettingsError;
use crate::defender::SpecError;
use crate::record::RunRecord;
use mats_core::text::printable;
use mats_results::ReadError;
use std::path::Path;

/// Errors of repeating a run.
#[derive(Debug, thiserror::Error)]
pub enum RepeatError {
    /// Path that is no folder of a run.
    #[error(transparent)]
    Folder(#[from] LoadError),
    /// Record of the run that cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another version may reckon otherwise.
    #[error(
        "{run} was written by version {version} of mats, and this is {here}: the bytes would be others; repeat it with that \
         version, or name its scenario to run it anew with this one"
    )]
    Version {
        /// The run.
        run: String,
        /// The version that wrote it.
        version: String,
        /// This version.
        here: &'static str,
    },
    /// Nothing was trained there.
    #[error(
        "{run} was written by `mats eval`, which trains nothing; name the run whose agents it evaluated, or evaluate again"
    )]
    Evaluation {
        /// The run.
        run: String,
    },
    /// A setting out of range: the record was changed by hand.
    #[error("failed to read the settings in run.json: {0}")]
    Settings(#[from] RunSettingsError),
    /// A network that it was given is lacking.
    #[error(transparent)]
    Defender(#[from] SpecError),
}

/// Reads the job of a finished run, to be done again.
///
/// # Errors
/// When the folder holds no run that this version of the program trained.
pub fn spec(run: &Path) -> Result<JobSpec, RepeatError> {
    let folder = name(run)?;
    let shown = || printable(&run.display().to_string()).into_owned();
    let record = RunRecord::read(run)?;
    let here = env!("CARGO_PKG_VERSION");
    if record.version != here {
        return Err(RepeatError::Version { run: shown(), version: record.version, here });
    }
    if !run.join("models").join(record.settings.seed.to_string()).is_dir() {
        return Err(RepeatError::Evaluation { run: shown() });
    }
    let mut settings = record.settings.check()?;
    for defender in &mut settings.defenders {
        defender.complete(run)?;
    }
    let RunRecord { scenario, also, changes, .. } = record;
    Ok(JobSpec { name: folder, scenario, also, settings, changes })
}
