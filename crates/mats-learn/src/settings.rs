//! How agents are trained. The defaults are the documentation.

use crate::distill::DistilSettings;
use crate::outcomes::AuditSettings;
use mats_detect::DetectorSettings;
use mats_rl::DqnSettings;
use mats_rl::schedule::Linear;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All settings of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSettings {
    /// Episodes to learn from.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub episodes: usize,
    /// Episodes played with the same weights, before the next ones are handed out.
    #[schemars(range(min = 1, max = 100_000))]
    pub round: usize,
    /// Updates of the network per round.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub updates: u32,
    /// Episodes on which cuts are chosen.
    #[schemars(range(min = 1, max = 100_000))]
    pub validation: usize,
    /// Shares of the training after which the network is kept as it is then; the best of these is the result.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub checkpoints: Vec<f64>,
    /// Episodes on which the best of them is chosen.
    #[schemars(range(min = 1, max = 100_000))]
    pub checkpoint_validation: usize,
    /// Share of exploring decisions taken by the playbook instead of by dice.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub guided: f64,
    /// Shares of the training after which the detectors may be refitted; none: they stay as first fitted.
    #[schemars(inner(range(min = 0.0, max = 1.0)))]
    pub model_updates: Vec<f64>,
    /// Cuts tried for the `threshold` baseline.
    #[schemars(inner(range(min = 0.0, max = 1.0)), length(min = 1))]
    pub cuts: Vec<f32>,
    /// Windows for the detectors.
    pub gather: GatherSettings,
    /// The detectors.
    pub detector: DetectorSettings,
    /// The network.
    pub dqn: DqnSettings,
    /// Audits.
    pub audit: AuditSettings,
    /// Rows of the policy table.
    pub refine: RefineSettings,
    /// Tables searched without a network, for the defenders `small-table-here` and `tuned`, where they are named.
    pub search: SearchSettings,
    /// Source of threats for whoever is not told the truth by name, in training and in evaluation: `agent`, the Detection Agent; `truth`, true labels, told of a campaign once a
    /// step of it has succeeded; `foresight`, true labels, told of attempts as they happen. The last two are for experiments: no defender has them.
    pub source: Source,
}

/// A source of threats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The Detection Agent.
    #[default]
    Agent,
    /// True labels, told of a campaign once a step of it has succeeded.
    Truth,
    /// True labels, told of attempts as they happen.
    Foresight,
}

impl Default for TrainSettings {
    fn default() -> TrainSettings {
        TrainSettings {
            episodes: 2000,
            round: 48,
            updates: 1200,
            validation: 48,
            checkpoints: vec![0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
            checkpoint_validation: 128,
            guided: 0.6,
            model_updates: vec![0.25, 0.5],
            cuts: vec![0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
            gather: GatherSettings::default(),
            detector: DetectorSettings::default(),
            dqn: DqnSettings {
                reward_scale: 0.05,
                learning_rate: Linear { from: 3e-4, to: 3e-5, over: 0 },
                epsilon: Linear { from: 0.9, to: 0.05, over: 30_000 },
                ..DqnSettings::default()
            },
            audit: AuditSettings::default(),
            refine: RefineSettings::default(),
            search: SearchSettings::default(),
            source: Source::default(),
        }
    }
}

/// Settings of the search of tables without a network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SearchSettings {
    /// Validation games that the search of a table may play, all rounds together.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub games: usize,
    /// Rounds, each of changes to the best table of the one before.
    #[schemars(range(min = 1, max = 100))]
    pub rounds: usize,
    /// Validation games that the best of a round play; of each round other ones.
    #[schemars(range(min = 1, max = 100_000))]
    pub validation: usize,
}

impl Default for SearchSettings {
    fn default() -> SearchSettings {
        SearchSettings { games: 2048, rounds: 4, validation: 64 }
    }
}

impl SearchSettings {
    /// Tables that start in a round: by halving, all of them together play half of what they would if all played to the end.
    pub fn candidates(&self) -> usize {
        (2 * self.games / (self.rounds * self.validation).max(1)).max(2)
    }
}

/// Settings of gathering: which windows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GatherSettings {
    /// Episodes played, unless there are enough windows before.
    #[schemars(range(min = 2, max = 100_000))]
    pub episodes: usize,
    /// Windows kept, after which no further episode is played. Up to some 130 machines that live a day, all 300 episodes
    /// together give fewer; large networks stop early. Of either sort, malicious and benign, an episode gives at most a
    /// 96th of them (with fewer episodes, its part), so that at least 48 are played and rare attacks are met.
    #[schemars(range(min = 1000, max = 20_000_000))]
    pub windows: usize,
    /// Share of the benign windows that is kept, at most: of large networks a smaller one. Each stands for 1 / share of
    /// them.
    #[schemars(range(min = 0.0001, max = 1.0))]
    pub benign_share: f64,
}

impl Default for GatherSettings {
    fn default() -> GatherSettings {
        GatherSettings { episodes: 300, windows: 500_000, benign_share: 0.04 }
    }
}

/// Settings of refining: how rows are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RefineSettings {
    /// Validation episodes on which rows are judged.
    #[schemars(range(min = 1, max = 100_000))]
    pub validation: usize,
    /// Races, each for the table that the one before has left.
    #[schemars(range(min = 0, max = 16))]
    pub races: usize,
    /// Changes that start in a race.
    #[schemars(range(min = 1, max = 100_000))]
    pub starters: usize,
    /// Episodes with which each starts.
    #[schemars(range(min = 1, max = 100_000))]
    pub heat: usize,
    /// Heats, each with half of the changes and twice as many episodes for each.
    #[schemars(range(min = 0, max = 16))]
    pub heats: u32,
    /// Number of standard errors that a winner must gain.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub errors: f64,
    /// Settings of the rows that are proposed.
    pub distil: DistilSettings,
}

impl Default for RefineSettings {
    fn default() -> RefineSettings {
        RefineSettings {
            validation: 192,
            races: 1,
            starters: 176,
            heat: 6,
            heats: 4,
            errors: 1.0,
            distil: DistilSettings::default(),
        }
    }
}

impl RefineSettings {
    /// Parts of the work that are told of.
    pub fn parts(&self) -> usize {
        self.races * (self.heats as usize + 1)
    }
}
