//! Scores; score against disruption; the detection gap and the decision gap.

use super::figure_set::FigureSet;
use super::format::{band, estimate, interval, number, signed};
use super::run::ReportedRun;
use crate::chart::bars::{Bar, Bars};
use crate::chart::scatter::{Dot, Scatter};
use crate::chart::{Axis, DrawError, Numbers, SeriesStyle};
use mats_results::SummaryRow;
use maud::{Markup, html};

/// Scores, alone and against disruption.
pub fn section(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
    let scored: Vec<(&str, &SummaryRow, f64)> = run
        .defenders()
        .into_iter()
        .filter_map(|d| run.figure(d, "score").and_then(|row| Some((d, row, row.value?))))
        .collect();
    if scored.is_empty() {
        return Ok(html! {
            p { "There is no score here: it needs " code { "none" } " and " code { "oracle" }
                " among the defenders, and episodes enough to tell what the oracle saves from luck." }
        });
    }
    // One interval that is very wide must not hide all others: they are cut, and stand in numbers beside their bars.
    let (least, most) = scored.iter().fold((0.0_f64, 1.0_f64), |(a, b), s| (a.min(s.2), b.max(s.2)));
    let ends = scored.iter().flat_map(|(_, row, value)| {
        [
            *value,
            row.low.unwrap_or(*value).max(least - 0.3),
            row.high.unwrap_or(*value).min(most + 0.3),
            0.0,
            1.0,
        ]
    });
    let axis = Axis::around("score: share of the avoidable cost avoided", ends);
    let rows = scored.iter().enumerate().map(|(i, (defender, row, value))| Bar {
        name: run.label(defender).into_owned(),
        style: SeriesStyle::of(defender, i),
        bar: (0.0, *value),
        interval: band(row.low, row.high),
        value: estimate(row, number),
    });
    let bars = Bars { x: axis, rows: rows.collect() };
    let scores = figures.figure(
        "score",
        "Score of each defender",
        &bars,
        &html! { "Doing nothing is 0, the oracle 1: it sees the truth but has the same actions. Whiskers: 95 % intervals; those without an end go on beyond the axis." },
    )?;
    let scatter = against_disruption(figures, run, &scored)?;
    Ok(html! { (scores) (scatter) })
}

fn against_disruption(
    figures: &mut FigureSet,
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
                style: SeriesStyle::of(defender, i),
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
    let x = points.iter().flat_map(|p| [p.at.0, p.intervals[0].map_or(p.at.0, |i| i.1), 0.0]);
    let x = Axis {
        numbers: Numbers::Root,
        ..Axis::around("disruption, mean per episode (square-root scale)", x)
    };
    let (least, most) = points.iter().fold((0.0_f64, 1.0_f64), |(a, b), p| (a.min(p.at.1), b.max(p.at.1)));
    let y = points.iter().flat_map(|p| {
        let (low, high) = p.intervals[1].unwrap_or((p.at.1, p.at.1));
        [p.at.1, low.max(least - 0.3), high.min(most + 0.3)]
    });
    let y = Axis::around("score", y);
    let scatter = Scatter { x, y, points };
    figures.figure(
        "score-disruption",
        "Score against disruption",
        &scatter,
        &html! { "Disruption is business lost to the defence. Up and to the left is better: more saved, less disturbed. Lines: 95 % intervals both ways, cut at the edge." },
    )
}

/// Draws what is lost to imperfect detection and what to imperfect decisions.
pub fn gaps(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
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
        Bar {
            name: "playbook".to_owned(),
            style: SeriesStyle::of("playbook", 0),
            bar: (0.0, base),
            interval: band(playbook.low, playbook.high),
            value: estimate(playbook, number),
        },
        Bar {
            name: "detection gap".to_owned(),
            style: SeriesStyle::of("perfect-detector", 0),
            bar: (base, base + seen),
            interval: from(base, detection),
            value: format!("{} {}", signed(seen), interval(detection, signed)),
        },
        Bar {
            name: "decision gap".to_owned(),
            style: SeriesStyle::of("oracle", 0),
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
        "told the truth once a step has succeeded, after the sensors’ delay, minus that of " code { "playbook" } ". " b { "Decision gap" } ": score of "
        code { "oracle" } " minus that of " code { "perfect-detector" } ". Intervals: differences on the same seeds, resampled in pairs."
    };
    let figure = figures.figure("gaps", "Detection gap and decision gap", &bars, &caption)?;
    let clear = |row: &SummaryRow| row.low.is_some_and(|low| low > 0.0);
    let intervals = detection.low.is_some() && decision.low.is_some();
    let apart = match (detection.low, detection.high, decision.low, decision.high) {
        (Some(a), _, _, Some(b)) if a > b => "The larger part is lost to detection.",
        (_, Some(a), Some(b), _) if a < b => "The larger part is lost to decisions.",
        _ => "Which of the two is larger these episodes do not settle: their intervals overlap.",
    };
    Ok(html! {
        p {
            "Upon true labels, told once a step has succeeded, the playbook scores " (signed(seen)) "; the oracle, told of attempts before they succeed, scores another "
            (signed(decided)) ". What the best decisions upon true labels would reach is not known: the playbook is not they. "
            @if intervals { (apart) }
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
