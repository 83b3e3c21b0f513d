//! What a detector is worth on a table that it has not seen.

use super::benign;
use super::data::Data;
use super::ranking::{Ranking, gain};
use crate::tabular::{DetectorKind, Member, Oddities, TableDetector, TableScore};
use mats_models::metrics::{self, Scored};
use mats_results::metrics::bootstrap::Estimate;
use serde::Serialize;

/// Bins of the reliability curve.
const BINS: usize = 10;
/// The false positive rate at which detectors are compared.
pub const AT: f64 = 0.01;

/// Results of a detector on a table.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Rows.
    pub rows: u64,
    /// Malicious ones.
    pub malicious: u64,
    /// Oddities of the rows' fields.
    pub oddities: Oddities,
    /// The cut, and the false positive rate it was set for.
    #[serde(rename = "cut")]
    pub threshold: (f32, f64),
    /// The detector at its cut, at a probability of one half where it has one, and each of its models.
    pub figures: Vec<Figures>,
    /// The rule that looks at nothing: everything is what training rows mostly were.
    pub baseline: Rates,
    /// Several classes: the share of rows whose class was told, and the mean of the classes' F1.
    pub classes: Option<(f64, f64)>,
    /// Results for every label.
    pub labels: Vec<LabelFigures>,
    /// Recall of malicious rows with labels that training had.
    pub recall_known: Option<f64>,
    /// Recall of malicious rows with labels that it had not: novel attacks.
    pub recall_novel: Option<f64>,
    /// Calibrated probabilities beside what came true; expected calibration error.
    pub reliability: Vec<Reliability>,
    /// Expected calibration error (Guo et al. 2017) of the calibrated probability.
    pub calibration_error: Option<f64>,
    /// Recall that the fused score gains at 1 % false positives over the better of its models, and which that is.
    pub gain: Option<(Estimate, &'static str)>,
}

/// A rule at one cut.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Name of the rule.
    pub name: String,
    /// Rates at its cut.
    pub rates: Rates,
    /// Area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// Recall where 1 % of the benign rows of this table alarm: what the score is worth whatever the cut.
    pub recall_at_one_percent: Option<f64>,
}

/// Counted at one cut.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Rates {
    /// Share of the rows judged rightly.
    pub accuracy: f64,
    /// Share of the alarms that are true.
    pub precision: Option<f64>,
    /// Share of the malicious rows found.
    pub recall: Option<f64>,
    /// Share of the benign rows that alarm.
    pub false_positive_rate: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
}

/// Results for one label.
#[derive(Debug, Clone, Serialize)]
pub struct LabelFigures {
    /// The label.
    pub label: String,
    /// Rows with the label.
    pub rows: u64,
    /// True if training had the label.
    pub known: bool,
    /// Share of them that alarmed.
    pub alarmed: f64,
}

/// A bin of the reliability curve.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Reliability {
    /// Rows in the bin.
    pub rows: u64,
    /// Mean probability told.
    pub told: f64,
    /// Share that was malicious.
    pub came_true: f64,
}

