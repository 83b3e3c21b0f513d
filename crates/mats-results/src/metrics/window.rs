//! Detection counted on a fixed grid of host × 5 minutes.
//!
//! A cell is positive when malicious activity touched the host in those minutes (also when sensors dropped
//! it), and ignored at the edges of activity and while a compromise is silent. A cell is *flagged* when its
//! score reaches the threshold.
//!
//! Counts at the threshold are exact. The areas under the curves come from a histogram of 4,096 bins whose
//! width shrinks towards 0 and 1 (128 bins to an octave of the distance to the nearer end), where calibrated
//! scores crowd; scores that share a bin count as tied. The error of ROC-AUC is at most half the share of
//! (positive, negative) pairs that share a bin. So memory is 64 KiB however long the run, and merging lanes
//! is adding integers.

use super::{f1, ratio};
use serde::{Deserialize, Serialize};

/// Bins of the histogram.
const BINS: usize = 4096;
/// Bins of each half: 16 octaves of 128.
const HALF: u32 = 2048;

/// Truth about a cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Malicious activity touched the host.
    Positive,
    /// None did.
    Negative,
    /// Neither answer would be fair; counted apart.
    Ignore,
}

/// Counts of cells, bounded in memory, mergeable in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowTally {
    threshold_bits: u32,
    flagged: [u64; 2],
    passed: [u64; 2],
    ignored: u64,
    bins: Box<[[u64; 2]]>,
}

impl WindowTally {
    /// An empty tally; a cell is flagged when its score is at least `threshold`.
    pub fn new(threshold: f32) -> WindowTally {
        WindowTally {
            threshold_bits: threshold.to_bits(),
            flagged: [0; 2],
            passed: [0; 2],
            ignored: 0,
            bins: vec![[0; 2]; BINS].into_boxed_slice(),
        }
    }

    /// Tells whether a cell with this score is flagged.
    pub fn flags(&self, score: f32) -> bool {
        score >= f32::from_bits(self.threshold_bits)
    }

    /// Counts one cell. Scores lie in [0, 1]; one that is not a number is never flagged and ranks lowest.
    pub fn add(&mut self, score: f32, truth: Truth) {
        let class = match truth {
            Truth::Ignore => {
                self.ignored += 1;
                return;
            }
            Truth::Negative => 0,
            Truth::Positive => 1,
        };
        if self.flags(score) {
            self.flagged[class] += 1;
        } else {
            self.passed[class] += 1;
        }
        self.bins[bin(score)][class] += 1;
    }

    /// Adds the counts of another tally: of other episodes, or of another detector, each flagged by its own threshold.
    pub fn merge(&mut self, other: &WindowTally) {
        for class in 0..2 {
            self.flagged[class] += other.flagged[class];
            self.passed[class] += other.passed[class];
        }
        self.ignored += other.ignored;
        for (mine, theirs) in self.bins.iter_mut().zip(&other.bins) {
            mine[0] += theirs[0];
            mine[1] += theirs[1];
        }
    }

