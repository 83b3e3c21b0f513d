//! Events of all machines for the sequence model, which reads them only once somebody wants to know.

use mats_core::SimTime;
use mats_models::lstm::{SequenceModel, SequenceStates};

/// Events of a machine that wait to be read. Of more the earliest are lost: the surprise is a mean over some ten minutes, and
/// what the network remembers is shorter than that.
const WAITING: usize = 256;

/// State of the sequence model on all machines, and what it has not read yet.
#[derive(Debug, Clone)]
pub(crate) struct Sequences {
    states: SequenceStates,
    /// Events that wait, machine by machine: a ring of [`WAITING`] places each. Key and second of arrival.
    waiting: Vec<[(u16, u32); WAITING]>,
    /// Events of each machine that were noted and that were read, in the same count.
    counts: Vec<(u32, u32)>,
}

impl Sequences {
    pub(crate) fn new(model: &SequenceModel, machines: usize) -> Sequences {
        Sequences {
            states: SequenceStates::new(model, machines),
            waiting: vec![[(0, 0); WAITING]; machines],
            counts: vec![(0, 0); machines],
        }
    }

    /// Forgets all events; reuses the memory.
    pub(crate) fn reset(&mut self, model: &SequenceModel, machines: usize) {
        self.states.reset(model, machines);
        self.waiting.resize(machines, [(0, 0); WAITING]);
        self.counts.clear();
        self.counts.resize(machines, (0, 0));
    }

    /// Notes an event.
    #[inline]
    pub(crate) fn note(&mut self, machine: usize, key: u16, arrival: SimTime) {
        let noted = &mut self.counts[machine].0;
        self.waiting[machine][*noted as usize % WAITING] = (key, (arrival.0 / 1_000_000) as u32);
        *noted += 1;
    }

    /// Reads a machine's events; its mean surprise above the usual as of now, in nats.
    pub(crate) fn surprise(&mut self, model: &SequenceModel, machine: usize, now: SimTime) -> f32 {
        let (noted, read) = &mut self.counts[machine];
        let first = (*read).max(noted.saturating_sub(WAITING as u32));
        for at in first..*noted {
            let (key, second) = self.waiting[machine][at as usize % WAITING];
            model.observe(&mut self.states, machine, key, SimTime(u64::from(second) * 1_000_000));
        }
        *read = *noted;
        self.states.surprise(machine, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::random::Stream;
    use mats_models::lstm::{LstmParams, Sequence};

    #[test]
    fn reading_late_is_reading_all_the_same_unless_too_much_waits() {
        let s = Stream::new(3, 1, 1);
        let key = |i: u64| 1 + (s.word(i) % 9) as u16;
        let learnt = Sequence { keys: (0..400).map(key).collect(), times: (0..400).collect() };
        let params = LstmParams { epochs: 1, ..LstmParams::default() };
        let model = params.fit(&[&learnt], 64, 1).expect("there are keys");
        let at = |i: u64| SimTime(i * 3_000_000);
        let read = |every: u64, events: u64| {
            let mut sequences = Sequences::new(&model, 3);
            for i in 0..events {
                sequences.note(1, key(i * 7), at(i));
                if i % every == 0 {
                    sequences.surprise(&model, 1, at(i));
                }
            }
            assert_eq!(sequences.surprise(&model, 2, at(events)), 0.0, "nothing happened there");
            sequences.surprise(&model, 1, at(events))
        };
        let eager = read(1, 200);
        assert!(eager > 0.0);
        assert_eq!(read(50, 200), eager);
        assert_eq!(read(1000, 200), eager);
        // More than wait: the earliest are lost, and with them little.
        let (eager, late) = (read(1, 900), read(2000, 900));
        assert!((eager - late).abs() < 0.02, "{eager} {late} nats");
    }
}
