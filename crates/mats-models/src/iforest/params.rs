use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters for fitting an isolation forest. The defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IsolationForestParams {
    /// Trees.
    #[schemars(range(min = 1, max = 10_000))]
    pub trees: usize,
    /// Rows that each tree is grown from, drawn without replacement.
    #[schemars(range(min = 2, max = 1_000_000))]
    pub samples: usize,
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        IsolationForestParams { trees: 100, samples: 256 }
    }
}
