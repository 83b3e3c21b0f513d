//! The Detection Agent: telemetry to threat intelligence. It never knows the world or the truth; labels come in
//! only as plain arrays, to fit from.
//!
//! ```text
//! Record ──► features ──► Row ──► isolation forest ─┐
//!    │                     └────► random forest ────┤ fusion ──► ThreatIntel
//!    ├──► key ──► LSTM ──► surprise ────────────────┤
//!    └──► indicator match ──────────────────────────┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`features`] | records → 32 numbers per machine |
//! | [`votes`] | the six classes of windows, and what a model says of them |
//! | [`fusion`] | calibration, logistic regression, cuts |
//! | [`Collector`], [`Examples`] | training windows, gathered by the same code that runs in an episode |
//! | [`fit()`] → [`Detector`] | the fitted bundle, versioned |
//! | [`DetectionAgent`] | a detector at work on one network |
//! | [`update`] | refitting from a [`mats_core::ModelUpdate`], accepted only if better |
//! | [`store`] | model files |
//!
//! The models themselves are those of `mats-models`.

mod agent;
mod collector;
mod detector;
mod drift;
mod examples;
mod explain;
pub mod features;
mod fit;
pub mod fusion;
mod indicators;
mod settings;
pub mod store;
pub mod update;
pub mod votes;

pub use agent::DetectionAgent;
pub use collector::{Collector, Sample};
pub use detector::{Detector, FitReport, Judgement};
pub use drift::Drift;
pub use examples::{Examples, Window};
pub use explain::SUGGESTS;
pub use features::{FEATURES, Row};
pub use fit::{FitError, fit};
pub use settings::{DetectorSettings, GateSettings, LookSettings};
pub use update::{Choice, Score, UpdateError, Verdict};
