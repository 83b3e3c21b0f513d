use super::lookup::{GRAM, Lookup};
use super::network::{Scratch, SessionNetwork};
use super::report::SequenceReport;
use super::vocabulary::{Reading, Vocabulary};
use crate::tabular::{Tail, threshold};
use rayon::prelude::*;

/// Tails of all members count this much beside the longest.
const REST: f32 = 0.01;
/// Score that a trusted table adds where it holds no such session: more than any tail.
const TRUSTED: f32 = 10.0;

/// Model or lookup table that judges a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// The network: the surprise of the worst event.
    Lstm,
    /// Events that training did not show: how many.
    Events,
    /// Runs of six events that training did not show: how many.
    Grams,
    /// Counts of events that no training session had: 1 if so, else 0.
    Counts,
}

impl Member {
    /// All, in the order of their scores.
    pub const ALL: [Member; 4] = [Member::Lstm, Member::Events, Member::Grams, Member::Counts];

    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        ["LSTM", "unseen event", "unseen n-gram", "unseen count vector"][self as usize]
    }
}

/// A fitted detector of sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceDetector {
    pub(super) vocabulary: Vocabulary,
    pub(super) network: SessionNetwork,
    pub(super) lookup: Lookup,
    /// Tails of each member's scores of held-out normal sessions.
    pub(super) tails: [Tail; Member::ALL.len()],
    pub(super) threshold: f32,
    pub(super) nominal: f64,
    pub(super) report: SequenceReport,
    /// Record of how the training data were read.
    pub reading: Reading,
    pub(super) seed: u64,
}

/// Verdict on a whole session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SessionScore {
    /// The members' own scores; `None` of the network where a session is too short for its window.
    pub members: [Option<f32>; Member::ALL.len()],
    /// The worst rank of an event among what the network expected, 1 being the likeliest: `DeepLog` alarms where it is
    /// above some number.
    pub rank: Option<u32>,
    /// All together: how rare the rarest is among normal sessions.
    pub score: f32,
    /// True if the score reaches the cut.
    pub alarm: bool,
    /// Amount each member moved the score by, taken alone: 0 where any normal session is as odd.
    pub moved: [f32; Member::ALL.len()],
}

impl SessionScore {
    /// Returns the probability that the network gave the least likely event.
    pub fn probability(&self) -> Option<f32> {
        self.members[Member::Lstm as usize].map(|surprise| libm::expf(-surprise))
    }
}

/// Verdict on one event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventScore {
    /// Probability of the event given the events before it.
    pub probability: f32,
    /// Rank of the event: the keys that were likelier, and itself.
    pub rank: u32,
    /// True if training never showed the event.
    pub unseen: bool,
    /// True if training never showed it after the five before it.
    pub unseen_gram: bool,
    /// Score of a session with this as its worst event.
    pub score: f32,
    /// True if that reaches the cut.
    pub alarm: bool,
    /// Amount each member moved the score by, as of a session.
    pub moved: [f32; Member::ALL.len()],
}

/// The members' scores of a session, and the worst rank.
pub(super) fn raw(
    network: &SessionNetwork,
    lookup: &Lookup,
    session: &[u16],
    scratch: &mut Scratch,
) -> ([Option<f32>; Member::ALL.len()], Option<u32>) {
    let worst = network.worst(session, scratch);
    let [events, grams, counts] = lookup.judge(session);
    // An event that training never showed is the last that is expected, whatever the network makes of its key.
    let last = network.network.shape.keys as u32;
    let rank = worst.map(|w| if events > 0.0 { last } else { w.1 });
    ([worst.map(|w| w.0), Some(events), Some(grams), Some(counts)], rank)
}

impl SequenceDetector {
    /// Returns the vocabulary: what keys stand for.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns the findings of fitting.
    pub fn report(&self) -> &SequenceReport {
        &self.report
    }

    /// Returns the cut at which alarms begin, and the share of the normal sessions for which it was set.
    pub fn threshold(&self) -> (f32, f64) {
        (self.threshold, self.nominal)
    }

