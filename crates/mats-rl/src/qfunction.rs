//! Frozen weights, for acting: a forward pass without allocation, threads or libraries.

use crate::env::Spec;
use crate::seed::generator;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Shape of a multilayer perceptron `observation → hidden → hidden → head` with rectifiers between.
///
/// A dueling head (Wang et al. 2016) has a column for the state's value and one for each action's advantage,
/// `Q = V + A − mean(A)`; a plain one has a column for each action's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Sizes of observation and mask.
    pub spec: Spec,
    /// Widths of the hidden layers.
    pub hidden: [usize; 2],
    /// True for a dueling head.
    pub dueling: bool,
}

/// A layer's part of the flat weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    /// `inputs × outputs`, input-major: the weights of one input lie together.
    pub weight: Range<usize>,
    /// `outputs`.
    pub bias: Range<usize>,
}

impl Layer {
    /// Weights and biases together: `inputs + 1` rows of `outputs`.
    pub(crate) const fn rows(&self) -> Range<usize> {
        self.weight.start..self.bias.end
    }
}

impl Shape {
    /// Columns of the head.
    pub const fn head(&self) -> usize {
        self.spec.actions + self.dueling as usize
    }

    /// The three layers in the order in which they lie in the flat weights.
    pub(crate) fn layers(&self) -> [Layer; 3] {
        let [first, second] = self.hidden;
        let mut end = 0;
        [(self.spec.observation, first), (first, second), (second, self.head())].map(|(inputs, outputs)| {
            let weight = end..end + inputs * outputs;
            let bias = weight.end..weight.end + outputs;
            end = bias.end;
            Layer { inputs, outputs, weight, bias }
        })
    }

    /// Number of weights, biases included.
    pub fn parameters(&self) -> usize {
        self.layers()[2].bias.end
    }

    /// Row of the head to the values of the actions.
    pub(crate) fn action_values(&self, head: &[f32], values: &mut [f32]) {
        if self.dueling {
            let (value, advantages) = (head[0], &head[1..]);
            let base = value - advantages.iter().sum::<f32>() / advantages.len() as f32;
            values.iter_mut().zip(advantages).for_each(|(q, a)| *q = base + a);
        } else {
            values.copy_from_slice(head);
        }
    }
}

/// A Q-function that can only be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct QFunction {
    shape: Shape,
    weights: Vec<f32>,
}

/// The function as read from a file.
#[derive(Deserialize)]
struct Unchecked {
    shape: Shape,
    weights: Vec<f32>,
}

impl TryFrom<Unchecked> for QFunction {
    type Error = String;

    fn try_from(raw: Unchecked) -> Result<QFunction, String> {
        let Shape { spec, hidden, .. } = raw.shape;
        // Against absurd sizes before they are multiplied.
        let sizes = [spec.observation, spec.actions, hidden[0], hidden[1]];
        if sizes.iter().any(|&size| size == 0 || size > 1 << 20) {
            return Err(format!("layer sizes {sizes:?} are not between 1 and 2^20"));
        }
        if raw.weights.len() != raw.shape.parameters() {
            let (got, expected) = (raw.weights.len(), raw.shape.parameters());
            return Err(format!("{got} weights where the shape needs {expected}"));
        }
        Ok(QFunction { shape: raw.shape, weights: raw.weights })
    }
}

/// Buffers of a forward pass; keep one for each thread.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    hidden: [Vec<f32>; 2],
    head: Vec<f32>,
    values: Vec<f32>,
}

impl QFunction {
    /// Weights drawn from `seed`: uniform in ±√(6 / inputs) before rectifiers (He et al. 2015), ±√(1 / inputs) in
    /// the head, biases 0.
    pub fn seeded(shape: Shape, seed: u64) -> QFunction {
        let mut rng = generator(seed, 0x1417);
        let mut weights = vec![0.0; shape.parameters()];
        for (depth, layer) in shape.layers().into_iter().enumerate() {
            let gain: f32 = if depth < 2 { 6.0 } else { 1.0 };
            let bound = (gain / layer.inputs as f32).sqrt();
            weights[layer.weight].fill_with(|| rng.random_range(-bound..bound));
        }
        QFunction { shape, weights }
    }

    /// Builds it from flat weights: layer after layer, each `inputs × outputs` weights, input-major, then its biases.
    ///
    /// # Panics
    /// When there are not as many weights as the shape says.
    pub fn from_weights(shape: Shape, weights: Vec<f32>) -> QFunction {
        assert_eq!(weights.len(), shape.parameters(), "number of weights");
        QFunction { shape, weights }
    }

    /// The network's shape.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The flat weights, as [`QFunction::from_weights`] takes them.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Tells whether all weights are finite: after a training that diverged they are not.
    pub fn is_finite(&self) -> bool {
        self.weights.iter().all(|weight| weight.is_finite())
    }

    pub(crate) fn weights_mut(&mut self) -> &mut [f32] {
        &mut self.weights
    }

    /// Multiplies all values by `factor`.
    pub(crate) fn scale(&mut self, factor: f32) {
        let [_, _, head] = self.shape.layers();
        self.weights[head.weight.start..head.bias.end].iter_mut().for_each(|w| *w *= factor);
    }

