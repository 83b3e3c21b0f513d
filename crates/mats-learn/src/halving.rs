//! The best of a few candidates, without letting all of them play to the end.

use std::ops::Range;

/// Returns the candidate whose games cost least, the first among equals. All play the first quarter of the games, the better half of
/// them the second quarter, and the better half of those the rest (successive halving, Karnin, Koren, Somekh 2013): a candidate
/// that is far behind after a quarter is not the best, and half of the games are spared.
///
/// `play` is asked for the costs of some candidates in some games: one list a candidate, in their order.
pub(crate) fn cheapest<E>(
    candidates: usize,
    games: usize,
    mut play: impl FnMut(&[usize], Range<usize>) -> Result<Vec<Vec<f64>>, E>,
) -> Result<Option<usize>, E> {
    let mut left: Vec<usize> = (0..candidates).collect();
    let mut costs = vec![0.0; candidates];
    let mut played = 0;
    for until in [games.div_ceil(4), games.div_ceil(2), games] {
        if left.len() < 2 || until == played {
            continue;
        }
        for (&candidate, more) in left.iter().zip(play(&left, played..until)?) {
            costs[candidate] += more.iter().sum::<f64>();
        }
        played = until;
        keep_better_half(&mut left, |&candidate| costs[candidate]);
        left.sort_unstable();
    }
    left.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
    Ok(left.first().copied())
}

/// Keeps the half that costs least, the middle one of an odd number included, cheapest first; of equals those that stood
/// first.
pub(crate) fn keep_better_half<T>(candidates: &mut Vec<T>, cost: impl Fn(&T) -> f64) {
    candidates.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    candidates.truncate(candidates.len().div_ceil(2));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn the_best_is_found_with_half_of_the_games() {
        let mut count = 0;
        let play = |left: &[usize], games: Range<usize>| {
            count += left.len() * games.len();
            // Candidate 5 is the best by one; each game costs all of them something else.
            let cost =
                |c: usize, g: usize| (g * 7 % 5) as f64 + if c == 5 { 1.0 } else { 2.0 + (c % 3) as f64 };
            Ok::<_, Infallible>(left.iter().map(|&c| games.clone().map(|g| cost(c, g)).collect()).collect())
        };
        assert_eq!(cheapest(8, 48, play), Ok(Some(5)));
        assert_eq!(count, 8 * 12 + 4 * 12 + 2 * 24);
    }

    #[test]
    fn equals_and_few_are_no_trouble() {
        let same = |left: &[usize], games: Range<usize>| {
            Ok::<_, Infallible>(left.iter().map(|_| vec![1.0; games.len()]).collect())
        };
        for games in [1, 2, 3, 9] {
            assert_eq!(cheapest(5, games, same), Ok(Some(0)), "the first among equals");
        }
        assert_eq!(cheapest(1, 9, |_, _| Err("not asked")), Ok(Some(0)));
        assert_eq!(cheapest(0, 9, |_, _| Err("not asked")), Ok(None));
        assert_eq!(cheapest(3, 9, |_, _| Err("stop")), Err("stop"));
    }
}
