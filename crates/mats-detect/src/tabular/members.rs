//! The forests of a table detector, and how their scores become one.

use super::calibrate::Tail;
use crate::forest::Forest;
use crate::iforest::{IsolationForest, IsolationForestParams};
use mats_core::random::Stream;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

const PURPOSE: u32 = 0x7ab1;
/// Parts of the benign rows, each scored by an isolation forest of the others.
const FOLDS: u64 = 5;
/// How much more the random forest's word counts than the isolation forest's, up to where it alarms. Any large
/// number will do: the forest decides, the isolation forest orders.
const TRUST: f32 = 6.0;
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
    /// How benign training rows score, by models that have not seen them.
    pub forest_tail: Tail,
    pub isolation_tail: Tail,
    /// Where the random forest's word stops counting: the tail of its own cut.
    pub cap: f32,
}

/// What the models say of some rows; empty where there is no such model.
#[derive(Debug, Clone, Default)]
pub(super) struct Scores {
    /// The probability of another class than benign.
    pub forest: Vec<f32>,
    pub isolation: Vec<f32>,
}

impl Members {
    /// One score in [0, 1]: the members' own where there is one.
    ///
    /// Of two, the forest's tail counts six times as much as the isolation forest's, but only up to its own cut:
    /// beyond it benign training rows cannot tell one score from another, and where the network has changed or an
    /// attack is new its order means little. So at the cut the forest decides, and alarms are ordered by how unusual
    /// their rows are.
    pub fn fuse(&self, forest: Option<f32>, isolation: Option<f32>) -> f32 {
        match (forest, isolation) {
            (Some(f), Some(i)) => {
                let longest = -libm::log10f(0.5 / (self.isolation_tail.sorted.len() as f32 + 1.0));
                let told = self.forest_tail.of(f).min(self.cap);
                (TRUST * told + self.isolation_tail.of(i)) / (TRUST * self.cap + longest)
            }
            (Some(score), None) | (None, Some(score)) => score,
            (None, None) => 0.0,
        }
    }

    /// Which of two models finds a row rarer.
    pub fn loudest(&self, forest: Option<f32>, isolation: Option<f32>) -> Member {
        match (forest, isolation) {
            (Some(f), Some(i)) if self.forest_tail.of(f) < self.isolation_tail.of(i) => Member::Isolation,
            (None, _) => Member::Isolation,
            _ => Member::Forest,
        }
    }

    /// What all models say of encoded rows.
    pub fn scores(&self, rows: &[f32], width: usize) -> Scores {
        let count = rows.len() / width;
        let mut scores = Scores::default();
        if let Some(forest) = &self.forest {
            scores.forest = vec![0.0; count];
            let k = forest.classes();
            let chunks = scores.forest.par_chunks_mut(CHUNK).zip(rows.par_chunks(CHUNK * width));
            chunks.for_each(|(out, rows)| {
                let mut shares = vec![0.0; out.len() * k];
                forest.probabilities_all(rows, &mut shares);
                out.iter_mut().zip(shares.chunks_exact(k)).for_each(|(out, p)| *out = 1.0 - p[0]);
            });
        }
        if let Some(isolation) = &self.isolation {
            scores.isolation = score_all(isolation, rows);
        }
        scores
    }
}

impl Scores {
    /// The members' scores of a row.
    pub fn of(&self, row: usize) -> (Option<f32>, Option<f32>) {
        (self.forest.get(row).copied(), self.isolation.get(row).copied())
    }
}

fn score_all(isolation: &IsolationForest, rows: &[f32]) -> Vec<f32> {
    let width = isolation.width();
    let mut scores = vec![0.0; rows.len() / width];
    let chunks = scores.par_chunks_mut(CHUNK).zip(rows.par_chunks(CHUNK * width));
    chunks.for_each(|(out, rows)| isolation.score_all(rows, out));
    scores
}

/// What rows score under isolation forests that have not seen them: benign rows in five parts, each under a forest of
/// the other four; others under the forest itself, which sees none of them.
pub(super) fn cross_fitted(
    params: &IsolationForestParams,
    whole: &IsolationForest,
    rows: &[f32],
    benign: &[bool],
    seed: u64,
) -> Vec<f32> {
    let width = whole.width();
    let mut scores = score_all(whole, rows);
    let stream = Stream::new(seed, PURPOSE, 0);
    let part = |row: usize| stream.word(row as u64) % FOLDS;
    for fold in 0..FOLDS {
        let of = |wanted: bool| -> Vec<usize> {
            (0..benign.len()).filter(|&i| benign[i] && (part(i) == fold) == wanted).collect()
        };
        let gather = |picked: &[usize]| -> Vec<f32> {
            picked.iter().flat_map(|&i| rows[i * width..(i + 1) * width].iter().copied()).collect()
        };
        let (inside, outside) = (of(true), of(false));
        let Some(forest) = params.fit(&gather(&outside), width, seed ^ (fold + 1)) else { continue };
        for (i, score) in inside.iter().zip(score_all(&forest, &gather(&inside))) {
            scores[*i] = score;
        }
    }
    scores
}
