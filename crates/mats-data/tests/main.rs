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
//! | `table` | types, missing and infinite values, bad rows; public tables |

mod data {
    mod accounts;
    mod ecs;
    mod linux;
    mod register;
    mod samples;
    mod stix;
    mod table;
    mod telemetry_csv;
    mod windows;
    mod zeek;
}
