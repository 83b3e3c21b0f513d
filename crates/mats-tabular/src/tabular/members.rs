//! The forests of a table detector, and how their scores become one.

use super::blend::{Blend, INPUTS};
use super::calibrate::{Tail, logit};
use super::cut::threshold;
use mats_core::random::Stream;
use mats_models::forest::Forest;
use mats_models::iforest::{IsolationForest, IsolationForestParams};
use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

const PURPOSE: u32 = 0x7ab1;
/// Parts of the benign rows, each scored by an isolation forest of the others.
const FOLDS: u64 = 5;
/// Factor by which the random forest's word counts more than the isolation forest's under [`Blend::Order`]. Any large
/// number will do.
const TRUST: f32 = 100.0;
/// The same under [`Blend::Ties`]: no two scores of ten thousand trees are nearer.
const STRICT: f32 = 1e4;
/// Score from which on there is an alarm where the random forest decides.
pub(super) const DECIDED: f32 = 0.5;
/// Rows scored at once.
const CHUNK: usize = 1024;

/// One of the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Member {
    /// The random forest.
    Forest,
    /// The isolation forest.
    Isolation,
}

impl Member {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Member::Forest => "random forest",
            Member::Isolation => "isolation forest",
        }
    }
}

/// The models.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Members {
    pub forest: Option<Forest>,
    pub isolation: Option<IsolationForest>,
    /// Tails of the scores of benign training rows, by models that have not seen them.
    pub forest_tail: Tail,
    pub isolation_tail: Tail,
    /// Limit beyond which the random forest's word stops counting under [`Blend::Order`]: the tail of its own cut.
    pub cap: f32,
    pub blend: Blend,
}

/// Scores of some rows by the models; empty where there is no such model.
#[derive(Debug, Clone, Default)]
pub(super) struct Scores {
    /// The probability of another class than benign.
    pub forest: Vec<f32>,
    pub isolation: Vec<f32>,
}

impl Members {
    /// One score in [0, 1]: the members' own where there is one, else as the blend says.
    pub fn fuse(&self, forest: Option<f32>, isolation: Option<f32>) -> f32 {
        match (forest, isolation) {
            (Some(f), Some(i)) => self.blended(&self.blend, f, i),
            (Some(score), None) | (None, Some(score)) => score,
            (None, None) => 0.0,
        }
    }

    pub fn blended(&self, blend: &Blend, forest: f32, isolation: f32) -> f32 {
        match blend {
            Blend::Forest => forest,
            Blend::Isolation => isolation,
            Blend::Regression(weights) => weights.probability(self.inputs(forest, isolation)),
            Blend::Sum => {
                let longest = self.forest_tail.longest() + self.isolation_tail.longest();
                (self.forest_tail.of(forest) + self.isolation_tail.of(isolation)) / longest
            }
            Blend::Order => {
                let told = self.forest_tail.of(forest).min(self.cap);
                let whole = TRUST * self.cap + self.isolation_tail.longest();
                (TRUST * told + self.isolation_tail.of(isolation)) / whole
            }
            Blend::Ties { cut } | Blend::Above { cut } => {
                let rare = self.isolation_tail.of(isolation) / self.isolation_tail.longest();
                let both = |forest: f32| (STRICT * forest + rare) / (STRICT + 1.0);
                if forest < *cut {
                    return (DECIDED * both(forest / cut)).clamp(0.0, DECIDED.next_down());
                }
                let all = (1.0 - cut).max(f32::MIN_POSITIVE);
                let told =
                    if *blend == (Blend::Above { cut: *cut }) { rare } else { both((forest - cut) / all) };
                (DECIDED + (1.0 - DECIDED) * told).clamp(DECIDED, 1.0)
            }
        }
    }

    /// Returns the inputs of the regression.
    pub fn inputs(&self, forest: f32, isolation: f32) -> [f64; INPUTS] {
        [logit(forest) / 7.0, f64::from(isolation), f64::from(self.isolation_tail.of(isolation))]
    }

    /// Tells which of two models moved the score more: without its word, as of an ordinary benign row, it falls lower.
    pub fn loudest(&self, forest: Option<f32>, isolation: Option<f32>) -> Member {
        match (forest, isolation) {
            (Some(f), Some(i)) => {
                let without_forest = self.blended(&self.blend, self.forest_tail.median(), i);
                let without_isolation = self.blended(&self.blend, f, self.isolation_tail.median());
                if without_isolation < without_forest { Member::Isolation } else { Member::Forest }
            }
            (None, _) => Member::Isolation,
            _ => Member::Forest,
        }
    }

    /// The cut of one of the models on its own, of a model that does not say: for the nominal rate.
    pub fn threshold_of(&self, member: Member, nominal: f64) -> Option<f32> {
        let (there, tail) = match member {
            Member::Forest => (self.forest.is_some(), &self.forest_tail),
            Member::Isolation => (self.isolation.is_some(), &self.isolation_tail),
        };
        there.then(|| threshold(&tail.sorted, nominal))
    }
}

impl Scores {
    /// The members' scores of a row.
    pub fn of(&self, row: usize) -> (Option<f32>, Option<f32>) {
        (self.forest.get(row).copied(), self.isolation.get(row).copied())
    }
}

fn score_all(isolation: &IsolationForest, rows: &Array2<f32>) -> Vec<f32> {
    let mut scores = vec![0.0; rows.nrows()];
    let chunks: Vec<_> = rows.axis_chunks_iter(Axis(0), CHUNK).collect();
    let chunks = scores.par_chunks_mut(CHUNK).zip(chunks);
    chunks.for_each(|(out, rows)| isolation.score_all(rows, out.into()));
    scores
}

/// Scores rows under isolation forests that have not seen them: benign rows in five parts, each under a forest of the
/// other four; others under the forest itself, which sees none of them.
pub(super) fn cross_fitted(
    params: &IsolationForestParams,
    whole: &IsolationForest,
    rows: &Array2<f32>,
    benign: &[bool],
    seed: u64,
) -> Vec<f32> {
    let mut scores = score_all(whole, rows);
    let stream = Stream::new(seed, PURPOSE, 0);
    let part = |row: usize| stream.word(row as u64) % FOLDS;
    for fold in 0..FOLDS {
        let of = |wanted: bool| -> Vec<usize> {
            (0..benign.len()).filter(|&i| benign[i] && (part(i) == fold) == wanted).collect()
        };
        let (inside, outside) = (of(true), of(false));
        let outside = rows.select(Axis(0), &outside);
        let Some(forest) = params.fit(outside.view(), seed ^ (fold + 1)) else { continue };
        let found = score_all(&forest, &rows.select(Axis(0), &inside));
        for (i, score) in inside.iter().zip(found) {
            scores[*i] = score;
        }
    }
    scores
}
