//! How a random forest scores attacks of kinds that it was not grown from, as attacks to come may be.

use crate::forest::{ForestError, ForestParams};
use mats_core::random::Stream;

const PURPOSE: u32 = 0x1ef7;
/// Groups that the kinds of attack are parted into; each is left out once.
const GROUPS: usize = 5;
/// Rows that such a forest is grown from at most.
const MOST: usize = 50_000;

/// The probability of an attack that every malicious row gets from a forest grown without its kind and some others; that
/// of benign rows stays as it is out of bag. `None` with less than two kinds of attack.
pub(super) fn left_out(
    params: &ForestParams,
    rows: &[f32],
    width: usize,
    of: &[u8],
    classes: usize,
    out_of_bag: &[f32],
    seed: u64,
) -> Result<Option<Vec<f32>>, ForestError> {
    if classes < 3 {
        return Ok(None);
    }
    let group = groups(of, classes);
    let stream = Stream::new(seed, PURPOSE, 0);
    let keep = MOST as f64 / of.len() as f64;
    let picked: Vec<usize> = (0..of.len()).filter(|&i| stream.unit(i as u64) < keep).collect();
    let mut scores = out_of_bag.to_vec();
    let gather = |rows_of: &[usize]| -> Vec<f32> {
        rows_of.iter().flat_map(|&i| rows[i * width..][..width].iter().copied()).collect()
    };
    for g in 0..GROUPS.min(classes - 1) {
        let known: Vec<usize> =
            picked.iter().copied().filter(|&i| of[i] == 0 || group[of[i] as usize] != g).collect();
        let values = gather(&known);
        let labels: Vec<u8> = known.iter().map(|&i| of[i]).collect();
        let forest = params.fit(&values, width, &labels, classes, seed ^ (g as u64 + 1))?.forest;
        let new: Vec<usize> = (0..of.len()).filter(|&i| of[i] > 0 && group[of[i] as usize] == g).collect();
        let values = gather(&new);
        let mut shares = vec![0.0; new.len() * classes];
        forest.probabilities_all(&values, &mut shares);
        for (&i, shares) in new.iter().zip(shares.chunks_exact(classes)) {
            scores[i] = 1.0 - shares[0];
        }
    }
    Ok(Some(scores))
}

/// The group of each class: the kinds in turn, the most frequent first.
fn groups(of: &[u8], classes: usize) -> Vec<usize> {
    let mut counts = vec![0_usize; classes];
    for &class in of {
        counts[class as usize] += 1;
    }
    let mut order: Vec<usize> = (1..classes).collect();
    order.sort_by_key(|&c| std::cmp::Reverse(counts[c]));
    let mut group = vec![0; classes];
    for (turn, class) in order.into_iter().enumerate() {
        group[class] = turn % GROUPS;
    }
    group
}
