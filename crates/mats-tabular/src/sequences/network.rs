//! The LSTM over sessions: fitted by truncated back-propagation, the epoch chosen on held-out sessions.

use super::vocabulary::Vocabulary;
use mats_core::random::Stream;
use mats_models::lstm::LstmParams;
use mats_models::lstm::{Adam, Network, Shape, Tape, softmax};
use mats_models::maths::widest;
use rand::RngExt;
use rayon::prelude::*;

const PURPOSE: u32 = 0x5e9a;
/// Samples of one step of Adam at most: many, for the more of them are equal, the fewer are run.
const BATCH: usize = 1024;
/// Steps of an epoch at least, where there are enough samples.
const STEPS: usize = 32;
/// Parts of a batch, summed in order, so that the result does not depend on the number of threads.
const PARTS: usize = 4;
/// Epochs without a better held-out loss after which fitting ends.
const PATIENCE: usize = 3;

/// Sample that the network learns from, and how often it came: keys, of which those from `first` on are predicted.
struct Sample {
    keys: Vec<u16>,
    first: usize,
    /// Number of equal samples that it stands for.
    times: u32,
}

/// A fitted network over sessions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SessionNetwork {
    pub network: Network,
    /// Number of events back that it looks; from the session's start on if `None`.
    pub window: Option<usize>,
}

/// Workspace of a network: the state of the session at hand and what each step needs beside it.
#[derive(Debug, Clone)]
pub struct Scratch {
    pub(super) state: Vec<f32>,
    gates: Vec<f32>,
    logits: Vec<f32>,
}

/// Comparison of an event with what was expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expected {
    /// Probability of the event.
    pub probability: f32,
    /// Rank of the event: the keys that were likelier, and itself.
    pub rank: u32,
}

impl SessionNetwork {
    /// Fits to sessions; `held` ones choose the epoch. Returns the network, the held-out loss in nats per event of
    /// each epoch.
    pub fn fit(
        params: &LstmParams,
        window: Option<usize>,
        keys: usize,
        sessions: &[&[u16]],
        held: &[&[u16]],
        seed: u64,
    ) -> Option<(SessionNetwork, Vec<f64>)> {
        let shape = Shape { layers: params.layers, width: params.width, keys };
        let mut samples = samples(sessions, window, params.stretch);
        let mut judges = self::samples(held, window, params.stretch);
        if !shape.is_valid() || samples.is_empty() {
            return None;
        }
        if judges.is_empty() {
            judges = self::samples(sessions, window, params.stretch);
        }
        // All copies of a sample, to draw batches from.
        let copies: Vec<u32> = samples
            .iter()
            .enumerate()
            .flat_map(|(i, sample)| std::iter::repeat_n(i as u32, sample.times as usize))
            .collect();
        samples.shrink_to_fit();
        let mut best: Option<(f64, Network)> = None;
        let mut trainer = Trainer::new(shape, params.smoothing, seed);
        let (mut losses, mut since) = (Vec::new(), 0);
        for epoch in 0..params.epochs {
            trainer.epoch(&samples, &copies, params, seed, epoch as u64);
            let loss = mean_loss(&trainer.network, &judges);
            losses.push(loss);
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, trainer.network.clone()));
                since = 0;
            } else {
                since += 1;
                if since >= PATIENCE {
                    break;
                }
            }
        }
        let network = best.map_or(trainer.network, |(_, network)| network);
        Some((SessionNetwork { network, window }, losses))
    }

    pub fn scratch(&self) -> Scratch {
        let shape = self.network.shape;
        Scratch {
            state: vec![0.0; shape.state()],
            gates: vec![0.0; 4 * shape.width],
            logits: vec![0.0; shape.outputs()],
        }
    }

    /// Takes a key in.
    pub fn step(&self, key: u16, scratch: &mut Scratch) {
        widest(
            #[inline(always)]
            || self.network.step(key, &mut scratch.state, &mut scratch.gates),
        );
    }

    /// Compares a key with what the state expects next.
    pub fn expect(&self, key: u16, scratch: &mut Scratch) -> Expected {
        widest(
            #[inline(always)]
            || {
                self.network.logits(self.network.top(&scratch.state), &mut scratch.logits);
                let own = scratch.logits[key as usize];
                let above = scratch.logits[..self.network.shape.keys].iter().filter(|&&l| l > own).count();
                softmax(&mut scratch.logits);
                Expected { probability: scratch.logits[key as usize], rank: above as u32 + 1 }
            },
        )
    }

    /// The worst of a session's events: its surprise in nats, and its rank. `None` if the session is too short to be
    /// judged.
    pub fn worst(&self, session: &[u16], scratch: &mut Scratch) -> Option<(f32, u32)> {
        let mut worst: Option<(f32, u32)> = None;
        let mut note = |e: Expected| {
            let surprise = -libm::logf(e.probability.max(1e-12));
            let (most, rank) = worst.unwrap_or((0.0, 0));
            worst = Some((most.max(surprise), rank.max(e.rank)));
        };
        if let Some(window) = self.window {
            for end in window..session.len() {
                scratch.state.fill(0.0);
                session[end - window..end].iter().for_each(|&key| self.step(key, scratch));
                note(self.expect(session[end], scratch));
            }
        } else {
            scratch.state.fill(0.0);
            self.step(Vocabulary::END, scratch);
            for &key in session.iter().chain([&Vocabulary::END]) {
                note(self.expect(key, scratch));
                self.step(key, scratch);
            }
        }
        worst
    }
}

