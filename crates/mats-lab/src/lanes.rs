//! Episodes in parallel: a fixed number of lanes, each with its own world, buffers and defenders. What an episode
//! is depends on its number alone, and results come back in the order of numbers, so the thread count shows
//! nowhere.

use rayon::prelude::*;

/// Lanes that play at once, whatever the number of threads.
pub const LANES: usize = 16;

/// Plays episodes `0..count`: lane *l* takes numbers *l*, *l* + lanes, … in turn.
pub fn play<L: Send, R: Send>(
    lanes: &mut [L],
    count: usize,
    play: impl Fn(&mut L, usize) -> R + Sync,
) -> Vec<R> {
    let width = lanes.len().max(1);
    let by_lane: Vec<Vec<R>> = lanes
        .par_iter_mut()
        .enumerate()
        .map(|(l, lane)| (l..count).step_by(width).map(|number| play(lane, number)).collect())
        .collect();
    let mut columns: Vec<_> = by_lane.into_iter().map(Vec::into_iter).collect();
    (0..count).filter_map(|number| columns[number % width].next()).collect()
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
