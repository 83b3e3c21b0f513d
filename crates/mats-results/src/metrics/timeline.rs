//! What a defender did, and what it cost, by the hour of the episode.

use mats_core::{Action, SimTime};
use serde::{Deserialize, Serialize};

/// One hour, all episodes together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Hour {
    /// Executions of each action, in the order of [`Action::ALL`].
    pub actions: [u64; Action::COUNT],
    /// Damage, disruption and expense, in the scenario's unit.
    pub costs: [f64; 3],
}

/// The hours of an episode, over all episodes that were added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Number of episodes.
    pub episodes: u64,
    /// Hours, each of all episodes together.
    pub hours: Vec<Hour>,
    /// Costs of the running episode, up to the last step.
    #[serde(skip)]
    booked: [f64; 3],
}

impl Timeline {
    /// A timeline of episodes that last until `horizon`.
    pub fn new(horizon: SimTime) -> Timeline {
        let hours = (horizon.hours().ceil() as usize).max(1);
        Timeline { episodes: 0, hours: vec![Hour::default(); hours], booked: [0.0; 3] }
    }

    /// A new episode begins.
    pub fn begin(&mut self) {
        self.episodes += 1;
        self.booked = [0.0; 3];
    }

    /// A decision taken at `time`, and what everything has cost by the next one. All that a step cost is booked where
    /// it was decided, so the last hour with a decision also bears what is settled at the horizon.
    pub fn step(&mut self, time: SimTime, action: Action, costs: [f64; 3]) {
        let last = self.hours.len() - 1;
        let hour = &mut self.hours[(time.hours() as usize).min(last)];
        hour.actions[action as usize] += 1;
        for ((sum, now), booked) in hour.costs.iter_mut().zip(costs).zip(&mut self.booked) {
            *sum += now - *booked;
            *booked = now;
        }
    }

    /// Adds other episodes of the same scenario. Sums of costs depend on the order of merging, which must be fixed.
    pub fn merge(&mut self, other: &Timeline) {
        self.episodes += other.episodes;
        for (mine, theirs) in self.hours.iter_mut().zip(&other.hours) {
            for (sum, more) in mine.actions.iter_mut().zip(theirs.actions) {
                *sum += more;
            }
            for (sum, more) in mine.costs.iter_mut().zip(theirs.costs) {
                *sum += more;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::Duration;

    #[test]
    fn steps_are_booked_to_the_hour_in_which_they_were_decided() {
        let at = |minutes| SimTime::ZERO + Duration::from_minutes(minutes);
        let mut timeline = Timeline::new(at(150));
        assert_eq!(timeline.hours.len(), 3);
        timeline.begin();
        timeline.step(at(10), Action::RunScan, [1.0, 0.0, 0.5]);
        timeline.step(at(59), Action::Monitor, [4.0, 0.0, 0.5]);
        timeline.step(at(150), Action::Monitor, [4.0, 2.0, 0.5]);
        timeline.begin();
        timeline.step(at(60), Action::RunScan, [7.0, 0.0, 0.0]);
        assert_eq!(timeline.hours.iter().map(|h| h.costs[0]).collect::<Vec<_>>(), [4.0, 7.0, 0.0]);
        assert_eq!(timeline.hours[2].costs, [0.0, 2.0, 0.0]);
        let scans =
            |t: &Timeline| t.hours.iter().map(|h| h.actions[Action::RunScan as usize]).collect::<Vec<_>>();
        assert_eq!(scans(&timeline), [1, 1, 0]);
        let other = timeline.clone();
        timeline.merge(&other);
        assert_eq!((timeline.episodes, scans(&timeline)), (4, vec![2, 2, 0]));
    }
}
