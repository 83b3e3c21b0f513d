//! The detectors of files on public data.
//!
//! | module | holds |
//! |---|---|
//! | `real_data` | both forests on NSL-KDD and tables of `ADBench`, where present |
//! | `hdfs` | sessions of a file system, where present |
//! | `openssh` | templates of log lines, where present |
//! | `shared_data` | where those data lie |

mod hdfs;
mod openssh;
mod real_data;

#[path = "../../../tests/shared_data.rs"]
mod shared_data;
