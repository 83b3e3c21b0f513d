//! Data sets that the simulator makes.
//!
//! | module | holds |
//! |---|---|
//! | `generate` | refusals, interrupts, leftovers, and that nothing but `truth.csv` knows the truth |
//! | `sample_set` | the committed data set is what the code makes |

mod generate;
mod sample_set;
