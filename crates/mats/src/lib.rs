//! MATS: a simulated organisation under cyber attack, and three agents that defend it together: one detects, one responds, one
//! learns from what came of it.
//!
//! This crate gathers the others under one name. Each keeps its own documentation; whoever writes a defender, trains the
//! agents, or puts the detectors to work needs the [`prelude`] and little else.
//!
//! # Quick start: a defender of your own
//!
//! ```
//! use mats::prelude::*;
//!
//! /// Scans what alarms, and ends what the scan finds.
//! #[derive(Clone)]
//! struct ScanAndKill;
//!
//! impl Policy for ScanAndKill {
//!     fn choose(&mut self, decision: &Decision<'_>) -> Action {
//!         match (decision.key.status, decision.intel.severity) {
//!             (ThreatStatus::Verified, _) => Action::KillProcess,
//!             (_, Severity::Info) => Action::Monitor,
//!             _ => Action::RunScan,
//!         }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tutorial.toml");
//! let plan = Plan::from_file(scenario)?;
//! let detector = fit_detector(&plan, Effort::Quick, 1)?;
//! let mut contestants = Contestant::baselines();
//! contestants.push(Contestant::new("scan-and-kill", ScanAndKill));
//! let results = evaluate(&plan, &detector, &mut contestants, &evaluation_seeds(4), 1, &mut ())?;
//! println!("{}", table(&results));
//! # assert!(table(&results).contains("scan-and-kill"));
//! # Ok(())
//! # }
//! ```
//!
//! It sees what a defender could know; whoever is told the truth (`oracle`, `perfect-detector`, any
//! [`Informed`](gym::Informed)) is marked with an asterisk. The same seed gives the same figures, for any number of threads.
//!
//! `examples/` has more: `own_policy`, `train`, `detect_csv`, `zeek_logs`. Run one with
//! `cargo run --release -p mats --example own_policy`.
//!
//! | module | crate | is |
//! |---|---|---|
//! | [`core`] | mats-core | plain data that all share |
//! | [`scenario`] | mats-scenario | TOML → checked scenarios |
//! | [`sim`] | mats-sim | the network under attack |
//! | [`detect`] | mats-detect | the Detection Agent |
//! | [`respond`] | mats-respond | the Response Agent; the trait of all defenders |
//! | [`learn`] | mats-learn | the Learning Agent |
//! | [`gym`] | mats-gym | the defence game |
//! | [`rl`] | mats-rl | environments and the deep Q-network |
//! | [`lab`] | mats-lab | training, evaluation, experiments, replays |
//! | [`results`] | mats-results | metrics, statistics, result folders, comparisons |
//! | [`data`] | mats-data | telemetry in real formats |
//! | [`models`] | mats-models | forests and the LSTM |
//! | [`tabular`] | mats-tabular | detectors of files |

pub use mats_core as core;
pub use mats_data as data;
pub use mats_detect as detect;
pub use mats_gym as gym;
pub use mats_lab as lab;
pub use mats_learn as learn;
pub use mats_models as models;
pub use mats_respond as respond;
pub use mats_results as results;
pub use mats_rl as rl;
pub use mats_scenario as scenario;
pub use mats_sim as sim;
pub use mats_tabular as tabular;

mod start;

/// Imports that nearly everybody needs.
pub mod prelude {
    pub use crate::start::{Effort, PlanFromFile, fit_detector, table};
    pub use mats_core::{Action, ActionMask, PolicyKey, Severity, ThreatIntel, ThreatKind, ThreatStatus};
    pub use mats_detect::Detector;
    pub use mats_gym::Informed;
    pub use mats_lab::defender::{Contestant, DefenderSpec};
    pub use mats_lab::evaluate::{Evaluation, evaluate, evaluate_by_name};
    pub use mats_lab::train::{Training, train};
    pub use mats_learn::seeds::{evaluation_seeds, held_out_seeds};
    pub use mats_learn::{Agents, TrainSettings};
    pub use mats_respond::{Decision, Defender, Policy, PolicyTable, ResponseAgent};
    pub use mats_scenario::Scenario;
    pub use mats_sim::Plan;
}
