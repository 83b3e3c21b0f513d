//! ROC, precision and recall, reliability; confusion matrices.

use super::figure_set::FigureSet;
use super::format::{self, number, percent};
use super::run::ReportedRun;
use crate::chart::curves::{Curves, Point, Series, Shape};
use crate::chart::matrix::{Cell, Matrix};
use crate::chart::{Axis, DrawError, SeriesStyle};
use mats_results::{CurveRow, DetectionRow, Level, Phase};
use maud::{Markup, html};

/// The section.
pub fn section(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
    let rows =
        || run.tables.detection.iter().filter(|r| r.scenario == run.scenario() && r.phase == Phase::Eval);
    let windows = rows().find(|r| r.level == Level::Window);
    let incidents: Vec<&DetectionRow> = rows().filter(|r| r.level == Level::Incident).collect();
    let curves: Vec<&CurveRow> =
        run.tables.curves.iter().flatten().filter(|r| r.scenario == run.scenario()).collect();
    let mut parts = Vec::new();
    match windows {
        None => parts.push(html! {
            p { "Windows are scored under " code { "none" } " only, on traces that no response has changed; that defender was not evaluated." }
        }),
        Some(windows) => {
            parts.push(html! {
                p { "A window is a machine in five minutes; it counts as positive if malicious activity touched the machine then, also "
                    "when sensors saw nothing of it. Windows at the edge of activity are left out (" (windows.ignored.unwrap_or(0)) ")." }
            });
            if windows.tp + windows.fn_ == 0 {
 parts.push(html! { p { "No window was malicious, so there are no curves of recall." } });
 } else if !curves.is_empty() {
                parts.push(roc(figures, &curves, windows)?);
                parts.push(precision_recall(figures, &curves, windows)?);
                parts.extend(reliability(figures, &curves)?);
            }
            parts.push(confusion(figures, windows)?);
        }
    }
    if !incidents.is_empty() {
        parts.push(of_incidents(figures, run, &incidents)?);
    }
    Ok(html! { @for part in &parts { (part) } })
}

/// The alert cut that the detectors have, as a point of a curve.
fn at_work(x: Option<f64>, y: Option<f64>) -> Series {
    let point =
        |(x, y): (f64, f64)| Point { x, y, band: None, text: format!("at the alert cut\n{x:.4}, {y:.4}") };
    let points = x.zip(y).map(point).into_iter().collect();
    Series { name: "at the alert cut".to_owned(), style: SeriesStyle(1), shape: Shape::Dots, points }
}

fn curve(name: String, rows: &[&CurveRow], point: impl Fn(&CurveRow) -> Option<(f64, f64)>) -> Series {
    let told = |row: &&CurveRow| {
        let (x, y) = point(row)?;
        let text = format!(
            "threshold {:.3}\nrecall {}, precision {}\nfalse positive rate {}",
            row.threshold,
            format::value(row.recall, number),
            format::value(row.precision, number),
            row.fpr.map_or(format::UNDEFINED.to_owned(), |v| format!("{v:.4}")),
        );
        Some(Point { x, y, band: None, text })
    };
    Series { name, style: SeriesStyle(0), shape: Shape::Line, points: rows.iter().filter_map(told).collect() }
}

fn roc(figures: &mut FigureSet, rows: &[&CurveRow], at_cut: &DetectionRow) -> Result<Markup, DrawError> {
    let area = format::value(at_cut.roc_auc, |v| format!("{v:.3}"));
    let mut line = curve(format!("detectors, area {area}"), rows, |r| r.fpr.zip(r.recall));
    // Above the highest score nothing is flagged.
    line.points.insert(0, Point { x: 0.0, y: 0.0, band: None, text: "nothing flagged".to_owned() });
    let series = vec![line, at_work(at_cut.fpr, at_cut.recall)];
    let axis = |label: &str| Axis { numbers: crate::chart::Numbers::Plain, ..Axis::share(label) };
    let chart = Curves {
        x: axis("false positive rate"),
        y: axis("recall (true positive rate)"),
        series,
        square: true,
    };
    let caption = html! { "Receiver operating characteristic of windows. The dashed diagonal is guessing." };
    figures.figure("roc", "ROC curve", &chart, &caption)
}

fn precision_recall(
    figures: &mut FigureSet,
    rows: &[&CurveRow],
    at_cut: &DetectionRow,
) -> Result<Markup, DrawError> {
    let area = format::value(at_cut.pr_auc, |v| format!("{v:.3}"));
    let line = curve(format!("detectors, average precision {area}"), rows, |r| r.recall.zip(r.precision));
    let positives = at_cut.tp + at_cut.fn_;
    let all = positives + at_cut.fp + at_cut.tn.unwrap_or(0);
    let share = positives as f64 / all.max(1) as f64;
    let level = |x: f64| Point { x, y: share, band: None, text: format!("guessing: {}", percent(share)) };
    let guess = Series {
        name: format!("guessing ({share:.3} of the windows are positive)"),
        style: SeriesStyle(7),
        shape: Shape::Line,
        points: vec![level(0.0), level(1.0)],
    };
    let axis = |label: &str| Axis { numbers: crate::chart::Numbers::Plain, ..Axis::share(label) };
    let series = vec![guess, line, at_work(at_cut.recall, at_cut.precision)];
    let chart = Curves { x: axis("recall"), y: axis("precision"), series, square: false };
    let caption = html! { "Precision and recall of windows at every threshold. Most windows are benign, so this says more than the ROC curve." };
    figures.figure("pr", "Precision-recall curve", &chart, &caption)
}

