//! What is told of data and figures: tables of 80 columns. Names from files are made safe to show.

use crate::output::notify;
use crate::table;
use mats_core::text::printable;
use mats_data::rows::BadRow;
use mats_data::table::Stray;
use mats_tabular::files::data::{Data, EMPTY};
use mats_tabular::files::evaluate::{Evaluation, Figures, Rates};
use mats_tabular::files::fit::{DetectorKind, Gap, SequenceDetector, TableDetector};
use mats_tabular::files::score::{LeftOut, complaints, counted, listing};
use mats_tabular::files::sequences::{SessionEvaluation, Sessions};
use std::fmt::Write as _;
use std::path::Path;

/// Labels that a table lists at most.
const LABELS: usize = 40;
/// Characters of a name that a table shows.
const NAME: usize = 28;

/// Says on stderr what was wrong with a file's rows.
pub fn complain(data: &Data) {
    // Rows without a label are bad only to a table.
    let mut counts = data.table.counts.clone();
    counts.bad = data.table.bad_rows;
    counts.first_bad.clone_from(&data.table.first_bad);
    for line in complaints(&counts) {
        notify(&line);
    }
    if data.table.unlabelled > 0 {
        let rows = counted(data.table.unlabelled, "row");
        let then = if data.used().contains(&EMPTY) {
            "taken for benign"
        } else {
            "left out (with --benign '' they are benign)"
        };
        notify(&format!("{rows} without a label, {then}"));
    }
    for Stray { column, count, line, text, names } in &data.table.strays {
        let more = if *count > 1 { format!(" ({} in all)", counted(*count, "value")) } else { String::new() };
        let then = if *names { ", so all of its values are taken for names" } else { "" };
        notify(&format!("line {line}: `{text}` in `{column}` is no number{more}{then}"));
    }
    if let Some(joined) = &data.joined {
        notify(&format!(
            "labels: {} named in the file of labels, {} not (taken as benign); {} of its names match no row",
            counted(joined.listed, "row"),
            joined.unlisted,
            joined.unmatched
        ));
        let label = |count: u64, said: &str, first: &[BadRow]| listing(count, "label", said, first);
        let mut lines = label(joined.bad, "broken, or without its row's name", &joined.first_bad);
        lines.extend(label(
            joined.contradictory,
            "unlike one before, which counts",
            &joined.first_contradictory,
        ));
        if joined.left_out > 0 {
            lines.push(format!("{} left out, named without a label", counted(joined.left_out, "row")));
        }
        for line in lines {
            notify(&line);
        }
    }
}

/// Says on stderr what was wrong with the rows of a file of events.
pub fn complaints_of(found: &Sessions) {
    for line in complaints(&found.counts).into_iter().chain(eventless(&found.eventless)) {
        notify(&line);
    }
}

/// Lists the records without an event.
pub fn eventless(left_out: &LeftOut) -> Vec<String> {
    listing(left_out.count, "record", "without an event, left out", &left_out.first)
}

/// Formats what the fit of a network found.
pub fn fitted_sequences(detector: &SequenceDetector, path: &Path) -> String {
    let report = detector.report();
    let mut text = format!(
        "{} sessions fitted to, {} held out; {} events of {} kinds\n",
        report.sessions.0, report.sessions.1, report.events, report.vocabulary
    );
    if report.overflowed > 0 {
        let _ = writeln!(
            text,
            "{} of the events are of further kinds, which are not told apart: they count as never seen",
            report.overflowed
        );
    }
    let _ = writeln!(
        text,
        "{} epochs; held-out loss {:.3} nats an event, blind guessing {:.3}",
        report.losses.len(),
        report.least(),
        report.blind
    );
    let _ = writeln!(
        text,
        "cut {:.3}, set on held-out sessions for {:.2} % false positives",
        detector.threshold().0,
        100.0 * detector.threshold().1
    );
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    let _ = writeln!(text, "\nmodel: {}", printable(&path.display().to_string()));
    text
}

