//! `mats compare`: runs side by side.
//!
//! | module | does |
//! |---|---|
//! | [`text`] | the report for people, 80 columns wide |
//! | [`cells`] | numbers in it |

mod cells;
mod text;

use crate::failure::Failure;
use crate::flags::CompareFlags;
use crate::output;
use mats_lab::batch::load::{self, Loaded};
use mats_results::compare::{scenario_diff, settings_diff};
use mats_results::folder::lock;
use mats_results::{Comparison, Lock, ResultFolder, Run, Settings, WriteError, comparison};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

/// The record of a comparison, written last.
const RECORD: &str = "compare.json";

/// Runs the command.
///
/// # Errors
/// A folder without results, runs that have nothing in common, an output folder that exists.
pub fn compare(flags: &CompareFlags) -> Result<(), Failure> {
    // The folder is made first, so that nobody waits to hear that it exists.
    let (folder, _lock) = flags.out.as_deref().map(|path| create(path, flags.overwrite)).transpose()?.unzip();
    let done = compare_into(flags, folder.as_ref());
    if let Some(folder) = &folder {
        folder.discard();
    }
    done
}

fn compare_into(flags: &CompareFlags, folder: Option<&ResultFolder>) -> Result<(), Failure> {
    let (runs, mut notes) = load::all(&flags.runs, &flags.defenders).map_err(Failure::input)?;
    let named: Vec<Run<'_>> = runs.iter().map(|run| Run { name: &run.name, tables: &run.tables }).collect();
    let settings = Settings { seed: flags.seed, ..Settings::default() };
    let mut found = comparison(&named, settings);
    if found.rows.is_empty() {
        return Err(Failure::input(anyhow::anyhow!(
            "the runs have no scenario and defender in common; evaluate them on the same scenario with `mats eval`"
        )));
    }
    notes.append(&mut scenario_diff(&runs.iter().map(Loaded::recorded).collect::<Vec<_>>()));
    notes.append(&mut found.notes);
    found.notes = notes;
    let report = report(&runs, &found, settings);
    if let Some(folder) = folder {
        write(folder, &found, &report)?;
    }
    if flags.json {
        return output::print_json(&report);
    }
    let mut text = text::report(&runs, &found, settings);
    if let Some(folder) = folder {
        let path = folder.path().display().to_string();
        let _ = writeln!(text, "Files: {}", mats_core::text::printable(&path));
    }
    output::print(&text)
}

/// Reports everything, as JSON.
fn report(runs: &[Loaded], found: &Comparison, settings: Settings) -> serde_json::Value {
    let described: Vec<_> = runs
        .iter()
        .map(|run| json!({ "name": run.name, "settings_unlike_first": settings_diff(runs[0].recorded(), run.recorded()) }))
        .collect();
    json!({
        "runs": described,
        "seed": settings.seed,
        "resamples": settings.resamples,
        "headline_resamples": found.headline_resamples,
        "correction": {
            "method": "Holm 1979",
            "family": found.family,
            "over": "the verdicts: one headline figure (score; mean cost where either run has no score) for each scenario, \
                     defender but none and oracle, and later run",
            "level": 0.05,
        },
        "tau_s": found.tau_s.iter().map(|(s, tau)| (s.clone(), json!(tau))).collect::<serde_json::Map<_, _>>(),
        "notes": found.notes,
        "verdicts": found.verdicts,
        "rows": found.rows,
        "improvement": found.improvement,
        "curves": found.curves,
    })
}

fn create(path: &Path, overwrite: bool) -> Result<(ResultFolder, Lock), Failure> {
    let folder = lock(path)
        .and_then(|lock| ResultFolder::create_for(path, overwrite, RECORD).map(|folder| (folder, lock)));
    folder.map_err(|e| match e {
        WriteError::Io { .. } => {
            Failure::Work(anyhow::Error::new(e).context("failed to prepare the folder of the comparison"))
        }
        e => Failure::input(e),
    })
}

fn write(folder: &ResultFolder, found: &Comparison, report: &serde_json::Value) -> Result<(), Failure> {
    folder.write_csv("compare.csv", &found.rows)?;
    folder.write_csv("incidence.csv", &found.curves)?;
    folder.write_csv("improvement.csv", &found.improvement)?;
    folder.write_json(RECORD, report)?;
    folder.finish(&[])?;
    Ok(())
}
