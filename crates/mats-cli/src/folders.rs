//! Which folder each scenario's results go to. All are made before any work begins, so that nobody waits an hour
//! to hear that the folder exists.

use crate::failure::Failure;
use anyhow::Context;
use mats_core::text::printable;
use mats_lab::batch::merge::EXPERIMENT;
use mats_lab::results::folder::lock;
use mats_lab::results::{Lock, ResultFolder, WriteError};
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
    ) -> Result<Folders, Failure> {
        let mut all = Folders { folders: Vec::new(), locks: Vec::new() };
        for scenario in scenarios {
            let path = match out {
                Some(out) if scenarios.len() == 1 => out.to_owned(),
                Some(out) => out.join(&scenario.name),
                None => PathBuf::from("results").join(format!("{}-{suffix}", scenario.name)),
            };
            let refused = |e: WriteError| match e {
                WriteError::Io { .. } => {
                    Failure::Work(anyhow::Error::new(e).context("failed to prepare the result folder"))
                }
                _ => Failure::input(e),
            };
            all.locks.push(lock(&path).map_err(refused)?);
            all.folders.push(ResultFolder::create(path, overwrite).map_err(refused)?);
        }
        Ok(all)
    }

    /// The folders.
    pub fn iter(&self) -> impl Iterator<Item = &ResultFolder> {
        self.folders.iter()
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for folder in &self.folders {
            folder.discard();
            // Removes nothing but an empty folder; where it fails there is something to keep.
            let _ = std::fs::remove_dir(folder.path());
        }
    }
}

/// The last part of a folder's path, also where it was given as `.`.
///
/// # Errors
/// When there is no such folder.
pub fn name(path: &Path) -> Result<String, Failure> {
    if path.is_file() {
        let shown = path.display();
        return Err(Failure::input(anyhow::anyhow!("{shown} is a file; name the folder of a finished run")));
    }
    let whole = path
        .canonicalize()
        .with_context(|| format!("failed to open {}; name the folder of a finished run", path.display()))
        .map_err(Failure::Input)?;
    Ok(whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy().into_owned())
}

/// The runs in a folder: the folder itself, or one for each of several scenarios, as `mats run` makes them.
///
/// # Errors
/// When there is no run.
pub fn runs(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    // Written last: without it, the rest may be half of a run.
    let holds = |folder: &Path, name: &str| folder.join(name).is_file();
    if holds(path, "run.json") {
        return Ok(vec![path.to_owned()]);
    }
    let below = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let (experiments, mut rest): (Vec<_>, Vec<_>) = below.partition(|folder| holds(folder, EXPERIMENT));
    rest.retain(|folder| holds(folder, "run.json"));
    rest.sort();
    if !rest.is_empty() {
        return Ok(rest);
    }
    let shown = |path: &Path| printable(&path.display().to_string()).into_owned();
    let instead = match experiments.iter().min() {
        Some(first) => format!("it holds experiments; name one, such as {}", shown(first)),
        None => "name the folder of a finished run".to_owned(),
    };
    Err(Failure::input(anyhow::anyhow!("{} holds no run.json, so no finished run; {instead}", shown(path))))
}
