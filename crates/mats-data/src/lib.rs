//! Read and write telemetry in real formats. Knows neither simulation nor models.
//!
//! | module | holds |
//! |---|---|
//! | [`table`] | labelled CSV tables → plain columns |
//! | [`telemetry_csv`] | all five kinds of records as CSV, there and back without loss |
//! | [`zeek`] | flows as Zeek `conn.log` and `dns.log` (JSON and TSV); `conn.log` in JSON read back |
//! | [`ecs`] | events and logins as Elastic Common Schema, JSON lines |
//! | [`stix`] | indicators as a STIX 2.1 bundle |
//! | [`labels`] | the ground truth, always a file of its own |
//! | [`names`] | how ids are spelt out: hosts, users, domains, ports, uids |
//! | [`clock`] | simulated time as a date |
//! | [`uuid`] | UUID version 5 |
//!
//! Every writer takes the record's *number*, its position in the stream, and puts it into the file: as `id` in
//! CSV, spelt as [`names::Uid`] in Zeek (`uid`) and ECS (`event.id`). The truth file names both, so labels join
//! any format. Readers and writers stream: memory does not grow with the file, but for [`table`].

pub mod clock;
pub mod ecs;
pub mod error;
pub mod labels;
mod lines;
pub mod names;
pub mod stix;
pub mod table;
pub mod telemetry_csv;
pub mod uuid;
pub mod zeek;

pub use clock::Epoch;
pub use error::DataError;
pub use names::Names;
