//! Fitting: held-out sessions choose the epoch and the cuts.

use super::detector::{Member, SequenceDetector, raw};
use super::error::SequenceError;
use super::frequencies::{self, Known};
use super::lookup::Lookup;
use super::network::SessionNetwork;
use super::params::{LONGEST, SequenceParams};
use super::report::{HELD, SequenceReport};
use super::vocabulary::{Reading, Vocabulary};
use crate::tabular::Tail;
use mats_core::random::Stream;
use mats_models::lstm::LstmParams;
use rayon::prelude::*;

const PURPOSE: u32 = 0x5e9b;

impl SequenceParams {
    /// Fits to normal sessions. A fifth is held out: it chooses the epoch, the cuts, and tells how rare each score is.
    /// The lookup tables hold all sessions in the end. The same bytes with any number of threads.
    ///
    /// # Errors
    /// When there are too few sessions, or the settings cannot be run.
    pub fn fit(
        &self,
        sessions: &[Vec<u16>],
        vocabulary: Vocabulary,
        reading: Reading,
        seed: u64,
    ) -> Result<SequenceDetector, SequenceError> {
        let LstmParams { layers, width, .. } = self.lstm;
        if sessions.len() < 10 {
            return Err(SequenceError::TooFew { sessions: sessions.len() });
        }
        if !(1..=4).contains(&layers) || width == 0 || width % 32 != 0 || width > 256 {
            return Err(SequenceError::Shape { layers, width });
        }
        if let Some(window) = self.window.filter(|w| !(1..=LONGEST).contains(w)) {
            return Err(SequenceError::Window(window));
        }
        if !(self.nominal > 0.0 && self.nominal < 1.0) {
            return Err(SequenceError::Nominal(self.nominal));
        }
        let keys = vocabulary.len();
        // A key beyond the vocabulary is an unseen event.
        let known = |key: u16| if (key as usize) < keys { key } else { Vocabulary::UNSEEN };
        let sessions: Vec<Vec<u16>> =
            sessions.iter().map(|s| s.iter().map(|&key| known(key)).collect()).collect();
        let stream = Stream::new(seed, PURPOSE, 0);
        let mut order: Vec<usize> = (0..sessions.len()).collect();
        order.sort_by_key(|&i| stream.word(i as u64));
        let (held, fit) = order.split_at(sessions.len().div_ceil(HELD as usize));
        let pick = |which: &[usize]| -> Vec<&[u16]> { which.iter().map(|&i| &*sessions[i]).collect() };
        let (held, fit) = (pick(held), pick(fit));
        let Some((network, losses)) = SessionNetwork::fit(&self.lstm, self.window, keys, &fit, &held, seed)
        else {
            return Err(SequenceError::TooShort { window: self.window.unwrap_or(0) });
        };
        let lookup = Lookup::learn(fit.iter().copied());
        let scores: Vec<[Option<f32>; Member::ALL.len()]> = held
            .par_chunks(64)
            .flat_map_iter(|sessions| {
                let mut scratch = network.scratch();
                let judged: Vec<_> =
                    sessions.iter().map(|session| raw(&network, &lookup, session, &mut scratch).0).collect();
                judged
            })
            .collect();
        let tails: [Tail; Member::ALL.len()] =
            std::array::from_fn(|m| Tail::new(scores.iter().map(|s| s[m].unwrap_or(0.0)).collect()));
        let table = |known| frequencies::loss(known, self.window, keys, &fit, &held);
        let mut report = SequenceReport {
            sessions: (fit.len() as u64, held.len() as u64),
            events: sessions.iter().map(|s| s.len() as u64).sum(),
            vocabulary: (keys - 2) as u64,
            overflowed: sessions.iter().flatten().filter(|&&key| key == Vocabulary::UNSEEN).count() as u64,
            losses,
            blind: libm::log(keys as f64),
            tables: [Known::Nothing, Known::Previous].map(table),
            notes: Vec::new(),
        };
        report.note(self.nominal);
        let all = Lookup::learn(sessions.iter().map(|s| &**s));
        let mut detector = SequenceDetector {
            vocabulary,
            network,
            lookup: all,
            tails,
            threshold: 0.0,
            nominal: self.nominal,
            report,
            reading,
            seed,
        };
        let fused: Vec<f32> = scores.iter().map(|s| detector.fuse(s)).collect();
        let fused = Tail::new(fused);
        detector.threshold = crate::tabular::threshold(&fused.sorted, self.nominal);
        Ok(detector)
    }
}

#[cfg(test)]
mod tests {
    use super::super::detector::tests::reading;
    use super::*;

    fn fit(sessions: &[Vec<u16>], epochs: usize) -> SequenceDetector {
        let mut vocabulary = Vocabulary::default();
        for name in ["a", "b", "c", "d"] {
            vocabulary.learn(name);
        }
        let lstm = LstmParams { epochs, ..SequenceParams::lstm(1, 32) };
        let params = SequenceParams { lstm, ..SequenceParams::default() };
        params.fit(sessions, vocabulary, reading(), 1).unwrap()
    }

    #[test]
    fn a_fit_says_what_it_is_not_good_for() {
        let session = |i: usize| (0..6).map(|j| [2, 3, 4, 5][(i + j) % 4]).collect();
        let few: Vec<Vec<u16>> = (0..30).map(session).collect();
        let notes = fit(&few, 1).report().notes.join("\n");
        assert!(notes.contains("6 held-out sessions cannot set a cut for 1 %"), "{notes}");
        assert!(notes.contains("give at least 500"), "{notes}");
        assert!(notes.contains("no more than a table of what comes after what"), "{notes}");
        // What comes next depends on the two before.
        let steps = |i: usize| if i.is_multiple_of(2) { vec![2, 3, 4, 3, 5] } else { vec![4, 3, 5, 3, 2] };
        let many: Vec<Vec<u16>> = (0..500).map(steps).collect();
        assert_eq!(fit(&many, 15).report().notes, Vec::<String>::new());
    }

    #[test]
    fn a_window_that_files_would_not_be_read_with_is_refused() {
        let (mut vocabulary, session) = (Vocabulary::default(), vec![2; 40]);
        vocabulary.learn("a");
        for (window, refused) in [(0, true), (1, false), (LONGEST + 1, true), (usize::MAX, true)] {
            let lstm = LstmParams { epochs: 1, ..SequenceParams::lstm(1, 32) };
            let params = SequenceParams { lstm, window: Some(window), ..SequenceParams::default() };
            let fitted = params.fit(&vec![session.clone(); 10], vocabulary.clone(), reading(), 1);
            match fitted {
                Ok(detector) => {
                    assert!(!refused && SequenceDetector::from_bytes(&detector.to_bytes()).is_ok());
                }
                Err(error) => {
                    assert!(refused && error.to_string().contains(&format!("{window} events; choose 1 to")));
                }
            }
        }
    }
}
