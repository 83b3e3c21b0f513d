//! Examples → detector.
//!
//! A third of the training episodes is held out. The models are fitted to the others; ranks, fusion, cuts and
//! gate to the held-out ones, so that a forest that knows its own training rows by heart deceives nobody.

use crate::detector::{Detector, FitReport};
use crate::examples::Examples;
use crate::features::keys::VOCABULARY;
use crate::features::{FeatureRow, columns as col};
use crate::fusion::{Fusion, Ranks, Thresholds};
use crate::settings::{DetectorSettings, SequenceUse};
use crate::votes::{CLASSES, class_of};
use mats_core::random::Stream;
use mats_models::forest::{Forest, ForestError};
use mats_models::iforest::IsolationForest;
use mats_models::lstm::SequenceModel;
use ndarray::aview2;
use thiserror::Error;

pub(crate) const PURPOSE: u32 = 0xf17d;

/// Errors of fitting detectors.
#[derive(Debug, Error)]
pub enum FitError {
    /// Too little to split.
    #[error(
        "fit detectors: {episodes} episodes with {rows} windows; give at least two episodes with windows"
    )]
    TooFew {
        /// Episodes given.
        episodes: u32,
        /// Windows given.
        rows: usize,
    },
    /// Lack of benign windows on one side.
    #[error("fit detectors: no benign windows in the {part} episodes; add training seeds")]
    NoBenign {
        /// Part of the episodes that lacks them.
        part: &'static str,
    },
    /// A number that no sensor can have delivered.
    #[error(
        "fit detectors: window {row}, feature `{feature}` is not a finite number; check where it comes from"
    )]
    NotFinite {
        /// Position of the window.
        row: usize,
        /// The feature's name.
        feature: &'static str,
    },
    /// The sequence model cannot be built.
    #[error(
        "fit the sequence model: {layers} layers of {width} cells; choose 1 to 4 layers, or none, and a multiple of 32 up to 256"
    )]
    Shape {
        /// Layers asked for.
        layers: usize,
        /// Cells asked for.
        width: usize,
    },
    /// An isolation forest without trees.
    #[error("fit the isolation forest: it needs at least one tree")]
    NoTrees,
    /// The random forest.
    #[error(transparent)]
    Forest(#[from] ForestError),
}

/// Rows to fit to and rows to calibrate on.
pub(crate) struct Split {
    pub fit: Vec<u32>,
    pub held: Vec<u32>,
    pub held_episodes: Vec<bool>,
}

impl Split {
    pub(crate) fn new(examples: &Examples, seed: u64) -> Split {
        let held_episodes = examples.held_out(seed);
        let (held, fit) =
            (0..examples.len() as u32).partition(|&i| held_episodes[examples.episode[i as usize] as usize]);
        Split { fit, held, held_episodes }
    }
}

/// Fits all models. The same examples, settings and seed give the same bytes with any number of threads.
///
/// Without malicious windows the random forest is left out and the fusion is [`Fusion::UNSUPERVISED`].
///
/// # Errors
/// When there is too little to fit to, or a feature is not a number.
pub fn fit(examples: &Examples, settings: &DetectorSettings, seed: u64) -> Result<Detector, FitError> {
    if examples.episodes() < 2 || examples.len() < 2 {
        return Err(FitError::TooFew { episodes: examples.episodes(), rows: examples.len() });
    }
    for (row, values) in examples.rows().iter().enumerate() {
        if let Some(j) = values.iter().position(|x| !x.is_finite()) {
            return Err(FitError::NotFinite { row, feature: col::COLUMNS[j].name });
        }
    }
    let lstm = &settings.lstm;
    let none = lstm.layers == 0 || settings.sequence == SequenceUse::Never;
    let shape = mats_models::lstm::Shape { layers: lstm.layers, width: lstm.width, keys: VOCABULARY };
    if !none && !shape.is_valid() {
        return Err(FitError::Shape { layers: lstm.layers, width: lstm.width });
    }
    let split = Split::new(examples, seed);
    let benign = |rows: &[u32]| -> Vec<u32> {
        rows.iter().copied().filter(|&i| examples.labels[i as usize].is_none()).collect()
    };
    let (benign_fit, benign_held) = (benign(&split.fit), benign(&split.held));
    for (rows, part) in [(&benign_fit, "fitting"), (&benign_held, "held-out")] {
        if rows.is_empty() {
            return Err(FitError::NoBenign { part });
        }
    }

    let rows: Vec<FeatureRow> = benign_fit.iter().map(|&i| examples.rows[i as usize]).collect();
    let isolation = settings.isolation_forest.fit(aview2(&rows), seed).ok_or(FitError::NoTrees)?;
    let clean = examples.clean_sequences(&split.held_episodes);
    let sequence = if none { None } else { lstm.fit(&clean, VOCABULARY, seed) };
    let forest = fit_forest(examples, &split.fit, &isolation, settings, seed)?;

    let surprises = surprises(examples, sequence.as_ref(), &split.held);
    let of_benign = |i: &&u32| examples.labels[**i as usize].is_none();
    let anomaly =
        Ranks::new(benign_held.iter().map(|&i| isolation.score(&examples.rows[i as usize])).collect());
    let surprise = Ranks::new(
        split.held.iter().zip(&surprises).filter(|(i, _)| of_benign(i)).map(|(_, &s)| s).collect(),
    );
    let mut detector = Detector {
        version: 1,
        settings: settings.clone(),
        isolation,
        anomaly,
        forest,
        sequence,
        surprise,
        fusion: Fusion::UNSUPERVISED,
        sequenced: None,
        thresholds: Thresholds::above(0.5),
        glance: Fusion::UNSUPERVISED,
        gate: 0.0,
        spread: spread(examples, &benign_fit),
        report: FitReport::default(),
    };
    let gain =
        detector.sequence.as_ref().and_then(|_| detector.sequence_gain(examples, &split, &surprises, seed));
    if settings.sequence == SequenceUse::Auto && !gain.is_some_and(|gain| gain.is_sure()) {
        detector.sequence = None;
        detector.surprise = Ranks::new(Vec::new());
    }
    detector.report.sequence_gain = gain;
    detector.calibrate(examples, &split, &surprises, &[], seed);
    Ok(detector)
}

