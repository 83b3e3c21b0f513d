//! The tables that steer the whole organisation.

use super::Context;
use crate::format::ScenarioFile;
use crate::format::names::Interval;
use crate::format::settings::{
    IntelTable, RandomizeTable, ResponseTable, RewardTable, SensorTable, SensorsTable,
};
use crate::load::DEFAULTS_BASE;
use crate::model::{ActionSpec, Campaigns, Intel, Randomize, Range, Response, Reward, Sensor, Sensors};
use crate::raw_diagnostic::Span;
use mats_core::{Action, Duration};

fn minutes(m: f64) -> Duration {
    Duration::from_seconds(m * 60.0)
}

/// Returns where it stands when campaigns begin; in a file that leaves it to the defaults, how long an episode is.
pub fn onset_place(file: &ScenarioFile) -> Span {
    let written = file.campaigns.onset_hours.span();
    if written.start < DEFAULTS_BASE { written } else { file.scenario.horizon_hours.span() }
}

pub fn campaigns(file: &ScenarioFile, ctx: &mut Context<'_>) -> Campaigns {
    let table = &file.campaigns;
    let count = table.count.get_ref();
    let sum: f64 = count.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        let help = Some("the probabilities of 0, 1, 2, … campaigns must sum to 1".to_owned());
        // Without the noise of binary fractions.
        let sum = (sum * 1e6).round() / 1e6;
        ctx.sink.error(table.count.span(), format!("`campaigns.count` sums to {sum}"), help);
    }
    let Interval(first, last) = *table.onset_hours.get_ref();
    let horizon = *file.scenario.horizon_hours.get_ref();
    let expected = count.iter().skip(1).any(|&p| p > 0.0);
    if expected && last > horizon {
        let help =
            Some(format!("write `onset_hours = [{}, {horizon}]` or less in [campaigns]", first.min(horizon)));
        let message = format!("campaigns may begin {last} h in (`campaigns.onset_hours`), after the end");
        ctx.sink.error(file.scenario.horizon_hours.span(), message, help);
    }
    let evicted_after = table.evicted_after_hours;
    if expected && evicted_after >= horizon {
        let half = horizon / 2.0;
        let help = Some(format!("write `evicted_after_hours = {half}` or less in [campaigns]"));
        let message = format!(
            "an episode of {horizon} h cannot show that a campaign was gone for its last {evicted_after} h (`campaigns.evicted_after_hours`)"
        );
        ctx.sink.error(file.scenario.horizon_hours.span(), message, help);
    }
    if expected && file.attack.iter().all(|a| a.weight <= 0.0) && ctx.whole() {
        let help = Some("add an [[attack]], or write `count = [1.0]` in [campaigns]".to_owned());
        ctx.sink.error(
            file.scenario.name.span(),
            "campaigns are expected, but there is no attack to choose",
            help,
        );
    }
    Campaigns {
        count: count.iter().map(|p| p / sum).collect(),
        onset: (Duration::from_seconds(first * 3600.0), Duration::from_seconds(last * 3600.0)),
        evicted_after: Duration::from_seconds(evicted_after * 3600.0),
    }
}

pub fn intel(t: &IntelTable) -> Intel {
    Intel {
        coverage: t.coverage,
        delay_hours: t.delay_hours,
        false_per_day: t.false_per_day,
        lifetime_hours: t.lifetime_hours,
    }
}

pub fn sensors(t: &SensorsTable) -> Sensors {
    let one = |s: &SensorTable| Sensor { coverage: s.coverage, delay_seconds: s.delay_seconds };
    Sensors { flows: one(&t.flows), events: one(&t.events), logins: one(&t.logins), config: one(&t.config) }
}

pub fn response(t: &ResponseTable) -> Response {
    let free = ActionSpec { minutes: 0.0, failure: 0.0, cost: 0.0 };
    let one = |a: &Action| {
        let table = t.actions.0.get(a.name());
        table.map_or(free, |t| ActionSpec { minutes: t.minutes, failure: t.failure, cost: t.cost })
    };
    Response {
        actions: Action::ALL.iter().map(one).collect(),
        analysts: t.analysts,
        analyst_error: t.analyst_error,
        scan_detects: t.scan_detects,
        scan_false: t.scan_false,
        max_per_hour: t.max_per_hour,
        approval: t.approval.iter().map(|a| a.0).collect(),
        decoy_stands: minutes(t.decoy_hours * 60.0),
        patrol: minutes(t.patrol_minutes),
        recheck: minutes(t.recheck_minutes),
        min_interval: minutes(t.min_interval_minutes),
    }
}

pub fn reward(t: &RewardTable) -> Reward {
    Reward {
        unit: t.unit.clone(),
        analyst_hour: t.analyst_hour,
        foothold_share: t.foothold_share,
        account_hour: t.account_hour.0,
        damage_scale: t.damage_scale.0,
        night: t.night,
        kill_hours: t.kill_hours,
        reset_hours: t.reset_hours,
        decoy_hour: t.decoy_hour,
        blocked_visit: t.blocked_visit,
        settlement_hours: t.settlement_hours,
        tau_hours: t.tau_hours,
        shaping: t.shaping,
        credit: t.credit,
    }
}

pub fn randomize(t: &RandomizeTable) -> Randomize {
    let one = |i: Interval| -> Range { (i.0, i.1) };
    Randomize {
        activity: one(t.activity),
        vulnerable: one(t.vulnerable),
        noise: one(t.noise),
        sensor_loss: one(t.sensor_loss),
        skill: one(t.skill),
        pace: one(t.pace),
        machines: one(t.machines),
        people: one(t.people),
        shift_hours: one(t.shift_hours),
        newcomers: one(t.newcomers),
        movers: one(t.movers),
    }
}
