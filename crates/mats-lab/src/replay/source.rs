//! What is replayed: the run, its agents, the scenario, the defenders.

use crate::agents::load as load_run;
use crate::defender::{DefenderSpec, SpecError};
use crate::record::{RunError, RunRecord};
use mats_core::text::printable;
use mats_learn::Agents;
use mats_scenario::{Diagnostics, Scenario};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Episodes that an evaluation can have.
const MAX_EPISODES: u64 = 65_535;
/// Names of folders that a message lists.
const LISTED: usize = 12;

/// Selection of what is to be replayed.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The folder of a run, or of several runs.
    pub run: &'a Path,
    /// Scenario: the name of the run's, or any scenario file; the run's own by default.
    pub scenario: Option<&'a str>,
    /// Number of the episode.
    pub episode: u64,
    /// Name of the defender.
    pub defender: &'a str,
    /// Another defender on the same seed.
    pub against: Option<&'a str>,
    /// Seed of the training whose agents play; the run's first by default.
    pub train_seed: Option<u64>,
}

/// Errors of finding what is to be replayed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A defender that nobody knows.
    #[error(transparent)]
    Defender(#[from] SpecError),
    /// Defender that is named twice.
    #[error("--against must name another defender than --defender")]
    Twice,
    /// Path that is no folder.
    #[error("{folder} is not a folder; name the folder of a finished run")]
    NoFolder {
        /// Path that was named.
        folder: String,
    },
    /// Nothing was trained there.
    #[error(
        "{folder} holds no models: it was written by `mats eval`, or parts of it were removed; name the folder of the run whose \
         agents were evaluated"
    )]
    NoModels {
        /// The folder.
        folder: String,
    },
    /// A folder that cannot be listed.
    #[error("failed to list {folder}")]
    List {
        /// The folder.
        folder: String,
        /// Error from the system.
        source: io::Error,
    },
    /// Folder without a run.
    #[error("{folder} holds no run.json; name the folder of a finished run")]
    NoRun {
        /// The folder.
        folder: String,
    },
    /// Several runs.
    #[error("{folder} holds several runs ({names}); name the folder of one, or say which with --scenario")]
    Several {
        /// The folder.
        folder: String,
        /// Names of the runs.
        names: String,
    },
    /// A run that cannot be loaded.
    #[error("failed to load the run {folder}")]
    Load {
        /// Folder of the run.
        folder: String,
        /// Error of loading the run.
        source: Box<RunError>,
    },
    /// A training seed that the run has not.
    #[error("the run has no training seed {wanted}; it has {seeds}")]
    TrainSeed {
        /// The seed.
        wanted: String,
        /// Training seeds that the run has.
        seeds: String,
    },
    /// A scenario that is neither the run's nor a file.
    #[error(
        "`{wanted}` is neither a scenario of the run ({known}) nor a file; give such a name, or the path of a scenario file"
    )]
    NoScenario {
        /// Scenario that was named.
        wanted: String,
        /// The run's.
        known: String,
    },
    /// A scenario file with mistakes.
    #[error("{0}")]
    Scenario(Diagnostics),
    /// An episode that is not there.
    #[error("there is no episode {episode}: {of} has {there}")]
    Episode {
        /// Number of the episode.
        episode: u64,
        /// Place where it was looked for: the run, or an evaluation.
        of: &'static str,
        /// Episodes that are there.
        there: String,
    },
}

/// Source of a replay: the run, its agents, the scenario, the defenders.
#[derive(Debug)]
pub struct ReplaySource {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The scenario.
    pub scenario: Scenario,
    /// True if it is the scenario that the run was about.
    pub own: bool,
    /// The agents, with the seed of their training.
    pub trained: (u64, Agents),
    /// True if that seed is the run's first.
    pub first: bool,
    /// Set of the run's evaluation episodes.
    pub eval_seed: u64,
    /// True if they are those held out.
    pub held_out: bool,
    /// Defenders that play.
    pub defenders: Vec<DefenderSpec>,
}

/// Former name of [`ReplaySource`].
#[deprecated(since = "0.2.0", note = "renamed to `ReplaySource`")]
pub type Source = ReplaySource;

