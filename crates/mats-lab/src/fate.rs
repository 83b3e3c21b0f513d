//! What became of a campaign of the world: its course, handed to the metrics.

use crate::metrics::access::{Course, Fate};
use mats_sim::{CampaignReport, World};

/// Returns what became of a campaign.
pub fn fate(world: &World, report: &CampaignReport<'_>) -> Fate {
    let course = Course {
        changes: report.access,
        first_success: report.first_success,
        horizon: world.horizon(),
        evicted_after: world.plan().scenario.campaigns.evicted_after,
        ended_by_order: report.ended_by_order,
    };
    course.fate()
}
