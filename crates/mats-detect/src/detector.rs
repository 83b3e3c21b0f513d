use crate::features::{FeatureRow, columns as col};
use crate::fusion::{Fusion, Ranks, Sequenced, Thresholds, WARM};
use crate::sequence_gain::Gain;
use crate::settings::DetectorSettings;
use crate::votes::{ClassModel, Votes};
use mats_core::{Evidence, ThreatKind};
use mats_models::forest::Forest;
use mats_models::iforest::IsolationForest;
use mats_models::lstm::SequenceModel;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The fitted models of one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub(crate) version: u32,
    pub(crate) settings: DetectorSettings,
    pub(crate) isolation: IsolationForest,
    pub(crate) anomaly: Ranks,
    /// Absent when there was nothing malicious to learn from.
    pub(crate) forest: Option<Forest>,
    /// Absent when there were no events to learn from, or when it does not pay.
    pub(crate) sequence: Option<SequenceModel>,
    pub(crate) surprise: Ranks,
    /// Fusion of all models but the sequence model.
    pub(crate) fusion: Fusion,
    /// What the sequence model adds where the others are undecided; present with it.
    pub(crate) sequenced: Option<Sequenced>,
    pub(crate) thresholds: Thresholds,
    /// Fusion of what a glance gives.
    pub(crate) glance: Fusion,
    /// Probability by a glance from which all models are asked.
    pub(crate) gate: f32,
    /// Usual spread of every feature; infinite where it should not cause a new scoring.
    pub(crate) spread: FeatureRow,
    pub(crate) report: FitReport,
}

/// Share of benign rows from which on a gate that lets them through is none.
const MUCH: f64 = 0.5;

/// Findings of fitting, on held-out training episodes. The fusion, which has few parameters, and the cut are fitted on
/// these very episodes, so the figures flatter them a little; what a detector is worth is measured on evaluation seeds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Rows the models were fitted to, and how many of them were malicious.
    pub rows: (u32, u32),
    /// Rows held out to calibrate on, and how many of them were malicious.
    pub held_out: (u32, u32),
    /// Area under the precision–recall curve of the fused score.
    pub pr_auc: Option<f64>,
    /// Area under the ROC curve of the fused score, and of each model's: anomaly, forest, sequence, indicator.
    pub roc_auc: [Option<f64>; 5],
    /// Expected calibration error: fitted on one half of the held-out rows, measured on the other.
    pub calibration_error: f64,
    /// Precision and recall at the alert cut.
    pub at_cut: (f64, f64),
    /// Recall at the alert cut if all models were asked about every row.
    pub recall_ungated: f64,
    /// Share of the benign rows for which more is asked than ten trees.
    pub asked: f64,
    /// What the sequence model adds to the average precision; `None` where that was not measured.
    pub sequence_gain: Option<Gain>,
}

/// How much of the models is at work, in a few figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ModelsAtWork {
    /// Share of the benign rows for which more is asked than ten trees.
    pub asked: f64,
    /// Whether the sequence model is at work.
    pub sequence: bool,
    /// What it adds to the average precision; `None` where that was not measured.
    pub sequence_gain: Option<Gain>,
}

/// As a part of a sentence.
impl fmt::Display for ModelsAtWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LSTM {}", if self.sequence { "at work" } else { "off" })?;
        if let Some(Gain { mean, error }) = self.sequence_gain {
            write!(f, " ({mean:+.4} ± {error:.4} average precision on held-out episodes)")?;
        }
        write!(f, "; all other models asked about {:.0} % of benign windows", 100.0 * self.asked)?;
        if self.asked > MUCH {
            write!(
                f,
                ", which is slow: attacks look ordinary here, or too few were seen (train.gather.episodes)"
            )?;
        }
        Ok(())
    }
}

/// Verdict of the models on one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Each model's calibrated score.
    pub evidence: Evidence,
    /// The random forest's votes; all benign where the row is not suspicious.
    pub votes: Votes,
    /// Calibrated probability that the row is malicious.
    pub fused: f32,
}

impl Detector {
    /// 1 for the first fit, one more with every accepted update.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the findings of fitting.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Returns how much of the models is at work.
    pub fn at_work(&self) -> ModelsAtWork {
        let FitReport { asked, sequence_gain, .. } = self.report;
        ModelsAtWork { asked, sequence: self.sequence.is_some(), sequence_gain }
    }