    /// Values of all actions, masked ones included. Nothing is allocated once `scratch` was used with this shape.
    ///
    /// # Panics
    /// When the observation has another length than the shape says.
    pub fn values<'a>(&self, observation: &[f32], scratch: &'a mut Scratch) -> &'a [f32] {
        assert_eq!(observation.len(), self.shape.spec.observation, "observation length");
        let [first, second, head] = self.shape.layers();
        let Scratch { hidden: [h1, h2], head: out, values } = scratch;
        self.affine(&first, observation, h1);
        rectify(h1);
        self.affine(&second, h1, h2);
        rectify(h2);
        self.affine(&head, h2, out);
        values.resize(self.shape.spec.actions, 0.0);
        self.shape.action_values(out, values);
        values
    }

    /// The allowed action of the highest value; the lowest index among equals.
    ///
    /// # Panics
    /// When the mask allows nothing.
    pub fn best(&self, observation: &[f32], mask: &[bool], scratch: &mut Scratch) -> usize {
        best_allowed(self.values(observation, scratch).iter().copied(), mask.iter().copied())
    }

    /// `out = input · weight + bias`. The inner loop runs over outputs, which the compiler vectorises; inputs that
    /// a rectifier put to 0 (about half) are skipped.
    fn affine(&self, layer: &Layer, input: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(&self.weights[layer.bias.clone()]);
        for (&x, row) in input.iter().zip(self.weights[layer.weight.clone()].chunks_exact(layer.outputs)) {
            if x != 0.0 {
                out.iter_mut().zip(row).for_each(|(o, w)| *o += x * w);
            }
        }
    }
}

fn rectify(layer: &mut [f32]) {
    for x in layer {
        *x = x.max(0.0);
    }
}

/// The allowed action of the highest value; the lowest index among equals.
///
/// # Panics
/// When the mask allows nothing.
pub(crate) fn best_allowed(
    values: impl IntoIterator<Item = f32>,
    mask: impl IntoIterator<Item = bool>,
) -> usize {
    let mut best = None;
    for (action, (value, _)) in values.into_iter().zip(mask).enumerate().filter(|(_, (_, allowed))| *allowed)
    {
        if best.is_none_or(|(_, highest)| value > highest) {
            best = Some((action, value));
        }
    }
    best.expect("the mask allows at least one action").0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny(dueling: bool) -> Shape {
        Shape { spec: Spec { observation: 2, actions: 2 }, hidden: [2, 1], dueling }
    }

    #[test]
    fn dueling_forward_matches_a_hand_worked_example() {
        // h1 = relu([1·1 + 2·0.5, 1·(−1) + 2·0] + [0, 0.25]) = [2, 0]; h2 = relu(2·1.5 + 0·9 − 1) = 2;
        // head = 2·[1, 3, −1] + [0.5, 0, 0] = [2.5, 6, −2]; Q = 2.5 − 2 + [6, −2].
        let weights = vec![1.0, -1.0, 0.5, 0.0, 0.0, 0.25, 1.5, 9.0, -1.0, 1.0, 3.0, -1.0, 0.5, 0.0, 0.0];
        let q = QFunction::from_weights(tiny(true), weights);
        let mut scratch = Scratch::default();
        assert_eq!(q.values(&[1.0, 2.0], &mut scratch), [6.5, -1.5]);
        assert_eq!(q.best(&[1.0, 2.0], &[true, true], &mut scratch), 0);
        assert_eq!(q.best(&[1.0, 2.0], &[false, true], &mut scratch), 1);
    }

    #[test]
    fn serde_refuses_weights_that_do_not_fit_the_shape() {
        let text = serde_json::to_string(&QFunction::seeded(tiny(true), 3)).unwrap();
        assert_eq!(serde_json::from_str::<QFunction>(&text).unwrap(), QFunction::seeded(tiny(true), 3));
        let error = serde_json::from_str::<QFunction>(&text.replace("[2,1]", "[2,2]")).unwrap_err();
        assert!(error.to_string().contains("15 weights where the shape needs 21"), "{error}");
        assert!(serde_json::from_str::<QFunction>(&text.replace("[2,1]", "[2,99999999999999]")).is_err());
    }

    #[test]
    fn scaling_scales_values() {
        let mut scratch = Scratch::default();
        let mut q = QFunction::seeded(tiny(true), 3);
        let before = q.values(&[0.3, -0.7], &mut scratch).to_vec();
        q.scale(4.0);
        assert_eq!(q.values(&[0.3, -0.7], &mut scratch), before.iter().map(|v| v * 4.0).collect::<Vec<_>>());
    }

    #[test]
    fn equals_go_to_the_lowest_index_and_masks_hold() {
        assert_eq!(best_allowed([1.0, 1.0, 0.0], [true; 3]), 0);
        assert_eq!(best_allowed([9.0, -5.0, -4.0], [false, true, true]), 2);
        assert_eq!(best_allowed([f32::NAN, 1.0], [false, true]), 1);
    }
}
