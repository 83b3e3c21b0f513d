//! Events that happen by themselves, and the queue that orders it.

use mats_core::{OrderId, SimTime, SubnetId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Event at an instant. Variants stand in the order in which simultaneous events run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Event {
    /// A defensive action ends.
    OrderDone(OrderId),
    /// A campaign begins.
    #[serde(rename = "Onset")]
    CampaignStart(u32),
    /// A campaign's running step ends. (campaign, attempt)
    StepDone(u32, u32),
    /// A foothold that was made persistent comes back, or one that was killed by another door. (campaign, foothold, times it came back
    /// before)
    #[serde(rename = "Revive")]
    FootholdRestored(u32, u32, u32),
    /// A campaign looks for something to do. (campaign, how often it has)
    #[serde(rename = "Wake")]
    CampaignResume(u32, u32),
    /// An entry of the intelligence feed appears. (position in the feed)
    Publish(u32),
    /// A decoy has stood long enough.
    DecoyRemoved(SubnetId),
}

/// The event queue: a heap ordered by (time, event). [`Event`]'s own order is (kind, entity, sequence), so ties
/// never depend on when something was scheduled.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Queue(BinaryHeap<Reverse<(SimTime, Event)>>);

impl Queue {
    /// Removes everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }
    /// Adds an event.
    pub fn push(&mut self, time: SimTime, event: Event) {
        self.0.push(Reverse((time, event)));
    }
    /// Time at which the next event is due; [`SimTime::NEVER`] when there is none.
    pub fn next_time(&self) -> SimTime {
        self.0.peek().map_or(SimTime::NEVER, |Reverse((t, _))| *t)
    }
    /// Takes the next event if it is due at `now`.
    pub fn pop_due(&mut self, now: SimTime) -> Option<Event> {
        if self.next_time() > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, e))| e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_of_scheduling_does_not_matter(mut events in prop::collection::vec((0u64..5, 0u32..4, 0u32..6), 0..40)) {
            let drain = |events: &[(u64, u32, u32)]| {
                let mut queue = Queue::default();
                for &(t, kind, n) in events {
                    let event = match kind {
                        0 => Event::CampaignStart(n),
                        1 => Event::CampaignResume(n, 0),
                        2 => Event::StepDone(n, n),
                        _ => Event::Publish(n),
                    };
                    queue.push(SimTime(t), event);
                }
                std::iter::from_fn(|| queue.pop_due(SimTime::NEVER)).collect::<Vec<_>>()
            };
            let forward = drain(&events);
            events.reverse();
            prop_assert_eq!(forward, drain(&events));
        }
    }
}
