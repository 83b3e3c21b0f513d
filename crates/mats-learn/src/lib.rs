//! The Learning Agent: outcomes in, better policies and better detectors out. It never sees the world: only what
//! decisions led to, as trajectories, and windows whose nature was established.
//!
//! ```text
//! ActionResult, trajectories ──► replay ──► DQN ──► Q-function ──► distillation ──► PolicyRefinement
//! findings, random audits ─────► labelled windows ───────────────────────────────► ModelUpdate
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`agent`] | [`LearningAgent`] |
//! | [`distill`] | the Q-function put into rows of the policy table |
//! | [`outcomes`] | verified outcomes and audits, for refitting detectors |

pub mod agent;
pub mod distill;
pub mod outcomes;

pub use agent::LearningAgent;
pub use distill::{DistilSettings, Distiller};
pub use outcomes::{AuditSettings, Outcomes};
