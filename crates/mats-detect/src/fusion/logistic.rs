use crate::maths::logit;
use crate::metrics::Scored;
use mats_core::Evidence;
use mats_core::random::Stream;
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

const PURPOSE: u32 = 0xf51e;
/// Inputs of the regression.
const INPUTS: usize = 6;
/// Examples it is fitted to at most.
const MOST: usize = 30_000;

/// Logistic regression from the models' evidence to the probability that a window is malicious.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    pub(crate) weights: [f64; INPUTS],
    pub(crate) bias: f64,
}

impl Fusion {
    /// Used where there is nothing malicious to fit to: alarm only at the far end of two models, or where an
    /// indicator of high confidence matches.
    pub const UNSUPERVISED: Fusion = Fusion { weights: [4.0, 3.0, 0.0, 3.0, 4.0, 2.0], bias: -9.0 };

    /// Fits to evidence with (malicious, weight), in two steps. The direction comes from smartcore's logistic
    /// regression, which knows no weights, on rows drawn from each class in proportion to their weights. Slope and
    /// bias are then set on all rows with their weights (Platt 1999), so that the probabilities hold for the whole
    /// population even where benign windows were thinned out. `None` unless both classes are present.
    pub fn fit(evidence: &[Evidence], truth: &[(bool, f32)], seed: u64) -> Option<Fusion> {
        let malicious = resample(truth, true, MOST / 2, seed);
        let benign = resample(truth, false, MOST - malicious.len(), seed);
        if malicious.is_empty() || benign.is_empty() {
            return None;
        }
        let labels: Vec<u32> = malicious.iter().map(|_| 1).chain(benign.iter().map(|_| 0)).collect();
        let values = malicious.iter().chain(&benign).flat_map(|&i| inputs(&evidence[i])).collect();
        let x = DenseMatrix::new(labels.len(), INPUTS, values, false).ok()?;
        let params = LogisticRegressionParameters::default().with_alpha(1.0);
        let model = LogisticRegression::fit(&x, &labels, params).ok()?;
        let weights: [f64; INPUTS] = std::array::from_fn(|j| *model.coefficients().get((0, j)));
        let fusion = Fusion { weights, bias: *model.intercept().get((0, 0)) };
        let scores: Vec<f64> = evidence.iter().map(|e| fusion.score(e)).collect();
        let (slope, bias) = platt(&scores, truth)?;
        Some(Fusion { weights: weights.map(|w| w * slope), bias: fusion.bias * slope + bias })
    }

    /// Log-odds that a window with this evidence is malicious.
    pub(crate) fn score(&self, evidence: &Evidence) -> f64 {
        self.bias + self.weights.iter().zip(inputs(evidence)).map(|(w, x)| w * x).sum::<f64>()
    }

    /// Probability that a window with this evidence is malicious.
    #[inline]
    pub fn probability(&self, evidence: &Evidence) -> f32 {
        (1.0 / (1.0 + libm::exp(-self.score(evidence)))) as f32
    }

    /// The probability of every example, with its truth.
    pub fn scored(&self, evidence: &[Evidence], truth: &[(bool, f32)]) -> Vec<Scored> {
        evidence.iter().zip(truth).map(|(e, &(malicious, w))| (self.probability(e), malicious, w)).collect()
    }
}

/// Ranks say most in their tails: 0 at rank 0, 1 at rank 0.9997.
fn tail(rank: f32) -> f64 {
    f64::from(-libm::log10f((1.0 - rank).max(2e-4)) * (1.0 / 3.5))
}