/// The surprise at some rows; 0 without a sequence model.
pub(crate) fn surprises(examples: &Examples, model: Option<&SequenceModel>, rows: &[u32]) -> Vec<f32> {
    model.map_or_else(|| vec![0.0; rows.len()], |m| examples.surprises(m, rows))
}

/// Rows and classes for the random forest: malicious rows up to half, of all kinds alike; of the benign a third are those that the
/// isolation forest finds most unusual, because only suspicious rows are ever shown to it.
pub(crate) fn forest_rows(
    examples: &Examples,
    rows: &[u32],
    isolation: &IsolationForest,
    most: usize,
    seed: u64,
) -> (Vec<FeatureRow>, Vec<u8>) {
    let shuffled = |wanted: bool| -> Vec<u32> {
        let stream = Stream::new(seed, PURPOSE, u64::from(wanted));
        let mut picked: Vec<u32> =
            rows.iter().copied().filter(|&i| examples.labels[i as usize].is_some() == wanted).collect();
        picked.sort_by_key(|&i| stream.word(u64::from(i)));
        picked
    };
    // Every kind in turn, so that a frequent kind does not crowd out a rare one.
    let mut turns = [0_u32; CLASSES];
    let mut malicious: Vec<(u32, u32)> = shuffled(true)
        .into_iter()
        .map(|i| {
            let turn = &mut turns[class_of(examples.labels[i as usize]) as usize];
            *turn += 1;
            (*turn, i)
        })
        .collect();
    malicious.sort_by_key(|m| m.0);
    let mut picked: Vec<u32> = malicious.into_iter().take(most / 2).map(|m| m.1).collect();
    let room = most - picked.len();
    let mut benign = shuffled(false);
    let plain = room.saturating_sub(room / 3).min(benign.len());
    let rest = benign.split_off(plain);
    let mut unusual: Vec<(f32, u32)> =
        rest.into_iter().map(|i| (isolation.score(&examples.rows[i as usize]), i)).collect();
    unusual.sort_by(|a, b| b.0.total_cmp(&a.0));
    picked.extend(benign);
    picked.extend(unusual.into_iter().take(room - plain).map(|(_, i)| i));
    let classes = picked.iter().map(|&i| class_of(examples.labels[i as usize])).collect();
    (picked.iter().map(|&i| examples.rows[i as usize]).collect(), classes)
}

fn fit_forest(
    examples: &Examples,
    rows: &[u32],
    isolation: &IsolationForest,
    settings: &DetectorSettings,
    seed: u64,
) -> Result<Option<Forest>, FitError> {
    let (rows, classes) = forest_rows(examples, rows, isolation, settings.forest.max_rows, seed);
    if classes.iter().all(|&c| c == 0) {
        return Ok(None);
    }
    Ok(Some(settings.forest.fit(aview2(&rows), &classes, CLASSES, seed)?.forest))
}

/// The spread from the 10th to the 90th percentile of the benign rows, at least a quarter. The clock and the asset class
/// cause no scoring of themselves.
fn spread(examples: &Examples, benign: &[u32]) -> FeatureRow {
    std::array::from_fn(|j| {
        if j == col::NIGHT || j == col::ASSET {
            return f32::INFINITY;
        }
        let mut values: Vec<f32> = benign.iter().map(|&i| examples.rows[i as usize][j]).collect();
        values.sort_unstable_by(f32::total_cmp);
        let at = |p: usize| values[(values.len() - 1) * p / 100];
        (at(90) - at(10)).max(0.25)
    })
}
