use super::network::Network;
use crate::maths::{exp, widest};
use mats_core::SimTime;

/// Time constant of the running mean of surprise: ten minutes, in microseconds.
const MEMORY: f32 = 6e8;
/// Weight of the usual in the mean, in events: a single odd event on a quiet machine is not a storm.
const PRIOR: f32 = 8.0;
/// Events at most from which the usual surprise is measured.
const MEASURED: usize = 50_000;

/// The events of one machine in one episode.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sequence {
    /// Keys, in order of arrival.
    pub keys: Vec<u16>,
    /// Arrival of each, in seconds since the episode began.
    pub times: Vec<u32>,
}

/// A fitted sequence model.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceModel {
    /// The network.
    pub network: Network,
    /// The 90th percentile of surprise among the events learnt from: what lies above it counts.
    pub usual: f32,
}

/// State of all machines' sequences, in flat arrays.
#[derive(Debug, Clone)]
pub struct SequenceStates {
    /// Network state, machine by machine.
    states: Vec<f32>,
    size: usize,
    means: Vec<Mean>,
    gates: Vec<f32>,
    logits: Vec<f32>,
}

/// Decayed sums of surprise above the usual, and of events.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    excess: f32,
    events: f32,
    time: SimTime,
    started: bool,
}

impl SequenceStates {
    /// Fresh states for some machines under a model's shape.
    pub fn new(model: &SequenceModel, machines: usize) -> SequenceStates {
        let mut states =
            SequenceStates { states: vec![], size: 0, means: vec![], gates: vec![], logits: vec![] };
        states.reset(model, machines);
        states
    }

    /// Fresh states again, reusing the memory.
    pub fn reset(&mut self, model: &SequenceModel, machines: usize) {
        let shape = model.network.shape;
        self.size = shape.state();
        self.states.clear();
        self.states.resize(machines * self.size, 0.0);
        self.means.clear();
        self.means.resize(machines, Mean::default());
        self.gates.clear();
        self.gates.resize(4 * shape.width, 0.0);
        self.logits.clear();
        self.logits.resize(shape.outputs(), 0.0);
    }

    /// Mean surprise of a machine above the usual, in nats, as of now: decays to 0 in silence.
    #[inline]
    pub fn surprise(&self, machine: usize, now: SimTime) -> f32 {
        let mean = &self.means[machine];
        if mean.excess == 0.0 {
            return 0.0;
        }
        let left = exp(-(now.since(mean.time).0 as f32) / MEMORY);
        mean.excess * left / (mean.events * left + PRIOR)
    }
}

impl SequenceModel {
    /// Measures what surprise is usual on the sequences learnt from.
    pub(super) fn calibrated(network: Network, sequences: &[&Sequence]) -> SequenceModel {
        let mut model = SequenceModel { network, usual: 0.0 };
        let mut states = SequenceStates::new(&model, 1);
        let mut all = Vec::new();
        for sequence in sequences {
            if all.len() >= MEASURED {
                break;
            }
            states.reset(&model, 1);
            all.extend(
                sequence.keys.iter().filter_map(|&key| model.observe(&mut states, 0, key, SimTime::ZERO)),
            );
        }
        all.sort_unstable_by(f32::total_cmp);
        model.usual = all.get(all.len() * 9 / 10).copied().unwrap_or(0.0);
        model
    }

    /// Takes an event of a machine in. Returns its surprise in nats, or `None` for a machine's first event.
    /// Allocates nothing.
    #[inline]
    pub fn observe(
        &self,
        states: &mut SequenceStates,
        machine: usize,
        key: u16,
        now: SimTime,
    ) -> Option<f32> {
        let state = &mut states.states[machine * states.size..(machine + 1) * states.size];
        let mean = &mut states.means[machine];
        let surprise = widest(
            #[inline(always)]
            || {
                let surprise = mean.started.then(|| self.network.surprise(key, state, &mut states.logits));
                self.network.step(key, state, &mut states.gates);
                surprise
            },
        );
        if let Some(surprise) = surprise {
            let left = exp(-(now.since(mean.time).0 as f32) / MEMORY);
            mean.excess = mean.excess * left + (surprise - self.usual).max(0.0);
            mean.events = mean.events * left + 1.0;
        }
        mean.started = true;
        mean.time = mean.time.max(now);
        surprise
    }

