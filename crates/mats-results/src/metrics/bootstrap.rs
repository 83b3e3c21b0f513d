//! Percentile bootstrap over crossed factors (Efron 1979; Owen 2007, "The pigeonhole bootstrap").
//!
//! An evaluated episode has two sources of luck: the *training seed* of the learner and the *evaluation seed*
//! of the world. Each is a factor whose levels are drawn anew with replacement, and an episode weighs the
//! product of how often its two levels were drawn. Learners of all training seeds meet the same evaluation
//! seeds, so drawing those seeds once for all of them keeps the luck they share; resampling episodes
//! separately within each training seed would take it for independent and make intervals too narrow.
//! Whatever has the same seed gets the same weight, which is what makes comparisons paired.
//!
//! The draws depend on (seed, resample) alone, never on threads or on the order of calls.

use mats_core::random::Stream;
use rand::RngExt;
use serde::Serialize;

/// Resamples behind every interval, unless told otherwise.
pub const RESAMPLES: usize = 2_000;
/// Coverage of every interval.
pub const LEVEL: f64 = 0.95;
/// Greatest share of resamples that may leave a figure undefined before its interval is undefined too.
const MAX_UNDEFINED: f64 = 0.05;
/// Key of the draws.
const PURPOSE: u32 = 0xb007;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Estimate {
    /// The figure itself, from the data as they are.
    pub value: Option<f64>,
    /// Lower end; undefined where the data show no spread, or where it is infinite.
    pub low: Option<f64>,
    /// Upper end; undefined likewise.
    pub high: Option<f64>,
    /// Number of units (episodes, unless said otherwise) it rests on.
    pub n: u64,
}

/// A level of a factor: one training seed, or one evaluation seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(u32);

/// Position of an observation in the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Training seed; `None` for defenders that are not trained.
    pub group: Option<Level>,
    /// Evaluation seed.
    pub block: Level,
}

/// Counts of how often each level of each factor was drawn in each resample, computed once for all figures.
#[derive(Debug, Clone)]
pub struct Resamples {
    /// First column of each factor, then the total.
    offsets: Vec<usize>,
    /// `[resample][level]`.
    counts: Vec<u16>,
}

impl Resamples {
    /// Draws `count` resamples of factors with the given numbers of levels (each at most 65,535).
    pub fn new(seed: u64, count: usize, factors: &[usize]) -> Resamples {
        let mut offsets = vec![0];
        for levels in factors {
            offsets.push(offsets[offsets.len() - 1] + levels);
        }
        let width = offsets[factors.len()];
        let mut counts = vec![0_u16; width * count];
        for (factor, &levels) in factors.iter().enumerate() {
            for resample in 0..count {
                let row = &mut counts[resample * width + offsets[factor]..][..levels];
                draw(seed, factor, resample, levels, |level| row[level] = row[level].saturating_add(1));
            }
        }
        Resamples { offsets, counts }
    }

    /// A level of a factor.
    pub fn level(&self, factor: usize, index: usize) -> Level {
        debug_assert!(self.offsets[factor] + index < self.offsets[factor + 1]);
        Level((self.offsets[factor] + index) as u32)
    }

    /// A figure with its interval. `statistic` gets one weight per unit: all 1 for the figure itself, then the
    /// weights of each resample. It may return infinity for "never": an end of the interval that is infinite
    /// is reported as undefined, so is the figure itself.
    pub fn estimate(&self, units: &[Unit], mut statistic: impl FnMut(&[u32]) -> Option<f64>) -> Estimate {
        self.estimates(units, 1, |weights, out| statistic(weights).map(|v| out[0] = v).is_some())[0]
    }

