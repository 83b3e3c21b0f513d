use crate::flat::flat;
use crate::tree::{LANES, Trees};
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use std::ops::Range;

/// A fitted forest in flat arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    pub(crate) trees: Trees,
    /// The shares of the classes in a leaf, `classes` numbers at `classes` times the leaf's mark.
    pub(crate) leaves: Vec<f32>,
    pub(crate) classes: usize,
    pub(crate) width: usize,
    /// The share, by node, of all classes but the first among the rows it was grown from.
    pub(crate) expected: Vec<f32>,
    /// Mean decrease of Gini impurity by column, summing to 1 unless no tree splits.
    pub(crate) importances: Vec<f32>,
}

impl Forest {
    /// Columns of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Returns how much each column lowered the Gini impurity, summing to 1 (Breiman 2001). Columns with many values
    /// are favoured (Strobl et al. 2007).
    pub fn importances(&self) -> &[f32] {
        &self.importances
    }

    /// The probability of each class: the mean of the shares in the leaves that a row reaches.
    ///
    /// # Panics
    /// When the row is too short, or `out` has not a place for every class.
    #[inline]
    pub fn probabilities(&self, row: &[f32], out: &mut [f32]) {
        assert!(row.len() >= self.width, "a row of {} columns for a forest of {}", row.len(), self.width);
        assert_eq!(out.len(), self.classes, "a place for every class");
        out.fill(0.0);
        self.trees.walk(row, |leaf| self.add(leaf, out));
        self.normalise(out);
    }

    /// Groups of ten trees, in their order; the last may be smaller. Ten are walked at once, so fewer would save little.
    pub fn groups(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let trees = self.trees.roots.len();
        (0..trees).step_by(LANES).map(move |first| first..(first + LANES).min(trees))
    }

    /// The sum over some trees of the share of all classes but the first: for those who stop once it is clear enough.
    ///
    /// # Panics
    /// When the row is too short, or there are no such trees.
    #[inline]
    pub fn sum_of(&self, row: &[f32], trees: Range<usize>) -> f32 {
        assert!(row.len() >= self.width, "a row of {} columns for a forest of {}", row.len(), self.width);
        let mut sum = 0.0;
        self.trees.walk_from(&self.trees.roots[trees], row, |leaf| sum += self.expected[leaf as usize]);
        sum
    }

    /// The probabilities (rows × classes) of many rows (rows × columns); the same bits as one by one. Arrays in standard
    /// layout are not copied.
    ///
    /// # Panics
    /// When the columns, the classes or the numbers of rows do not fit.
    #[expect(clippy::needless_pass_by_value, reason = "views are handed over like slices")]
    pub fn probabilities_all(&self, rows: ArrayView2<'_, f32>, mut out: ArrayViewMut2<'_, f32>) {
        let k = self.classes;
        assert_eq!(rows.ncols(), self.width, "rows of other columns than the forest was fitted to");
        assert_eq!(out.dim(), (rows.nrows(), k), "a place for every row and class");
        let Some(out) = out.as_slice_mut() else {
            let mut own = Array2::zeros(out.raw_dim());
            self.probabilities_all(rows, own.view_mut());
            out.assign(&own);
            return;
        };
        let rows = &*flat(rows);
        out.fill(0.0);
        if k == 2 {
            // The second class alone is summed; the first is what remains. Kept apart because two classes are the
            // rule and a slice a row costs a third of the time.
            self.trees.walk_all(rows, self.width, |row, leaf| {
                let at = 2 * self.trees.nodes[leaf as usize].mark() as usize;
                let (share, sum) = (&self.leaves[at..at + 2], &mut out[2 * row..2 * row + 2]);
                sum[0] += share[0];
                sum[1] += share[1];
            });
        } else {
            self.trees
                .walk_all(rows, self.width, |row, leaf| self.add(leaf, &mut out[row * k..(row + 1) * k]));
        }
        out.chunks_exact_mut(k).for_each(|out| self.normalise(out));
    }

    /// Computes what each column added to the probability that a row is of another class than the first (Saabas 2014).
    /// With the mean over the roots these add up to it. Replaces what `out` held.
    pub fn explain(&self, row: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(self.width, 0.0);
        self.explain_into(row, 1, out);
    }

    /// Explains like [`Self::explain`], into a place for every column, all zero before; asks every `stride`-th tree.
    pub fn explain_into(&self, row: &[f32], stride: usize, out: &mut [f32]) {
        let asked = self.trees.explain(&self.expected, row, stride, out);
        let scale = 1.0 / asked.max(1) as f32;
        for moved in out.iter_mut() {
            *moved *= scale;
        }
    }

    #[inline]
    pub(super) fn add(&self, leaf: u32, out: &mut [f32]) {
        let at = self.classes * self.trees.nodes[leaf as usize].mark() as usize;
        for (sum, share) in out.iter_mut().zip(&self.leaves[at..at + self.classes]) {
            *sum += share;
        }
    }

    fn normalise(&self, out: &mut [f32]) {
        let scale = 1.0 / self.trees.roots.len() as f32;
        for p in out.iter_mut() {
            *p *= scale;
        }
    }

    /// Returns the reason why this forest, read from a file, must not be used, if so.
    pub(crate) fn fault(&self) -> Option<String> {
        let (k, nodes) = (self.classes, self.trees.nodes.len());
        if k == 0 || !self.leaves.len().is_multiple_of(k) || self.expected.len() != nodes {
            return Some(format!("{} shares of {k} classes for {nodes} nodes", self.leaves.len()));
        }
        if self.importances.len() != self.width {
            return Some(format!("{} importances of {} columns", self.importances.len(), self.width));
        }
        self.trees.fault(self.width, self.leaves.len() / k)
    }
}
