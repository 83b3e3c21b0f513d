//! Quantities of an episode that prices of its scenario are multiplied with.

use serde::{Deserialize, Serialize};

/// Quantities that prices of the scenario are multiplied with: what an episode would have cost at other prices is arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Quantities {
    /// Hours for which attackers could use accounts that are no administrators', weighed as they were charged.
    pub account_hours: f64,
    /// The same, of administrators' accounts.
    pub admin_hours: f64,
    /// Hours for which attackers held machines, each times the machine's value, weighed as they were charged.
    pub held_value_hours: f64,
    /// Values of the machines on which programs were killed, once for each time.
    pub killed_value: f64,
    /// Hours for which decoys stood.
    pub decoy_hours: f64,
}
