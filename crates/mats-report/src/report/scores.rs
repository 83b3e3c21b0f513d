//! Scores; score against disruption; the detection gap and the decision gap.

use super::book::Book;
use super::run::ReportedRun;
use super::words::{band, estimate, interval, number, signed};
use crate::chart::bars::{Bars, Row};
use crate::chart::scatter::{Dot, Scatter};
use crate::chart::{Axis, DrawError, Look};
use mats_lab::results::SummaryRow;
use maud::{Markup, html};

/// Scores, alone and against disruption.
pub fn section(book: &mut Book, run: &ReportedRun) -> Result<Markup, DrawError> {
    let scored: Vec<(&str, &SummaryRow, f64)> = run
        .defenders()
        .into_iter()
        .filter_map(|d| run.figure(d, "score").and_then(|row| Some((d, row, row.value?))))
        .collect();
    if scored.is_empty() {
        return Ok(html! {
            p { "There is no score here: it needs attacks that cost something, and " code { "none" } " and " code { "oracle" }
                " among the defenders." }
        });
    }
    let ends =
        scored.iter().flat_map(|(_, row, value)| [Some(*value), row.low, row.high, Some(0.0), Some(1.0)]);
    let axis = Axis::around("score: share of the avoidable cost that was avoided", ends.flatten());
    let rows = scored.iter().enumerate().map(|(i, (defender, row, value))| Row {
        name: (*defender).to_owned(),
        look: Look::of(defender, i),
        bar: (0.0, *value),
        interval: band(row.low, row.high),
        value: estimate(row, number),
    });
    let bars = Bars { x: axis, rows: rows.collect() };
    let scores = book.figure(
        "score",
        "Score of each defender",
        &bars,
        &html! { "Doing nothing is 0, the oracle 1: it sees the truth but has the same actions. Whiskers: 95 % intervals." },
    )?;
    let scatter = against_disruption(book, run, &scored)?;
    Ok(html! { (scores) (scatter) })
}

fn against_disruption(
    book: &mut Book,
    run: &ReportedRun,
    scored: &[(&str, &SummaryRow, f64)],
) -> Result<Markup, DrawError> {
    let points: Vec<Dot> = scored
        .iter()
        .enumerate()
        .filter_map(|(i, &(defender, score, value))| {
            let disruption = run.figure(defender, "disruption")?;
            Some(Dot {
                name: defender.to_owned(),
                look: Look::of(defender, i),
                at: (disruption.value?, value),
                intervals: [band(disruption.low, disruption.high), band(score.low, score.high)],
                text: format!(
                    "{defender}\nscore {}\ndisruption {}",
                    estimate(score, number),
                    estimate(disruption, number)
                ),
            })
        })
        .collect();
    let ends = |axis: usize| {
        let all = points.iter().map(move |p| {
            let value = if axis == 0 { p.at.0 } else { p.at.1 };
            let (low, high) = p.intervals[axis].unwrap_or((value, value));
            [value, low, high]
        });
        all.flatten().collect::<Vec<f64>>()
    };
    let x = Axis::around(
        "disruption: business lost to the defence, mean per episode",
        ends(0).into_iter().chain([0.0]),
    );
    let y = Axis::around("score", ends(1).into_iter());
    let scatter = Scatter { x, y, points };
    book.figure(
        "score-disruption",
        "Score against disruption",
        &scatter,
        &html! { "Up and to the left is better: more saved, less business disturbed. Lines: 95 % intervals both ways." },
    )
}

/// What is lost to imperfect detection and what to imperfect decisions.
pub fn gaps(book: &mut Book, run: &ReportedRun) -> Result<Markup, DrawError> {
    let lead =
        |a: &str, b: &str| run.figure(a, &format!("score_minus_{b}")).filter(|row| row.value.is_some());
    let detection = lead("perfect-detector", "playbook");
    let decision = lead("oracle", "perfect-detector");
    let playbook = run.figure("playbook", "score");
    let (Some(detection), Some(decision), Some(playbook)) = (detection, decision, playbook) else {
        return Ok(html! {
            p { "The gaps need the defenders " code { "none" } ", " code { "playbook" } ", " code { "perfect-detector" } " and "
                code { "oracle" } ", and a score." }
        });
    };
    let base = playbook.value.unwrap_or(0.0);
    let (seen, decided) = (detection.value.unwrap_or(0.0), decision.value.unwrap_or(0.0));
    let from =
        |start: f64, row: &SummaryRow| band(row.low, row.high).map(|(low, high)| (start + low, start + high));
    let rows = vec![
        Row {
            name: "playbook".to_owned(),
            look: Look::of("playbook", 0),
            bar: (0.0, base),
            interval: band(playbook.low, playbook.high),
            value: estimate(playbook, number),
        },
        Row {
            name: "detection gap".to_owned(),
            look: Look::of("perfect-detector", 0),
            bar: (base, base + seen),
            interval: from(base, detection),
            value: format!("{} {}", signed(seen), interval(detection, signed)),
        },
        Row {
            name: "decision gap".to_owned(),
            look: Look::of("oracle", 0),
            bar: (base + seen, base + seen + decided),
            interval: from(base + seen, decision),
            value: format!("{} {}", signed(decided), interval(decision, signed)),
        },
    ];
    let ends: Vec<f64> = rows
        .iter()
        .flat_map(|r| {
            let (low, high) = r.interval.unwrap_or(r.bar);
            [r.bar.0, r.bar.1, low, high, 0.0, 1.0]
        })
        .collect();
    let bars = Bars { x: Axis::around("score", ends.into_iter()), rows };
    let caption = html! {
        "From the playbook to the oracle. " b { "Detection gap" } ": score of " code { "perfect-detector" } ", the same playbook "
        "fed with the truth after the sensors’ delay, minus that of " code { "playbook" } ". " b { "Decision gap" } ": score of "
        code { "oracle" } " minus that of " code { "perfect-detector" } ". Intervals: differences on the same seeds, resampled in pairs."
    };
    let figure = book.figure("gaps", "Detection gap and decision gap", &bars, &caption)?;
    let clear = |row: &SummaryRow| row.low.is_some_and(|low| low > 0.0);
    let intervals = detection.low.is_some() && decision.low.is_some();
    let larger = if seen >= decided { "detection" } else { "decisions" };
    Ok(html! {
        p {
            "Of what the playbook leaves on the table, " (signed(seen)) " would be had by perfect detection alone, and another "
            (signed(decided)) " by perfect decisions upon it. The larger part is lost to " (larger) "."
            @if !intervals { " There are no intervals: one seed cannot be resampled." }
            @else if !clear(detection) || !clear(decision) { " An interval that includes 0 means that the gap cannot be told from nothing." }
        }
        (figure)
        @if let Some(policy) = lead("perfect-detector", "policy") {
            p { "After learning, " code { "policy" } " is " (number(policy.value.unwrap_or(0.0))) " " (interval(policy, number))
                " below " code { "perfect-detector" } " on the same seeds." }
        }
    })
}
