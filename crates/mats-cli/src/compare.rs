//! `mats compare`: runs side by side.

use crate::failure::Failure;
use crate::flags::CompareFlags;
use crate::{folders, output, table};
use anyhow::Context;
use mats_lab::results::read::read_json;
use mats_lab::results::{
    ComparisonRow, Pairing, Run, RunTables, Settings, TableRow, compare as side_by_side, read_run,
};
use mats_lab::run::RunRecord;
use mats_scenario::diagnostics::visible;
use serde_json::json;

/// Figures of windows that are shown beside those of the table.
const WINDOWS: [&str; 2] = ["window_f1", "window_roc_auc"];

/// Runs the command.
///
/// # Errors
/// A folder without results, or runs that have nothing in common.
pub fn compare(flags: &CompareFlags) -> Result<(), Failure> {
    let mut runs: Vec<(String, RunTables)> = Vec::new();
    for path in &flags.runs {
        let mut name = folders::name(path)?;
        if runs.iter().any(|(other, _)| *other == name) {
            name = path.display().to_string();
        }
        // It is written last: without it, the rest may be half of a run.
        let record = read_json::<RunRecord>(&path.join("run.json"));
        let tables = record.and_then(|_| read_run(path));
        let tables = tables.context("failed to read results").map_err(Failure::Input)?;
        runs.push((name, tables));
    }
    let named: Vec<Run<'_>> = runs.iter().map(|(name, tables)| Run { name, tables }).collect();
    let rows = side_by_side(&named, Settings { seed: flags.seed, ..Settings::default() });
    if rows.is_empty() {
        return Err(Failure::input(anyhow::anyhow!(
            "the runs have no scenario and defender in common; evaluate them on the same scenario with `mats eval`"
        )));
    }
    if flags.json {
        return output::print_json(&json!(rows));
    }
    let mut text = String::new();
    for group in
        rows.chunk_by(|a, b| (&a.scenario, &a.run, &a.defender) == (&b.scenario, &b.run, &b.defender))
    {
        text.push_str(&section(group));
    }
    text.push_str("Difference: run minus base, with its 95 % interval; * where it excludes 0. --json prints all figures.\n");
    output::print(&text)
}

/// One defender in two runs.
fn section(group: &[ComparisonRow]) -> String {
    let first = &group[0];
    let pairing = match first.pairing {
        Pairing::Paired => "paired: on the seeds both played",
        Pairing::Unpaired => "unpaired: no seeds in common, each resampled on its own",
    };
    let shown = |row: &&ComparisonRow| {
        TableRow::METRICS.iter().any(|m| m.name() == row.metric) || WINDOWS.contains(&row.metric.as_str())
    };
    let cells = |row: &ComparisonRow| {
        let interval = match (row.low, row.high) {
            (Some(low), Some(high)) => {
                let mark = if low > 0.0 || high < 0.0 { " *" } else { "" };
                format!(" [{}, {}]{mark}", number(Some(low)), number(Some(high)))
            }
            _ => String::new(),
        };
        let difference = number(row.difference) + &interval;
        vec![row.metric.clone(), number(row.base_value), number(row.value), difference]
    };
    let rows: Vec<Vec<String>> = group.iter().filter(shown).map(cells).collect();
    let title =
        format!("{} · {} · {} against {} ({pairing})", first.scenario, first.defender, first.run, first.base);
    format!("{}\n{}\n\n", visible(&title), table::plain(&["figure", "base", "run", "difference"], &rows))
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "n/a".to_owned(),
        Some(v) if v.abs() >= 100.0 => format!("{v:.0}"),
        Some(v) if v.abs() >= 10.0 => format!("{v:.1}"),
        Some(v) => format!("{v:.3}"),
    }
}
