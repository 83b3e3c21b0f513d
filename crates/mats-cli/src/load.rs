//! Scenarios from files, and what is to be said of runs.

use crate::failure::Failure;
use crate::output;
use mats_lab::batch::load::unproven;
use mats_lab::batch::scenario_changes::Table;
use mats_scenario::Scenario;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Reads and checks scenario files. Mistakes of all files are reported together.
///
/// # Errors
/// When a file is wrong, or two scenarios share a name, for results are filed by it.
pub fn scenarios(paths: &[PathBuf]) -> Result<Vec<Scenario>, Failure> {
    changed_scenarios(paths, &Table::new())
}

/// Reads and checks scenario files likewise, each with changes as if a file that holds them extended it.
///
/// # Errors
/// As [`scenarios`].
pub fn changed_scenarios(paths: &[PathBuf], changes: &Table) -> Result<Vec<Scenario>, Failure> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        let read = if changes.is_empty() {
            mats_scenario::load(path)
        } else {
            mats_scenario::load_changed(path, changes, "changes of --set")
        };
        match read {
            Ok(scenario) => good.push(scenario),
            Err(diagnostics) => bad.push(diagnostics),
        }
    }
    if !bad.is_empty() {
        return Err(Failure::Scenario(bad));
    }
    let mut names = BTreeSet::new();
    // Some systems tell no capital letters in names of folders.
    match good.iter().find(|s| !names.insert(s.name.to_lowercase())) {
        Some(twin) => Err(Failure::input(anyhow::anyhow!(
            "two scenarios are called `{}`, capital letters aside; give each its own `name`, or run them one by one",
            twin.name
        ))),
        None => Ok(good),
    }
}

/// Warns of a run that does not prove itself.
pub fn warn_unproven(run: &Path) {
    if let Some(note) = unproven([run]) {
        output::warn(&note);
    }
}
