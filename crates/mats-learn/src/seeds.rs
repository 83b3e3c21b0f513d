//! Which seeds are for what. The sets never overlap: each is derived from another purpose.

use mats_core::random::Stream;

/// Purpose that an episode is played for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Fitting the detectors, without response.
    Fit = 0x5eed_0001,
    /// Training: to learn from.
    Train = 0x5eed_0002,
    /// Choosing thresholds, tables and checkpoints.
    Validate = 0x5eed_0003,
    /// Evaluation: to report on.
    Evaluate = 0x5eed_0004,
    /// Reporting once, in the end: figures that nobody has looked at while something was still being chosen.
    HeldOut = 0x5eed_0005,
}

/// The seeds of the first so many episodes to report on of a set: 0 is that of [`evaluation_seeds`] and [`held_out_seeds`], others are as good, and
/// none is the set of another purpose.
pub fn report_seeds(held_out: bool, set: u64, count: usize) -> Vec<u64> {
    (0..count as u64).map(|episode| report_seed(held_out, set, episode)).collect()
}

/// The seed of one such episode.
pub fn report_seed(held_out: bool, set: u64, episode: u64) -> u64 {
    let purpose = if held_out { Purpose::HeldOut } else { Purpose::Evaluate };
    Stream::new(set, purpose as u32, 0).word(episode)
}

/// The seed of an episode. Evaluation and held-out seeds do not depend on the training seed, so that all runs of a
/// scenario are compared on the same episodes.
pub fn seed(purpose: Purpose, train_seed: u64, episode: u64) -> u64 {
    let base = if matches!(purpose, Purpose::Evaluate | Purpose::HeldOut) { 0 } else { train_seed };
    Stream::new(base, purpose as u32, 0).word(episode)
}

/// The seeds of the first so many episodes to report on.
pub fn evaluation_seeds(count: usize) -> Vec<u64> {
    (0..count as u64).map(|episode| seed(Purpose::Evaluate, 0, episode)).collect()
}

/// The seeds of the first so many episodes to report on once, in the end.
pub fn held_out_seeds(count: usize) -> Vec<u64> {
    (0..count as u64).map(|episode| seed(Purpose::HeldOut, 0, episode)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sets_of_seeds_do_not_overlap() {
        let purposes = [Purpose::Fit, Purpose::Train, Purpose::Validate, Purpose::Evaluate, Purpose::HeldOut];
        let all = purposes.iter().flat_map(|&p| (0..5000).map(move |e| seed(p, 7, e)));
        assert_eq!(all.collect::<BTreeSet<u64>>().len(), 5 * 5000);
        for reported in [Purpose::Evaluate, Purpose::HeldOut] {
            assert_eq!(seed(reported, 1, 3), seed(reported, 2, 3));
        }
        assert_ne!(seed(Purpose::Train, 1, 3), seed(Purpose::Train, 2, 3));
        assert_eq!(report_seeds(false, 0, 9), evaluation_seeds(9));
        assert_eq!(report_seeds(true, 0, 9), held_out_seeds(9));
        let sets = [(false, 1), (false, 2), (true, 1)]
            .into_iter()
            .flat_map(|(held, set)| report_seeds(held, set, 5000));
        let learnt = (0..5000).map(|e| seed(Purpose::Validate, 1, e)).chain(evaluation_seeds(5000));
        assert_eq!(sets.chain(learnt).collect::<BTreeSet<u64>>().len(), 5 * 5000);
    }
}
