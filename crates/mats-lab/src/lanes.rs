//! How many episodes are under way at once. What an episode is depends on its number alone, and results come back in the order of
//! numbers (`mats_rl::VecEnv`), so the number of threads shows nowhere.

use crate::episode::{Lanes, truthful_lanes, watched_lanes};
use mats_detect::Detector;
use mats_gym::Told;
use mats_learn::Source;
use mats_sim::Plan;
use std::sync::Arc;

/// Lanes that play at once, whatever the number of threads.
pub const LANES: usize = 16;

/// When a source tells the truth, if it does.
pub const fn told_by(source: Source) -> Option<Told> {
    match source {
        Source::Agent => None,
        Source::Truth => Some(Told::AfterSuccess),
        Source::Foresight => Some(Told::Foresight),
    }
}

/// Lanes whose threats come from a source; the detector watches where that is the Detection Agent.
pub fn lanes_of(source: Source, plan: &Arc<Plan>, detector: &Arc<Detector>) -> Lanes {
    match told_by(source) {
        None => watched_lanes(plan, detector),
        Some(told) => truthful_lanes(plan, told),
    }
}
