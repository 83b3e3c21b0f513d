use super::calibrate::Calibration;
use super::encoder::Encoder;
use super::members::{Member, Members};
use super::reading::Reading;
use super::report::{DetectorKind, TableReport};
use ndarray::ArrayView2;

/// A fitted detector of one kind of table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableDetector {
    pub(super) kind: DetectorKind,
    pub(super) classes: Vec<String>,
    pub(super) encoder: Encoder,
    pub(super) members: Members,
    pub(super) calibration: Calibration,
    pub(super) report: TableReport,
    pub(super) seed: u64,
    /// Record of how the training rows were read.
    pub reading: Reading,
}

/// Verdict of a detector on a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableScore {
    /// The score, in [0, 1]; higher is worse. Of a random forest the probability of any class but benign as the trees vote.
    pub score: f32,
    /// True if the score reaches the cut.
    pub alarm: bool,
    /// The calibrated probability that the row is malicious, where labels allowed to learn it.
    pub probability: Option<f32>,
    /// The likeliest class, by position, where there is a random forest.
    pub class: Option<usize>,
    /// Likeliest of the classes that are not benign, by position, where there is a random forest.
    pub attack: Option<usize>,
    /// The random forest's own score.
    pub forest: Option<f32>,
    /// The isolation forest's own score.
    pub isolation: Option<f32>,
    /// Model that moved the score more.
    pub by: Member,
}

/// A column that moved a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// The column.
    pub column: usize,
    /// Amount it moved it by: in probability with a random forest, in splits of the mean path with an isolation forest.
    pub moved: f32,
}

impl TableDetector {
    /// Returns which models it is made of.
    pub fn kind(&self) -> DetectorKind {
        self.kind
    }

    /// The classes, benign first. Only benign if nothing was labelled.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the encoder of rows.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Cut and probabilities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Returns the findings of fitting.
    pub fn report(&self) -> &TableReport {
        &self.report
    }

    /// The seed it was fitted with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The cut of one of the models on its own, found as the detector's is. `None` without that model.
    pub fn threshold_of(&self, member: Member) -> Option<f32> {
        let own = match member {
            Member::Forest => self.calibration.forest_cut,
            Member::Isolation => self.calibration.isolation_cut,
        };
        own.or_else(|| self.members.threshold_of(member, self.calibration.nominal))
    }

    /// Former name of [`Self::threshold_of`].
    #[deprecated(since = "0.2.0", note = "renamed to `threshold_of`")]
    pub fn cut_of(&self, member: Member) -> Option<f32> {
        self.threshold_of(member)
    }

    /// A scorer of rows one by one; keeps its own buffers.
    pub fn scorer(&self) -> Scorer<'_> {
        Scorer { detector: self, shares: vec![0.0; self.classes.len()], moved: Vec::new() }
    }

    /// Scores of encoded rows (rows × columns), spread over the threads.
    ///
    /// # Panics
    /// When the columns are not those of the encoder.
    #[expect(clippy::needless_pass_by_value, reason = "views are handed over like slices")]
    pub fn score_all(&self, rows: ArrayView2<'_, f32>) -> Vec<TableScore> {
        use rayon::prelude::*;
        assert_eq!(rows.ncols(), self.encoder.width(), "rows of other columns than the encoder's");
        let rows = mats_models::flat(rows);
        let chunks = rows.par_chunks(256 * self.encoder.width());
        let scored: Vec<Vec<TableScore>> = chunks
            .map(|rows| {
                let mut scorer = self.scorer();
                rows.chunks_exact(self.encoder.width()).map(|row| scorer.score(row)).collect()
            })
            .collect();
        scored.into_iter().flatten().collect()
    }
}

/// Scores rows one by one.
#[derive(Debug, Clone)]
pub struct Scorer<'a> {
    detector: &'a TableDetector,
    shares: Vec<f32>,
    moved: Vec<f32>,
}

impl Scorer<'_> {
    /// The score of an encoded row. Allocates nothing.
    ///
    /// # Panics
    /// When the row is shorter than the encoder's width.
    pub fn score(&mut self, row: &[f32]) -> TableScore {
        let (detector, members) = (self.detector, &self.detector.members);
        let (mut class, mut attack, mut forest) = (None, None, None);
        if let Some(model) = &members.forest {
            model.probabilities(row, &mut self.shares);
            forest = Some(1.0 - self.shares[0]);
            class = likeliest(&self.shares, 0);
            attack = likeliest(&self.shares, 1);
        }
        let isolation = members.isolation.as_ref().map(|model| model.score(row));
        let score = members.fuse(forest, isolation);
        TableScore {
            score,
            alarm: score >= detector.calibration.threshold,
            probability: detector.calibration.probability(score),
            class,
            attack,
            forest,
            isolation,
            by: members.loudest(forest, isolation),
        }
    }

    /// The columns that moved the score of a row most, the strongest first; replaces what `out` held. Those that raised
    /// it if it is an alarm, else those that lowered it.
    pub fn reasons(&mut self, row: &[f32], score: &TableScore, most: usize, out: &mut Vec<Reason>) {
        let members = &self.detector.members;
        match (score.by, &members.forest, &members.isolation) {
            (Member::Forest, Some(forest), _) | (Member::Isolation, Some(forest), None) => {
                forest.explain(row, &mut self.moved);
            }
            (_, _, Some(isolation)) => isolation.explain(row, &mut self.moved),
            _ => self.moved.clear(),
        }
        out.clear();
        let sign = if score.alarm { 1.0 } else { -1.0 };
        let told = self.moved.iter().enumerate().filter(|(_, m)| **m * sign > 0.0);
        out.extend(told.map(|(column, &moved)| Reason { column, moved }));
        out.sort_unstable_by(|a, b| b.moved.abs().total_cmp(&a.moved.abs()).then(a.column.cmp(&b.column)));
        out.truncate(most);
    }
}

/// The first of the largest shares, from a position on.
fn likeliest(shares: &[f32], from: usize) -> Option<usize> {
    let mut best: Option<usize> = None;
    for c in from..shares.len() {
        if best.is_none_or(|b| shares[c] > shares[b]) {
            best = Some(c);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::example::{example, frame};
    use super::super::params::TableParams;
    use super::super::report::DetectorKind;

    #[test]
    fn reasons_name_the_column_that_is_odd() {
        let (a, b, codes, names) = example(1500, 4);
        for kind in [DetectorKind::Forest, DetectorKind::IForest, DetectorKind::Fused] {
            let params = TableParams { nominal: 0.05, ..TableParams::new(kind) };
            let detector = params.fit(&frame(&a, &b), Some((&codes, &names)), "normal", 4).unwrap();
            let (mut scorer, mut reasons) = (detector.scorer(), Vec::new());
            for (row, column) in [([2.3, 0.5], 0), ([0.5, 1.4], 1)] {
                let score = scorer.score(&row);
                assert!(score.alarm, "{kind:?} {score:?}");
                scorer.reasons(&row, &score, 3, &mut reasons);
                assert_eq!(reasons[0].column, column, "{kind:?} {reasons:?}");
            }
            let quiet = scorer.score(&[0.5, 0.5]);
            scorer.reasons(&[0.5, 0.5], &quiet, 3, &mut reasons);
            assert!(!quiet.alarm && reasons.iter().all(|r| r.moved < 0.0), "{kind:?} {quiet:?} {reasons:?}");
        }
    }
}
