//! Two or more runs side by side: each later one against the first.
//!
//! Where both evaluated on the same seeds, only those seeds count and the same draws of them serve both
//! (*paired*); otherwise each run is resampled on its own (*unpaired*). Training seeds are always drawn
//! separately: equal numbers do not make two trainings of different settings alike.

use super::cell::{Level, Pairing, Phase};
use super::metric::Metric;
use super::read::RunTables;
use super::rows::{ComparisonRow, DetectionRow, EpisodeRow};
use super::sample::{Sample, common_tau, factors, samples};
use super::summary::{Settings, scenarios};
use crate::metrics::bootstrap::{Estimate, Resamples};
use std::collections::BTreeSet;

/// Fewer shared seeds than this are no basis for pairs.
const FEWEST_PAIRS: usize = 2;

/// A run and what to call it.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Its name in the output.
    pub name: &'a str,
    /// Its tables.
    pub tables: &'a RunTables,
}

/// Compares every later run with the first, for each scenario and defender that both have.
pub fn compare(runs: &[Run<'_>], settings: Settings) -> Vec<ComparisonRow> {
    let Some((base, others)) = runs.split_first() else { return Vec::new() };
    let mut rows = Vec::new();
    for scenario in scenarios(&base.tables.episodes) {
        for run in others {
            compare_scenario(scenario, *base, *run, settings, &mut rows);
        }
    }
    rows
}

fn evaluated<'a>(run: Run<'a>, scenario: &str) -> impl Iterator<Item = &'a EpisodeRow> {
    run.tables.episodes.iter().filter(move |r| r.scenario == scenario && r.phase == Phase::Eval)
}

fn compare_scenario(
    scenario: &str,
    base: Run<'_>,
    run: Run<'_>,
    settings: Settings,
    out: &mut Vec<ComparisonRow>,
) {
    let seeds_of = |run| evaluated(run, scenario).map(|r| r.seed).collect::<BTreeSet<u64>>();
    let shared: BTreeSet<u64> = seeds_of(base).intersection(&seeds_of(run)).copied().collect();
    let pairing = if shared.len() >= FEWEST_PAIRS { Pairing::Paired } else { Pairing::Unpaired };
    let samples_of = |run: Run<'_>| {
        let kept = |r: &&EpisodeRow| pairing == Pairing::Unpaired || shared.contains(&r.seed);
        let episodes: Vec<EpisodeRow> = evaluated(run, scenario).filter(kept).cloned().collect();
        samples(scenario, &episodes, &run.tables.campaigns)
    };
    let (base_samples, run_samples) = (samples_of(base), samples_of(run));
    let tau = settings.tau_s.unwrap_or_else(|| common_tau(base_samples.iter().chain(&run_samples)));
    for old in &base_samples {
        let Some(new) = run_samples.iter().find(|s| s.defender == old.defender) else { continue };
        let row = |metric: String, base_value, value, difference: Estimate| ComparisonRow {
            scenario: scenario.to_owned(),
            defender: old.defender.clone(),
            metric,
            base: base.name.to_owned(),
            run: run.name.to_owned(),
            base_value,
            value,
            difference: difference.value,
            low: difference.low,
            high: difference.high,
            pairing,
            n: difference.n,
        };
        let differences = Differences::new(old, new, tau, pairing, settings);
        for &metric in Metric::ALL.iter().filter(|&&m| m != Metric::Tau) {
            let (before, after, difference) = differences.of(metric);
            out.push(row(metric.name().to_owned(), before, after, difference));
        }
        for (metric, figure) in WINDOW_FIGURES {
            let value = |run| window_row(run, scenario, &old.defender).and_then(figure);
            let (before, after) = (value(base), value(run));
            let value = before.zip(after).map(|(before, after)| after - before);
            out.push(row(metric.to_owned(), before, after, Estimate { value, ..Estimate::default() }));
        }
    }
}

/// A figure of a row of `detection.csv`.
type Figure = fn(&DetectionRow) -> Option<f64>;

/// Figures of windows. They are kept only as sums over all episodes, so they have no interval.
const WINDOW_FIGURES: [(&str, Figure); 6] = [
    ("window_precision", |r| r.precision),
    ("window_recall", |r| r.recall),
    ("window_f1", |r| r.f1),
    ("window_fpr", |r| r.fpr),
    ("window_roc_auc", |r| r.roc_auc),
    ("window_pr_auc", |r| r.pr_auc),
];

fn window_row<'a>(run: Run<'a>, scenario: &str, defender: &str) -> Option<&'a DetectionRow> {
    run.tables.detection.iter().find(|r| {
        (r.scenario == scenario && r.defender == defender)
            && (r.phase, r.level) == (Phase::Eval, Level::Window)
    })
}

/// One defender in two runs, on common draws.
struct Differences<'a> {
    old: &'a Sample,
    new: &'a Sample,
    tau: f64,
    drawn: Resamples,
    /// Factors: training seeds of each run, then seeds (of each run, when unpaired).
    seeds: [(usize, Vec<u64>); 2],
    train_seeds: [(usize, Vec<u64>); 2],
}

impl<'a> Differences<'a> {
    fn new(
        old: &'a Sample,
        new: &'a Sample,
        tau: f64,
        pairing: Pairing,
        settings: Settings,
    ) -> Differences<'a> {
        let (old_trained, old_seeds) = factors([old]);
        let (new_trained, new_seeds) = factors([new]);
        let (_, all) = factors([old, new]);
        let (levels, seeds) = match pairing {
            Pairing::Paired => (vec![all.len()], [(2, all.clone()), (2, all)]),
            Pairing::Unpaired => (vec![old_seeds.len(), new_seeds.len()], [(2, old_seeds), (3, new_seeds)]),
        };
        let levels: Vec<usize> = [old_trained.len(), new_trained.len()].into_iter().chain(levels).collect();
        let drawn = Resamples::new(settings.seed, settings.resamples, &levels);
        Differences { old, new, tau, drawn, seeds, train_seeds: [(0, old_trained), (1, new_trained)] }
    }

    /// The figure in the base, in the run, and run minus base. A score that either lacks has no difference.
    fn of(&self, metric: Metric) -> (Option<f64>, Option<f64>, Estimate) {
        let side = |sample: &Sample, i: usize| {
            let ((group, train_seeds), (block, seeds)) = (&self.train_seeds[i], &self.seeds[i]);
            sample.units(&self.drawn, (*group, train_seeds), (*block, seeds))
        };
        let (mut units, new_units) = (side(self.old, 0), side(self.new, 1));
        let before = self.old.value(metric, self.tau, &self.drawn, &units);
        let after = self.new.value(metric, self.tau, &self.drawn, &new_units);
        let n = self.old.concerned(metric) + self.new.concerned(metric);
        if before.is_none() || after.is_none() {
            return (before, after, Estimate { n, ..Estimate::default() });
        }
        let (old, new) = (self.old.statistic(metric, self.tau), self.new.statistic(metric, self.tau));
        let cut = units.len();
        units.extend(new_units);
        let difference = self.drawn.estimate(&units, |w| Some(new(&w[cut..])? - old(&w[..cut])?));
        (before, after, Estimate { n, ..difference })
    }
}
