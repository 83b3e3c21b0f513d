//! A seeded network under attack: benign life, attackers, sensors, and the effects of defensive actions.
//!
//! [`Plan`] is a scenario compiled for speed and shared by all lanes; [`World`] is one running episode. The
//! world knows neither detectors nor rewards: it reports [`cost::Ledger`]s in the scenario's unit and keeps the
//! truth ([`truth`]) apart from what sensors deliver ([`Telemetry`]).
//!
//! # Ordering guarantees
//! 1. Time is an integer ([`mats_core::SimTime`]); nothing happens between two microseconds.
//! 2. Events of equal time are handled in the order (kind, entity, the entity's own sequence), never in the
//!    order in which they were scheduled.
//! 3. Benign activity up to an event's time happens before the event.
//! 4. Records are delivered by [`World::advance`] in the order (arrival, entity, occurrence, position), each in
//!    the first call whose `until` is not before its arrival.
//! 5. Every draw is keyed by (seed, purpose, entity, logical index). How often [`World::advance`] is called, and
//!    what the defender does, changes no draw.
//! 6. What users intend and what campaigns set out to do ([`World::intentions`]) is the same for every defender.
//!
//! | module | holds |
//! |---|---|
//! | [`plan`] | the scenario compiled: who does what how often, distributions as tables |
//! | `popularity` | which places are visited how often, as tables |
//! | [`event`] | everything that can happen, and the queue |
//! | [`world`] | the state of an episode and its main loop |
//! | [`conditions`] | what is drawn anew per episode: who is there, what is on, open, weak or seen |
//! | [`green`] | users and machines going about their day |
//! | [`red`] | campaigns: one executor for all attacks |
//! | [`actor`] | who acts on which machine, how often |
//! | [`posture`], [`orders`] | what is cut off; orders under way |
//! | [`blue`] | what defensive actions do |
//! | [`emit`] | templates turned into acts on the network; `emit/records.rs`: their records, and sensors |
//! | [`intel`] | the threat intelligence feed |
//! | `mission` | what a session is worth that the defence makes fail |
//! | [`cost`] | damage, disruption and expenses by machine |
//! | [`truth`] | what really happened: for metrics, training labels and the oracle only |

mod accounting;
pub mod actor;
pub mod blue;
pub mod conditions;
pub mod cost;
pub mod emit;
pub mod event;
pub mod green;
pub mod intel;
mod mission;
pub mod orders;
pub mod plan;
mod popularity;
pub mod posture;
mod purpose;
pub mod red;
mod renamed;
pub mod sessions;
pub mod truth;
pub mod world;

pub use conditions::Conditions;
pub use cost::{CostKind, Ledger};
pub use emit::Telemetry;
pub use mats_core::{Access, EndState};
pub use plan::Plan;
pub use posture::Posture;
pub use truth::{CampaignReport, Label, MaliciousActivity};
pub use world::{State, World};

/// Former name of [`MaliciousActivity`].
#[deprecated(since = "0.2.0", note = "renamed to `MaliciousActivity`")]
pub type Touch = MaliciousActivity;
