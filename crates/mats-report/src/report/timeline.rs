//! What was done hour by hour, and what it cost.

use super::figure_set::FigureSet;
use super::format::number;
use super::run::ReportedRun;
use crate::chart::curves::{Curves, Point, Series, Shape};
use crate::chart::matrix::{Cell, Matrix};
use crate::chart::{Axis, DrawError, SeriesStyle};
use mats_core::Action;
use mats_results::TimelineRow;
use maud::{Markup, html};

/// Actions that are shown: all but waiting, beside which nothing else could be seen.
fn shown() -> impl Iterator<Item = Action> {
    Action::ALL.into_iter().filter(|&a| a != Action::Monitor)
}

/// The section.
pub fn section(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
    let Some(all) = &run.tables.timeline else {
        return Ok(html! {
            p.missing { "This run has no timeline.csv; repeat it with this version to see actions hour by hour. In all, per episode:" }
            (totals(run))
        });
    };
    let rows: Vec<&TimelineRow> = all.iter().filter(|r| r.scenario == run.scenario()).collect();
    let of = |defender: &str| rows.iter().copied().filter(|r| r.defender == defender).collect::<Vec<_>>();
    let acting: Vec<(&str, Vec<&TimelineRow>)> = run
        .defenders()
        .into_iter()
        .map(|d| (d, of(d)))
        .filter(|(_, rows)| rows.iter().any(|r| shown().any(|a| r.actions.0[a as usize] > 0.0)))
        .collect();
    // What was learnt first, then what it is compared with.
    let mut acting = acting;
    acting.sort_by_key(|(d, _)| {
        ["policy", "dqn", "playbook"].iter().position(|first| first == d).unwrap_or(usize::MAX)
    });
    let mut parts = Vec::new();
    for (defender, rows) in &acting {
        let rows = spans(rows);
        let caption = html! {
            "Executions per episode and hour, after guardrails; " code { "monitor" } ", which is waiting, is left out. The darkest cell is "
            (number(most(&rows))) "; shades go with the square root."
        };
        let title = format!("Actions of {} by hour of the episode", run.label(defender));
        parts.push(figures.figure(
            &format!("actions-{defender}"),
            &title,
            &strip(defender, &rows),
            &caption,
        )?);
    }
    let series: Vec<(&str, Vec<&TimelineRow>)> = run.defenders().into_iter().map(|d| (d, of(d))).collect();
    for (name, title, value, caption) in [
        (
            "damage-hours",
            "Damage by hour of the episode",
            (|r: &TimelineRow| r.damage) as fn(&TimelineRow) -> f64,
            "Mean damage that attackers did in an hour.",
        ),
        (
            "disruption-hours",
            "Disruption by hour of the episode",
            |r| r.disruption,
            "Mean business lost to the defence in an hour.",
        ),
    ] {
        let caption = html! { (caption) " The last hour also bears what is settled at the end: what is left standing is charged on." };
        parts.push(figures.figure(name, title, &by_hour(&series, value), &caption)?);
    }
    Ok(
        html! { @for part in &parts { (part) } details { summary { "Actions in all, per episode" } (totals(run)) } },
    )
}

fn most(rows: &[Span]) -> f64 {
    rows.iter().flat_map(|r| shown().map(|a| r.actions[a as usize])).fold(0.0, f64::max)
}

/// Columns at most; in longer episodes a column is several hours.
const COLUMNS: usize = 36;

/// Some hours in a row, and how often each action was executed in them.
struct Span {
    from: u32,
    to: u32,
    actions: [f64; Action::COUNT],
}

fn spans(rows: &[&TimelineRow]) -> Vec<Span> {
    let span = |hours: &[&TimelineRow]| {
        let mut actions = [0.0; Action::COUNT];
        for row in hours {
            actions.iter_mut().zip(row.actions.0).for_each(|(sum, mean)| *sum += mean);
        }
        Span { from: hours[0].hour, to: hours[hours.len() - 1].hour, actions }
    };
    rows.chunks(rows.len().div_ceil(COLUMNS).max(1)).map(span).collect()
}

