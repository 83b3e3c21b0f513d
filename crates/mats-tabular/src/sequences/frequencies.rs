//! How often events come: tables whose loss a network has to stay below, or it has learnt nothing.

use super::vocabulary::Vocabulary;
use std::collections::BTreeMap;

/// Knowledge by which an event is to be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Frequency of each event.
    Nothing,
    /// Frequency of each event after the one before.
    Previous,
}

/// Mean surprise in nats at the events of held-out sessions that a network with such a window predicts; everything was
/// seen once more than it was (Laplace). `None` where it predicts none.
pub(super) fn loss(
    known: Known,
    window: Option<usize>,
    keys: usize,
    fit: &[&[u16]],
    held: &[&[u16]],
) -> Option<f64> {
    let mut counts: BTreeMap<(u16, u16), u64> = BTreeMap::new();
    let mut totals: BTreeMap<u16, u64> = BTreeMap::new();
    let context = |previous| if known == Known::Previous { previous } else { Vocabulary::END };
    for (previous, event) in fit.iter().flat_map(|session| predicted(session, window)) {
        *counts.entry((context(previous), event)).or_default() += 1;
        *totals.entry(context(previous)).or_default() += 1;
    }
    let (mut sum, mut events) = (0.0, 0_u64);
    for (previous, event) in held.iter().flat_map(|session| predicted(session, window)) {
        let count = counts.get(&(context(previous), event)).copied().unwrap_or(0) + 1;
        let total = totals.get(&context(previous)).copied().unwrap_or(0) + keys as u64;
        sum -= libm::log(count as f64 / total as f64);
        events += 1;
    }
    (events > 0).then(|| sum / events as f64)
}

/// The events of a session that are predicted, each after the one before.
fn predicted(session: &[u16], window: Option<usize>) -> impl Iterator<Item = (u16, u16)> {
    let whole: Vec<u16> = match window {
        Some(_) => session.to_vec(),
        None => [&[Vocabulary::END], session, &[Vocabulary::END]].concat(),
    };
    let first = window.unwrap_or(1).max(1);
    (first..whole.len()).map(move |at| (whole[at - 1], whole[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_counts() {
        let (fit, held): ([&[u16]; 1], [&[u16]; 1]) = ([&[2, 3, 2, 3]], [&[2, 3]]);
        let at = |known, window| loss(known, window, 4, &fit, &held).unwrap();
        // After a 2 came two 3, the one of four keys that is asked for: 3 of 6.
        assert!((at(Known::Previous, Some(1)) - 2_f64.ln()).abs() < 1e-12);
        // Without the first event: two 3 and one 2; so 3 of 7.
        assert!((at(Known::Nothing, Some(1)) - (7.0_f64 / 3.0).ln()).abs() < 1e-12);
        // 2, 3 and the end, out of five events and four keys: 3, 3 and 2 of 9.
        let expected = -((3.0 * 3.0 * 2.0) / 729.0_f64).ln() / 3.0;
        assert!((at(Known::Nothing, None) - expected).abs() < 1e-12);
        assert_eq!(loss(Known::Nothing, Some(9), 4, &fit, &held), None);
    }
}
