//! Weights that learn: the one place that knows dfdx.

use crate::qfunction::QFunction;
use dfdx::prelude::*;
use ndarray::{ArrayView2, ArrayViewMut2};

/// A learning Q-network: asked for values in batches, and moved towards targets.
pub trait QNetwork: Send {
    /// The weights now.
    fn weights(&self) -> &QFunction;

    /// Writes the values of all actions, `rows × actions`, of a batch of observations, `rows × entries`.
    ///
    /// # Panics
    /// When the batch or the place for its values has another form.
    fn values(&mut self, observations: ArrayView2<'_, f32>, values: ArrayViewMut2<'_, f32>);

    /// One optimiser step that moves the values of the given actions towards the targets. Leaves
    /// `Q(s, a) − target`, before the step, in `td_errors`.
    fn learn(&mut self, goal: &Goal<'_>, td_errors: &mut Vec<f32>) -> Moved;

    /// Sets the size of the optimiser's steps from here on.
    fn set_learning_rate(&mut self, rate: f32);

    /// Moves the weights towards others: `w ← w + rate · (other − w)`; a copy for a rate of 1.
    fn approach(&mut self, other: &QFunction, rate: f32);
}

/// Batch that a step learns from, one entry for each row.
#[derive(Debug, Clone, Copy)]
pub struct Goal<'a> {
    /// A batch of observations, `rows × entries`.
    pub observations: ArrayView2<'a, f32>,
    /// Actions carried out.
    pub actions: &'a [u32],
    /// Target values of these actions.
    pub targets: &'a [f32],
    /// Importance of each row.
    pub weights: &'a [f32],
}

/// Statistics of a step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moved {
    /// Weighted mean Huber loss before the step.
    pub loss: f32,
    /// Euclidean norm of the gradient over all weights, before clipping.
    pub gradient_norm: f32,
}

/// Settings of the optimiser: Adam (Kingma and Ba 2015) on the Huber loss, gradients clipped by global norm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimiser {
    /// Step size.
    pub learning_rate: f32,
    /// Error at which the Huber loss turns from squared to linear.
    pub huber_delta: f32,
    /// Gradients longer than this are shortened to it.
    pub max_gradient_norm: f32,
}

const BETAS: [f32; 2] = [0.9, 0.999];
const EPSILON: f32 = 1e-8;

type Matrix<T = NoneTape> = Tensor<(usize, usize), f32, Cpu, T>;

/// dfdx computes values and gradients; the weights themselves lie flat, so that snapshots, clipping and Adam are
/// plain loops. (dfdx has no clipping, and its `Adam` is not `Send`.)
///
/// Biases are the last row of each weight matrix, met by a last input that is always 1: dfdx adds a row to a matrix
/// far more slowly than it multiplies. The hidden layers hand the 1 on through a unit of their own.
///
/// Matrix products of dfdx run on whichever rayon pool they are called from and get slower with more threads than
/// one: call from a pool of one.
pub struct DfdxNetwork {
    online: QFunction,
    optimiser: Optimiser,
    moments: [Vec<f32>; 2],
    steps: u32,
    device: Cpu,
    /// `online` as dfdx needs it: each layer `(inputs + 1) × (outputs + 1)`, the head without the constant unit.
    matrices: [Matrix; 3],
}

impl DfdxNetwork {
    /// A network that starts at the given weights.
    pub fn new(start: QFunction, optimiser: Optimiser) -> DfdxNetwork {
        let device = Cpu::default();
        let [first, second, head] = start.shape().layers();
        let matrices = [
            device.zeros_like(&(first.inputs + 1, first.outputs + 1)),
            device.zeros_like(&(second.inputs + 1, second.outputs + 1)),
            device.zeros_like(&(head.inputs + 1, head.outputs)),
        ];
        let moments = [vec![0.0; start.weights().len()], vec![0.0; start.weights().len()]];
        let mut network = DfdxNetwork { online: start, optimiser, moments, steps: 0, device, matrices };
        network.show_weights();
        network
    }