fn inputs(e: &Evidence) -> [f64; INPUTS] {
    let (anomaly, sequence) = (tail(e.anomaly), tail(e.sequence));
    [
        anomaly,
        f64::from(e.forest),
        f64::from(logit(e.forest.clamp(0.01, 0.99))) / 4.6,
        sequence,
        f64::from(e.indicator),
        anomaly * sequence,
    ]
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Slope and bias that make sigmoid(slope · score + bias) most likely, by Newton's method from (1, 0),
/// with a slight pull of the slope towards 1. `None` if it does not settle.
pub(crate) fn platt(scores: &[f64], truth: &[(bool, f32)]) -> Option<(f64, f64)> {
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

/// Positions of one class, drawn in proportion to their weights and in order: as many as there are, at most `most`.
fn resample(truth: &[(bool, f32)], malicious: bool, most: usize, seed: u64) -> Vec<usize> {
    let class: Vec<usize> = (0..truth.len()).filter(|&i| truth[i].0 == malicious).collect();
    let Some(&first) = class.first() else { return class };
    if class.len() <= most && class.iter().all(|&i| truth[i].1 == truth[first].1) {
        return class;
    }
    // Systematic resampling: one draw in each of `count` equal strata.
    let total: f64 = class.iter().map(|&i| f64::from(truth[i].1)).sum();
    let count = class.len().min(most);
    let stream = Stream::new(seed, PURPOSE, u64::from(malicious));
    let (mut at, mut reached) = (0, f64::from(truth[first].1));
    (0..count)
        .map(|i| {
            let goal = (i as f64 + stream.unit(i as u64)) / count as f64 * total;
            while reached <= goal && at + 1 < class.len() {
                at += 1;
                reached += f64::from(truth[class[at]].1);
            }
            class[at]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::calibration_error;

    fn world(count: u64, weight: impl Fn(bool) -> f32) -> (Vec<Evidence>, Vec<(bool, f32)>) {
        let s = Stream::new(1, 1, 1);
        (0..count)
            .map(|i| {
                let u = |k: u64| s.unit(i * 8 + k) as f32;
                let malicious = u(0) < 0.2;
                let lift = if malicious { 0.5 } else { 0.0 };
                let forest = (u(1) * 0.5 + lift * u(2) * 1.4).min(1.0);
                (
                    Evidence { anomaly: (u(3) + lift).min(0.999), forest, sequence: u(4), indicator: 0.0 },
                    (malicious, weight(malicious)),
                )
            })
            .unzip()
    }

    #[test]
    fn probabilities_are_calibrated_on_fresh_examples() {
        let (evidence, truth) = world(4000, |_| 1.0);
        let fusion = Fusion::fit(&evidence[..2000], &truth[..2000], 1).unwrap();
        let error = calibration_error(&fusion.scored(&evidence[2000..], &truth[2000..]));
        assert!(error < 0.06, "{error}");
    }

    #[test]
    fn weights_stand_for_examples_left_out() {
        let (evidence, truth) = world(6000, |m| if m { 1.0 } else { 3.0 });
        let weighted = Fusion::fit(&evidence, &truth, 1).unwrap();
        let scored = weighted.scored(&evidence, &truth);
        assert!(calibration_error(&scored) < 0.06, "{}", calibration_error(&scored));
        let mean: f32 = scored.iter().map(|s| s.0).sum::<f32>() / scored.len() as f32;
        assert!(mean < 0.17, "{mean}: as if malicious windows were a fifth");
    }

    #[test]
    fn thinning_out_benign_windows_changes_nothing_but_the_noise() {
        let (evidence, truth) = world(30_000, |_| 1.0);
        let all = Fusion::fit(&evidence, &truth, 1).unwrap();
        let stream = Stream::new(4, 4, 4);
        let (few, thin): (Vec<Evidence>, Vec<(bool, f32)>) = evidence
            .iter()
            .zip(&truth)
            .enumerate()
            .filter(|(i, (_, t))| t.0 || stream.unit(*i as u64) < 0.1)
            .map(|(_, (e, t))| (*e, (t.0, if t.0 { 1.0 } else { 10.0 })))
            .unzip();
        let thinned = Fusion::fit(&few, &thin, 1).unwrap();
        let apart = |e: &Evidence| (all.probability(e) - thinned.probability(e)).abs();
        let mean = evidence.iter().map(apart).sum::<f32>() / evidence.len() as f32;
        assert!(mean < 0.03, "{mean}");
        let error = calibration_error(&thinned.scored(&evidence, &truth));
        assert!(error < 0.03, "{error}");
    }

    #[test]
    fn one_kind_alone_is_refused() {
        assert_eq!(Fusion::fit(&[Evidence::default(); 3], &[(false, 1.0); 3], 1), None);
    }
}
