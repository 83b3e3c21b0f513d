//! Episodes in parallel: a fixed number of lanes, each with its own world, buffers and defenders. What an episode
//! is depends on its number alone, and results come back in the order of numbers, so the number of threads shows
//! nowhere.

use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lanes that play at once, whatever the number of threads.
pub const LANES: usize = 16;

/// Plays episodes `0..count`: a lane that is free takes the next number. What lanes gather beside the results must not depend on
/// which of them played what.
pub fn play<L: Send, R: Send>(
    lanes: &mut [L],
    count: usize,
    play: impl Fn(&mut L, usize) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = |lane: &mut L| {
        let mut results = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return results;
            }
            results.push((number, play(lane, number)));
        }
    };
    let by_lane: Vec<Vec<(usize, R)>> = lanes.par_iter_mut().map(work).collect();
    let mut all: Vec<(usize, R)> = by_lane.into_iter().flatten().collect();
    all.sort_unstable_by_key(|&(number, _)| number);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_for_any_number_of_lanes() {
        for width in [1, 3, 16] {
            let mut lanes = vec![0usize; width];
            let results = play(&mut lanes, 10, |_, number| number * number);
            assert_eq!(results, (0..10).map(|n| n * n).collect::<Vec<_>>());
        }
    }
}
