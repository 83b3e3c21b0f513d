//! One tree of a random forest: CART with Gini impurity (Breiman, Friedman, Olshen, Stone 1984), splits searched
//! in histograms of binned columns, over a random choice of columns at every node.

use super::bins::{BINS, Binned};
use super::params::ForestParams;
use crate::tree::{MAX_NODES, Node};
use mats_core::random::Generator;
use rand::RngExt;

/// Nodes with fewer rows look only at the bins that these touch.
const FEW: usize = 128;
/// Splits on a path at most, whatever is asked for: no sound tree comes near.
const DEEPEST: u32 = 512;

/// A row as often as the bootstrap drew it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub row: u32,
    pub class: u16,
    pub weight: u16,
}

/// A grown tree. Leaves' marks count from 0; below `classes` they stand for a single class.
#[derive(Default)]
pub(super) struct GrownTree {
    pub nodes: Vec<Node>,
    pub expected: Vec<f32>,
    /// Shares of mixed leaves, one after another.
    pub mixed: Vec<f32>,
    /// Decrease of impurity by column, times rows.
    pub decrease: Vec<f64>,
}

/// A node that is still to be split.
struct Open {
    at: usize,
    from: usize,
    to: usize,
    depth: u32,
}

/// The best split found: what it leaves of the impurity is measured by `gain`, the higher the purer.
struct Split {
    gain: f64,
    column: usize,
    bin: usize,
}

/// Grows trees one after another, reusing its buffers.
pub(super) struct TreeBuilder<'a> {
    data: &'a Binned,
    classes: usize,
    params: &'a ForestParams,
    candidates: usize,
    columns: Vec<u32>,
    /// Rows by bin and class; all zero between searches.
    histogram: Vec<u32>,
    totals: Vec<u32>,
    left: Vec<u32>,
}

