//! The file of an experiment → jobs. See scenarios/experiments/README.md.

use super::grid::{self, Choice, GridError};
use super::places::{MOST, Places};
use super::scenario_changes::{self, SCENARIO};
use crate::check_settings::RunSettingsError;
use crate::defender::{DefenderSpec, SpecError};
use crate::overrides::{self, OverrideError};
use crate::settings::RunSettings;
use mats_core::files::{MAX_TEXT, read_regular_text};
use mats_results::digest::fingerprint;
use mats_scenario::{Diagnostic, Diagnostics, Scenario};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Jobs of an experiment at most: more is a slip in a grid.
const MAX_JOBS: usize = 10_000;

/// A file of an experiment, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExperimentFile {
    experiment: Head,
    /// Settings that all jobs share, by dotted names.
    #[serde(default)]
    settings: Table,
    /// Changes of all scenarios, by dotted names.
    #[serde(default)]
    scenario: Table,
    /// Lists of values, of which every combination is a job; `scenario.…` changes the scenario.
    #[serde(default)]
    grid: Table,
    /// Bundles of settings, each a job.
    #[serde(default, rename = "variant")]
    variants: Vec<Variant>,
    /// SHA-256 of the scenarios, by name: an experiment that others compare with must not change unnoticed.
    #[serde(default)]
    frozen: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    #[serde(default)]
    description: String,
    /// Files to train on, a job each, relative to the experiment's file.
    scenarios: Vec<PathBuf>,
    /// Files on which every job's agents are evaluated beside their own.
    #[serde(default)]
    evaluate_on: Vec<PathBuf>,
    defenders: Option<Vec<String>>,
    seed: Option<u64>,
    train_seeds: Option<u64>,
    episodes: Option<usize>,
    eval_episodes: Option<usize>,
    /// Version of the program that the experiment was frozen with.
    frozen_with: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    name: String,
    #[serde(default)]
    settings: Table,
    #[serde(default)]
    scenario: Table,
    defenders: Option<Vec<String>>,
}

/// A scenario and settings: one result folder.
#[derive(Debug, Clone)]
pub struct JobSpec {
    /// Name of the job's folder.
    pub name: String,
    /// The scenario to train on.
    pub scenario: Scenario,
    /// Scenarios to evaluate on beside it.
    pub also: Vec<Scenario>,
    /// Settings of the run.
    pub settings: RunSettings,
    /// Changes that the experiment made in the scenario's file, as TOML.
    pub changes: String,
}

/// Former name of [`JobSpec`].
#[deprecated(since = "0.2.0", note = "renamed to `JobSpec`")]
pub type Plan = JobSpec;

/// An experiment, checked.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Name of the experiment.
    pub name: String,
    /// Purpose of the experiment.
    pub description: String,
    /// Jobs of the experiment, in order.
    pub specs: Vec<JobSpec>,
}

/// Errors of loading an experiment.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The file cannot be read.
    #[error("failed to read the experiment {file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Error from the system.
        reason: String,
    },
    /// The file is no experiment.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: String,
        /// Mistake in the file, its place, and how to mend it.
        reason: String,
    },
    /// The file has mistakes, each in its place.
    #[error("{0}")]
    Mistakes(Diagnostics),
    /// Scenarios are wrong.
    #[error("{} of its scenarios have mistakes", .0.len())]
    Scenarios(Vec<Diagnostics>),
    /// A setting.
    #[error("{file}: {place}: {reason}")]
    Setting {
        /// The file.
        file: String,
        /// Place in the file.
        place: String,
        /// Reason the setting was refused.
        reason: Box<OverrideError>,
    },
    /// A setting out of range.
    #[error("{file}: job `{job}`: {reason}")]
    Range {
        /// The file.
        file: String,
        /// Name of the job.
        job: String,
        /// Reason the settings were refused.
        reason: Box<RunSettingsError>,
    },
}

/// Tells whether a file is one of an experiment, to go by its tables. A file that cannot be read is none: reading it as
/// a scenario tells what is wrong.
pub fn is_experiment(path: &Path) -> bool {
    let text = read_regular_text(path, MAX_TEXT).unwrap_or_default();
    text.lines().any(|line| line.trim_start().starts_with("[experiment]"))
}

