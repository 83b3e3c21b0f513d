use super::{CLASSES, FlatForest};
use crate::tree::{Node, Trees};
use mats_core::random::Stream;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;
use thiserror::Error;

const PURPOSE: u32 = 0xf0e5;
/// Trees that smartcore grows in one call. Fixed, so that the forest does not depend on the number of threads.
const BLOCK: usize = 10;

/// How to fit a random forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ForestParams {
    /// Trees; rounded up to a multiple of 10.
    pub trees: usize,
    /// Levels of a tree at most.
    pub depth: u16,
    /// Rows in a leaf at least.
    pub min_leaf: usize,
    /// Rows used at most: malicious ones first, up to half; smartcore's time grows with the square.
    pub max_rows: usize,
}

impl Default for ForestParams {
    fn default() -> Self {
        ForestParams { trees: 100, depth: 12, min_leaf: 3, max_rows: 16_000 }
    }
}

/// Why a forest could not be fitted.
#[derive(Debug, Error)]
pub enum ForestError {
    /// smartcore refused.
    #[error("fit the random forest: {0}; check that rows are finite and of at least two classes")]
    Grow(String),
    /// smartcore's trees no longer look as this crate expects.
    #[error("read the fitted random forest: {0}; this build of smartcore stores trees differently")]
    Layout(String),
}

type Grown = RandomForestClassifier<f32, u32, DenseMatrix<f32>, Vec<u32>>;

impl ForestParams {
    /// Fits to rows of `width` columns with their classes.
    ///
    /// # Errors
    /// When smartcore refuses the rows, for example because all have one class.
    pub fn fit(
        &self,
        rows: &[f32],
        width: usize,
        classes: &[u8],
        seed: u64,
    ) -> Result<FlatForest, ForestError> {
        let blocks = self.trees.div_ceil(BLOCK).max(1);
        let grown: Result<Vec<Shape>, ForestError> = (0..blocks)
            .into_par_iter()
            .map(|block| {
                let seed = Stream::new(seed, PURPOSE, block as u64).word(0);
                Shape::read(&self.grow(rows, width, classes, BLOCK as u16, seed)?)
            })
            .collect();
        flatten(&grown?, width)
    }

    fn grow(
        &self,
        rows: &[f32],
        width: usize,
        classes: &[u8],
        trees: u16,
        seed: u64,
    ) -> Result<Grown, ForestError> {
        let fail = |e: smartcore::error::Failed| ForestError::Grow(e.to_string());
        let count = classes.len();
        // By column, because smartcore scans one column at a time.
        let mut columns = Vec::with_capacity(rows.len());
        for j in 0..width {
            columns.extend((0..count).map(|i| rows[i * width + j]));
        }
        let x = DenseMatrix::new(count, width, columns, true).map_err(fail)?;
        let y: Vec<u32> = classes.iter().map(|&c| u32::from(c)).collect();
        let params = RandomForestClassifierParameters::default()
            .with_n_trees(trees)
            .with_max_depth(self.depth)
            .with_min_samples_leaf(self.min_leaf)
            .with_seed(seed);
        Grown::fit(&x, &y, params).map_err(fail)
    }
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
fn flatten(forests: &[Shape], width: usize) -> Result<FlatForest, ForestError> {
    let broken = |what: &str| ForestError::Layout(what.to_owned());
    let mut flat = Trees { nodes: Vec::new(), roots: Vec::new(), depth: 0 };
    let mut queue: Vec<(usize, u32, u32)> = Vec::new();
    for forest in forests {
        for tree in &forest.trees {
            let root = flat.nodes.len() as u32;
            flat.roots.push(root);
            flat.nodes.push(Node::leaf(root, 0));
            queue.push((0, root, 0));
            while let Some((from, to, depth)) = queue.pop() {
                let node = tree.nodes.get(from).ok_or_else(|| broken("a child is missing"))?;
                flat.depth = flat.depth.max(depth);
                flat.nodes[to as usize] = match (node.true_child, node.false_child, node.split_value) {
                    (Some(yes), Some(no), Some(value)) => {
                        let feature = u8::try_from(node.split_feature).ok().filter(|&f| (f as usize) < width);
                        let feature = feature.ok_or_else(|| broken("a split names no column"))?;
                        let child = flat.nodes.len() as u32;
                        flat.nodes.extend([Node::leaf(child, 0), Node::leaf(child + 1, 0)]);
                        queue.extend([(yes, child, depth + 1), (no, child + 1, depth + 1)]);
                        Node::split(feature, round_down(value), child)
                    }
                    (None, None, _) => {
                        let class = forest.classes.get(node.output).copied().filter(|&c| c < CLASSES as u32);
                        Node::leaf(to, class.ok_or_else(|| broken("a leaf names no class"))? as u8)
                    }
                    _ => return Err(broken("a split has one child")),
                };
            }
        }
    }
    Ok(FlatForest { trees: flat })
}

/// The greatest `f32` not above `x`: then `v <= x` and `v <= round_down(x)` agree for every `f32` v.
fn round_down(x: f64) -> f32 {
    let y = x as f32;
    if f64::from(y) > x { y.next_down() } else { y }
}

#[cfg(test)]
mod tests {
    use super::super::ClassModel;
    use super::*;

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

    #[test]
    fn flattened_votes_agree_with_smartcores_predictions() {
        let (rows, classes) = table(800);
        let params = ForestParams { min_leaf: 1, ..ForestParams::default() };
        let grown = params.grow(&rows, 8, &classes, 25, 7).unwrap();
        let flat = flatten(&[Shape::read(&grown).unwrap()], 8).unwrap();
        let (fresh, _) = table(1200);
        let x = DenseMatrix::new(1200, 8, fresh.clone(), false).unwrap();
        let expected = grown.predict(&x).unwrap();
        for (row, &class) in fresh.chunks_exact(8).zip(&expected) {
            let votes = flat.votes(row).0;
            let best = votes.iter().fold(0.0_f32, |a, &b| a.max(b));
            // smartcore takes the first among equals, and so does this.
            assert_eq!(votes.iter().position(|&v| v == best), Some(class as usize));
            assert!((votes.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn forest_does_not_depend_on_the_number_of_threads() {
        let (rows, classes) = table(300);
        let fit = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let params = ForestParams { trees: 20, ..ForestParams::default() };
            pool.install(|| params.fit(&rows, 8, &classes, 3).unwrap())
        };
        assert_eq!(fit(1), fit(3));
    }

    #[test]
    fn one_class_is_refused_with_advice() {
        let error = ForestParams::default().fit(&[0.5; 80], 8, &[0; 10], 1).unwrap_err();
        assert!(error.to_string().contains("at least two classes"), "{error}");
    }

    #[test]
    fn rounding_down_never_rounds_up() {
        for x in [0.1_f64, 1.0 / 3.0, -0.7, 1e-40, 16_777_217.0] {
            assert!(f64::from(round_down(x)) <= x && f64::from(round_down(x).next_up()) > x);
        }
    }
}
