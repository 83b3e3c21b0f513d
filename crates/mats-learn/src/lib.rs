//! The Learning Agent: outcomes in, better policies and better detectors out. It never sees the world: it asks an
//! [`Arena`] for games, and learns from what decisions led to and from windows whose nature was established.
//!
//! ```text
//! Arena ─► games: trajectories ────────► replay ──► DQN ──► Q-function ──► distillation ─► race ─► PolicyRefinement
//!        └ findings, random audits ────► labelled windows ───────────────────────────────────────► ModelUpdate
//! ```
//!
//! ```
//! use mats_learn::LearningAgent;
//! use mats_rl::toys::Corridor;
//! use mats_rl::{DqnSettings, Env, Trajectory, rollout};
//!
//! // Any environment will do; here, one of a few cells.
//! let mut game = Corridor::default();
//! let settings = DqnSettings { hidden: [8, 8], learning_starts: 8, batch: 8, ..DqnSettings::default() };
//! let mut agent = LearningAgent::new(settings, game.spec(), 1)?;
//! let mut episode = Trajectory::new(game.spec());
//! for seed in 0..20 {
//!     let first_allowed = |_: &[f32], mask: &[bool]| mask.iter().position(|&allowed| allowed).unwrap();
//!     rollout(&mut game, seed, first_allowed, &mut episode);
//!     agent.observe_episode(&episode, 0);
//! }
//! assert!(agent.update(10).is_some_and(f64::is_finite), "ten steps of learning, and their mean loss");
//! # Ok::<(), mats_rl::SettingsError>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`mod@train`] | the loop that trains all three agents |
//! | [`arena`] | [`Arena`]: what the loop asks for, and what it gets; [`Contest`]: what a search does |
//! | [`seeds`] | which seeds are for fitting, training, validation, evaluation and final figures |
//! | [`settings`] | [`TrainSettings`] and their defaults |
//! | [`agents`] | [`Agents`]: what was learnt; [`TrainingLog`]: how it went |
//! | [`agent`] | [`LearningAgent`]: replay, network and outcomes |
//! | [`explore`] | the network as a defender, and as one that explores |
//! | [`distill`] | the Q-function put into rows of the policy table |
//! | [`mod@search`] | tables searched without a network |
//! | `draft` | tables by dice, which such a search tries |
//! | [`choose`] | candidates that decide by themselves, and the cheapest of them |
//! | `halving` | the best of a few candidates, without letting all play to the end |
//! | [`refine`] | the race in which such rows prove themselves |
//! | [`outcomes`] | verified outcomes and audits, for refitting detectors |
//! | [`error`] | why a training could not go on |
//! | [`progress`] | what a training tells while it goes on |

pub mod agent;
pub mod agents;
pub mod arena;
pub mod choose;
pub mod distill;
mod draft;
pub mod error;
pub mod explore;
mod halving;
pub mod outcomes;
pub mod progress;
pub mod refine;
pub mod search;
pub mod seeds;
pub mod settings;
pub mod train;

pub use agent::LearningAgent;
pub use agents::{Agents, LearningPoint, TrainingLog};
pub use arena::{Arena, Choose, Contest, Decisions, Game, Keep, Played, Round};
pub use choose::best_rule;
pub use distill::{DistilSettings, Distiller};
pub use error::TrainError;
pub use explore::{Explorer, NetworkPolicy};
pub use outcomes::{AuditSettings, Outcomes};
pub use search::{Search, search};
pub use settings::{GatherSettings, RefineSettings, SearchSettings, Source, TrainSettings};
pub use train::train;
