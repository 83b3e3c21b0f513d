use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Parameters for fitting a random forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ForestParams {
    /// Implementation that grows the trees.
    pub forest: ForestBackend,
    /// Trees; smartcore's are rounded up to a multiple of 10.
    #[schemars(range(min = 1, max = 10_000))]
    pub trees: usize,
    /// Splits on a path at most; `None` for no bound.
    #[schemars(range(min = 1, max = 64))]
    pub depth: Option<u16>,
    /// Rows in a leaf at least.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_leaf: usize,
    /// Columns looked at for a split; `None` for the square root of their number.
    #[schemars(range(min = 1, max = 4096))]
    pub columns: Option<usize>,
    /// Rows used at most: malicious ones first, up to half.
    #[schemars(range(min = 2, max = 100_000_000))]
    pub max_rows: usize,
}

/// Implementation that grows the trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ForestBackend {
    /// This crate's, grown on histograms.
    #[default]
    Histogram,
    /// smartcore's: slower to fit, leaves of a single class, no out-of-bag scores.
    Smartcore,
}

impl Default for ForestParams {
    fn default() -> Self {
        ForestParams {
            forest: ForestBackend::Histogram,
            trees: 50,
            depth: Some(16),
            min_leaf: 10,
            columns: None,
            max_rows: 64_000,
        }
    }
}

impl ForestParams {
    /// The parameters of scikit-learn's defaults: 100 trees without bound on their depth, leaves of a single row.
    pub fn unbounded() -> ForestParams {
        ForestParams { trees: 100, depth: None, min_leaf: 1, max_rows: usize::MAX, ..ForestParams::default() }
    }

    /// Columns to look at for a split.
    pub(super) fn candidates(&self, width: usize) -> usize {
        self.columns.unwrap_or_else(|| width.isqrt()).clamp(1, width)
    }
}
