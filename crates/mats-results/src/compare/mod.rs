//! Two or more runs side by side: each later one against the first.
//!
//! | module | holds |
//! |---|---|
//! | [`pair`] | one defender in two runs: every figure, its difference and interval |
//! | [`replicates`] | every figure under every resample, fast |
//! | [`verdict`] | which is better, in words, and how many seeds more it would take |
//! | [`training`] | interquartile mean and probability of improvement over training seeds |
//! | [`curves`] | cumulative incidence of containment and of the objective |
//! | [`notes`] | what the runs do not have in common, and what cannot be said for it |
//! | [`config_diff`] | what they were made with, and in what that differs |
//!
//! Where both evaluated on the same seeds, only those seeds count and the same draws of them serve both
//! (*paired*); otherwise each run is resampled on its own (*unpaired*). Training seeds are always drawn
//! separately: equal numbers do not make two trainings of different settings alike.
//!
//! Verdicts rest on one *headline* figure for each scenario, defender and later run: the score where both runs have
//! one, otherwise the mean cost. Holm's correction is over all of them.

mod config_diff;
mod curves;
mod notes;
mod pair;
mod replicates;
mod runs;
mod training;
mod verdict;

pub use config_diff::{Recorded, scenario_diff, settings_diff};
pub use runs::Run;
pub use verdict::{Decision, Verdict};

use crate::cell::{Level, Pairing, Phase};
use crate::metric::Metric;
use crate::metrics::bootstrap::Estimate;
use crate::metrics::holm::holm;
use crate::rows::{ComparisonRow, DetectionRow, EpisodeRow, ImprovementRow, IncidenceRow};
use crate::sample::{Sample, common_tau, samples};
use crate::summary::{Settings, scenarios};
use notes::Notes;
use pair::{Difference, Question, Side};
use replicates::{Draws, Figure, figures};
use runs::{Evaluated, REFERENCES};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use training::Trainings;

/// Seed of the draws, where none is asked for: the same everywhere, so that all say the same of the same runs.
pub const SEED: u64 = 1;

/// Fewer shared seeds than this are no basis for pairs.
const MIN_PAIRS: usize = 2;
/// Resamples of headline figures for each verdict, so that the least p-value, 2 / (B + 1), passes Holm's correction
/// at .025.
const RESAMPLES_PER_VERDICT: usize = 80;
/// Bound of the above.
const MAX_RESAMPLES: usize = 100_000;
/// Results of comparing runs side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// A row for each figure, defender, scenario and later run.
    pub rows: Vec<ComparisonRow>,
    /// Verdicts on which run is better, by the headline figure.
    pub verdicts: Vec<Verdict>,
    /// Comparison over training seeds, where there are some.
    pub improvement: Vec<ImprovementRow>,
    /// Cumulative incidence of containment and of the objective, of each run's own episodes.
    pub curves: Vec<IncidenceRow>,
    /// The span τ over which incidence is given, in seconds, by scenario: the shortest where runs differ. 0 without
    /// campaigns.
    pub tau_s: Vec<(String, f64)>,
    /// Number of verdicts that Holm's correction is over.
    pub family: usize,
    /// Resamples behind a verdict; other intervals rest on those that were asked for.
    pub headline_resamples: usize,
    /// Caveats, in plain words.
    pub notes: Vec<String>,
}

