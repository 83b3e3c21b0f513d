//! Response Agent: threat intelligence to actions.
//!
//! The agent is a table that people can read and change. Rules are tried from the top; the first whose lists
//! all contain the threat's kind, severity, asset class and status answers it with a ranking of actions, and
//! the first of those that the mask and the guardrails allow is taken. When none is, the agent watches.
//!
//! ```
//! use mats_core::{Action, ActionMask, AssetClass, FactSet, PolicyKey, Severity, ThreatKind, ThreatStatus};
//! use mats_respond::{PolicyTable, ResponseAgent};
//!
//! let agent = ResponseAgent::new(PolicyTable::playbook());
//! let key = PolicyKey {
//!     kind: ThreatKind::Intrusion,
//!     severity: Severity::High,
//!     asset: AssetClass::Workstation,
//!     status: ThreatStatus::Verified,
//! };
//! let everything = ActionMask([true; Action::COUNT]);
//! assert_eq!(agent.decide(key, FactSet::NONE, &everything), Action::IsolateHost);
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`keys`] | [`KeySet`]: which threats a rule is about |
//! | [`table`] | [`PolicyTable`], [`Rule`], and [`CompiledTable`] for look-ups in constant time |
//! | [`parse`] | TOML → table, all mistakes reported at once with line and column |
//! | [`shadowed`] | rules that can never match |
//! | [`mod@write`] | table → TOML |
//! | [`refine`] | what the Learning Agent found out, put into the table; pinned rules stay as they are |
//! | [`guardrails`] | assets never to be isolated, most actions per hour, approval needed |
//! | [`agent`] | [`ResponseAgent`]: threat intelligence in, order out |
//! | [`baselines`] | rules to compare with |
//! | [`defender`] | [`Defender`]: the trait of all that decide; [`Decision`]: what they see |

pub mod agent;
pub mod baselines;
pub mod defender;
pub mod guardrails;
pub mod keys;
pub mod parse;
pub mod refine;
pub mod shadowed;
pub mod table;
pub mod write;

pub use agent::ResponseAgent;
pub use defender::{Decision, Defender, Episode, Policy};
pub use guardrails::Guardrails;
pub use keys::KeySet;
pub use parse::{Problem, TableError};
pub use table::{CompiledTable, Origin, PolicyTable, Rule};
