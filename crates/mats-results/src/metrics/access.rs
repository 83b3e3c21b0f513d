//! Access: what a campaign has of the organisation over time, and what is said of it.
//!
//! The truth is a list of moments at which a campaign's [`Access`] changed. The clocks start at the first successful
//! step that is no preparation. From there to the horizon:
//!
//! * **Access time** is the time with access of any kind, **foothold time** that with a live foothold. A **spell** is an
//!   unbroken time with access; one that lasts to the horizon counts with the length that was seen.
//! * **Contained** is when the last span without access begins, what is cut off counting as contained; **evicted** when
//!   the last span begins in which nothing stands, cut off or not. Coming back reopens both. Either can only be told
//!   where it began at least `evicted_after` before the horizon: else the time is censored there.
//! * The **end state** says what stood during the last `evicted_after`: the most that did at any moment.

use mats_core::{Access, Duration, EndState, SimTime};

/// Course of one campaign: the truth that its figures are made of.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    /// Moments at which its access changed, in order, each with what it was from then on; nothing before the first.
    pub changes: &'a [(SimTime, Access)],
    /// First successful step that is no preparation, if there was one.
    pub first_success: Option<SimTime>,
    /// End of the episode.
    pub horizon: SimTime,
    /// Time before the horizon during which nothing may have stood for the campaign to count as gone.
    pub evicted_after: Duration,
    /// True if an order of the defender ended anything of it.
    pub ended_by_order: bool,
}

/// Fate of one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// End state of the campaign.
    pub end_state: EndState,
    /// Time from the first success until access ended for good, cut off or gone; `None` where that cannot be told.
    pub time_to_contain: Option<Duration>,
    /// Time from the first success until nothing stood any more; `None` where that cannot be told.
    pub time_to_evict: Option<Duration>,
    /// Longest time after the first success at which an end could be told.
    pub watched: Duration,
    /// Access time.
    pub access: Duration,
    /// Foothold time.
    pub foothold: Duration,
    /// Lengths of the spells of access, in order.
    pub spells: Vec<Duration>,
    /// Last moment of access; `None` if there never was any.
    pub last_access: Option<SimTime>,
}

impl Course<'_> {
    /// Returns what became of the campaign.
    pub fn fate(&self) -> Fate {
        let mut fate = Fate {
            end_state: EndState::NeverIn,
            time_to_contain: None,
            time_to_evict: None,
            watched: Duration::ZERO,
            access: Duration::ZERO,
            foothold: Duration::ZERO,
            spells: Vec::new(),
            last_access: None,
        };
        let Some(start) = self.first_success else { return fate };
        // The latest moment at which something may still have stood for it to count as gone.
        let judged = self.horizon - self.evicted_after;
        let (mut open_until, mut any_until) = (start, start);
        let (mut held, mut open, mut cut_off) = (false, false, false);
        let mut spell = Duration::ZERO;
        for (from, to, access) in self.spans(start) {
            let length = to.since(from);
            if access.foothold {
                fate.foothold += length;
            }
            if access.is_open() {
                fate.access += length;
                spell += length;
                (open_until, fate.last_access) = (to, Some(to));
            } else if spell > Duration::ZERO {
                fate.spells.push(std::mem::take(&mut spell));
            }
            if access.is_any() {
                any_until = to;
            }
            if to > judged {
                held |= access.is_held();
                open |= access.is_open();
                cut_off |= access.is_any();
            }
        }
        if spell > Duration::ZERO {
            fate.spells.push(spell);
        }
        fate.watched = judged.since(start);
        let told = |until: SimTime, stands: bool| (!stands && start <= judged).then(|| until.since(start));
        fate.time_to_contain = told(open_until, open);
        fate.time_to_evict = told(any_until, open || cut_off);
        fate.end_state = match () {
            () if held => EndState::Held,
            () if open => EndState::Residual,
            () if cut_off => EndState::CutOff,
            () if self.ended_by_order => EndState::Evicted,
            () => EndState::Left,
        };
        fate
    }

    /// The spans of positive length of unchanged access from `start` to the horizon.
    fn spans(&self, start: SimTime) -> impl Iterator<Item = (SimTime, SimTime, Access)> + '_ {
        let ends = self.changes.iter().skip(1).map(|c| c.0).chain([self.horizon]);
        self.changes.iter().zip(ends).filter_map(move |(&(from, access), to)| {
            let (from, to) = (from.max(start), to.min(self.horizon));
            (from < to).then_some((from, to, access))
        })
    }
}