/// The rows of [`comparison`] alone.
pub fn compare(runs: &[Run<'_>], settings: Settings) -> Vec<ComparisonRow> {
    comparison(runs, settings).rows
}

/// Compares every later run with the first, for each scenario and defender that both have.
pub fn comparison(runs: &[Run<'_>], settings: Settings) -> Comparison {
    let (mut out, mut notes) = (Comparison::default(), Notes::default());
    let Some((base, _)) = runs.split_first() else { return out };
    notes::of_runs(runs, &mut notes);
    let all: Vec<(&str, Vec<Evaluated>)> = scenarios(&base.tables.episodes)
        .into_iter()
        .map(|scenario| (scenario, runs.iter().map(|run| Evaluated::new(*run, scenario)).collect()))
        .collect();
    out.family = all.iter().map(|(_, played)| verdicts_of(played)).sum();
    let wanted = (RESAMPLES_PER_VERDICT * out.family).min(MAX_RESAMPLES);
    out.headline_resamples = settings.resamples.max(wanted);
    let mut trainings = Trainings::default();
    for (scenario, played) in &all {
        compare_scenario(scenario, runs, played, settings, &mut trainings, &mut notes, &mut out);
    }
    out.notes = notes.render(runs.len());
    out.improvement = trainings.rows(runs, settings);
    correct(&mut out);
    out
}

/// Counts the verdicts there are to give on a scenario.
fn verdicts_of(played: &[Evaluated]) -> usize {
    let Some((base, others)) = played.split_first() else { return 0 };
    let in_base = |s: &&Sample| base.samples.iter().any(|b| b.defender == s.defender);
    let judged = |s: &&Sample| in_base(s) && !REFERENCES.contains(&s.defender.as_str());
    others.iter().map(|run| run.samples.iter().filter(judged).count()).sum()
}

/// The samples of a run on the seeds that are compared.
fn restricted<'a>(
    run: Run<'_>,
    scenario: &str,
    played: &'a Evaluated,
    shared: &BTreeSet<u64>,
    pairing: Pairing,
) -> Cow<'a, [Sample]> {
    if pairing == Pairing::Unpaired || played.seeds == *shared {
        return Cow::Borrowed(&played.samples);
    }
    let kept = |r: &&EpisodeRow| r.scenario == scenario && shared.contains(&r.seed);
    let episodes: Vec<EpisodeRow> = run.tables.episodes.iter().filter(kept).cloned().collect();
    Cow::Owned(samples(scenario, &episodes, &run.tables.campaigns))
}

