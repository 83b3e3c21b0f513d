//! Random forests of the library smartcore: grown by it, then flattened so that a row takes microseconds and
//! yields shares of votes. Here to compare with.

use super::assemble::assemble;
use super::error::ForestError;
use super::grow::GrownTree;
use super::model::Forest;
use super::params::ForestParams;
use crate::tree::Node;
use mats_core::random::Stream;
use rayon::prelude::*;
use serde::Deserialize;
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

const PURPOSE: u32 = 0xf0e6;
/// Trees that smartcore grows in one call. Fixed, so that the forest does not depend on the number of threads.
const BLOCK: usize = 10;

type Grown = RandomForestClassifier<f32, u32, DenseMatrix<f32>, Vec<u32>>;

/// Fits to rows of `width` columns with their classes.
pub(super) fn fit(
    params: &ForestParams,
    rows: &[f32],
    width: usize,
    of: &[u8],
    classes: usize,
    seed: u64,
) -> Result<Forest, ForestError> {
    let blocks = params.trees.div_ceil(BLOCK).max(1);
    let grown: Result<Vec<Shape>, ForestError> = (0..blocks)
        .into_par_iter()
        .map(|block| {
            let seed = Stream::new(seed, PURPOSE, block as u64).word(0);
            Shape::read(&grow(params, rows, width, of, BLOCK as u16, seed)?)
        })
        .collect();
    flatten(&grown?, classes, width)
}

fn grow(
    params: &ForestParams,
    rows: &[f32],
    width: usize,
    of: &[u8],
    trees: u16,
    seed: u64,
) -> Result<Grown, ForestError> {
    let fail = |e: smartcore::error::Failed| ForestError::Grow(e.to_string());
    let count = of.len();
    // By column, because smartcore scans one column at a time.
    let mut columns = Vec::with_capacity(rows.len());
    for j in 0..width {
        columns.extend((0..count).map(|i| rows[i * width + j]));
    }
    let x = DenseMatrix::new(count, width, columns, true).map_err(fail)?;
    let y: Vec<u32> = of.iter().map(|&c| u32::from(c)).collect();
    let mut settings = RandomForestClassifierParameters::default()
        .with_n_trees(trees)
        .with_m(params.candidates(width))
        .with_min_samples_leaf(params.min_leaf)
        .with_seed(seed);
    settings.max_depth = params.depth;
    Grown::fit(&x, &y, settings).map_err(fail)
}

/// A smartcore forest as its serialisation shows it: the only way to its nodes.
#[derive(Deserialize)]
struct Shape {
    trees: Vec<TreeShape>,
    classes: Vec<u32>,
}

#[derive(Deserialize)]
struct TreeShape {
    nodes: Vec<NodeShape>,
}

#[derive(Deserialize)]
struct NodeShape {
    output: usize,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

impl Shape {
    fn read(forest: &Grown) -> Result<Shape, ForestError> {
        let text = serde_json::to_vec(forest).map_err(|e| ForestError::Layout(e.to_string()))?;
        serde_json::from_slice(&text).map_err(|e| ForestError::Layout(e.to_string()))
    }
}

/// All trees in one array, siblings side by side, parents before children.
fn flatten(forests: &[Shape], classes: usize, width: usize) -> Result<Forest, ForestError> {
    let mut trees = Vec::new();
    for forest in forests {
        for tree in &forest.trees {
            trees.push(flat(tree, &forest.classes, classes, width)?);
        }
    }
    assemble(trees.into_iter(), classes, width)
}

fn flat(tree: &TreeShape, names: &[u32], classes: usize, width: usize) -> Result<GrownTree, ForestError> {
    let broken = |what: &str| ForestError::Layout(what.to_owned());
    let mut flat =
        GrownTree { nodes: vec![Node::leaf(0)], decrease: vec![0.0; width], ..GrownTree::default() };
    let mut queue: Vec<(usize, usize)> = vec![(0, 0)];
    while let Some((from, to)) = queue.pop() {
        let node = tree.nodes.get(from).ok_or_else(|| broken("a child is missing"))?;
        flat.nodes[to] = match (node.true_child, node.false_child, node.split_value) {
            (Some(yes), Some(no), Some(value)) => {
                let column = Some(node.split_feature).filter(|&f| f < width);
                let column = column.ok_or_else(|| broken("a split names no column"))?;
                let child = flat.nodes.len();
                flat.nodes.extend([Node::leaf(0); 2]);
                queue.extend([(yes, child), (no, child + 1)]);
                Node::split(column, round_down(value), (child - to) as u32)
            }
            (None, None, _) => {
                let class = names.get(node.output).copied().filter(|&c| (c as usize) < classes);
                Node::leaf(class.ok_or_else(|| broken("a leaf names no class"))?)
            }
            _ => return Err(broken("a split has one child")),
        };
    }
    flat.expected = expected(&flat.nodes);
    Ok(flat)
}

/// The share, by node, of leaves below that are not of the first class: smartcore does not keep how many rows came by.
fn expected(nodes: &[Node]) -> Vec<f32> {
    let mut below = vec![(0.0_f32, 0.0_f32); nodes.len()];
    for at in (0..nodes.len()).rev() {
        below[at] = if nodes[at].is_leaf() {
            (f32::from(u8::from(nodes[at].mark() > 0)), 1.0)
        } else {
            let child = at + nodes[at].ahead() as usize;
            (below[child].0 + below[child + 1].0, below[child].1 + below[child + 1].1)
        };
    }
    below.into_iter().map(|(other, all)| other / all).collect()
}

/// The greatest `f32` not above `x`: then `v <= x` and `v <= round_down(x)` agree for every `f32` v.
fn round_down(x: f64) -> f32 {
    let y = x as f32;
    if f64::from(y) > x { y.next_down() } else { y }
}

#[cfg(test)]
mod tests {
    use super::super::params::ForestBackend;
    use super::*;
    use ndarray::{Array2, ArrayView2};

