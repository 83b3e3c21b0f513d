//! What training leads to, and how it went.

use crate::refine::TableChange;
use crate::search::Search;
use crate::settings::Source;
use mats_detect::Detector;
use mats_respond::PolicyTable;
use mats_rl::QFunction;
use std::sync::Arc;

/// The agents that training leads to.
#[derive(Debug, Clone)]
pub struct Agents {
    /// The fitted detectors.
    pub detector: Arc<Detector>,
    /// The learnt network.
    pub network: Arc<QFunction>,
    /// The refined policy table.
    pub table: PolicyTable,
    /// The confidence from which the `threshold` baseline does best.
    pub threshold: f32,
    /// Source of the threats that they learnt from.
    pub source: Source,
    /// Tables that were searched without a network.
    pub searched: Vec<(Search, PolicyTable)>,
}

impl Agents {
    /// A table that was searched, if it was.
    pub fn searched(&self, what: Search) -> Option<&PolicyTable> {
        self.searched.iter().find(|(searched, _)| *searched == what).map(|(_, table)| table)
    }
}

/// Log of a training.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingLog {
    /// The learning curve, a point a round.
    pub curve: Vec<LearningPoint>,
    /// Updates of the detectors: accepted, and judged.
    pub model_updates: (usize, usize),
    /// Each change to the policy table with the evidence for it, in the order in which they were accepted.
    pub changes: Vec<TableChange>,
    /// Rows of the policy table that were changed.
    pub refined_rows: usize,
    /// Windows that were audited.
    pub audits: usize,
}

/// A point of the learning curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningPoint {
    /// Episodes learnt from by then.
    pub episode: u64,
    /// Updates of the network by then.
    pub updates: u64,
    /// Share of random decisions in the round.
    pub epsilon: f64,
    /// Mean loss of the round's updates, if any was possible.
    pub loss: Option<f64>,
    /// Share of the avoidable cost that was avoided in the round, where any is.
    pub score: Option<f64>,
    /// F1 of the round's incidents, where defined.
    pub f1: Option<f64>,
    /// Mean cost of the round's episodes.
    pub cost: f64,
    /// Hours of audits by then.
    pub audit_hours: f64,
}
