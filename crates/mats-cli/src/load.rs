//! Scenarios from files.

use crate::failure::Failure;
use mats_scenario::Scenario;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Reads and checks scenario files. Mistakes of all files are reported together.
///
/// # Errors
/// When a file is wrong, or two scenarios share a name, for results are filed by it.
pub fn scenarios(paths: &[PathBuf]) -> Result<Vec<Scenario>, Failure> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        match mats_scenario::load(path) {
            Ok(scenario) => good.push(scenario),
            Err(diagnostics) => bad.push(diagnostics),
        }
    }
    if !bad.is_empty() {
        return Err(Failure::Scenario(bad));
    }
    let mut names = BTreeSet::new();
    match good.iter().find(|s| !names.insert(s.name.as_str())) {
        Some(twin) => Err(Failure::input(anyhow::anyhow!(
            "two scenarios are called `{}`; give each its own `name`, or run them one by one",
            twin.name
        ))),
        None => Ok(good),
    }
}
