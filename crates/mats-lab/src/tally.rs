//! What detectors see, counted.

use crate::metrics::{TechniqueTally, WindowTally};
use serde::{Deserialize, Serialize};

/// Counts of what detectors see where nobody responds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The tally of all windows.
    pub windows: WindowTally,
    /// Tally of each technique.
    pub techniques: TechniqueTally,
}

impl Tally {
    /// Adds what was seen in other episodes of the same scenario.
    pub fn merge(&mut self, other: &Tally) {
        self.windows.merge(&other.windows);
        self.techniques.merge(&other.techniques);
    }
}
