//! Fitting: every tree from a bootstrap of the rows.

use super::assemble::assemble;
use super::bins::Binned;
use super::error::ForestError;
use super::grow::{Entry, GrownTree, TreeBuilder};
use super::model::Forest;
use super::params::{ForestBackend, ForestParams};
use super::smartcore;
use crate::flat::flat;
use crate::tree::MAX_COLUMNS;
use mats_core::random::Stream;
use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rayon::prelude::*;

const PURPOSE: u32 = 0xf0e5;
/// Rows scored together out of bag.
const CHUNK: usize = 1024;

/// A forest, and what its trees say of the rows they were not grown from.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The forest.
    pub forest: Forest,
    /// Probabilities of the classes (rows × classes) of every training row, from those trees only whose bootstrap left
    /// it out. Not a number where all trees saw the row. Empty with smartcore.
    pub out_of_bag: Array2<f32>,
}

impl ForestParams {
    /// Fits to rows (rows × columns), each of a class below `classes`. The same bytes with any number of threads.
    ///
    /// # Errors
    /// When there are no rows, all are of one class, or there is too much to fit to.
    #[expect(clippy::needless_pass_by_value, reason = "views are handed over like slices")]
    pub fn fit(
        &self,
        rows: ArrayView2<'_, f32>,
        of: &[u8],
        classes: usize,
        seed: u64,
    ) -> Result<Fitted, ForestError> {
        let width = rows.ncols();
        let rows = &*flat(rows);
        self.check(rows, width, of, classes)?;
        if self.forest == ForestBackend::Smartcore {
            let forest = smartcore::fit(self, rows, width, of, classes, seed)?;
            return Ok(Fitted { forest, out_of_bag: Array2::zeros((0, classes)) });
        }
        let data = Binned::new(rows, width);
        let grown: Vec<(GrownTree, Vec<u64>)> = (0..self.trees as u64)
            .into_par_iter()
            .map_init(
                || TreeBuilder::new(&data, classes, self),
                |growth, tree| {
                    let stream = Stream::new(seed, PURPOSE, tree);
                    let (mut entries, bag) = bootstrap(of, stream);
                    (growth.grow(&mut entries, &mut stream.at(1)), bag)
                },
            )
            .collect();
        let bags: Vec<Vec<u64>> = grown.iter().map(|g| g.1.clone()).collect();
        let forest = assemble(grown.into_iter().map(|g| g.0), classes, width)?;
        let out_of_bag = out_of_bag(&forest, rows, &bags);
        Ok(Fitted { forest, out_of_bag })
    }

    fn check(&self, rows: &[f32], width: usize, of: &[u8], classes: usize) -> Result<(), ForestError> {
        let refuse = |what: String, cure| Err(ForestError::Input { what, cure });
        let count = of.len();
        if count == 0 || width == 0 || rows.len() != count * width {
            let what = format!("{} numbers for {count} rows of {width} columns", rows.len());
            return refuse(what, "give at least one row and one column");
        }
        if width > MAX_COLUMNS {
            return refuse(format!("{width} columns, at most {MAX_COLUMNS}"), "leave some out");
        }
        if self.trees == 0 {
            return refuse("no trees".to_owned(), "ask for at least one");
        }
        if let Some(class) = of.iter().find(|&&c| c as usize >= classes) {
            return refuse(format!("class {class} of {classes}"), "number classes from 0");
        }
        if let Some(at) = rows.iter().position(|x| !x.is_finite()) {
            return refuse(
                format!("row {}, column {} is not a finite number", at / width, at % width),
                "fill it in",
            );
        }
        if of.iter().all(|&c| c == of[0]) {
            return refuse("all rows are of one class".to_owned(), "give rows of at least two classes");
        }
        Ok(())
    }
}

/// Draws as many rows as there are, with replacement; and which were drawn, a bit each.
fn bootstrap(of: &[u8], stream: Stream) -> (Vec<Entry>, Vec<u64>) {
    let count = of.len();
    let mut rng = stream.at(0);
    let mut weights = vec![0_u16; count];
    for _ in 0..count {
        let row = rng.random_range(0..count as u32) as usize;
        weights[row] = weights[row].saturating_add(1);
    }
    let mut bag = vec![0_u64; count.div_ceil(64)];
    let mut entries = Vec::with_capacity(count * 2 / 3);
    for (row, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0) {
        bag[row / 64] |= 1 << (row % 64);
        entries.push(Entry { row: row as u32, class: u16::from(of[row]), weight });
    }
    (entries, bag)
}

