//! Small worlds with known answers, to test learners on.

pub mod cart_pole;
pub mod corridor;
pub mod two_incidents;

pub use cart_pole::CartPole;
pub use corridor::Corridor;
pub use two_incidents::TwoIncidents;