    fn table(count: u64) -> (Vec<f32>, Vec<u8>) {
        let stream = Stream::new(11, 2, 3);
        let rows: Vec<f32> = (0..count * 8).map(|i| stream.unit(i) as f32 * 4.0).collect();
        let class = |r: &[f32]| {
            if r[0] + r[1] > 5.5 {
                2
            } else if r[2] > 3.2 {
                5
            } else {
                u8::from(r[3] * r[4] > 9.0)
            }
        };
        let classes = rows.chunks_exact(8).map(class).collect();
        (rows, classes)
    }

    fn best(shares: &[f32]) -> u8 {
        let most = shares.iter().fold(0.0_f32, |a, &b| a.max(b));
        // smartcore takes the first among equals, and so does this.
        shares.iter().position(|&v| v == most).unwrap() as u8
    }

    #[test]
    fn flattened_votes_agree_with_smartcores_predictions() {
        let (rows, classes) = table(800);
        let params = ForestParams { min_leaf: 1, ..ForestParams::default() };
        let grown = grow(&params, &rows, 8, &classes, 25, 7).unwrap();
        let flat = flatten(&[Shape::read(&grown).unwrap()], 6, 8).unwrap();
        let (fresh, _) = table(1200);
        let x = DenseMatrix::new(1200, 8, fresh.clone(), false).unwrap();
        let expected = grown.predict(&x).unwrap();
        for (row, &class) in fresh.chunks_exact(8).zip(&expected) {
            let mut votes = [0.0; 6];
            flat.probabilities(row, &mut votes);
            assert_eq!(u32::from(best(&votes)), class);
            assert!((votes.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        assert_eq!(flat.fault(), None);
    }

    #[test]
    fn both_libraries_trees_tell_fresh_rows_apart_alike() {
        let (rows, classes) = table(1600);
        let (rows, fresh) = rows.split_at(800 * 8);
        let view = |rows| ArrayView2::from_shape((800, 8), rows).unwrap();
        let right = |grower| {
            let params = ForestParams { forest: grower, min_leaf: 1, ..ForestParams::default() };
            let forest = params.fit(view(rows), &classes[..800], 6, 3).unwrap().forest;
            let mut votes = Array2::zeros((800, 6));
            forest.probabilities_all(view(fresh), votes.view_mut());
            let votes = votes.as_slice().unwrap().chunks_exact(6);
            let hits = votes.zip(&classes[800..]).filter(|(v, c)| best(v) == **c).count();
            hits as f64 / 800.0
        };
        let (ours, theirs) = (right(ForestBackend::Histogram), right(ForestBackend::Smartcore));
        assert!(ours > 0.9 && (ours - theirs).abs() < 0.02, "{ours} against {theirs}");
    }

    #[test]
    fn rounding_down_never_rounds_up() {
        for x in [0.1_f64, 1.0 / 3.0, -0.7, 1e-40, 16_777_217.0] {
            assert!(f64::from(round_down(x)) <= x && f64::from(round_down(x).next_up()) > x);
        }
    }
}
