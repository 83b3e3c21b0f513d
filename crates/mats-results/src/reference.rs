//! What `none` and `oracle` cost on the same seed: the ends of the scale that others are measured on.

use crate::rows::EpisodeRow;
use std::collections::BTreeMap;

/// The costs of one reference defender by training seed and seed.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    exact: BTreeMap<(u64, u64), f64>,
    by_seed: BTreeMap<u64, f64>,
}

impl Reference {
    /// Builds it from the rows of one defender in one scenario and phase.
    pub fn new<'a>(rows: impl IntoIterator<Item = &'a EpisodeRow>) -> Reference {
        let mut reference = Reference::default();
        for row in rows {
            reference.exact.insert((row.train_seed, row.seed), row.cost);
        }
        // The lowest training seed stands for all, whatever the order of rows.
        for (&(_, seed), &cost) in &reference.exact {
            reference.by_seed.entry(seed).or_insert(cost);
        }
        reference
    }

    /// Returns its cost on a seed: under the same training where it was played so, for detectors are trained too, and
    /// otherwise under the one it was played.
    pub fn cost(&self, train_seed: u64, seed: u64) -> Option<f64> {
        self.exact.get(&(train_seed, seed)).or_else(|| self.by_seed.get(&seed)).copied()
    }
}

/// Fills `regret` where the oracle played the same scenario, phase and seed.
pub fn fill_regret(rows: &mut [EpisodeRow]) {
    let mut oracles = BTreeMap::<_, Vec<EpisodeRow>>::new();
    for row in rows.iter().filter(|r| r.defender == crate::ORACLE) {
        oracles.entry((row.scenario.clone(), row.phase)).or_default().push(row.clone());
    }
    let oracles: BTreeMap<_, _> =
        oracles.into_iter().map(|(key, rows)| (key, Reference::new(&rows))).collect();
    for row in rows {
        let oracle = oracles.get(&(row.scenario.clone(), row.phase));
        row.regret = oracle.and_then(|o| o.cost(row.train_seed, row.seed)).map(|best| row.cost - best);
    }
}
