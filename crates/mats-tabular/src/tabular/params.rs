use super::report::DetectorKind;
use mats_models::forest::ForestParams;
use mats_models::iforest::IsolationForestParams;
use serde::{Deserialize, Serialize};

/// Parameters for fitting detectors of tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableParams {
    /// Models to fit.
    pub kind: DetectorKind,
    /// The random forest.
    pub forest: ForestParams,
    /// The isolation forest.
    pub isolation: IsolationForestParams,
    /// Share of the benign rows that may alarm.
    pub nominal: f64,
    /// Columns to keep even if they look like clocks, identifiers or constants.
    pub keep: Vec<String>,
}

impl TableParams {
    /// The usual: as scikit-learn's forests, one false alarm in a hundred benign rows.
    pub fn new(kind: DetectorKind) -> TableParams {
        TableParams {
            kind,
            forest: ForestParams::unbounded(),
            isolation: IsolationForestParams::default(),
            nominal: 0.01,
            keep: Vec::new(),
        }
    }
}
