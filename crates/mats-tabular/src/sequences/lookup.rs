//! Tables of what was seen: the baselines that a network has to beat.

use super::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Length of the n-grams (STIDE: Forrest, Hofmeyr, Somayaji, Longstaff 1996, who found six to do).
pub(super) const GRAM: usize = 6;

/// Lookup tables of what training sessions held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lookup {
    events: BTreeSet<u16>,
    /// Shorter where a session has just begun.
    grams: BTreeSet<Vec<u16>>,
    /// Counts of how often each event came, as pairs in order.
    counts: BTreeSet<Vec<u16>>,
}

impl Lookup {
    /// Learns what sessions hold. An event beyond the vocabulary stays one that was never seen, and so does whatever
    /// holds it: else one such event in training would make all others known.
    pub fn learn<'a>(sessions: impl Iterator<Item = &'a [u16]>) -> Lookup {
        let mut lookup = Lookup::default();
        for session in sessions {
            let seen = |keys: &[u16]| !keys.contains(&Vocabulary::UNSEEN);
            lookup.events.extend(session.iter().filter(|&&key| key != Vocabulary::UNSEEN));
            for end in 1..=session.len() {
                let gram = &session[end.saturating_sub(GRAM)..end];
                if seen(gram) && !lookup.grams.contains(gram) {
                    lookup.grams.insert(gram.to_vec());
                }
            }
            if seen(session) {
                lookup.counts.insert(count_vector(session));
            }
        }
        lookup
    }

    pub fn knows_event(&self, key: u16) -> bool {
        self.events.contains(&key)
    }

    /// Tells whether the last events, at most [`GRAM`], came like this.
    pub fn knows_gram(&self, gram: &[u16]) -> bool {
        self.grams.contains(gram)
    }

    /// Unseen events, unseen n-grams, and whether the count vector is unseen.
    pub fn judge(&self, session: &[u16]) -> [f32; 3] {
        let events = session.iter().filter(|&&key| !self.knows_event(key)).count();
        let grams =
            (1..=session.len()).filter(|&end| !self.knows_gram(&session[end.saturating_sub(GRAM)..end]));
        let counts = !self.counts.contains(&count_vector(session));
        [events as f32, grams.count() as f32, f32::from(u8::from(counts))]
    }
}

fn count_vector(session: &[u16]) -> Vec<u16> {
    let mut sorted = session.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.flat_map(|run| [run[0], run.len().min(usize::from(u16::MAX)) as u16]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_known_and_nothing_else() {
        let lookup = Lookup::learn([&[2, 3, 4, 2][..], &[5, 5]].into_iter());
        assert_eq!(lookup.judge(&[2, 3, 4, 2]), [0.0, 0.0, 0.0]);
        // The same events in another order: n-grams tell, count vectors do not.
        assert_eq!(lookup.judge(&[2, 2, 3, 4]), [0.0, 3.0, 0.0]);
        assert_eq!(lookup.judge(&[2, 3, 9]), [1.0, 1.0, 1.0]);
        assert_eq!(lookup.judge(&[]), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn events_beyond_the_vocabulary_stay_unseen() {
        let lookup = Lookup::learn([&[2, Vocabulary::UNSEEN, 3][..], &[2]].into_iter());
        assert_eq!(lookup.judge(&[2, Vocabulary::UNSEEN, 3]), [1.0, 2.0, 1.0]);
        assert_eq!(lookup.judge(&[2]), [0.0, 0.0, 0.0]);
    }
}
