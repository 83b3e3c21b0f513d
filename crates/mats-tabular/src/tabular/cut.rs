//! Where the cut between benign and malicious scores lies.

use serde::{Deserialize, Serialize};

/// Width from which an interval without any score tells benign from malicious rows: a quarter of the votes. Where both
/// overlap, a thousand scores leave no such interval open: of sixty draws of so many from NSL-KDD, whose scores do overlap
/// from .1 to .9, one or two did.
const WIDE: f32 = 0.25;
/// Malicious rows below which an open interval may be chance, if they are not all above it.
const ENOUGH: usize = 50;

/// An interval in which no held-out score lies, and in whose middle the cut does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The highest held-out score below the cut.
    pub low: f32,
    /// The lowest held-out score above the cut.
    pub high: f32,
    /// Benign held-out rows above the cut.
    pub benign_above: u64,
    /// Malicious held-out rows below the cut.
    pub malicious_below: u64,
}

/// Finds the cut for scores that rows got from models that had not seen them: the score from which on there is an alarm,
/// and the gap that it stands in, if it does.
///
/// The lowest cut that keeps the nominal rate lies just above some benign score, however far the malicious ones are: rows of
/// another day, slightly less usual, would alarm. So it is moved up where that costs nothing that is known:
/// where benign and malicious scores do not overlap, into the middle of the gap between them; where few rows do, into the
/// middle of the widest interval without scores, if that is wide and next to no malicious row more (a share of them as the
/// nominal rate) ends below.
///
/// `vote` is what one tree adds to a forest's score. Fewer trees judge a held-out row than will judge others, so its least
/// score but none is higher than one vote: a cut between none and that is moved halfway up, and above one vote.
pub(super) fn cut(scores: &[f32], malicious: &[bool], nominal: f64, vote: Option<f32>) -> (f32, Option<Gap>) {
    let of = |wanted: bool| -> Vec<f32> {
        let mut some: Vec<f32> =
            scores.iter().zip(malicious).filter(|(_, m)| **m == wanted).map(|(s, _)| *s).collect();
        some.sort_unstable_by(f32::total_cmp);
        some
    };
    let (benign, bad) = (of(false), of(true));
    let lowest = threshold(&benign, nominal);
    let (Some(&most), Some(&least)) = (benign.last(), bad.first()) else { return (lowest, None) };
    let gap = |low: f32, high: f32| Gap {
        low,
        high,
        benign_above: (benign.len() - benign.partition_point(|&s| s <= low)) as u64,
        malicious_below: bad.partition_point(|&s| s <= low) as u64,
    };
    if most < least {
        let gap = gap(most, least);
        return (gap.middle(), Some(gap));
    }
    let found = &bad[bad.partition_point(|&s| s < lowest)..];
    // What lies from the cut as it would be up to the highest that costs next to nothing.
    let spared = (bad.len() as f64 * nominal) as usize;
    let highest = found.get(spared).or(found.last()).copied();
    let mut within: Vec<f32> = benign.iter().chain(&bad).copied().collect();
    within.sort_unstable_by(f32::total_cmp);
    let from = within.partition_point(|&s| s < lowest).saturating_sub(1);
    let to = highest.map_or(from, |high| within.partition_point(|&s| s <= high));
    if found.len() >= ENOUGH
        && let Some(pair) = within[from..to.max(from)]
            .windows(2)
            .max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])).then(b[0].total_cmp(&a[0])))
        && pair[1] - pair[0] >= WIDE
    {
        let gap = gap(pair[0], pair[1]);
        return (gap.middle(), Some(gap));
    }
    match (vote, within.get(within.partition_point(|&s| s < lowest))) {
        (Some(vote), Some(&next)) if lowest <= vote => (next.min((next / 2.0).max(1.5 * vote)), None),
        _ => (lowest, None),
    }
}

/// The lowest cut that at most a share of some sorted scores reaches. Ties are not split.
pub(crate) fn threshold(sorted: &[f32], share: f64) -> f32 {
    let allowed = (sorted.len() as f64 * share) as usize;
    match sorted.len().checked_sub(allowed + 1) {
        Some(at) => sorted[at].next_up(),
        None => f32::NEG_INFINITY,
    }
}

