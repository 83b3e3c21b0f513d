//! Over training seeds: interquartile mean and probability of improvement (Agarwal, Schwarzer, Castro, Courville,
//! Bellemare 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice"), as their library `rliable`
//! computes them. Scores are one for each scenario and training seed.

use super::bootstrap::{Estimate, draw, interval};

/// The interquartile mean of all scores, of all scenarios together: the mean without the lowest and the highest
/// ⌊n/4⌋ of them, the 25 % trimmed mean. With fewer than four scores it is the plain mean.
pub fn interquartile_mean(scores: &[Vec<f64>]) -> Option<f64> {
    let mut all: Vec<f64> = scores.iter().flatten().copied().collect();
    all.sort_unstable_by(f64::total_cmp);
    let cut = all.len() / 4;
    let middle = &all[cut..all.len() - cut];
    super::ratio(middle.iter().sum(), middle.len() as f64)
}

/// P(X > Y), ties half: the share of pairs of training seeds in which x is the better, averaged over scenarios
/// (Mann and Whitney's U over the number of pairs).
pub fn probability_of_improvement(x: &[Vec<f64>], y: &[Vec<f64>]) -> Option<f64> {
    let mut sum = 0.0;
    for (x, y) in x.iter().zip(y) {
        let above = |a: f64, b: f64| if a > b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 };
        let wins: f64 = x.iter().flat_map(|&a| y.iter().map(move |&b| above(a, b))).sum();
        sum += super::ratio(wins, (x.len() * y.len()) as f64)?;
    }
    super::ratio(sum, x.len() as f64)
}

/// Estimates of a run against a base, over training seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Improvement {
    /// Interquartile mean of the base.
    pub base: Estimate,
    /// Interquartile mean of the run.
    pub run: Estimate,
    /// Run minus base.
    pub difference: Estimate,
    /// P(run > base).
    pub probability: Estimate,
}

/// Compares the scores of two ways of training, `[scenario][training seed]`. Intervals are those of the stratified
/// bootstrap: training seeds are drawn anew within each scenario, independently for both. `n` counts scores.
pub fn improvement(base: &[Vec<f64>], run: &[Vec<f64>], seed: u64, resamples: usize) -> Improvement {
    let mut replicates: [Vec<f64>; 4] = Default::default();
    let redrawn = |scores: &[Vec<f64>], side: usize, resample: usize| -> Vec<Vec<f64>> {
        let one = |(scenario, scores): (usize, &Vec<f64>)| {
            let mut drawn = Vec::with_capacity(scores.len());
            draw(seed, FACTORS + 2 * scenario + side, resample, scores.len(), |i| drawn.push(scores[i]));
            drawn
        };
        scores.iter().enumerate().map(one).collect()
    };
    for resample in 0..resamples {
        let (y, x) = (redrawn(base, 0, resample), redrawn(run, 1, resample));
        let (old, new) = (interquartile_mean(&y), interquartile_mean(&x));
        let difference = new.zip(old).map(|(new, old)| new - old);
        let all = [old, new, difference, probability_of_improvement(&x, &y)];
        for (into, value) in replicates.iter_mut().zip(all) {
            into.extend(value);
        }
    }
    let counts = [base, run].map(|scores| scores.iter().map(Vec::len).sum::<usize>() as u64);
    let [of_base, of_run, of_difference, of_probability] = &mut replicates;
    let estimate = |value: Option<f64>, replicates: &mut [f64], n| {
        let (low, high) = interval(replicates, resamples);
        Estimate { value, low, high, n }
    };
    let (old, new) = (interquartile_mean(base), interquartile_mean(run));
    let both = counts[0] + counts[1];
    Improvement {
        base: estimate(old, of_base, counts[0]),
        run: estimate(new, of_run, counts[1]),
        difference: estimate(new.zip(old).map(|(new, old)| new - old), of_difference, both),
        probability: estimate(probability_of_improvement(run, base), of_probability, both),
    }
}

/// The first factor that is free: those below draw training seeds and evaluation seeds of comparisons.
const FACTORS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_and_the_highest_quarter_go() {
        // Nine scores: ⌊9/4⌋ = 2 go at each end, (3 + 4 + 5 + 6 + 7) / 5 = 5, in whichever scenario they are.
        let scores = [vec![900.0, 1.0, 3.0, 4.0], vec![2.0, 7.0, 5.0, 6.0, 8.0]];
        assert_eq!(interquartile_mean(&scores), Some(5.0));
        assert_eq!(interquartile_mean(&[vec![1.0, 2.0, 6.0]]), Some(3.0));
        assert_eq!(interquartile_mean(&[]), None);
    }

    #[test]
    fn improvement_counts_pairs_and_averages_scenarios() {
        // First scenario: 2 beats 1 only, 3 beats 1 and 2.5, of four pairs: 3/4. Second: all tie: 1/2.
        let (x, y) = ([vec![2.0, 3.0], vec![1.0]], [vec![1.0, 2.5], vec![1.0]]);
        assert_eq!(probability_of_improvement(&x, &y), Some(0.625));
        assert_eq!(probability_of_improvement(&y, &x), Some(0.375));
        assert_eq!(probability_of_improvement(&[], &[]), None);
    }

    #[test]
    fn intervals_cover_the_luck_of_training() {
        let (base, run) = ([vec![0.1, 0.2, 0.3, 0.4]], [vec![0.5, 0.6, 0.7, 0.8]]);
        let Improvement { base, run, difference, probability } = improvement(&base, &run, 1, 2000);
        assert!((base.value.unwrap() - 0.25).abs() < 1e-15 && (run.value.unwrap() - 0.65).abs() < 1e-15);
        assert!(
            0.1 <= base.low.unwrap() && base.low.unwrap() < 0.2 && run.high.unwrap() > 0.7,
            "{base:?} {run:?}"
        );
        assert!(difference.low.unwrap() > 0.1 && difference.high.unwrap() < 0.7, "{difference:?}");
        assert_eq!((probability.value, probability.low, probability.n), (Some(1.0), Some(1.0), 8));
        let alike = improvement(&[vec![0.5, 0.5]], &[vec![0.5, 0.5]], 1, 200);
        assert_eq!((alike.probability.value, alike.difference.high), (Some(0.5), Some(0.0)));
    }
}
