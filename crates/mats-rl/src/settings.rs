//! What there is to choose about learning; the defaults stand here and nowhere else.

use crate::nstep::Credit;
use crate::schedule::{Linear, LinearRates, LinearShares};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rule by which the target network follows the online one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum TargetUpdate {
    /// A copy after every so many updates.
    Hard {
        /// Updates between copies.
        #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
        every: u64,
    },
    /// Polyak averaging: at each update `w ← w + rate · (online − w)`.
    Soft {
        /// Rate, in (0, 1].
        #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
        rate: f32,
    },
}

/// All there is to choose. The defaults are here and nowhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DqnSettings {
    /// Widths of the hidden layers. Default: 128 and 128.
    #[schemars(inner(range(min = 1, max = 4096)))]
    pub hidden: [usize; 2],
    /// Separate state value and advantages. Default: yes.
    pub dueling: bool,
    /// Choose the target's action with the online network. Default: yes.
    pub double: bool,
    /// Transitions in an update. Default: 64.
    #[schemars(range(min = 1, max = 65_536))]
    pub batch: usize,
    /// Step size of Adam, by updates. Default: 3e-4, always.
    #[schemars(with = "LinearRates")]
    pub learning_rate: Linear,
    /// Error at which the Huber loss turns linear, in scaled reward. Errors beyond it pull less than their share, so
    /// where rare outcomes are costly and errors this large are common, values come out too high: choose
    /// `reward_scale` so that few are. Default: 1.
    #[schemars(range(max = 1e6), extend("exclusiveMinimum" = 0.0))]
    pub huber_delta: f32,
    /// Longest gradient, over all weights. Default: 10.
    #[schemars(range(max = 1e6), extend("exclusiveMinimum" = 0.0))]
    pub max_gradient_norm: f32,
    /// Rewards are multiplied by this before learning; [`Learner::policy`](crate::Learner::policy) undoes it. Bring returns to the order of
    /// 1 to 10. Default: 1.
    #[schemars(range(max = 1e6), extend("exclusiveMinimum" = 0.0))]
    pub reward_scale: f32,
    /// Decisions to look ahead before bootstrapping. Default: 3.
    #[schemars(range(min = 1, max = 1000))]
    pub n_step: usize,
    /// Time over which a reward loses all but 1/e of its value, hours. Default: 24.
    #[schemars(range(max = 1e6), extend("exclusiveMinimum" = 0.0))]
    pub tau_hours: f64,
    /// Reward that a decision is credited with. Default: global.
    pub credit: Credit,
    /// Rule by which the target follows. Default: softly, by 0.005.
    pub target: TargetUpdate,
    /// Transitions kept. Default: 100,000.
    #[schemars(range(min = 1, max = 4_000_000))]
    pub replay: usize,
    /// Transitions to hold before the first update. Default: 1,000.
    #[schemars(range(min = 1, max = 4_000_000))]
    pub learning_starts: usize,
    /// Exponent of priorities, 0 to 1: how much they count. Default: 0.6.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub per_alpha: f32,
    /// Exponent of importance weights, by updates: how much of the resulting bias is corrected. Default: 0.4 to 1 over
    /// 50,000.
    #[schemars(with = "LinearShares")]
    pub per_beta: Linear,
    /// Share of random actions, by decisions remembered. Default: 1 to 0.05 over 20,000.
    #[schemars(with = "LinearShares")]
    pub epsilon: Linear,
}

impl Default for DqnSettings {
    fn default() -> DqnSettings {
        DqnSettings {
            hidden: [128, 128],
            dueling: true,
            double: true,
            batch: 64,
            learning_rate: Linear::constant(3e-4),
            huber_delta: 1.0,
            max_gradient_norm: 10.0,
            reward_scale: 1.0,
            n_step: 3,
            tau_hours: 24.0,
            credit: Credit::Global,
            target: TargetUpdate::Soft { rate: 0.005 },
            replay: 100_000,
            learning_starts: 1_000,
            per_alpha: 0.6,
            per_beta: Linear { from: 0.4, to: 1.0, over: 50_000 },
            epsilon: Linear { from: 1.0, to: 0.05, over: 20_000 },
        }
    }
}

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("set up the learner: `{name}` is {value} but must be {range}")]
pub struct SettingsError {
    name: &'static str,
    value: String,
    range: &'static str,
}

impl DqnSettings {
    /// # Errors
    /// Names the first setting outside its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        let within = |name, ok: bool, value: &dyn std::fmt::Debug, range| {
            if ok { Ok(()) } else { Err(SettingsError { name, value: format!("{value:?}"), range }) }
        };
        let positive = |name, x: f32| within(name, x > 0.0 && x.is_finite(), &x, "positive and finite");
        let part = |name, x: f32| within(name, (0.0..=1.0).contains(&x), &x, "from 0 to 1");
        within(
            "hidden",
            self.hidden.iter().all(|h| (1..=4096).contains(h)),
            &self.hidden,
            "from 1 to 4096 each",
        )?;
        within("batch", (1..=65_536).contains(&self.batch), &self.batch, "from 1 to 65536")?;
        within("n_step", self.n_step > 0, &self.n_step, "at least 1")?;
        within(
            "replay",
            (self.batch..1 << 31).contains(&self.replay),
            &self.replay,
            "at least `batch`, below 2^31",
        )?;
        let starts = self.learning_starts;
        within("learning_starts", (1..=self.replay).contains(&starts), &starts, "from 1 to `replay`")?;
        positive("learning_rate", self.learning_rate.from)?;
        positive("learning_rate", self.learning_rate.to)?;
        positive("huber_delta", self.huber_delta)?;
        positive("max_gradient_norm", self.max_gradient_norm)?;
        positive("reward_scale", self.reward_scale)?;
        positive("tau_hours", self.tau_hours as f32)?;
        part("per_alpha", self.per_alpha)?;
        part("per_beta", self.per_beta.from)?;
        part("per_beta", self.per_beta.to)?;
        part("epsilon", self.epsilon.from)?;
        part("epsilon", self.epsilon.to)?;
        match self.target {
            TargetUpdate::Hard { every } => within("target.hard.every", every > 0, &every, "at least 1"),
            TargetUpdate::Soft { rate } => {
                within("target.soft.rate", rate > 0.0 && rate <= 1.0, &rate, "in (0, 1]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_missing_settings_take_them() {
        assert_eq!(DqnSettings::default().check(), Ok(()));
        let some: DqnSettings =
            serde_json::from_str(r#"{"batch": 32, "target": {"hard": {"every": 500}}}"#).unwrap();
        let expected =
            DqnSettings { batch: 32, target: TargetUpdate::Hard { every: 500 }, ..DqnSettings::default() };
        assert_eq!(some, expected);
        assert!(serde_json::from_str::<DqnSettings>(r#"{"bach": 32}"#).is_err());
    }

    #[test]
    fn a_setting_outside_its_range_is_named() {
        let check = |settings: DqnSettings, says: &str| {
            assert_eq!(settings.check().unwrap_err().to_string(), format!("set up the learner: {says}"));
        };
        let base = DqnSettings::default();
        check(DqnSettings { batch: 0, ..base.clone() }, "`batch` is 0 but must be from 1 to 65536");
        let nan = DqnSettings { learning_rate: Linear::constant(f32::NAN), ..base.clone() };
        check(nan, "`learning_rate` is NaN but must be positive and finite");
        let still = DqnSettings { target: TargetUpdate::Soft { rate: 0.0 }, ..base };
        check(still, "`target.soft.rate` is 0.0 but must be in (0, 1]");
    }
}
