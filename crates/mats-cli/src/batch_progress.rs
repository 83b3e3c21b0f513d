//! How many units go: a line for each that is worked on, and one for all together.

use crate::clock::Stopwatch;
use crate::reporter::{Place, Reporter, line};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mats_lab::batch::assemble::Assembled;
use mats_lab::batch::job::Job;
use mats_lab::batch::work::{self, Task};
use mats_lab::progress::Listener;
use mats_results::folder::TIMING;
use mats_results::{ReadError, ResultFolder, WriteError};
use std::io::{self, IsTerminal};
use std::sync::Mutex;

/// A finished job, and for how many seconds it was worked on here, if it was.
pub type Finished = Option<(Assembled, Option<f64>)>;

/// Shows progress of many units, and keeps what is finished.
pub struct BatchProgress<'a> {
    jobs: &'a [Job],
    place: Place,
    total: Option<ProgressBar>,
    units: usize,
    /// Running since the work on all of them began.
    begun: Stopwatch,
    state: Mutex<State>,
}

struct State {
    /// Units that are done.
    done: usize,
    /// Stopwatch of each job, running since work on it began.
    begun: Vec<Option<Stopwatch>>,
    finished: Vec<Finished>,
}

impl<'a> BatchProgress<'a> {
    /// Progress shown on a terminal, in a log or nowhere.
    pub fn new(jobs: &'a [Job], units: usize, quiet: bool) -> BatchProgress<'a> {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let (place, total) = match (quiet, io::stderr().is_terminal()) {
            (true, _) => (Place::Nowhere, None),
            (false, false) => (Place::Log, None),
            (false, true) if units > 1 => {
                let total = bars.add(ProgressBar::new(units as u64));
                let style =
                    ProgressStyle::with_template("all: {pos}/{len} units · {elapsed} gone · {eta} left");
                (
                    Place::Among(bars),
                    Some(style.map_or_else(|_| total.clone(), |style| total.clone().with_style(style))),
                )
            }
            (false, true) => (Place::Among(bars), None),
        };
        let finished = jobs.iter().map(|_| None).collect();
        let state = State { done: 0, begun: vec![None; jobs.len()], finished };
        BatchProgress { jobs, place, total, units, begun: Stopwatch::start(), state: Mutex::new(state) }
    }

    /// Takes the bars away; how many units are done, and what is finished, by job.
    pub fn close(self) -> (usize, Vec<Finished>) {
        if let Some(total) = &self.total {
            total.finish_and_clear();
        }
        let state = self.state.into_inner().expect("no unit panics");
        (state.done, state.finished)
    }

    fn name(&self, task: Task) -> String {
        let spec = &self.jobs[task.job].spec;
        if spec.settings.train_seeds > 1 {
            format!("{} seed {}", spec.name, task.train_seed)
        } else {
            spec.name.clone()
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no unit panics")
    }
}

impl work::BatchObserver for BatchProgress<'_> {
    fn begin(&self, task: Task) -> Box<dyn Listener + '_> {
        self.state().begun[task.job].get_or_insert_with(Stopwatch::start);
        let mut reporter = Reporter::at(&self.place, self.total.as_ref());
        reporter.begin(&self.name(task));
        Box::new(reporter)
    }

    fn damaged(&self, task: Task, what: &ReadError) {
        if !matches!(self.place, Place::Nowhere) {
            line(&format!("{}: {what}", self.name(task)));
        }
    }

    fn done(&self, task: Task) {
        let mut state = self.state();
        state.done += 1;
        if let Some(total) = &self.total {
            total.set_position(state.done as u64);
        }
        if matches!(self.place, Place::Log) && self.units > 1 {
            line(&format!("{}: done, {} of {} units", self.name(task), state.done, self.units));
        }
    }

    fn finished(&self, job: usize, results: Assembled) -> Result<(), WriteError> {
        let mut state = self.state();
        let timing = state.begun[job].map(|watch| watch.timing());
        // Of a job that was only put together here, there is nothing else to tell.
        let lacks = !self.jobs[job].path.join(TIMING).exists();
        if let Some(timing) = timing.or_else(|| lacks.then(|| self.begun.timing())) {
            ResultFolder::open(&self.jobs[job].path)?.write_json(TIMING, &timing)?;
        }
        state.finished[job] = Some((results, timing.map(|timing| timing.duration_s)));
        Ok(())
    }
}
