//! The detectors of files on public data.
//!
//! | module | holds |
//! |---|---|
//! | `real_data` | both forests on NSL-KDD and tables of `ADBench`, where present |
//! | `blends` | cuts, and fused detectors beside their members, on every labelled table, where present |
//! | `hdfs` | sessions of a file system, where present |
//! | `openssh` | templates of log lines, where present |
//! | `parts` | parts of tables |
//! | `shared_data` | where those data lie |

mod blends;
mod hdfs;
mod openssh;
mod parts;
mod real_data;

#[path = "../../../tests/shared_data.rs"]
mod shared_data;
