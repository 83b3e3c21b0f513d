//! Proportional prioritised experience replay (Schaul, Quan, Antonoglou, Silver 2016, section 3.3).

use crate::env::Spec;
use crate::nstep::Transition;
use crate::rows::rows;
use crate::seed::Generator;
use crate::sum_tree::SumTree;
use ndarray::ArrayView2;
use rand::RngExt;

/// Addend to the size of an error, so that nothing is forgotten for good.
const MIN_PRIORITY: f64 = 1e-3;

/// A ring of transitions in columns. An entry takes `8 × observation + actions + 20` bytes and 16 to 32 of the tree.
#[derive(Debug, Clone)]
pub struct Replay {
    spec: Spec,
    capacity: usize,
    len: usize,
    next: usize,
    observations: Vec<f32>,
    next_observations: Vec<f32>,
    next_masks: Vec<bool>,
    actions: Vec<u32>,
    returns: Vec<f32>,
    discounts: Vec<f32>,
    /// Version of what produced the observation (a detector, say): old ones may mean something else.
    versions: Vec<u32>,
    priorities: SumTree,
    alpha: f64,
    /// The largest priority so far, before `alpha`: new entries get it, so that each is seen soon.
    largest: f64,
}

/// A sample of transitions, in columns; buffers are kept from one to the next.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Positions in the replay.
    pub indices: Vec<usize>,
    /// Action carried out.
    pub actions: Vec<u32>,
    /// n-step return.
    pub returns: Vec<f32>,
    /// Factor of the bootstrap value.
    pub discounts: Vec<f32>,
    /// Importance weights, the largest of the batch being 1.
    pub weights: Vec<f32>,
    /// Versions of what produced the observations.
    pub versions: Vec<u32>,
    pub(crate) observations: Vec<f32>,
    pub(crate) next_observations: Vec<f32>,
    pub(crate) next_masks: Vec<bool>,
}

impl Replay {
    /// An empty ring; memory is taken as it fills. `alpha`: 0 samples evenly, 1 by priority.
    ///
    /// # Panics
    /// When the capacity is 0.
    pub fn new(spec: Spec, capacity: usize, alpha: f64) -> Replay {
        assert!(capacity > 0, "a replay needs room for at least one transition");
        Replay {
            spec,
            capacity,
            len: 0,
            next: 0,
            observations: Vec::new(),
            next_observations: Vec::new(),
            next_masks: Vec::new(),
            actions: Vec::new(),
            returns: Vec::new(),
            discounts: Vec::new(),
            versions: Vec::new(),
            priorities: SumTree::new(capacity),
            alpha,
            largest: 1.0,
        }
    }

    /// Sizes of observations and masks.
    pub const fn spec(&self) -> Spec {
        self.spec
    }

    /// Number of transitions held, withdrawn ones included.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Tells whether nothing is held.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a transition in place of the oldest once full, with the largest priority seen so far.
    ///
    /// # Panics
    /// When the transition's shape is not the replay's.
    pub fn push(&mut self, transition: &Transition<'_>, version: u32) {
        assert_eq!(transition.observation.len(), self.spec.observation, "observation length");
        assert!(
            transition.action < self.spec.actions,
            "action {} of {}",
            transition.action,
            self.spec.actions
        );
        let at = self.next;
        put(&mut self.observations, at, transition.observation);
        put(&mut self.next_observations, at, transition.next_observation);
        put(&mut self.next_masks, at, transition.next_mask);
        put(&mut self.actions, at, &[transition.action as u32]);
        put(&mut self.returns, at, &[transition.return_n]);
        put(&mut self.discounts, at, &[transition.discount_n]);
        put(&mut self.versions, at, &[version]);
        self.priorities.set(at, libm::pow(self.largest, self.alpha));
        self.next = (at + 1) % self.capacity;
        self.len = (self.len + 1).min(self.capacity);
    }

