//! `mats eval`: what a run trained, on these scenarios.

use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::flags::EvalFlags;
use crate::folders::Folders;
use crate::load;
use crate::session::{begin, defenders};
use crate::tables::{Shown, Tables};
use anyhow::Context;
use mats_lab::agents::load as load_run;
use mats_lab::batch::load::name as folder_name;
use mats_lab::defender::DefenderSpec;
use mats_lab::evaluate::evaluate_all;
use mats_lab::record::{RunRecord, write_evaluation};
use mats_lab::settings::RunSettings;
use mats_results::folder::{FILES, POLICY};
use mats_results::{ResultFolder, WriteError};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Bad scenarios, a damaged run, an existing folder, an interrupt, a full disk.
pub fn eval(flags: &EvalFlags) -> Result<(), Failure> {
    let scenarios = load::scenarios(&flags.scenarios)?;
    let from = folder_name(&flags.from).map_err(Failure::input)?;
    let (origin, trained) = load_run(&flags.from)
        .with_context(|| format!("failed to load the run {}", flags.from.display()))
        .map_err(Failure::Input)?;
    let mut settings = origin.settings;
    settings.eval_episodes = flags.eval_episodes.unwrap_or(settings.eval_episodes);
    if !flags.defenders.is_empty() {
        settings.defenders = defenders(&flags.defenders)?;
    }
    for defender in &mut settings.defenders {
        defender.complete(&flags.from).map_err(Failure::input)?;
    }
    let suffix = format!("eval-of-{from}");
    let folders = Folders::create(&scenarios, &suffix, flags.out.as_deref(), flags.overwrite)?;
    if folders.iter().any(|folder| is_same(folder.path(), &flags.from)) {
        return Err(Failure::input(anyhow::anyhow!(
            "{} holds the agents to evaluate; choose another folder for the results",
            flags.from.display()
        )));
    }
    let mut reporter = begin(flags.effort)?;
    let mut tables = Tables::new(flags.json);
    let seed = flags.seed.unwrap_or(settings.seed);
    for (scenario, folder) in scenarios.into_iter().zip(folders.iter()) {
        let watch = Stopwatch::start();
        reporter.begin(&scenario.name);
        let all =
            evaluate_all(&scenario, &trained, &settings.defenders, settings.eval_episodes, &mut reporter);
        reporter.clear();
        // The agents stay in the folder of the run that trained them.
        let summary = write_evaluation(folder, &all?, seed).context("failed to write results")?;
        let note = format!("trained on {} by the run {from}", origin.scenario.name);
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.clone(),
            cuts: origin.cuts.clone(),
            notes: origin.cuts.iter().map(|&(seed, _)| (seed, note.clone())).collect(),
            scenario,
            also: Vec::new(),
            changes: String::new(),
        };
        let timing = watch.timing();
        folder.write_json("timing.json", &timing).context("failed to write results")?;
        let networks = copy_networks(folder, &settings).context("failed to write results")?;
        let files = FILES.into_iter().filter(|file| *file != POLICY);
        let written: Vec<&str> = files.chain(networks.iter().map(String::as_str)).collect();
        // The record goes last: a folder that has it is whole.
        folder.write_json("run.json", &record).context("failed to write results")?;
        folder.finish(&written).context("failed to replace what the folder held before")?;
        let (summary, seconds) = (&summary, Some(timing.duration_s));
        tables.add(&Shown { job: None, record: &record, summary, seconds, folder: folder.path() })?;
    }
    tables.end()
}

/// Copies the networks that were named as defenders into the results; the names of the files.
fn copy_networks(folder: &ResultFolder, settings: &RunSettings) -> Result<Vec<String>, WriteError> {
    let mut written = Vec::new();
    for (path, bytes) in settings.defenders.iter().filter_map(DefenderSpec::model) {
        if let Some(bytes) = bytes {
            folder.write_bytes(&path, &bytes)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// Whether two paths lead to the same folder.
fn is_same(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}
