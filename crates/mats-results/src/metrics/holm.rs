//! Holm's step-down correction for several comparisons (Holm 1979, "A Simple Sequentially Rejective Multiple Test
//! Procedure"). It keeps the chance of any false difference in the family below the level, whatever the comparisons
//! have in common, and finds at least as much as Bonferroni's.

/// Adjusted p-values, in the order given. One at or below the level is a difference at that level for the whole
/// family. The k-th smallest of m is (m − k + 1) times as large, at most 1, and no smaller than those before it.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let (mut adjusted, mut least) = (vec![0.0; p.len()], 0.0_f64);
    for (k, &at) in order.iter().enumerate() {
        least = least.max((p[at] * (p.len() - k) as f64).min(1.0));
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_smallest_counts_most() {
        // 4 · 0.005 = 0.02; 3 · 0.01 = 0.03; 2 · 0.03 = 0.06; 1 · 0.04 is less than what came before.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(adjusted.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-15), "{adjusted:?}");
        assert_eq!(holm(&[0.6, 0.7]), [1.0, 1.0]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }

    proptest! {
        #[test]
        fn it_lies_between_p_and_bonferroni(p in prop::collection::vec(0.0..1.0_f64, 1..20)) {
            for (adjusted, &plain) in holm(&p).into_iter().zip(&p) {
                prop_assert!(plain <= adjusted && adjusted <= 1.0);
                prop_assert!(adjusted <= p.len() as f64 * plain);
            }
        }
    }
}
