//! The curves of training.

use super::figure_set::FigureSet;
use super::format::{band, count, number};
use super::run::ReportedRun;
use crate::chart::curves::{Curves, Point, Series, Shape};
use crate::chart::{Axis, DrawError, SeriesStyle};
use mats_results::metrics::bootstrap::RESAMPLES;
use mats_results::metrics::curve::learning_curve;
use mats_results::{LearningRow, Phase};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// Values by training seed and episode.
type Values = Vec<(u64, u64, f64)>;

/// The section.
pub fn section(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
    let rows = &run.tables.learning;
    if rows.is_empty() {
        return Ok(
            html! { p { "Nothing was trained here; the curves stand in the report of the run that trained the agents." } },
        );
    }
    let seeds = rows.iter().map(|r| r.train_seed).collect::<BTreeSet<_>>().len();
    let what = if seeds > 1 {
        format!(
            "Line: interquartile mean over {}; band: 95 % interval over seeds.",
            count(seeds, "training seed")
        )
    } else {
        "One training seed: the line alone, for there is nothing to tell its luck from.".to_owned()
    };
    let of = |value: fn(&LearningRow) -> Option<f64>| -> Values {
        rows.iter().filter_map(|r| Some((r.train_seed, r.episode, value(r)?))).collect()
    };
    let plots = [
        (
            "learning-score",
            "Score while learning",
            "running score",
            of(|r| r.score),
            "With exploring decisions in it, and scaled by a few validation episodes: it shows whether learning goes on, not how good the result is.",
        ),
        (
            "learning-reward",
            "Reward while learning",
            "return of an episode",
            returns(run),
            "Undiscounted sum of rewards of an episode, mean since the last point; reward is the negative of cost, with potential-based shaping.",
        ),
        (
            "learning-f1",
            "Incident F1 while learning",
            "F1 of incidents",
            of(|r| r.f1),
            "Jumps come with updates of the detectors and with what exploring decisions leave to detect.",
        ),
        (
            "learning-loss",
            "Loss of the network",
            "loss",
            of(|r| r.loss),
            "Mean over the updates since the last point.",
        ),
    ];
    let seed = run.record.settings.seed;
    let mut parts = Vec::new();
    for (name, title, label, values, note) in plots {
        if values.is_empty() {
            continue;
        }
        let caption = html! { (note) " " (what) };
        parts.push(figures.figure(name, title, &chart(label, &values, seed), &caption)?);
    }
    Ok(html! {
        @if let Some(last) = rows.iter().max_by_key(|r| (r.episode, r.train_seed)) {
            p { "Over " (last.episode) " episodes and " (last.updates) " updates of the network for each seed, exploration falls from "
                (number(rows.iter().map(|r| r.epsilon).fold(0.0, f64::max))) " to " (number(last.epsilon))
                " of the decisions. Which network is kept is decided afterwards, on validation seeds." }
        }
        @for part in &parts { (part) }
        details { summary { "Training seed by training seed" } (seed_by_seed(run)) }
    })
}

/// Points of a curve at most; of longer ones every second, third, … is shown.
const POINTS: usize = 400;

fn chart(label: &str, values: &Values, seed: u64) -> Curves {
    let episodes: BTreeSet<u64> = values.iter().map(|v| v.1).collect();
    let every = episodes.len().div_ceil(POINTS).max(1);
    let shown: BTreeSet<u64> = episodes.into_iter().rev().step_by(every).collect();
    let values: Values = values.iter().filter(|v| shown.contains(&v.1)).copied().collect();
    let curve = learning_curve(&values, seed, RESAMPLES);
    let point = |p: &mats_results::metrics::curve::CurvePoint| {
        let y = p.estimate.value?;
        let interval = band(p.estimate.low, p.estimate.high);
        let tail =
            interval.map_or(String::new(), |(low, high)| format!(" [{}, {}]", number(low), number(high)));
        let text = format!("after {} episodes\n{label} {}{tail}", p.episode, number(y));
        Some(Point { x: p.episode as f64, y, band: interval, text })
    };
    let points: Vec<Point> = curve.iter().filter_map(point).collect();
    let ends = points.iter().flat_map(|p| {
        let (low, high) = p.band.unwrap_or((p.y, p.y));
        [low, high, p.y]
    });
    let y = Axis::around(label, ends);
    let x = Axis::around("episodes of training", points.iter().map(|p| p.x));
    Curves {
        x,
        y,
        series: vec![Series { name: label.to_owned(), style: SeriesStyle(0), shape: Shape::Line, points }],
        square: false,
    }
}

/// Mean return of the episodes since the last point of the curve.
fn returns(run: &ReportedRun) -> Values {
    let mut ends: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for row in &run.tables.learning {
        ends.entry(row.train_seed).or_default().push(row.episode);
    }
    for ends in ends.values_mut() {
        ends.sort_unstable();
    }
    let mut sums: BTreeMap<(u64, u64), (f64, u32)> = BTreeMap::new();
    for row in run.tables.episodes.iter().filter(|e| e.phase == Phase::Train && e.scenario == run.scenario())
    {
        let Some(ends) = ends.get(&row.train_seed) else { continue };
        // A point with n episodes behind it has those numbered below n.
        let Some(&end) = ends.get(ends.partition_point(|&end| end <= row.episode)) else { continue };
        let sum = sums.entry((row.train_seed, end)).or_default();
        *sum = (sum.0 + row.return_, sum.1 + 1);
    }
    sums.into_iter().map(|((seed, end), (sum, n))| (seed, end, sum / f64::from(n))).collect()
}

fn seed_by_seed(run: &ReportedRun) -> Markup {
    let rows = &run.tables.learning;
    let last: BTreeMap<u64, &LearningRow> = rows.iter().map(|r| (r.train_seed, r)).collect();
    html! {
        div.scroll { table {
            thead { tr { th { "training seed" } th.n { "last score" } th.n { "last F1" } th.n { "last cost" } th.n { "updates" } th.n { "auditors’ hours" } th { "notes" } } }
            tbody { @for (seed, row) in last { tr {
                th scope="row" { (seed) }
                @for v in [row.score, row.f1, row.cost] { td.n { (super::format::value(v, number)) } }
                td.n { (row.updates) } td.n { (number(row.audit_hours)) }
                td.wrap { @for (_, note) in run.record.notes.iter().filter(|n| n.0 == seed) { (note) } }
            } } }
        } }
    }
}