/// The probabilities of every row from the trees whose bag lacks it.
fn out_of_bag(forest: &Forest, rows: &[f32], bags: &[Vec<u64>]) -> Array2<f32> {
    let (width, k) = (forest.width, forest.classes);
    let mut out = vec![0.0; rows.len() / width * k];
    out.par_chunks_mut(CHUNK * k).enumerate().for_each(|(chunk, out)| {
        let mut voters = vec![0_u32; out.len() / k];
        for (&root, bag) in forest.trees.roots.iter().zip(bags) {
            for (i, out) in out.chunks_exact_mut(k).enumerate() {
                let row = chunk * CHUNK + i;
                if bag[row / 64] >> (row % 64) & 1 == 0 {
                    forest.add(forest.trees.descend(root, &rows[row * width..(row + 1) * width]), out);
                    voters[i] += 1;
                }
            }
        }
        for (out, voters) in out.chunks_exact_mut(k).zip(voters) {
            for p in out.iter_mut() {
                *p /= voters as f32;
            }
        }
    });
    Array2::from_shape_vec((rows.len() / width, k), out).expect("a place for every row and class")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::aview1;

    fn view(rows: &[f32], width: usize) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((rows.len() / width, width), rows).unwrap()
    }

    /// Four columns, three classes: two cut by the first two columns, the third drawn at random.
    fn table(count: u64, seed: u64) -> (Vec<f32>, Vec<u8>) {
        let stream = Stream::new(seed, 2, 3);
        let rows: Vec<f32> = (0..count * 4).map(|i| stream.unit(i) as f32).collect();
        let class = |(i, r): (usize, &[f32])| {
            if stream.unit((1 << 40) + i as u64) < 0.05 { 2 } else { u8::from(r[0] + r[1] > 1.0) }
        };
        let of = rows.chunks_exact(4).enumerate().map(class).collect();
        (rows, of)
    }

    fn log_loss(shares: &Array2<f32>, of: &[u8]) -> f64 {
        let sum: f64 =
            shares.outer_iter().zip(of).map(|(p, &c)| -f64::from(p[c as usize].max(1e-3).ln())).sum();
        sum / of.len() as f64
    }

    #[test]
    fn probabilities_fit_fresh_rows_and_out_of_bag_tells_so_in_advance() {
        let (rows, of) = table(3000, 1);
        let fitted = ForestParams { min_leaf: 10, ..ForestParams::unbounded() }
            .fit(view(&rows, 4), &of, 3, 1)
            .unwrap();
        let (fresh, truth) = table(3000, 2);
        let mut shares = Array2::zeros((3000, 3));
        fitted.forest.probabilities_all(view(&fresh, 4), shares.view_mut());
        let (seen, promised) = (log_loss(&shares, &truth), log_loss(&fitted.out_of_bag, &of));
        // The entropy of the source is 0.198; blind guessing costs 0.87.
        assert!(seen < 0.33 && (seen - promised).abs() < 0.04, "{seen} against {promised}");
        let mut own = Array2::zeros((3000, 3));
        fitted.forest.probabilities_all(view(&rows, 4), own.view_mut());
        assert!(log_loss(&own, &of) < promised, "rows that trees have seen look easier than they are");
    }

    #[test]
    fn many_rows_score_as_one_by_one_and_columns_explain_them() {
        let (rows, of) = table(600, 1);
        let forest = ForestParams::unbounded().fit(view(&rows, 4), &of, 3, 1).unwrap().forest;
        let mut all = Array2::zeros((600, 3));
        forest.probabilities_all(view(&rows, 4), all.view_mut());
        let roots: f32 = forest.trees.roots.iter().map(|&r| forest.expected[r as usize]).sum();
        for (row, together) in rows.chunks_exact(4).zip(all.outer_iter()) {
            let mut alone = [0.0; 3];
            forest.probabilities(row, &mut alone);
            assert_eq!(aview1(&alone), together);
            let mut moved = Vec::new();
            forest.explain(row, &mut moved);
            let sum = roots / 100.0 + moved.iter().sum::<f32>();
            assert!((sum - (1.0 - alone[0])).abs() < 1e-4, "{sum} against {alone:?}");
        }
    }

    #[test]
    fn importances_name_the_columns_that_matter() {
        let (rows, of) = table(2000, 1);
        let forest = ForestParams { min_leaf: 20, ..ForestParams::unbounded() }
            .fit(view(&rows, 4), &of, 3, 1)
            .unwrap()
            .forest;
        let i = forest.importances();
        assert!((i.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(i[0].min(i[1]) > 3.0 * i[2].max(i[3]), "{i:?}");
    }

    #[test]
    fn bounds_on_depth_and_leaves_are_kept() {
        let (rows, of) = table(500, 1);
        let stump = ForestParams { depth: Some(1), ..ForestParams::unbounded() }
            .fit(view(&rows, 4), &of, 3, 1)
            .unwrap();
        assert!(stump.forest.trees.nodes.len() <= 300, "100 trees of 3 nodes");
        let params = ForestParams { min_leaf: 100, ..ForestParams::unbounded() };
        let few = params.fit(view(&rows, 4), &of, 3, 1).unwrap().forest;
        assert!(few.trees.nodes.len() <= 100 * 9, "{} nodes", few.trees.nodes.len());
        assert_eq!(few.fault(), None);
    }

    #[test]
    fn forest_does_not_depend_on_the_number_of_threads() {
        let (rows, of) = table(300, 1);
        for forest in [ForestBackend::Histogram, ForestBackend::Smartcore] {
            let fit = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let params = ForestParams { forest, trees: 20, ..ForestParams::default() };
                pool.install(|| params.fit(view(&rows, 4), &of, 3, 3).unwrap())
            };
            assert_eq!(fit(1).forest, fit(3).forest);
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_refused_with_advice() {
        let fit = |rows: &[f32], width, of: &[u8]| {
            ForestParams::default().fit(view(rows, width), of, 2, 1).unwrap_err().to_string()
        };
        assert!(fit(&[0.5; 80], 8, &[0; 10]).contains("at least two classes"));
        assert!(fit(&[], 8, &[]).contains("at least one row"));
        assert!(fit(&[0.5; 16], 8, &[0, 2]).contains("number classes from 0"));
        assert!(fit(&[0.5, 1.0, f32::NAN, 1.0], 2, &[0, 1]).contains("row 1, column 0"));
        assert!(fit(&vec![0.0; 10_000], 5000, &[0, 1]).contains("leave some out"));
    }
}
