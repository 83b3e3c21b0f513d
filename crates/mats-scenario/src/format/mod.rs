//! The scenario file, table by table. The doc comments of these structs are the reference of the format and
//! the text of its JSON Schema. Tables that steer the whole organisation (`[campaigns]`, `[intel]`,
//! `[sensors]`, `[response]`, `[reward]`, `[randomize]`, `[benign]`) take what they do not say from
//! `catalogue/defaults.toml`, which every scenario extends without asking.

pub mod attack;
pub mod catalogue;
pub mod names;
pub mod settings;

use attack::AttackTable;
use names::{ClassName, Clock, Cve, Line, Name, OsName, Segments, ServiceName, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{
    BenignTable, CampaignsTable, IntelTable, RandomizeTable, ResponseTable, RewardTable, SensorsTable,
};
use toml::Spanned;

use crate::roles::{HostRole, UserRole};

/// A MATS scenario: an organisation, the attacks it may suffer, and what defending it costs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Another scenario file, relative to this one, that this one changes. Tables are merged key by key;
    /// entries of `[[subnet]]`, `[[host]]` and so on with the same `name` (or `id`, or `from` and `to`, written
    /// alike) are merged too, others are added; an empty array removes all of them. What this file's links
    /// say of two segments takes the place of what other links of that file say of them; a `target` is replaced whole.
    #[serde(default)]
    pub extends: Option<String>,
    /// What the scenario is.
    pub scenario: ScenarioTable,
    /// Network segments.
    #[serde(default)]
    pub subnet: Vec<SubnetTable>,
    /// Groups of machines.
    #[serde(default)]
    pub host: Vec<HostTable>,
    /// Which segment may open which services towards which other one. What no link allows is denied; within
    /// a segment everything is allowed.
    #[serde(default)]
    pub link: Vec<LinkTable>,
    /// Groups of people and accounts.
    #[serde(default)]
    pub user: Vec<UserTable>,
    /// Weaknesses that machines may have.
    #[serde(default)]
    pub vulnerability: Vec<VulnerabilityTable>,
    /// Attacks; each campaign carries out one of them.
    #[serde(default)]
    pub attack: Vec<AttackTable>,
    /// How many campaigns an episode has, and when they begin.
    pub campaigns: CampaignsTable,
    /// The threat intelligence feed.
    pub intel: IntelTable,
    /// What sensors miss and how late they are.
    pub sensors: SensorsTable,
    /// What defenders can do.
    pub response: ResponseTable,
    /// What things cost.
    pub reward: RewardTable,
    /// What is drawn anew in each episode.
    pub randomize: RandomizeTable,
    /// Benign life.
    pub benign: BenignTable,
}

/// What the scenario is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioTable {
    /// Short name, best that of the file; results are filed under it.
    #[schemars(with = "Name")]
    pub name: Spanned<String>,
    /// One line for tables.
    #[serde(default)]
    #[schemars(with = "Line")]
    pub title: String,
    /// What it teaches.
    #[serde(default)]
    #[schemars(with = "Text")]
    pub description: String,
    /// Length of an episode in hours.
    #[schemars(with = "f64", range(min = 0.5, max = 336.0))]
    pub horizon_hours: Spanned<f64>,
    /// Time of day at which an episode begins.
    #[serde(default = "seven")]
    pub start: Clock,
    /// Day of the week on which an episode begins.
    #[serde(default)]
    pub weekday: Weekday,
}

fn seven() -> Clock {
    Clock(7 * 3600)
}

/// Days of the week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    #[default]
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A network segment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubnetTable {
    /// Its name; `internet` is reserved.
    #[schemars(with = "Name")]
    pub name: Spanned<String>,
    /// Whether its machines may open connections to the internet.
    #[serde(default = "yes")]
    pub internet: bool,
    /// Whether automatic isolation of its machines is forbidden. A machine may say otherwise for itself.
    #[serde(default)]
    pub never_isolate: bool,
}

fn yes() -> bool {
    true
}

/// A group of like machines.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostTable {
    /// Name of the group. A group of one machine gives it its name; otherwise machines are numbered:
    /// `office-01`, `office-02`, and so on.
    #[schemars(with = "Name")]
    pub name: Spanned<String>,
    /// How many.
    #[serde(default = "one")]
    #[schemars(with = "u32", range(min = 1, max = 20000))]
    pub count: Spanned<u32>,
    /// The segment they stand in.
    #[schemars(with = "String")]
    pub subnet: Spanned<String>,
    /// What they are for.
    pub role: HostRole,
    /// Operating system.
    #[serde(default = "windows")]
    pub os: OsName,
    /// How much hangs on them. Default by role: `workstation` for workstations, `critical` for domain
    /// controllers and database servers, `server` for the rest.
    #[serde(default)]
    pub class: Option<ClassName>,
    /// What an hour without the machine costs while people work. Default by class: 1, 5, 12.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub value: Option<f64>,
    /// Whether automatic isolation is forbidden. Default: what the segment says.
    #[serde(default)]
    pub never_isolate: Option<bool>,
    /// Services they offer. Default by role and operating system; see scenarios/README.md.
    #[serde(default)]
    pub services: Option<Vec<ServiceName>>,
    /// Weaknesses each of them may have.
    #[serde(default)]
    pub vulnerabilities: Vec<WeaknessTable>,
}

fn one() -> Spanned<u32> {
    Spanned::new(0..0, 1)
}

fn windows() -> OsName {
    OsName(mats_core::Os::Windows)
}

/// A weakness that machines of a group may have.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeaknessTable {
    /// Id of a `[[vulnerability]]`.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// How likely each machine has it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
}

/// Leave to open connections.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkTable {
    /// A segment, `internet`, or an array of them: each has a link of its own.
    pub from: Segments,
    /// A segment, or an array of segments.
    pub to: Segments,
    /// The services allowed.
    #[schemars(length(min = 1))]
    pub services: Vec<ServiceName>,
    /// How likely it is there in an episode, each by itself; links from the internet always are.
    #[serde(default = "certain")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub probability: f64,
}

fn certain() -> f64 {
    1.0
}

/// A group of people, or accounts that services run under.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserTable {
    /// Name of the group; its accounts are named as machines are.
    #[schemars(with = "Name")]
    pub name: Spanned<String>,
    /// How many.
    #[serde(default = "one")]
    #[schemars(with = "u32", range(min = 1, max = 20000))]
    pub count: Spanned<u32>,
    /// What they do.
    pub role: UserRole,
    /// The `[[host]]` group they work at, one after the other; workstations or jump hosts, for service
    /// accounts any.
    #[schemars(with = "String")]
    pub hosts: Spanned<String>,
    /// Usual start and end of work; over midnight if the end comes first. Service accounts work around the clock by nature.
    #[serde(default = "office_hours")]
    #[schemars(with = "[Clock; 2]")]
    pub shift: Spanned<[Clock; 2]>,
    /// How much they do; 1 is usual.
    #[serde(default = "usual")]
    #[schemars(range(min = 0.0, max = 20.0))]
    pub activity: f64,
    /// What an hour without the account costs while its owner works. Default by role: 2 for administrators
    /// and services, 1 for the rest.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    pub value: Option<f64>,
}

fn office_hours() -> Spanned<[Clock; 2]> {
    Spanned::new(0..0, [Clock(8 * 3600), Clock(17 * 3600)])
}

fn usual() -> f64 {
    1.0
}

/// A weakness.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VulnerabilityTable {
    /// CVE id, such as `CVE-2023-34362`.
    #[schemars(with = "Cve")]
    pub id: Spanned<String>,
    /// The service it sits in.
    pub service: ServiceName,
}