    /// Former name of [`Self::threshold`].
    #[deprecated(since = "0.2.0", note = "renamed to `threshold`")]
    pub fn cut(&self) -> (f32, f64) {
        self.threshold()
    }

    /// The cut of a member on its own, set on held-out normal sessions.
    pub fn cut_of(&self, member: Member) -> f32 {
        threshold(&self.tails[member as usize].sorted, self.nominal)
    }

    /// The seed it was fitted with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns how many events back the network looks, if not to the start.
    pub fn window(&self) -> Option<usize> {
        self.network.window
    }

    /// The longest of the members' tails, and a little of the others'. A lookup table that hardly ever misses a held-out
    /// normal session, no more often than may alarm, is trusted outright: what it does not hold comes before
    /// all else. Without that, four members' longest tails would crowd each other out of the alarms allowed.
    pub(super) fn fuse(&self, members: &[Option<f32>; Member::ALL.len()]) -> f32 {
        let (mut longest, mut sum, mut trusted) = (0.0_f32, 0.0, 0.0_f32);
        for member in Member::ALL {
            let Some(score) = members[member as usize] else { continue };
            let own = self.tails[member as usize].of(score);
            longest = longest.max(own);
            sum += own;
            trusted = trusted.max(self.trust(member, score));
        }
        trusted + longest + REST * sum
    }

    /// Returns what a member adds because it is trusted.
    fn trust(&self, member: Member, score: f32) -> f32 {
        let rarely_wrong = self.tails[member as usize].share_from(1.0) <= self.nominal;
        if member != Member::Lstm && score > 0.0 && rarely_wrong { TRUSTED } else { 0.0 }
    }

    /// Returns what each member moves the score by, taken alone.
    fn moved(&self, members: &[Option<f32>; Member::ALL.len()]) -> [f32; Member::ALL.len()] {
        Member::ALL.map(|member| {
            let tail = &self.tails[member as usize];
            let rarity = |score| tail.of(score) - tail.of(f32::NEG_INFINITY);
            members[member as usize].map_or(0.0, |score| self.trust(member, score) + rarity(score))
        })
    }

    fn conclude(&self, members: [Option<f32>; Member::ALL.len()], rank: Option<u32>) -> SessionScore {
        let score = self.fuse(&members);
        SessionScore { members, rank, score, alarm: score >= self.threshold, moved: self.moved(&members) }
    }

    /// Judges whole sessions, spread over the threads. Keys beyond the vocabulary are unseen events.
    pub fn judge_all(&self, sessions: &[Vec<u16>]) -> Vec<SessionScore> {
        let keys = self.vocabulary.len();
        // Normal operation repeats itself: equal sessions are judged once.
        let mut order: Vec<usize> = (0..sessions.len()).collect();
        order.sort_by(|&a, &b| sessions[a].cmp(&sessions[b]));
        let groups: Vec<&[usize]> = order.chunk_by(|&a, &b| sessions[a] == sessions[b]).collect();
        let judged: Vec<SessionScore> = groups
            .par_chunks(32)
            .flat_map_iter(|groups| {
                let mut scratch = self.network.scratch();
                let judged: Vec<SessionScore> = groups
                    .iter()
                    .map(|group| {
                        let known = |&key: &u16| if (key as usize) < keys { key } else { Vocabulary::UNSEEN };
                        let session: Vec<u16> = sessions[group[0]].iter().map(known).collect();
                        let (members, rank) = raw(&self.network, &self.lookup, &session, &mut scratch);
                        self.conclude(members, rank)
                    })
                    .collect();
                judged
            })
            .collect();
        let mut scores: Vec<Option<SessionScore>> = vec![None; sessions.len()];
        for (group, score) in groups.iter().zip(judged) {
            group.iter().for_each(|&i| scores[i] = Some(score));
        }
        scores.into_iter().flatten().collect()
    }

