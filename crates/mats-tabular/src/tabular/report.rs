use super::encoder::{Dropped, Oddities};
use serde::{Deserialize, Serialize};

/// Models that a detector is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectorKind {
    /// A random forest of labelled rows.
    Forest,
    /// An isolation forest of the benign rows, or of all where nothing is labelled.
    IForest,
    /// Both.
    Fused,
}

/// Findings of fitting. Scores are those of models that had not seen the rows: out of bag, or cross-fitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableReport {
    /// Training rows.
    pub rows: u64,
    /// Classes with their rows, benign first.
    pub classes: Vec<(String, u64)>,
    /// Columns kept.
    pub columns: u64,
    /// Columns left out.
    pub dropped: Vec<Dropped>,
    /// Oddities of the training rows.
    pub oddities: Oddities,
    /// Area under the ROC curve, malicious against benign.
    pub roc_auc: Option<f64>,
    /// Share of the malicious rows above the cut.
    pub recall: Option<f64>,
    /// The columns that lowered impurity most, the first ten.
    pub importances: Vec<(String, f32)>,
    /// True if the vote of a single tree of the random forest is enough for an alarm.
    #[serde(default)]
    pub one_vote_alarms: bool,
    /// How the scores of both forests become one, in words; of a fused detector.
    #[serde(default)]
    pub blend: Option<String>,
}