    /// Lists what would be flagged at other thresholds, from the highest down to 0: thinned to points that differ by
    /// half a percent in recall or false positive rate, by one in precision, or that pass a multiple of 0.05.
    pub fn operating_points(&self) -> Vec<OperatingPoint> {
        let total = self.bins.iter().fold([0, 0], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]]);
        let share = |part: u64, whole: u64| ratio(part as f64, whole as f64);
        let far =
            |a: Option<f64>, b: Option<f64>, step: f64| a.zip(b).is_some_and(|(a, b)| (a - b).abs() >= step);
        let (mut kept, mut skipped) = (Vec::<OperatingPoint>::new(), None);
        let (mut fp, mut tp) = (0, 0);
        for (bin, &[neg, pos]) in self.bins.iter().enumerate().rev() {
            (fp, tp) = (fp + neg, tp + pos);
            let threshold = lowest(bin);
            let point = OperatingPoint {
                threshold: f64::from(threshold),
                tp,
                fp,
                recall: share(tp, total[1]),
                fpr: share(fp, total[0]),
                precision: share(tp, tp + fp),
            };
            let keep = kept.last().is_none_or(|last| {
                let twentieth = |t: f64| (t * 20.0).floor() as i32;
                far(last.recall, point.recall, 0.005)
                    || far(last.fpr, point.fpr, 0.005)
                    || far(last.precision, point.precision, 0.01)
                    || twentieth(last.threshold) != twentieth(point.threshold)
            });
            skipped = if keep { None } else { Some(point) };
            kept.extend(keep.then_some(point));
        }
        kept.extend(skipped);
        kept
    }

    /// The figures.
    pub fn metrics(&self) -> WindowMetrics {
        let ([fp, tp], [tn, fn_]) = (self.flagged, self.passed);
        let groups = || self.bins.iter().rev().map(|&[neg, pos]| (pos, neg));
        let share = |part: u64, whole: u64| ratio(part as f64, whole as f64);
        let (precision, recall) = (share(tp, tp + fp), share(tp, tp + fn_));
        WindowMetrics {
            tp,
            fp,
            fn_,
            tn,
            ignored: self.ignored,
            accuracy: share(tp + tn, tp + fp + fn_ + tn),
            precision,
            recall,
            f1: f1(precision, recall),
            fpr: share(fp, fp + tn),
            fnr: share(fn_, tp + fn_),
            roc_auc: roc_auc(groups()),
            pr_auc: average_precision(groups()),
        }
    }
}

/// Figures of the grid; every share is undefined where its denominator is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowMetrics {
    /// Positive and flagged.
    pub tp: u64,
    /// Negative and flagged.
    pub fp: u64,
    /// Positive and not flagged.
    pub fn_: u64,
    /// Negative and not flagged.
    pub tn: u64,
    /// Left out of all other figures.
    pub ignored: u64,
    /// (tp + tn) / all.
    pub accuracy: Option<f64>,
    /// tp / (tp + fp).
    pub precision: Option<f64>,
    /// tp / (tp + fn).
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// False positive rate, fp / (fp + tn).
    pub fpr: Option<f64>,
    /// False negative rate, fn / (tp + fn).
    pub fnr: Option<f64>,
    /// Probability that a positive cell scores above a negative one, ties counting half.
    pub roc_auc: Option<f64>,
    /// Average precision, the step-wise area under the precision-recall curve.
    pub pr_auc: Option<f64>,
}

/// Operating point of a threshold: a point of the ROC and of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// The threshold, the lowest score of a bin.
    pub threshold: f64,
    /// Positives that score at least that.
    pub tp: u64,
    /// Negatives that do.
    pub fp: u64,
    /// tp / positives.
    pub recall: Option<f64>,
    /// fp / negatives.
    pub fpr: Option<f64>,
    /// tp / (tp + fp).
    pub precision: Option<f64>,
}

/// Exponent field of 2⁻¹⁷, the lowest octave with bins of its own.
const LOWEST: u32 = 110 << 7;

/// The lowest score of a bin, to the last digit of an `f32`.
fn lowest(bin: usize) -> f32 {
    let edge = |half: u32| if half == 0 { 0.0 } else { f32::from_bits((half + LOWEST) << 16) };
    let half = bin as u32;
    if half < HALF { edge(half) } else { 1.0 - edge(BINS as u32 - half) }
}

/// The bin of a score: by the bits of its distance to the nearer of 0 and 1.
fn bin(score: f32) -> usize {
    let score = if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) };
    let half = |x: f32| (x.to_bits() >> 16).saturating_sub(LOWEST).min(HALF - 1);
    // 1 − score is exact for scores of at least a half (Sterbenz's lemma).
    if score < 0.5 { half(score) as usize } else { BINS - 1 - half(1.0 - score) as usize }
}

/// Groups of equal score as (positives, negatives), from the highest score down.
pub fn tied_groups(cells: &[(f32, bool)]) -> Vec<(u64, u64)> {
    let mut sorted = cells.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    sorted
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let positives = group.iter().filter(|cell| cell.1).count() as u64;
            (positives, group.len() as u64 - positives)
        })
        .collect()
}