    /// Begins to watch one machine's or account's events as they come.
    pub fn watch(&self) -> Watch {
        let mut scratch = self.network.scratch();
        let state = if self.network.window.is_none() {
            self.network.step(Vocabulary::END, &mut scratch);
            scratch.state
        } else {
            Vec::new()
        };
        Watch { state, last: Vec::with_capacity(self.remembered() + 1) }
    }

    /// Room to work in, of which all watches may share one.
    pub fn scratch(&self) -> Scratch {
        self.network.scratch()
    }

    /// Events that a watch looks back on.
    fn remembered(&self) -> usize {
        self.network.window.unwrap_or(0).max(GRAM)
    }

    /// Takes one event in and judges it. The count vector, which needs a whole session, has no say. Allocates nothing.
    pub fn observe(&self, watch: &mut Watch, scratch: &mut Scratch, key: u16) -> EventScore {
        let key = if (key as usize) < self.vocabulary.len() { key } else { Vocabulary::UNSEEN };
        let Watch { state, last } = watch;
        let expected = if let Some(window) = self.network.window {
            scratch.state.fill(0.0);
            let from = last.len().saturating_sub(window);
            last[from..].iter().for_each(|&key| self.network.step(key, scratch));
            self.network.expect(key, scratch)
        } else {
            // Lent to the scratch while the network works.
            std::mem::swap(state, &mut scratch.state);
            let expected = self.network.expect(key, scratch);
            self.network.step(key, scratch);
            std::mem::swap(state, &mut scratch.state);
            expected
        };
        // Not the capacity: a clone has less.
        if last.len() > self.remembered() {
            last.remove(0);
        }
        last.push(key);
        let gram = &last[last.len().saturating_sub(GRAM)..];
        let (unseen, unseen_gram) = (!self.lookup.knows_event(key), !self.lookup.knows_gram(gram));
        let surprise = -libm::logf(expected.probability.max(1e-12));
        let flag = |yes: bool| Some(f32::from(u8::from(yes)));
        let members = [Some(surprise), flag(unseen), flag(unseen_gram), None];
        let score = self.fuse(&members);
        EventScore {
            probability: expected.probability,
            rank: expected.rank,
            unseen,
            unseen_gram,
            score,
            alarm: score >= self.threshold,
            moved: self.moved(&members),
        }
    }
}

