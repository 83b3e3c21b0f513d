//! Two incidents that a defender looks at in turns, small enough to be solved exactly.
//!
//! Each incident has a level: 0 closed, 1 small, 2 large. At decision `t` the defender looks at incident `t mod 2` and
//! either waits or treats it, which costs a price at once and closes it with some probability. Then time passes,
//! longer after looking at the second incident, in which each open incident does damage by its level and each small
//! one may grow. After [`DECISIONS`] decisions it is over, and what is open is charged.
//!
//! The incidents do not touch each other: the rewards of one do not depend on what is done about the other. So an
//! optimal policy for one incident's own rewards is optimal for all of them, and both kinds of
//! [`Credit`](crate::Credit) must find it, with different values.

use crate::env::{Env, Spec, Step};
use crate::seed::{Generator, generator};
use rand::RngExt;

/// Decisions in an episode.
pub const DECISIONS: usize = 8;
/// Leave it.
pub const WAIT: usize = 0;
/// Pay and probably close it; masked while there is nothing to treat.
pub const TREAT: usize = 1;

const LEVELS: usize = 3;
/// Hours after a look at the first and at the second incident.
const HOURS: [f64; 2] = [0.5, 1.5];
/// Damage an hour for each level of the first and of the second incident.
const DAMAGE: [f32; 2] = [0.5, 0.1];
const PRICE: [f32; 2] = [1.0, 0.7];
const CLOSES: [f64; 2] = [0.8, 0.6];
const GROWS: f64 = 0.3;
/// Charged at the end for each level.
const LEFT_OPEN: f32 = 0.5;

/// All there is to know: decisions made and the level of both incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Decisions made.
    pub t: usize,
    /// Level of each incident.
    pub levels: [usize; 2],
}

/// One way in which a decision can turn out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Probability of the outcome.
    pub probability: f64,
    /// The state that follows.
    pub next: State,
    /// Reward of each incident.
    pub shares: [f32; 2],
    /// Hours that pass.
    pub hours: f64,
    /// True when the episode is over.
    pub terminated: bool,
}

impl State {
    /// Number of states, those after the last decision included.
    pub const COUNT: usize = (DECISIONS + 1) * LEVELS * LEVELS;

    /// The state as a number below [`State::COUNT`]; states of later decisions have higher numbers.
    pub const fn index(self) -> usize {
        (self.t * LEVELS + self.levels[0]) * LEVELS + self.levels[1]
    }

    /// The opposite of [`State::index`].
    pub const fn from_index(index: usize) -> State {
        State { t: index / (LEVELS * LEVELS), levels: [index / LEVELS % LEVELS, index % LEVELS] }
    }

    /// The incident looked at.
    pub const fn turn(self) -> usize {
        self.t % 2
    }

    /// Tells whether an action is allowed.
    pub const fn allows(self, action: usize) -> bool {
        action == WAIT || self.levels[self.turn()] > 0
    }

    /// All outcomes of an action; probabilities sum to 1.
    pub fn outcomes(self, action: usize) -> Vec<Outcome> {
        let turn = self.turn();
        let hours = HOURS[turn];
        let terminated = self.t + 1 == DECISIONS;
        let mut outcomes = Vec::new();
        for (closed, p) in if action == TREAT {
            vec![(true, CLOSES[turn]), (false, 1.0 - CLOSES[turn])]
        } else {
            vec![(false, 1.0)]
        } {
            let mut levels = self.levels;
            if closed {
                levels[turn] = 0;
            }
            for grown in 0..4usize {
                let (mut after, mut probability) = (levels, p);
                for i in 0..2 {
                    let grows = grown >> i & 1 == 1;
                    probability *= match (levels[i], grows) {
                        (1, true) => GROWS,
                        (1, false) => 1.0 - GROWS,
                        (_, true) => 0.0,
                        (_, false) => 1.0,
                    };
                    after[i] += usize::from(grows);
                }
                if probability == 0.0 {
                    continue;
                }
                let shares = [0, 1].map(|i| {
                    let price = if action == TREAT && turn == i { PRICE[i] } else { 0.0 };
                    let settlement = if terminated { LEFT_OPEN * after[i] as f32 } else { 0.0 };
                    -(price + DAMAGE[i] * levels[i] as f32 * hours as f32 + settlement)
                });
                let next = State { t: self.t + 1, levels: after };
                outcomes.push(Outcome { probability, next, shares, hours, terminated });
            }
        }
        outcomes
    }
}

/// The environment: starts with both incidents open at random levels; shows the state one-hot. Credit group `i` is
/// incident `i`.
#[derive(Debug, Clone)]
pub struct TwoIncidents {
    state: State,
    rng: Generator,
    shares: [(u32, f32); 2],
}

impl Default for TwoIncidents {
    fn default() -> TwoIncidents {
        TwoIncidents {
            state: State { t: 0, levels: [1, 1] },
            rng: generator(0, 0),
            shares: [(0, 0.0), (1, 0.0)],
        }
    }
}

impl TwoIncidents {
    fn show(&self, observation: &mut [f32], mask: &mut [bool]) {
        observation.fill(0.0);
        observation[self.state.index()] = 1.0;
        mask[WAIT] = true;
        mask[TREAT] = self.state.allows(TREAT);
    }
}

impl Env for TwoIncidents {
    fn spec(&self) -> Spec {
        Spec { observation: State::COUNT, actions: 2 }
    }

    fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool]) {
        self.rng = generator(seed, 0x2171);
        self.state = State { t: 0, levels: std::array::from_fn(|_| self.rng.random_range(1..LEVELS)) };
        self.show(observation, mask);
    }

    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
        let executed = if self.state.allows(action) { action } else { WAIT };
        let mut draw: f64 = self.rng.random();
        let outcomes = self.state.outcomes(executed);
        let outcome = outcomes
            .iter()
            .find(|outcome| {
                draw -= outcome.probability;
                draw < 0.0
            })
            .unwrap_or(&outcomes[outcomes.len() - 1]);
        self.state = outcome.next;
        self.shares = [(0, outcome.shares[0]), (1, outcome.shares[1])];
        self.show(observation, mask);
        Step {
            executed,
            reward: outcome.shares[0] + outcome.shares[1],
            elapsed: outcome.hours,
            terminated: outcome.terminated,
            truncated: false,
        }
    }

    fn group(&self) -> u32 {
        self.state.turn() as u32
    }

    fn shares(&self) -> &[(u32, f32)] {
        &self.shares
    }
}
