//! Candidates that decide by themselves, and the one that costs least in some games.

use crate::arena::{Arena, Game, mean};
use crate::error::TrainError;
use crate::halving::cheapest;
use mats_core::Action;
use mats_respond::Decision;

/// The number of the candidate that costs least in some games; `action` is what each decides, `each` hears how many games of each were
/// played since the last time, and the mean cost of the best in them.
pub(crate) fn cheapest_of(
    arena: &mut dyn Arena,
    all: &[Game],
    candidates: usize,
    action: &(dyn Fn(usize, &Decision<'_>) -> Action + Sync),
    mut each: impl FnMut(usize, f64) -> Result<(), TrainError>,
) -> Result<Option<usize>, TrainError> {
    cheapest(candidates, all.len(), |left, part| {
        let own = &all[part];
        let games: Vec<Game> = left.iter().flat_map(|_| own.iter().copied()).collect();
        let choose = |d: &Decision<'_>| action(left[d.episode.number / own.len()], d);
        let costs = arena.costs(&games, &choose);
        let costs: Vec<Vec<f64>> = costs.chunks(own.len()).map(<[f64]>::to_vec).collect();
        let best = costs.iter().map(|costs| mean(costs)).fold(f64::INFINITY, f64::min);
        each(own.len(), best)?;
        Ok(costs)
    })
}