    /// Returns the cuts at which alerts and severities begin.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Former name of [`Self::thresholds`].
    #[deprecated(since = "0.2.0", note = "renamed to `thresholds`")]
    pub fn cuts(&self) -> Thresholds {
        self.thresholds()
    }

    /// Returns the settings it was fitted with.
    pub fn settings(&self) -> &DetectorSettings {
        &self.settings
    }

    /// Judges a row, with the surprise of the machine's sequence in nats and the indicators' confidence. See
    /// [`Self::judge_asking`].
    pub fn judge(&self, row: &FeatureRow, surprise: f32, indicator: f32) -> Judgement {
        self.judge_asking(row, indicator, || surprise)
    }

    /// Judges a row, asking no model more than is needed:
    ///
    /// 1. ten trees of the random forest glance at it, which is all for most benign rows, and ten more as long as a doubt is left;
    /// 2. what is left after all trees is shown to the isolation forest;
    /// 3. where that is undecided, the sequence model is asked for the machine's surprise, if it is at work.
    pub fn judge_asking(
        &self,
        row: &FeatureRow,
        indicator: f32,
        surprise: impl FnOnce() -> f32,
    ) -> Judgement {
        let mut evidence = Evidence { indicator, ..Evidence::default() };
        let mut sum = 0.0;
        for group in self.forest.iter().flat_map(Forest::groups) {
            let seen = group.end as f32;
            sum += self.forest.as_ref().map_or(0.0, |forest| forest.sum_of(row, group));
            evidence.forest = sum / seen;
            let fused = self.glance.probability(&evidence);
            if fused < self.gate {
                return Judgement { evidence, votes: Votes::BENIGN, fused };
            }
        }
        evidence.anomaly = self.anomaly.rank(self.isolation.score(row));
        let mut fused = self.fusion.probability(&evidence);
        if let Some(sequenced) = self.sequenced.as_ref().filter(|s| s.doubts(fused)) {
            evidence.sequence = self.surprise.rank(surprise());
            fused = sequenced.probability(&self.fusion, &evidence);
        }
        let suspicious = fused >= WARM * self.thresholds.alert;
        let votes =
            self.forest.as_ref().filter(|_| suspicious).map_or(Votes::BENIGN, |forest| forest.votes(row));
        Judgement { evidence, votes, fused }
    }

    /// Judges a row like [`Self::judge`], but always asks all models.
    pub fn judge_fully(&self, row: &FeatureRow, surprise: f32, indicator: f32) -> Judgement {
        let evidence = self.evidence_of_all(row, surprise, indicator);
        let votes = self.forest.as_ref().map_or(Votes::BENIGN, |forest| forest.votes(row));
        Judgement { evidence, votes, fused: self.fuse(&evidence) }
    }

    /// Evidence of all models.
    pub(crate) fn evidence_of_all(&self, row: &FeatureRow, surprise: f32, indicator: f32) -> Evidence {
        let mean = |forest: &Forest| {
            let sum: f32 = forest.groups().map(|group| forest.sum_of(row, group)).sum();
            sum / forest.groups().last().map_or(1, |group| group.end) as f32
        };
        Evidence {
            anomaly: self.anomaly.rank(self.isolation.score(row)),
            forest: self.forest.as_ref().map_or(0.0, mean),
            sequence: self.surprise.rank(surprise),
            indicator,
        }
    }

    /// The probability by evidence of all models, the surprise counting where the others are undecided.
    pub(crate) fn fuse(&self, evidence: &Evidence) -> f32 {
        let others = self.fusion.probability(&Evidence { sequence: 0.0, ..*evidence });
        let sequenced = self.sequenced.as_ref().filter(|s| s.doubts(others));
        sequenced.map_or(others, |s| s.probability(&self.fusion, evidence))
    }
}

impl Judgement {
    /// Returns the likeliest kind of threat: the forest's first choice, or if it has none what the evidence suggests.
    pub fn kind(&self, row: &FeatureRow) -> ThreatKind {
        if self.votes.malicious() > 0.0 {
            self.votes.kind()
        } else if row[col::FAILED_LOGINS] + row[col::FAILED_LOGINS_OUT] > 3.0 {
            ThreatKind::Credential
        } else if row[col::DELETED] > 6.0 {
            ThreatKind::Impact
        } else if self.evidence.indicator > 0.0 || row[col::BEACON] > 0.5 {
            ThreatKind::Exfiltration
        } else if row[col::LOGIN_TARGETS] > 3.0 || row[col::DISCOVERY] > 2.0 {
            ThreatKind::Movement
        } else {
            ThreatKind::Intrusion
        }
    }
}
