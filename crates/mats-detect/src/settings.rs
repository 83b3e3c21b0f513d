use mats_models::forest::ForestParams;
use mats_models::iforest::IsolationForestParams;
use mats_models::lstm::LstmParams;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings for fitting and running detectors. The defaults are the documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorSettings {
    /// The isolation forest.
    pub isolation_forest: IsolationForestParams,
    /// The random forest.
    pub forest: ForestParams,
    /// The sequence model; 0 layers: none.
    pub lstm: LstmParams,
    /// Whether the sequence model is put to work.
    pub sequence: SequenceUse,
    /// Benign windows above the alert cut, per machine and day, that are acceptable. The cut is the one with the
    /// best F-measure on held-out training episodes among those that keep this.
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub false_alarms_per_host_day: f32,
    /// Weight of recall against that of precision in that measure; 1 is F1.
    #[schemars(range(max = 1000.0), extend("exclusiveMinimum" = 0.0))]
    pub recall_weight: f32,
    /// Length of a window in minutes: how far apart the examples of one machine stand.
    #[schemars(range(min = 0.1, max = 1440.0))]
    pub window_minutes: f32,
    /// Conditions for asking all models.
    pub gate: GateSettings,
    /// Conditions for looking at a machine.
    pub look: LookSettings,
}

/// Whether the sequence model is put to work. Where it is, it is asked only about windows that the other models leave undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SequenceUse {
    /// If it raises the average precision on held-out training episodes by more than a standard error.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: it is not even fitted.
    Never,
}

/// Conditions for asking all models: only where a glance by ten trees of the random forest leaves a doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateSettings {
    /// Share of the malicious windows above the alert cut that the gate must let through; the gate is set from it
    /// on held-out training episodes. 1 or more: always ask.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub recall: f32,
    /// Stands in files of 0.1, where it opened the gate, too; read so that those runs can be, and means nothing.
    #[serde(rename = "sequence", skip_serializing)]
    #[schemars(skip)]
    former_sequence: Option<f32>,
}

/// Conditions for looking at a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LookSettings {
    /// Seconds between two looks at a machine.
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub gap: f64,
    /// Seconds between two looks after a notable event.
    #[schemars(range(min = 0.0, max = 86_400.0))]
    pub urgent_gap: f64,
    /// Seconds after which a suspicious machine is looked at again even without a record.
    #[schemars(range(min = 1.0, max = 86_400.0))]
    pub refresh: f64,
    /// Distance a feature must have moved since the last scoring, in units of its usual spread. 0: score always.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub change: f32,
}

impl Default for DetectorSettings {
    fn default() -> Self {
        DetectorSettings {
            isolation_forest: IsolationForestParams { trees: 50, ..IsolationForestParams::default() },
            forest: ForestParams::default(),
            lstm: LstmParams::default(),
            sequence: SequenceUse::default(),
            false_alarms_per_host_day: 5.0,
            recall_weight: 1.0,
            window_minutes: 5.0,
            gate: GateSettings::default(),
            look: LookSettings::default(),
        }
    }
}

impl Default for GateSettings {
    fn default() -> Self {
        GateSettings { recall: 0.995, former_sequence: None }
    }
}

impl Default for LookSettings {
    fn default() -> Self {
        LookSettings { gap: 60.0, urgent_gap: 5.0, refresh: 300.0, change: 0.5 }
    }
}
