//! The defence game: a simulated network and a detector as one [`mats_rl::Env`].
//!
//! One step is one decision about one threat (a semi-Markov decision process). The world runs on until the
//! Response Agent is needed: a threat is new or worse, a re-check came due, an action finished, or all was quiet
//! for so long that a patrol presents the most suspicious machine below the alert cut.
//!
//! | module | holds |
//! |---|---|
//! | [`case`] | what the defender knows of one machine's trouble |
//! | [`view`] | [`DefenderView`]: all that a defender can know; timing and mask of decisions come from it |
//! | [`observe`] | the view as a fixed-length vector with named entries |
//! | [`source`] | where threats come from: the Detection Agent, or the truth for `perfect-detector` and `oracle` |
//! | [`informed`] | [`Informed`]: defenders that are told the truth |
//! | [`reward`] | the one file that computes rewards |
//! | [`game`] | [`DefenceGame`], the environment |

pub mod case;
pub mod game;
pub mod informed;
pub mod observe;
pub mod reward;
pub mod source;
pub mod view;

pub use case::Case;
pub use game::{DefenceGame, GameSettings, Tick, TickObserver};
pub use informed::{Informed, ToldTheTruth};
pub use observe::OBSERVATION;
pub use source::ThreatSource;
pub use view::DefenderView;

/// Former name of [`ThreatSource`].
#[deprecated(since = "0.2.0", note = "renamed to `ThreatSource`")]
pub type Source = ThreatSource;
/// Former name of [`Tick`].
#[deprecated(since = "0.2.0", note = "renamed to `Tick`")]
pub type Seen<'a> = Tick<'a>;
/// Former name of [`TickObserver`], kept for one version.
pub use game::TickObserver as Witness;
