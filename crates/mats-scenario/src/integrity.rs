//! Whether a scenario that was read from a record can be one. A file is checked where it is read; a record holds the outcome,
//! which somebody may have changed or damaged since. The simulator trusts what passes here: every id leads somewhere, every
//! number lies in the range that scenario files allow.

use crate::attack::{Attack, Selector, Step};
use crate::catalogue::Emission;
use crate::lower::{MAX_HOSTS, MAX_STEPS, MAX_SUBNETS};
use crate::model::{Range, Scenario};
use crate::schema_validator::{MAX_NUMBER, is_name};
use mats_core::{Action, Duration, UserId};

/// Hours of settlement at most: an episode is not decided by what happens after it.
const MAX_SETTLEMENT: f64 = 4.0;

/// The longest episode, in hours, and the shortest.
const HOURS: (f64, f64) = (0.5, 336.0);
/// Seconds of a day.
const DAY: u32 = 24 * 3600;
/// How often something is repeated at most.
const MOST: u32 = 10_000;

/// A scenario that no file can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{place}` {what}")]
pub struct IntegrityError {
    /// Place in the record, with dots and positions.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// Checks a scenario that was read from a record.
///
/// # Errors
/// With the first thing that no scenario file can say.
pub fn check(scenario: &Scenario) -> Result<(), IntegrityError> {
    network(scenario)?;
    people(scenario)?;
    catalogue(scenario)?;
    let steps: usize = scenario.attacks.iter().map(|attack| attack.steps.len()).sum();
    within("attacks", steps as f64, 0.0, MAX_STEPS as f64)?;
    for (at, one) in scenario.attacks.iter().enumerate() {
        attack(scenario, &format!("attacks[{at}]"), one)?;
    }
    tables(scenario)
}

type Checked = Result<(), IntegrityError>;

fn wrong(place: impl Into<String>, what: impl Into<String>) -> Checked {
    Err(IntegrityError { place: place.into(), what: what.into() })
}

/// A number within bounds, which no number that is not finite is.
fn within(place: &str, value: f64, least: f64, most: f64) -> Checked {
    if value >= least && value <= most && value.is_finite() {
        return Ok(());
    }
    let range =
        if most == MAX_NUMBER { format!("at least {least}") } else { format!("from {least} to {most}") };
    wrong(place, format!("is {value} but must be {range}"))
}

fn share(place: &str, value: f64) -> Checked {
    within(place, value, 0.0, 1.0)
}

fn positive(place: &str, value: f64) -> Checked {
    within(place, value, 0.0, MAX_NUMBER)
}

/// The ends of an interval, in order and within bounds.
fn interval(place: &str, (low, high): Range, least: f64, most: f64) -> Checked {
    within(place, low, least, most)?;
    within(place, high, least, most)?;
    if low <= high { Ok(()) } else { wrong(place, format!("goes from {low} to {high}, which is less")) }
}

/// How often, two whole numbers in order.
fn times(place: &str, (low, high): (u32, u32)) -> Checked {
    interval(place, (f64::from(low), f64::from(high)), 1.0, f64::from(MOST))
}

/// An id or a position that leads to one of so many things.
fn index(place: &str, at: usize, count: usize) -> Checked {
    if at < count { Ok(()) } else { wrong(place, format!("is {at}, but there are {count}")) }
}

/// A column that has an entry for each of so many things.
fn column(place: &str, len: usize, count: usize) -> Checked {
    if len == count { Ok(()) } else { wrong(place, format!("has {len} entries instead of {count}")) }
}

/// Names that stand in tables of results, where nothing means that there is none.
fn named<'n>(place: &str, names: impl IntoIterator<Item = &'n String>) -> Checked {
    if names.into_iter().any(String::is_empty) { wrong(place, "has no name") } else { Ok(()) }
}

fn duration(place: &str, duration: Duration, least_minutes: f64) -> Checked {
    // Times are whole microseconds.
    within(place, duration.hours() * 60.0, least_minutes - 1e-6, MAX_NUMBER)
}