    /// Estimates `count` figures that are worked out together, as [`Resamples::estimate`] does one: `statistic` writes
    /// them, and answers whether they are defined.
    pub fn estimates(
        &self,
        units: &[Unit],
        count: usize,
        mut statistic: impl FnMut(&[u32], &mut [f64]) -> bool,
    ) -> Vec<Estimate> {
        let mut weights = vec![1_u32; units.len()];
        let mut values = vec![0.0; count];
        let n = units.len() as u64;
        if !statistic(&weights, &mut values) {
            return vec![Estimate { n, ..Estimate::default() }; count];
        }
        let width = self.offsets[self.offsets.len() - 1];
        let mut replicates = vec![Vec::new(); count];
        let mut drawn = 0_usize;
        let spread = units.iter().any(|u| u.block != units[0].block);
        if spread && width > 0 {
            let mut replicate = vec![0.0; count];
            for row in self.counts.chunks_exact(width) {
                for (weight, unit) in weights.iter_mut().zip(units) {
                    let group = unit.group.map_or(1, |level| u32::from(row[level.0 as usize]));
                    *weight = group * u32::from(row[unit.block.0 as usize]);
                }
                drawn += 1;
                if statistic(&weights, &mut replicate) {
                    for (all, &value) in replicates.iter_mut().zip(&replicate) {
                        all.extend((!value.is_nan()).then_some(value));
                    }
                }
            }
        }
        let estimate = |(value, mut replicates): (f64, Vec<f64>)| {
            if value.is_nan() {
                return Estimate { n, ..Estimate::default() };
            }
            let (low, high) = interval(&mut replicates, drawn);
            Estimate { value: Some(value).filter(|v| v.is_finite()), low, high, n }
        };
        values.into_iter().zip(replicates).map(estimate).collect()
    }

    /// A ratio of weighted sums, `Σ w·numerator / Σ w·denominator`; a mean where all denominators are 1.
    pub fn ratio(&self, units: &[Unit], numerators: &[f64], denominators: &[f64]) -> Estimate {
        self.estimate(units, |weights| ratio_of_sums(weights, numerators, denominators))
    }
}

/// Draws as many levels of a factor as it has, with replacement; `take` hears which. The same (seed, factor,
/// resample, levels) gives the same draws.
pub fn draw(seed: u64, factor: usize, resample: usize, levels: usize, mut take: impl FnMut(usize)) {
    let mut draw = Stream::new(seed, PURPOSE, factor as u64).at(resample as u64);
    for _ in 0..levels {
        take(draw.random_range(0..levels as u32) as usize);
    }
}

/// The percentile interval of the replicates that are defined, out of so many `drawn`. Sorts them. Undefined
/// ends are infinite, or there is no interval.
pub fn interval(replicates: &mut [f64], drawn: usize) -> (Option<f64>, Option<f64>) {
    replicates.sort_unstable_by(f64::total_cmp);
    let defined = replicates.len() as f64 >= (1.0 - MAX_UNDEFINED) * drawn as f64;
    let end = |p: f64| if defined { quantile(replicates, p).filter(|v| v.is_finite()) } else { None };
    (end(0.5 - LEVEL / 2.0), end(0.5 + LEVEL / 2.0))
}

/// The two-sided bootstrap p-value of *no difference*: twice the smaller share of replicates on either side of 0,
/// with one added to both counts so that it is never 0 (Davison and Hinkley 1997, section 4.4). It is the
/// level at which the percentile interval would just reach 0 (Efron and Tibshirani 1993, chapter 15). Undefined where
/// the interval is.
pub fn p_value(replicates: &[f64], drawn: usize) -> Option<f64> {
    if replicates.is_empty() || (replicates.len() as f64) < (1.0 - MAX_UNDEFINED) * drawn as f64 {
        return None;
    }
    let count = |side: fn(f64) -> bool| replicates.iter().filter(|&&d| side(d)).count();
    let fewer = count(|d| d <= 0.0).min(count(|d| d >= 0.0));
    Some((2.0 * (fewer + 1) as f64 / (replicates.len() + 1) as f64).min(1.0))
}

/// `Σ w·numerator / Σ w·denominator`.
pub fn ratio_of_sums(weights: &[u32], numerators: &[f64], denominators: &[f64]) -> Option<f64> {
    let (mut up, mut down) = (0.0, 0.0);
    for ((&w, n), d) in weights.iter().zip(numerators).zip(denominators) {
        up += f64::from(w) * n;
        down += f64::from(w) * d;
    }
    super::ratio(up, down)
}

