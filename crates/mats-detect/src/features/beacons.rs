//! Connections that come back like clockwork: the last eight uncommon outside places.

use mats_core::SimTime;

const SLOTS: usize = 8;
/// Seconds within which connections belong to one visit.
const VISIT: f32 = 2.0;
/// Weight of the newest gap in the running mean.
const NEWEST: f32 = 0.25;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    place: u32,
    visits: u32,
    first: SimTime,
    last: SimTime,
    /// Running mean of the gaps, in seconds.
    mean: f32,
    /// Running mean absolute deviation of the gaps, in seconds.
    deviation: f32,
}

/// One machine's beacons.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beacons([Slot; SLOTS]);

impl Beacons {
    /// Counts a connection to a place.
    pub(super) fn visit(&mut self, place: u32, time: SimTime) {
        let Some(slot) = self.0.iter_mut().find(|s| s.visits > 0 && s.place == place) else {
            // The slot that was silent longest makes room.
            if let Some(slot) = self.0.iter_mut().min_by_key(|s| s.last) {
                *slot = Slot { place, visits: 1, first: time, last: time, ..Slot::default() };
            }
            return;
        };
        let gap = time.since(slot.last).0 as f32 * 1e-6;
        if gap < VISIT {
            return;
        }
        slot.last = time;
        slot.visits += 1;
        if slot.visits == 2 {
            slot.mean = gap;
            slot.deviation = 0.5 * gap;
        } else {
            slot.deviation += NEWEST * ((gap - slot.mean).abs() - slot.deviation);
            slot.mean += NEWEST * (gap - slot.mean);
        }
    }

    /// Places returned to at least so often and still being visited, with their age in hours.
    fn returned(&self, visits: u32, now: SimTime) -> impl Iterator<Item = (&Slot, f32)> {
        let alive = move |s: &&Slot| {
            let silent = now.since(s.last).0 as f32 * 1e-6;
            s.visits >= visits && silent < 4.0 * s.mean + 60.0
        };
        self.0.iter().filter(alive).map(move |s| (s, now.since(s.first).0 as f32 * (1.0 / 3.6e9)))
    }

    /// The greatest regularity, in [0, 1]: 1 - mean absolute deviation / mean of the gaps, at full weight from
    /// eight visits on, and at half weight where the visits began an hour ago: what has called home all day is
    /// software.
    pub(super) fn regularity(&self, now: SimTime) -> f32 {
        let weighed = self.returned(4, now).map(|(slot, age)| {
            let steady = (1.0 - slot.deviation / slot.mean).clamp(0.0, 1.0);
            steady * (slot.visits as f32 / 8.0).min(1.0) / (1.0 + age)
        });
        weighed.fold(0.0, f32::max)
    }

    /// 1 / (1 + hours since the first visit) of the newest place with at least three visits; 0 without one.
    pub(super) fn newest(&self, now: SimTime) -> f32 {
        self.returned(3, now).map(|(_, age)| 1.0 / (1.0 + age)).fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::random::Stream;

    fn regularity(gap: impl Fn(u64) -> f64) -> f32 {
        let (mut beacons, mut t) = (Beacons::default(), 0.0);
        for i in 0..30 {
            t += gap(i);
            beacons.visit(9, SimTime((t * 1e6) as u64));
        }
        beacons.regularity(SimTime((t * 1e6) as u64))
    }

    #[test]
    fn clockwork_is_regular_and_browsing_is_not() {
        let stream = Stream::new(3, 1, 1);
        let jittered = regularity(|i| 20.0 + 4.0 * (stream.unit(i) - 0.5));
        let random = regularity(|i| -20.0 * (1.0 - stream.unit(i)).ln());
        assert!(jittered > 0.7, "{jittered}");
        assert!(random < 0.5, "{random}");
    }

    #[test]
    fn a_beacon_that_stopped_is_forgotten() {
        let mut beacons = Beacons::default();
        (0..20).for_each(|i| beacons.visit(1, SimTime(i * 60_000_000)));
        assert!(beacons.regularity(SimTime(20 * 60_000_000)) > 0.7);
        assert_eq!(beacons.regularity(SimTime(60 * 60_000_000)), 0.0);
    }
}