    /// Copies the flat weights to where dfdx reads them.
    fn show_weights(&mut self) {
        for (matrix, layer) in self.matrices.iter_mut().zip(self.online.shape().layers()) {
            let columns = matrix.shape().1;
            let mut entries = vec![0.0; (layer.inputs + 1) * columns];
            let rows = self.online.weights()[layer.rows()].chunks_exact(layer.outputs);
            for (entries, row) in entries.chunks_exact_mut(columns).zip(rows) {
                entries[..layer.outputs].copy_from_slice(row);
            }
            if columns > layer.outputs {
                entries[layer.inputs * columns + layer.outputs] = 1.0;
            }
            *matrix = self.device.tensor_from_vec(entries, (layer.inputs + 1, columns));
        }
    }

    /// Observations, each with the constant 1.
    fn inputs(&self, observations: &ArrayView2<'_, f32>) -> Matrix {
        let (rows, length) = observations.dim();
        assert_eq!(length, self.online.shape().spec.observation, "observation length");
        let mut entries = Vec::with_capacity(rows * (length + 1));
        for row in observations.rows() {
            entries.extend(row);
            entries.push(1.0);
        }
        self.device.tensor_from_vec(entries, (rows, length + 1))
    }

    /// Rows of the head, `rows × shape.head()`.
    fn head<T: Tape<f32, Cpu>>(&self, inputs: Matrix<T>) -> Matrix<T> {
        let [first, second, head] = self.matrices.clone();
        inputs.matmul(first).relu().matmul(second).relu().matmul(head)
    }

    /// Clips the gradient by its norm over all weights, makes a step of Adam, and returns the norm.
    fn step(&mut self, gradients: &mut Gradients<f32, Cpu>) -> f32 {
        let layers = self.online.shape().layers();
        let mut squares = 0.0;
        for (matrix, layer) in self.matrices.iter().zip(&layers) {
            let gradient = gradients.get_or_alloc_mut(matrix).expect("memory for a gradient");
            squares += gradient
                .chunks_exact(matrix.shape().1)
                .map(|row| sum_of_squares(&row[..layer.outputs]))
                .sum::<f32>();
        }
        let norm = squares.sqrt();
        let clip = (self.optimiser.max_gradient_norm / norm.max(f32::MIN_POSITIVE)).min(1.0);
        self.steps += 1;
        let correction = BETAS.map(|beta| 1.0 - libm::powf(beta, self.steps as f32));
        let rate = self.optimiser.learning_rate / correction[0];
        let [first, second] = &mut self.moments;
        for (matrix, layer) in self.matrices.iter().zip(&layers) {
            let gradient = gradients.get_or_alloc_mut(matrix).expect("memory for a gradient");
            let rows = gradient.chunks_exact(matrix.shape().1).zip(layer.rows().step_by(layer.outputs));
            for (gradient, start) in rows {
                let row = start..start + layer.outputs;
                let weights = self.online.weights_mut()[row.clone()].iter_mut().zip(gradient);
                let moments = first[row.clone()].iter_mut().zip(&mut second[row]);
                for ((w, g), (m, v)) in weights.zip(moments) {
                    let g = g * clip;
                    *m = BETAS[0] * *m + (1.0 - BETAS[0]) * g;
                    *v = BETAS[1] * *v + (1.0 - BETAS[1]) * g * g;
                    *w -= rate * *m / ((*v / correction[1]).sqrt() + EPSILON);
                }
            }
        }
        self.show_weights();
        norm
    }
}

impl QNetwork for DfdxNetwork {
    fn weights(&self) -> &QFunction {
        &self.online
    }

    fn values(&mut self, observations: ArrayView2<'_, f32>, mut values: ArrayViewMut2<'_, f32>) {
        let shape = self.online.shape();
        assert_eq!(values.dim(), (observations.nrows(), shape.spec.actions), "room for the values");
        let head = self.head(self.inputs(&observations)).as_vec();
        for (head, mut row) in head.chunks_exact(shape.head()).zip(values.rows_mut()) {
            shape.action_values(head, row.as_slice_mut().expect("rows of values lie together"));
        }
    }

