//! Plain data that crosses a crate border. This crate knows nothing else.
//!
//! | module | holds |
//! |---|---|
//! | [`text`] | strings from files, made safe to print |
//! | [`files`] | files read and written with care |
//! | [`time`] | simulated time, in microseconds |
//! | [`ids`] | typed indices into columns |
//! | [`random`] | keyed random draws and quantile tables |
//! | [`telemetry`] | the records that sensors deliver, of five kinds |
//! | [`inventory`] | what the organisation knows of its own hosts and users |
//! | [`threat`] | [`ThreatIntel`]: Detection Agent → Response Agent |
//! | [`explanation`] | why a threat was raised |
//! | [`action`] | [`Action`] and [`ActionResult`]: Response Agent → world → Learning Agent |
//! | [`campaign`] | [`Access`] of a campaign at a moment, and its [`EndState`] |
//! | [`policy`] | [`PolicyRefinement`]: Learning Agent → Response Agent |
//! | [`quantities`] | [`Quantities`]: what prices are multiplied with |
//! | [`model`] | [`ModelUpdate`]: Learning Agent → Detection Agent |

pub mod action;
pub mod campaign;
pub mod explanation;
pub mod files;
pub mod ids;
pub mod inventory;
pub mod model;
pub mod policy;
pub mod quantities;
pub mod random;
pub mod telemetry;
pub mod text;
pub mod threat;
pub mod time;

pub use action::{Accounts, Action, ActionMask, ActionResult, Finding, GiveBack, Order, Outcome, Target};
pub use campaign::{Access, EndState};
pub use explanation::{Explanation, TechniqueId};
pub use ids::{CampaignId, DomainId, HostId, OrderId, SubnetId, ThreatId, UserId};
pub use inventory::{AssetClass, HostInfo, Inventory, Os, UserInfo};
pub use model::{LabelledWindow, ModelUpdate};
pub use policy::{Fact, FactSet, PolicyKey, PolicyRefinement, RefinedRow, ThreatStatus};
pub use quantities::Quantities;
pub use telemetry::{Addr, Body, Record};
pub use threat::{Evidence, News, Severity, ThreatIntel, ThreatKind};
pub use time::{Duration, SimTime};