/// The median of lengths; `None` of none. With an even number the mean of the two in the middle.
pub fn median(lengths: &[Duration]) -> Option<f64> {
    let mut sorted: Vec<f64> = lengths.iter().map(|d| d.seconds()).collect();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted.get(sorted.len().checked_sub(1)? / 2)?, sorted.get(sorted.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOTHING: Access =
        Access { foothold: false, siege: false, credential: false, persistence: false, cut_off: false };
    const FOOTHOLD: Access = Access { foothold: true, ..NOTHING };
    const PASSWORD: Access = Access { credential: true, ..NOTHING };
    const ASLEEP: Access = Access { persistence: true, ..NOTHING };
    const CUT: Access = Access { cut_off: true, ..NOTHING };
    const SIEGE: Access = Access { siege: true, ..NOTHING };

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + Duration::from_minutes(minutes)
    }

    /// The fate of a campaign in an episode of ten hours, of which the last two must be free of it. Times are minutes;
    /// the first success is at 60.
    fn fate(changes: &[(u64, Access)], ended_by_order: bool) -> Fate {
        let changes: Vec<_> = changes.iter().map(|&(t, a)| (at(t), a)).collect();
        let (horizon, evicted_after) = (at(600), Duration::from_hours(2));
        let first_success = Some(at(60));
        Course { changes: &changes, first_success, horizon, evicted_after, ended_by_order }.fate()
    }

    fn check(changes: &[(u64, Access)], by_order: bool, state: EndState, minutes: [Option<u64>; 2]) -> Fate {
        let fate = fate(changes, by_order);
        assert_eq!(fate.end_state, state);
        let expected = minutes.map(|m| m.map(Duration::from_minutes));
        assert_eq!([fate.time_to_contain, fate.time_to_evict], expected);
        fate
    }

    #[test]
    fn evicted_is_gone_for_the_last_hours_and_by_order() {
        // In at 60, killed at 150 (a password is left), reset at 200.
        let changes = [(60, FOOTHOLD), (150, PASSWORD), (200, NOTHING)];
        let fate = check(&changes, true, EndState::Evicted, [Some(140), Some(140)]);
        assert_eq!((fate.access, fate.foothold), (Duration::from_minutes(140), Duration::from_minutes(90)));
        assert_eq!(fate.spells, [Duration::from_minutes(140)]);
        assert_eq!((fate.watched, fate.last_access), (Duration::from_minutes(420), Some(at(200))));
        check(&changes, false, EndState::Left, [Some(140), Some(140)]);
    }

    #[test]
    fn what_is_cut_off_is_contained_but_not_evicted() {
        let fate = check(&[(60, FOOTHOLD), (90, CUT)], true, EndState::CutOff, [Some(30), None]);
        assert_eq!(fate.access, Duration::from_minutes(30));
        // Rebuilt after having been isolated: evicted later than contained.
        check(&[(60, FOOTHOLD), (90, CUT), (210, NOTHING)], true, EndState::Evicted, [Some(30), Some(150)]);
    }

    #[test]
    fn residual_is_a_password_or_persistence_and_held_a_foothold_or_a_siege() {
        check(&[(60, FOOTHOLD), (90, PASSWORD)], true, EndState::Residual, [None, None]);
        check(&[(60, FOOTHOLD), (90, ASLEEP)], true, EndState::Residual, [None, None]);
        check(&[(60, FOOTHOLD)], false, EndState::Held, [None, None]);
        check(&[(60, SIEGE)], false, EndState::Held, [None, None]);
        // The most that stood at any moment of the last two hours counts: killed an hour before the end.
        check(&[(60, FOOTHOLD), (540, NOTHING)], true, EndState::Held, [None, None]);
        check(&[(60, FOOTHOLD), (470, PASSWORD), (481, NOTHING)], true, EndState::Residual, [None, None]);
    }

    #[test]
    fn coming_back_reopens() {
        let changes = [(60, FOOTHOLD), (90, NOTHING), (200, FOOTHOLD), (260, NOTHING)];
        let fate = check(&changes, true, EndState::Evicted, [Some(200), Some(200)]);
        assert_eq!(fate.spells, [30, 60].map(Duration::from_minutes));
        assert_eq!(median(&fate.spells), Some(45.0 * 60.0));
        // Persistence that waits is access: one spell, not two.
        let waits = [(60, FOOTHOLD), (90, ASLEEP), (150, FOOTHOLD), (260, NOTHING)];
        let fate = check(&waits, true, EndState::Evicted, [Some(200), Some(200)]);
        assert_eq!(fate.spells, [Duration::from_minutes(200)]);
        assert_eq!(fate.foothold, Duration::from_minutes(140));
    }

    #[test]
    fn near_the_horizon_an_end_cannot_be_told() {
        // Gone at 480 sharp: the last two hours are free of it. A minute later they are not.
        check(&[(60, FOOTHOLD), (480, NOTHING)], true, EndState::Evicted, [Some(420), Some(420)]);
        check(&[(60, FOOTHOLD), (481, NOTHING)], true, EndState::Held, [None, None]);
        // The first success in the last two hours, without any access: left, but not followed long enough.
        let late = Course {
            changes: &[],
            first_success: Some(at(500)),
            horizon: at(600),
            evicted_after: Duration::from_hours(2),
            ended_by_order: false,
        };
        let fate = late.fate();
        assert_eq!((fate.end_state, fate.time_to_evict), (EndState::Left, None));
        assert_eq!(fate.watched, Duration::ZERO);
    }

    #[test]
    fn preparation_is_no_success_and_counts_for_nothing() {
        let changes = [(at(10), PASSWORD)];
        let course = Course {
            changes: &changes,
            first_success: None,
            horizon: at(600),
            evicted_after: Duration::from_hours(2),
            ended_by_order: false,
        };
        let fate = course.fate();
        assert_eq!(
            (fate.end_state, fate.access, fate.last_access),
            (EndState::NeverIn, Duration::ZERO, None)
        );
        // What it had before its first success counts from then on.
        let fate = Course { first_success: Some(at(540)), ..course }.fate();
        assert_eq!((fate.end_state, fate.access), (EndState::Residual, Duration::from_minutes(60)));
    }

    #[test]
    fn a_success_that_gave_no_access_is_contained_at_once() {
        check(&[], false, EndState::Left, [Some(0), Some(0)]);
        check(&[], true, EndState::Evicted, [Some(0), Some(0)]);
    }

    proptest! {
        #[test]
        fn times_fit_together(changes in prop::collection::vec((0..700_u64, 0..32_u8), 0..12), by_order: bool) {
            let mut changes = changes;
            changes.sort_unstable();
            let flag = |n: u8, bit: u8| n >> bit & 1 == 1;
            let access = |n: u8| Access {
                foothold: flag(n, 0),
                siege: flag(n, 1),
                credential: flag(n, 2),
                persistence: flag(n, 3),
                cut_off: flag(n, 4),
            };
            let changes: Vec<_> = changes.into_iter().map(|(t, n)| (t, access(n))).collect();
            let fate = fate(&changes, by_order);
            let total = fate.spells.iter().fold(Duration::ZERO, |a, &b| a + b);
            prop_assert_eq!(total, fate.access);
            prop_assert!(fate.foothold <= fate.access);
            let gone = matches!(fate.end_state, EndState::Evicted | EndState::Left);
            prop_assert_eq!(fate.time_to_evict.is_some(), gone);
            prop_assert_eq!(fate.time_to_contain.is_some(), gone || fate.end_state == EndState::CutOff);
            if let (Some(contained), Some(evicted)) = (fate.time_to_contain, fate.time_to_evict) {
                prop_assert!(contained <= evicted && evicted <= fate.watched && fate.access <= contained);
            }
        }
    }
}
