use super::model::{IsolationForest, average_path};
use super::params::IsolationForestParams;
use crate::flat::flat;
use crate::tree::{MAX_COLUMNS, MAX_NODES, Node, Trees};
use mats_core::random::{Generator, Stream};
use ndarray::ArrayView2;
use rand::RngExt;
use rayon::prelude::*;

const PURPOSE: u32 = 0x1f0e;

impl IsolationForestParams {
    /// Fits to rows (rows × columns) of at most 4,096 columns. Rows must be finite; `None` without rows or columns.
    #[expect(clippy::needless_pass_by_value, reason = "views are handed over like slices")]
    pub fn fit(&self, rows: ArrayView2<'_, f32>, seed: u64) -> Option<IsolationForest> {
        let (count, width) = rows.dim();
        let rows = &*flat(rows);
        if count == 0 || width == 0 || width > MAX_COLUMNS || self.trees == 0 {
            return None;
        }
        // A tree of n rows has 2n - 1 nodes at most.
        let samples = self.samples.clamp(1, count.min(MAX_NODES / 2));
        let limit = usize::BITS - (samples - 1).leading_zeros();
        let grown: Vec<TreeBuilder<'_>> = (0..self.trees as u64)
            .into_par_iter()
            .map(|tree| {
                let mut rng = Stream::new(seed, PURPOSE, tree).at(0);
                let mut picked = draw(count, samples, &mut rng);
                let mut grower = TreeBuilder { rows, width, limit, nodes: vec![], lengths: vec![] };
                let root = grower.push();
                grower.node(root, 0, &mut picked, &mut rng);
                grower
            })
            .collect();
        let (mut trees, mut lengths) = (Trees::default(), Vec::new());
        for tree in grown {
            trees.push(tree.nodes);
            lengths.extend(tree.lengths);
        }
        Some(IsolationForest::new(trees, lengths, average_path(samples), width))
    }
}

/// `n` different positions below `count` (Floyd's algorithm).
fn draw(count: usize, n: usize, rng: &mut Generator) -> Vec<u32> {
    let mut taken = vec![false; count];
    (count - n..count)
        .map(|top| {
            let candidate = rng.random_range(0..=top);
            let pick = if taken[candidate] { top } else { candidate };
            taken[pick] = true;
            pick as u32
        })
        .collect()
}

/// One tree as it grows.
struct TreeBuilder<'a> {
    rows: &'a [f32],
    width: usize,
    limit: u32,
    nodes: Vec<Node>,
    lengths: Vec<f32>,
}

impl TreeBuilder<'_> {
    /// Room for a node, filled in later.
    fn push(&mut self) -> u32 {
        self.nodes.push(Node::leaf(0));
        self.lengths.push(0.0);
        self.nodes.len() as u32 - 1
    }

    fn node(&mut self, at: u32, depth: u32, picked: &mut [u32], rng: &mut Generator) {
        let split = if depth < self.limit && picked.len() > 1 { self.split(picked, rng) } else { None };
        let Some((feature, threshold)) = split else {
            self.lengths[at as usize] = depth as f32 + average_path(picked.len());
            return;
        };
        let left = self.push();
        let right = self.push();
        self.nodes[at as usize] = Node::split(feature, threshold, left - at);
        let mut middle = 0;
        for i in 0..picked.len() {
            if self.rows[picked[i] as usize * self.width + feature] <= threshold {
                picked.swap(i, middle);
                middle += 1;
            }
        }
        let (low, high) = picked.split_at_mut(middle);
        self.node(left, depth + 1, low, rng);
        self.node(right, depth + 1, high, rng);
        let sum =
            self.lengths[left as usize] * low.len() as f32 + self.lengths[right as usize] * high.len() as f32;
        self.lengths[at as usize] = sum / (low.len() + high.len()) as f32;
    }

    /// A random column that varies here, and a random threshold within its range.
    fn split(&self, picked: &[u32], rng: &mut Generator) -> Option<(usize, f32)> {
        let start = rng.random_range(0..self.width);
        let stride = coprime(self.width, rng);
        for k in 0..self.width {
            let feature = (start + k * stride) % self.width;
            let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
            for &p in picked {
                let x = self.rows[p as usize * self.width + feature];
                low = low.min(x);
                high = high.max(x);
            }
            if low < high {
                let threshold = low + rng.random::<f32>() * (high - low);
                return Some((feature, if threshold < high { threshold } else { low }));
            }
        }
        None
    }
}

/// A stride that visits every column once, drawn so that neighbours of constant columns are not favoured.
fn coprime(n: usize, rng: &mut Generator) -> usize {
    let gcd = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    loop {
        let stride = rng.random_range(1..=n);
        if gcd(stride, n) == 1 {
            return stride;
        }
    }
}
