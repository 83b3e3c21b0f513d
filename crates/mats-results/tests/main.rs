//! Tests of results.
//!
//! | file | holds |
//! |---|---|
//! | `common` | a small run with figures that can be worked by hand |
//! | `summary` | every figure of the summary against that run |
//! | `compare` | two runs side by side: paired where seeds are shared, unpaired otherwise |
//! | `result_files` | exact bytes, round trips, refusals, and what a full disk may not destroy |

mod results {
    mod common;
    mod compare;
    mod result_files;
    mod summary;
}