/// Formats what an evaluation on sessions found.
pub fn evaluated_sessions(found: &SessionEvaluation) -> String {
    let mut text = format!(
        "{} normal sessions, {} malicious; cuts for {:.2} % false positives\n\n",
        found.sessions.0,
        found.sessions.1,
        100.0 * found.nominal
    );
    let Some((gain, best)) = &found.gain else {
        let rows: Vec<Vec<String>> = found
            .figures
            .iter()
            .map(|f| vec![f.name.to_owned(), format!("{:.4}", f.false_positive_rate)])
            .collect();
        let _ = writeln!(text, "{}", table::plain(&["rule", "FPR"], &rows));
        text.push_str("what it finds is not known: name a file of malicious sessions with --malicious\n");
        return text;
    };
    let rows: Vec<Vec<String>> = found
        .figures
        .iter()
        .map(|f| {
            let figures = [f.accuracy, Some(f.false_positive_rate), f.recall, f.recall_at_one_percent];
            std::iter::once(f.name.to_owned()).chain(figures.map(|x| share(x, 4))).collect()
        })
        .collect();
    let _ = writeln!(text, "{}", table::plain(&["rule", "accuracy", "FPR", "recall", "rec@1%"], &rows));
    text.push_str("rec@1%: recall where 1 % of these normal sessions alarm, whatever the cut;\n  between two cuts, in proportion\n");
    let _ = writeln!(
        text,
        "all together find {} more there than the {best} alone, the best of them [95 % interval {}, {}]",
        signed(gain.value),
        signed(gain.low),
        signed(gain.high)
    );
    if found.beaten_by_table {
        text.push_str("The network finds no more there than a lookup table: the table would do.\n");
    }
    text
}

/// Formats what a fit found.
pub fn fitted(detector: &TableDetector, path: &Path) -> String {
    let (report, calibration) = (detector.report(), detector.calibration());
    let mut text = format!("{}, {} kept\n", counted(report.rows, "row"), counted(report.columns, "column"));
    for dropped in &report.dropped {
        let _ = writeln!(text, "  left out `{}`: it {}", short(&dropped.name), dropped.why);
    }
    let odd = report.oddities;
    if odd.missing + odd.infinite > 0 {
        let (missing, infinite) =
            (counted(odd.missing, "missing value"), counted(odd.infinite, "infinite one"));
        let _ = writeln!(text, "  {missing} and {infinite}");
    }
    let rows: Vec<Vec<String>> = report
        .classes
        .iter()
        .take(LABELS)
        .enumerate()
        .map(|(i, (name, rows))| {
            vec![short(name), rows.to_string(), if i == 0 { "benign".into() } else { String::new() }]
        })
        .collect();
    let _ = writeln!(text, "\n{}", table::plain(&["label", "rows", ""], &rows));
    if report.classes.len() > LABELS {
        let _ = writeln!(text, "… and {} more", report.classes.len() - LABELS);
    }
    if !report.importances.is_empty() {
        let rows: Vec<Vec<String>> =
            report.importances.iter().map(|(name, i)| vec![short(name), format!("{i:.3}")]).collect();
        let _ = writeln!(text, "\n{}", table::plain(&["column", "importance"], &rows));
    }
    let _ = writeln!(
        text,
        "\nOn training rows, scored by trees that have not seen them:\n  cut {:.4}: {:.2} % of the benign rows alarm (nominal {:.2} %){}{}",
        calibration.threshold,
        100.0 * calibration.achieved,
        100.0 * calibration.nominal,
        report.recall.map_or(String::new(), |r| format!(", {:.1} % of the malicious", 100.0 * r)),
        report.roc_auc.map_or(String::new(), |a| format!("; ROC-AUC {a:.4}")),
    );
    if let Some(gap) = calibration.gap {
        // Where the random forest decides, the fused score is one half at its cut.
        let forest = detector.kind() == DetectorKind::Fused && calibration.threshold == 0.5;
        let _ = writeln!(text, "  {}", between(&gap, if forest { " of the random forest" } else { "" }));
    }
    if let Some(blend) = &report.blend {
        let _ = writeln!(text, "  The fused score is {blend}.");
    }
    let _ = writeln!(text, "  Attacks of new kinds are harder: evaluate on data from another time or place.");
    let _ = writeln!(text, "\nmodel: {}", printable(&path.display().to_string()));
    text
}

/// Says which gap a cut stands in the middle of.
fn between(gap: &Gap, whose: &str) -> String {
    let astray = [(gap.benign_above, "benign above it"), (gap.malicious_below, "malicious below it")];
    let astray: Vec<String> = astray
        .iter()
        .filter(|(rows, _)| *rows > 0)
        .map(|(rows, what)| format!("{} {what}", counted(*rows, "row")))
        .collect();
    let (few, all) = if astray.is_empty() {
        ("no", "no row on the wrong side".to_owned())
    } else {
        ("next to no", astray.join(", "))
    };
    format!(
        "The cut is the middle of a gap: {few} score{whose} from {:.4} to {:.4}; {all}.",
        gap.low, gap.high
    )
}

