//! Whether what is seen now still looks like what the detectors were fitted to.

use crate::examples::Examples;
use crate::features::FEATURES;
use mats_core::LabelledWindow;

/// Parts of equal size that a feature's values are cut into.
const PARTS: usize = 10;
/// Share that an empty part counts as.
const LEAST: f64 = 1e-3;

/// The feature that moved most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Position of the feature.
    pub feature: usize,
    /// Population stability index (Siddiqi 2006): below 0.1 is stable, above 0.25 has shifted.
    pub index: f64,
}

/// The drift of randomly audited windows beside training windows, both benign, by their weights; `None` without
/// either. Only audits are a fair sample of what there is.
pub(crate) fn drift(base: &Examples, windows: &[LabelledWindow]) -> Option<Drift> {
    let audited: Vec<&LabelledWindow> = windows.iter().filter(|w| w.audit && w.kind.is_none()).collect();
    let benign: Vec<usize> = (0..base.len()).filter(|&i| base.labels[i].is_none()).collect();
    if audited.is_empty() || benign.is_empty() {
        return None;
    }
    let of = |feature: usize| {
        let before: Vec<(f32, f64)> =
            benign.iter().map(|&i| (base.rows[i][feature], f64::from(base.weight[i]))).collect();
        let now: Vec<(f32, f64)> = audited.iter().map(|w| (w.row[feature], f64::from(w.weight))).collect();
        Drift { feature, index: stability(before, &now) }
    };
    (0..FEATURES).map(of).max_by(|a, b| a.index.total_cmp(&b.index))
}

/// Population stability index of weighted values: the sum over parts of (q - p) ln(q / p).
fn stability(mut before: Vec<(f32, f64)>, now: &[(f32, f64)]) -> f64 {
    before.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = before.iter().map(|v| v.1).sum();
    let mut edges: Vec<f32> = Vec::new();
    let mut reached = 0.0;
    for &(value, weight) in &before {
        reached += weight;
        if edges.len() + 1 < PARTS
            && reached >= total * (edges.len() + 1) as f64 / PARTS as f64
            && edges.last() != Some(&value)
        {
            edges.push(value);
        }
    }
    let shares = |values: &[(f32, f64)]| {
        let mut shares = [0.0; PARTS];
        let whole: f64 = values.iter().map(|v| v.1).sum();
        for &(value, weight) in values {
            shares[edges.partition_point(|&edge| value > edge)] += weight / whole;
        }
        shares
    };
    let (p, q) = (shares(&before), shares(now));
    p.iter().zip(q).map(|(&p, q)| (p.max(LEAST), q.max(LEAST))).map(|(p, q)| (q - p) * libm::log(q / p)).sum()
}

#[cfg(test)]
mod tests {
    use super::stability;
    use mats_core::random::Stream;

    #[test]
    fn the_same_is_stable_and_a_shift_is_seen() {
        let draw = |seed, shift: f32| -> Vec<(f32, f64)> {
            let s = Stream::new(seed, 1, 1);
            (0..2000).map(|i| (s.unit(i) as f32 + shift, 1.0)).collect()
        };
        let index = |shift| stability(draw(1, 0.0), &draw(2, shift));
        assert!(index(0.0) < 0.03, "{}", index(0.0));
        assert!(index(0.3) > 0.25, "{}", index(0.3));
        // A feature that is always the same has one part, and stays in it.
        assert!(stability(vec![(0.0, 1.0); 50], &[(0.0, 3.0)]).abs() < 1e-12);
    }
}
