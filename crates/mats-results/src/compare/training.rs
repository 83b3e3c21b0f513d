//! Over training seeds: what luck of training leaves of a difference (Agarwal et al. 2021).

use super::pair::Side;
use super::runs::{REFERENCES, Run};
use crate::metric::Metric;
use crate::metrics::improvement::improvement;
use crate::metrics::score::{Costs, score_of};
use crate::rows::ImprovementRow;
use crate::sample::Sample;
use crate::summary::Settings;
use std::collections::BTreeMap;

/// Fewer training seeds than this on either side say nothing of the luck of training.
const FEWEST: usize = 2;

/// Scores by scenario and training seed, of the base and of a run.
type Scores = (Vec<Vec<f64>>, Vec<Vec<f64>>);

/// Scores of all defenders that were trained more than once in both runs.
#[derive(Debug, Default)]
pub struct Trainings(BTreeMap<(usize, String), Scores>, Vec<String>);

impl Trainings {
    /// Adds a scenario's scores of a defender, in the base and in the run of that number.
    pub fn add(&mut self, run: usize, old: (&Side<'_>, usize), new: (&Side<'_>, usize)) {
        let defender = &old.0.samples[old.1].defender;
        if REFERENCES.contains(&defender.as_str()) || !(old.0.has(old.1) && new.0.has(new.1)) {
            return;
        }
        let scores = [old, new].map(|(side, i)| by_training(&side.samples[i]));
        if scores.iter().any(|s| s.len() < FEWEST) {
            return;
        }
        if !self.1.contains(defender) {
            self.1.push(defender.clone());
        }
        let [of_base, of_run] = scores;
        let both = self.0.entry((run, defender.clone())).or_default();
        both.0.push(of_base);
        both.1.push(of_run);
    }

    /// A row for each run and defender.
    pub fn rows(&self, runs: &[Run<'_>], settings: Settings) -> Vec<ImprovementRow> {
        let mut rows = Vec::new();
        for (at, run) in runs.iter().enumerate().skip(1) {
            for defender in &self.1 {
                let Some((base, new)) = self.0.get(&(at, defender.clone())) else { continue };
                let found = improvement(base, new, settings.seed, settings.resamples);
                rows.push(ImprovementRow {
                    defender: defender.clone(),
                    base: runs[0].name.to_owned(),
                    run: run.name.to_owned(),
                    scenarios: base.len() as u64,
                    base_scores: found.base.n,
                    run_scores: found.run.n,
                    base_iqm: found.base.value,
                    base_low: found.base.low,
                    base_high: found.base.high,
                    iqm: found.run.value,
                    iqm_low: found.run.low,
                    iqm_high: found.run.high,
                    difference: found.difference.value,
                    low: found.difference.low,
                    high: found.difference.high,
                    probability: found.probability.value,
                    probability_low: found.probability.low,
                    probability_high: found.probability.high,
                });
            }
        }
        rows
    }
}

impl Side<'_> {
    /// Tells whether a sample has a score.
    fn has(&self, sample: usize) -> bool {
        self.value(sample, Metric::Score).is_some()
    }
}

/// The score of each training seed that has one.
fn by_training(sample: &Sample) -> Vec<f64> {
    let mut costs = BTreeMap::<u64, Vec<Costs>>::new();
    for episode in &sample.episodes {
        costs.entry(episode.train_seed).or_default().extend(episode.costs());
    }
    costs.values().filter_map(|costs| score_of(&vec![1; costs.len()], costs)).collect()
}
