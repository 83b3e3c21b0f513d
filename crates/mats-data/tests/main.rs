//! Tests of reading and writing telemetry.
//!
//! | file | holds |
//! |---|---|
//! | `accounts` | one name in all files for who logs in without an account |
//! | `telemetry_csv` | records go out and come back unchanged; mistakes name their line |
//! | `zeek` | what is written is what Zeek writes; a recorded log is read |
//! | `ecs` | documents of both systems, field by field |
//! | `windows` | every event has the fields of its kind, processes and logons agree |
//! | `linux` | lines of sshd, auditd and the others, each with its identifier |
//! | `register` | machines, software, policy, changes; logins in LANL's columns |
//! | `stix` | the feed: bundles, sightings, vulnerabilities, signatures |
//! | `rows` | formats found out, streams, times and ids, limits, broken text; real files |
//! | `rows_csv` | quotes, headers, wrong widths; agreement with the `csv` crate |
//! | `rows_json` | nested names, lists, hostile nesting; agreement with `serde_json` |
//! | `rows_zeek` | headers obeyed, logs joined, types |
//! | `allocations` | rows come without allocating |
//! | `follow` | growth, rotation, truncation, stopping |
//! | `join` | labels from truth files |
//! | `corpus` | all inputs of the fuzz targets, with the same checks |
//! | `table` | types, missing and infinite values, bad rows; public tables |
//! | `shared_data` | where real files lie |

mod data {
    mod accounts;
    mod allocations;
    mod corpus;
    mod ecs;
    mod follow;
    mod join;
    mod linux;
    mod register;
    mod rows;
    mod rows_csv;
    mod rows_json;
    mod rows_zeek;
    mod samples;
    mod stix;
    mod table;
    mod telemetry_csv;
    mod windows;
    mod zeek;
}

#[path = "../../../tests/shared_data.rs"]
mod shared_data;
