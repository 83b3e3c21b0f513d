//! `mats eval`: what a run trained, on these scenarios.

use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::flags::EvalFlags;
use crate::load;
use crate::output;
use crate::session::{begin, defenders, warn_doubtful};
use crate::tables::{Shown, Tables};
use mats_lab::eval_run::{EvalError, EvalRun, EvalSpec};
use mats_lab::held_out;
use mats_results::WriteError;

/// Runs the command.
///
/// # Errors
/// Bad scenarios, a damaged run, an existing folder, an interrupt, a full disk.
pub fn eval(flags: &EvalFlags) -> Result<(), Failure> {
    let spec = EvalSpec {
        from: flags.from.clone(),
        scenarios: load::scenarios(&flags.scenarios)?,
        episodes: flags.eval_episodes,
        eval_seed: flags.eval_seed,
        held_out: flags.held_out,
        defenders: defenders(&flags.defenders)?,
        seed: flags.seed,
        out: flags.out.clone(),
        overwrite: flags.overwrite,
    };
    warn_doubtful(&spec.defenders);
    let run = EvalRun::prepare(spec).map_err(refused)?;
    load::warn_unproven(&flags.from);
    let mut reporter = begin(flags.effort)?;
    let mut tables = Tables::new(flags.json);
    for (scenario, folder) in run.scenarios() {
        if let Some(note) = held_out::note(folder.path(), flags.held_out, run.defenders()) {
            output::warn(&note);
        }
        let watch = Stopwatch::start();
        reporter.begin(&scenario.name);
        let done = run.evaluate(scenario, folder, &mut reporter, || watch.timing());
        reporter.clear();
        let (record, summary, timing) = done?;
        let (record, summary, seconds) = (&record, &summary, Some(timing.duration_s));
        tables.add(&Shown { job: None, record, summary, seconds, folder: folder.path() })?;
    }
    tables.end()
}

/// Takes what cannot be evaluated for bad input, unless the system refused a folder.
fn refused(error: EvalError) -> Failure {
    match error {
        EvalError::Folder { source: WriteError::Io { .. } } => Failure::Work(error.into()),
        // Says by itself what is wrong with the folder.
        EvalError::Folder { source } => Failure::input(source),
        other => Failure::input(other),
    }
}
