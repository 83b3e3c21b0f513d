//! The catalogue files: `[[technique]]` and `[[behaviour]]`.

use super::names::{Interval, KindName, Line, Name, OsName, ServiceName, Times};
use crate::catalogue::{Grant, Site, Template, When};
use crate::roles::{HostRole, UserRole};
use schemars::JsonSchema;
use serde::Deserialize;

/// A file of `catalogue/techniques`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TechniquesFile {
    /// Techniques.
    pub technique: Vec<TechniqueTable>,
}

/// A technique.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TechniqueTable {
    /// MITRE ATT&CK id.
    #[schemars(with = "Name")]
    pub id: String,
    /// Its name there.
    #[schemars(with = "Line")]
    pub name: String,
    /// The tactic it serves here.
    #[schemars(with = "Name")]
    pub tactic: String,
    /// The kind of threat it shows as.
    pub kind: KindName,
    /// From where it is carried out.
    pub site: Site,
    /// What must hold before.
    #[serde(default)]
    pub needs: NeedsTable,
    /// What success gives.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// Median minutes it takes.
    #[schemars(range(min = 0.01))]
    pub minutes: f64,
    /// Probability of success.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub success: f64,
    /// What it emits while it lasts.
    #[schemars(length(min = 2, max = 5))]
    pub emits: Vec<EmissionTable>,
}

/// What must hold before a technique can be tried.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedsTable {
    /// Administrative rights on the machine it starts from.
    #[serde(default)]
    pub admin: bool,
    /// A stolen credential that is still valid.
    #[serde(default)]
    pub credential: bool,
    /// One of these services is open on the target and reachable.
    #[serde(default)]
    pub services: Vec<ServiceName>,
    /// The target has a weakness that is not patched.
    #[serde(default)]
    pub vulnerability: bool,
    /// It works on machines with this operating system only; on any, if absent.
    #[serde(default)]
    pub os: Option<OsName>,
}

/// Records of one template.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmissionTable {
    /// What it looks like.
    pub template: Template,
    /// How many times.
    pub count: Times,
    /// Multiplies sizes and amounts.
    pub scale: Interval,
    /// Seconds over which the repetitions are spread.
    pub over: Interval,
}

/// `catalogue/behaviours.toml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BehavioursFile {
    /// Behaviours.
    pub behaviour: Vec<BehaviourTable>,
}

/// Something benign that happens again and again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BehaviourTable {
    /// Its name.
    #[schemars(with = "Name")]
    pub name: String,
    /// Users with one of these roles, on the machine they work at; or else `hosts`.
    #[serde(default)]
    pub users: Vec<UserRole>,
    /// Machines with one of these roles, by themselves.
    #[serde(default)]
    pub hosts: Vec<HostRole>,
    /// Mean occurrences per hour and actor, while it may happen.
    #[schemars(range(min = 0.0, max = 10000.0))]
    pub per_hour: f64,
    /// When it may happen.
    pub when: When,
    /// Roles of the other machine involved; any, if empty.
    #[serde(default)]
    pub towards: Vec<HostRole>,
    /// How many other machines one occurrence visits in turn.
    #[serde(default = "single")]
    pub spread: Times,
    /// Whether it happens only to machines that the internet reaches.
    #[serde(default)]
    pub exposed: bool,
    /// Whether all that an occurrence sends outside goes to one rare place: that of a program which this machine alone, or
    /// some machines, have.
    #[serde(default)]
    pub one_place: bool,
    /// Whether it looks like an attack.
    #[serde(default)]
    pub looks_bad: bool,
    /// What it emits on each machine visited.
    #[schemars(length(min = 1))]
    pub emits: Vec<EmissionTable>,
}

fn single() -> Times {
    Times(1, 1)
}
