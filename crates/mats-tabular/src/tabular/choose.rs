//! Which blend of the members' scores is taken.

use super::blend::{Blend, Weights};
use super::members::{Members, Scores};
use mats_core::random::Stream;
use mats_models::logistic;
use mats_models::metrics::{self, Scored};

const PURPOSE: u32 = 0xb1e4;
/// Share of the attacks that counts as all but a few.
const NEARLY_ALL: f64 = 0.99;
/// Share of the attacks that counts as most.
const MOST_OF: f64 = 0.5;
/// Share of the attacks that counts as little.
const PRICE: f64 = 0.07;
/// Area under the ROC curve that counts as little.
const AREA: f64 = 0.005;
/// Standard errors by which a blend has to find more than a member: there are several to choose from, and few attacks to choose
/// by.
const SURELY: f64 = 2.0;
/// Trees below which the held-out scores of a random forest say little of it: a row is judged by a third of them.
const FEW_TREES: usize = 30;
/// Rows that the regression is fitted to at most, half of them malicious.
const MOST: usize = 20_000;

/// What rows unseen say of a blend.
#[derive(Debug, Clone, Copy)]
struct Worth {
    /// Area under the ROC curve.
    area: f64,
    /// Mean recall about the nominal false positive rate.
    found: f64,
}

/// Chooses a blend by what models that had not seen the rows say of them (the discrete super learner: van der Laan, Polley,
/// Hubbard 2007), so that it does no harm: the better member alone, by the area under the ROC curve, unless another has
/// more of it and finds more at the nominal false positive rate than chance would have it. `cut` is the random forest's own.
///
/// Where the random forest finds all but a few of these attacks, what will be missed are others, of which they tell nothing. The
/// isolation forest has seen no attack, though: to it all are new. If it finds most of them nevertheless, it will find others,
/// and [`Blend::Above`] lets it order what the random forest alarms on, if that costs little of the known.
pub(super) fn choose(
    members: &Members,
    unseen: &Scores,
    malicious: &[bool],
    (nominal, trees): (f64, usize),
    cut: f32,
    seed: u64,
) -> Blend {
    let worth = |blend: &Blend| {
        let both = unseen.forest.iter().zip(&unseen.isolation);
        let scores: Vec<f32> = both.map(|(&f, &i)| members.blended(blend, f, i)).collect();
        let scored: Vec<Scored> = scores.iter().zip(malicious).map(|(&s, &m)| (s, m, 1.0)).collect();
        Some(Worth { area: metrics::roc_auc(&scored)?, found: found(&scores, malicious, nominal) })
    };
    let (above, ties) = (Blend::Above { cut }, Blend::Ties { cut });
    let (Some(forest), Some(isolation), Some(ordered), Some(tied)) =
        (worth(&Blend::Forest), worth(&Blend::Isolation), worth(&above), worth(&ties))
    else {
        // Without attacks the random forest has nothing to tell.
        return Blend::Isolation;
    };
    let error = area_error(forest.area, malicious);
    // Which of two is better is told by all rows, and there are but two to be lucky among.
    let (member, best) = if trees >= FEW_TREES && isolation.area > forest.area {
        (Blend::Isolation, isolation)
    } else {
        (Blend::Forest, forest)
    };
    if trees < FEW_TREES {
        return if tied.area >= forest.area { ties } else { member };
    }
    if forest.found >= NEARLY_ALL
        && isolation.found >= MOST_OF
        && ordered.found >= NEARLY_ALL - PRICE
        && ordered.area >= best.area - AREA
    {
        return above;
    }
    // Of two that are alike the better one is a matter of luck, and both together hedge it; a member that is clearly better is only
    // made worse, unless held-out rows say otherwise beyond luck.
    let alike = (forest.area - isolation.area).abs() < error;
    let least_area = if alike { best.area } else { best.area + error };
    let attacks = malicious.iter().filter(|&&m| m).count() as f64;
    let spread = (best.found * (1.0 - best.found)).max(1.0 / attacks);
    let mut least = best.found + SURELY * (spread / attacks).sqrt();
    let mut chosen = None;
    let regression = regression(members, unseen, malicious, seed).map(Blend::Regression);
    for blend in regression.into_iter().chain([Blend::Sum, above]) {
        if let Some(worth) = worth(&blend)
            && worth.area >= least_area
            && worth.found > least
        {
            least = worth.found;
            chosen = Some(blend);
        }
    }
    chosen.unwrap_or(if member == Blend::Forest && tied.area >= forest.area { ties } else { member })
}

/// Standard error of an area under the ROC curve (Hanley and McNeil 1982).
fn area_error(area: f64, malicious: &[bool]) -> f64 {
    let bad = malicious.iter().filter(|&&m| m).count().max(1) as f64;
    let benign = (malicious.len() as f64 - bad).max(1.0);
    let (of_bad, of_benign) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let square = area * area;
    let variance =
        area * (1.0 - area) + (bad - 1.0) * (of_bad - square) + (benign - 1.0) * (of_benign - square);
    (variance.max(0.0) / (bad * benign)).sqrt()
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
        let threshold = super::cut::threshold(&benign, share.min(1.0));
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
