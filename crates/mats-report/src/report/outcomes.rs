//! How campaigns end: cumulative incidence of containment, eviction and attackers' success, and end states.

use super::figure_set::FigureSet;
use super::format::{band, percent, span};
use super::run::ReportedRun;
use crate::chart::curves::{Curves, Point, Series, Shape};
use crate::chart::{Axis, DrawError, SeriesStyle};
use mats_results::incidence::{Incidence, IncidencePoint, incidence};
use mats_results::metrics::bootstrap::Estimate;
use mats_results::{Phase, Settings};
use maud::{Markup, html};

/// Resamples of each point: enough for a band, few enough not to be waited for.
const RESAMPLES: usize = 500;

/// Defenders whose intervals are drawn: those of all would cover each other. The others are told on hover, and in the table.
const BANDS: [&str; 2] = ["policy", "playbook"];

/// The section.
pub fn section(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
    let settings = Settings { seed: run.record.settings.seed, resamples: RESAMPLES, tau_s: None };
    let curves = incidence(run.scenario(), &run.tables.episodes, &run.tables.campaigns, settings);
    if curves.is_empty() {
        return Ok(html! { p { "No campaign had a successful step, so there is nothing to follow." } });
    }
    let caption = |what: &str| {
        html! {
            (what) " Aalen–Johansen estimate, over campaigns with a success: those that leave by themselves or are still going on count as what they are. Bands, of "
        "policy and playbook: pointwise 95 % intervals over training seeds and episodes; those of the others stand in the table below."
        }
    };
    let contained = figures.figure(
        "contained",
        "Campaigns contained by a time",
        &chart(run, &curves, "contained", |p| p.contained),
        &caption("Share of the campaigns whose access the defender had ended for good; what is cut off counts as contained. Higher is better."),
    )?;
    let evicted = figures.figure(
        "evicted",
        "Campaigns evicted by a time",
        &chart(run, &curves, "evicted", |p| p.evicted),
        &caption("Share of the campaigns of which the defender had left nothing, cut off or not. Higher is better."),
    )?;
    let objective = figures.figure(
        "objective",
        "Attackers’ success by a time",
        &chart(run, &curves, "objective reached", |p| p.objective),
        &caption("Share of the campaigns whose attacker had what it came for. Lower is better."),
    )?;
    Ok(html! {
        p { "Time runs from a campaign’s first successful step, from the latest onset that the scenario has to the end. An end "
            "counts where it could still be watched for long enough. Read the figures together, and beside disruption: isolating everything contains everything." }
        (contained) (evicted) (objective) (outcomes(run)) (numbers(run, &curves))
    })
}

fn chart(
    run: &ReportedRun,
    curves: &[Incidence],
    label: &str,
    of: fn(&IncidencePoint) -> Estimate,
) -> Curves {
    let hours = |s: f64| s / 3600.0;
    let series = curves.iter().enumerate().map(|(i, curve)| {
        let point = |p: &IncidencePoint| {
            let share = of(p);
            let y = share.value?;
            let interval = band(share.low, share.high);
            let tail = interval
                .map_or(String::new(), |(low, high)| format!(" [{}, {}]", percent(low), percent(high)));
            let text =
                format!("{}\nafter {}: {}{tail}", run.label(&curve.defender), span(p.time_s), percent(y));
            Some(Point { x: hours(p.time_s), y, band: interval, text })
        };
        let mut points: Vec<Point> = curve.points.iter().filter_map(point).collect();
        if !BANDS.contains(&curve.defender.as_str()) && curves.len() > BANDS.len() {
            for point in &mut points {
                point.band = None;
            }
        }
        Series {
            name: run.label(&curve.defender).into_owned(),
            style: SeriesStyle::of(&curve.defender, i),
            shape: Shape::Steps,
            points,
        }
    });
    let series: Vec<Series> = series.collect();
    let last = curves.iter().filter_map(|c| c.points.last()).map(|p| hours(p.time_s)).fold(0.0, f64::max);
    let highest = series
        .iter()
        .flat_map(|s| &s.points)
        .map(|p| p.band.map_or(p.y, |b| b.1.max(p.y)))
        .fold(0.0, f64::max);
    let x = Axis {
        range: (0.0, last.max(1e-6)),
        ..Axis::around("hours since the first successful step", [0.0, last].into_iter())
    };
    let y = Axis { range: (0.0, (1.1 * highest).clamp(0.1, 1.0)), ..Axis::share(label) };
    Curves { x, y, series, square: false }
}

/// The curves at a few times.
fn numbers(run: &ReportedRun, curves: &[Incidence]) -> Markup {
    let steps = curves[0].points.len().saturating_sub(1);
    let places: Vec<usize> = (1..=4).map(|i| i * steps / 4).collect();
    let cell = |e: Estimate| {
        html! {
            td.n {
                @if let Some(value) = e.value { (percent(value)) }
                @if let Some((low, high)) = band(e.low, e.high) { small { "[" (percent(low)) ", " (percent(high)) "]" } }
            }
        }
    };
    let table = |title: &str, of: fn(&IncidencePoint) -> Estimate| {
        html! {
            div.scroll { table {
                thead { tr { th { (title) } @for &at in &places { th.n { "by " (span(curves[0].points[at].time_s)) } } } }
                tbody { @for curve in curves { tr {
                    th scope="row" { (run.label(&curve.defender)) }
                    @for &at in &places { (cell(of(&curve.points[at]))) }
                } } }
            } }
        }
    };
    html! {
        details {
            summary { "The curves in numbers" }
            (table("contained", |p| p.contained))
            (table("evicted", |p| p.evicted))
            (table("objective reached", |p| p.objective))
        }
    }
}

/// Writes how many campaigns there were and the share of each end state.
fn outcomes(run: &ReportedRun) -> Markup {
    const SHARES: [(&str, &str); 9] = [
        ("objective", "objective reached"),
        ("stopped", "stopped"),
        ("never_in", "never in"),
        ("evicted", "evicted"),
        ("left", "left"),
        ("cut_off", "cut off"),
        ("residual", "residual"),
        ("held", "held"),
        ("goal_share", "share of goal done"),
    ];
    let campaigns = |d: &str| {
        let mine = |c: &&mats_results::CampaignRow| {
            c.phase == Phase::Eval && c.defender == d && c.scenario == run.scenario()
        };
        run.tables.campaigns.iter().filter(mine).count()
    };
    html! {
        div.scroll { table {
            thead { tr { th { "end state" } th.n { "campaigns" } @for (_, name) in SHARES { th.n { (name) } } } }
            tbody { @for defender in run.defenders() { tr {
                th scope="row" { (run.label(defender)) }
                td.n { (campaigns(defender)) }
                @for (metric, _) in SHARES { td.n { (super::format::value(run.value(defender, metric), percent)) } }
            } } }
        } }
    }
}
