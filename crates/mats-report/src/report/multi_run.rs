//! Runs side by side.

use super::figure_set::FigureSet;
use super::format::{self, Spelling, band, count, number, percent, span};
use super::run::ReportedRun;
use crate::chart::bars::{Bar, Bars};
use crate::chart::{Axis, DrawError, SeriesStyle};
use mats_results::compare::{Recorded, SEED, scenario_diff};
use mats_results::marked;
use mats_results::{
    Comparison, ComparisonRow, Decision, Pairing, Run, RunTables, Settings, Verdict, comparison,
};
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Figures that are set side by side.
const SHOWN: [(&str, &str, Spelling); 9] = [
    ("score", "score", number),
    ("objective", "objective", percent),
    ("stopped", "stopped", percent),
    ("access_s", "access time", span),
    ("incident_f1", "incident F1", number),
    ("false_per_100_host_days", "false / 100 host-days", number),
    ("damage", "damage", number),
    ("disruption", "disruption", number),
    ("actions", "actions", number),
];

/// Runs whose scores of all defenders fit into one chart.
const FEW: usize = 4;

/// The section that stands before those of the runs.
pub fn section(figures: &mut FigureSet, runs: &[ReportedRun], notes: &[String]) -> Result<Markup, DrawError> {
    // What is to be compared stands together: scenario by scenario.
    let mut ordered: Vec<&ReportedRun> = runs.iter().collect();
    let place = |run: &ReportedRun| runs.iter().position(|other| other.scenario() == run.scenario());
    ordered.sort_by_key(|run| place(run));
    let rows: Vec<Bar> = ordered.into_iter().flat_map(|run| scores(run, runs.len() > FEW)).collect();
    let figure = if rows.is_empty() {
        html! {}
    } else {
        let ends = rows.iter().flat_map(|r| {
            let (low, high) = r.interval.unwrap_or((r.bar.1, r.bar.1));
            [r.bar.1, low, high, 0.0, 1.0]
        });
        let bars = Bars { x: Axis::around("score", ends), rows: rows.clone() };
        let lacking: Vec<&str> =
            runs.iter().filter(|run| scores(run, false).is_empty()).map(|run| run.name.as_str()).collect();
        let caption = html! { @if !lacking.is_empty() { "Without a score: " (lacking.join(", ")) ". " } "Doing nothing is 0, the oracle 1, each in the run’s own scenario. Whiskers: 95 % intervals." };
        figures.figure("runs-score", "Scores of all runs", &bars, &caption)?
    };
    let variants = Variant::of(runs);
    let named: Vec<Run<'_>> = variants.iter().map(|v| Run { name: v.name, tables: &v.tables }).collect();
    let compared = comparison(&named, Settings { seed: SEED, ..Settings::default() });
    let recorded: Vec<Recorded<'_>> =
        variants.iter().map(|v| Recorded { name: v.name, records: &v.records }).collect();
    let mut notes = notes.to_vec();
    notes.extend(scenario_diff(&recorded));
    notes.extend(compared.notes.iter().cloned());
    Ok(html! {
        header {
            h1 { "Report of " (runs.len()) " runs" }
            p.dim { @for (i, run) in runs.iter().enumerate() { @if i > 0 { ", " } code { (run.name) } " (" (run.scenario()) ")" } }
        }
        section id="runs" {
            h2 { "Side by side" }
            (figure)
            @if compared.rows.is_empty() {
                p { "The runs have no scenario and defender in common, so there is nothing to take differences of." }
            } @else {
                (verdicts(&compared))
                @if !notes.is_empty() { h3 { "To bear in mind" } ul { @for note in &notes { li { (note) } } } }
                h3 { "Differences" }
                p { "Each later run against the first, " code { (variants[0].name) } ": on the seeds both played where they share any (paired), otherwise each "
                    "resampled on its own. The intervals are not corrected for their number: among many, some exclude 0 by luck. Bold: "
                    "where a verdict says so." }
                (differences(&compared))
            }
        }
    })
}

/// Runs that are compared as one: of one variant, each on scenarios of its own.
struct Variant<'a> {
    name: &'a str,
    tables: RunTables,
    /// The scenarios as played, each as in `run.json`.
    records: BTreeMap<String, Value>,
}

impl Variant<'_> {
    fn of(runs: &[ReportedRun]) -> Vec<Variant<'_>> {
        let mut variants: Vec<Variant<'_>> = Vec::new();
        for run in runs {
            let at = variants.iter().position(|v| v.name == run.variant).unwrap_or_else(|| {
                variants.push(Variant {
                    name: &run.variant,
                    tables: RunTables::default(),
                    records: BTreeMap::new(),
                });
                variants.len() - 1
            });
            let Variant { tables, records, .. } = &mut variants[at];
            tables.episodes.extend(run.tables.episodes.iter().cloned());
            tables.campaigns.extend(run.tables.campaigns.iter().cloned());
            tables.detection.extend(run.tables.detection.iter().cloned());
            records.insert(run.scenario().to_owned(), json!({ "scenario": run.record.scenario }));
        }
        variants
    }
}

