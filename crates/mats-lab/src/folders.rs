//! Which folder each scenario's results go to. All are made before any work begins, so that nobody waits an hour
//! to hear that the folder exists.

use mats_results::folder::{RECORD, lock};
use mats_results::{Lock, ResultFolder, WriteError};
use mats_scenario::Scenario;
use std::path::{Path, PathBuf};

/// Folders made for results, in the order of the scenarios. Those that stay empty vanish when dropped.
#[derive(Debug)]
pub struct Folders {
    folders: Vec<ResultFolder>,
    /// Keeps other processes out.
    locks: Vec<Lock>,
}

impl Folders {
    /// One folder a scenario: `out` itself for a single one, a folder in it for each of several;
    /// `results/NAME-SUFFIX` without `out`.
    ///
    /// # Errors
    /// When a folder holds something already and may not be overwritten, or cannot be made.
    pub fn create(
        scenarios: &[Scenario],
        suffix: &str,
        out: Option<&Path>,
        overwrite: bool,
    ) -> Result<Folders, WriteError> {
        let mut all = Folders { folders: Vec::new(), locks: Vec::new() };
        for scenario in scenarios {
            let path = target(scenarios.len(), &scenario.name, suffix, out);
            // The folder around those of several scenarios has them in it.
            if scenarios.len() > 1 && path.is_symlink() {
                return Err(WriteError::Link { path });
            }
            all.locks.push(lock(&path)?);
            all.folders.push(ResultFolder::create_for(path, overwrite, RECORD)?);
        }
        Ok(all)
    }

    /// The folders.
    pub fn iter(&self) -> impl Iterator<Item = &ResultFolder> {
        self.folders.iter()
    }
}

/// Returns the folder that [`Folders::create`] makes for one of so many scenarios.
pub fn target(scenarios: usize, name: &str, suffix: &str, out: Option<&Path>) -> PathBuf {
    match out {
        Some(out) if scenarios == 1 => out.to_owned(),
        Some(out) => out.join(name),
        None => PathBuf::from("results").join(format!("{name}-{suffix}")),
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        self.folders.iter().for_each(ResultFolder::discard);
    }
}