impl Gap {
    fn middle(&self) -> f32 {
        let middle = self.low + (self.high - self.low) / 2.0;
        // Neighbouring numbers have none between them.
        if middle > self.low { middle } else { self.high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores spread evenly, and whether they are malicious.
    fn spread(parts: &[(usize, f32, f32, bool)]) -> (Vec<f32>, Vec<bool>) {
        let scores = parts.iter().flat_map(|&(n, low, high, _)| {
            (0..n).map(move |i| low + (high - low) * i as f32 / (n.max(2) - 1) as f32)
        });
        let malicious = parts.iter().flat_map(|&(n, _, _, m)| std::iter::repeat_n(m, n));
        (scores.collect(), malicious.collect())
    }

    fn check(parts: &[(usize, f32, f32, bool)], low: f32, high: f32, gap: bool) {
        let (scores, malicious) = spread(parts);
        let (cut, found) = cut(&scores, &malicious, 0.01, Some(0.01));
        assert!(cut >= low && cut <= high && found.is_some() == gap, "{parts:?}: {cut} {found:?}");
    }

    #[test]
    fn the_cut_stands_in_the_middle_of_the_gap_even_where_a_few_rows_do_not_keep_to_it() {
        let (quiet, benign, bad) = ((1500, 0.0, 0.0, false), (500, 0.0, 0.1, false), (1000, 0.86, 1.0, true));
        check(&[benign, bad], 0.479, 0.481, true);
        check(&[quiet, (10, 0.05, 0.1, false), bad], 0.479, 0.481, true);
        // Benign rows amid the malicious ones, or midway; malicious ones that are hardly told.
        check(&[quiet, benign, (6, 0.9, 1.0, false), bad], 0.47, 0.49, true);
        check(&[quiet, (1, 0.6, 0.6, false), (1, 0.9, 0.9, false), bad], 0.29, 0.31, true);
        check(&[quiet, benign, bad, (3, 0.0, 0.0, true), (4, 0.1, 0.2, true)], 0.52, 0.54, true);
        // A tiny gap is one, too.
        check(&[(300, 0.0, 0.5, false), (30, 0.51, 1.0, true)], 0.504, 0.506, true);
    }

    #[test]
    fn where_scores_overlap_the_cut_is_the_lowest_for_the_nominal_rate() {
        let (benign, bad) = ((1000, 0.0, 0.8, false), (400, 0.2, 1.0, true));
        check(&[benign, bad], 0.79, 0.793, false);
        // More benign rows than may alarm reach as high as malicious ones do.
        check(&[(900, 0.0, 0.1, false), (100, 0.9, 0.9, false), (400, 0.5, 1.0, true)], 0.9, 0.901, false);
        // Few malicious rows leave room by chance.
        check(&[benign, (1, 0.1, 0.1, true), (5, 0.85, 0.85, true)], 0.79, 0.793, false);
    }

    #[test]
    fn one_vote_does_not_alarm_where_held_out_rows_could_not_get_so_few() {
        let (benign, bad) = ((1000, 0.0, 0.0, false), (300, 0.0, 0.9, true));
        let (scores, malicious) = spread(&[benign, (5, 0.0, 0.9, false), bad]);
        let scores: Vec<f32> = scores.iter().map(|s| (s * 37.0).round() / 37.0).collect();
        let (cut, gap) = cut(&scores, &malicious, 0.01, Some(0.01));
        assert!(cut > 0.0149 && cut < 0.0151 && gap.is_none(), "{cut} {gap:?}");
    }

    #[test]
    fn of_one_kind_alone_the_cut_is_the_nominal_one() {
        let (scores, malicious) = spread(&[(1000, 0.0, 1.0, false)]);
        assert_eq!(cut(&scores, &malicious, 0.01, None), (threshold(&scores, 0.01), None));
        let (scores, malicious) = spread(&[(10, 0.0, 1.0, true)]);
        assert_eq!(cut(&scores, &malicious, 0.01, None), (f32::NEG_INFINITY, None));
    }
}