/// Draws how often windows of about the same score are malicious: cumulative counts, taken apart at each tenth.
fn reliability(figures: &mut FigureSet, rows: &[&CurveRow]) -> Result<Option<Markup>, DrawError> {
    let mut points = Vec::new();
    let mut above: Option<&CurveRow> = None;
    for tenth in (0..10).rev() {
        let edge = f64::from(tenth) / 10.0;
        // The last point at or above the edge: no kept threshold lies between it and the edge.
        let Some(row) = rows.iter().rev().find(|r| r.threshold >= edge - 1e-3) else { continue };
        let (tp, fp) = above.map_or((0, 0), |a| (a.tp, a.fp));
        let (positives, all) = (row.tp - tp.min(row.tp), (row.tp + row.fp).saturating_sub(tp + fp));
        above = Some(row);
        if all > 0 {
            let share = positives as f64 / all as f64;
            let text = format!(
                "scores from {edge:.1} to {:.1}\n{} of {all} windows are malicious",
                edge + 0.1,
                percent(share)
            );
            points.push(Point { x: edge + 0.05, y: share, band: None, text });
        }
    }
    points.reverse();
    if points.len() < 3 {
        return Ok(None);
    }
    let axis = |label: &str| Axis { numbers: crate::chart::Numbers::Plain, ..Axis::share(label) };
    let series = vec![Series {
        name: "windows by tenths of the score".to_owned(),
        style: SeriesStyle(0),
        shape: Shape::Line,
        points,
    }];
    let chart =
        Curves { x: axis("score of the window"), y: axis("share that is malicious"), series, square: true };
    let caption = html! { "On the diagonal a score of 0.7 means malicious in seven of ten cases; below it the detectors claim too much." };
    figures.figure("reliability", "Reliability of scores", &chart, &caption).map(Some)
}

fn confusion(figures: &mut FigureSet, w: &DetectionRow) -> Result<Markup, DrawError> {
    let tn = w.tn.unwrap_or(0);
    let cell = |count: u64, of: u64, name: &str| {
        let share = count as f64 / of.max(1) as f64;
        let label = format!("{} ({:.1} %)", grouped(count), 100.0 * share);
        Cell { text: format!("{name}: {} of {}", grouped(count), grouped(of)), label, shade: share }
    };
    let (positives, negatives) = (w.tp + w.fn_, w.fp + tn);
    let chart = Matrix {
        across: "shares are of each row".to_owned(),
        columns: vec!["flagged".to_owned(), "not flagged".to_owned()],
        rows: vec!["malicious".to_owned(), "benign".to_owned()],
        cells: vec![
            cell(w.tp, positives, "true positives"),
            cell(w.fn_, positives, "false negatives"),
            cell(w.fp, negatives, "false positives"),
            cell(tn, negatives, "true negatives"),
        ],
        height: 48,
    };
    let caption = html! {
        "Windows at the alert cut: accuracy " (format::value(w.accuracy, number)) ", precision " (format::value(w.precision, number))
        ", recall " (format::value(w.recall, number)) ", F1 " (format::value(w.f1, number)) ", false positive rate "
        (format::value(w.fpr, |v| format!("{v:.4}"))) "."
    };
    figures.figure("confusion-windows", "Confusion matrix of windows", &chart, &caption)
}

fn of_incidents(
    figures: &mut FigureSet,
    run: &ReportedRun,
    rows: &[&DetectionRow],
) -> Result<Markup, DrawError> {
    let most = rows.iter().flat_map(|r| [r.tp, r.fp, r.fn_]).max().unwrap_or(1).max(1);
    let cell = |defender: &str, count: u64, name: &str| Cell {
        label: grouped(count),
        shade: count as f64 / most as f64,
        text: format!("{}: {} {name}", run.label(defender), grouped(count)),
    };
    let cells = rows.iter().flat_map(|r| {
        [
            cell(&r.defender, r.tp, "true incidents"),
            cell(&r.defender, r.fp, "false incidents"),
            cell(&r.defender, r.fn_, "campaigns missed"),
        ]
    });
    let chart = Matrix {
        across: "over all evaluation episodes; incidents that did not come up cannot be counted".to_owned(),
        columns: ["true", "false", "missed"].map(str::to_owned).to_vec(),
        rows: rows.iter().map(|r| run.label(&r.defender).into_owned()).collect(),
        cells: cells.collect(),
        height: 28,
    };
    let caption = html! {
        "An incident is a run of alerts about one machine; it is true if it overlaps a campaign in time and shares a machine or an account "
        "with it. Of what does not happen there are no counts, so the fourth cell is missing."
    };
    let figure = figures.figure("confusion-incidents", "Incidents: true, false, missed", &chart, &caption)?;
    Ok(html! {
        (figure)
        div.scroll { table {
            thead { tr { th { "incidents" } @for h in ["true", "false", "missed", "precision", "recall", "F1", "false / 100 host-days"] { th.n { (h) } } } }
            tbody { @for r in rows { tr {
                th scope="row" { (run.label(&r.defender)) }
                td.n { (r.tp) } td.n { (r.fp) } td.n { (r.fn_) }
                @for v in [r.precision, r.recall, r.f1, r.false_per_100_host_days] { td.n { (format::value(v, number)) } }
            } } }
        } }
    })
}

/// A count with thin spaces between thousands.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1000, 4_826_071].map(grouped),
            ["0", "999", "1\u{202f}000", "4\u{202f}826\u{202f}071"]
        );
    }
}
