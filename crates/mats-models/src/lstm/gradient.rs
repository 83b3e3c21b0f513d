//! Back-propagation through time over one stretch of events (Werbos 1990).

use super::matrix::{forward, outer};
use super::network::{Network, activate, softmax};
use crate::maths::{tanh, widest};

/// Memory for everything one stretch needs; kept between stretches.
#[derive(Debug, Clone)]
pub struct Tape {
    /// Squashed gates, per step and layer: 4 × width.
    gates: Vec<f32>,
    /// Outputs and cells, per step and layer, the state before the stretch first.
    states: Vec<f32>,
    /// Probability of every next key less the truth, per step that predicts.
    errors: Vec<f32>,
    /// Gradients of outputs and cells of all layers.
    ahead: Vec<f32>,
    d_gates: Vec<f32>,
    /// Share of the truth that is spread over all keys (label smoothing: Szegedy et al. 2016).
    smoothing: f32,
}

impl Tape {
    /// Makes a tape without memory yet; `smoothing` is the share of the truth that is spread over all keys.
    pub fn new(smoothing: f32) -> Tape {
        Tape { gates: vec![], states: vec![], errors: vec![], ahead: vec![], d_gates: vec![], smoothing }
    }

    /// Runs over `keys`, predicting each from position `first` on from those before it; `first` is at least 1, `back` the
    /// network's transposed matrices. Adds
    /// `weight` times the gradient of the summed loss to `gradient` and moves `state` on. Returns the summed loss in
    /// nats, without the weight.
    #[expect(
        clippy::too_many_arguments,
        reason = "the network in two forms, what to learn, and what to change"
    )]
    pub fn run(
        &mut self,
        net: &Network,
        back: &[f32],
        keys: &[u16],
        first: usize,
        weight: f32,
        state: &mut [f32],
        gradient: &mut [f32],
    ) -> f64 {
        let steps = keys.len().saturating_sub(1);
        let silent = (first - 1).min(steps);
        widest(
            #[inline(always)]
            || {
                let loss = self.forwards(net, keys, silent, weight, state);
                self.backwards(net, back, keys, silent, gradient);
                loss
            },
        )
    }

    #[inline(always)]
    fn forwards(
        &mut self,
        net: &Network,
        keys: &[u16],
        silent: usize,
        weight: f32,
        state: &mut [f32],
    ) -> f64 {
        let (steps, outputs) = (keys.len().saturating_sub(1), net.shape.outputs());
        let (h, layers, size) = (net.shape.width, net.shape.layers, net.shape.state());
        self.gates.resize(steps * layers * 4 * h, 0.0);
        self.errors.resize((steps - silent) * outputs, 0.0);
        self.states.clear();
        self.states.extend_from_slice(state);
        let mut loss = 0.0;
        for t in 0..steps {
            for l in 0..layers {
                let gates = &mut self.gates[(t * layers + l) * 4 * h..][..4 * h];
                let (below, here) = state.split_at_mut(2 * l * h);
                let (out, cell) = here[..2 * h].split_at_mut(h);
                net.gates(l, keys[t], (l > 0).then(|| &below[2 * (l - 1) * h..][..h]), out, gates);
                activate(gates, cell, out);
            }
            self.states.extend_from_slice(&state[..size]);
            let Some(at) = t.checked_sub(silent) else { continue };
            let error = &mut self.errors[at * outputs..(at + 1) * outputs];
            net.logits(net.top(state), error);
            let truth = keys[t + 1] as usize % net.shape.keys;
            let own = error[truth];
            loss += f64::from(softmax(error) - own);
            error[truth] -= 1.0 - self.smoothing;
            let spread = self.smoothing / net.shape.keys as f32;
            for e in &mut error[..net.shape.keys] {
                *e -= spread;
            }
            for e in error {
                *e *= weight;
            }
        }
        loss
    }

    #[inline(always)]
    fn backwards(&mut self, net: &Network, back: &[f32], keys: &[u16], silent: usize, gradient: &mut [f32]) {
        let (steps, outputs) = (keys.len().saturating_sub(1), net.shape.outputs());
        let (h, layers, size) = (net.shape.width, net.shape.layers, net.shape.state());
        self.ahead.clear();
        self.ahead.resize(size, 0.0);
        self.d_gates.resize(steps * layers * 4 * h, 0.0);
        let top = 2 * (layers - 1) * h;
        for t in (0..steps).rev() {
            let (before, after) = self.states[t * size..(t + 2) * size].split_at(size);
            if let Some(at) = t.checked_sub(silent) {
                let error = &self.errors[at * outputs..(at + 1) * outputs];
                add(error, &mut gradient[net.shape.output_bias()]);
                forward(&back[net.shape.output()], error, &mut self.ahead[top..top + h]);
            }
            for l in (0..layers).rev() {
                let gates = &self.gates[(t * layers + l) * 4 * h..][..4 * h];
                let d_gates = &mut self.d_gates[(l * steps + t) * 4 * h..][..4 * h];
                let at = 2 * l * h;
                let (below, here) = self.ahead.split_at_mut(at);
                let (d_out, d_cell) = here[..2 * h].split_at_mut(h);
                for j in 0..h {
                    let (i, f, g, o) = (gates[j], gates[h + j], gates[2 * h + j], gates[3 * h + j]);
                    let squashed = tanh(after[at + h + j]);
                    let dc = d_cell[j] + d_out[j] * o * (1.0 - squashed * squashed);
                    d_gates[j] = dc * g * i * (1.0 - i);
                    d_gates[h + j] = dc * before[at + h + j] * f * (1.0 - f);
                    d_gates[2 * h + j] = dc * i * (1.0 - g * g);
                    d_gates[3 * h + j] = d_out[j] * squashed * o * (1.0 - o);
                    d_cell[j] = dc * f;
                    d_out[j] = 0.0;
                }
                let layer = net.shape.layer(l);
                forward(&back[layer.recurrent], d_gates, d_out);
                if l == 0 {
                    let row = layer.input.start + keys[t] as usize % net.shape.keys * 4 * h;
                    add(d_gates, &mut gradient[row..row + 4 * h]);
                } else {
                    let under = 2 * (l - 1) * h;
                    forward(&back[layer.input], d_gates, &mut below[under..under + h]);
                    add(d_gates, &mut gradient[layer.bias]);
                }
            }
        }
        // What layer `l` gave out before step `t`.
        let states = &self.states;
        let given = |l: usize, t: usize| &states[t * size + 2 * l * h..][..h];
        let output = &mut gradient[net.shape.output()];
        outer(|t| given(layers - 1, t + silent + 1), &self.errors, outputs, output);
        for l in 0..layers {
            let layer = net.shape.layer(l);
            let d_gates = &self.d_gates[l * steps * 4 * h..(l + 1) * steps * 4 * h];
            outer(|t| given(l, t), d_gates, 4 * h, &mut gradient[layer.recurrent]);
            if l > 0 {
                outer(|t| given(l - 1, t + 1), d_gates, 4 * h, &mut gradient[layer.input]);
            }
        }
    }
}

