//! The models on public data.
//!
//! | module | holds |
//! |---|---|
//! | `adbench` | the isolation forest on public tables, where present |
//! | `shared_data` | where those tables lie |

mod adbench;

#[path = "../../../tests/shared_data.rs"]
mod shared_data;