    /// Mean loss in nats per event over some sequences; ln 64 = 4.16 is blind guessing.
    pub fn loss(&self, sequences: &[&Sequence]) -> f64 {
        let (mut sum, mut events) = (0.0, 0u32);
        let mut states = SequenceStates::new(self, 1);
        for sequence in sequences {
            states.reset(self, 1);
            for &key in &sequence.keys {
                if let Some(surprise) = self.observe(&mut states, 0, key, SimTime::ZERO) {
                    sum += f64::from(surprise);
                    events += 1;
                }
            }
        }
        sum / f64::from(events.max(1))
    }

    /// Probability of every key to come next on a machine; a place for every output of the network.
    pub fn next(&self, states: &SequenceStates, machine: usize, probabilities: &mut [f32]) {
        let state = &states.states[machine * states.size..(machine + 1) * states.size];
        self.network.logits(self.network.top(state), probabilities);
        super::network::softmax(probabilities);
    }
}

#[cfg(test)]
mod tests {
    use super::super::params::LstmParams;
    use super::*;
    use mats_core::random::Stream;

    /// Habits: one of four little routines, again and again.
    fn habits(count: u64, length: usize) -> Vec<Sequence> {
        const ROUTINES: [[u16; 5]; 4] =
            [[1, 2, 3, 4, 5], [7, 8, 7, 9, 2], [20, 21, 22, 2, 1], [30, 3, 30, 4, 9]];
        (0..count)
            .map(|s| {
                let stream = Stream::new(9, 1, s);
                let keys: Vec<u16> =
                    (0..length / 5).flat_map(|i| ROUTINES[(stream.word(i as u64) % 4) as usize]).collect();
                let times = (0..keys.len() as u32).map(|t| t * 20).collect();
                Sequence { keys, times }
            })
            .collect()
    }

    fn fitted(layers: usize, threads: usize) -> SequenceModel {
        let sequences = habits(24, 200);
        let all: Vec<&Sequence> = sequences.iter().collect();
        let params = LstmParams { layers, epochs: 30, ..LstmParams::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| params.fit(&all, 64, 4).unwrap())
    }

    #[test]
    fn learns_routines_and_is_surprised_by_what_breaks_them() {
        let model = fitted(1, 2);
        let fresh = habits(40, 100);
        let usual = model.loss(&fresh[30..].iter().collect::<Vec<_>>());
        // Entropy of the source: ln 4 per five keys = 0.28 nats a key.
        assert!(usual < 0.5, "{usual}");
        let mut broken = fresh[35].clone();
        broken.keys.iter_mut().step_by(3).for_each(|k| *k = 50);
        assert!(model.loss(&[&broken]) > 2.0);
    }

    #[test]
    fn fit_does_not_depend_on_the_number_of_threads() {
        assert_eq!(fitted(1, 1), fitted(1, 3));
    }

    #[test]
    fn two_layers_learn_too() {
        let fresh = habits(40, 100);
        let model = fitted(2, 2);
        let loss = model.loss(&fresh[30..].iter().collect::<Vec<_>>());
        assert!(loss < 0.7, "{loss}");
    }

    #[test]
    fn surprise_fades_in_silence_and_probabilities_sum_to_one() {
        let model = fitted(1, 1);
        let mut states = SequenceStates::new(&model, 2);
        for i in 0..20 {
            model.observe(&mut states, 1, if i % 2 == 0 { 55 } else { 60 }, SimTime(i * 1_000_000));
        }
        let now = states.surprise(1, SimTime(20_000_000));
        let later = states.surprise(1, SimTime(3_600_000_000));
        assert!(now > 0.5 && later < 0.1 * now, "{now} {later}");
        assert_eq!(states.surprise(0, SimTime(20_000_000)), 0.0);
        let mut p = [0.0; 64];
        model.next(&states, 1, &mut p);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
