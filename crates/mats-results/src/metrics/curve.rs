//! Learning curves: the interquartile mean over training seeds (Agarwal et al. 2021, "Deep Reinforcement
//! Learning at the Edge of the Statistical Precipice").
//!
//! The mean of the middle half is steadier than the mean when one seed fails and wastes less than the median.
//! Where the quarter is not a whole number of seeds, the seeds at its edge count in part, so that the
//! figure moves smoothly; with a multiple of four seeds it is the 25 % trimmed mean of the paper.

use super::bootstrap::{Estimate, Resamples, Unit};
use std::collections::BTreeMap;

/// A point of a learning curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Episodes of training behind it.
    pub episode: u64,
    /// Interquartile mean over training seeds with its interval; `n` counts seeds.
    pub estimate: Estimate,
}

/// Interquartile mean of sorted values that count `weights` times each.
pub fn interquartile_mean(sorted: &[f64], weights: &[u32]) -> Option<f64> {
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let (from, to) = (0.25 * total, 0.75 * total);
    let (mut position, mut sum) = (0.0, 0.0);
    for (value, &w) in sorted.iter().zip(weights) {
        let end = position + f64::from(w);
        sum += value * (end.min(to) - f64::max(position, from)).max(0.0);
        position = end;
    }
    super::ratio(sum, to - from)
}

/// The curve from (training seed, episode, value) in any order; values that are not finite are left out.
/// Training seeds are resampled with `seed`.
pub fn learning_curve(values: &[(u64, u64, f64)], seed: u64, resamples: usize) -> Vec<CurvePoint> {
    let mut seeds: Vec<u64> = values.iter().map(|v| v.0).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let drawn = Resamples::new(seed, resamples, &[seeds.len()]);
    let mut by_episode = BTreeMap::<u64, Vec<(f64, usize)>>::new();
    for &(train_seed, episode, value) in values.iter().filter(|v| v.2.is_finite()) {
        let place = seeds.partition_point(|&s| s < train_seed);
        by_episode.entry(episode).or_default().push((value, place));
    }
    by_episode
        .into_iter()
        .map(|(episode, mut points)| {
            points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let sorted: Vec<f64> = points.iter().map(|p| p.0).collect();
            let units: Vec<Unit> =
                points.iter().map(|p| Unit { group: None, block: drawn.level(0, p.1) }).collect();
            let estimate = drawn.estimate(&units, |weights| interquartile_mean(&sorted, weights));
            CurvePoint { episode, estimate }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_middle_half_is_averaged() {
        // Eight seeds: the lowest two and the highest two go, (3 + 4 + 5 + 6) / 4 = 4.5, whatever the outlier.
        assert_eq!(interquartile_mean(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 900.0], &[1; 8]), Some(4.5));
        // Three seeds: 0.75 of a seed goes at each end, (0.25 · 1 + 2 + 0.25 · 9) / 1.5 = 3.
        assert_eq!(interquartile_mean(&[1.0, 2.0, 9.0], &[1; 3]), Some(3.0));
        assert_eq!(interquartile_mean(&[7.0], &[1]), Some(7.0));
        assert_eq!(interquartile_mean(&[], &[]), None);
    }

    #[test]
    fn a_curve_groups_by_episode_and_skips_what_is_no_number() {
        let values =
            [(1, 100, 0.1), (2, 100, 0.3), (1, 200, 0.5), (2, 200, f64::NAN), (3, 100, 0.2), (4, 100, 0.4)];
        let curve = learning_curve(&values, 7, 500);
        assert_eq!(curve.iter().map(|p| (p.episode, p.estimate.n)).collect::<Vec<_>>(), [(100, 4), (200, 1)]);
        // (0.2 + 0.3) / 2.
        assert!((curve[0].estimate.value.unwrap() - 0.25).abs() < 1e-15);
        assert!(curve[0].estimate.low.unwrap() < 0.25 && 0.25 < curve[0].estimate.high.unwrap());
        assert_eq!((curve[1].estimate.value, curve[1].estimate.low), (Some(0.5), None));
    }

    proptest! {
        #[test]
        fn it_lies_between_the_extremes_and_moves_with_shifts(mut v in prop::collection::vec(-10.0..10.0_f64, 1..30)) {
            v.sort_by(f64::total_cmp);
            let ones = vec![1; v.len()];
            let iqm = interquartile_mean(&v, &ones).unwrap();
            prop_assert!(v[0] - 1e-9 <= iqm && iqm <= v[v.len() - 1] + 1e-9);
            let shifted: Vec<f64> = v.iter().map(|x| x + 4.0).collect();
            prop_assert!((interquartile_mean(&shifted, &ones).unwrap() - iqm - 4.0).abs() < 1e-9);
        }
    }
}
