//! The defence game: a simulated network and a detector as one [`mats_rl::Env`].
//!
//! One step is one decision about one threat (a semi-Markov decision process). The world runs on until the
//! Response Agent is needed: a threat is new or worse, a re-check came due, an action finished, or all was quiet
//! for so long that a patrol presents the most suspicious machine below the alert cut.
//!
//! ```
//! use mats_gym::source::{Told, TruthDetector};
//! use mats_gym::{DefenceGame, GameSettings, ThreatSource};
//! use mats_rl::{Env, Trajectory, rollout};
//! use mats_sim::Plan;
//! use std::sync::Arc;
//!
//! # let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/tutorial.toml");
//! # let scenario = mats_scenario::load(std::path::Path::new(file))?;
//! let plan = Arc::new(Plan::new(scenario));
//! // Told by the truth; a Detection Agent takes its place with `ThreatSource::Agent`.
//! let source = ThreatSource::Truth(TruthDetector::new(&plan, Told::AfterSuccess));
//! let mut game = DefenceGame::new(&plan, source, GameSettings::default());
//! let mut episode = Trajectory::new(game.spec());
//! // Whoever only watches: the first action is always allowed.
//! rollout(&mut game, 1, |_observation, _mask| 0, &mut episode);
//! println!("{} decisions, return {:.1}", episode.len(), episode.episode_return());
//! # assert!(!episode.is_empty());
//! # Ok::<(), mats_scenario::Diagnostics>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`case`], [`facts`] | what the defender knows of one machine's trouble |
//! | [`investigation`] | how far attackers have got, from delivered telemetry: signs, links, exposed accounts, leads |
//! | [`view`] | [`DefenderView`]: all that a defender can know; timing and mask of decisions come from it |
//! | [`observe`] | the view as a fixed-length vector with named entries |
//! | [`source`] | where threats come from: the Detection Agent, or the truth |
//! | [`truth`] | the truth told late (`perfect-detector`) or as it happens (`foresight`, `oracle`) |
//! | [`informed`] | [`Informed`]: defenders that are told the truth |
//! | [`reward`] | the one file that computes rewards |
//! | [`game`] | [`DefenceGame`], the environment |

pub mod case;
pub mod facts;
pub mod game;
pub mod informed;
pub mod investigation;
pub mod observe;
pub mod reward;
pub mod source;
pub mod truth;
pub mod view;

pub use case::Case;
pub use game::{DefenceGame, GameSettings, Tick, TickObserver};
pub use informed::{Informed, ToldTheTruth};
pub use observe::{NAMES, OBSERVATION};
pub use source::{ThreatSource, Told};
pub use view::DefenderView;

/// Former name of [`ThreatSource`].
#[deprecated(since = "0.2.0", note = "renamed to `ThreatSource`")]
pub type Source = ThreatSource;
/// Former name of [`Tick`].
#[deprecated(since = "0.2.0", note = "renamed to `Tick`")]
pub type Seen<'a> = Tick<'a>;
/// Former name of [`TickObserver`], kept for one version.
pub use game::TickObserver as Witness;
