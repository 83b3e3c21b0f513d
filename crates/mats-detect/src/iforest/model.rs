use crate::tree::Trees;

/// A fitted isolation forest.
#[derive(Debug, Clone, PartialEq)]
pub struct IsolationForest {
    pub(crate) trees: Trees,
    /// Path length credited at each leaf, by node: depth + c(rows that ended there).
    pub(crate) lengths: Vec<f32>,
    /// c(samples): the path length that scores 0.5.
    pub(crate) usual: f32,
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
        self.trees.walk(&self.trees.roots, row, |leaf| total += self.lengths[leaf as usize]);
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
    use super::super::IsolationForestParams;
    use super::*;
    use mats_core::random::Stream;

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
        let forest = IsolationForestParams::default().fit(&cloud(2000), 3, 1).unwrap();
        let middle = forest.score(&[1.0, 1.0, 1.0]);
        let outside = forest.score(&[5.0, -2.0, 1.0]);
        assert!(middle < 0.5 && outside > 0.6, "{middle} {outside}");
    }

    #[test]
    fn same_seed_same_forest() {
        let fit = |seed| IsolationForestParams::default().fit(&cloud(500), 3, seed).unwrap();
        assert_eq!(fit(3), fit(3));
        assert_ne!(fit(3), fit(4));
    }

    #[test]
    fn constant_and_single_rows_are_no_trouble() {
        let forest = IsolationForestParams::default().fit(&[1.0; 30], 3, 1).unwrap();
        assert!(forest.score(&[1.0, 1.0, 1.0]).is_finite());
        let forest = IsolationForestParams::default().fit(&[1.0; 3], 3, 1).unwrap();
        assert!(forest.score(&[9.0, 1.0, 1.0]).is_finite());
        assert!(IsolationForestParams::default().fit(&[], 3, 1).is_none());
    }
}