    /// Probability of drawing entry `i`.
    pub fn probability(&self, i: usize) -> f64 {
        self.priorities.get(i) / self.priorities.total()
    }

    /// Withdraws all entries whose version is older: they keep their place but are never drawn again.
    /// Returns how many remain to be drawn.
    pub fn withdraw_before(&mut self, version: u32) -> usize {
        let mut kept = 0;
        for i in 0..self.len {
            if self.versions[i] < version {
                self.priorities.set(i, 0.0);
            }
            kept += usize::from(self.priorities.get(i) > 0.0);
        }
        kept
    }

    /// Draws `size` entries, one from each of `size` equal parts of the total priority (the paper's appendix
    /// B.2.1), with weights `(N · P)^−beta`. Draws nothing and returns false when nothing can be drawn.
    pub fn sample(&self, size: usize, beta: f64, rng: &mut Generator, batch: &mut Batch) -> bool {
        batch.clear();
        let total = self.priorities.total();
        if total <= 0.0 {
            return false;
        }
        for part in 0..size {
            let mass = (part as f64 + rng.random::<f64>()) / size as f64 * total;
            let i = self.priorities.find(mass);
            batch.indices.push(i);
            batch.observations.extend_from_slice(row(&self.observations, i, self.spec.observation));
            batch.next_observations.extend_from_slice(row(&self.next_observations, i, self.spec.observation));
            batch.next_masks.extend_from_slice(row(&self.next_masks, i, self.spec.actions));
            batch.actions.push(self.actions[i]);
            batch.returns.push(self.returns[i]);
            batch.discounts.push(self.discounts[i]);
            batch.versions.push(self.versions[i]);
            batch.weights.push(libm::pow(self.len as f64 * self.probability(i), -beta) as f32);
        }
        let largest = batch.weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        batch.weights.iter_mut().for_each(|w| *w /= largest);
        true
    }

    /// Gives the drawn entries the priorities their new temporal-difference errors deserve.
    pub fn reprioritise(&mut self, indices: &[usize], td_errors: &[f32]) {
        for (&i, &error) in indices.iter().zip(td_errors) {
            let priority = f64::from(error.abs()).min(f64::from(f32::MAX)) + MIN_PRIORITY;
            self.largest = self.largest.max(priority);
            self.priorities.set(i, libm::pow(priority, self.alpha));
        }
    }
}

impl Batch {
    /// Number of transitions.
    pub const fn len(&self) -> usize {
        self.indices.len()
    }

    /// Tells whether nothing was drawn.
    pub const fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Observations at the decisions, `len × entries`.
    pub fn observations(&self) -> ArrayView2<'_, f32> {
        rows(&self.observations, self.len())
    }

    /// Observations at the decisions that values are taken from, `len × entries`.
    pub fn next_observations(&self) -> ArrayView2<'_, f32> {
        rows(&self.next_observations, self.len())
    }

    /// Masks at the decisions that values are taken from, `len × actions`.
    pub fn next_masks(&self) -> ArrayView2<'_, bool> {
        rows(&self.next_masks, self.len())
    }

    fn clear(&mut self) {
        self.indices.clear();
        self.observations.clear();
        self.actions.clear();
        self.returns.clear();
        self.discounts.clear();
        self.next_observations.clear();
        self.next_masks.clear();
        self.weights.clear();
        self.versions.clear();
    }
}

fn row<T>(column: &[T], i: usize, width: usize) -> &[T] {
    &column[i * width..(i + 1) * width]
}

