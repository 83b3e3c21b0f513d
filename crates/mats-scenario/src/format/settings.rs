//! The tables that steer the whole organisation. None of their keys has a default here: what a scenario does
//! not say stands in `catalogue/defaults.toml`.

use super::names::{ActionName, Factors, Interval, Line, Shares};
use crate::model::Credit;
use crate::texts::BEHAVIOUR_NAMES;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;

/// How many campaigns an episode has, and when they begin.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignsTable {
    /// Probability of none, one, two, … campaigns; must sum to 1.
    #[schemars(with = "Vec<Share>", length(min = 1, max = 9))]
    pub count: Spanned<Vec<f64>>,
    /// A campaign begins uniformly within this span of the episode, in hours.
    #[schemars(with = "Interval")]
    pub onset_hours: Spanned<Interval>,
    /// Hours before the end of the episode during which nothing of a campaign may have stood for it to count as
    /// evicted, or as contained; less than the horizon. Figures depend on it, the game does not.
    #[schemars(range(min = 0.0))]
    pub evicted_after_hours: f64,
}

/// A number in [0, 1].
pub struct Share;

impl JsonSchema for Share {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0.0, "maximum": 1.0 })
    }
}

/// The threat intelligence feed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntelTable {
    /// Probability that an attacker's address or domain ever appears.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub coverage: f64,
    /// Mean hours from first use to appearance; exponential.
    #[schemars(range(min = 0.0))]
    pub delay_hours: f64,
    /// Wrong entries per day; they name places that users visit.
    #[schemars(range(min = 0.0, max = 10000.0))]
    pub false_per_day: f64,
    /// Hours for which an entry is valid.
    #[schemars(range(min = 0.0))]
    pub lifetime_hours: f64,
}

/// What sensors miss and how late they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SensorsTable {
    /// Network flows.
    pub flows: SensorTable,
    /// System event logs.
    pub events: SensorTable,
    /// Logins.
    pub logins: SensorTable,
    /// Configuration changes.
    pub config: SensorTable,
}

/// One kind of sensor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SensorTable {
    /// Probability that something is recorded at all.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub coverage: f64,
    /// Mean seconds until it reaches the collector; exponential.
    #[schemars(range(min = 0.0))]
    pub delay_seconds: f64,
}

/// What defenders can do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseTable {
    /// How each action behaves, by its name.
    pub actions: Actions,
    /// How many analysts work at once.
    #[schemars(range(max = 1000))]
    pub analysts: u32,
    /// Probability that an analyst judges wrongly.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub analyst_error: f64,
    /// Probability that a scan finds a live foothold.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub scan_detects: f64,
    /// Probability that a scan sees one where there is none.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub scan_false: f64,
    /// Most disruptive actions per hour.
    #[schemars(range(max = 100000))]
    pub max_per_hour: u32,
    /// Actions that need a verified threat.
    pub approval: Vec<ActionName>,
    /// Hours for which a decoy stands.
    #[schemars(range(min = 0.02))]
    pub decoy_hours: f64,
    /// Minutes after which a quiet organisation is looked over.
    #[schemars(range(min = 1.0))]
    pub patrol_minutes: f64,
    /// Minutes after which a threat that was acted on is presented again.
    #[schemars(range(min = 1.0))]
    pub recheck_minutes: f64,
    /// Minutes before which a threat is not presented again.
    #[schemars(range(min = 0.1))]
    pub min_interval_minutes: f64,
}

/// How one action behaves.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionTable {
    /// Median minutes until done; log-normal with log-standard deviation 0.3.
    #[schemars(range(min = 0.0))]
    pub minutes: f64,
    /// Probability that it does not work.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub failure: f64,
    /// What each use costs, in the scenario's unit.
    #[schemars(range(min = 0.0))]
    pub cost: f64,
}

/// A table for every action, by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Actions(pub BTreeMap<String, ActionTable>);

impl JsonSchema for Actions {
    fn schema_name() -> Cow<'static, str> {
        "Actions".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<ActionTable>();
        let names: Vec<&str> = mats_core::Action::ALL.iter().map(|a| a.name()).collect();
        let properties: serde_json::Map<String, serde_json::Value> =
            names.iter().map(|&n| (n.to_owned(), table.clone().to_value())).collect();
        json_schema!({
            "type": "object", "properties": properties, "required": names, "additionalProperties": false
        })
    }
}