#[inline(always)]
fn add(x: &[f32], y: &mut [f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
}

#[cfg(test)]
mod tests {
    use super::super::network::Shape;
    use super::*;
    use mats_core::random::Stream;

    fn check_gradient(layers: usize) {
        let shape = Shape { layers, width: 32, keys: 50 };
        let mut net = Network::new(shape, 5);
        let keys: Vec<u16> = (0..9).map(|i| (Stream::new(1, 1, 1).word(i) % 50) as u16).collect();
        let start: Vec<f32> =
            (0..shape.state()).map(|i| (Stream::new(2, 1, 1).unit(i as u64) - 0.5) as f32).collect();
        let run = |net: &Network, gradient: &mut [f32]| {
            let mut back = Vec::new();
            net.transposed(&mut back);
            Tape::new(0.0).run(net, &back, &keys, 3, 1.0, &mut start.clone(), gradient)
        };
        let mut gradient = vec![0.0; shape.weights()];
        run(&net, &mut gradient);
        let mut scratch = vec![0.0; shape.weights()];
        let mut checked = 0;
        for k in 0..800 {
            let i = (Stream::new(3, 1, 1).word(k) % shape.weights() as u64) as usize;
            let (kept, step) = (net.weights[i], 1e-2);
            net.weights[i] = kept + step;
            let high = run(&net, &mut scratch);
            net.weights[i] = kept - step;
            let low = run(&net, &mut scratch);
            net.weights[i] = kept;
            let slope = ((high - low) / (2.0 * f64::from(step))) as f32;
            assert!(
                (slope - gradient[i]).abs() < 2e-3 + 0.02 * slope.abs(),
                "weight {i}: {slope} against {}",
                gradient[i]
            );
            checked += usize::from(slope.abs() > 1e-2);
        }
        assert!(checked > 20, "only {checked} weights matter: the check would prove little");
    }

    #[test]
    fn gradient_of_one_layer_matches_finite_differences() {
        check_gradient(1);
    }

    #[test]
    fn gradient_of_two_layers_matches_finite_differences() {
        check_gradient(2);
    }
}