/// Writes row `at`, which is either held already or the next after the last.
fn put<T: Copy>(column: &mut Vec<T>, at: usize, row: &[T]) {
    let start = at * row.len();
    if start == column.len() {
        column.extend_from_slice(row);
    } else {
        column[start..start + row.len()].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::generator;
    use proptest::prelude::*;

    const SPEC: Spec = Spec { observation: 2, actions: 3 };

    fn push(replay: &mut Replay, n: u32) {
        let x = n as f32;
        let transition = Transition {
            observation: &[x, x + 0.25],
            action: n as usize % 3,
            return_n: -x,
            discount_n: 0.5,
            next_observation: &[x + 0.5, x + 0.75],
            next_mask: &[n.is_multiple_of(2), true, n.is_multiple_of(3)],
        };
        replay.push(&transition, n);
    }

    proptest! {
        #[test]
        fn the_ring_keeps_exactly_the_latest_rows_together(capacity in 1usize..20, pushed in 1u32..60, seed: u64) {
            let mut replay = Replay::new(SPEC, capacity, 0.6);
            (0..pushed).for_each(|n| push(&mut replay, n));
            prop_assert_eq!(replay.len(), capacity.min(pushed as usize));
            let mut batch = Batch::default();
            prop_assert!(replay.sample(64, 0.4, &mut generator(seed, 0), &mut batch));
            for i in 0..batch.len() {
                let n = batch.versions[i];
                let x = n as f32;
                prop_assert!(n < pushed && n as usize + capacity >= pushed as usize);
                prop_assert_eq!(&batch.observations[2 * i..2 * i + 2], &[x, x + 0.25]);
                prop_assert_eq!(&batch.next_observations[2 * i..2 * i + 2], &[x + 0.5, x + 0.75]);
                prop_assert_eq!(&batch.next_masks[3 * i..3 * i + 3], &[n.is_multiple_of(2), true, n.is_multiple_of(3)]);
                prop_assert_eq!((batch.actions[i], batch.returns[i], batch.discounts[i]), (n % 3, -x, 0.5));
                prop_assert_eq!(batch.weights[i], 1.0);
            }
        }
    }

    #[test]
    fn draws_by_priority_and_weighs_by_its_inverse() {
        let mut replay = Replay::new(SPEC, 4, 0.5);
        (0..4).for_each(|n| push(&mut replay, n));
        // Priorities 1, 4, 9 and 16, whose roots are 1, 2, 3 and 4 tenths of their sum.
        let errors = [1.0, -4.0, 9.0, 16.0].map(|e: f32| e.signum() * (e.abs() - MIN_PRIORITY as f32));
        replay.reprioritise(&[0, 1, 2, 3], &errors);
        for (i, p) in [0.1, 0.2, 0.3, 0.4].into_iter().enumerate() {
            assert!((replay.probability(i) - p).abs() < 1e-6);
        }
        let (mut rng, mut batch, mut seen) = (generator(1, 0), Batch::default(), [0; 4]);
        for _ in 0..1_000 {
            replay.sample(10, 1.0, &mut rng, &mut batch);
            for (&i, &w) in batch.indices.iter().zip(&batch.weights) {
                seen[i] += 1;
                // (N · P)^−1 over the largest, which is that of entry 0: each part of 10 holds it once.
                assert!((f64::from(w) - 0.1 / replay.probability(i)).abs() < 1e-5);
            }
        }
        assert_eq!(seen, [1_000, 2_000, 3_000, 4_000], "each of ten equal parts lies inside one entry");
        // A new entry gets the largest priority there was.
        push(&mut replay, 4);
        assert!((replay.probability(0) - 4.0 / 13.0).abs() < 1e-6);
    }

    #[test]
    fn withdrawn_versions_are_never_drawn() {
        let mut replay = Replay::new(SPEC, 8, 0.6);
        (0..6).for_each(|n| push(&mut replay, n));
        assert_eq!(replay.withdraw_before(4), 2);
        let (mut rng, mut batch) = (generator(2, 0), Batch::default());
        for _ in 0..50 {
            assert!(replay.sample(16, 0.5, &mut rng, &mut batch));
            assert!(batch.versions.iter().all(|&v| v >= 4));
        }
        assert_eq!(replay.withdraw_before(9), 0);
        assert!(!replay.sample(16, 0.5, &mut rng, &mut batch) && batch.is_empty());
    }
}
