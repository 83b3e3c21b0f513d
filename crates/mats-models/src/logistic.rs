//! Logistic regression: a direction from smartcore, slope and bias by Newton's method.

use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

/// Weights and bias of the log-odds that a row is of class 1, where labels are 0 and 1 and the squared weights cost
/// `alpha`. `None` where smartcore refuses.
pub fn fit<const N: usize>(
    rows: impl IntoIterator<Item = [f64; N]>,
    labels: &Vec<u32>,
    alpha: f64,
) -> Option<([f64; N], f64)> {
    let values = rows.into_iter().flatten().collect();
    let x = DenseMatrix::new(labels.len(), N, values, false).ok()?;
    let params = LogisticRegressionParameters::default().with_alpha(alpha);
    let model = LogisticRegression::fit(&x, labels, params).ok()?;
    let weights = std::array::from_fn(|j| *model.coefficients().get((0, j)));
    Some((weights, *model.intercept().get((0, 0))))
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Slope and bias that make sigmoid(slope · score + bias) most likely, by Newton's method from (1, 0),
/// with a slight pull of the slope towards 1. `None` if it does not settle.
pub fn platt(scores: &[f64], truth: &[(bool, f32)]) -> Option<(f64, f64)> {
    let (mut slope, mut bias) = (1.0, 0.0);
    let total: f64 = truth.iter().map(|t| f64::from(t.1)).sum();
    for _ in 0..100 {
        let pull = 1e-3 * total.sqrt();
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (pull * (slope - 1.0), 0.0, pull, 0.0, 1e-9);
        for (&s, &(malicious, weight)) in scores.iter().zip(truth) {
            let (w, p) = (f64::from(weight), sigmoid(slope * s + bias));
            let error = w * (p - f64::from(u8::from(malicious)));
            let curve = w * p * (1.0 - p);
            ga += error * s;
            gb += error;
            haa += curve * s * s;
            hab += curve * s;
            hbb += curve;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        // Short steps far from the optimum, where the curvature misleads.
        let damping = (2.0 / da.abs().max(db.abs())).min(1.0);
        slope -= damping * da;
        bias -= damping * db;
        if !(slope.is_finite() && bias.is_finite()) {
            return None;
        }
        if da.abs().max(db.abs()) < 1e-9 {
            break;
        }
    }
    (slope > 0.0).then_some((slope, bias))
}
