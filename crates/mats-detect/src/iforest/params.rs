use super::IsolationForest;
use super::model::average_path;
use crate::tree::{Node, Trees};
use mats_core::random::{Generator, Stream};
use rand::RngExt;
use serde::{Deserialize, Serialize};

const PURPOSE: u32 = 0x1f0e;

/// How to fit an isolation forest. The defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IsolationForestParams {
    /// Trees.
    pub trees: usize,
    /// Rows that each tree is grown from, drawn without replacement.
    pub samples: usize,
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        IsolationForestParams { trees: 100, samples: 256 }
    }
}

impl IsolationForestParams {
    /// Fits to `rows.len() / width` rows of `width` ≤ 256 columns each. Rows must be finite; `None` without rows.
    pub fn fit(&self, rows: &[f32], width: usize, seed: u64) -> Option<IsolationForest> {
        let count = rows.len().checked_div(width)?;
        if count == 0 || width > 256 || self.trees == 0 {
            return None;
        }
        let samples = self.samples.clamp(1, count);
        let limit = usize::BITS - (samples - 1).leading_zeros();
        let mut trees = Trees { nodes: Vec::new(), roots: Vec::new(), depth: 0 };
        let mut lengths = Vec::new();
        for tree in 0..self.trees {
            let mut rng = Stream::new(seed, PURPOSE, tree as u64).at(0);
            let mut picked = draw(count, samples, &mut rng);
            let mut grower = Grower { rows, width, limit, trees: &mut trees, lengths: &mut lengths };
            grower.grow(&mut picked, &mut rng);
        }
        Some(IsolationForest::new(trees, lengths, average_path(samples), width))
    }
}

/// `n` different positions below `count` (Floyd's algorithm).
fn draw(count: usize, n: usize, rng: &mut Generator) -> Vec<u32> {
    let mut picked: Vec<u32> = Vec::with_capacity(n);
    for top in count - n..count {
        let candidate = rng.random_range(0..=top) as u32;
        picked.push(if picked.contains(&candidate) { top as u32 } else { candidate });
    }
    picked
}

struct Grower<'a> {
    rows: &'a [f32],
    width: usize,
    limit: u32,
    trees: &'a mut Trees,
    lengths: &'a mut Vec<f32>,
}

impl Grower<'_> {
    fn grow(&mut self, picked: &mut [u32], rng: &mut Generator) {
        let root = self.push();
        self.trees.roots.push(root);
        self.node(root, 0, picked, rng);
    }

    /// Room for a node, filled in later.
    fn push(&mut self) -> u32 {
        let at = self.trees.nodes.len() as u32;
        self.trees.nodes.push(Node::leaf(at, 0));
        self.lengths.push(0.0);
        at
    }

    fn node(&mut self, at: u32, depth: u32, picked: &mut [u32], rng: &mut Generator) {
        let cut = if depth < self.limit && picked.len() > 1 { self.cut(picked, rng) } else { None };
        let Some((feature, threshold)) = cut else {
            self.lengths[at as usize] = depth as f32 + average_path(picked.len());
            return;
        };
        let left = self.push();
        let right = self.push();
        self.trees.nodes[at as usize] = Node::split(feature as u8, threshold, left);
        self.trees.depth = self.trees.depth.max(depth + 1);
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
    }

    /// A random column that varies here, and a random threshold within its range.
    fn cut(&self, picked: &[u32], rng: &mut Generator) -> Option<(usize, f32)> {
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
