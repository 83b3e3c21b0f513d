//! Data sets that the simulator makes, and the truth as a source of threats.
//!
//! | module | holds |
//! |---|---|
//! | `generate` | refusals, interrupts, leftovers, and that nothing but `truth.csv` knows the truth |
//! | `sample_set` | the committed data set is what the code makes |
//! | `truth` | the truth told late or with foresight, and the oracle upon it |

mod generate;
mod sample_set;
mod truth;