/// What things cost, in the scenario's own unit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardTable {
    /// The unit, for tables.
    #[schemars(with = "Line")]
    pub unit: String,
    /// An hour of an analyst.
    #[schemars(range(min = 0.0))]
    pub analyst_hour: f64,
    /// Share of a machine's hourly `value` that an hour of a live foothold costs.
    #[schemars(range(min = 0.0))]
    pub foothold_share: f64,
    /// An hour of a stolen account that is accepted: anybody's, an administrator's.
    pub account_hour: Pair,
    /// Multiplies one-off damage on a workstation, server, critical machine.
    pub damage_scale: Triple,
    /// Share of an hourly value that is charged outside working hours.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub night: f64,
    /// Hours of a machine's work that killing a program there costs.
    #[schemars(range(min = 0.0))]
    pub kill_hours: f64,
    /// Hours of an account's work that its new credentials cost.
    #[schemars(range(min = 0.0))]
    pub reset_hours: f64,
    /// An hour of a decoy.
    #[schemars(range(min = 0.0))]
    pub decoy_hour: f64,
    /// Somebody's visit that a block prevents.
    #[schemars(range(min = 0.0))]
    pub blocked_visit: f64,
    /// What is left standing at the horizon is charged for this many hours more, in a straight line less and less.
    #[schemars(range(min = 0.0, max = 4.0))]
    pub settlement_hours: f64,
    /// Time constant of the discount exp(−Δt/τ), in hours.
    #[schemars(range(min = 0.01))]
    pub tau_hours: f64,
    /// Scale of the potential that shapes rewards; 0 switches shaping off.
    #[schemars(range(min = 0.0))]
    pub shaping: f64,
    /// With what a decision is credited: the world's next cost, or its own incident's until that closes.
    pub credit: Credit,
}

/// A number for each asset class: workstation, server, critical.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Triple(pub [f64; 3]);

/// A number for anybody's account, and one for an administrator's.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Pair(pub [f64; 2]);

/// The schema of so many prices.
fn prices(count: usize) -> Schema {
    json_schema!({
        "type": "array", "items": { "type": "number", "minimum": 0.0 }, "minItems": count, "maxItems": count
    })
}

impl JsonSchema for Triple {
    fn schema_name() -> Cow<'static, str> {
        "Triple".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        prices(3)
    }
}

impl JsonSchema for Pair {
    fn schema_name() -> Cow<'static, str> {
        "Pair".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        prices(2)
    }
}

/// Multipliers that are drawn anew in each episode, uniform within their intervals.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomizeTable {
    /// Of all benign activity.
    pub activity: Interval,
    /// Of the probabilities that machines are vulnerable (cut at 1).
    pub vulnerable: Interval,
    /// Of how often benign things happen that look bad.
    pub noise: Interval,
    /// Of the probability that sensors miss something (cut at 1).
    pub sensor_loss: Interval,
    /// Of attackers' skill.
    #[schemars(with = "Factors")]
    pub skill: Interval,
    /// Of how long attackers take and pause.
    #[schemars(with = "Factors")]
    pub pace: Interval,
    /// Share of the workstations that are switched on, in groups of at least five.
    #[schemars(with = "Shares")]
    pub machines: Interval,
    /// Share of the people who are at work, in groups of at least five.
    #[schemars(with = "Shares")]
    pub people: Interval,
    /// Hours by which people come earlier or later than their shift says, each by up to as much.
    pub shift_hours: Interval,
    /// Share of the people who are new: they have no habits yet, and mistype more.
    #[schemars(with = "Shares")]
    pub newcomers: Interval,
    /// Share of the people who have taken over somebody else's work besides their own.
    #[schemars(with = "Shares")]
    pub movers: Interval,
}

/// Benign life.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BenignTable {
    /// Behaviours of the catalogue that do not happen here.
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// Behaviours that happen more or less often here: by what their rate is multiplied.
    pub rates: Rates,
}

/// Multipliers of behaviours' rates, by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Rates(pub BTreeMap<String, f64>);

impl JsonSchema for Rates {
    fn schema_name() -> Cow<'static, str> {
        "Rates".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rate = json_schema!({ "type": "number", "minimum": 0.0, "maximum": 1000.0 });
        let rates: serde_json::Map<String, serde_json::Value> =
            BEHAVIOUR_NAMES.iter().map(|name| (name.clone(), rate.clone().to_value())).collect();
        json_schema!({ "type": "object", "properties": rates, "additionalProperties": false })
    }
}