/// Reads and checks an experiment with all its scenarios. `typed` is `NAME=VALUE` from the command line, which has the last word.
///
/// # Errors
/// Everything that is wrong with the scenarios, or the first thing that is wrong with the rest.
pub fn load(path: &Path, typed: &[String]) -> Result<Experiment, ExperimentError> {
    let file = path.display().to_string();
    let unreadable = |reason: String| ExperimentError::Unreadable { file: file.clone(), reason };
    let text = read_regular_text(path, MAX_TEXT).map_err(|e| unreadable(e.to_string()))?;
    let wrong = |reason: String| ExperimentError::File { file: file.clone(), reason };
    let places = Places::new(&file, &text);
    let written: ExperimentFile = places.read().map_err(ExperimentError::Mistakes)?;
    check_settings(&written, &places)?;
    let lists = written.variants.iter().map(|variant| &variant.defenders);
    let mut defenders = BTreeMap::new();
    for names in std::iter::once(&written.experiment.defenders).chain(lists).flatten() {
        let read = DefenderSpec::parse_all(names).map_err(|error| match error.diagnostics() {
            Some(diagnostics) => ExperimentError::Mistakes(diagnostics.clone()),
            None => wrong(error.to_string()),
        });
        defenders.insert(names.clone(), read?);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let typed_changes = scenario_changes::typed(typed).map_err(|e| wrong(e.to_string()))?;
    let expander = Expander { defenders, file: &file, folder, written: &written, typed, typed_changes };
    let specs = expander.expand()?;
    Ok(Experiment {
        name: written.experiment.name.clone(),
        description: written.experiment.description.clone(),
        specs,
    })
}

/// Checks every setting that the file names on its own, so that all that are wrong are told together.
fn check_settings(written: &ExperimentFile, places: &Places<'_>) -> Result<(), ExperimentError> {
    let usual = RunSettings::default();
    let mut mistakes = Vec::new();
    let mut one = |path: &str, name: &str, value: &Value| {
        if mistakes.len() == MOST || name.starts_with(SCENARIO) && path == "grid" {
            return;
        }
        // TOML knows numbers that are none; JSON does not.
        let what = if value.as_float().is_some_and(|number| !number.is_finite()) {
            Some(format!("`{name}` is {value}, which is no number to reckon with"))
        } else {
            overrides::set_to(&usual, name, json(value.clone())).err().map(|error| error.to_string())
        };
        mistakes.extend(what.map(|what| places.diagnostic(&format!("{path}.{name}"), &what)));
    };
    for (name, value) in grid::flat(&written.settings) {
        one("settings", &name, &value);
    }
    for (at, variant) in written.variants.iter().enumerate() {
        for (name, value) in grid::flat(&variant.settings) {
            one(&format!("variant.{at}.settings"), &name, &value);
        }
    }
    for (name, values) in grid::flat(&written.grid) {
        // What is no list is told by the grid itself.
        for value in values.as_array().into_iter().flatten() {
            one("grid", &name, value);
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(ExperimentError::Mistakes(Diagnostics::new(mistakes))) }
}

/// Mistakes that no other job has: what all share is told once.
fn new_among(mistakes: &[Diagnostic], known: &[Diagnostics]) -> Option<Diagnostics> {
    let is_new = |mistake: &&Diagnostic| !known.iter().any(|k| k.as_slice().contains(mistake));
    let new: Vec<Diagnostic> = mistakes.iter().filter(is_new).cloned().collect();
    (!new.is_empty()).then(|| Diagnostics::new(new))
}

struct Expander<'a> {
    /// Lists of defenders, each read once for all jobs.
    defenders: BTreeMap<Vec<String>, Vec<DefenderSpec>>,
    file: &'a str,
    folder: &'a Path,
    written: &'a ExperimentFile,
    typed: &'a [String],
    /// Changes of the scenarios among what was typed.
    typed_changes: Vec<Choice>,
}

impl Expander<'_> {
    fn wrong(&self, reason: impl Into<String>) -> ExperimentError {
        ExperimentError::File { file: self.file.to_owned(), reason: reason.into() }
    }

    fn expand(&self) -> Result<Vec<JobSpec>, ExperimentError> {
        let head = &self.written.experiment;
        if head.scenarios.is_empty() {
            return Err(self.wrong("`scenarios` in [experiment] is empty; name at least one file"));
        }
        let grid = |error: GridError| self.wrong(error.to_string());
        let cells = grid::cells(&self.written.grid, MAX_JOBS).map_err(grid)?;
        let plain = [Variant {
            name: String::new(),
            settings: Table::new(),
            scenario: Table::new(),
            defenders: None,
        }];
        let variants = if self.written.variants.is_empty() { &plain[..] } else { &self.written.variants };
        if head.scenarios.len() * variants.len() * cells.len() > MAX_JOBS {
            return Err(grid(GridError::TooMany(MAX_JOBS)));
        }
        let also = self.also()?;
        let (mut specs, mut broken, mut names) = (Vec::new(), Vec::new(), BTreeSet::new());
        for scenario in &head.scenarios {
            for variant in variants {
                for cell in &cells {
                    let changes = self.changes(variant, cell)?;
                    let scenario = match self.scenario(scenario, &changes) {
                        Ok(scenario) => scenario,
                        Err(mistakes) => {
                            broken.extend(new_among(mistakes.as_slice(), &broken));
                            continue;
                        }
                    };
                    let name = folder_name(&[&scenario.name, &variant.name, &grid::call(cell)]);
                    // Some systems tell no capital letters in names of folders.
                    if !names.insert(name.to_lowercase()) {
                        return Err(self.wrong(format!(
                            "two jobs are called `{name}`, capital letters aside; give scenarios and variants names of their own, and each value of [grid] once"
                        )));
                    }
                    let settings = self.settings(variant, cell, &name)?;
                    let also = also.iter().filter(|other| other.name != scenario.name).cloned().collect();
                    let changes = toml::to_string(&changes).map_err(|e| self.wrong(e.to_string()))?;
                    specs.push(JobSpec { name, scenario, also, settings, changes });
                }
            }
        }
        if !broken.is_empty() {
            return Err(ExperimentError::Scenarios(broken));
        }
        self.check_frozen(&specs)?;
        // Lists of several jobs may name one file, which is read for each.
        for one in specs.iter().flat_map(|spec| &spec.settings.defenders) {
            let named = |other: &&DefenderSpec| other.name() == one.name();
            let first = specs.iter().flat_map(|spec| &spec.settings.defenders).find(named);
            if first.is_some_and(|first| first != one) {
                return Err(self.wrong(SpecError::Changed { name: one.name().to_owned() }.to_string()));
            }
        }
        Ok(specs)
    }

    fn scenario(&self, path: &Path, changes: &Table) -> Result<Scenario, Diagnostics> {
        let path = self.folder.join(path);
        if changes.is_empty() {
            return mats_scenario::load(&path);
        }
        mats_scenario::load_changed(&path, changes, &format!("changes of {}", self.file))
    }

    /// The scenarios to evaluate on, with the changes that all share.
    fn also(&self) -> Result<Vec<Scenario>, ExperimentError> {
        let mut shared = Table::new();
        for (name, value) in
            grid::flat(&self.written.scenario).into_iter().chain(self.typed_changes.iter().cloned())
        {
            scenario_changes::put(&mut shared, &name, value)
                .map_err(|reason| self.wrong(reason.to_string()))?;
        }
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for path in &self.written.experiment.evaluate_on {
            match self.scenario(path, &shared) {
                Ok(scenario) => good.push(scenario),
                Err(diagnostics) => bad.push(diagnostics),
            }
        }
        if bad.is_empty() { Ok(good) } else { Err(ExperimentError::Scenarios(bad)) }
    }

    /// Collects the changes to the scenario of a job.
    fn changes(&self, variant: &Variant, cell: &[Choice]) -> Result<Table, ExperimentError> {
        let mut changes = Table::new();
        let chosen = cell
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(SCENARIO)?.to_owned(), value.clone())));
        let all =
            grid::flat(&self.written.scenario).into_iter().chain(grid::flat(&variant.scenario)).chain(chosen);
        for (name, value) in all.chain(self.typed_changes.iter().cloned()) {
            scenario_changes::put(&mut changes, &name, value)
                .map_err(|reason| self.wrong(reason.to_string()))?;
        }
        Ok(changes)
    }

    fn settings(
        &self,
        variant: &Variant,
        cell: &[Choice],
        job: &str,
    ) -> Result<RunSettings, ExperimentError> {
        let head = &self.written.experiment;
        let mut settings = RunSettings::default();
        settings.seed = head.seed.unwrap_or(settings.seed);
        settings.train_seeds = head.train_seeds.unwrap_or(settings.train_seeds);
        settings.eval_episodes = head.eval_episodes.unwrap_or(settings.eval_episodes);
        settings.train.episodes = head.episodes.unwrap_or(settings.train.episodes);
        let defenders = variant.defenders.as_ref().or(head.defenders.as_ref());
        if defenders.is_some_and(Vec::is_empty) {
            return Err(self.wrong("`defenders` is empty; name at least one, or leave the line out"));
        }
        if let Some(names) = defenders {
            settings.defenders.clone_from(&self.defenders[names]);
        }
        let chosen = cell.iter().filter(|(name, _)| !name.starts_with(SCENARIO)).cloned();
        let places = [
            ("[settings]", grid::flat(&self.written.settings)),
            ("[[variant]]", grid::flat(&variant.settings)),
            ("[grid]", chosen.collect()),
        ];
        for (place, choices) in places {
            for (name, value) in choices {
                settings = overrides::set_to(&settings, &name, json(value))
                    .map_err(|reason| self.setting(place, reason))?;
            }
        }
        for text in self.typed.iter().filter(|text| !scenario_changes::is_one(text)) {
            settings = overrides::set(&settings, text).map_err(|reason| self.setting("--set", reason))?;
        }
        settings.check().map_err(|reason| ExperimentError::Range {
            file: self.file.to_owned(),
            job: job.to_owned(),
            reason: Box::new(reason),
        })
    }

    fn setting(&self, place: &str, reason: OverrideError) -> ExperimentError {
        ExperimentError::Setting {
            file: self.file.to_owned(),
            place: place.to_owned(),
            reason: Box::new(reason),
        }
    }

    /// A frozen experiment runs on the scenarios that it was frozen with, and on no others.
    fn check_frozen(&self, specs: &[JobSpec]) -> Result<(), ExperimentError> {
        if self.written.frozen.is_empty() {
            return Ok(());
        }
        let scenarios = specs.iter().flat_map(|spec| std::iter::once(&spec.scenario).chain(&spec.also));
        for scenario in scenarios {
            let (found, name) = (fingerprint(scenario), &scenario.name);
            match self.written.frozen.get(name) {
                Some(wanted) if *wanted == found => {}
                Some(_) => {
                    let release = match &self.written.experiment.frozen_with {
                        Some(version) => format!("version {version}, which the experiment was frozen with"),
                        None => "the release that the experiment came with".to_owned(),
                    };
                    return Err(self.wrong(format!(
                        "`{name}` is not the scenario that [frozen] names: its SHA-256 is {found}. Results could not be \
                         compared with others'; run it with {release}, or name the experiment otherwise"
                    )));
                }
                None => {
                    return Err(
                        self.wrong(format!("[frozen] does not name `{name}`; add {name} = \"{found}\""))
                    );
                }
            }
        }
        Ok(())
    }
}

/// A name for a folder, which cannot lead out of the folder around it: letters, digits and a few marks; what else
/// there is becomes `_`.
pub fn folder_name(parts: &[&str]) -> String {
    let whole = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("-");
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.,=".contains(c) { c } else { '_' };
    let name: String = whole.chars().map(safe).take(120).collect();
    if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name }
}

/// A value of TOML as JSON.
fn json(value: Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        assert_eq!(folder_name(&["ransomware", "", "n_step=5,x=0.1"]), "ransomware-n_step=5,x=0.1");
        for hostile in ["", ".", "..", "../../etc", "/etc", "a/b", "a\\b", "c:", "\u{1b}[31m", "<script>"] {
            let name = folder_name(&[hostile]);
            assert_eq!(Path::new(&name).components().count(), 1, "{hostile}: {name}");
            assert!(
                Path::new(&name).file_name().is_some_and(|file| file == name.as_str()),
                "{hostile}: {name}"
            );
            assert_eq!(folder_name(&[&name]), name);
        }
        assert_eq!(folder_name(&[&"x".repeat(500)]).len(), 120);
    }
}