    fn learn(&mut self, goal: &Goal<'_>, td_errors: &mut Vec<f32>) -> Moved {
        let shape = self.online.shape();
        let (rows, columns) = (goal.actions.len(), shape.head());
        // Q(s, a) is linear in the head, so picking it, dueling or not, is a product with constants:
        // 1 for the value, 1 − 1/n for the action's advantage and −1/n for the others.
        let mut pick =
            vec![if shape.dueling { -1.0 / shape.spec.actions as f32 } else { 0.0 }; rows * columns];
        for (row, &action) in pick.chunks_exact_mut(columns).zip(goal.actions) {
            if shape.dueling {
                row[0] = 1.0;
            }
            row[action as usize + usize::from(shape.dueling)] += 1.0;
        }
        let head = self.head(self.inputs(&goal.observations).leaky_trace());
        let pick: Matrix = self.device.tensor_from_vec(pick, (rows, columns));
        let chosen = (head * pick).sum::<(usize,), Axis<1>>();
        td_errors.clear();
        td_errors.extend(chosen.as_vec().iter().zip(goal.targets).map(|(q, target)| q - target));
        let column = |entries: &[f32]| self.device.tensor_from_vec(entries.to_vec(), (rows,));
        let errors = chosen.huber_error(column(goal.targets), self.optimiser.huber_delta);
        let loss = (errors * column(goal.weights)).mean();
        let value = loss.array();
        let mut gradients = loss.backward();
        Moved { loss: value, gradient_norm: self.step(&mut gradients) }
    }

    fn set_learning_rate(&mut self, rate: f32) {
        self.optimiser.learning_rate = rate;
    }

    fn approach(&mut self, other: &QFunction, rate: f32) {
        if rate >= 1.0 {
            self.online.weights_mut().copy_from_slice(other.weights());
        } else {
            let pairs = self.online.weights_mut().iter_mut().zip(other.weights());
            pairs.for_each(|(w, o)| *w += rate * (o - *w));
        }
        self.show_weights();
    }
}