/// Collects what there is to learn, equal samples once. With a window each event from the last events before it; else
/// whole stretches of sessions, from the start and to the end, whose state begins anew.
fn samples(sessions: &[&[u16]], window: Option<usize>, stretch: usize) -> Vec<Sample> {
    let mut all: Vec<(Vec<u16>, usize)> = Vec::new();
    for session in sessions {
        if let Some(window) = window {
            all.extend(session.windows(window + 1).map(|w| (w.to_vec(), window)));
        } else {
            let mut whole = vec![Vocabulary::END];
            whole.extend(*session);
            whole.push(Vocabulary::END);
            let stretch = stretch.max(2);
            let mut from = 0;
            while from + 1 < whole.len() {
                // A stretch begins with some events that only warm it up.
                let warm = from.min(stretch / 2);
                let to = (from + stretch).min(whole.len() - 1);
                all.push((whole[from - warm..=to].to_vec(), warm + 1));
                from = to;
            }
        }
    }
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a == b);
    runs.map(|run| Sample { keys: run[0].0.clone(), first: run[0].1, times: run.len() as u32 }).collect()
}

struct Trainer {
    network: Network,
    adam: Adam,
    parts: Vec<Part>,
    /// The network's transposed matrices.
    back: Vec<f32>,
}

/// One part of a batch.
struct Part {
    tape: Tape,
    state: Vec<f32>,
    gradient: Vec<f32>,
}

impl Trainer {
    fn new(shape: Shape, smoothing: f32, seed: u64) -> Trainer {
        let part = || Part {
            tape: Tape::new(smoothing),
            state: vec![0.0; shape.state()],
            gradient: vec![0.0; shape.weights()],
        };
        Trainer {
            network: Network::new(shape, seed),
            adam: Adam::new(shape.weights()),
            parts: (0..PARTS).map(|_| part()).collect(),
            back: Vec::new(),
        }
    }

    fn epoch(&mut self, samples: &[Sample], copies: &[u32], params: &LstmParams, seed: u64, epoch: u64) {
        let mut order = copies.to_vec();
        let mut rng = Stream::new(seed, PURPOSE, epoch).at(0);
        for i in (1..order.len()).rev() {
            order.swap(i, rng.random_range(0..=i));
        }
        let size = (order.len() / STEPS).clamp(16, BATCH);
        for batch in order.chunks_mut(size) {
            // Equal samples have equal gradients: each is run once, with the weight of its copies.
            batch.sort_unstable();
            let runs: Vec<&[u32]> = batch.chunk_by(|a, b| a == b).collect();
            let events: usize = runs.iter().map(|r| r.len() * predicted(&samples[r[0] as usize])).sum();
            self.network.transposed(&mut self.back);
            let (network, back) = (&self.network, &self.back);
            let share = runs.len().div_ceil(PARTS);
            self.parts.par_iter_mut().zip(runs.par_chunks(share)).for_each(|(part, runs)| {
                part.gradient.fill(0.0);
                for run in runs {
                    let sample = &samples[run[0] as usize];
                    part.state.fill(0.0);
                    let weight = run.len() as f32;
                    part.tape.run(
                        network,
                        back,
                        &sample.keys,
                        sample.first,
                        weight,
                        &mut part.state,
                        &mut part.gradient,
                    );
                }
            });
            let used = runs.len().div_ceil(share);
            let (first, others) = self.parts.split_at_mut(1);
            for other in &others[..used - 1] {
                first[0].gradient.iter_mut().zip(&other.gradient).for_each(|(a, b)| *a += b);
            }
            let rate = params.learning_rate;
            self.adam.step(&mut self.network.weights, &mut first[0].gradient, events, rate);
        }
    }
}

fn predicted(sample: &Sample) -> usize {
    sample.keys.len() - sample.first
}

/// Mean loss in nats per event.
fn mean_loss(network: &Network, samples: &[Sample]) -> f64 {
    let model = SessionNetwork { network: network.clone(), window: None };
    let sums: Vec<(f64, f64)> = samples
        .par_chunks(256)
        .map(|samples| {
            let mut scratch = model.scratch();
            let mut sum = (0.0, 0.0);
            for sample in samples {
                scratch.state.fill(0.0);
                for (i, &key) in sample.keys.iter().enumerate() {
                    if i >= sample.first {
                        let p = model.expect(key, &mut scratch).probability;
                        sum.0 -= f64::from(sample.times) * f64::from(libm::logf(p.max(1e-12)));
                        sum.1 += f64::from(sample.times);
                    }
                    model.step(key, &mut scratch);
                }
            }
            sum
        })
        .collect();
    let (loss, events) = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    loss / f64::max(events, 1.0)
}
