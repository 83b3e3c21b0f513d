//! Random forest (Breiman 2001), grown on binned columns, with class probabilities, out-of-bag scores and feature
//! importances.
//!
//! | module | holds |
//! |---|---|
//! | `params` | how to fit |
//! | `bins` | columns as at most 256 bins |
//! | `grow` | one tree |
//! | `model` | the fitted forest: probabilities and their explanation |
//! | `smartcore` | the same model from another library, to compare with |

mod bins;
mod grow;
mod model;
mod params;
mod smartcore;

pub use model::Forest;
pub use params::{Fitted, ForestError, ForestParams, Grower};
