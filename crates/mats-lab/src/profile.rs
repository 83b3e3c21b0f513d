//! How much telemetry resembles that of a real network: rhythm, sizes, bursts, mixtures and who talks to whom, each
//! beside the bound that published figures set.
//!
//! Episodes of a working day cannot show a week. So each is stretched in memory to the week from Monday, 00:00, on;
//! campaigns begin anywhere in it. What is measured is what the sensors deliver, attacks included.
//!
//! | module | holds |
//! |---|---|
//! | [`bounds`] | what real networks are like, and who says so |
//! | [`statistics`] | counts turned into figures |
//! | [`tally`] | what is counted while telemetry goes by |
//! | `tail`, `pace` | quantities with large values; gaps and counts by the minute |
//! | `week` | an episode of a week, counted |
//!
//! Memory is a few megabytes a lane, whatever the number of episodes, and results do not depend on the threads.

pub mod bounds;
mod pace;
pub mod statistics;
mod tail;
pub mod tally;
mod week;

pub use bounds::{BOUNDS, Bound};
pub use tally::{Calendar, SeenFlow, Tally};

use crate::lanes::LANES;
use mats_learn::progress::{Listener, Progress};
use mats_learn::seeds::{Purpose, seed};
use mats_scenario::Scenario;
use mats_sim::{Plan, World};
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;

/// One figure of a profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureRow {
    /// Name of the figure.
    pub name: &'static str,
    /// Description of the figure, in words.
    pub title: &'static str,
    /// Value; `None` where the telemetry does not tell, as logins from outside where nobody logs in from there.
    pub value: Option<f64>,
    /// Least plausible value.
    pub low: f64,
    /// Largest plausible value.
    pub high: f64,
    /// True if the value lies between; `None` without a value, or where the bound is not meant for so many machines.
    pub holds: Option<bool>,
    /// Value of the same figure in a short real recording; see [`bounds`].
    pub apt29: Option<f64>,
    /// Source of the bound.
    pub source: &'static str,
}

/// Former name of [`FigureRow`].
#[deprecated(since = "0.2.0", note = "renamed to `FigureRow`")]
pub type Row = FigureRow;

/// All figures of a recording.
pub fn rows(tally: &Tally) -> Vec<FigureRow> {
    let row = |bound: &Bound| {
        let Bound { name, title, low, high, apt29, source, machines: (fewest, most), .. } = *bound;
        let value = (bound.statistic)(tally);
        let judged = (fewest..=most).contains(&tally.paces.len());
        let holds = value.filter(|_| judged).map(|v| (low..=high).contains(&v));
        FigureRow { name, title, value, low, high, holds, apt29, source }
    };
    BOUNDS.iter().map(row).collect()
}

/// Simulates so many weeks of a scenario, on the seeds that [`crate::generate`] uses, and counts. `None` when the
/// listener asks to stop.
pub fn profile(
    scenario: &Scenario,
    train_seed: u64,
    weeks: u64,
    listener: &mut dyn Listener,
) -> Option<Tally> {
    let plan = Arc::new(Plan::new(week::stretch(scenario)));
    let mut worlds: Vec<_> = (0..weeks.min(LANES as u64)).map(|_| World::new(Arc::clone(&plan))).collect();
    let mut all = Tally::new(plan.scenario.hosts.len(), Calendar::Week);
    let mut going = listener.on_progress(Progress::Stage("profiling weeks", weeks));
    for first in (0..weeks).step_by(LANES) {
        if !going {
            return None;
        }
        let count = (weeks - first).min(LANES as u64);
        let tallies: Vec<Tally> = worlds[..count as usize]
            .par_iter_mut()
            .enumerate()
            .map(|(lane, world)| week::count(world, seed(Purpose::Train, train_seed, first + lane as u64)))
            .collect();
        for tally in &tallies {
            all.merge(tally);
        }
        going = listener.on_progress(Progress::Advance(count));
    }
    going.then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_judged_in_networks_of_their_size_alone() {
        let holds = |machines: usize| {
            let mut tally = Tally::new(machines, Calendar::Unknown);
            tally.degrees = vec![0, 1];
            rows(&tally).into_iter().find(|row| row.name == "peers_median").expect("a row").holds
        };
        assert_eq!([19, 20, 500, 501].map(|machines| holds(machines).is_some()), [false, true, true, false]);
    }
}