impl Span {
    fn name(&self) -> String {
        if self.from == self.to { self.from.to_string() } else { format!("{}–{}", self.from, self.to) }
    }
}

fn strip(defender: &str, rows: &[Span]) -> Matrix {
    let most = most(rows);
    let cells = shown().flat_map(|action| {
        rows.iter().map(move |r| {
            let mean = r.actions[action as usize];
            let label = if mean < 0.005 { String::new() } else { number(mean) };
            let shade = if most > 0.0 { (mean / most).sqrt() } else { 0.0 };
            Cell {
                label,
                shade,
                text: format!("{defender}, hour {}\n{}: {mean:.3} per episode", r.name(), action.name()),
            }
        })
    });
    Matrix {
        across: "hour of the episode".to_owned(),
        columns: rows.iter().map(Span::name).collect(),
        rows: shown().map(|a| a.name().to_owned()).collect(),
        cells: cells.collect(),
        height: 20,
    }
}

fn by_hour(series: &[(&str, Vec<&TimelineRow>)], value: fn(&TimelineRow) -> f64) -> Curves {
    let of = |(i, (defender, rows)): (usize, &(&str, Vec<&TimelineRow>))| {
        let point = |r: &&TimelineRow| Point {
            x: f64::from(r.hour),
            y: value(r),
            band: None,
            text: format!("{defender}, hour {}: {}", r.hour, number(value(r))),
        };
        let mut points: Vec<Point> = rows.iter().map(point).collect();
        // The last hour ends where the next would begin.
        points.extend(points.last().cloned().map(|p| Point { x: p.x + 1.0, ..p }));
        Series {
            name: (*defender).to_owned(),
            style: SeriesStyle::of(defender, i),
            shape: Shape::Steps,
            points,
        }
    };
    let series: Vec<Series> = series.iter().enumerate().map(of).filter(|s| !s.points.is_empty()).collect();
    let last = series.iter().flat_map(|s| &s.points).map(|p| p.x).fold(1.0, f64::max);
    let values = series.iter().flat_map(|s| &s.points).map(|p| p.y).chain([0.0]);
    let y = Axis::around("cost in an hour, mean per episode", values);
    let x = Axis { range: (0.0, last), ..Axis::around("hour of the episode", [0.0, last].into_iter()) };
    Curves { x, y, series, square: false }
}

/// Mean executions of each action.
fn totals(run: &ReportedRun) -> Markup {
    let of = |defender: &str| {
        let mine = run.tables.episodes.iter().filter(|e| {
            e.phase == mats_results::Phase::Eval && e.defender == defender && e.scenario == run.scenario()
        });
        let (mut sums, mut episodes) = ([0_u64; Action::COUNT], 0_u64);
        for episode in mine {
            episodes += 1;
            sums.iter_mut().zip(episode.actions.0).for_each(|(sum, n)| *sum += u64::from(n));
        }
        sums.map(|sum| sum as f64 / episodes.max(1) as f64)
    };
    html! {
        div.scroll { table {
            thead { tr { th { "defender" } @for a in Action::ALL { th.n { (a.name()) } } } }
            tbody { @for defender in run.defenders() { tr {
                th scope="row" { (run.label(defender)) }
                @for mean in of(defender) { td.n { (number(mean)) } }
            } } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_results::cell::ActionMeans;

    #[test]
    fn a_week_is_told_in_few_columns_that_lose_nothing() {
        let row = |hour| TimelineRow {
            scenario: "s".to_owned(),
            defender: "d".to_owned(),
            hour,
            episodes: 1,
            damage: 0.0,
            disruption: 0.0,
            action_cost: 0.0,
            actions: ActionMeans([1.0; Action::COUNT]),
        };
        let rows: Vec<TimelineRow> = (0..168).map(row).collect();
        let spans = spans(&rows.iter().collect::<Vec<_>>());
        assert!(spans.len() <= COLUMNS && spans[0].name() == "0–4", "{}", spans.len());
        assert_eq!(spans.iter().map(|s| s.actions[0]).sum::<f64>(), 168.0);
    }
}
