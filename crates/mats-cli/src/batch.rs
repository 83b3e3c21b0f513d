//! Jobs worked, shown and kept: what `mats run` and `mats merge` have in common.

use crate::batch_progress::BatchProgress;
use crate::failure::Failure;
use crate::flags::{Effort, MergeFlags, RunFlags};
use crate::tables::{Shown, Tables};
use crate::{interrupt, output, session};
use anyhow::{Context, anyhow};
use mats_core::files::{MAX_TABLE, read_regular};
use mats_core::text::printable;
use mats_lab::TrainError;
use mats_lab::batch::assemble::{Assembled, assemble};
use mats_lab::batch::job::{Job, JobError};
use mats_lab::batch::merge::{self, EXPERIMENT, ExperimentRecord, MergeError, Merged};
use mats_lab::batch::shard::Shard;
use mats_lab::batch::work::{tasks, work};
use mats_lab::held_out;
use mats_lab::record::RunError;
use mats_results::folder::lock_for_a_moment;
use mats_results::rows::JobSummaryRow;
use mats_results::{Lock, ResultFolder, WriteError, read_json};
use std::path::Path;

/// Units that are worked on at once at most, unless more are asked for: each takes some 0.3 GiB.
const AT_ONCE: usize = 16;
/// The figures of all jobs of an experiment.
const SUMMARY: &str = "summary.csv";
/// Version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Options for the work on jobs.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    overwrite: bool,
    resume: bool,
    shard: Shard,
    at_once: Option<usize>,
    json: bool,
    effort: Effort,
}

impl RunOptions {
    /// Options as typed.
    pub fn of(flags: &RunFlags) -> RunOptions {
        let RunFlags { overwrite, resume, shard, jobs, json, effort, .. } = *flags;
        RunOptions { overwrite, resume, shard, at_once: jobs, json, effort }
    }
}

/// Works on jobs, perhaps of an experiment, and shows what came of them.
///
/// # Errors
/// Folders that hold something else, an interrupt, a full disk. What is finished is kept, and shown.
pub fn run(
    jobs: &[Job],
    options: &RunOptions,
    experiment: Option<(&ExperimentRecord, &Path)>,
) -> Result<(), Failure> {
    session::warn_doubtful(jobs.iter().flat_map(|job| &job.spec.settings.defenders));
    let tasks = tasks(jobs, options.shard);
    let mine = |number: &usize| tasks.iter().any(|task| task.job == *number);
    if let Some((record, out)) = experiment {
        // Where it is to go on, the jobs say better what is other.
        record.check_place(out, options.overwrite || options.resume).map_err(Failure::input)?;
    }
    for job in jobs {
        let settings = &job.spec.settings;
        if let Some(note) = held_out::note(&job.path, settings.held_out, &settings.defenders) {
            output::warn(&note);
        }
    }
    let (folders, _locks) = begin(jobs, (0..jobs.len()).filter(mine), options)?;
    if let Some((record, out)) = experiment {
        note_experiment(record, out, options.overwrite)
            .inspect_err(|_| folders.iter().for_each(ResultFolder::abandon))?;
    }
    session::threads(options.effort)?;
    interrupt::listen()?;
    let progress = BatchProgress::new(jobs, tasks.len(), options.effort.quiet);
    let at_once = options.at_once.unwrap_or_else(|| rayon::current_num_threads().min(AT_ONCE));
    let worked = work(jobs, options.shard, at_once, VERSION, &progress);
    let (kept, finished) = progress.close();
    let shown = show(
        jobs,
        finished.iter().map(|f| f.as_ref().map(|(results, seconds)| (results, *seconds))),
        options.json,
    );
    if let Err(error) = worked {
        shown?;
        folders.iter().for_each(ResultFolder::abandon);
        let place = experiment.map_or(jobs[0].path.as_path(), |(_, out)| out);
        return Err(interrupted(error, kept, tasks.len(), place));
    }
    if let Some((_, out)) = experiment.filter(|_| options.shard == Shard::WHOLE) {
        let record = experiment.map(|(record, _)| record);
        sum_up(jobs, finished.iter().flatten().map(|(results, _)| results), record, out)?;
    }
    if options.shard != Shard::WHOLE && !options.json {
        let out = experiment.map_or(Path::new("."), |(_, out)| out);
        output::print(&format!(
            "part {} done: {} unit{} in {}; when all parts are, join them with `mats merge PART… --out DIR`\n",
            options.shard,
            tasks.len(),
            if tasks.len() == 1 { "" } else { "s" },
            printable(&out.display().to_string())
        ))?;
    }
    shown
}

/// Joins the parts of an experiment and shows what came of it.
///
/// # Errors
/// Parts that do not belong together or lack units, folders that hold something, a full disk.
pub fn merge(flags: &MergeFlags) -> Result<(), Failure> {
    let merged = merge::merge(&flags.parts, &flags.out, flags.overwrite);
    let Merged { record, version, jobs, locks: _locks } = merged.map_err(|error| match error {
        MergeError::Write(error) => refused(JobError::Write(error)),
        MergeError::Copy { .. } => Failure::Work(error.into()),
        MergeError::Job(error) => refused(error),
        other => Failure::input(other),
    })?;
    note_experiment(&record, &flags.out, flags.overwrite)?;
    let mut finished = Vec::new();
    for job in &jobs {
        finished.push(assemble(job, &version).context("failed to put the results together")?);
    }
    sum_up(&jobs, finished.iter(), Some(&record), &flags.out)?;
    show(&jobs, finished.iter().map(|results| Some((results, None))), flags.json)
}

