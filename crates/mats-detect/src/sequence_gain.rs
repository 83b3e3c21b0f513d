//! Whether the sequence model pays: it is the dearest of the models, and asked about nearly every event where it is at work.

use crate::fusion::{Fusion, Sequenced, Thresholds, without_sequence};
use mats_core::Evidence;
use mats_core::random::Stream;
use mats_models::metrics::{self, Scored};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const PURPOSE: u32 = 0x9a17;
/// Groups of episodes that are left out in turn for the standard error.
const GROUPS: usize = 16;

/// A gain of average precision, with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// Average precision with the model minus that without it.
    pub mean: f64,
    /// Standard error of the mean.
    pub error: f64,
}

impl Gain {
    /// Tells whether the gain is more than a standard error.
    pub fn is_sure(&self) -> bool {
        self.mean > self.error
    }
}

/// Computes what the sequence model adds to the average precision of held-out windows, asked as it would be at work. The fusions
/// with it and without it are fitted on one half of the episodes and judge the other half, and the other way round, so that the further
/// inputs do not look good by being fitted to what they judge; `cuts` chooses the cuts of some scores. The standard error is the
/// jackknife's, over groups of episodes (Efron, Stein 1981): windows of one attack resemble each other. `None` where a half lacks one
/// of the classes.
pub(crate) fn gain(
    evidence: &[Evidence],
    truth: &[(bool, f32)],
    episodes: &[u32],
    seed: u64,
    cuts: impl Fn(&[Scored]) -> Thresholds,
) -> Option<Gain> {
    let places = dealt(truth, episodes, seed);
    let half = |i: usize| places[&episodes[i]] % 2;
    let group = |i: usize| places[&episodes[i]] / 2 % GROUPS;
    let others = without_sequence(evidence);
    let mut scores: Vec<(Scored, Scored, usize)> = Vec::with_capacity(evidence.len());
    for judged in [0, 1] {
        let learnt: Vec<usize> = (0..evidence.len()).filter(|&i| half(i) != judged).collect();
        let of = |all: &[Evidence]| learnt.iter().map(|&i| all[i]).collect::<Vec<_>>();
        let labels: Vec<(bool, f32)> = learnt.iter().map(|&i| truth[i]).collect();
        let bare = Fusion::fit(&of(&others), &labels, seed)?;
        let cuts = cuts(&bare.scored(&of(&others), &labels));
        let with = Sequenced::fit(&bare, &cuts, &of(evidence), &labels)?;
        for i in (0..evidence.len()).filter(|&i| half(i) == judged) {
            let (malicious, weight) = truth[i];
            let old = bare.probability(&others[i]);
            let new = if with.doubts(old) { with.probability(&bare, &evidence[i]) } else { old };
            scores.push(((new, malicious, weight), (old, malicious, weight), group(i)));
        }
    }
    let gained = |left_out: usize| -> Option<f64> {
        let kept = || scores.iter().filter(|s| s.2 != left_out);
        let (new, old): (Vec<Scored>, Vec<Scored>) = kept().map(|s| (s.0, s.1)).unzip();
        Some(metrics::pr_auc(&new)? - metrics::pr_auc(&old)?)
    };
    let parts: Vec<f64> = (0..GROUPS).filter_map(gained).collect();
    let (count, sum) = (parts.len() as f64, parts.iter().sum::<f64>());
    let squares: f64 = parts.iter().map(|part| (part - sum / count).powi(2)).sum();
    let error = (squares * (count - 1.0) / count).sqrt();
    Some(Gain { mean: gained(GROUPS)?, error })
}

/// Deals episodes out by dice, those with an attack first, so that halves and groups get their share of them.
fn dealt(truth: &[(bool, f32)], episodes: &[u32], seed: u64) -> BTreeMap<u32, usize> {
    let mut attacked: BTreeMap<u32, bool> = BTreeMap::new();
    for (&episode, &(malicious, _)) in episodes.iter().zip(truth) {
        *attacked.entry(episode).or_default() |= malicious;
    }
    let dice = Stream::new(seed, PURPOSE, 0);
    let mut order: Vec<(u32, bool)> = attacked.into_iter().collect();
    order.sort_by_key(|&(episode, attacked)| (!attacked, dice.word(u64::from(episode))));
    order.into_iter().enumerate().map(|(place, (episode, _))| (episode, place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of sixty episodes; surprise tells `share` of the malicious ones apart that the forest does not.
    fn world(share: f64) -> (Vec<Evidence>, Vec<(bool, f32)>, Vec<u32>) {
        let s = Stream::new(4, 1, 1);
        let (mut evidence, mut truth, mut episodes) = (vec![], vec![], vec![]);
        for i in 0..6000 {
            let u = |k: u64| s.unit(i * 8 + k);
            let malicious = u(0) < 0.1;
            let forest = if malicious { 0.2 + 0.6 * u(1) } else { 0.5 * u(1) } as f32;
            let surprised = malicious && u(2) < share;
            let sequence = if surprised { 0.97 + 0.03 * u(3) } else { u(3) } as f32;
            evidence.push(Evidence { anomaly: u(4) as f32, forest, sequence, indicator: 0.0 });
            truth.push((malicious, 1.0));
            episodes.push((i % 60) as u32);
        }
        (evidence, truth, episodes)
    }

    fn cuts(scored: &[Scored]) -> Thresholds {
        Thresholds::choose(scored, 1.0, 1.0)
    }

    #[test]
    fn a_model_pays_that_tells_what_others_do_not() {
        let (evidence, truth, episodes) = world(0.5);
        let gain = gain(&evidence, &truth, &episodes, 1, cuts).unwrap();
        assert!(gain.is_sure() && gain.mean > 0.005, "{gain:?}");
    }

    #[test]
    fn one_that_says_nothing_does_not() {
        let (evidence, truth, episodes) = world(0.0);
        let found = gain(&evidence, &truth, &episodes, 1, cuts).unwrap();
        assert!(!found.is_sure() && found.mean.abs() < 0.01, "{found:?}");
        let quiet: Vec<(bool, f32)> = truth.iter().map(|_| (false, 1.0)).collect();
        assert_eq!(gain(&evidence, &quiet, &episodes, 1, cuts), None);
    }
}
