//! Runs side by side.

use super::book::Book;
use super::run::ReportedRun;
use super::words::{self, Spelling, band, number, percent, span};
use crate::chart::bars::{Bars, Row};
use crate::chart::{Axis, DrawError, Look};
use mats_lab::results::{ComparisonRow, Pairing, Run, Settings, compare};
use maud::{Markup, html};

/// Figures that are set side by side.
const SHOWN: [(&str, &str, Spelling); 8] = [
    ("score", "score", number),
    ("contained", "contained", percent),
    ("time_lost_s", "time lost", span),
    ("incident_f1", "incident F1", number),
    ("false_per_100_host_days", "false / 100 host-days", number),
    ("damage", "damage", number),
    ("disruption", "disruption", number),
    ("actions", "actions", number),
];

/// The section that stands before those of the runs.
pub fn section(book: &mut Book, runs: &[ReportedRun]) -> Result<Markup, DrawError> {
    let rows: Vec<Row> = runs.iter().flat_map(scores).collect();
    let figure = if rows.is_empty() {
        html! {}
    } else {
        let ends = rows.iter().flat_map(|r| {
            let (low, high) = r.interval.unwrap_or((r.bar.1, r.bar.1));
            [r.bar.1, low, high, 0.0, 1.0]
        });
        let bars = Bars { x: Axis::around("score", ends), rows: rows.clone() };
        let caption = html! { "Doing nothing is 0, the oracle 1, each in the run’s own scenario. Whiskers: 95 % intervals." };
        book.figure("runs-score", "Scores of all runs", &bars, &caption)?
    };
    let named: Vec<Run<'_>> = runs.iter().map(|r| Run { name: &r.name, tables: &r.tables }).collect();
    let compared = compare(&named, Settings { resamples: 1000, ..Settings::default() });
    Ok(html! {
        header {
            h1 { "Report of " (runs.len()) " runs" }
            p.dim { @for (i, run) in runs.iter().enumerate() { @if i > 0 { ", " } code { (run.name) } " (" (run.scenario()) ")" } }
        }
        section id="runs" {
            h2 { "Side by side" }
            (figure)
            @if compared.is_empty() {
                p { "The runs have no scenario and defender in common, so there is nothing to take differences of." }
            } @else {
                p { "Each later run against the first, " code { (runs[0].name) } ": on the seeds both played where they share any (paired), otherwise each "
                    "resampled on its own. Bold: the interval of the difference excludes 0." }
                (differences(&compared))
            }
        }
    })
}

/// Bars of one run: its learners and what they are compared with.
fn scores(run: &ReportedRun) -> Vec<Row> {
    let row = |(i, defender): (usize, &str)| {
        let score = run.figure(defender, "score")?;
        Some(Row {
            name: format!("{}: {defender}", run.name),
            look: Look::of(defender, i),
            bar: (0.0, score.value?),
            interval: band(score.low, score.high),
            value: words::estimate(score, number),
        })
    };
    let told = run.defenders().into_iter().filter(|d| !matches!(*d, "none" | "oracle"));
    told.enumerate().filter_map(row).collect()
}

fn differences(rows: &[ComparisonRow]) -> Markup {
    html! {
        @for group in rows.chunk_by(|a, b| (&a.scenario, &a.run, &a.defender) == (&b.scenario, &b.run, &b.defender)) {
            @let first = &group[0];
            details open[matches!(&*first.defender, "policy" | "dqn")] {
                summary { (first.scenario) " · " (first.defender) " · " (first.run) " against " (first.base) " ("
                    @if first.pairing == Pairing::Paired { "paired" } @else { "unpaired" } ")" }
                div.scroll { table {
                    thead { tr { th { "figure" } th.n { (first.base) } th.n { (first.run) } th.n { "difference" } } }
                    tbody { @for (metric, name, spelling) in SHOWN { @if let Some(r) = group.iter().find(|r| r.metric == metric) { tr {
                        th scope="row" { (name) }
                        td.n { (words::value(r.base_value, spelling)) } td.n { (words::value(r.value, spelling)) }
                        td.n { (difference(r, spelling)) }
                    } } } }
                } }
            }
        }
    }
}

fn difference(r: &ComparisonRow, spelling: Spelling) -> Markup {
    let spell = |v: f64| format!("{}{}", if v < 0.0 { "−" } else { "+" }, spelling(v.abs()));
    let Some(value) = r.difference else { return html! { (words::UNDEFINED) } };
    let interval = band(r.low, r.high);
    let text = format!(
        "{}{}",
        spell(value),
        interval.map_or(String::new(), |(low, high)| format!(" [{}, {}]", spell(low), spell(high)))
    );
    html! { @if interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0) { b { (text) } } @else { (text) } }
}
