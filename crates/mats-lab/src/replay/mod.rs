//! One episode again, with everything that is needed to look into it.
//!
//! A seed makes an episode, so nothing is kept while a run is evaluated: whoever wants to see an episode has it played
//! once more, with a trace being recorded. Truth and belief stand side by side in what comes of it; it is for people who look
//! back, never for a defender.
//!
//! | module | holds |
//! |---|---|
//! | [`data`] | what a replay is: plain data, of `mats-results` |
//! | [`mod@play`] | an episode played once more, by one defender or by two on the same seed |
//! | `episode_trace` | the observer that records what detectors see and defenders come to believe |
//! | `evidence` | the records behind an alert |
//! | `decisions` | what was decided: values, row of the table, what came of it |
//! | `context` | the network, the attacks and the names |
//! | [`source`] | what is replayed: the run, its agents, the scenario, the defenders |
//! | [`check`] | whether it is the same episode that the run counted |
//! | [`event_log`] | what happened, one line an event |

pub mod check;
mod context;
mod decisions;
mod episode_trace;
pub mod event_log;
mod evidence;
pub mod play;
pub mod source;

pub use mats_results::replay::{self as data, Check, DefenderTrace, Replay};
pub use play::{Request, play};
