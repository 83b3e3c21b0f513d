use super::matrix::{BLOCK, forward, transpose};
use crate::maths::{exp, sigmoid, tanh};
use mats_core::random::Stream;
use serde::{Deserialize, Serialize};
use std::ops::Range;

const PURPOSE: u32 = 0x157a;
/// Log-odds of an output that is there only to fill a block.
const NEVER: f32 = -1e9;

/// Layers and cells per layer. The first layer's input is a key, looked up in a table of gate inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Layers, 1 to 4.
    pub layers: usize,
    /// Cells in a layer: a multiple of 32, at most 256.
    pub width: usize,
    /// Size of the vocabulary: 1 to 4,096; keys lie below.
    pub keys: usize,
}

/// Positions of a layer's weights.
pub(super) struct Layer {
    /// First layer: a row of gate inputs (bias included) per key. Others: the matrix from the layer below.
    pub input: Range<usize>,
    pub recurrent: Range<usize>,
    /// Empty for the first layer.
    pub bias: Range<usize>,
}

impl Shape {
    /// Tells whether this crate can run a network of this shape.
    pub fn is_valid(self) -> bool {
        (1..=4).contains(&self.layers)
            && self.width > 0
            && self.width.is_multiple_of(BLOCK)
            && self.width <= 256
            && (1..=4096).contains(&self.keys)
    }

    /// Outputs: a key each, and then as many as fill the last block of the matrix.
    pub fn outputs(self) -> usize {
        self.keys.next_multiple_of(BLOCK)
    }

    /// Numbers of state per sequence: output and cell of every layer.
    pub fn state(self) -> usize {
        2 * self.layers * self.width
    }

    pub(super) fn layer(self, l: usize) -> Layer {
        let h = self.width;
        let first = 4 * h * (self.keys + h);
        if l == 0 {
            let table = 4 * h * self.keys;
            return Layer { input: 0..table, recurrent: table..first, bias: first..first };
        }
        let start = first + (l - 1) * 4 * h * (2 * h + 1);
        let (a, b) = (start + 4 * h * h, start + 8 * h * h);
        Layer { input: start..a, recurrent: a..b, bias: b..b + 4 * h }
    }

    /// The matrix from the last layer to the keys.
    pub(super) fn output(self) -> Range<usize> {
        let start = self.layer(self.layers - 1).bias.end;
        start..start + self.width * self.outputs()
    }

    pub(super) fn output_bias(self) -> Range<usize> {
        let start = self.output().end;
        start..start + self.outputs()
    }

    /// All weights together.
    pub fn weights(self) -> usize {
        self.output_bias().end
    }
}

/// The weights. Gates stand in the order input, forget, candidate, output.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Layers, cells and keys.
    pub shape: Shape,
    /// All weights, layer by layer.
    pub weights: Vec<f32>,
}

impl Network {
    /// Uniform in ±1/√width, forget gates biased by 1 (Jozefowicz, Zaremba, Sutskever 2015).
    pub fn new(shape: Shape, seed: u64) -> Network {
        let stream = Stream::new(seed, PURPOSE, 0);
        let scale = 1.0 / (shape.width as f32).sqrt();
        let mut weights: Vec<f32> =
            (0..shape.weights()).map(|i| (2.0 * stream.unit(i as u64) as f32 - 1.0) * scale).collect();
        let h = shape.width;
        for l in 0..shape.layers {
            let layer = shape.layer(l);
            let biased = if l == 0 { layer.input } else { layer.bias };
            for gates in weights[biased].chunks_exact_mut(4 * h) {
                gates[h..2 * h].iter_mut().for_each(|w| *w += 1.0);
            }
        }
        let bias = &mut weights[shape.output_bias()];
        bias.fill(0.0);
        bias[shape.keys..].fill(NEVER);
        Network { shape, weights }
    }

    /// The matrices for the step backwards, each where its own stands among the weights. Replaces what `out` held.
    pub fn transposed(&self, out: &mut Vec<f32>) {
        let (shape, h) = (self.shape, self.shape.width);
        out.resize(shape.weights(), 0.0);
        let mut turn = |range: Range<usize>| transpose(&self.weights[range.clone()], h, &mut out[range]);
        for l in 0..shape.layers {
            let layer = shape.layer(l);
            turn(layer.recurrent);
            if l > 0 {
                turn(layer.input);
            }
        }
        turn(shape.output());
    }

