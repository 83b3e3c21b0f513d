//! Which of two runs is better, in words, or that it cannot be told.

use super::Pair;
use super::pair::Difference;
use crate::cell::Pairing;
use crate::metric::Metric;
use crate::metrics::bootstrap::p_value;
use serde::Serialize;

/// The level that verdicts hold at, for all of them together.
const LEVEL: f64 = 0.05;
/// Power of the promise that so many more seeds would do.
const POWER: f64 = 0.8;
/// Differences below this share of the figure are those of rounding.
const SAME: f64 = 1e-12;
/// Largest multiple of the seeds that is told; beyond it nobody wants to know.
const MAX_TIMES: f64 = 1000.0;

/// Outcome of a verdict on the run against the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The run is better.
    Better,
    /// The run is worse.
    Worse,
    /// The figure is the same in every resample, so the same in all that was compared.
    Same,
    /// The difference may be luck.
    CannotTell,
}

/// The headline figure of a defender in two runs, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the defender.
    pub defender: String,
    /// The run compared with.
    pub base: String,
    /// The run compared.
    pub run: String,
    /// The headline figure: `score`, or `cost` where either run has no score.
    pub metric: String,
    /// The figure in the base.
    pub base_value: Option<f64>,
    /// The figure in the run.
    pub value: Option<f64>,
    /// Run minus base.
    pub difference: Option<f64>,
    /// Lower end of its 95 % interval, not corrected.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Two-sided bootstrap p-value, not corrected.
    pub p: Option<f64>,
    /// p-value after Holm's correction.
    pub p_holm: Option<f64>,
    /// Number of verdicts that the correction is over.
    pub family: usize,
    /// Outcome of the verdict.
    pub decision: Decision,
    /// Evaluation seeds of base and run.
    pub seeds: [usize; 2],
    /// Training seeds of base and run.
    pub trainings: [usize; 2],
    /// Pairing: on the same seeds or not.
    pub pairing: Pairing,
    /// Multiple of the evaluation seeds with which a difference of this size would be found four times in five, if it
    /// cannot be told, and luck is that of evaluation seeds alone.
    pub times_as_many_seeds: Option<f64>,
    /// The verdict in words.
    pub words: String,
    /// Standard deviation of the replicates.
    #[serde(skip)]
    error: f64,
}

impl Verdict {
    /// p-value before correction.
    pub(super) fn new(
        pair: &Pair<'_>,
        defender: &str,
        metric: Metric,
        found: &Difference,
        trainings: [usize; 2],
    ) -> Verdict {
        let Difference { before, after, estimate: difference, replicates, drawn } = found;
        let n = replicates.len() as f64;
        let mean = replicates.iter().sum::<f64>() / n;
        let variance = replicates.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n;
        let interval = difference.low.zip(difference.high);
        // Sums of the same costs in another order may differ in their last digits, which is no difference.
        let is_same = interval.is_some_and(|(low, high)| {
            low.abs().max(high.abs()) <= SAME * before.unwrap_or(0.0).abs().max(1.0)
        });
        let p = interval
            .and_then(|_| p_value(replicates, *drawn))
            .map(|p| if is_same { 1.0 } else { p.max(least_p(pair.pairing, pair.seeds)) });
        Verdict {
            scenario: pair.scenario.to_owned(),
            defender: defender.to_owned(),
            base: pair.base.name.to_owned(),
            run: pair.run.name.to_owned(),
            metric: metric.name().to_owned(),
            base_value: *before,
            value: *after,
            difference: difference.value,
            low: difference.low,
            high: difference.high,
            p,
            p_holm: None,
            family: 0,
            decision: if is_same { Decision::Same } else { Decision::CannotTell },
            seeds: pair.seeds,
            trainings,
            pairing: pair.pairing,
            times_as_many_seeds: None,
            words: String::new(),
            error: libm::sqrt(variance),
        }
    }

    /// Decides by the corrected p-value.
    pub(super) fn decide(&mut self, adjusted: f64, family: usize) {
        self.family = family;
        self.p_holm = self.p.map(|_| adjusted);
        let difference = self.difference.unwrap_or(0.0);
        if self.p_holm.is_some_and(|p| p <= LEVEL) && difference != 0.0 {
            let up_is_good = self.metric != Metric::Cost.name();
            self.decision = if (difference > 0.0) == up_is_good { Decision::Better } else { Decision::Worse };
        } else if self.decision == Decision::CannotTell && self.trainings.iter().all(|&t| t < 2) {
            self.times_as_many_seeds = times(difference, self.error, LEVEL / family as f64);
        }
        self.words = self.words(&self.base, &self.run);
    }

