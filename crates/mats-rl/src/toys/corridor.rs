//! A corridor with a near small prize and a far large one, ways of different speed, and a mask.

use crate::env::{Env, Spec, Step};

/// Number of cells.
pub const CELLS: usize = 9;
/// Cell in which episodes start.
pub const START: usize = 2;
/// Actions.
pub const LEFT: usize = 0;
/// One cell on in an hour.
pub const WALK: usize = 1;
/// Two cells on in half an hour, from even cells only, at a price.
pub const RUN: usize = 2;

/// Cell 0 pays 1, the last cell pays 10, both end the episode. A step costs 0.1, running 0.5. The observation is
/// the cell, one-hot. A masked action is replaced by [`WALK`].
#[derive(Debug, Clone, Default)]
pub struct Corridor {
    cell: usize,
    share: [(u32, f32); 1],
}

impl Corridor {
    /// Tells whether an action is allowed in a cell.
    pub const fn allows(cell: usize, action: usize) -> bool {
        action != RUN || (cell.is_multiple_of(2) && cell + 2 < CELLS)
    }

    /// The rules: next cell, reward, hours, whether it ends.
    pub const fn rule(cell: usize, action: usize) -> (usize, f32, f64, bool) {
        let (next, cost, hours) = match action {
            LEFT => (cell - 1, 0.1, 1.0),
            RUN => (cell + 2, 0.5, 0.5),
            _ => (cell + 1, 0.1, 1.0),
        };
        let prize = match next {
            0 => 1.0,
            n if n == CELLS - 1 => 10.0,
            _ => 0.0,
        };
        (next, prize - cost, hours, next == 0 || next == CELLS - 1)
    }

    fn show(&self, observation: &mut [f32], mask: &mut [bool]) {
        observation.fill(0.0);
        observation[self.cell] = 1.0;
        mask.iter_mut().enumerate().for_each(|(action, ok)| *ok = Corridor::allows(self.cell, action));
    }
}

impl Env for Corridor {
    fn spec(&self) -> Spec {
        Spec { observation: CELLS, actions: 3 }
    }

    fn reset(&mut self, _seed: u64, observation: &mut [f32], mask: &mut [bool]) {
        self.cell = START;
        self.show(observation, mask);
    }

    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
        let executed = if Corridor::allows(self.cell, action) { action } else { WALK };
        let (next, reward, elapsed, terminated) = Corridor::rule(self.cell, executed);
        self.cell = next;
        self.share = [(0, reward)];
        self.show(observation, mask);
        Step { executed, reward, elapsed, terminated, truncated: false }
    }

    fn group(&self) -> u32 {
        0
    }

    fn shares(&self) -> &[(u32, f32)] {
        &self.share
    }
}