/// Makes or opens the folders of some jobs, all before any work begins, so that nobody waits an hour to hear that one
/// exists.
fn begin(
    jobs: &[Job],
    some: impl Iterator<Item = usize>,
    options: &RunOptions,
) -> Result<(Vec<ResultFolder>, Vec<Lock>), Failure> {
    let (mut folders, mut locks) = (Vec::<ResultFolder>::new(), Vec::new());
    for job in some {
        let begun = if jobs.len() > 1 { jobs[job].refuse_link() } else { Ok(()) };
        match begun.and_then(|()| jobs[job].begin(VERSION, options.overwrite, options.resume)) {
            Ok((folder, lock)) => {
                folders.push(folder);
                locks.push(lock);
            }
            Err(error) => {
                folders.iter().for_each(ResultFolder::abandon);
                return Err(refused(error));
            }
        }
    }
    Ok((folders, locks))
}

/// A folder that cannot be worked in: bad input, unless the system refused.
fn refused(error: JobError) -> Failure {
    match error {
        JobError::Write(error @ WriteError::Io { .. }) => {
            Failure::Work(anyhow::Error::new(error).context("failed to prepare the result folder"))
        }
        other => Failure::input(other),
    }
}

/// Tells what stopped the work, and what there is of it.
fn interrupted(error: RunError, kept: usize, all: usize, place: &Path) -> Failure {
    let stopped = matches!(error, RunError::Train(TrainError::Interrupted));
    if kept == 0 {
        return if stopped {
            Failure::Work(anyhow!("interrupted; no unit was finished, so nothing is kept"))
        } else {
            error.into()
        };
    }
    let kept = format!(
        "{kept} of {all} units are finished and kept in {}; go on with the same command and --resume",
        place.display()
    );
    if stopped {
        Failure::Work(anyhow!("interrupted; {kept}"))
    } else {
        Failure::Work(anyhow!("{error} ({kept})"))
    }
}

/// Lists the jobs of an experiment in its folder, unless that is one of something else.
fn note_experiment(record: &ExperimentRecord, out: &Path, overwrite: bool) -> Result<(), Failure> {
    // Shards may share a folder.
    let _lock = lock_for_a_moment(out).context("failed to prepare the result folder")?;
    // Once more, for another one may have begun meanwhile.
    record.check_place(out, overwrite).map_err(Failure::input)?;
    let folder = ResultFolder::around(out).context("failed to prepare the result folder")?;
    folder.sweep();
    // Until all its jobs are summed up again.
    folder.unseal().context("failed to prepare the result folder")?;
    Ok(folder.write_json(EXPERIMENT, record).context("failed to write results")?)
}

/// The figures of all jobs in one file.
fn sum_up<'a>(
    jobs: &[Job],
    finished: impl Iterator<Item = &'a Assembled>,
    record: Option<&ExperimentRecord>,
    out: &Path,
) -> Result<(), Failure> {
    let rows: Vec<JobSummaryRow> = jobs
        .iter()
        .zip(finished)
        .flat_map(|(job, results)| {
            results.summary.rows.iter().map(|row| JobSummaryRow::new(&job.spec.name, row))
        })
        .collect();
    let _lock = lock_for_a_moment(out).context("failed to write results")?;
    let there: ExperimentRecord = read_json(&out.join(EXPERIMENT)).context("failed to write results")?;
    if record.is_some_and(|record| record.jobs != there.jobs) {
        return Err(Failure::Work(anyhow!(
            "another experiment took the folder {} meanwhile; its jobs are whole, their summary is not written",
            out.display()
        )));
    }
    let folder = ResultFolder::open(out).context("failed to write results")?;
    let summary = || read_regular(&out.join(SUMMARY), MAX_TABLE).ok();
    let before = summary();
    folder.write_csv(SUMMARY, &rows).context("failed to write results")?;
    folder.seal_files(&[EXPERIMENT, SUMMARY]).context("failed to write results")?;
    if summary() != before {
        // A page about what was there before would mislead.
        folder.remove_report().context("failed to remove an older report")?;
    }
    Ok(())
}

/// Shows the results of the jobs that are finished.
fn show<'a>(
    jobs: &[Job],
    finished: impl Iterator<Item = Option<(&'a Assembled, Option<f64>)>>,
    json: bool,
) -> Result<(), Failure> {
    let mut tables = Tables::new(json);
    for (job, results) in jobs.iter().zip(finished) {
        if let Some((Assembled { record, summary }, seconds)) = results {
            let named = (job.spec.name != record.scenario.name).then_some(job.spec.name.as_str());
            tables.add(&Shown { job: named, record, summary, seconds, folder: &job.path })?;
        }
    }
    tables.end()
}