fn network(scenario: &Scenario) -> Checked {
    let Scenario { inventory, hosts, reach, vulnerabilities, .. } = scenario;
    if !is_name(&scenario.name) {
        return wrong("name", "is no name: letters, digits, `-`, `_` and `.`, at most 64");
    }
    within("inventory.subnets", inventory.subnets.len() as f64, 1.0, MAX_SUBNETS as f64)?;
    within("inventory.hosts", inventory.hosts.len() as f64, 1.0, MAX_HOSTS as f64)?;
    within("inventory.start_of_day", f64::from(inventory.start_of_day), 0.0, f64::from(DAY - 1))?;
    column("hosts", hosts.len(), inventory.hosts.len())?;
    for (at, host) in inventory.hosts.iter().enumerate() {
        let place = |name: &str| format!("inventory.hosts[{at}].{name}");
        index(&place("subnet"), host.subnet.index(), inventory.subnets.len())?;
        positive(&place("value"), f64::from(host.value))?;
        if host.owner != UserId::NONE {
            index(&place("owner"), host.owner.index(), inventory.users.len())?;
        }
    }
    for (at, host) in hosts.iter().enumerate() {
        index(&format!("hosts[{at}].group"), host.group, MAX_HOSTS)?;
        let place = format!("hosts[{at}].vulnerabilities");
        for &(vulnerability, probability) in &host.vulnerabilities {
            index(&place, vulnerability, vulnerabilities.len())?;
            share(&place, probability)?;
        }
    }
    let subnets = inventory.subnets.len();
    column("reach.subnets", reach.subnets, subnets)?;
    column("reach.services", reach.services.len(), subnets * subnets)?;
    column("reach.from_internet", reach.from_internet.len(), subnets)?;
    column("reach.to_internet", reach.to_internet.len(), subnets)?;
    for (at, link) in reach.optional.iter().enumerate() {
        let place = format!("reach.optional[{at}]");
        index(&place, link.from.index(), subnets)?;
        index(&place, link.to.index(), subnets)?;
        share(&place, link.probability)?;
    }
    Ok(())
}

fn people(scenario: &Scenario) -> Checked {
    let Scenario { inventory, users, .. } = scenario;
    within("inventory.users", inventory.users.len() as f64, 0.0, MAX_HOSTS as f64)?;
    column("users", users.len(), inventory.users.len())?;
    for (at, user) in inventory.users.iter().enumerate() {
        index(&format!("inventory.users[{at}].home"), user.home.index(), inventory.hosts.len())?;
        positive(&format!("inventory.users[{at}].value"), f64::from(user.value))?;
    }
    for (at, user) in users.iter().enumerate() {
        index(&format!("users[{at}].group"), user.group, MAX_HOSTS)?;
        let last = f64::from(DAY);
        within(&format!("users[{at}].shift"), f64::from(user.shift.0.max(user.shift.1)), 0.0, last)?;
        within(&format!("users[{at}].activity"), user.activity, 0.0, 20.0)?;
    }
    Ok(())
}

fn catalogue(scenario: &Scenario) -> Checked {
    for (at, behaviour) in scenario.behaviours.iter().enumerate() {
        let place = format!("behaviours[{at}]");
        // The catalogue's rate, multiplied by what a scenario may.
        within(&format!("{place}.per_hour"), behaviour.per_hour, 0.0, 1e7)?;
        times(&format!("{place}.spread"), behaviour.spread)?;
        emissions(&place, &behaviour.emits)?;
    }
    for (at, technique) in scenario.techniques.iter().enumerate() {
        let place = format!("techniques[{at}]");
        named(&place, [&technique.id, &technique.name, &technique.tactic])?;
        within(&format!("{place}.minutes"), technique.minutes, 0.0, MAX_NUMBER)?;
        share(&format!("{place}.success"), technique.success)?;
        emissions(&place, &technique.emits)?;
    }
    Ok(())
}

