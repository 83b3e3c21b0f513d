//! What the models see of a machine: 32 numbers, kept up to date by every record in constant time.
//!
//! | module | holds |
//! |---|---|
//! | [`columns`] | the names, units and meaning of the 32 numbers |
//! | [`keys`] | events as numbers below 64, for the sequence model |
//! | [`contributes`] | which records contribute to a feature |
//! | `windows` | record → counters of the machines it concerns |
//! | `host` | one machine's counters, and the row made of them |
//! | `distinct` | how many different things were seen lately |
//! | `beacons` | connections that come back like clockwork |
//! | `destinations` | which outside places are rare in the organisation |
//! | `suspects` | the account, address and program to name in a threat |
//! | `programs` | what kind of program an image is |

mod beacons;
pub mod columns;
pub mod contributes;
mod destinations;
mod distinct;
mod host;
pub mod keys;
mod programs;
mod suspects;
mod windows;

pub(crate) use programs::program_class;
pub(crate) use suspects::Suspects;
pub(crate) use windows::Windows;

/// Numbers per row.
pub const FEATURES: usize = 32;

/// Features of one machine at one moment, as the models see them, in the order of [`columns::COLUMNS`].
pub type FeatureRow = [f32; FEATURES];

/// Former name of [`FeatureRow`].
#[deprecated(since = "0.2.0", note = "renamed to `FeatureRow`")]
pub type Row = FeatureRow;
