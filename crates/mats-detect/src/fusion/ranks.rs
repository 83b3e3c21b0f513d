/// Scores kept at most.
const KEPT: usize = 4095;

/// Turns a raw score into its rank among benign training windows: 0.99 means that 99 % of them score lower.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranks {
    pub(crate) sorted: Vec<f32>,
}

impl Ranks {
    /// Ranks from the scores of benign windows; evenly thinned out to 4,095.
    pub fn new(mut scores: Vec<f32>) -> Ranks {
        scores.sort_unstable_by(f32::total_cmp);
        let n = scores.len();
        let sorted =
            if n <= KEPT { scores } else { (0..KEPT).map(|i| scores[i * (n - 1) / (KEPT - 1)]).collect() };
        Ranks { sorted }
    }

    /// The share of benign scores strictly below, in [0, 1).
    #[inline]
    pub fn rank(&self, score: f32) -> f32 {
        self.sorted.partition_point(|&s| s < score) as f32 / (self.sorted.len() + 1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_shares_of_benign_scores_below() {
        let ranks = Ranks::new((0..10_000).map(|i| i as f32).collect());
        for (score, rank) in [(-1.0, 0.0), (5000.0, 0.5), (9900.0, 0.99), (1e9, 1.0)] {
            assert!((ranks.rank(score) - rank).abs() < 1e-3, "{score}");
        }
        // The usual silence ranks lowest, however common it is.
        assert_eq!(Ranks::new(vec![0.0; 50]).rank(0.0), 0.0);
        assert_eq!(Ranks::new(vec![]).rank(3.0), 0.0);
    }
}
