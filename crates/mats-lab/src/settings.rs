//! What a run is asked to do.

use crate::defender::DefenderSpec;
use mats_learn::TrainSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a run. The defaults are the documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// First training seed.
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// Number of training seeds: `seed`, `seed + 1`, ….
    #[schemars(range(min = 1, max = 1000))]
    pub train_seeds: u64,
    /// Evaluation episodes per defender and training seed.
    #[schemars(range(min = 1, max = 65_535))]
    pub eval_episodes: usize,
    /// Set of evaluation episodes that is played, the same for every training seed. Runs are compared on the same set; another one shows how much a figure owes to its episodes.
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub eval_seed: u64,
    /// True if the evaluation plays episodes held out instead, for final figures: once, when nothing is chosen any more.
    pub held_out: bool,
    /// Defenders to evaluate.
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub defenders: Vec<DefenderSpec>,
    /// Settings of the training.
    pub train: TrainSettings,
}

impl RunSettings {
    /// Seeds of the evaluation's episodes.
    pub fn report_seeds(&self) -> Vec<u64> {
        mats_learn::seeds::report_seeds(self.held_out, self.eval_seed, self.eval_episodes)
    }
}

impl Default for RunSettings {
    fn default() -> RunSettings {
        RunSettings {
            seed: 1,
            train_seeds: 1,
            eval_episodes: 100,
            eval_seed: 0,
            held_out: false,
            defenders: DefenderSpec::usual(),
            train: TrainSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use mats_detect::GateSettings;

    #[test]
    fn settings_of_before_are_read_and_not_written() {
        let old = r#"{"recall":0.9,"sequence":0.98}"#;
        let read: GateSettings = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"recall":0.9}"#);
        assert!(serde_json::from_str::<GateSettings>(r#"{"surprise":0.98}"#).is_err());
    }
}