/// One machine's or account's events so far: all that is kept of each.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The network's, if it looks back to the start.
    state: Vec<f32>,
    last: Vec<u16>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::params::SequenceParams;
    use super::super::vocabulary::Source;
    use super::*;
    use mats_core::random::Stream;
    use mats_models::lstm::LstmParams;

    pub(in super::super) fn reading() -> Reading {
        Reading { source: Source::Sessions, columns: None, stream: None }
    }

    /// open, then read or write some times, then close; rarely a sync before it.
    fn sessions(count: u64, seed: u64) -> Vec<Vec<u16>> {
        let one = |i: u64| {
            let s = Stream::new(seed, 3, i);
            let mut keys = vec![2];
            for j in 0..3 + s.word(0) % 4 {
                keys.push(if s.unit(j + 1) < 0.5 { 3 } else { 4 });
            }
            if s.unit(99) < 0.2 {
                keys.push(5);
            }
            keys.push(6);
            keys
        };
        (0..count).map(one).collect()
    }

    fn vocabulary() -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        for name in ["open", "read", "write", "sync", "close"] {
            vocabulary.learn(name);
        }
        vocabulary
    }

    pub(in super::super) fn fitted(window: Option<usize>, threads: usize) -> SequenceDetector {
        let lstm = LstmParams { epochs: 12, ..LstmParams::default() };
        let params = SequenceParams { lstm, window, ..SequenceParams::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| params.fit(&sessions(600, 1), vocabulary(), reading(), 1).unwrap())
    }

    #[test]
    fn normal_sessions_pass_and_broken_ones_do_not() {
        for window in [None, Some(3)] {
            let detector = fitted(window, 2);
            let fresh = detector.judge_all(&sessions(1000, 2));
            let false_alarms = fresh.iter().filter(|s| s.alarm).count();
            assert!(false_alarms < 60, "{window:?}: {false_alarms} of 1000");
            let broken: [Vec<u16>; 4] = [
                vec![2, 3, 4, 3, 9, 6],
                vec![6, 3, 3, 4, 2],
                vec![2, 3, 4, 4, 6, 6, 6],
                vec![2, 5, 5, 5, 5, 6],
            ];
            for (session, judged) in broken.iter().zip(detector.judge_all(&broken)) {
                assert!(judged.alarm, "{window:?}: {session:?} {judged:?}");
            }
        }
    }

    #[test]
    fn a_new_event_alarms_though_training_had_too_many_kinds() {
        let mut vocabulary = Vocabulary::default();
        let usual: Vec<u16> = ["open", "read", "close"].map(|name| vocabulary.learn(name)).to_vec();
        let mut training = vec![usual.clone(); 400];
        let rare: Vec<u16> = (0..4005).map(|i| vocabulary.learn(&format!("rare {i}"))).collect();
        training.push(rare);
        let lstm = LstmParams { epochs: 1, ..SequenceParams::lstm(1, 32) };
        let params = SequenceParams { lstm, nominal: 0.05, ..SequenceParams::default() };
        let detector = params.fit(&training, vocabulary.clone(), reading(), 1).unwrap();
        assert_eq!(detector.report().overflowed, 8);
        let fresh = vec![usual[0], vocabulary.key("never seen"), usual[2]];
        let judged = detector.judge_all(&[usual, fresh]);
        assert_eq!(judged[1].members[Member::Events as usize], Some(1.0));
        assert!(!judged[0].alarm && judged[1].alarm, "{judged:?}");
    }

    #[test]
    fn the_network_alone_tells_what_cannot_come_next() {
        let detector = fitted(None, 2);
        let judged = detector.judge_all(&[vec![2, 3, 4, 3, 6], vec![2, 3, 4, 3]]);
        let surprise = |i: usize| judged[i].members[0].unwrap();
        assert!(surprise(1) > surprise(0) + 1.0, "a session cut short: {judged:?}");
    }

    #[test]
    fn event_by_event_is_the_same_as_the_whole_session() {
        let detector = fitted(None, 1);
        let session = [2, 3, 9, 3, 6];
        let (mut watch, mut scratch) = (detector.watch(), detector.scratch());
        let worst = session
            .iter()
            .map(|&key| -detector.observe(&mut watch, &mut scratch, key).probability.ln())
            .fold(0.0_f32, f32::max);
        let whole = detector.judge_all(&[session.to_vec()])[0].members[0].unwrap();
        assert!(worst <= whole + 1e-4, "{worst} {whole}");
        let odd = detector.observe(&mut detector.watch(), &mut scratch, 9);
        assert!(odd.unseen && odd.unseen_gram && odd.alarm, "{odd:?}");
        let first = detector.observe(&mut detector.watch(), &mut scratch, 2);
        // Every session begins so: nothing is odd.
        assert_eq!(first.moved, [0.0; 4]);
        assert!(odd.moved[..3].iter().all(|&moved| moved > 1.0) && odd.moved[3] == 0.0, "{odd:?}");
    }

    #[test]
    fn a_cloned_watch_goes_on_as_the_original_does_and_scratch_may_be_shared() {
        for window in [None, Some(3)] {
            let detector = fitted(window, 1);
            let (mut watch, mut scratch) = (detector.watch(), detector.scratch());
            let mut early = watch.clone();
            for key in [2, 3, 4, 3, 3, 4, 3, 4, 9, 6, 6, 6] {
                let mut late = watch.clone();
                let judged = detector.observe(&mut watch, &mut detector.scratch(), key);
                let mut again = |watch| detector.observe(watch, &mut scratch, key);
                assert_eq!(again(&mut early), judged, "cloned before the first event");
                assert_eq!(again(&mut late), judged, "cloned before event {key}");
            }
        }
    }

    #[test]
    fn fit_does_not_depend_on_the_number_of_threads() {
        assert!(fitted(None, 1) == fitted(None, 3));
    }
}
