//! The models on public data.
//!
//! | module | holds |
//! |---|---|
//! | `adbench` | the isolation forest on public tables, where present |

mod adbench;