/// Evaluates a detector on a labelled table; `None` when it has no labels.
pub fn evaluate(detector: &TableDetector, data: &Data, seed: u64) -> Option<Evaluation> {
    let (codes, _) = data.labels.as_ref()?;
    let mut oddities = Oddities::default();
    let rows = detector.encoder().encode(&data.frame(), &mut oddities);
    // A table tells these from missing values only by their count.
    for stray in
        data.table.strays.iter().filter(|s| !s.names && detector.encoder().position(&s.column).is_some())
    {
        oddities.mistyped += stray.count;
        oddities.missing = oddities.missing.saturating_sub(stray.count);
    }
    let scores = detector.score_all(rows.view());
    let benign = benign::of_model(detector, data);
    let malicious: Vec<bool> = codes.iter().map(|&c| !benign[c as usize]).collect();
    let threshold = detector.calibration().threshold;

    let pick = |of: fn(&TableScore) -> Option<f32>| -> Option<Vec<f32>> { scores.iter().map(of).collect() };
    let whole = pick(|s| Some(s.score)).unwrap_or_default();
    let mut figures =
        vec![figures(&format!("{} at its cut", name(detector.kind())), &whole, &malicious, threshold)];
    if let Some(forest) = pick(|s| s.forest) {
        figures.push(self::figures("random forest at 0.5", &forest, &malicious, 0.5));
    }
    let mut gained = None;
    if detector.kind() == DetectorKind::Fused {
        let fused = Ranking::new(&whole, &malicious);
        for (member, own) in
            [(Member::Forest, pick(|s| s.forest)), (Member::Isolation, pick(|s| s.isolation))]
        {
            let (Some(own), Some(threshold)) = (own, detector.threshold_of(member)) else { continue };
            figures.push(self::figures(
                &format!("{} at its own cut", member.name()),
                &own,
                &malicious,
                threshold,
            ));
            let ranking = Ranking::new(&own, &malicious);
            let better = gained
                .as_ref()
                .is_none_or(|(best, _): &(Ranking, _)| ranking.recall_at(AT) > best.recall_at(AT));
            if better {
                gained = Some((ranking, member.name()));
            }
        }
        let gain = gained.map(|(best, name)| (gain(&fused, &best, AT, seed), name));
        return Some(finish(detector, data, &scores, &malicious, figures, gain, oddities));
    }
    Some(finish(detector, data, &scores, &malicious, figures, None, oddities))
}

fn name(kind: DetectorKind) -> &'static str {
    match kind {
        DetectorKind::Forest => "random forest",
        DetectorKind::IForest => "isolation forest",
        DetectorKind::Fused => "fused",
    }
}

fn figures(name: &str, scores: &[f32], malicious: &[bool], threshold: f32) -> Figures {
    let scored: Vec<Scored> = scores.iter().zip(malicious).map(|(&s, &m)| (s, m, 1.0)).collect();
    Figures {
        name: name.to_owned(),
        rates: rates(scores.iter().map(|&s| s >= threshold), malicious),
        roc_auc: metrics::roc_auc(&scored).filter(|_| scored.iter().any(|s| !s.1)),
        average_precision: metrics::pr_auc(&scored),
        recall_at_one_percent: Ranking::new(scores, malicious).recall_at(AT),
    }
}

fn rates(alarms: impl Iterator<Item = bool>, malicious: &[bool]) -> Rates {
    let (mut hits, mut misses, mut false_alarms, mut quiet) = (0.0, 0.0, 0.0, 0.0);
    for (alarm, &bad) in alarms.zip(malicious) {
        *(match (alarm, bad) {
            (true, true) => &mut hits,
            (false, true) => &mut misses,
            (true, false) => &mut false_alarms,
            (false, false) => &mut quiet,
        }) += 1.0;
    }
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    Rates {
        accuracy: share(hits + quiet, hits + misses + false_alarms + quiet).unwrap_or(0.0),
        precision: share(hits, hits + false_alarms),
        recall: share(hits, hits + misses),
        false_positive_rate: share(false_alarms, false_alarms + quiet),
        f1: share(2.0 * hits, 2.0 * hits + misses + false_alarms),
    }
}