fn emissions(place: &str, emits: &[Emission]) -> Checked {
    emits.iter().enumerate().try_for_each(|(at, emission)| {
        let place = format!("{place}.emits[{at}]");
        times(&format!("{place}.count"), emission.count)?;
        interval(&format!("{place}.scale"), emission.scale, 0.0, MAX_NUMBER)?;
        interval(&format!("{place}.over"), emission.over, 0.0, MAX_NUMBER)
    })
}

fn attack(scenario: &Scenario, place: &str, attack: &Attack) -> Checked {
    named(place, [&attack.name])?;
    positive(&format!("{place}.weight"), attack.weight)?;
    let intervals = [
        ("skill", attack.skill),
        ("stealth", attack.stealth),
        ("patience_hours", attack.patience_hours),
        ("lie_low_hours", attack.lie_low_hours),
    ];
    intervals
        .into_iter()
        .try_for_each(|(name, range)| interval(&format!("{place}.{name}"), range, 0.0, MAX_NUMBER))?;
    interval(&format!("{place}.caution"), attack.caution, 0.0, 1.0)?;
    for weight in attack.reactions {
        positive(&format!("{place}.reactions"), weight)?;
    }
    within(&format!("{place}.hidden"), attack.hidden, 0.0, 1.0)?;
    within(&format!("{place}.back_door"), attack.back_door, 0.0, 1.0)?;
    within(&format!("{place}.back_minutes"), attack.back_minutes, 0.1, MAX_NUMBER)?;
    within(&format!("{place}.objective_share"), attack.objective_share, 0.01, 1.0)?;
    let counts = [
        ("spare_addresses", attack.spare_addresses),
        ("reentries", attack.reentries),
        ("detours", attack.detours),
    ];
    counts
        .into_iter()
        .try_for_each(|(name, n)| within(&format!("{place}.{name}"), f64::from(n), 0.0, 1000.0))?;
    if attack.steps.is_empty() || !attack.steps.iter().any(|step| step.after.is_empty()) {
        return wrong(format!("{place}.steps"), "has no way in");
    }
    for (at, one) in attack.steps.iter().enumerate() {
        step(scenario, &format!("{place}.steps[{at}]"), attack.steps.len(), one)?;
    }
    Ok(())
}

fn step(scenario: &Scenario, place: &str, steps: usize, step: &Step) -> Checked {
    index(&format!("{place}.technique"), step.technique, scenario.techniques.len())?;
    step.after.iter().try_for_each(|&after| index(&format!("{place}.after"), after, steps))?;
    let target = format!("{place}.target");
    match &step.target {
        Selector::Any => {}
        Selector::Roles(roles) => {
            if !scenario.hosts.iter().any(|host| roles.contains(&host.role)) {
                return wrong(target, "names roles that no machine has");
            }
        }
        Selector::Subnet(subnet) => index(&target, subnet.index(), scenario.inventory.subnets.len())?,
        Selector::Hosts(hosts) => {
            hosts.iter().try_for_each(|host| index(&target, host.index(), scenario.hosts.len()))?;
        }
    }
    times(&format!("{place}.repeat"), step.repeat)?;
    within(&format!("{place}.retries"), f64::from(step.retries), 0.0, 1000.0)?;
    positive(&format!("{place}.minutes"), step.minutes)?;
    positive(&format!("{place}.pause"), step.pause.hours())?;
    share(&format!("{place}.success"), step.success)?;
    positive(&format!("{place}.damage"), step.damage)
}

