use super::detector::{Member, SequenceDetector, raw};
use super::frequencies::{self, Known};
use super::lookup::Lookup;
use super::network::SessionNetwork;
use super::vocabulary::{Reading, Vocabulary};
use crate::tabular::Tail;
use mats_core::random::Stream;
use mats_models::lstm::LstmParams;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const PURPOSE: u32 = 0x5e9b;
/// Events that a window may hold.
pub(super) const LONGEST: usize = 10_000;
/// One session in so many is held out.
const HELD: u64 = 5;

/// How to fit detectors of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceParams {
    /// The network; `max_events` is not used here.
    pub lstm: LstmParams,
    /// How many events back the network looks; a session's first events are then not judged. `None`: from the
    /// session's start on, one event at a time, its end among what is predicted.
    pub window: Option<usize>,
    /// Share of the normal sessions that may alarm.
    pub nominal: f64,
}

impl Default for SequenceParams {
    fn default() -> Self {
        SequenceParams { lstm: SequenceParams::lstm(1, 32), window: None, nominal: 0.01 }
    }
}

/// What fitting found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SequenceReport {
    /// Sessions fitted to, and held out of them.
    pub sessions: (u64, u64),
    /// Their events.
    pub events: u64,
    /// Different events.
    pub vocabulary: u64,
    /// Events of kinds beyond those that are told apart: they count as never seen.
    pub overflowed: u64,
    /// Loss on held-out sessions after each epoch, in nats an event; the network is that of the lowest.
    pub losses: Vec<f64>,
    /// Blind guessing: the logarithm of the number of keys.
    pub blind: f64,
    /// Loss on held-out sessions of a table of how often each event comes, and of one of what comes after what; `None`
    /// where they have no event to predict.
    pub tables: [Option<f64>; 2],
    /// Why the detector may be worth less than its cut says: a sentence each.
    pub notes: Vec<String>,
}

impl SequenceReport {
    /// The loss of the network that was kept.
    pub fn least(&self) -> f64 {
        self.losses.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn note(&mut self, nominal: f64) {
        let (held, needed) = (self.sessions.1, libm::ceil(1.0 / nominal) as u64);
        if held < needed {
            self.notes.push(format!(
                "{held} held-out sessions cannot set a cut for {} %: expect more false alarms; give at least {} \
                 sessions, of which {needed} are held out",
                100.0 * nominal,
                needed.saturating_mul(HELD),
            ));
        }
        let tables = ["a table of how often each event comes", "a table of what comes after what"];
        let tables = tables.into_iter().zip(self.tables).filter_map(|(what, loss)| Some((what, loss?)));
        let others = std::iter::once(("guessing blindly", self.blind)).chain(tables);
        let (what, bound) = others.min_by(|a, b| a.1.total_cmp(&b.1)).expect("guessing at least");
        if self.least() >= bound {
            self.notes.push(format!(
                "the network is worth no more than {what}, whose held-out loss is {bound:.3} nats an event: \
                 give more sessions or epochs, or rely on the lookup tables",
            ));
        }
    }
}

/// Why no detector could be fitted.
#[derive(Debug, Error)]
pub enum SequenceError {
    /// Too little.
    #[error("fit the sequence model: {sessions} sessions; give at least ten, from normal operation")]
    TooFew {
        /// Sessions given.
        sessions: usize,
    },
    /// Nothing that the network can learn from.
    #[error(
        "fit the sequence model: no session has more than {window} events; choose a shorter window, or none"
    )]
    TooShort {
        /// Events that it would look back.
        window: usize,
    },
    /// A shape that cannot be run.
    #[error(
        "fit the sequence model: {layers} layers of {width} cells; choose 1 to 4 layers and a multiple of 32 up to 256"
    )]
    Shape {
        /// Layers.
        layers: usize,
        /// Cells.
        width: usize,
    },
    /// A window that cannot be.
    #[error("fit the sequence model: a window of {0} events; choose 1 to {LONGEST}, or none")]
    Window(usize),
    /// A rate that is none.
    #[error(
        "fit the sequence model: the nominal false positive rate {0} is not between 0 and 1; give one like 0.01"
    )]
    Nominal(f64),
}

impl SequenceParams {
    /// A network of some layers and cells, fitted as suits whole sessions.
    pub fn lstm(layers: usize, width: usize) -> LstmParams {
        LstmParams { layers, width, epochs: 30, learning_rate: 8e-3, ..LstmParams::default() }
    }

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
            cut: 0.0,
            nominal: self.nominal,
            report,
            reading,
            seed,
        };
        let fused: Vec<f32> = scores.iter().map(|s| detector.fuse(s)).collect();
        let fused = Tail::new(fused);
        detector.cut = crate::tabular::cut(&fused.sorted, self.nominal);
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
