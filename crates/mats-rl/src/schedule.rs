//! Numbers that change with progress.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Schema of a line between step sizes.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a schema is made of its fields; no value ever is")]
pub(crate) struct LinearRates {
    /// Value at the start.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    from: f32,
    /// Value from `over` on.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    to: f32,
    /// Length of the way; 0 means `to` at once.
    #[schemars(range(max = 1_000_000_000_000_u64))]
    over: u64,
}

/// Schema of a line between shares.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a schema is made of its fields; no value ever is")]
pub(crate) struct LinearShares {
    /// Value at the start.
    #[schemars(range(min = 0.0, max = 1.0))]
    from: f32,
    /// Value from `over` on.
    #[schemars(range(min = 0.0, max = 1.0))]
    to: f32,
    /// Length of the way; 0 means `to` at once.
    #[schemars(range(max = 1_000_000_000_000_u64))]
    over: u64,
}

/// A straight line from `from` to `to` over `over` units of progress, flat afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Value at the start.
    pub from: f32,
    /// Value from `over` on.
    pub to: f32,
    /// Length of the way; 0 means `to` at once.
    pub over: u64,
}

impl Linear {
    /// Always the same value.
    pub const fn constant(value: f32) -> Linear {
        Linear { from: value, to: value, over: 0 }
    }

    /// The value after `progress` units.
    pub fn at(&self, progress: u64) -> f32 {
        if progress >= self.over {
            self.to
        } else {
            self.from + (self.to - self.from) * (progress as f32 / self.over as f32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_straight_and_stays() {
        let line = Linear { from: 1.0, to: 0.2, over: 8 };
        for (progress, value) in [(0, 1.0), (4, 0.6), (8, 0.2), (9, 0.2), (u64::MAX, 0.2)] {
            assert!((line.at(progress) - value).abs() < 1e-6, "{progress}");
        }
        assert_eq!(Linear { from: 1.0, to: 0.5, over: 0 }.at(0), 0.5);
    }
}
