//! Read and write telemetry in real formats. Knows neither simulation nor models.
//!
//! | module | holds |
//! |---|---|
//! | [`rows`] | rows of named fields from CSV, JSON lines, Zeek TSV and plain lines, one at a time |
//! | [`table`] | labelled tables of any of these formats → plain columns |
//! | [`follow`] | a log that grows, for [`rows`] to read |
//! | [`telemetry_csv`] | all five kinds of records as CSV, there and back without loss |
//! | [`zeek`] | flows as Zeek's conn, dns, http and ssl logs (JSON and TSV); `conn.log` in JSON read back |
//! | [`ecs`] | events, logins and changes as Elastic Common Schema, JSON lines |
//! | [`windows`] | events of Windows machines with their own field names, JSON lines |
//! | [`linux`] | events of Linux machines as syslog and auditd write them |
//! | [`lanl`] | logins in the columns of LANL's data set |
//! | [`register`] | configuration: machines, people, software, patches, policy, and changes |
//! | [`stix`], [`kev`], [`signatures`] | the feed: a STIX 2.1 bundle, known exploited vulnerabilities, Suricata rules |
//! | [`feed`] | what the feed knows in general |
//! | [`labels`] | the ground truth, always a file of its own |
//! | [`names`] | how ids are spelt out: hosts, users, domains, ports, uids |
//! | [`clock`] | simulated time as a date |
//! | [`uuid`] | UUID version 5 |
//! | [`writer`] | what all writers of records have in common |
//!
//! Every writer takes the record's *number*, its position in the stream, and puts it into the file: as `id` in
//! CSV, spelt as [`names::Uid`] in Zeek and Windows logs (`uid`) and in ECS (`event.id`). The truth file names both, so labels join
//! any format. Readers and writers stream: memory does not grow with the file, but for [`table`]. No writer
//! ever sees a label, so nothing that a format needs and a record lacks can tell an attacker.

pub mod clock;
mod derived;
pub mod ecs;
pub mod error;
pub mod feed;
pub mod follow;
pub mod kev;
pub mod labels;
pub mod lanl;
mod lines;
pub mod linux;
pub mod names;
pub mod register;
pub mod rows;
pub mod signatures;
pub mod stix;
pub mod table;
pub mod telemetry_csv;
mod text;
pub mod uuid;
pub mod windows;
pub mod writer;
pub mod zeek;

pub use clock::Epoch;
pub use error::DataError;
pub use names::Names;
pub use writer::RecordWriter;