    /// One step: takes a key in, changes the state. `gates` is scratch of 4 × width; after the call it holds
    /// the last layer's gates.
    #[inline(always)]
    pub fn step(&self, key: u16, state: &mut [f32], gates: &mut [f32]) {
        let h = self.shape.width;
        for l in 0..self.shape.layers {
            let (below, here) = state.split_at_mut(2 * l * h);
            let (out, cell) = here[..2 * h].split_at_mut(h);
            self.gates(l, key, below.len().checked_sub(2 * h).map(|at| &below[at..at + h]), out, gates);
            activate(gates, cell, out);
        }
    }

    /// Gate inputs of a layer, before squashing.
    #[inline(always)]
    pub(super) fn gates(&self, l: usize, key: u16, below: Option<&[f32]>, out: &[f32], gates: &mut [f32]) {
        let h = self.shape.width;
        let layer = self.shape.layer(l);
        match below {
            None => {
                let row = layer.input.start + key as usize % self.shape.keys * 4 * h;
                gates.copy_from_slice(&self.weights[row..row + 4 * h]);
            }
            Some(below) => {
                gates.copy_from_slice(&self.weights[layer.bias]);
                forward(&self.weights[layer.input], below, gates);
            }
        }
        forward(&self.weights[layer.recurrent], out, gates);
    }

    /// Log-odds of every key to come next, from the last layer's output.
    #[inline(always)]
    pub fn logits(&self, out: &[f32], logits: &mut [f32]) {
        logits.copy_from_slice(&self.weights[self.shape.output_bias()]);
        forward(&self.weights[self.shape.output()], out, logits);
    }

    /// The last layer's output within a state.
    pub fn top<'a>(&self, state: &'a [f32]) -> &'a [f32] {
        let h = self.shape.width;
        let at = 2 * (self.shape.layers - 1) * h;
        &state[at..at + h]
    }

    /// Negative log-likelihood, in nats, of a key being the next. `logits` is scratch, a place for every output.
    #[inline(always)]
    pub(super) fn surprise(&self, key: u16, state: &[f32], logits: &mut [f32]) -> f32 {
        self.logits(self.top(state), logits);
        let own = logits[key as usize % self.shape.keys];
        softmax(logits) - own
    }
}

/// Squashes the gates in place, then moves cell and output one step on.
#[inline(always)]
pub(super) fn activate(gates: &mut [f32], cell: &mut [f32], out: &mut [f32]) {
    let h = cell.len();
    let (sig, rest) = gates.split_at_mut(2 * h);
    let (candidate, open) = rest.split_at_mut(h);
    for g in sig.iter_mut() {
        *g = sigmoid(*g);
    }
    for g in candidate.iter_mut() {
        *g = tanh(*g);
    }
    for g in open.iter_mut() {
        *g = sigmoid(*g);
    }
    let (input, forget) = sig.split_at(h);
    for ((((c, y), &i), &f), (&g, &o)) in
        cell.iter_mut().zip(out).zip(input).zip(forget).zip(candidate.iter().zip(open.iter()))
    {
        *c = f * *c + i * g;
        *y = o * tanh(*c);
    }
}

/// Turns log-odds into probabilities in place; returns their log-sum.
#[inline(always)]
pub fn softmax(logits: &mut [f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 8];
    for chunk in logits.as_chunks::<8>().0 {
        for (m, &x) in lanes.iter_mut().zip(chunk) {
            *m = if x > *m { x } else { *m };
        }
    }
    let top = lanes.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    for x in logits.iter_mut() {
        *x = exp(*x - top);
    }
    let mut lanes = [0.0_f32; 8];
    for chunk in logits.as_chunks::<8>().0 {
        for (s, &x) in lanes.iter_mut().zip(chunk) {
            *s += x;
        }
    }
    let sum = lanes.iter().sum::<f32>();
    for x in logits.iter_mut() {
        *x /= sum;
    }
    top + libm::logf(sum)
}
