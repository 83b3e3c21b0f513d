//! The score: how much of the cost that can be saved was saved.
//!
//! > `score = (ΣC_none − ΣC) / (ΣC_none − ΣC_oracle)`
//!
//! over episodes that all three defenders played on the same seed. 0 is doing nothing, 1 is acting as well as
//! one who sees the truth; it is negative when the defence costs more than the attack, and never clipped.
//! A ratio of sums, not a mean of ratios: an episode without an attack has nothing to divide by but counts.
//!
//! Where the interval of the denominator reaches 0 there is nothing to save and no score, see [`NoScore`].

use super::bootstrap::{Estimate, Resamples, Unit, ratio_of_sums};
use std::fmt;

/// Costs of one seed, in the scenario's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// The figure without any defence.
    pub none: f64,
    /// The figure with the defender.
    pub cost: f64,
    /// The figure with the oracle.
    pub oracle: f64,
}

/// A score, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Score {
    /// The score with its interval.
    Value(Estimate),
    /// There is none.
    NotApplicable(NoScore),
}

/// Reason why there is no score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoScore {
    /// Missing references: no episode was also played by `none` and `oracle`.
    NoReference,
    /// `ΣC_none − ΣC_oracle` may be 0 or negative: even the oracle saves nothing to speak of. The mean saved per
    /// episode and its interval (undefined when a single episode shows no spread).
    NothingToSave(Estimate),
}

impl Score {
    /// The figure; without a value when there is no score.
    pub fn estimate(&self) -> Estimate {
        match self {
            Score::Value(estimate) => *estimate,
            Score::NotApplicable(NoScore::NoReference) => Estimate::default(),
            Score::NotApplicable(NoScore::NothingToSave(saved)) => {
                Estimate { n: saved.n, ..Estimate::default() }
            }
        }
    }
}

impl fmt::Display for NoScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoScore::NoReference => write!(f, "n/a: no episode was also played by none and oracle"),
            NoScore::NothingToSave(saved) => {
                write!(f, "n/a: the oracle saves {:.3} per episode", saved.value.unwrap_or(0.0))?;
                match (saved.low, saved.high) {
                    (Some(low), Some(high)) => write!(f, " [{low:.3}, {high:.3}], which may be nothing"),
                    _ => write!(f, ", too few episodes to tell from nothing"),
                }
            }
        }
    }
}

/// The score of a defender: one unit and one set of costs for each episode.
pub fn score(resamples: &Resamples, units: &[Unit], costs: &[Costs]) -> Score {
    let saved: Vec<f64> = costs.iter().map(|c| c.none - c.cost).collect();
    let savable: Vec<f64> = costs.iter().map(|c| c.none - c.oracle).collect();
    match nothing_to_save(resamples, units, &savable) {
        Some(reason) => Score::NotApplicable(reason),
        None => Score::Value(resamples.ratio(units, &saved, &savable)),
    }
}

/// The difference of two scores, first minus second, on episodes that all four defenders played:
/// `(ΣC_second − ΣC_first) / (ΣC_none − ΣC_oracle)`. `none` and `oracle` of both must agree, so only the
/// first's are used.
///
/// # Panics
/// When the slices differ in length.
pub fn score_difference(resamples: &Resamples, units: &[Unit], first: &[Costs], second: &[f64]) -> Score {
    assert_eq!(first.len(), second.len(), "a paired difference needs pairs");
    let ahead: Vec<f64> = first.iter().zip(second).map(|(f, s)| s - f.cost).collect();
    let savable: Vec<f64> = first.iter().map(|c| c.none - c.oracle).collect();
    match nothing_to_save(resamples, units, &savable) {
        Some(reason) => Score::NotApplicable(reason),
        None => Score::Value(resamples.ratio(units, &ahead, &savable)),
    }
}

/// The score under given weights, without asking whether there is anything to save.
pub fn score_of(weights: &[u32], costs: &[Costs]) -> Option<f64> {
    let (mut saved, mut savable) = (0.0, 0.0);
    for (&w, c) in weights.iter().zip(costs) {
        saved += f64::from(w) * (c.none - c.cost);
        savable += f64::from(w) * (c.none - c.oracle);
    }
    super::ratio(saved, savable)
}