impl ReplaySource {
    /// Finds all that is asked for.
    ///
    /// # Errors
    /// With the first thing that is not there or cannot be, and what to do about it.
    pub fn find(wanted: &Wanted<'_>) -> Result<ReplaySource, SourceError> {
        if wanted.against == Some(wanted.defender) {
            return Err(SourceError::Twice);
        }
        let folder = folder(wanted)?;
        let (record, trained) = load_run(&folder)
            .map_err(|e| SourceError::Load { folder: shown(&folder), source: Box::new(e) })?;
        // One that the run evaluated is taken as it was then, whatever has become of its file.
        let evaluated = |name: &str| record.settings.defenders.iter().find(|d| d.name() == name).cloned();
        let spec = |name| {
            let mut spec = evaluated(name).map_or_else(|| DefenderSpec::parse(name), Ok)?;
            spec.complete(&folder)?;
            Ok::<_, SpecError>(spec)
        };
        let defenders: Result<Vec<_>, _> =
            std::iter::once(wanted.defender).chain(wanted.against).map(spec).collect();
        let defenders = DefenderSpec::distinct(defenders?)?;
        let seeds: Vec<u64> = trained.iter().map(|t| t.0).collect();
        let seed = wanted.train_seed.or(seeds.first().copied());
        let chosen = trained.into_iter().find(|t| Some(t.0) == seed).ok_or_else(|| {
            let seeds: Vec<String> = seeds.iter().map(ToString::to_string).collect();
            SourceError::TrainSeed {
                wanted: seed.map_or("at all".to_owned(), |s| s.to_string()),
                seeds: if seeds.is_empty() { "none".to_owned() } else { seeds.join(", ") },
            }
        })?;
        let scenario = scenario(wanted, &record)?;
        let own = scenario == record.scenario;
        let counted = known(&record).any(|s| *s == scenario);
        let count = if counted { record.settings.eval_episodes as u64 } else { MAX_EPISODES };
        if wanted.episode >= count {
            return Err(SourceError::Episode {
                episode: wanted.episode,
                of: if counted { "the run" } else { "an evaluation" },
                there: if count == 1 {
                    "episode 0 only".to_owned()
                } else {
                    format!("episodes 0 to {}", count - 1)
                },
            });
        }
        let first = seeds.first() == Some(&chosen.0);
        let (eval_seed, held_out) = (record.settings.eval_seed, record.settings.held_out);
        Ok(ReplaySource { folder, scenario, own, trained: chosen, first, eval_seed, held_out, defenders })
    }
}

/// A path as it is told.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string()).into_owned()
}

/// The folder of the run: the one given, or the one within it that holds the scenario's.
fn folder(wanted: &Wanted<'_>) -> Result<PathBuf, SourceError> {
    let given = wanted.run;
    if !given.is_dir() {
        return Err(SourceError::NoFolder { folder: shown(given) });
    }
    let chosen = if is_run(given) { given.to_owned() } else { within(wanted)? };
    if has_models(&chosen) { Ok(chosen) } else { Err(SourceError::NoModels { folder: shown(&chosen) }) }
}

fn is_run(folder: &Path) -> bool {
    folder.join("run.json").is_file()
}

/// Tells whether anything was trained here: a folder for a training seed. An evaluation leaves none.
fn has_models(folder: &Path) -> bool {
    let models = fs::read_dir(folder.join("models")).into_iter().flatten().flatten();
    models.into_iter().any(|entry| entry.path().is_dir())
}

/// A folder of several runs, as several scenarios make it: the run that is meant.
fn within(wanted: &Wanted<'_>) -> Result<PathBuf, SourceError> {
    let folder = shown(wanted.run);
    let entries = match fs::read_dir(wanted.run) {
        Ok(entries) => entries,
        Err(source) => return Err(SourceError::List { folder, source }),
    };
    let mut runs: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_run(path) && has_models(path)).collect();
    runs.sort();
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let meant = |path: &&PathBuf| wanted.scenario.is_some_and(|s| s == name(path));
    if let Some(path) = runs.iter().find(meant) {
        return Ok(path.clone());
    }
    match runs.as_slice() {
        [] => Err(SourceError::NoRun { folder }),
        [only] => Ok(only.clone()),
        several => {
            let mut names: Vec<String> =
                several.iter().take(LISTED).map(|p| printable(&name(p)).into_owned()).collect();
            if several.len() > LISTED {
                names.push("…".to_owned());
            }
            Err(SourceError::Several { folder, names: names.join(", ") })
        }
    }
}

/// The scenarios that a run knows, its own first.
fn known(record: &RunRecord) -> impl Iterator<Item = &Scenario> {
    std::iter::once(&record.scenario).chain(&record.also)
}

/// The scenario: one of the run's by its name, its own by default, any other from its file.
fn scenario(asked: &Wanted<'_>, record: &RunRecord) -> Result<Scenario, SourceError> {
    let Some(wanted) = asked.scenario else { return Ok(record.scenario.clone()) };
    if let Some(scenario) = known(record).find(|s| s.name == *wanted) {
        return Ok(scenario.clone());
    }
    let path = Path::new(wanted);
    if !path.exists() {
        let known: Vec<String> = known(record).map(|s| format!("`{}`", s.name)).collect();
        return Err(SourceError::NoScenario { wanted: wanted.to_owned(), known: known.join(", ") });
    }
    mats_scenario::load(path).map_err(SourceError::Scenario)
}
