//! Units in parallel, until all are done or somebody asks to stop.
//!
//! As many units as wished are worked on at once, each by a thread of its own that hands what can be done in parallel to
//! the one pool all share. So no thread of the pool ever waits for another unit to end.

use super::assemble::{Assembled, assemble};
use super::definition::Definition;
use super::job::Job;
use super::shard::Shard;
use super::unit;
use crate::record::RunError;
use mats_learn::progress::Listener;
use mats_results::{ReadError, WriteError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// A unit: the number of its job, and its training seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// The number of its job.
    pub job: usize,
    /// Training seed of the unit.
    pub train_seed: u64,
}

/// Listener that is told how the work goes on.
pub trait BatchObserver: Sync {
    /// A unit begins; what it tells goes to the listener.
    fn begin(&self, task: Task) -> Box<dyn Listener + '_>;
    /// A unit was done, but its files are not those that were written: it is worked on once more.
    fn damaged(&self, task: Task, what: &ReadError);
    /// A unit is done and kept.
    fn done(&self, task: Task);
    /// A job is done; its results are in place.
    ///
    /// # Errors
    /// When what is to be kept of it cannot be written.
    fn finished(&self, job: usize, results: Assembled) -> Result<(), WriteError>;
}

/// Former name of [`BatchObserver`], kept for one version.
pub use self::BatchObserver as Board;

/// All units of some jobs that are a shard's part, in order.
pub fn tasks(jobs: &[Job], shard: Shard) -> Vec<Task> {
    let all = jobs
        .iter()
        .enumerate()
        .flat_map(|(job, j)| j.seeds().map(move |train_seed| Task { job, train_seed }));
    all.enumerate().filter(|(number, _)| shard.has(*number)).map(|(_, task)| task).collect()
}

/// Works on all units that are not done yet, at most `at_once` at a time, and puts together each job whose units are all
/// there, unless it is only a `shard` of the experiment.
///
/// # Errors
/// The first error of the first unit that failed; units that were finished by then are kept.
pub fn work(
    jobs: &[Job],
    shard: Shard,
    at_once: usize,
    version: &str,
    observer: &dyn BatchObserver,
) -> Result<(), RunError> {
    let tasks = tasks(jobs, shard);
    let mut open = Vec::new();
    for &task in &tasks {
        let job = &jobs[task.job];
        match job.has(&job.folder()?, task.train_seed, version) {
            Ok(true) => observer.done(task),
            Ok(false) => open.push(task),
            Err(what) => {
                observer.damaged(task, &what);
                open.push(task);
            }
        }
    }
    let whole = shard == Shard::WHOLE;
    let left: Vec<AtomicUsize> =
        (0..jobs.len()).map(|job| AtomicUsize::new(open.iter().filter(|t| t.job == job).count())).collect();
    if whole {
        for (job, _) in left.iter().enumerate().filter(|(_, left)| left.load(Ordering::Relaxed) == 0) {
            observer.finished(job, assemble(&jobs[job], version)?)?;
        }
    }
    let sim_plans: Vec<OnceLock<_>> = jobs.iter().map(|_| OnceLock::new()).collect();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(None::<(usize, RunError)>));
    let one = |task: Task| -> Result<(), RunError> {
        let job = &jobs[task.job];
        let sim_plans = sim_plans[task.job].get_or_init(|| unit::sim_plans(&job.spec));
        let (training, all) = {
            let mut listener = observer.begin(task);
            unit::work(&job.spec, sim_plans, task.train_seed, &mut *listener)?
        };
        unit::write(&job.folder()?, &Definition::of(&job.spec, version), task.train_seed, &training, &all)?;
        observer.done(task);
        if left[task.job].fetch_sub(1, Ordering::AcqRel) == 1 && whole {
            observer.finished(task.job, assemble(job, version)?)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, open.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let stopped = || failed.lock().expect("no unit panics").is_some();
                    let Some(&task) = open.get(number).filter(|_| !stopped()) else { return };
                    if let Err(error) = one(task) {
                        let mut failed = failed.lock().expect("no unit panics");
                        if failed.as_ref().is_none_or(|(first, _)| number < *first) {
                            *failed = Some((number, error));
                        }
                        return;
                    }
                }
            });
        }
    });
    match failed.into_inner().expect("no unit panics") {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}
