//! The Detection Agent: telemetry to threat intelligence. It never knows the world or the truth; labels come in
//! only as plain arrays, to fit from.
//!
//! ```text
//! Record ──► features ──► row ──► isolation forest ─┐
//!    │                     └────► random forest ────┤ fusion ──► ThreatIntel
//!    ├──► key ──► LSTM ──► surprise ────────────────┤
//!    └──► indicator match ──────────────────────────┘
//! ```
//!
//! ```
//! use mats_core::telemetry::{Login, LoginKind};
//! use mats_core::{
//!     Addr, AssetClass, Body, HostId, HostInfo, Inventory, Os, Record, SimTime, SubnetId, UserId, UserInfo,
//! };
//! use mats_detect::Collector;
//! use mats_detect::features::columns::COLUMNS;
//! use std::sync::Arc;
//!
//! // One machine with its account, and a login that failed.
//! let inventory = Inventory {
//!     hosts: vec![HostInfo {
//!         name: "ws-1".to_owned(),
//!         subnet: SubnetId(0),
//!         os: Os::Windows,
//!         class: AssetClass::Workstation,
//!         value: 1.0,
//!         never_isolate: false,
//!         owner: UserId(0),
//!     }],
//!     users: vec![UserInfo { name: "ann".to_owned(), home: HostId(0), admin: false, value: 1.0 }],
//!     subnets: vec!["office".to_owned()],
//!     start_of_day: 9 * 3600,
//! };
//! let login = Login { user: UserId(0), source: Addr(1), kind: LoginKind::Network, success: false };
//! let now = SimTime(60_000_000);
//! let mut collector = Collector::new(Arc::new(inventory));
//! collector.observe(&[Record { time: now, arrival: now, host: HostId(0), body: Body::Login(login) }]);
//! let failed = COLUMNS.iter().position(|column| column.name == "failed_logins").expect("a column");
//! assert_eq!(collector.sample(HostId(0), now).row[failed], 1.0);
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
mod calibrate;
mod collector;
mod detector;
mod drift;
mod examples;
mod explain;
pub mod features;
mod fit;
pub mod fusion;
mod indicators;
mod sequence_gain;
mod sequences;
mod settings;
pub mod store;
pub mod update;
pub mod votes;

pub use agent::DetectionAgent;
pub use collector::{Collector, Sample};
pub use detector::{Detector, FitReport, Judgement, ModelsAtWork};
pub use drift::Drift;
pub use examples::{Examples, Window};
pub use explain::SUGGESTS;
pub use features::{FEATURES, FeatureRow};
pub use fit::{FitError, fit};
pub use sequence_gain::Gain;
pub use settings::{DetectorSettings, GateSettings, LookSettings, SequenceUse};
pub use update::{Choice, Score, UpdateError, UpdateVerdict};
