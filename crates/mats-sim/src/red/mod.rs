//! Attackers. An attack is data (a graph of steps); one executor runs them all.
//!
//! A campaign works on one step at a time. It goes on with a step that has targets left, else takes the deepest
//! step whose preconditions hold; ties are broken by a preference drawn when the campaign begins. Blocked, it
//! waits, retries, changes its address, takes another branch, gets again what it has lost, goes round by machines
//! that no step names, or comes back through the front door. Scared, it may keep still for hours. Without progress
//! for longer than its patience, it gives up.

mod campaign;
mod executor;
mod foothold;
mod lottery;
mod replan;
mod targets;

pub use campaign::{Campaign, Ending, Foothold, Tried};
pub(crate) use campaign::{Phase, draw_campaigns as draw};