fn finish(
    detector: &TableDetector,
    data: &Data,
    scores: &[TableScore],
    malicious: &[bool],
    figures: Vec<Figures>,
    gain: Option<(Estimate, &'static str)>,
    oddities: Oddities,
) -> Evaluation {
    let (codes, names) = data.labels.as_ref().expect("the caller saw labels");
    let benign = benign::of_model(detector, data);
    let known: Vec<bool> = names
        .iter()
        .zip(&benign)
        .map(|(name, benign)| *benign || detector.classes().contains(name))
        .collect();
    let recall = |wanted: bool| {
        let of = scores.iter().zip(codes).zip(malicious);
        let of: Vec<bool> = of
            .filter(|((_, code), bad)| **bad && known[**code as usize] == wanted)
            .map(|((score, _), _)| score.alarm)
            .collect();
        (!of.is_empty()).then(|| of.iter().filter(|&&alarm| alarm).count() as f64 / of.len() as f64)
    };
    // A detector that saw no label but the benign one knows no attack: nothing is novel to it.
    let several = detector.classes().len() > 1;
    let told: Option<Vec<Scored>> =
        scores.iter().zip(malicious).map(|(s, &m)| s.probability.map(|p| (p, m, 1.0))).collect();
    let tells = detector.classes().len() > 2 && scores.iter().any(|score| score.class.is_some());
    Evaluation {
        rows: scores.len() as u64,
        malicious: malicious.iter().filter(|&&m| m).count() as u64,
        oddities,
        threshold: (detector.calibration().threshold, detector.calibration().nominal),
        figures,
        baseline: baseline(detector, malicious),
        classes: tells.then(|| classes(detector, data, scores, &benign)),
        labels: label_figures(codes, names, &known, scores),
        recall_known: if several { recall(true) } else { None },
        recall_novel: if several { recall(false) } else { None },
        reliability: told.as_deref().map(reliability).unwrap_or_default(),
        calibration_error: told.as_deref().map(metrics::calibration_error),
        gain,
    }
}

/// Returns the rates where everything is taken for what most training rows were: malicious or benign.
fn baseline(detector: &TableDetector, malicious: &[bool]) -> Rates {
    let classes = &detector.report().classes;
    let all: u64 = classes.iter().map(|c| c.1).sum();
    let alarm = classes.first().is_some_and(|benign| benign.1 * 2 < all);
    rates(malicious.iter().map(|_| alarm), malicious)
}

/// Accuracy over classes and the mean of their F1, those that training had not among them.
fn classes(detector: &TableDetector, data: &Data, scores: &[TableScore], benign: &[bool]) -> (f64, f64) {
    let (codes, names) = data.labels.as_ref().expect("the caller saw labels");
    let mut all: Vec<&str> = detector.classes().iter().map(String::as_str).collect();
    all.extend(names.iter().map(String::as_str).filter(|n| !detector.classes().iter().any(|c| c == n)));
    // The first class is the benign one, whatever its labels.
    let class = |(name, benign): (&String, &bool)| {
        if *benign { 0 } else { all.iter().position(|other| other == name).unwrap_or(0) }
    };
    let truth: Vec<usize> = names.iter().zip(benign).map(class).collect();
    let mut counts = vec![(0.0, 0.0, 0.0); all.len()];
    let mut right = 0.0;
    for (score, &code) in scores.iter().zip(codes) {
        let (told, is) = (score.class.unwrap_or(0), truth[code as usize]);
        counts[told].1 += 1.0;
        counts[is].2 += 1.0;
        if told == is {
            counts[is].0 += 1.0;
            right += 1.0;
        }
    }
    let f1: Vec<f64> =
        counts.iter().filter(|c| c.1 + c.2 > 0.0).map(|(hit, told, are)| 2.0 * hit / (told + are)).collect();
    (right / scores.len().max(1) as f64, f1.iter().sum::<f64>() / f1.len().max(1) as f64)
}

fn label_figures(
    codes: &[u32],
    names: &[String],
    known: &[bool],
    scores: &[TableScore],
) -> Vec<LabelFigures> {
    let mut counts = vec![(0_u64, 0_u64); names.len()];
    for (score, &code) in scores.iter().zip(codes) {
        counts[code as usize].0 += 1;
        counts[code as usize].1 += u64::from(score.alarm);
    }
    let mut labels: Vec<LabelFigures> = names
        .iter()
        .zip(counts)
        .zip(known)
        .filter(|((_, (rows, _)), _)| *rows > 0)
        .map(|((label, (rows, alarmed)), &known)| LabelFigures {
            label: label.clone(),
            rows,
            known,
            alarmed: alarmed as f64 / rows as f64,
        })
        .collect();
    labels.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.label.cmp(&b.label)));
    labels
}

fn reliability(told: &[Scored]) -> Vec<Reliability> {
    let mut bins = [(0_u64, 0.0, 0.0); BINS];
    for &(p, bad, _) in told {
        let bin = &mut bins[((p * BINS as f32) as usize).min(BINS - 1)];
        bin.0 += 1;
        bin.1 += f64::from(p);
        bin.2 += f64::from(u8::from(bad));
    }
    let filled = bins.into_iter().filter(|b| b.0 > 0);
    filled
        .map(|(rows, told, came)| Reliability {
            rows,
            told: told / rows as f64,
            came_true: came / rows as f64,
        })
        .collect()
}
