//! Balancing a pole on a cart (Barto, Sutton, Anderson 1983), with the constants of Gymnasium's `CartPole-v1`.

use crate::env::{Env, Spec, Step};
use crate::seed::generator;
use rand::RngExt;

const GRAVITY: f32 = 9.8;
const POLE_MASS: f32 = 0.1;
const TOTAL_MASS: f32 = 1.0 + POLE_MASS;
const HALF_LENGTH: f32 = 0.5;
const FORCE: f32 = 10.0;
const STEP_S: f32 = 0.02;
const TRACK: f32 = 2.4;
const TILT: f32 = 12.0 * std::f32::consts::PI / 180.0;

/// Observation: position, speed, angle, angular speed. Actions: push left, push right. Reward 1 for each step; it
/// terminates when the pole tilts more than 12° or the cart leaves the track, and is truncated at `limit` steps.
#[derive(Debug, Clone)]
pub struct CartPole {
    state: [f32; 4],
    steps: u32,
    limit: u32,
    share: [(u32, f32); 1],
}

impl CartPole {
    /// Truncated after `limit` steps; 500 is customary.
    pub const fn new(limit: u32) -> CartPole {
        CartPole { state: [0.0; 4], steps: 0, limit, share: [(0, 0.0)] }
    }

    /// Length of a step in hours.
    pub fn step_hours() -> f64 {
        f64::from(STEP_S) / 3600.0
    }
}

impl Env for CartPole {
    fn spec(&self) -> Spec {
        Spec { observation: 4, actions: 2 }
    }

    fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool]) {
        let mut rng = generator(seed, 0xca27);
        self.state = std::array::from_fn(|_| rng.random_range(-0.05..0.05));
        self.steps = 0;
        observation.copy_from_slice(&self.state);
        mask.fill(true);
    }

    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
        let [x, speed, angle, spin] = self.state;
        let executed = action.min(1);
        let force = if executed == 1 { FORCE } else { -FORCE };
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        let push = (force + POLE_MASS * HALF_LENGTH * spin * spin * sin) / TOTAL_MASS;
        let turn =
            (GRAVITY * sin - cos * push) / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * cos * cos / TOTAL_MASS));
        let drive = push - POLE_MASS * HALF_LENGTH * turn * cos / TOTAL_MASS;
        self.state =
            [x + STEP_S * speed, speed + STEP_S * drive, angle + STEP_S * spin, spin + STEP_S * turn];
        self.steps += 1;
        self.share = [(0, 1.0)];
        observation.copy_from_slice(&self.state);
        mask.fill(true);
        let terminated = self.state[0].abs() > TRACK || self.state[2].abs() > TILT;
        let truncated = !terminated && self.steps >= self.limit;
        Step { executed, reward: 1.0, elapsed: CartPole::step_hours(), terminated, truncated }
    }

    fn group(&self) -> u32 {
        0
    }

    fn shares(&self) -> &[(u32, f32)] {
        &self.share
    }
}
