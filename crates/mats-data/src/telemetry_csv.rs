//! All five kinds of records as CSV, there and back without loss. Ids stay numbers, addresses are dotted quads.
//!
//! Every file begins with
//!
//! | column | holds |
//! |---|---|
//! | `id` | the record's number in the whole stream, ascending; the truth file refers to it |
//! | `time_us` | when it happened by the sensor's clock, microseconds since the episode began |
//! | `arrival_us` | when it reached the collector |
//! | `host` | the machine it was seen on, as a number (not in `intel.csv`, where it has no meaning) |
//!
//! and goes on with
//!
//! | file | columns |
//! |---|---|
//! | `flows.csv` | `peer` address; `domain` number or empty; `bytes_out`, `bytes_in` from originator to responder and back; `duration_ms`; `port` of the responder; `service`; `state` (SF, S0, REJ, RSTO, RSTR, S1 as in Zeek); `outbound`: whether `host` opened it |
//! | `events.csv` | `code` ([`EventCode`](mats_core::telemetry::EventCode)); `user` number or empty; `image`, `parent` ([`Image`](mats_core::telemetry::Image)); `amount` |
//! | `logins.csv` | `user`; `source` address; `kind` ([`LoginKind`](mats_core::telemetry::LoginKind)); `success` |
//! | `config.csv` | `item` ([`ConfigItem`](mats_core::telemetry::ConfigItem)); `user`; `value` |
//! | `intel.csv` | `type` (`address` or `domain`); `pattern`: an address or a domain's number; `confidence` 0 to 100; `valid_until_us` |

mod read;
mod render;
mod row;
mod write;

pub use read::TelemetryReader;
pub use render::{render, rendered_columns};
#[expect(deprecated, reason = "former names, kept for one version")]
pub use render::{spelt, spelt_columns};
pub use write::TelemetryWriter;

/// The five files, in the order in which writers and readers ask for them.
pub const FILES: [&str; 5] = ["flows.csv", "events.csv", "logins.csv", "config.csv", "intel.csv"];
