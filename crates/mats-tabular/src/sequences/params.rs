use mats_models::lstm::LstmParams;
use serde::{Deserialize, Serialize};

/// Events that a window may hold.
pub(super) const LONGEST: usize = 10_000;
/// Parameters for fitting detectors of sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceParams {
    /// The network; `max_events` is not used here.
    pub lstm: LstmParams,
    /// Number of events back that the network looks; a session's first events are then not judged. `None`: from the
    /// session's start on, one event at a time, its end among what is predicted.
    pub window: Option<usize>,
    /// Share of the normal sessions that may alarm.
    pub nominal: f64,
}

impl Default for SequenceParams {
    fn default() -> Self {
        SequenceParams { lstm: SequenceParams::lstm(1, 32), window: None, nominal: 0.01 }
    }
}

impl SequenceParams {
    /// A network of some layers and cells, fitted as suits whole sessions.
    pub fn lstm(layers: usize, width: usize) -> LstmParams {
        LstmParams { layers, width, epochs: 30, learning_rate: 8e-3, ..LstmParams::default() }
    }
}
