//! Many trainings at once: experiments, resumed where they stopped, split over machines, joined again.
//!
//! An experiment is a list of **jobs** (a scenario and settings: one result folder each), a job is a list of **units** (one
//! training seed: trained and evaluated). A unit is the least that is kept: it is written whole, under a
//! temporary name, then renamed. What a job's folder holds in the end is computed from its units as they stand on the
//! disk, so it does not depend on when, where and in how many parts they were worked.
//!
//! | module | holds |
//! |---|---|
//! | [`experiment`] | the file of an experiment → jobs |
//! | `places` | where mistakes stand in that file |
//! | [`grid`] | lists of values → every combination |
//! | [`definition`] | what a job is: all that its units must agree in |
//! | [`scenario_changes`] | changes of a scenario's file by dotted names |
//! | [`job`] | a job, its folder and what stands there already |
//! | [`mod@unit`] | one training seed: worked, written, read back |
//! | [`work`] | units in parallel, until all are done or somebody asks to stop |
//! | [`assemble`] | units → result folder |
//! | [`merge`] | parts from several machines → one experiment |
//! | [`repeat`] | a finished run → the same job again |
//! | [`variants`] | an experiment that was run → the runs to compare |
//! | [`load`] | folders → runs, and what they were made with |
//! | [`verify`] | whether the files of runs are those that were written |
//! | [`shard`] | which part of an experiment a machine works on |

pub mod assemble;
pub mod definition;
pub mod experiment;
pub mod grid;
pub mod job;
pub mod load;
pub mod merge;
mod places;
pub mod repeat;
pub mod scenario_changes;
pub mod shard;
pub mod unit;
pub mod variants;
pub mod verify;
pub mod work;
