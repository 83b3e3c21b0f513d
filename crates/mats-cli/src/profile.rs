//! `mats generate --profile`: figures of telemetry beside what real networks have.

use crate::failure::Failure;
use crate::flags::GenerateFlags;
use crate::reporter::Reporter;
use crate::{output, table};
use mats_lab::profile::{self, FigureRow};
use mats_scenario::Scenario;
use serde_json::json;

const HEADINGS: [&str; 6] = ["figure", "here", "low", "high", "holds", "APT29"];

/// Simulates, counts and prints.
///
/// # Errors
/// An interrupt, or a stdout that cannot be written.
pub fn print(scenario: &Scenario, flags: &GenerateFlags, reporter: &mut Reporter) -> Result<(), Failure> {
    let tally = profile::profile(scenario, flags.seed, flags.episodes, reporter);
    reporter.clear();
    let Some(tally) = tally else {
        return Err(anyhow::anyhow!("interrupted; the profile is incomplete").into());
    };
    let rows = profile::rows(&tally);
    if flags.json {
        return output::print_json(&json!(rows));
    }
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let judged = rows.iter().filter_map(|row| row.holds);
    let (held, all) = judged.fold((0, 0), |(held, all), holds| (held + usize::from(holds), all + 1));
    let source = |row: &FigureRow| format!("{}\n{}", row.title, table::wrap("    ", row.source));
    let sources: Vec<String> = rows.iter().map(source).collect();
    output::print(&format!(
        "\n{}: {} week(s) from Monday on, seed {}\n\n{}\n\n{held} of {all} figures lie within their bounds.\n\n\
         Where the bounds come from; mats_lab::profile::bounds has the references.\n\n{}",
        scenario.name,
        flags.episodes,
        flags.seed,
        table::plain(&HEADINGS, &cells),
        sources.concat(),
    ))
}

fn cells(row: &FigureRow) -> Vec<String> {
    let holds = row.holds.map_or("n/a", |holds| if holds { "yes" } else { "NO" });
    let [here, low, high, apt29] = [row.value, Some(row.low), Some(row.high), row.apt29].map(number);
    vec![row.title.to_owned(), here, low, high, holds.to_owned(), apt29]
}

/// Three digits, as far as they say something.
fn number(value: Option<f64>) -> String {
    match value {
        None => "n/a".to_owned(),
        Some(v) if v.abs() >= 100.0 => format!("{v:.0}"),
        Some(v) if v.abs() >= 10.0 => format!("{v:.1}"),
        Some(v) if v.abs() >= 1.0 => format!("{v:.2}"),
        Some(v) => format!("{v:.3}"),
    }
}