/// ROC-AUC from groups of tied scores, highest first: the Mann–Whitney statistic over all pairs
/// (Hanley and `McNeil` 1982). Undefined unless both classes occur.
pub fn roc_auc(groups: impl Iterator<Item = (u64, u64)>) -> Option<f64> {
    let (mut above, mut negatives, mut twice_won) = (0_u128, 0_u128, 0_u128);
    for (pos, neg) in groups {
        twice_won += u128::from(neg) * (2 * above + u128::from(pos));
        above += u128::from(pos);
        negatives += u128::from(neg);
    }
    ratio(twice_won as f64, (2 * above * negatives) as f64)
}

/// Average precision from groups of tied scores, highest first: Σ (Rₖ − Rₖ₋₁) Pₖ with precision P and recall R
/// at each distinct score. Undefined without positives.
pub fn average_precision(groups: impl Iterator<Item = (u64, u64)>) -> Option<f64> {
    let (mut tp, mut flagged, mut sum) = (0_u64, 0_u64, 0.0);
    for (pos, neg) in groups {
        tp += pos;
        flagged += pos + neg;
        if pos > 0 {
            sum += pos as f64 * (tp as f64 / flagged as f64);
        }
    }
    ratio(sum, tp as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(cells: &[(f32, Truth)], threshold: f32) -> WindowTally {
        let mut tally = WindowTally::new(threshold);
        for &(score, truth) in cells {
            tally.add(score, truth);
        }
        tally
    }

    #[test]
    fn figures_of_a_hand_worked_grid() {
        use Truth::{Ignore, Negative, Positive};
        let cells = [
            (0.9, Positive),
            (0.8, Negative),
            (0.7, Positive),
            (0.7, Negative),
            (0.4, Positive),
            (0.2, Negative),
            (0.1, Negative),
            (0.95, Ignore),
        ];
        let m = tally(&cells, 0.7).metrics();
        // At 0.7 or more: two positives and two negatives are flagged; one positive and two negatives are not.
        assert_eq!((m.tp, m.fp, m.fn_, m.tn, m.ignored), (2, 2, 1, 2, 1));
        assert_eq!(m.accuracy, Some(4.0 / 7.0));
        assert_eq!(m.precision, Some(0.5));
        assert_eq!(m.recall, Some(2.0 / 3.0));
        // 2 · 1/2 · 2/3 / (1/2 + 2/3) = 4/7.
        assert!((m.f1.unwrap() - 4.0 / 7.0).abs() < 1e-15);
        assert_eq!((m.fpr, m.fnr), (Some(0.5), Some(1.0 / 3.0)));
        // Pairs won of 3 · 4: 0.9 beats four; 0.7 beats 0.2 and 0.1 and ties 0.7 (2.5); 0.4 beats two. 8.5 / 12.
        assert!((m.roc_auc.unwrap() - 8.5 / 12.0).abs() < 1e-15);
        // Recall rises by a third at 0.9 (precision 1/1), at 0.7 (2/4) and at 0.4 (3/5): (1 + 0.5 + 0.6) / 3 = 0.7.
        assert!((m.pr_auc.unwrap() - 0.7).abs() < 1e-15);
    }

    #[test]
    fn what_cannot_be_divided_is_undefined() {
        let m = tally(&[(0.9, Truth::Negative), (f32::NAN, Truth::Negative)], 0.5).metrics();
        assert_eq!((m.fp, m.tn), (1, 1));
        assert_eq!((m.recall, m.f1, m.roc_auc, m.pr_auc, m.fnr), (None, None, None, None, None));
        assert_eq!(m.precision, Some(0.0));
        assert_eq!(WindowTally::new(0.5).metrics().accuracy, None);
    }

    #[test]
    fn bins_follow_the_order_of_scores() {
        let scores: Vec<f32> = (0..=100_000).map(|i| i as f32 / 100_000.0).collect();
        assert!(scores.windows(2).all(|w| bin(w[0]) <= bin(w[1])));
        assert_eq!((bin(0.0), bin(1.0), bin(-3.0), bin(7.0)), (0, BINS - 1, 0, BINS - 1));
        assert!(bin(0.5) > bin(0.499_999));
    }

    #[test]
    fn a_bin_begins_at_its_lowest_score() {
        assert_eq!((lowest(0), lowest(BINS - 1)), (0.0, 1.0 - f32::from_bits((LOWEST + 1) << 16)));
        for b in 1..BINS {
            // A last digit more or less may lie on the other side of an edge near 1.
            assert!(bin(lowest(b) + 2e-7) >= b && bin(lowest(b) - 2e-7) <= b, "{b}");
            assert!(lowest(b - 1) <= lowest(b), "{b}");
        }
    }

    #[test]
    fn operating_points_run_from_nothing_to_everything_and_are_few() {
        let cells: Vec<(f32, Truth)> = (0..20_000)
            .map(|i| {
                (
                    i as f32 / 20_000.0,
                    if i % 5 == 0 || i > 19_000 { Truth::Positive } else { Truth::Negative },
                )
            })
            .collect();
        let tally = tally(&cells, 0.9);
        let points = tally.operating_points();
        let last = points.last().unwrap();
        assert_eq!((last.threshold, last.recall, last.fpr), (0.0, Some(1.0), Some(1.0)));
        assert!(points.len() > 200 && points.len() < 700, "{}", points.len());
        assert!(points.windows(2).all(|w| w[0].threshold > w[1].threshold && w[0].tp <= w[1].tp));
        // At nine tenths, to within a bin, what the exact counts say.
        let m = tally.metrics();
        let near = points
            .iter()
            .min_by(|a, b| (a.threshold - 0.9).abs().total_cmp(&(b.threshold - 0.9).abs()))
            .unwrap();
        assert!((near.recall.unwrap() - m.recall.unwrap()).abs() < 0.02, "{near:?} {m:?}");
        assert_eq!(WindowTally::new(0.5).operating_points().last().unwrap().recall, None);
    }

    proptest! {
        #[test]
        fn merged_lanes_equal_one_pass_in_any_order(
            cells in prop::collection::vec((0.0..=1.0_f32, 0..3_u8), 0..200), cut in 0..200_usize,
        ) {
            let cells: Vec<_> = cells
                .into_iter()
                .map(|(s, t)| (s, [Truth::Positive, Truth::Negative, Truth::Ignore][t as usize]))
                .collect();
            let (a, b) = cells.split_at(cut.min(cells.len()));
            let (mut ab, mut ba) = (tally(a, 0.5), tally(b, 0.5));
            ab.merge(&tally(b, 0.5));
            ba.merge(&tally(a, 0.5));
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(&ab, &tally(&cells, 0.5));
        }

        #[test]
        fn histogram_areas_stay_within_their_bound(
            cells in prop::collection::vec((0.0..=1.0_f32, any::<bool>()), 2..300),
        ) {
            let mut tally = WindowTally::new(0.5);
            for &(s, t) in &cells {
                tally.add(s, if t { Truth::Positive } else { Truth::Negative });
            }
            let exact = roc_auc(tied_groups(&cells).into_iter());
            let binned = tally.metrics().roc_auc;
            prop_assert_eq!(exact.is_some(), binned.is_some());
            if let (Some(exact), Some(binned)) = (exact, binned) {
                let shared: u64 = tally.bins.iter().map(|&[n, p]| n * p).sum();
                let positives = cells.iter().filter(|c| c.1).count() as f64;
                let pairs = positives * (cells.len() as f64 - positives);
                prop_assert!((exact - binned).abs() <= 0.5 * shared as f64 / pairs + 1e-12);
            }
        }

        #[test]
        fn roc_auc_depends_on_order_alone(cells in prop::collection::vec((0.0..=1.0_f32, any::<bool>()), 2..100)) {
            let halved: Vec<_> = cells.iter().map(|&(s, t)| (s * 0.5, t)).collect();
            prop_assert_eq!(roc_auc(tied_groups(&cells).into_iter()), roc_auc(tied_groups(&halved).into_iter()));
            // Calling every positive negative and the reverse mirrors the curve.
            let swapped: Vec<_> = cells.iter().map(|&(s, t)| (s, !t)).collect();
            if let (Some(a), Some(b)) =
                (roc_auc(tied_groups(&cells).into_iter()), roc_auc(tied_groups(&swapped).into_iter()))
            {
                prop_assert!((a + b - 1.0).abs() < 1e-12);
            }
        }
    }
}