    /// The verdict in words, with names of the runs as given.
    pub fn words(&self, base: &str, run: &str) -> String {
        let defender = &self.defender;
        // The run is told by the rest of the sentence where there is a verdict, and here where there is none.
        let name = format!("{defender} in {run}");
        let (verb, unit, more, less) = match self.metric.as_str() {
            "cost" => ("costs", " an episode", "more", "less"),
            _ => ("scores", "", "higher", "lower"),
        };
        let Some(d) = self.difference else { return format!("{name}: no figure to compare.") };
        let Some((low, high)) = self.low.zip(self.high) else {
            let why = match self.seeds {
                [1, _] | [_, 1] => "a single episode on one side shows no spread",
                _ => "too many resamples leave the figure undefined",
            };
            return format!("{name}: cannot tell. {} {d:+.3}, without an interval: {why}.", self.metric);
        };
        let p = |p: Option<f64>| match p {
            Some(p) if p < 0.001 => "p < 0.001".to_owned(),
            Some(p) => format!("p = {p:.3}"),
            None => "p undefined".to_owned(),
        };
        let corrected = format!("{}{}", if self.family > 1 { "Holm's " } else { "" }, p(self.p_holm));
        let whole = |word: &str| {
            let (size, ends) = if d < 0.0 { (-d, [-high, -low]) } else { (d, [low, high]) };
            let way = if d < 0.0 { less } else { more };
            format!(
                "{defender} {verb} {size:.3} [{:.3}, {:.3}] {way}{unit} in {run} than in {base}: {word} ({corrected}).",
                ends[0] + 0.0,
                ends[1] + 0.0
            )
        };
        match self.decision {
            Decision::Better => whole("better"),
            Decision::Worse => whole("worse"),
            Decision::Same => {
                format!("{name}: no difference, {} is the same in every resample.", self.metric)
            }
            Decision::CannotTell => {
                let lead = format!(
                    "{name}: cannot tell. {} {d:+.3} [{low:.3}, {high:.3}], {corrected}",
                    self.metric
                );
                let reason = if low > 0.0 || high < 0.0 {
                    if self.p_holm <= self.p {
                        "; so few episodes prove nothing"
                    } else {
                        "; among so many comparisons that may be luck"
                    }
                } else {
                    ""
                };
                let more = self.times_as_many_seeds.map_or_else(String::new, |times| {
                    format!("; were that the true difference, {times:.0} times as many evaluation seeds would find it 4 times in 5")
                });
                format!("{lead}{reason}{more}.")
            }
        }
    }
}

/// Returns the least p-value of an exact test, for no resampling may find more than that could: of n pairs, 2^(1 − n)
/// in the test of signs; of two groups, 2 over the number of ways to part them in the permutation test.
fn least_p(pairing: Pairing, [base, run]: [usize; 2]) -> f64 {
    match pairing {
        Pairing::Paired => libm::exp2(1.0 - base as f64),
        Pairing::Unpaired => {
            // 1 / C(n, k), factor by factor; it soon is too small to matter.
            let ways = (1..=base.min(run)).map(|i| i as f64 / (base.max(run) + i) as f64);
            2.0 * ways.take(200).product::<f64>()
        }
    }
    .min(1.0)
}

/// Computes how many times as many seeds would find the difference at that two-sided level with the usual power, the
/// standard error falling with their root. `None` where that is not more, or far too many.
fn times(difference: f64, error: f64, level: f64) -> Option<f64> {
    let z = upper_quantile(level / 2.0) + upper_quantile(1.0 - POWER);
    let times = libm::ceil(libm::pow(z * error / difference, 2.0));
    (times > 1.0 && times <= MAX_TIMES).then_some(times)
}

/// Computes the quantile of the standard normal distribution with that share above it, by bisection.
fn upper_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-10.0, 10.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if 0.5 * libm::erfc(middle / std::f64::consts::SQRT_2) > share { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (share, z) in [(0.025, 1.959_963_985), (0.2, 0.841_621_234), (0.5, 0.0)] {
            assert!((upper_quantile(share) - z).abs() < 1e-8);
        }
    }

    #[test]
    fn a_difference_of_half_its_error_takes_31_times_as_many() {
        // (1.960 + 0.842)² = 7.849; half an error needs four times that: 31.4.
        assert_eq!(times(0.5, 1.0, 0.05), Some(32.0));
        assert_eq!(times(0.0, 1.0, 0.05), None);
        assert_eq!(times(3.0, 1.0, 0.05), None);
    }

    #[test]
    fn few_seeds_prove_nothing() {
        assert_eq!(least_p(Pairing::Paired, [5, 5]), 0.0625);
        // Three against three can be parted in 20 ways.
        assert!((least_p(Pairing::Unpaired, [3, 3]) - 0.1).abs() < 1e-15);
        assert_eq!(least_p(Pairing::Unpaired, [1, 1]), 1.0);
        assert!(least_p(Pairing::Unpaired, [5000, 5000]) < 1e-60);
    }
}
