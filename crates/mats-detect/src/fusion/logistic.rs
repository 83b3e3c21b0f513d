use mats_core::Evidence;
use mats_core::random::Stream;
use mats_models::logistic::{self, platt};
use mats_models::maths::logit;
use mats_models::metrics::Scored;
use serde::{Deserialize, Serialize};

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
        let inputs = malicious.iter().chain(&benign).map(|&i| inputs(&evidence[i]));
        let (weights, bias) = logistic::fit(inputs, &labels, 1.0)?;
        let fusion = Fusion { weights, bias };
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
pub(super) fn tail(rank: f32) -> f64 {
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
    use mats_models::metrics::calibration_error;

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
