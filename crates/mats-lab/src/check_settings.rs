//! Whether the settings of a run can be, before anything starts.

use crate::defender::{DefenderSpec, SpecError};
use crate::setting_list::{self, RangeError};
use crate::settings::RunSettings;
use mats_rl::settings::SettingsError;

/// A setting of a run outside its range.
#[derive(Debug, thiserror::Error)]
pub enum RunSettingsError {
    /// Numbers.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Ranges(Vec<RangeError>),
    /// A defender that nobody knows.
    #[error(transparent)]
    Defender(#[from] SpecError),
    /// A setting of the network.
    #[error(transparent)]
    Network(#[from] SettingsError),
}

impl RunSettings {
    /// Checks everything that types do not; each defender is kept once.
    ///
    /// # Errors
    /// With all settings outside their ranges.
    pub fn check(mut self) -> Result<RunSettings, RunSettingsError> {
        let mut problems = setting_list::problems(&self);
        let last = self.seed.saturating_add(self.train_seeds);
        if last > u64::MAX / 2 + 1 {
            problems.push(RangeError {
                name: "seed".to_owned(),
                value: self.seed.to_string(),
                range: "below 2^63, and so must be the last one".to_owned(),
            });
        }
        if !problems.is_empty() {
            return Err(RunSettingsError::Ranges(problems));
        }
        self.train.dqn.check()?;
        self.defenders = DefenderSpec::distinct(self.defenders)?;
        Ok(self)
    }
}