/// The tables that steer the whole organisation.
fn tables(scenario: &Scenario) -> Checked {
    let Scenario { campaigns, intel, sensors, response, reward, randomize, .. } = scenario;
    within("horizon", scenario.horizon.hours(), HOURS.0, HOURS.1)?;
    within("weekday", f64::from(scenario.weekday), 0.0, 6.0)?;
    within("campaigns.count", campaigns.count.len() as f64, 1.0, 9.0)?;
    campaigns.count.iter().try_for_each(|&p| share("campaigns.count", p))?;
    within("campaigns.count", campaigns.count.iter().sum(), 1.0 - 1e-6, 1.0 + 1e-6)?;
    let onset = (campaigns.onset.0.hours(), campaigns.onset.1.hours());
    interval("campaigns.onset", onset, 0.0, MAX_NUMBER)?;
    let expected = campaigns.count.iter().skip(1).any(|&p| p > 0.0);
    if expected && campaigns.evicted_after >= scenario.horizon {
        return wrong("campaigns.evicted_after", "is no less than the horizon");
    }
    if expected && !scenario.attacks.iter().any(|attack| attack.weight > 0.0) {
        return wrong("attacks", "has none to choose, but campaigns are expected");
    }
    share("intel.coverage", intel.coverage)?;
    positive("intel.delay_hours", intel.delay_hours)?;
    within("intel.false_per_day", intel.false_per_day, 0.0, 10_000.0)?;
    positive("intel.lifetime_hours", intel.lifetime_hours)?;
    for (place, sensor) in [
        ("sensors.flows", sensors.flows),
        ("sensors.events", sensors.events),
        ("sensors.logins", sensors.logins),
        ("sensors.config", sensors.config),
    ] {
        share(place, sensor.coverage)?;
        positive(place, sensor.delay_seconds)?;
    }
    column("response.actions", response.actions.len(), Action::COUNT)?;
    for action in &response.actions {
        positive("response.actions", action.minutes)?;
        share("response.actions", action.failure)?;
        positive("response.actions", action.cost)?;
    }
    within("response.analysts", f64::from(response.analysts), 0.0, 1000.0)?;
    share("response.analyst_error", response.analyst_error)?;
    share("response.scan_detects", response.scan_detects)?;
    share("response.scan_false", response.scan_false)?;
    within("response.max_per_hour", f64::from(response.max_per_hour), 0.0, 100_000.0)?;
    duration("response.decoy_stands", response.decoy_stands, 1.0)?;
    duration("response.patrol", response.patrol, 1.0)?;
    duration("response.recheck", response.recheck, 1.0)?;
    duration("response.min_interval", response.min_interval, 0.1)?;
    positive("reward.analyst_hour", reward.analyst_hour)?;
    reward.account_hour.iter().try_for_each(|&x| positive("reward.account_hour", x))?;
    positive("reward.foothold_share", reward.foothold_share)?;
    positive("reward.kill_hours", reward.kill_hours)?;
    positive("reward.reset_hours", reward.reset_hours)?;
    positive("reward.decoy_hour", reward.decoy_hour)?;
    positive("reward.blocked_visit", reward.blocked_visit)?;
    reward.damage_scale.iter().try_for_each(|&x| positive("reward.damage_scale", x))?;
    share("reward.night", reward.night)?;
    within("reward.settlement_hours", reward.settlement_hours, 0.0, MAX_SETTLEMENT)?;
    within("reward.tau_hours", reward.tau_hours, 0.01, MAX_NUMBER)?;
    positive("reward.shaping", reward.shaping)?;
    for (place, range, most) in [
        ("randomize.activity", randomize.activity, MAX_NUMBER),
        ("randomize.vulnerable", randomize.vulnerable, MAX_NUMBER),
        ("randomize.noise", randomize.noise, MAX_NUMBER),
        ("randomize.sensor_loss", randomize.sensor_loss, MAX_NUMBER),
        ("randomize.skill", randomize.skill, MAX_NUMBER),
        ("randomize.pace", randomize.pace, MAX_NUMBER),
        ("randomize.shift_hours", randomize.shift_hours, MAX_NUMBER),
        ("randomize.machines", randomize.machines, 1.0),
        ("randomize.people", randomize.people, 1.0),
        ("randomize.newcomers", randomize.newcomers, 1.0),
        ("randomize.movers", randomize.movers, 1.0),
    ] {
        interval(place, range, 0.0, most)?;
    }
    Ok(())
}