fn compare_scenario(
    scenario: &str,
    runs: &[Run<'_>],
    played: &[Evaluated],
    settings: Settings,
    trainings: &mut Trainings,
    notes: &mut Notes,
    out: &mut Comparison,
) {
    let tau = settings.tau_s.unwrap_or_else(|| common_tau(played.iter().flat_map(|p| &p.samples)));
    out.tau_s.push((scenario.to_owned(), tau));
    for (run, played) in runs.iter().zip(played) {
        curves::append(scenario, run.name, &played.samples, &mut out.curves);
    }
    let draws = Draws {
        seed: settings.seed,
        resamples: settings.resamples,
        headline_resamples: out.headline_resamples,
    };
    // Runs that share the same seeds with the base share its resamples.
    let (mut questions, mut plans) = (Vec::<Question<'_>>::new(), Vec::new());
    for (at, of_run) in played.iter().enumerate().skip(1) {
        let shared: BTreeSet<u64> = played[0].seeds.intersection(&of_run.seeds).copied().collect();
        let pairing = if shared.len() >= MIN_PAIRS { Pairing::Paired } else { Pairing::Unpaired };
        notes::of_pair(scenario, (runs[0], &played[0]), (runs[at], of_run), shared.len(), notes);
        let seeds_of = |played: &Evaluated| -> Vec<u64> {
            if pairing == Pairing::Paired { &shared } else { &played.seeds }.iter().copied().collect()
        };
        let seeds = seeds_of(&played[0]);
        let known = questions.iter().position(|q| q.group_factor == 0 && q.seeds == seeds);
        let base = known.unwrap_or_else(|| {
            let samples = restricted(runs[0], scenario, &played[0], &shared, pairing);
            questions.push(Question { samples, seeds, group_factor: 0, block_factor: 2 });
            questions.len() - 1
        });
        let samples = restricted(runs[at], scenario, of_run, &shared, pairing);
        let block_factor = if pairing == Pairing::Paired { 2 } else { 3 };
        questions.push(Question { samples, seeds: seeds_of(of_run), group_factor: 1, block_factor });
        plans.push((at, pairing, base, questions.len() - 1));
    }
    let seeds: Vec<usize> = questions.iter().map(|q| q.seeds.len()).collect();
    let sides = pair::sides(questions, tau, draws);
    for (at, pairing, base, new) in plans {
        for (i, j) in sides[base].shared_defenders(&sides[new]) {
            let pair = Pair {
                scenario,
                base: runs[0],
                run: runs[at],
                pairing,
                seeds: [seeds[base], seeds[new]],
                old: (&sides[base], i),
                new: (&sides[new], j),
            };
            pair.append(out, notes);
            trainings.add(at, pair.old, pair.new);
        }
    }
}

/// One defender in two runs.
struct Pair<'a> {
    scenario: &'a str,
    base: Run<'a>,
    run: Run<'a>,
    pairing: Pairing,
    /// Numbers of evaluation seeds of base and run.
    seeds: [usize; 2],
    old: (&'a Side<'a>, usize),
    new: (&'a Side<'a>, usize),
}

impl Pair<'_> {
    /// Adds its rows, and its verdict unless it is a reference.
    fn append(&self, out: &mut Comparison, notes: &mut Notes) {
        let defender = &self.old.0.samples[self.old.1].defender;
        let differences = pair::differences(self.old, self.new, self.pairing);
        let row = |metric: String, before, after, difference: Estimate| ComparisonRow {
            scenario: self.scenario.to_owned(),
            defender: defender.clone(),
            metric,
            base: self.base.name.to_owned(),
            run: self.run.name.to_owned(),
            base_value: before,
            value: after,
            difference: difference.value,
            low: difference.low,
            high: difference.high,
            pairing: self.pairing,
            n: difference.n,
            p: None,
            p_holm: None,
        };
        for (figure, d) in figures().into_iter().zip(&differences) {
            let Figure::Of(metric) = figure else { continue };
            out.rows.push(row(metric.name().to_owned(), d.before, d.after, d.estimate));
        }
        let rows = differences.len() - figures().iter().filter(|f| matches!(f, Figure::Savable(_))).count();
        let first = out.rows.len() - rows;
        out.rows[first..].sort_by_key(|row| Metric::ALL.iter().position(|m| m.name() == row.metric));
        for (metric, figure) in WINDOW_FIGURES {
            let value = |run| window_row(run, self.scenario, defender).and_then(figure);
            let (before, after) = (value(self.base), value(self.run));
            let value = before.zip(after).map(|(before, after)| after - before);
            out.rows.push(row(metric.to_owned(), before, after, Estimate { value, ..Estimate::default() }));
        }
        if REFERENCES.contains(&defender.as_str()) {
            return;
        }
        let of = |metric: Metric| figures().iter().position(|&f| f == Figure::Of(metric));
        let differs = |d: &&Difference| d.estimate.value.is_some();
        let score = of(Metric::Score).map(|at| &differences[at]).filter(differs);
        let (metric, headline) = match (score, of(Metric::Cost)) {
            (Some(score), _) => (Metric::Score, score),
            (None, Some(at)) => (Metric::Cost, &differences[at]),
            (None, None) => return,
        };
        let referred =
            |side: &Side<'_>| REFERENCES.iter().all(|r| side.samples.iter().any(|s| s.defender == *r));
        if metric == Metric::Cost && referred(self.old.0) && referred(self.new.0) {
            // Otherwise the lack of references has been told.
            notes.on(
                self.scenario,
                "no score, for what oracle saves cannot be told from nothing; verdicts are by mean cost",
            );
        }
        let trainings = [self.old, self.new].map(|(side, i)| side.trainings(i));
        let verdict = Verdict::new(self, defender, metric, headline, trainings);
        if let Some(row) = out.rows[first..].iter_mut().find(|row| row.metric == metric.name()) {
            row.p = verdict.p;
        }
        out.verdicts.push(verdict);
    }
}

/// Corrects p-values for the number of verdicts, and decides.
fn correct(out: &mut Comparison) {
    // A verdict without a p-value cannot be a false difference, but it was asked for: it keeps its place.
    let p: Vec<f64> = out.verdicts.iter().map(|v| v.p.unwrap_or(1.0)).collect();
    let adjusted = holm(&p);
    for (verdict, adjusted) in out.verdicts.iter_mut().zip(adjusted) {
        verdict.decide(adjusted, p.len());
        let mine = out.rows.iter_mut().find(|row| {
            (&row.scenario, &row.defender, &row.run) == (&verdict.scenario, &verdict.defender, &verdict.run)
                && row.metric == verdict.metric
        });
        if let Some(row) = mine {
            row.p_holm = verdict.p_holm;
        }
    }
}

/// A figure of a row of `detection.csv`.
type OfWindows = fn(&DetectionRow) -> Option<f64>;

/// Figures of windows. They are kept only as sums over all episodes, so they have no interval.
const WINDOW_FIGURES: [(&str, OfWindows); 6] = [
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
