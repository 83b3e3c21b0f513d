//! What a run is asked to do.

use crate::defender::{DefenderSpec, SpecError};
use mats_learn::TrainSettings;
use mats_rl::settings::SettingsError;
use serde::{Deserialize, Serialize};

/// Settings of a run. The defaults are the documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// First training seed.
    pub seed: u64,
    /// Number of training seeds: `seed`, `seed + 1`, ….
    pub train_seeds: u64,
    /// Evaluation episodes per defender and training seed.
    pub eval_episodes: usize,
    /// Defenders to evaluate.
    pub defenders: Vec<DefenderSpec>,
    /// Settings of the training.
    pub train: TrainSettings,
}

impl Default for RunSettings {
    fn default() -> RunSettings {
        RunSettings {
            seed: 1,
            train_seeds: 1,
            eval_episodes: 100,
            defenders: DefenderSpec::usual(),
            train: TrainSettings::default(),
        }
    }
}

/// A setting of a run outside its range.
#[derive(Debug, thiserror::Error)]
pub enum RunSettingsError {
    /// A number.
    #[error("`{name}` is {value} but must be {range}")]
    Range {
        /// The setting.
        name: &'static str,
        /// Value of the setting.
        value: f64,
        /// Range that it must be in.
        range: &'static str,
    },
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
    /// With the first setting outside its range.
    pub fn check(mut self) -> Result<RunSettings, RunSettingsError> {
        let within = |name, ok: bool, value: f64, range| {
            if ok { Ok(()) } else { Err(RunSettingsError::Range { name, value, range }) }
        };
        let count =
            |name, n: usize, most: usize, range| within(name, (1..=most).contains(&n), n as f64, range);
        let share = |name, x: f64| within(name, (0.0..=1.0).contains(&x), x, "from 0 to 1");
        let t = &self.train;
        let last = self.seed.saturating_add(self.train_seeds);
        within(
            "seed",
            last <= u64::MAX / 2 + 1,
            self.seed as f64,
            "below 2^63, and so must be the last one",
        )?;
        count("train_seeds", self.train_seeds as usize, 1000, "from 1 to 1000")?;
        count("eval_episodes", self.eval_episodes, 65_535, "from 1 to 65535")?;
        count("train.episodes", t.episodes, 10_000_000, "from 1 to 10000000")?;
        count("train.round", t.round, 100_000, "from 1 to 100000")?;
        count("train.validation", t.validation, 100_000, "from 1 to 100000")?;
        count("train.checkpoint_validation", t.checkpoint_validation, 100_000, "from 1 to 100000")?;
        t.checkpoints.iter().try_for_each(|&at| share("train.checkpoints", at))?;
        count("train.refine.validation", t.refine.validation, 100_000, "from 1 to 100000")?;
        count("train.gather.episodes", t.gather.episodes, 100_000, "from 1 to 100000")?;
        within("train.cuts", !t.cuts.is_empty(), 0.0, "at least one confidence from 0 to 1")?;
        t.cuts.iter().try_for_each(|&cut| share("train.cuts", f64::from(cut)))?;
        t.model_updates.iter().try_for_each(|&at| share("train.model_updates", at))?;
        share("train.guided", t.guided)?;
        let benign = t.gather.benign_share;
        within("train.gather.benign_share", benign > 0.0 && benign <= 1.0, benign, "in (0, 1]")?;
        for (name, x) in [("train.audit.base", t.audit.base), ("train.audit.by_score", t.audit.by_score)] {
            share(name, f64::from(x))?;
        }
        t.dqn.check()?;
        within("train.refine.heats", t.refine.heats <= 16, f64::from(t.refine.heats), "at most 16")?;
        within("train.refine.heat", t.refine.heat <= 100_000, t.refine.heat as f64, "at most 100000")?;
        within("defenders", !self.defenders.is_empty(), 0.0, "at least one")?;
        self.defenders = DefenderSpec::distinct(self.defenders)?;
        Ok(self)
    }
}
