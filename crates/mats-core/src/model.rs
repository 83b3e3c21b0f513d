//! Messages of the Learning Agent to the Detection Agent.

use crate::threat::ThreatKind;
use serde::{Deserialize, Serialize};

/// A window of telemetry whose nature was established by a scan, an analyst or an audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelledWindow {
    /// The features the detectors saw, in their order.
    pub row: Vec<f32>,
    /// Kind of threat that it was; `None` for benign.
    pub kind: Option<ThreatKind>,
    /// One over the probability that this window was labelled at all.
    pub weight: f32,
    /// True when a random audit labelled the window. Only such windows may judge a model.
    pub audit: bool,
    /// A number of the episode, or whatever else ties windows together: those of one attack resemble each other, so they
    /// never stand on both sides of a judgement.
    pub episode: u64,
}

/// Verified outcomes to learn from: Learning Agent → Detection Agent. The Detection Agent refits and keeps
/// the new models only if they beat the old ones on held-back audits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ModelUpdate {
    /// Version of the detectors under which the windows were seen.
    pub seen_with: u32,
    /// The labelled windows.
    pub windows: Vec<LabelledWindow>,
}
