//! What is replayed: the run, its agents, the scenario, the defenders.

use crate::failure::Failure;
use crate::flags::ReplayFlags;
use crate::load;
use anyhow::{Context, anyhow};
use mats_core::text::printable;
use mats_lab::run::load as load_run;
use mats_lab::train::Trained;
use mats_lab::{roster, run::RunRecord};
use mats_scenario::Scenario;
use std::fs;
use std::path::{Path, PathBuf};

/// Episodes that an evaluation can have.
const MOST_EPISODES: u64 = 65_535;
/// Names of folders that a message lists.
const LISTED: usize = 12;

/// What is replayed.
pub struct Source {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The scenario.
    pub scenario: Scenario,
    /// Whether it is the one that the run was about.
    pub own: bool,
    /// The agents, with the seed of their training.
    pub trained: (u64, Trained),
    /// Whether that is the run's first.
    pub first: bool,
    /// Who plays.
    pub defenders: Vec<String>,
}

impl Source {
    /// Finds all that the flags name.
    ///
    /// # Errors
    /// With the first thing that is not there or cannot be, and what to do about it.
    pub fn find(flags: &ReplayFlags) -> Result<Source, Failure> {
        let names: Vec<String> = std::iter::once(&flags.defender).chain(&flags.against).cloned().collect();
        let defenders = roster::check(&names).map_err(Failure::input)?;
        if defenders.len() < names.len() {
            return Err(Failure::input(anyhow!("--against must name another defender than --defender")));
        }
        let folder = folder(flags)?;
        let (record, trained) = load_run(&folder)
            .with_context(|| format!("failed to load the run {}", printable(&folder.display().to_string())))
            .map_err(Failure::Input)?;
        let seeds: Vec<u64> = trained.iter().map(|t| t.0).collect();
        let wanted = flags.train_seed.or(seeds.first().copied());
        let chosen = trained.into_iter().find(|t| Some(t.0) == wanted).ok_or_else(|| {
            let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
            Failure::input(anyhow!(
                "the run has no training seed {}; it has {}",
                wanted.map_or("at all".to_owned(), |s| s.to_string()),
                if seeds.is_empty() { "none".to_owned() } else { seeds.join(", ") }
            ))
        })?;
        let scenario = scenario(flags, &record)?;
        let own = scenario == record.scenario;
        let counted = known(&record).any(|s| *s == scenario);
        let count = if counted { record.settings.eval_episodes as u64 } else { MOST_EPISODES };
        if flags.episode >= count {
            return Err(Failure::input(anyhow!(
                "there is no episode {}: {} has {}",
                flags.episode,
                if counted { "the run" } else { "an evaluation" },
                if count == 1 { "episode 0 only".to_owned() } else { format!("episodes 0 to {}", count - 1) }
            )));
        }
        let first = seeds.first() == Some(&chosen.0);
        Ok(Source { folder, scenario, own, trained: chosen, first, defenders })
    }
}

/// The folder of the run: the one given, or the one within it that holds the scenario's.
fn folder(flags: &ReplayFlags) -> Result<PathBuf, Failure> {
    let given = &flags.run;
    let shown = printable(&given.display().to_string()).into_owned();
    if !given.is_dir() {
        return Err(Failure::input(anyhow!("{shown} is not a folder; name the folder of a finished run")));
    }
    let chosen = if is_run(given) { given.clone() } else { within(flags)? };
    if !has_models(&chosen) {
        return Err(Failure::input(anyhow!(
            "{} holds no models: it was written by `mats eval`, or parts of it were removed; name the folder of the run whose \
             agents were evaluated",
            printable(&chosen.display().to_string())
        )));
    }
    Ok(chosen)
}

fn is_run(folder: &Path) -> bool {
    folder.join("run.json").is_file()
}

/// Whether anything was trained here; an evaluation leaves that folder empty.
fn has_models(folder: &Path) -> bool {
    fs::read_dir(folder.join("models")).is_ok_and(|mut models| models.next().is_some())
}

/// A folder of several runs, as several scenarios make it: the run that is meant.
fn within(flags: &ReplayFlags) -> Result<PathBuf, Failure> {
    let shown = printable(&flags.run.display().to_string()).into_owned();
    let entries = fs::read_dir(&flags.run).with_context(|| format!("failed to list {shown}"));
    let mut runs: Vec<PathBuf> = entries
        .map_err(Failure::Input)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_run(path) && has_models(path))
        .collect();
    runs.sort();
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let meant = |path: &&PathBuf| flags.scenario.as_ref().is_some_and(|s| *s == name(path));
    if let Some(path) = runs.iter().find(meant) {
        return Ok(path.clone());
    }
    match runs.as_slice() {
        [] => Err(Failure::input(anyhow!("{shown} holds no run.json; name the folder of a finished run"))),
        [only] => Ok(only.clone()),
        several => {
            let mut names: Vec<String> =
                several.iter().take(LISTED).map(|p| printable(&name(p)).into_owned()).collect();
            if several.len() > LISTED {
                names.push("…".to_owned());
            }
            let names = names.join(", ");
            Err(Failure::input(anyhow!(
                "{shown} holds several runs ({names}); name the folder of one, or say which with --scenario"
            )))
        }
    }
}

/// The scenarios that a run knows, its own first.
fn known(record: &RunRecord) -> impl Iterator<Item = &Scenario> {
    std::iter::once(&record.scenario).chain(&record.also)
}

/// The scenario: one of the run's by its name, its own by default, any other from its file.
fn scenario(flags: &ReplayFlags, record: &RunRecord) -> Result<Scenario, Failure> {
    let Some(wanted) = &flags.scenario else { return Ok(record.scenario.clone()) };
    if let Some(scenario) = known(record).find(|s| s.name == *wanted) {
        return Ok(scenario.clone());
    }
    let path = PathBuf::from(wanted);
    if !path.exists() {
        let names: Vec<String> = known(record).map(|s| format!("`{}`", s.name)).collect();
        return Err(Failure::input(anyhow!(
            "`{wanted}` is neither a scenario of the run ({}) nor a file; give such a name, or the path of a scenario file",
            names.join(", ")
        )));
    }
    let mut scenarios = load::scenarios(&[path])?;
    Ok(scenarios.remove(0))
}
