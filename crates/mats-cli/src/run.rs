//! `mats run`: scenarios, or an experiment, become jobs; jobs are worked, shown and kept.

use crate::batch;
use crate::failure::Failure;
use crate::flags::RunFlags;
use crate::load;
use crate::session::defenders;
use anyhow::anyhow;
use mats_lab::batch::experiment::{self, ExperimentError, JobSpec};
use mats_lab::batch::job::Job;
use mats_lab::batch::merge::ExperimentRecord;
use mats_lab::batch::scenario_changes;
use mats_lab::batch::shard::Shard;
use mats_lab::overrides;
use mats_lab::settings::RunSettings;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// Bad scenarios, an existing folder, an interrupt, a full disk.
pub fn run(flags: &RunFlags) -> Result<(), Failure> {
    if let Some(file) = flags.scenarios.iter().find(|path| experiment::is_experiment(path)) {
        return experiment(flags, file);
    }
    if flags.shard != Shard::WHOLE {
        let what = "--shard splits an experiment; write the scenarios into the file of one";
        return Err(Failure::input(anyhow!(what)));
    }
    if let Some(run) = &flags.repeat {
        return repeat(flags, run);
    }
    let changes = scenario_changes::table(&flags.set).map_err(Failure::input)?;
    let scenarios = load::changed_scenarios(&flags.scenarios, &changes)?;
    let settings = settings(flags)?;
    let changes = changes.to_string();
    let alone = scenarios.len() == 1;
    let jobs = scenarios.into_iter().map(|scenario| {
        let name = scenario.name.clone();
        let path = match &flags.out {
            Some(out) if alone => out.clone(),
            Some(out) => out.join(&name),
            None => PathBuf::from("results").join(format!("{name}-{}", settings.seed)),
        };
        Job {
            spec: JobSpec {
                name,
                scenario,
                also: Vec::new(),
                settings: settings.clone(),
                changes: changes.clone(),
            },
            path,
        }
    });
    batch::run(&jobs.collect::<Vec<_>>(), &batch::RunOptions::of(flags), None)
}

/// Does once more what a finished run did.
fn repeat(flags: &RunFlags, run: &Path) -> Result<(), Failure> {
    let spec = mats_lab::batch::repeat::spec(run).map_err(Failure::input)?;
    load::warn_unproven(run);
    let path = match &flags.out {
        Some(out) => out.clone(),
        // Also where the folder was given as `.`.
        None if run.file_name().is_none() => PathBuf::from("results").join(format!("{}-repeat", spec.name)),
        None => run.with_file_name(format!("{}-repeat", spec.name)),
    };
    batch::run(&[Job { spec, path }], &batch::RunOptions::of(flags), None)
}

/// Runs an experiment.
fn experiment(flags: &RunFlags, file: &Path) -> Result<(), Failure> {
    if flags.scenarios.len() > 1 {
        let what = format!("{} is an experiment; give it alone, and scenarios in it", file.display());
        return Err(Failure::input(anyhow!(what)));
    }
    refuse_typed(flags, file)?;
    let experiment = experiment::load(file, &flags.set).map_err(|error| match error {
        ExperimentError::Scenarios(diagnostics) => Failure::Scenario(diagnostics),
        ExperimentError::Mistakes(diagnostics) => Failure::Scenario(vec![diagnostics]),
        other => Failure::input(other),
    })?;
    let record = ExperimentRecord::of(&experiment, batch::VERSION);
    let out = flags
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("results").join(experiment::folder_name(&[&experiment.name])));
    let jobs = experiment.specs.into_iter().map(|spec| Job { path: out.join(&spec.name), spec });
    batch::run(&jobs.collect::<Vec<_>>(), &batch::RunOptions::of(flags), Some((&record, &out)))
}

/// Refuses flags that say what the file of an experiment says.
fn refuse_typed(flags: &RunFlags, file: &Path) -> Result<(), Failure> {
    let typed = [
        ("episodes", flags.episodes.is_some()),
        ("eval-episodes", flags.eval_episodes.is_some()),
        ("eval-seed", flags.eval_seed.is_some()),
        ("held-out", flags.held_out),
        ("train-seeds", flags.train_seeds.is_some()),
        ("seed", flags.seed.is_some()),
        ("defenders", !flags.defenders.is_empty()),
    ];
    match typed.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Failure::input(anyhow!(
            "{} says what --{name} would say; change it there, or with --set, as in --set eval_episodes=20",
            file.display()
        ))),
        None => Ok(()),
    }
}

/// Turns what was typed into settings.
fn settings(flags: &RunFlags) -> Result<RunSettings, Failure> {
    let mut settings = RunSettings::default();
    settings.seed = flags.seed.unwrap_or(settings.seed);
    settings.train_seeds = flags.train_seeds.unwrap_or(settings.train_seeds);
    settings.eval_episodes = flags.eval_episodes.unwrap_or(settings.eval_episodes);
    settings.eval_seed = flags.eval_seed.unwrap_or(settings.eval_seed);
    settings.held_out |= flags.held_out;
    settings.train.episodes = flags.episodes.unwrap_or(settings.train.episodes);
    if !flags.defenders.is_empty() {
        settings.defenders = defenders(&flags.defenders)?;
    }
    for text in flags.set.iter().filter(|text| !scenario_changes::is_one(text)) {
        settings = overrides::set(&settings, text).map_err(Failure::input)?;
    }
    settings.check().map_err(Failure::input)
}
