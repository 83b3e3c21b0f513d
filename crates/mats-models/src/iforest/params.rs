use serde::{Deserialize, Serialize};

/// Parameters for fitting an isolation forest. The defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IsolationForestParams {
    /// Trees.
    pub trees: usize,
    /// Rows that each tree is grown from, drawn without replacement.
    pub samples: usize,
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        IsolationForestParams { trees: 100, samples: 256 }
    }
}
