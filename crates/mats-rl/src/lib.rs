//! A small reinforcement learning library: semi-Markov environments with masked discrete actions, and a deep
//! Q-network that learns from them. It knows of no application.
//!
//! ```
//! use mats_rl::toys::CartPole;
//! use mats_rl::{DqnSettings, Env, Learner, Scratch, Trajectory, rollout};
//!
//! let mut pole = CartPole::new(500);
//! let settings = DqnSettings { hidden: [16, 16], learning_starts: 32, batch: 16, ..DqnSettings::default() };
//! let mut learner = Learner::new(settings, pole.spec(), 1)?;
//! let (mut scratch, mut episode) = (Scratch::default(), Trajectory::new(pole.spec()));
//! for seed in 0..10 {
//!     let policy = learner.policy();
//!     let choose = |observation: &[f32], mask: &[bool]| policy.best(observation, mask, &mut scratch);
//!     rollout(&mut pole, seed, choose, &mut episode);
//!     learner.remember_episode(&episode, 0);
//!     learner.train(10, |stats| assert!(stats.loss.is_finite()));
//! }
//! assert_eq!(episode.observations().nrows(), episode.len() + 1, "one row for each decision, then the last state");
//! # Ok::<(), mats_rl::SettingsError>(())
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`env`](mod@env) | [`Env`], [`Spec`], [`Step`]: what a learner needs of a world |
//! | [`check`] | [`check_env`]: whether a world keeps that contract |
//! | [`trajectory`] | [`Trajectory`]: one episode in flat arrays |
//! | [`vec_env`] | [`VecEnv`], [`rollout`]: the one loop of decisions, in parallel lanes, the same bytes for any thread count |
//! | [`forks`] | episodes that begin alike, played as one until they part |
//! | [`nstep`] | [`transitions`]: a trajectory to n-step [`Transition`]s, discounted by elapsed time |
//! | [`replay`], [`sum_tree`] | prioritised experience replay |
//! | `rows` | flat buffers as matrices |
//! | [`qfunction`] | [`QFunction`]: frozen weights, for acting |
//! | [`network`] | [`QNetwork`]: weights that learn, on dfdx |
//! | [`dqn`] | [`Learner`]: the algorithm, top to bottom |
//! | [`settings`] | [`DqnSettings`] and their defaults |
//! | [`schedule`] | numbers that change with progress |
//! | [`toys`] | small worlds with known answers |
//!
//! The same seed gives the same bytes on the same machine, for any number of threads.

pub mod check;
pub mod dqn;
pub mod env;
pub mod forks;
pub mod network;
pub mod nstep;
pub mod qfunction;
pub mod replay;
mod rows;
pub mod schedule;
mod seed;
pub mod settings;
pub mod sum_tree;
pub mod toys;
pub mod trajectory;
pub mod vec_env;
mod weights_file;

pub use check::{CheckSettings, Report, Violation, check_env};
pub use dqn::{Learner, UpdateStats};
pub use env::{Env, SHARE_TOLERANCE, Spec, Step};
pub use network::QNetwork;
pub use nstep::{ChainBuffers, Credit, Transition, transitions};
pub use qfunction::{QFunction, Scratch, Shape};
pub use replay::{Batch, Replay};
pub use schedule::Linear;
pub use settings::{DqnSettings, SettingsError, TargetUpdate};
pub use trajectory::Trajectory;
pub use vec_env::{Lane, Observer, Pending, VecEnv, rollout};
pub use weights_file::{Names, WeightsError};
