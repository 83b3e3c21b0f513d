//! One defender in two runs: every figure, the difference, and its interval on common draws.

use super::replicates::{Asked, Draws, Figure, Replicates, figures, replicate};
use crate::cell::Pairing;
use crate::metric::Metric;
use crate::metrics::bootstrap::{Estimate, interval};
use crate::sample::Sample;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// One run in a comparison: its samples on the seeds that are compared, under every resample.
pub struct Side<'a> {
    /// A sample for each defender.
    pub samples: Cow<'a, [Sample]>,
    replicates: Replicates,
    /// The figures themselves, `[sample][figure]`.
    values: Vec<Vec<Option<f64>>>,
    /// True if there is more than one evaluation seed, so that luck can be seen at all.
    spread: bool,
}

/// Request to resample a run: its samples, the evaluation seeds that are compared, and the numbers of both factors.
pub struct Question<'a> {
    /// A sample for each defender.
    pub samples: Cow<'a, [Sample]>,
    /// Seeds, sorted.
    pub seeds: Vec<u64>,
    /// The factor of training seeds.
    pub group_factor: usize,
    /// The factor of evaluation seeds.
    pub block_factor: usize,
}

/// Resamples everything that is asked.
pub fn sides(asked: Vec<Question<'_>>, tau: f64, draws: Draws) -> Vec<Side<'_>> {
    let plain: Vec<Asked<'_>> = asked
        .iter()
        .map(|q| {
            let Question { samples, seeds, group_factor, block_factor } = q;
            Asked { samples, seeds, group_factor: *group_factor, block_factor: *block_factor }
        })
        .collect();
    let replicates = replicate(&plain, tau, draws);
    asked
        .into_iter()
        .zip(replicates)
        .map(|(Question { samples, seeds, .. }, replicates)| {
            let spread = seeds.len() > 1;
            let values = samples.iter().zip(&replicates).map(|(s, r)| values(s, tau, r, spread)).collect();
            Side { samples, replicates, values, spread }
        })
        .collect()
}

impl Side<'_> {
    /// Returns the positions of the defenders that another run has, too: here and there.
    pub fn shared_defenders(&self, other: &Side<'_>) -> Vec<(usize, usize)> {
        let place = |s: &Sample| other.samples.iter().position(|o| o.defender == s.defender);
        self.samples.iter().enumerate().filter_map(|(i, s)| Some((i, place(s)?))).collect()
    }

    /// A figure of a sample.
    pub fn value(&self, sample: usize, metric: Metric) -> Option<f64> {
        let at = figures().iter().position(|&f| f == Figure::Of(metric))?;
        self.values[sample][at]
    }

    /// Counts the trainings of a defender.
    pub fn trainings(&self, sample: usize) -> usize {
        self.samples[sample].episodes.iter().map(|e| e.train_seed).collect::<BTreeSet<u64>>().len()
    }
}

/// The figures of a sample. A score exists only where there is something to save, as `metrics::score` has it.
fn values(sample: &Sample, tau: f64, replicates: &[Vec<f64>], spread: bool) -> Vec<Option<f64>> {
    let ones = vec![1; sample.episodes.len()];
    let figures = figures();
    let something_to_save = |metric| {
        let at = figures.iter().position(|&f| f == Figure::Savable(metric))?;
        let savable: Vec<_> = sample.episodes.iter().filter_map(|e| metric.parts(e)).map(|p| p.1).collect();
        let mean = savable.iter().sum::<f64>() / savable.len() as f64;
        let mut defined: Vec<f64> = replicates[at].iter().copied().filter(|v| !v.is_nan()).collect();
        let (low, _) = if spread { interval(&mut defined, replicates[at].len()) } else { (None, None) };
        Some(low.unwrap_or(mean) > 0.0)
    };
    figures
        .iter()
        .map(|&figure| match figure {
            Figure::Of(metric) if metric.is_score() && something_to_save(metric) != Some(true) => None,
            Figure::Of(metric) => sample.statistic(metric, tau)(&ones).filter(|v| v.is_finite()),
            Figure::Savable(_) => None,
        })
        .collect()
}

/// A figure in two runs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The figure in the base.
    pub before: Option<f64>,
    /// The figure in the run.
    pub after: Option<f64>,
    /// Run minus base.
    pub estimate: Estimate,
    /// The difference in each resample that defines it, sorted. Empty where there is no difference, or no spread.
    pub replicates: Vec<f64>,
    /// Number of resamples.
    pub drawn: usize,
}

/// All figures of a defender in two runs.
pub fn differences(old: (&Side<'_>, usize), new: (&Side<'_>, usize), pairing: Pairing) -> Vec<Difference> {
    let spread = match pairing {
        Pairing::Paired => old.0.spread,
        // One episode says nothing of the spread of others, on whichever side it stands.
        Pairing::Unpaired => old.0.spread && new.0.spread,
    };
    figures()
        .par_iter()
        .enumerate()
        .map(|(at, &figure)| {
            let concerned = |side: (&Side<'_>, usize)| match figure {
                Figure::Of(metric) => side.0.samples[side.1].concerned(metric),
                Figure::Savable(_) => 0,
            };
            let n = concerned(old) + concerned(new);
            let (before, after) = (old.0.values[old.1][at], new.0.values[new.1][at]);
            let mut found = Difference {
                before,
                after,
                estimate: Estimate { n, ..Estimate::default() },
                replicates: Vec::new(),
                drawn: 0,
            };
            let Some((before, after)) = before.zip(after) else { return found };
            found.estimate.value = Some(after - before);
            if spread {
                let pairs = old.0.replicates[old.1][at].iter().zip(&new.0.replicates[new.1][at]);
                found.replicates = pairs.map(|(old, new)| new - old).filter(|d| !d.is_nan()).collect();
                found.drawn = old.0.replicates[old.1][at].len();
                (found.estimate.low, found.estimate.high) = interval(&mut found.replicates, found.drawn);
            }
            found
        })
        .collect()
}
