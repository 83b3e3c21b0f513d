//! The tables of a run.

use crate::details::{CurveRow, RefinementRow, TechniqueRow, TimelineRow};
use crate::rows::{CampaignRow, DetectionRow, EpisodeRow, LearningRow, SummaryRow};

/// The tables of a result folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunTables {
    /// `episodes.csv`
    pub episodes: Vec<EpisodeRow>,
    /// `campaigns.csv`
    pub campaigns: Vec<CampaignRow>,
    /// `detection.csv`
    pub detection: Vec<DetectionRow>,
    /// `summary.csv`
    pub summary: Vec<SummaryRow>,
    /// `learning.csv`; empty where nothing was trained.
    pub learning: Vec<LearningRow>,
    /// `curves.csv`; as those below `None` where the run was made by a version that did not write it.
    pub curves: Option<Vec<CurveRow>>,
    /// `techniques.csv`
    pub techniques: Option<Vec<TechniqueRow>>,
    /// `timeline.csv`
    pub timeline: Option<Vec<TimelineRow>>,
    /// `refinement.csv`
    pub refinement: Option<Vec<RefinementRow>>,
}