impl<'a> TreeBuilder<'a> {
    pub fn new(data: &'a Binned, classes: usize, params: &'a ForestParams) -> TreeBuilder<'a> {
        TreeBuilder {
            data,
            classes,
            params,
            candidates: params.candidates(data.width()),
            columns: vec![0; data.width()],
            histogram: vec![0; BINS * classes],
            totals: vec![0; classes],
            left: vec![0; classes],
        }
    }

    /// A tree over some rows. Draws depend on `rng` alone, never on the trees grown before.
    pub fn grow(&mut self, entries: &mut [Entry], rng: &mut Generator) -> GrownTree {
        self.columns.iter_mut().enumerate().for_each(|(j, column)| *column = j as u32);
        let mut tree = GrownTree { decrease: vec![0.0; self.data.width()], ..GrownTree::default() };
        tree.reserve();
        let mut stack = vec![Open { at: 0, from: 0, to: entries.len(), depth: 0 }];
        let deepest = self.params.depth.map_or(DEEPEST, |d| u32::from(d).min(DEEPEST));
        while let Some(open) = stack.pop() {
            let here = &mut entries[open.from..open.to];
            self.count(here);
            let rows: u32 = self.totals.iter().sum();
            tree.expected[open.at] = (rows - self.totals[0]) as f32 / rows as f32;
            let pure = self.totals.iter().filter(|&&n| n > 0).count() == 1;
            let room = open.depth < deepest && tree.nodes.len() + 2 <= MAX_NODES;
            let wide = rows as usize >= 2 * self.params.min_leaf.max(1);
            let found = if pure || !room || !wide { None } else { self.search(here, rows, rng) };
            let Some(split) = found else {
                tree.nodes[open.at] = tree.leaf(&self.totals, rows);
                continue;
            };
            let before = purity(&self.totals, rows);
            tree.decrease[split.column] += split.gain - before;
            let bins = self.data.column(split.column);
            let middle = open.from + partition(here, |e| bins[e.row as usize] as usize <= split.bin);
            let left = tree.reserve();
            let right = tree.reserve();
            let threshold = self.data.edges[split.column][split.bin];
            tree.nodes[open.at] = Node::split(split.column, threshold, (left - open.at) as u32);
            let depth = open.depth + 1;
            stack.push(Open { at: right, from: middle, to: open.to, depth });
            stack.push(Open { at: left, from: open.from, to: middle, depth });
        }
        tree
    }

    fn count(&mut self, entries: &[Entry]) {
        self.totals.fill(0);
        for e in entries {
            self.totals[e.class as usize] += u32::from(e.weight);
        }
    }

    /// The best split among some columns drawn at random; more are drawn until one varies here.
    fn search(&mut self, entries: &[Entry], rows: u32, rng: &mut Generator) -> Option<Split> {
        let mut best: Option<Split> = None;
        let mut varied = 0;
        for drawn in 0..self.columns.len() {
            if drawn >= self.candidates && varied > 0 {
                break;
            }
            let pick = rng.random_range(drawn..self.columns.len());
            self.columns.swap(drawn, pick);
            let column = self.columns[drawn] as usize;
            varied += u32::from(self.scan(entries, rows, column, &mut best));
        }
        best
    }

    /// Looks for a better split in one column; says whether the column varies here.
    fn scan(&mut self, entries: &[Entry], rows: u32, column: usize, best: &mut Option<Split>) -> bool {
        let (bins, k) = (self.data.column(column), self.classes);
        if self.data.edges[column].is_empty() {
            return false;
        }
        let mut touched = [0_u64; BINS / 64];
        if entries.len() < FEW {
            for e in entries {
                let bin = bins[e.row as usize];
                touched[(bin >> 6) as usize] |= 1 << (bin & 63);
                self.histogram[bin as usize * k + e.class as usize] += u32::from(e.weight);
            }
        } else {
            for e in entries {
                self.histogram[bins[e.row as usize] as usize * k + e.class as usize] += u32::from(e.weight);
            }
            let used = self.data.edges[column].len() + 1;
            for bin in 0..used {
                let some = self.histogram[bin * k..(bin + 1) * k].iter().any(|&n| n > 0);
                touched[bin >> 6] |= u64::from(some) << (bin & 63);
            }
        }
        let several = touched.iter().map(|t| t.count_ones()).sum::<u32>() > 1;
        let least = self.params.min_leaf.max(1) as u32;
        self.left.fill(0);
        let mut gone = 0;
        for (word, mut bits) in touched.into_iter().enumerate() {
            while bits != 0 {
                let bin = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                for (left, n) in self.left.iter_mut().zip(&mut self.histogram[bin * k..(bin + 1) * k]) {
                    *left += *n;
                    gone += std::mem::take(n);
                }
                if gone < least || rows - gone < least {
                    continue;
                }
                let gain = self.gain(gone, rows);
                if best.as_ref().is_none_or(|b| gain > b.gain) {
                    *best = Some(Split { gain, column, bin });
                }
            }
        }
        several
    }

    /// Sum over both sides of the sum of the classes' squared counts, by rows: the higher, the purer.
    fn gain(&self, gone: u32, rows: u32) -> f64 {
        let (mut low, mut high) = (0_u64, 0_u64);
        for (&left, &total) in self.left.iter().zip(&self.totals) {
            let right = u64::from(total - left);
            low += u64::from(left) * u64::from(left);
            high += right * right;
        }
        low as f64 / f64::from(gone) + high as f64 / f64::from(rows - gone)
    }
}

/// Returns the sum of the classes' squared counts, by rows, of a node as it is.
fn purity(totals: &[u32], rows: u32) -> f64 {
    totals.iter().map(|&n| u64::from(n) * u64::from(n)).sum::<u64>() as f64 / f64::from(rows)
}

/// Puts those that are so first; returns how many they are.
fn partition(entries: &mut [Entry], so: impl Fn(&Entry) -> bool) -> usize {
    let mut middle = 0;
    for i in 0..entries.len() {
        if so(&entries[i]) {
            entries.swap(i, middle);
            middle += 1;
        }
    }
    middle
}

impl GrownTree {
    /// Room for a node, filled in later.
    fn reserve(&mut self) -> usize {
        self.nodes.push(Node::leaf(0));
        self.expected.push(0.0);
        self.nodes.len() - 1
    }

    fn leaf(&mut self, totals: &[u32], rows: u32) -> Node {
        if let Some(class) = totals.iter().position(|&n| n == rows) {
            return Node::leaf(class as u32);
        }
        let mark = totals.len() + self.mixed.len() / totals.len();
        self.mixed.extend(totals.iter().map(|&n| n as f32 / rows as f32));
        Node::leaf(mark as u32)
    }
}
