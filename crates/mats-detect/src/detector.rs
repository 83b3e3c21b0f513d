use crate::features::{FeatureRow, columns as col};
use crate::fusion::{Fusion, Ranks, Thresholds};
use crate::settings::DetectorSettings;
use crate::votes::{ClassModel, Votes};
use mats_core::{Evidence, ThreatKind};
use mats_models::forest::Forest;
use mats_models::iforest::IsolationForest;
use mats_models::lstm::SequenceModel;
use serde::{Deserialize, Serialize};

/// The fitted models of one version.
#[derive(Debug, Clone, PartialEq)]
pub struct Detector {
    pub(crate) version: u32,
    pub(crate) settings: DetectorSettings,
    pub(crate) isolation: IsolationForest,
    pub(crate) anomaly: Ranks,
    /// Absent when there was nothing malicious to learn from.
    pub(crate) forest: Option<Forest>,
    /// Absent when there were no events to learn from.
    pub(crate) sequence: Option<SequenceModel>,
    pub(crate) surprise: Ranks,
    pub(crate) fusion: Fusion,
    pub(crate) thresholds: Thresholds,
    pub(crate) gate: Gate,
    /// Usual spread of every feature; infinite where it should not cause a new scoring.
    pub(crate) spread: FeatureRow,
    pub(crate) report: FitReport,
}

/// The bounds from which on the random forest is asked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gate {
    pub(crate) anomaly: f32,
    pub(crate) sequence: f32,
}

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
    /// Recall at the alert cut if the random forest were asked about every row.
    pub recall_ungated: f64,
    /// Share of the benign rows for which the random forest is asked.
    pub asked: f64,
}

/// Verdict of the models on one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// Each model's calibrated score.
    pub evidence: Evidence,
    /// The random forest's votes; all benign where it was not asked.
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

    /// Judges a row, with the surprise of the machine's sequence in nats and the indicators' confidence. The
    /// random forest is asked only where something cheaper is suspicious.
    pub fn judge(&self, row: &FeatureRow, surprise: f32, indicator: f32) -> Judgement {
        let (anomaly, sequence) = self.cheap(row, surprise);
        let ask = anomaly >= self.gate.anomaly || sequence >= self.gate.sequence || notable(row, indicator);
        self.conclude(row, anomaly, sequence, indicator, ask)
    }

    /// Judges a row like [`Self::judge`], but always asks the random forest.
    pub fn judge_fully(&self, row: &FeatureRow, surprise: f32, indicator: f32) -> Judgement {
        let (anomaly, sequence) = self.cheap(row, surprise);
        self.conclude(row, anomaly, sequence, indicator, true)
    }

    fn cheap(&self, row: &FeatureRow, surprise: f32) -> (f32, f32) {
        (self.anomaly.rank(self.isolation.score(row)), self.surprise.rank(surprise))
    }

    fn conclude(
        &self,
        row: &FeatureRow,
        anomaly: f32,
        sequence: f32,
        indicator: f32,
        ask: bool,
    ) -> Judgement {
        let votes = self.forest.as_ref().filter(|_| ask).map_or(Votes::BENIGN, |f| f.votes(row));
        let evidence = Evidence { anomaly, forest: votes.malicious(), sequence, indicator };
        Judgement { evidence, votes, fused: self.fusion.probability(&evidence) }
    }
}

/// Signs that are worth the forest's opinion whatever the other models say.
pub(crate) fn notable(row: &FeatureRow, indicator: f32) -> bool {
    indicator > 0.05 || row[col::EVASION] > 0.3 || row[col::RARE_TOOLS] > 0.3 || row[col::ODD_PARENTS] > 0.3
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
