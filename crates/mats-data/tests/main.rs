//! Tests of reading and writing telemetry.
//!
//! | file | holds |
//! |---|---|
//! | `telemetry_csv` | records go out and come back unchanged; mistakes name their line |
//! | `zeek` | what is written is what Zeek writes; a recorded log is read |
//! | `ecs` | documents of both systems, field by field |
//! | `stix` | bundles are well-formed, identifiers are those of the content |
//! | `table` | types, missing and infinite values, bad rows; public tables |

mod data {
    mod ecs;
    mod samples;
    mod stix;
    mod table;
    mod telemetry_csv;
    mod zeek;
}
