use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters for fitting the sequence model: truncated back-propagation through time, Adam (Kingma, Ba 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LstmParams {
    /// Layers.
    #[schemars(range(min = 0, max = 4))]
    pub layers: usize,
    /// Cells in a layer, a multiple of 32.
    #[schemars(range(min = 32, max = 256), extend("multipleOf" = 32))]
    pub width: usize,
    /// Times to go through the events.
    #[schemars(range(min = 1, max = 1000))]
    pub epochs: usize,
    /// Events learnt from at most in one epoch, from sequences drawn at random.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_events: usize,
    /// Events over which the gradient flows back.
    #[schemars(range(min = 1, max = 10_000))]
    pub stretch: usize,
    /// Adam's step size.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub learning_rate: f32,
    /// Share of the truth that is spread over all keys (label smoothing: Szegedy et al. 2016): what never comes next
    /// is then as unlikely as all else that never does.
    #[schemars(range(min = 0.0, max = 0.99))]
    pub smoothing: f32,
}

impl Default for LstmParams {
    fn default() -> Self {
        LstmParams {
            layers: 1,
            width: 32,
            epochs: 3,
            max_events: 200_000,
            stretch: 32,
            learning_rate: 8e-3,
            smoothing: 0.0,
        }
    }
}
