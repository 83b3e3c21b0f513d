//! Experiments: many seeds, scenarios and defenders, trained, evaluated and looked into.
//!
//! | module | holds |
//! |---|---|
//! | [`seeds`] | which seeds are for fitting, training, validation and evaluation |
//! | [`lanes`] | episodes in parallel, results in order |
//! | [`defender`], [`oracle`] | who decides |
//! | [`recorder`] | what an episode leaves behind, for metrics and for the Learning Agent |
//! | [`episode`] | one episode, played and written up |
//! | [`gather`] | training windows for the detectors |
//! | [`train`] | the loop that trains all three agents |
//! | [`refine`] | which rows of the network's the policy table takes over |
//! | [`overrides`] | any setting by its dotted name |
//! | [`run`] | what a run is: its settings, its record, what it learnt |
//! | [`batch`] | many trainings at once: experiments, resumed, split and joined |
//! | [`evaluate`] | defenders on unseen seeds |
//! | [`roster`] | defenders by name; a finished run on any scenario |
//! | [`replay`] | one episode again, with everything that is needed to look into it |
//! | [`generate`] | data sets: telemetry without response, the truth apart |
//! | [`profile`] | how much telemetry resembles that of a real network |
//! | [`progress`] | what a run tells while it goes on |
//!
//! Rows, metrics, folders and comparisons of results are those of `mats-results`.

pub mod batch;
pub mod defender;
pub mod episode;
pub mod evaluate;
pub mod gather;
pub mod generate;
pub mod lanes;
pub mod oracle;
pub mod overrides;
pub mod profile;
pub mod progress;
pub mod recorder;
pub mod refine;
pub mod replay;
pub mod roster;
pub mod run;
pub mod seeds;
pub mod train;

use mats_results::{self as results, metrics};
