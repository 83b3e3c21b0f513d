//! Which blend of the members' scores is taken.

use super::blend::{Blend, Weights};
use super::members::{Members, Scores};
use mats_core::random::Stream;
use mats_models::logistic;

const PURPOSE: u32 = 0xb1e4;
/// Share of the attacks that counts as all but a few.
const NEARLY_ALL: f64 = 0.99;
/// Share of the attacks that counts as little.
const PRICE: f64 = 0.07;
/// Rows that the regression is fitted to at most, half of them malicious.
const MOST: usize = 20_000;

/// Chooses a blend by what models that had not seen the rows say of them: whichever finds most attacks at the nominal false
/// positive rate, and about it (the discrete super learner: van der Laan, Polley, Hubbard 2007).
///
/// Where the random forest finds all but a few of these attacks, though, what will be missed are others, of which they tell
/// nothing. Then [`Blend::Order`], which rests least on what is known, is chosen if it costs little of it.
pub(super) fn choose(
    members: &Members,
    unseen: &Scores,
    malicious: &[bool],
    nominal: f64,
    seed: u64,
) -> Blend {
    let worth = |blend: &Blend| {
        let both = unseen.forest.iter().zip(&unseen.isolation);
        let scores: Vec<f32> = both.map(|(&f, &i)| members.blended(blend, f, i)).collect();
        found(&scores, malicious, nominal)
    };
    if worth(&Blend::Forest) >= NEARLY_ALL && worth(&Blend::Order) >= NEARLY_ALL - PRICE {
        return Blend::Order;
    }
    let plain = [Blend::Forest, Blend::Isolation, Blend::Sum, Blend::Order];
    let candidates =
        plain.into_iter().chain(regression(members, unseen, malicious, seed).map(Blend::Regression));
    let mut best = (Blend::Forest, 0.0);
    for blend in candidates {
        let worth = worth(&blend);
        if worth > best.1 {
            best = (blend, worth);
        }
    }
    best.0
}

/// Mean recall at half, one and two times a false positive rate.
fn found(scores: &[f32], malicious: &[bool], nominal: f64) -> f64 {
    let of = |wanted: bool| -> Vec<f32> {
        let mut some: Vec<f32> =
            scores.iter().zip(malicious).filter(|(_, m)| **m == wanted).map(|(s, _)| *s).collect();
        some.sort_unstable_by(f32::total_cmp);
        some
    };
    let (benign, bad) = (of(false), of(true));
    let recall = |share: f64| {
        let threshold = super::calibrate::threshold(&benign, share.min(1.0));
        (bad.len() - bad.partition_point(|&s| s < threshold)) as f64 / bad.len().max(1) as f64
    };
    [0.5, 1.0, 2.0].iter().map(|k| recall(k * nominal)).sum::<f64>() / 3.0
}

fn regression(members: &Members, unseen: &Scores, malicious: &[bool], seed: u64) -> Option<Weights> {
    let stream = Stream::new(seed, PURPOSE, 0);
    let of = |wanted: bool| -> Vec<usize> {
        let mut rows: Vec<usize> = (0..malicious.len()).filter(|&i| malicious[i] == wanted).collect();
        rows.sort_by_key(|&i| stream.word(i as u64));
        rows.truncate(MOST / 2);
        rows
    };
    let (bad, benign) = (of(true), of(false));
    if bad.is_empty() || benign.is_empty() {
        return None;
    }
    let labels: Vec<u32> = bad.iter().map(|_| 1).chain(benign.iter().map(|_| 0)).collect();
    let inputs = bad.iter().chain(&benign);
    let rows = inputs.map(|&i| members.inputs(unseen.forest[i], unseen.isolation[i]));
    let (weights, bias) = logistic::fit(rows, &labels, 0.1)?;
    (weights.iter().all(|w| w.is_finite()) && bias.is_finite()).then_some(Weights { weights, bias })
}