/// Formats what an evaluation found.
pub fn evaluated(found: &Evaluation) -> String {
    let mut text = format!(
        "{}, {} of them malicious; cut {:.4} for {:.2} % false positives\n\n",
        counted(found.rows, "row"),
        found.malicious,
        found.threshold.0,
        100.0 * found.threshold.1
    );
    let baseline = Figures {
        name: "majority class (baseline)".into(),
        rates: found.baseline,
        roc_auc: None,
        average_precision: None,
        recall_at_one_percent: None,
    };
    let rows: Vec<Vec<String>> = found.figures.iter().chain([&baseline]).map(figures).collect();
    let headings = ["rule", "accuracy", "FPR", "recall", "precision", "F1", "ROC-AUC", "AP", "rec@1%"];
    let whole = table::plain(&headings, &rows);
    if table::room().is_some_and(|room| whole.lines().any(|line| line.chars().count() > room)) {
        let part = |columns: &[usize]| {
            let rows: Vec<Vec<String>> =
                rows.iter().map(|row| columns.iter().map(|&c| row[c].clone()).collect()).collect();
            let headings: Vec<&str> = columns.iter().map(|&c| headings[c]).collect();
            table::plain(&headings, &rows)
        };
        let _ = writeln!(text, "{}\n\n{}", part(&[0, 1, 2, 3, 4]), part(&[0, 5, 6, 7, 8]));
    } else {
        let _ = writeln!(text, "{whole}");
    }
    text.push_str("rec@1%: recall where 1 % of these benign rows alarm, whatever the cut;\n  between two cuts, in proportion\n");
    if let Some((gain, best)) = &found.gain {
        let _ = writeln!(
            text,
            "fused finds {} more there than the {best} alone, its best member [95 % interval {}, {}]",
            signed(gain.value),
            signed(gain.low),
            signed(gain.high)
        );
    }
    if let (Some(known), novel) = (found.recall_known, found.recall_novel) {
        let novel = novel.map_or("none here".into(), |n| format!("{n:.3}"));
        let _ = writeln!(text, "recall of attacks that training showed: {known:.3}; of novel ones: {novel}");
    }
    if let Some((accuracy, f1)) = found.classes {
        let _ = writeln!(text, "all classes told apart: accuracy {accuracy:.3}, macro-F1 {f1:.3}");
    }
    let odd = found.oddities;
    let _ = writeln!(
        text,
        "fields missing {}, infinite {}, of unseen names {}, not numbers {}",
        odd.missing, odd.infinite, odd.unseen, odd.mistyped
    );
    let rows: Vec<Vec<String>> = found
        .labels
        .iter()
        .take(LABELS)
        .map(|l| {
            let known = if l.known { "" } else { "novel" };
            vec![short(&l.label), l.rows.to_string(), format!("{:.3}", l.alarmed), known.into()]
        })
        .collect();
    let _ = writeln!(text, "\n{}", table::plain(&["label", "rows", "alarmed", ""], &rows));
    if found.labels.len() > LABELS {
        let _ = writeln!(text, "… and {} more", found.labels.len() - LABELS);
    }
    if let Some(error) = found.calibration_error {
        let rows: Vec<Vec<String>> = found
            .reliability
            .iter()
            .map(|b| vec![format!("{:.3}", b.told), format!("{:.3}", b.came_true), b.rows.to_string()])
            .collect();
        let _ = writeln!(
            text,
            "\nProbabilities told, and how often they came true (expected calibration error {error:.3})\n{}",
            table::plain(&["told", "came true", "rows"], &rows)
        );
    }
    text
}

fn figures(f: &Figures) -> Vec<String> {
    let Rates { accuracy, precision, recall, false_positive_rate, f1 } = f.rates;
    let mut row = vec![f.name.clone(), format!("{accuracy:.3}")];
    row.extend([false_positive_rate, recall, precision, f1].map(|x| share(x, 3)));
    row.extend([share(f.roc_auc, 4), share(f.average_precision, 3), share(f.recall_at_one_percent, 3)]);
    row
}

fn share(x: Option<f64>, digits: usize) -> String {
    x.map_or("–".into(), |x| format!("{x:.digits$}"))
}

fn signed(x: Option<f64>) -> String {
    x.map_or("–".into(), |x| format!("{x:+.3}"))
}

/// A name from a file, safe to show and not too long.
fn short(name: &str) -> String {
    let safe = printable(name).into_owned();
    if safe.chars().count() <= NAME {
        return safe;
    }
    let mut cut: String = safe.chars().take(NAME - 1).collect();
    cut.push('…');
    cut
}
