use crate::flat::flat;
use crate::tree::Trees;
use ndarray::{ArrayView2, ArrayViewMut1};

/// A fitted isolation forest.
#[derive(Debug, Clone, PartialEq)]
pub struct IsolationForest {
    pub(crate) trees: Trees,
    /// A value for each node: at a leaf the path length credited, depth + c(rows that ended there); at a split the mean over
    /// the rows it was grown from.
    pub(crate) lengths: Vec<f32>,
    /// c(samples): the path length that scores 0.5.
    pub usual: f32,
    pub(crate) width: usize,
}

impl IsolationForest {
    pub(crate) fn new(trees: Trees, lengths: Vec<f32>, usual: f32, width: usize) -> IsolationForest {
        IsolationForest { trees, lengths, usual, width }
    }

    /// Anomaly score in (0, 1) of a row: 2^(-E\[h(x)\] / c(ψ)); higher is more unusual, 0.5 is average.
    ///
    /// # Panics
    /// When the row has fewer columns than the forest was fitted on.
    pub fn score(&self, row: &[f32]) -> f32 {
        assert!(row.len() >= self.width, "a row of {} columns for a forest of {}", row.len(), self.width);
        let mut total = 0.0;
        self.trees.walk(row, |leaf| total += self.lengths[leaf as usize]);
        self.normalise(total)
    }

    /// Scores of many rows (rows × columns), as many as `out` has places; the same bits as one by one. Rows in standard
    /// layout are not copied.
    ///
    /// # Panics
    /// When `rows` is not `out.len()` rows of the width that the forest was fitted on.
    #[expect(clippy::needless_pass_by_value, reason = "views are handed over like slices")]
    pub fn score_all(&self, rows: ArrayView2<'_, f32>, mut out: ArrayViewMut1<'_, f32>) {
        assert_eq!(rows.dim(), (out.len(), self.width), "rows of {} columns are needed", self.width);
        let rows = &*flat(rows);
        out.fill(0.0);
        self.trees.walk_all(rows, self.width, |row, leaf| out[row] += self.lengths[leaf as usize]);
        for total in &mut out {
            *total = self.normalise(*total);
        }
    }

    /// Computes how much each column shortened the mean path, in splits; negative where it lengthened it. Replaces what
    /// `out` held.
    pub fn explain(&self, row: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(self.width, 0.0);
        self.explain_into(row, 1, out);
    }

    /// Explains like [`Self::explain`], into a place for every column, all zero before; asks every `stride`-th tree.
    pub fn explain_into(&self, row: &[f32], stride: usize, out: &mut [f32]) {
        let asked = self.trees.explain(&self.lengths, row, stride, out);
        let scale = -1.0 / asked.max(1) as f32;
        for moved in out.iter_mut() {
            *moved *= scale;
        }
    }

    /// Columns of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the reason why this forest, read from a file, must not be used, if so.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.lengths.len() != self.trees.nodes.len() {
            return Some(format!("{} path lengths for {} nodes", self.lengths.len(), self.trees.nodes.len()));
        }
        self.trees.fault(self.width, 1)
    }

    fn normalise(&self, total: f32) -> f32 {
        libm::exp2f(-total / (self.trees.roots.len() as f32 * self.usual.max(f32::MIN_POSITIVE)))
    }
}

/// c(n): the average path of an unsuccessful search in a binary search tree of n keys.
pub(super) fn average_path(n: usize) -> f32 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            const EULER: f64 = 0.577_215_664_901_532_9;
            let n = n as f64;
            (2.0 * (libm::log(n - 1.0) + EULER) - 2.0 * (n - 1.0) / n) as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::params::IsolationForestParams;
    use super::*;
    use mats_core::random::Stream;
    use ndarray::Array1;

    fn view(rows: &[f32]) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((rows.len() / 3, 3), rows).unwrap()
    }

    fn cloud(count: u64) -> Vec<f32> {
        let stream = Stream::new(5, 1, 1);
        (0..count * 3).map(|i| stream.unit(i) as f32 + stream.unit(i + 1_000_000) as f32).collect()
    }

    #[test]
    fn average_path_matches_the_papers_values() {
        assert!((average_path(256) - 10.244_77).abs() < 1e-3);
        assert_eq!(average_path(2), 1.0);
    }

    #[test]
    fn outliers_score_above_the_middle_of_the_cloud() {
        let forest = IsolationForestParams::default().fit(view(&cloud(2000)), 1).unwrap();
        let middle = forest.score(&[1.0, 1.0, 1.0]);
        let outside = forest.score(&[5.0, -2.0, 1.0]);
        assert!(middle < 0.5 && outside > 0.6, "{middle} {outside}");
    }

    #[test]
    fn many_rows_score_as_one_by_one_and_columns_explain_them() {
        let rows = cloud(700);
        let forest = IsolationForestParams::default().fit(view(&rows), 2).unwrap();
        let mut scores = Array1::zeros(700);
        forest.score_all(view(&rows), scores.view_mut());
        for (row, score) in rows.chunks_exact(3).zip(&scores) {
            assert_eq!(forest.score(row), *score);
        }
        let mut moved = Vec::new();
        forest.explain(&[1.0, 9.0, 1.0], &mut moved);
        assert!(moved[1] > moved[0] && moved[1] > moved[2] && moved[1] > 0.5, "{moved:?}");
    }

    #[test]
    fn same_seed_same_forest() {
        let fit = |seed| IsolationForestParams::default().fit(view(&cloud(500)), seed).unwrap();
        assert_eq!(fit(3), fit(3));
        assert_ne!(fit(3), fit(4));
    }

    #[test]
    fn constant_and_single_rows_are_no_trouble() {
        let forest = IsolationForestParams::default().fit(view(&[1.0; 30]), 1).unwrap();
        assert!(forest.score(&[1.0, 1.0, 1.0]).is_finite());
        let forest = IsolationForestParams::default().fit(view(&[1.0; 3]), 1).unwrap();
        assert!(forest.score(&[9.0, 1.0, 1.0]).is_finite());
        assert!(IsolationForestParams::default().fit(view(&[]), 1).is_none());
    }
}
