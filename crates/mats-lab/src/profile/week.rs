//! An episode of a week, counted.

use super::tally::{Calendar, SeenFlow, Tally, WEEK};
use mats_core::telemetry::{Flow, Service};
use mats_core::{Body, DomainId, Duration, HostId, SimTime};
use mats_scenario::Scenario;
use mats_sim::{Telemetry, World};

/// Sensors hardly deliver anything later than this, so that flows can be put in order of time.
const LATEST: Duration = Duration::from_minutes(30);

/// The scenario from Monday, 00:00, on for a week, its campaigns spread over it.
pub fn stretch(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    let week = Duration::from_hours(WEEK as u64);
    let factor = week.hours() / scenario.horizon.hours();
    let later = |d: Duration| Duration::from_seconds(d.seconds() * factor);
    scenario.campaigns.onset = (later(scenario.campaigns.onset.0), later(scenario.campaigns.onset.1));
    scenario.horizon = week;
    scenario.weekday = 0;
    scenario.inventory.start_of_day = 0;
    scenario
}

/// Plays an episode without response and counts what sensors deliver.
pub fn count(world: &mut World, seed: u64) -> Tally {
    let mut tally = Tally::new(world.plan().scenario.hosts.len(), Calendar::Week);
    let mut telemetry = Telemetry::default();
    let mut waiting: Vec<SeenFlow> = Vec::new();
    world.reset(seed);
    while world.now() < world.horizon() {
        telemetry.clear();
        world.advance(world.now() + Duration::from_hours(1), &mut telemetry);
        for record in &telemetry.records {
            if !matches!(record.body, Body::Intel(_)) {
                tally.record(record.time);
            }
            match record.body {
                Body::Flow(flow) => {
                    waiting.push(seen(record.time, record.host, &flow));
                    if flow.service == Service::Dns && flow.domain != DomainId::NONE {
                        tally.lookup(flow.domain.0);
                    }
                }
                Body::Login(login) => tally.login(login.source.is_internal(), login.success),
                _ => {}
            }
        }
        let over = SimTime(world.now().0.saturating_sub(LATEST.0));
        release(&mut waiting, over, &mut tally);
    }
    release(&mut waiting, SimTime::NEVER, &mut tally);
    tally.end();
    tally
}

/// Counts the flows before `over`, in order of time.
fn release(waiting: &mut Vec<SeenFlow>, over: SimTime, tally: &mut Tally) {
    waiting.sort_by_key(|seen| seen.time);
    let ready = waiting.partition_point(|seen| seen.time < over);
    waiting.drain(..ready).for_each(|seen| tally.flow(&seen));
}

fn seen(time: SimTime, host: HostId, flow: &Flow) -> SeenFlow {
    let (host, peer) = (Some(host.index()), flow.peer.host().map(HostId::index));
    let (from, to) = if flow.outbound { (host, peer) } else { (peer, host) };
    SeenFlow {
        time,
        from,
        to,
        bytes: u64::from(flow.bytes_out) + u64::from(flow.bytes_in),
        seconds: Some(f64::from(flow.duration_ms) / 1000.0),
        service: flow.service,
        state: flow.state,
        tcp: !matches!(flow.service, Service::Dns | Service::Ntp),
    }
}
