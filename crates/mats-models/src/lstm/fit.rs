use super::adam::Adam;
use super::gradient::Tape;
use super::model::{Sequence, SequenceModel};
use super::network::{Network, Shape};
use super::params::LstmParams;
use mats_core::random::Stream;
use rand::RngExt;
use rayon::prelude::*;

const PURPOSE: u32 = 0x157b;
/// Sequences learnt from side by side. Fixed, so that the result does not depend on the number of threads.
const STREAMS: usize = 8;

/// One of the sequences being learnt from.
struct Reader {
    tape: Tape,
    state: Vec<f32>,
    gradient: Vec<f32>,
    /// Position of the sequence, and how far it was read.
    place: Option<(usize, usize)>,
    events: usize,
}

impl LstmParams {
    /// Fits to sequences of keys below `keys` that are free of attacks. `None` when they hold fewer than two keys or
    /// the shape cannot be run.
    pub fn fit(&self, sequences: &[&Sequence], keys: usize, seed: u64) -> Option<SequenceModel> {
        let shape = Shape { layers: self.layers, width: self.width, keys };
        let long: Vec<&Sequence> = sequences.iter().copied().filter(|s| s.keys.len() > 1).collect();
        if !shape.is_valid() || long.is_empty() {
            return None;
        }
        let mut net = Network::new(shape, seed);
        let mut adam = Adam::new(shape.weights());
        let mut back = Vec::new();
        let mut readers: Vec<Reader> = (0..STREAMS)
            .map(|_| Reader {
                tape: Tape::new(self.smoothing),
                state: vec![0.0; shape.state()],
                gradient: vec![0.0; shape.weights()],
                place: None,
                events: 0,
            })
            .collect();
        let stretch = self.stretch.max(1);
        for epoch in 0..self.epochs {
            let mut queue = shuffled(&long, self.max_events, seed, epoch as u64).into_iter();
            for reader in &mut readers {
                reader.place = None;
            }
            loop {
                for reader in readers.iter_mut().filter(|r| r.place.is_none()) {
                    reader.place = queue.next().map(|s| (s, 0));
                    reader.state.fill(0.0);
                }
                net.transposed(&mut back);
                readers.par_iter_mut().for_each(|reader| reader.read(&net, &back, &long, stretch));
                let events: usize = readers.iter().map(|r| r.events).sum();
                if events == 0 {
                    break;
                }
                let (first, others) = readers.split_at_mut(1);
                for other in others.iter().filter(|r| r.events > 0) {
                    first[0].gradient.iter_mut().zip(&other.gradient).for_each(|(a, b)| *a += b);
                }
                adam.step(&mut net.weights, &mut first[0].gradient, events, self.learning_rate);
            }
        }
        Some(SequenceModel::calibrated(net, &long))
    }
}

impl Reader {
    fn read(&mut self, net: &Network, back: &[f32], sequences: &[&Sequence], stretch: usize) {
        self.gradient.fill(0.0);
        self.events = 0;
        let Some((which, from)) = self.place else { return };
        let keys = &sequences[which].keys;
        let to = (from + stretch).min(keys.len() - 1);
        self.tape.run(net, back, &keys[from..=to], 1, 1.0, &mut self.state, &mut self.gradient);
        self.events = to - from;
        self.place = (to + 1 < keys.len()).then_some((which, to));
    }
}

/// Sequences in random order until they hold `max_events`.
fn shuffled(sequences: &[&Sequence], max_events: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    let mut rng = Stream::new(seed, PURPOSE, epoch).at(0);
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    let mut events = 0;
    let enough = order.iter().position(|&s| {
        events += sequences[s].keys.len();
        events >= max_events
    });
    order.truncate(enough.map_or(order.len(), |e| e + 1));
    order
}
