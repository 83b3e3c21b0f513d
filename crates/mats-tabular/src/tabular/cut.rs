//! Where the cut between benign and malicious scores lies.

use serde::{Deserialize, Serialize};

/// Width from which an interval with next to no score in it tells benign from malicious rows, in shares of the votes. Where both
/// overlap, a thousand scores leave no such interval: of sixty draws of so many from NSL-KDD, whose scores do overlap from
/// .1 to .9, two did.
const WIDE: f32 = 0.3;
/// Shares of the benign and of the malicious rows, summed, that count as next to none: what is labelled wrongly draws a few rows
/// like it along, and those lie midway.
const SPARSE: f64 = 0.001;
/// Share of the malicious rows that a gap may leave below the cut beyond those that are there anyhow.
const SPARED: f64 = 0.01;
/// Malicious rows below which an open interval may be chance, if they are not all above it.
const ENOUGH: usize = 50;

/// An interval in which next to no held-out score lies, and in whose middle the cut does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The held-out score at its lower end.
    pub low: f32,
    /// The held-out score at its upper end.
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
/// middle of the widest interval with next to no score, if that is wide and next to no malicious row more (a hundredth of
/// them, and no larger a share than the nominal rate) ends below.
///
/// `vote` is what one tree adds to a forest's score. Fewer trees judge a held-out row than will judge others, so its least
/// score but none is higher than one vote: a cut between none and that is moved halfway up, and above one vote.
/// `classes` has each row's class, 0 for benign: of no class may more end below than its own share, lest the rare ones be those
/// that do.
pub(super) fn cut(scores: &[f32], classes: &[u8], nominal: f64, vote: Option<f32>) -> (f32, Option<Gap>) {
    let scores_of = |wanted: &dyn Fn(u8) -> bool| -> Vec<f32> {
        let mut some: Vec<f32> =
            scores.iter().zip(classes).filter(|(_, class)| wanted(**class)).map(|(s, _)| *s).collect();
        some.sort_unstable_by(f32::total_cmp);
        some
    };
    let (benign, bad) = (scores_of(&|class| class == 0), scores_of(&|class| class > 0));
    let lowest = threshold(&benign, nominal);
    let (Some(&most), Some(&least)) = (benign.last(), bad.first()) else { return (lowest, None) };
    let placed = |low: f32, high: f32| {
        let middle = low + (high - low) / 2.0;
        // Neighbouring numbers have none between them.
        let cut = if middle > low { middle } else { high };
        let (benign_above, malicious_below) =
            (benign.len() - benign.partition_point(|&s| s < cut), bad.partition_point(|&s| s < cut));
        let [benign_above, malicious_below] = [benign_above, malicious_below].map(|count| count as u64);
        (cut, Some(Gap { low, high, benign_above, malicious_below }))
    };
    if most < least {
        return placed(most, least);
    }
    let found = &bad[bad.partition_point(|&s| s < lowest)..];
    // What lies from the cut as it would be up to the highest that costs next to nothing.
    let highest_of = |class: u8| {
        let all = scores_of(&|other| other == class);
        let found = &all[all.partition_point(|&s| s < lowest)..];
        let spared = (all.len() as f64 * nominal.min(SPARED)) as usize;
        found.get(spared).or(found.last()).copied()
    };
    let last = classes.iter().copied().max().unwrap_or(0);
    let highest = (1..=last).filter_map(highest_of).min_by(f32::total_cmp);
    let shares = [1.0 / benign.len() as f64, 1.0 / bad.len() as f64];
    let mut within: Vec<(f32, f64)> = [(&benign, shares[0]), (&bad, shares[1])]
        .into_iter()
        .flat_map(|(scores, share)| scores.iter().map(move |&score| (score, share)))
        .collect();
    within.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let next = within.partition_point(|s| s.0 < lowest);
    let to = highest.map_or(0, |high| within.partition_point(|s| s.0 <= high));
    if found.len() >= ENOUGH
        && let Some((low, high)) = widest(&within[next.saturating_sub(1)..to.max(next)])
        && high - low >= WIDE
    {
        return placed(low, high);
    }
    match (vote, within.get(next)) {
        (Some(vote), Some(&(next, _))) if lowest <= vote => (next.min((next / 2.0).max(1.5 * vote)), None),
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

/// The widest interval between two of some sorted scores with next to no share of the rows between them.
fn widest(scores: &[(f32, f64)]) -> Option<(f32, f32)> {
    let (mut best, mut end, mut between): (Option<(f32, f32)>, usize, f64) = (None, 1, 0.0);
    for (start, &(low, _)) in scores.iter().enumerate() {
        // From here on, what lies between begins one score later.
        if start > 0 && start < end {
            between -= scores[start].1;
        }
        if end <= start {
            (end, between) = (start + 1, 0.0);
        }
        while end + 1 < scores.len() && between + scores[end].1 <= SPARSE {
            between += scores[end].1;
            end += 1;
        }
        if let Some(&(high, _)) = scores.get(end)
            && best.is_none_or(|best| high - low > best.1 - best.0)
        {
            best = Some((low, high));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Classes of rows that are malicious or not.
    fn classes(malicious: &[bool]) -> Vec<u8> {
        malicious.iter().map(|&m| u8::from(m)).collect()
    }

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
        let (cut, found) = cut(&scores, &classes(&malicious), 0.01, Some(0.01));
        assert!(cut >= low && cut <= high && found.is_some() == gap, "{parts:?}: {cut} {found:?}");
    }

    #[test]
    fn the_cut_stands_in_the_middle_of_the_gap_even_where_a_few_rows_do_not_keep_to_it() {
        let (quiet, benign, bad) = ((1500, 0.0, 0.0, false), (500, 0.0, 0.1, false), (1000, 0.86, 1.0, true));
        check(&[benign, bad], 0.479, 0.481, true);
        check(&[quiet, (10, 0.05, 0.1, false), bad], 0.479, 0.481, true);
        // Benign rows amid the malicious ones, or midway; malicious ones that are hardly told.
        check(&[quiet, benign, (6, 0.9, 1.0, false), bad], 0.46, 0.49, true);
        check(&[quiet, (1, 0.6, 0.6, false), (1, 0.9, 0.9, false), bad], 0.42, 0.44, true);
        check(&[quiet, benign, bad, (3, 0.0, 0.0, true), (4, 0.1, 0.2, true)], 0.50, 0.54, true);
        check(&[quiet, benign, bad, (2, 0.4, 0.6, false), (1, 0.9, 0.9, false)], 0.46, 0.5, true);
        // A tiny gap is one, too.
        check(&[(300, 0.0, 0.5, false), (30, 0.51, 1.0, true)], 0.504, 0.506, true);
    }

    #[test]
    fn where_scores_overlap_the_cut_is_the_lowest_for_the_nominal_rate() {
        let (benign, bad) = ((1000, 0.0, 0.8, false), (400, 0.2, 1.0, true));
        check(&[benign, bad], 0.79, 0.793, false);
        // More benign rows than may alarm reach as high as malicious ones do.
        check(&[(900, 0.0, 0.1, false), (100, 0.9, 0.9, false), (400, 0.5, 1.0, true)], 0.9, 0.901, false);
        // Whoever lets many benign rows alarm does not want to miss as many attacks.
        let parts =
            [(900, 0.0, 0.1, false), (100, 0.1, 1.0, false), (100, 0.2, 0.5, true), (900, 0.9, 1.0, true)];
        let (scores, malicious) = spread(&parts);
        let (cut, gap) = cut(&scores, &classes(&malicious), 0.2, None);
        assert!(cut < 0.1 && gap.is_none_or(|gap| gap.malicious_below <= 10), "{cut} {gap:?}");
    }

    #[test]
    fn few_malicious_rows_leave_room_by_chance() {
        let benign = (1000, 0.0, 0.8, false);
        check(&[benign, (1, 0.1, 0.1, true), (5, 0.85, 0.85, true)], 0.79, 0.793, false);
    }

    #[test]
    fn one_vote_does_not_alarm_where_held_out_rows_could_not_get_so_few() {
        let (benign, bad) = ((1000, 0.0, 0.0, false), (300, 0.0, 0.9, true));
        let (scores, malicious) = spread(&[benign, (5, 0.0, 0.9, false), bad]);
        let scores: Vec<f32> = scores.iter().map(|s| (s * 37.0).round() / 37.0).collect();
        let (cut, gap) = cut(&scores, &classes(&malicious), 0.01, Some(0.01));
        assert!(cut > 0.0149 && cut < 0.0151 && gap.is_none(), "{cut} {gap:?}");
    }

    #[test]
    fn of_one_kind_alone_the_cut_is_the_nominal_one() {
        let (scores, malicious) = spread(&[(1000, 0.0, 1.0, false)]);
        assert_eq!(cut(&scores, &classes(&malicious), 0.01, None), (threshold(&scores, 0.01), None));
        let (scores, malicious) = spread(&[(10, 0.0, 1.0, true)]);
        assert_eq!(cut(&scores, &classes(&malicious), 0.01, None), (f32::NEG_INFINITY, None));
    }

    #[test]
    fn no_class_is_left_below_for_the_sake_of_a_gap() {
        let (scores, malicious) =
            spread(&[(9_000, 0.0, 0.1, false), (45, 0.3, 0.5, true), (9_000, 0.95, 1.0, true)]);
        let mut of = classes(&malicious);
        let alone = cut(&scores, &of, 0.01, Some(0.01)).0;
        of[9_000..9_045].fill(2);
        let (cut, _) = cut(&scores, &of, 0.01, Some(0.01));
        assert!(cut <= 0.3 && cut <= alone, "{cut} {alone}");
    }
}
