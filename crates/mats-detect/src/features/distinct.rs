//! Linear counting (Whang, Vander-Zanden, Taylor 1990) in 64 bits, over the present and the last half hour.

use mats_core::SimTime;
use mats_models::hash::scatter;

/// Microseconds of an epoch.
const EPOCH: u64 = 30 * 60 * 1_000_000;

/// Half hours since the episode began.
#[inline]
pub(super) fn epoch(now: SimTime) -> u32 {
    (now.0 / EPOCH) as u32
}

/// Buckets, of 64, that were hit in this epoch and the one before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Distinct {
    present: u64,
    last: u64,
}

impl Distinct {
    #[inline]
    pub(super) fn add(&mut self, key: u32) {
        self.present |= 1 << (scatter(u64::from(key)) >> 58);
    }

    /// Moves on by some epochs.
    pub(super) fn turn(&mut self, epochs: u32) {
        self.last = if epochs == 1 { self.present } else { 0 };
        self.present = 0;
    }

    /// Buckets hit, if `epochs` more epochs had begun.
    pub(super) fn ones(self, epochs: u32) -> usize {
        let bits = match epochs {
            0 => self.present | self.last,
            1 => self.present,
            _ => 0,
        };
        bits.count_ones() as usize
    }
}

/// The estimate for each number of buckets hit: 64 ln(64 / empty); at most 266.
pub(super) fn estimates() -> [f32; 65] {
    std::array::from_fn(|ones| 64.0 * libm::logf(64.0 / (64 - ones).max(1) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_close_up_to_a_hundred() {
        let table = estimates();
        for n in [1_u32, 3, 10, 30, 60, 100] {
            let mut set = Distinct::default();
            (0..n).for_each(|k| set.add(0x0a00_0001 + k * 7));
            let estimate = table[set.ones(0)];
            assert!((estimate - n as f32).abs() <= 0.25 * n as f32 + 1.0, "{n}: {estimate}");
        }
    }

    #[test]
    fn what_was_seen_two_epochs_ago_is_forgotten() {
        let mut set = Distinct::default();
        set.add(1);
        assert_eq!((set.ones(0), set.ones(1), set.ones(2)), (1, 1, 0));
        set.turn(1);
        set.add(2);
        assert_eq!((set.ones(0), set.ones(1)), (2, 1));
        set.turn(2);
        assert_eq!(set.ones(0), 0);
    }
}
