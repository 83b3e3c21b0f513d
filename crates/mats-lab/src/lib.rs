//! Experiments: many seeds, scenarios and defenders, trained, evaluated and looked into.
//!
//! | module | holds |
//! |---|---|
//! | [`held_out`] | uses of the episodes held out, counted |
//! | [`lanes`] | how many episodes are under way at once |
//! | [`defender`] | who decides: by name, or anybody's |
//! | [`arena`] | games and examples for the Learning Agent |
//! | [`recorder`] | what an episode leaves behind, for metrics and for the Learning Agent |
//! | [`episode`] | lanes of games, and one episode written up |
//! | `fate` | what became of a campaign |
//! | [`tally`] | what detectors see, counted |
//! | [`gather`] | training windows for the detectors |
//! | [`mod@train`] | a training on a scenario, and its rows |
//! | [`overrides`], [`setting_list`], [`check_settings`] | any setting by its dotted name; all of them with range and meaning; whether they can be |
//! | [`library`] | several scenarios as one contest, for tables that are to do well on all of them |
//! | [`settings`], [`record`], [`agents`] | a run: what was asked for, what stands in its folder, what it learnt |
//! | [`batch`] | many trainings at once: experiments, resumed, split and joined |
//! | [`evaluate`] | defenders on unseen seeds |
//! | [`eval_run`], [`folders`] | what a run trained, on other scenarios; where results go |
//! | [`replay`] | one episode again, with everything that is needed to look into it |
//! | [`generate`] | data sets: telemetry without response, the truth apart |
//! | [`trial`] | how far attackers get in a scenario that nobody defends |
//! | [`profile`] | how much telemetry resembles that of a real network |
//!
//! Rows, metrics, folders and comparisons of results are those of `mats-results`.

pub mod agents;
pub mod arena;
pub mod batch;
pub mod check_settings;
pub mod defender;
pub mod episode;
pub mod eval_run;
pub mod evaluate;
mod fate;
pub mod folders;
pub mod gather;
pub mod generate;
pub mod held_out;
pub mod lanes;
pub mod library;
pub mod overrides;
pub mod profile;
pub mod record;
pub mod recorder;
pub mod replay;
pub mod setting_list;
pub mod settings;
pub mod tally;
pub mod train;
pub mod trial;

pub use mats_learn::{TrainError, progress, seeds};

use mats_results::{self as results, metrics};
