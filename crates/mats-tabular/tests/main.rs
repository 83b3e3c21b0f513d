//! The detectors of files on public data.
//!
//! | module | holds |
//! |---|---|
//! | `real_data` | both forests on NSL-KDD and tables of `ADBench`, where present |
//! | `hdfs` | sessions of a file system, where present |
//! | `openssh` | templates of log lines, where present |

mod hdfs;
mod openssh;
mod real_data;
