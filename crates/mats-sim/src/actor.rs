//! Actors: who acts on which machine, how often.

use mats_core::{HostId, UserId};

/// One user or machine with a life of its own.
#[derive(Debug, Clone)]
pub struct ActorPlan {
    /// The machine it acts on.
    pub host: HostId,
    /// The account it acts under; [`UserId::NONE`] for machines.
    pub user: UserId,
    /// Positions in [`mats_scenario::Scenario::behaviours`] with occurrences per hour.
    pub behaviours: Vec<(u16, f32)>,
}