/// Sums squares in eight lanes, so that it vectorises; always in the same order.
fn sum_of_squares(entries: &[f32]) -> f32 {
    let (chunks, rest) = entries.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane += x * x);
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Spec;
    use crate::qfunction::{Scratch, Shape};

    const OPTIMISER: Optimiser = Optimiser { learning_rate: 1e-3, huber_delta: 1.0, max_gradient_norm: 1e9 };
    const OBSERVATIONS: [f32; 6] = [0.3, -1.2, 0.8, 1.5, 0.1, -0.4];

    /// Two observations of three entries.
    fn observations() -> ArrayView2<'static, f32> {
        ArrayView2::from_shape((2, 3), &OBSERVATIONS).unwrap()
    }

    fn start(dueling: bool) -> QFunction {
        let shape = Shape { spec: Spec { observation: 3, actions: 4 }, hidden: [5, 6], dueling };
        let mut q = QFunction::seeded(shape, 11);
        // Biases that are not 0 show whether they are used.
        q.weights_mut().iter_mut().enumerate().for_each(|(i, w)| *w += 0.01 * (i % 7) as f32);
        q
    }

    /// Weighted mean Huber loss of the frozen network.
    fn loss(q: &QFunction, goal: &Goal<'_>) -> f64 {
        let mut scratch = Scratch::default();
        let rows = OBSERVATIONS.chunks_exact(3).zip(goal.actions).zip(goal.targets.iter().zip(goal.weights));
        let losses = rows.map(|((row, &action), (&target, &weight))| {
            let error = f64::from((q.values(row, &mut scratch)[action as usize] - target).abs());
            f64::from(weight) * if error < 1.0 { 0.5 * error * error } else { error - 0.5 }
        });
        losses.sum::<f64>() / goal.actions.len() as f64
    }

    fn goal() -> Goal<'static> {
        let (actions, targets, weights) = (&[2, 0], &[0.5, -5.0], &[1.0, 0.3]);
        Goal { observations: observations(), actions, targets, weights }
    }

    #[test]
    fn values_agree_with_the_frozen_network() {
        for dueling in [false, true] {
            let (mut network, mut values) = (DfdxNetwork::new(start(dueling), OPTIMISER), [0.0; 8]);
            network.values(observations(), ArrayViewMut2::from_shape((2, 4), &mut values).unwrap());
            let mut scratch = Scratch::default();
            for (row, found) in OBSERVATIONS.chunks_exact(3).zip(values.chunks_exact(4)) {
                let expected = start(dueling).values(row, &mut scratch).to_vec();
                assert!(
                    expected.iter().zip(found).all(|(a, b)| (a - b).abs() < 1e-5),
                    "{expected:?} {found:?}"
                );
            }
        }
    }

    #[test]
    fn the_gradient_agrees_with_finite_differences() {
        for dueling in [false, true] {
            let (q, mut td_errors) = (start(dueling), Vec::new());
            let moved = DfdxNetwork::new(q.clone(), OPTIMISER).learn(&goal(), &mut td_errors);
            assert!((f64::from(moved.loss) - loss(&q, &goal())).abs() < 1e-5);
            let slope = |i: usize| {
                let at = |by: f32| {
                    let mut q = q.clone();
                    q.weights_mut()[i] += by;
                    loss(&q, &goal())
                };
                (at(1e-3) - at(-1e-3)) / 2e-3
            };
            let gradient: Vec<f64> = (0..q.weights().len()).map(slope).collect();
            let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            assert!(
                (f64::from(moved.gradient_norm) / norm - 1.0).abs() < 1e-2,
                "{} {norm}",
                moved.gradient_norm
            );
            // The first step of Adam is `learning_rate` against the sign of the gradient.
            let mut network = DfdxNetwork::new(q.clone(), OPTIMISER);
            network.learn(&goal(), &mut td_errors);
            for ((after, before), g) in network.weights().weights().iter().zip(q.weights()).zip(&gradient) {
                let expected = if g.abs() < 1e-3 { continue } else { -1e-3 * g.signum() };
                assert!((f64::from(after - before) - expected).abs() < 1e-5, "{g}: {}", after - before);
            }
        }
    }

    #[test]
    fn td_errors_are_value_less_target() {
        let (mut td_errors, mut scratch) = (Vec::new(), Scratch::default());
        DfdxNetwork::new(start(true), OPTIMISER).learn(&goal(), &mut td_errors);
        let first = start(true).values(&OBSERVATIONS[..3], &mut scratch)[2] - 0.5;
        let second = start(true).values(&OBSERVATIONS[3..], &mut scratch)[0] + 5.0;
        assert!((td_errors[0] - first).abs() < 1e-5 && (td_errors[1] - second).abs() < 1e-5);
    }

    #[test]
    fn long_gradients_are_shortened() {
        // Clipping shows in Adam's second step: the first one only sees signs.
        let second_step = |max_gradient_norm: f32| {
            let mut network = DfdxNetwork::new(start(true), Optimiser { max_gradient_norm, ..OPTIMISER });
            let mut td_errors = Vec::new();
            network.learn(&goal(), &mut td_errors);
            let clipped = network.moments[0].iter().map(|m| f64::from(*m * *m)).sum::<f64>().sqrt() / 0.1;
            let free = network.learn(&goal(), &mut td_errors).gradient_norm;
            (clipped, free)
        };
        let (first, free) = second_step(1e9);
        assert!(first > 0.5 && free > 0.5, "{first} {free}");
        assert!((second_step(0.25).0 - 0.25).abs() < 1e-3);
    }

    #[test]
    fn approaching_moves_part_of_the_way() {
        let mut network = DfdxNetwork::new(start(true), OPTIMISER);
        let shape = start(true).shape();
        let other = QFunction::from_weights(shape, vec![1.0; shape.parameters()]);
        network.approach(&other, 0.25);
        let halfway = |(now, before): (&f32, &f32)| (now - (0.75 * before + 0.25)).abs() < 1e-6;
        assert!(network.weights().weights().iter().zip(start(true).weights()).all(halfway));
        network.approach(&other, 1.0);
        assert_eq!(network.weights(), &other);
    }
}