/// The `p` quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan 1996).
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * p;
    let (below, above) = (sorted[position as usize], sorted[(position as usize + 1).min(last)]);
    // Between a finite value and infinity the answer is infinity; their difference would not be a number.
    let part = position - libm::floor(position);
    Some(if part == 0.0 || below == above { below } else { below + (above - below) * part })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crossed(resamples: &Resamples, groups: usize, blocks: usize) -> Vec<Unit> {
        (0..groups * blocks)
            .map(|i| Unit {
                group: Some(resamples.level(0, i / blocks)),
                block: resamples.level(1, i % blocks),
            })
            .collect()
    }

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        // Four values: position of the 0.975 quantile is 3 · 0.975 = 2.925, so 30 + 0.925 · (40 − 30).
        assert!((quantile(&[10.0, 20.0, 30.0, 40.0], 0.975).unwrap() - 39.25).abs() < 1e-12);
        assert_eq!(quantile(&[1.0, f64::INFINITY, f64::INFINITY], 0.9), Some(f64::INFINITY));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_interval_of_a_mean_matches_theory() {
        // 0, 1, …, 99: standard error of the mean is sqrt((100² − 1) / 12 / 100) = 2.8866,
        // so the 95 % interval is 49.5 ± 1.96 · 2.8866 = 49.5 ± 5.658.
        let resamples = Resamples::new(1, RESAMPLES, &[1, 100]);
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let estimate = resamples.ratio(&crossed(&resamples, 1, 100), &values, &[1.0; 100]);
        assert_eq!(estimate.value, Some(49.5));
        assert!((estimate.low.unwrap() - 43.842).abs() < 0.4, "{estimate:?}");
        assert!((estimate.high.unwrap() - 55.158).abs() < 0.4, "{estimate:?}");
    }

    #[test]
    fn training_seeds_widen_the_interval() {
        // Two training seeds that differ by 10 and not at all within: half of all resamples hold both seeds,
        // a quarter each holds one twice, so the 95 % interval reaches both.
        let resamples = Resamples::new(1, RESAMPLES, &[2, 50]);
        let values: Vec<f64> = (0..100).map(|i| if i < 50 { 0.0 } else { 10.0 }).collect();
        let units = crossed(&resamples, 2, 50);
        let both = resamples.ratio(&units, &values, &[1.0; 100]);
        assert_eq!((both.value, both.low, both.high), (Some(5.0), Some(0.0), Some(10.0)));
        let untrained: Vec<Unit> = units.iter().map(|u| Unit { group: None, ..*u }).collect();
        let blind = resamples.ratio(&untrained, &values, &[1.0; 100]);
        assert_eq!((blind.low, blind.high), (Some(5.0), Some(5.0)));
    }

    #[test]
    fn one_episode_and_mostly_undefined_figures_have_no_interval() {
        let resamples = Resamples::new(3, 200, &[1, 40]);
        let alone = resamples.ratio(&crossed(&resamples, 1, 1), &[2.0], &[1.0]);
        assert_eq!((alone.value, alone.low, alone.high), (Some(2.0), None, None));
        // Only one of 40 episodes has anything to divide by: (39/40)^40 = 36 % of resamples miss it.
        let mut denominators = [0.0; 40];
        denominators[7] = 1.0;
        let rare = resamples.ratio(&crossed(&resamples, 1, 40), &denominators, &denominators);
        assert_eq!((rare.value, rare.low), (Some(1.0), None));
    }

    #[test]
    fn p_is_twice_the_smaller_side_and_never_nothing() {
        let replicates = [-1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        // One of nine at or below 0: 2 (1 + 1) / (9 + 1).
        assert_eq!(p_value(&replicates, 9), Some(0.4));
        assert_eq!(p_value(&replicates[1..], 8), Some(2.0 / 9.0));
        assert_eq!(p_value(&[0.0; 9], 9), Some(1.0));
        assert_eq!(p_value(&replicates, 10), None);
        assert_eq!(p_value(&[], 0), None);
    }

    proptest! {
        #[test]
        fn order_of_units_changes_nothing_but_rounding(values in prop::collection::vec(-100.0..100.0_f64, 2..40)) {
            let resamples = Resamples::new(5, 300, &[1, values.len()]);
            let units = crossed(&resamples, 1, values.len());
            let ones = vec![1.0; values.len()];
            let forward = resamples.ratio(&units, &values, &ones);
            let back_units: Vec<Unit> = units.iter().rev().copied().collect();
            let back_values: Vec<f64> = values.iter().rev().copied().collect();
            let back = resamples.ratio(&back_units, &back_values, &ones);
            prop_assert!((forward.low.unwrap() - back.low.unwrap()).abs() < 1e-9);
            prop_assert!((forward.high.unwrap() - back.high.unwrap()).abs() < 1e-9);
        }

        #[test]
        fn same_seed_same_interval(seed in any::<u64>()) {
            let values: Vec<f64> = (0..20).map(|i| f64::from(i * i)).collect();
            let run = || {
                let resamples = Resamples::new(seed, 100, &[1, 20]);
                resamples.ratio(&crossed(&resamples, 1, 20), &values, &[1.0; 20])
            };
            prop_assert_eq!(run(), run());
        }
    }
}