/// Returns the reason why no score can be given, if there is one.
fn nothing_to_save(resamples: &Resamples, units: &[Unit], savable: &[f64]) -> Option<NoScore> {
    if units.is_empty() {
        return Some(NoScore::NoReference);
    }
    let ones = vec![1.0; savable.len()];
    let mean = resamples.estimate(units, |weights| ratio_of_sums(weights, savable, &ones));
    // A single episode has no interval, but still a ratio when the oracle saves something.
    let least = mean.low.or(mean.value);
    (!least.is_some_and(|low| low > 0.0)).then_some(NoScore::NothingToSave(mean))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(resamples: &Resamples, blocks: usize) -> Vec<Unit> {
        (0..blocks).map(|i| Unit { group: None, block: resamples.level(0, i) }).collect()
    }

    fn costs(rows: &[(f64, f64, f64)]) -> Vec<Costs> {
        rows.iter().map(|&(none, cost, oracle)| Costs { none, cost, oracle }).collect()
    }

    #[test]
    fn score_of_four_hand_worked_seeds() {
        // Σ none = 100 + 50 + 0 + 80 = 230; Σ defender = 40 + 50 + 5 + 30 = 125; Σ oracle = 10 + 20 + 0 + 20 = 50.
        // (230 − 125) / (230 − 50) = 105 / 180 = 0.58333; the seed without attack counts though none costs 0.
        let rows = costs(&[(100.0, 40.0, 10.0), (50.0, 50.0, 20.0), (0.0, 5.0, 0.0), (80.0, 30.0, 20.0)]);
        let resamples = Resamples::new(1, 2000, &[4]);
        let estimate = score(&resamples, &units(&resamples, 4), &rows).estimate();
        assert!((estimate.value.unwrap() - 105.0 / 180.0).abs() < 1e-15);
        assert!(estimate.low.unwrap() < 0.58 && 0.59 < estimate.high.unwrap());
        assert_eq!(estimate.n, 4);
    }

    #[test]
    fn none_scores_0_oracle_scores_1_and_harm_is_negative() {
        let resamples = Resamples::new(1, 500, &[3]);
        let u = units(&resamples, 3);
        for (play, expected) in [(0, 0.0), (1, 1.0), (2, -1.0)] {
            let rows: Vec<_> = [(10.0, 2.0), (20.0, 4.0), (30.0, 3.0)]
                .map(|(none, oracle)| (none, [none, oracle, 2.0 * none - oracle][play], oracle))
                .to_vec();
            let estimate = score(&resamples, &u, &costs(&rows)).estimate();
            assert_eq!(
                (estimate.value, estimate.low, estimate.high),
                (Some(expected), Some(expected), Some(expected))
            );
        }
    }

    #[test]
    fn a_quiet_scenario_has_no_score() {
        let resamples = Resamples::new(1, 500, &[3]);
        let u = units(&resamples, 3);
        let quiet = score(&resamples, &u, &costs(&[(0.0, 5.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 0.0)]));
        assert!(matches!(quiet, Score::NotApplicable(NoScore::NothingToSave(_))));
        assert_eq!((quiet.estimate().value, quiet.estimate().n), (None, 3));
        // One attack among three: a resample misses it with probability (2/3)³ = 30 %, so the interval touches 0.
        let thin = score(&resamples, &u, &costs(&[(90.0, 5.0, 1.0), (0.0, 2.0, 0.0), (0.0, 0.0, 0.0)]));
        assert!(matches!(thin, Score::NotApplicable(NoScore::NothingToSave(_))));
        assert_eq!(score(&resamples, &[], &[]), Score::NotApplicable(NoScore::NoReference));
        // An oracle worse than nothing must not turn losses into gains.
        let upside_down = score(&resamples, &u, &costs(&[(1.0, 5.0, 9.0), (1.0, 2.0, 9.0), (1.0, 0.0, 9.0)]));
        assert_eq!(upside_down.estimate().value, None);
    }

    #[test]
    fn pairing_removes_the_luck_of_the_seed() {
        // Seeds differ wildly, the first defender is always 1 better: difference 4 / Σ(none − oracle) = 4 / 400.
        let first = costs(&[(10.0, 6.0, 0.0), (190.0, 101.0, 0.0), (50.0, 26.0, 0.0), (150.0, 71.0, 0.0)]);
        let second: Vec<f64> = first.iter().map(|c| c.cost + 1.0).collect();
        let resamples = Resamples::new(1, 2000, &[4]);
        let u = units(&resamples, 4);
        let difference = score_difference(&resamples, &u, &first, &second).estimate();
        assert!((difference.value.unwrap() - 0.01).abs() < 1e-15);
        assert!(difference.low.unwrap() > 0.0);
        let alone = score(&resamples, &u, &first).estimate();
        assert!(
            difference.high.unwrap() - difference.low.unwrap() < alone.high.unwrap() - alone.low.unwrap()
        );
    }

    proptest! {
        #[test]
        fn the_unit_of_cost_does_not_matter(
            rows in prop::collection::vec((50.0..100.0_f64, 0.0..120.0_f64, 0.0..40.0_f64), 2..20),
            scale in 1..10_i32,
        ) {
            let resamples = Resamples::new(9, 200, &[rows.len()]);
            let u = units(&resamples, rows.len());
            let factor = f64::from(1 << scale);
            let scaled: Vec<_> = rows.iter().map(|r| (r.0 * factor, r.1 * factor, r.2 * factor)).collect();
            // Powers of two scale without rounding, so the figures are the same to the bit.
            prop_assert_eq!(score(&resamples, &u, &costs(&rows)), score(&resamples, &u, &costs(&scaled)));
        }

        #[test]
        fn a_difference_of_scores_is_the_score_of_the_difference(
            rows in prop::collection::vec((50.0..100.0_f64, 0.0..120.0_f64, 0.0..40.0_f64, 0.0..120.0_f64), 2..20),
        ) {
            let resamples = Resamples::new(9, 200, &[rows.len()]);
            let u = units(&resamples, rows.len());
            let first: Vec<_> = rows.iter().map(|r| Costs { none: r.0, cost: r.1, oracle: r.2 }).collect();
            let second: Vec<_> = rows.iter().map(|r| Costs { cost: r.3, ..Costs { none: r.0, cost: 0.0, oracle: r.2 } }).collect();
            let plays: Vec<f64> = rows.iter().map(|r| r.3).collect();
            let difference = score_difference(&resamples, &u, &first, &plays).estimate().value.unwrap();
            let ones = vec![1; rows.len()];
            let apart = score_of(&ones, &first).unwrap() - score_of(&ones, &second).unwrap();
            prop_assert!((difference - apart).abs() < 1e-9);
        }
    }
}
