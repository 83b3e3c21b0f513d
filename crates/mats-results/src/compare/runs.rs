//! Runs that are compared.

use crate::read::RunTables;
use crate::sample::{Sample, samples};
use std::collections::BTreeSet;

/// Defenders that are the ends of the scale: the same in every run by definition.
pub(super) const REFERENCES: [&str; 2] = [crate::NONE, crate::ORACLE];

/// A run and what to call it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Name of the run in the output.
    pub name: &'a str,
    /// Tables of the run.
    pub tables: &'a RunTables,
}

/// One run's evaluations of one scenario.
pub(super) struct Evaluated {
    pub(super) samples: Vec<Sample>,
    pub(super) seeds: BTreeSet<u64>,
}

impl Evaluated {
    pub(super) fn new(run: Run<'_>, scenario: &str) -> Evaluated {
        let samples = samples(scenario, &run.tables.episodes, &run.tables.campaigns);
        let seeds = samples.iter().flat_map(|s| s.episodes.iter().map(|e| e.seed)).collect();
        Evaluated { samples, seeds }
    }
}
