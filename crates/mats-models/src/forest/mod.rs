//! Random forest (Breiman 2001), grown on binned columns, with class probabilities, out-of-bag scores and feature
//! importances.
//!
//! | module | holds |
//! |---|---|
//! | `params` | settings |
//! | `fit` | bootstrap, trees side by side, out-of-bag scores |
//! | `assemble` | grown trees in one array |
//! | `bins` | columns as at most 256 bins |
//! | `grow` | one tree |
//! | `model` | the fitted forest: probabilities and their explanation |
//! | `smartcore` | the same model from another library, to compare with |

mod assemble;
mod bins;
mod error;
mod fit;
mod grow;
mod model;
mod params;
mod smartcore;

pub use error::ForestError;
pub use fit::Fitted;
pub use model::Forest;
pub use params::{ForestBackend, ForestParams};