/// Writes which is better, in words; where there are many, those that cannot be told are counted.
fn verdicts(found: &Comparison) -> Markup {
    const MOST: usize = 12;
    let told = |v: &&Verdict| found.verdicts.len() <= MOST || v.decision != Decision::CannotTell;
    let untold = found.verdicts.iter().filter(|v| !told(v)).count();
    html! {
        h3 { "Which is better" }
        @if found.verdicts.is_empty() { p { "Only " code { "none" } " and " code { "oracle" } " are in common, the ends of the scale: no verdict." } }
        ul.verdicts { @for verdict in found.verdicts.iter().filter(told) {
            li { (verdict.scenario) ": " @if is_decided(verdict.decision) { b { (verdict.words) } } @else { (verdict.words) } }
        } }
        @if untold == found.verdicts.len() && untold > 0 { p { "None of the " (untold) " comparisons can be told from luck." } }
        @else if untold > 0 { p { (count(untold, "more comparison")) " cannot be told from luck." } }
        p.dim { "Verdicts rest on the score, or on the mean cost where there is none, and hold at 5 % for all " (found.family)
            " together, by Holm’s correction (1979). " code { "mats compare" } " has every figure." }
    }
}

fn is_decided(decision: Decision) -> bool {
    matches!(decision, Decision::Better | Decision::Worse)
}

/// Bars of one run: its learners and what they are compared with; the latter in short where there are many runs.
fn scores(run: &ReportedRun, in_short: bool) -> Vec<Bar> {
    let row = |(i, defender): (usize, &str)| {
        let score = run.figure(defender, "score")?;
        Some(Bar {
            name: format!("{}: {}", run.name, run.label(defender)),
            style: SeriesStyle::of(defender, i),
            bar: (0.0, score.value?),
            interval: band(score.low, score.high),
            value: format::estimate(score, number),
        })
    };
    let is_told = |d: &&str| match *d {
        "none" | "oracle" => false,
        "dqn" | "policy" | "playbook" => true,
        _ => !in_short,
    };
    let told = run.defenders().into_iter().filter(is_told);
    told.enumerate().filter_map(row).collect()
}

fn differences(found: &Comparison) -> Markup {
    let is_told = |r: &ComparisonRow| {
        let of = |v: &Verdict| {
            (&v.scenario, &v.run, &v.defender, &v.metric) == (&r.scenario, &r.run, &r.defender, &r.metric)
        };
        found.verdicts.iter().any(|v| of(v) && is_decided(v.decision))
    };
    html! {
        @for group in found.rows.chunk_by(|a, b| (&a.scenario, &a.run, &a.defender) == (&b.scenario, &b.run, &b.defender)) {
            @let first = &group[0];
            details open[matches!(&*first.defender, "policy" | "dqn")] {
                summary { (first.scenario) " · " (marked(&first.defender)) " · " (first.run) " against " (first.base) " ("
                    @if first.pairing == Pairing::Paired { "paired" } @else { "unpaired" } ")" }
                div.scroll { table {
                    thead { tr { th { "figure" } th.n { (first.base) } th.n { (first.run) } th.n { "difference" } } }
                    tbody { @for (metric, name, spelling) in SHOWN { @if let Some(r) = group.iter().find(|r| r.metric == metric) { tr {
                        th scope="row" { (name) }
                        td.n { (format::value(r.base_value, spelling)) } td.n { (format::value(r.value, spelling)) }
                        td.n { (difference(r, spelling, is_told(r))) }
                    } } } }
                } }
            }
        }
    }
}

fn difference(r: &ComparisonRow, spelling: Spelling, is_told: bool) -> Markup {
    let sign = |v: f64| if v < 0.0 { "−" } else { "+" };
    let is_nothing = |v: f64| spelling(v.abs()) == spelling(0.0);
    let spell = |v: f64| format!("{}{}", if is_nothing(v) { "" } else { sign(v) }, spelling(v.abs()));
    let Some(value) = r.difference else { return html! { (format::UNDEFINED) } };
    let interval = band(r.low, r.high);
    let text = format!(
        "{}{}",
        spell(value),
        interval.map_or(String::new(), |(low, high)| format!(" [{}, {}]", spell(low), spell(high)))
    );
    html! { @if is_told { b { (text) } } @else { (text) } }
}

#[cfg(test)]
mod tests {
    use super::SHOWN;
    use mats_results::Metric;

    #[test]
    fn figures_that_are_shown_are_figures_that_there_are() {
        for (name, ..) in SHOWN {
            assert!(Metric::ALL.iter().any(|metric| metric.name() == name), "{name}");
        }
    }
}
