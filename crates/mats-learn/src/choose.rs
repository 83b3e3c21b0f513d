//! Candidates that decide by themselves, and the one that costs least in some games.

use crate::arena::{Contest, Game, mean};
use crate::error::{TrainError, notify};
use crate::halving::cheapest;
use crate::progress::{Listener, Progress};
use crate::seeds::Purpose;
use mats_core::Action;
use mats_respond::Decision;

/// The number of the candidate that costs least in some games; `action` is what each decides, `each` hears how many games of each were
/// played since the last time, and the mean cost of the best in them.
pub(crate) fn cheapest_of(
    contest: &mut dyn Contest,
    all: &[Game],
    candidates: usize,
    action: &(dyn Fn(usize, &Decision<'_>) -> Action + Sync),
    mut each: impl FnMut(usize, f64) -> Result<(), TrainError>,
) -> Result<Option<usize>, TrainError> {
    cheapest(candidates, all.len(), |left, part| {
        let own = &all[part];
        let games: Vec<Game> = left.iter().flat_map(|_| own.iter().copied()).collect();
        let choose = |d: &Decision<'_>| action(left[d.episode.number / own.len()], d);
        let costs = contest.costs(&games, &choose);
        let costs: Vec<Vec<f64>> = costs.chunks(own.len()).map(<[f64]>::to_vec).collect();
        let best = costs.iter().map(|costs| mean(costs)).fold(f64::INFINITY, f64::min);
        each(own.len(), best)?;
        Ok(costs)
    })
}

/// What a rule decides: nothing is remembered from one decision to the next.
pub type Decide<'a> = dyn Fn(&Decision<'_>) -> Action + Sync + Send + 'a;

/// The number of the rule that costs least on so many validation games, the first among equals.
///
/// # Errors
/// When the listener asks to stop.
pub fn best_rule(
    contest: &mut dyn Contest,
    rules: &[Box<Decide<'_>>],
    games: usize,
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Option<usize>, TrainError> {
    if rules.len() > 1 {
        notify(listener, Progress::Stage("choosing the best rule", games as u64))?;
    }
    let games = Game::several(Purpose::Validate, train_seed, 0..games as u64);
    let action = |rule: usize, d: &Decision<'_>| rules[rule](d);
    cheapest_of(contest, &games, rules.len(), &action, |played, _| {
        notify(listener, Progress::Advance(played as u64))
    })
}
