//! What the actions of a defender do to the world: each takes time, costs something, may fail without
//! effect, and what lasts can be undone.

use crate::support::{order_about, scenario};
use mats_core::{Action, ActionResult, DomainId, Finding, HostId, Outcome, Target, UserId};
use mats_scenario::Scenario;
use mats_sim::{CostKind, Plan, Telemetry, World};
use std::sync::Arc;

/// A world of the tutorial in which actions fail with a probability, scans and analysts never err, an attack always happens,
/// and nobody hides or comes back.
fn world(failure: f64) -> World {
    world_of(failure, |_| ())
}

fn world_of(failure: f64, change: impl FnOnce(&mut Scenario)) -> World {
    let mut scenario = scenario("tutorial");
    for action in &mut scenario.response.actions {
        action.failure = failure;
    }
    (scenario.response.scan_detects, scenario.response.scan_false) = (1.0, 0.0);
    scenario.response.analyst_error = 0.0;
    scenario.campaigns.count = vec![0.0, 1.0];
    for attack in &mut scenario.attacks {
        (attack.hidden, attack.back_door) = (0.0, 0.0);
    }
    change(&mut scenario);
    World::new(Arc::new(Plan::new(scenario)))
}

fn run(world: &mut World, minutes: u64) {
    let until = world.now() + mats_core::Duration::from_minutes(minutes);
    world.advance(until, &mut Telemetry::default());
}

/// Runs until an attacker holds a machine; the machine.
fn intrude(world: &mut World) -> HostId {
    for seed in 0..40 {
        world.reset(seed);
        while world.now() < world.horizon() {
            run(world, 1);
            if let Some(hold) = world.compromise_intervals().first() {
                return hold.host;
            }
        }
    }
    panic!("no attacker gets in on any of forty seeds");
}

/// Orders an action and runs until it ended.
fn carry_out(world: &mut World, action: Action, target: Target) -> ActionResult {
    world.order(order_about(action, target));
    let mut results = Vec::new();
    while results.is_empty() {
        assert!(world.now() < world.horizon(), "{action:?} does not end");
        run(world, 1);
        world.results(&mut results);
    }
    results[0]
}

fn at(host: HostId) -> Target {
    Target { host, user: None, address: None, domain: None }
}

fn named(host: HostId) -> Target {
    Target {
        user: Some(UserId(0)),
        address: Some(Plan::address(DomainId(3))),
        domain: Some(DomainId(4)),
        ..at(host)
    }
}

const HOST: HostId = HostId(0);

#[test]
fn every_action_takes_its_time_and_costs_its_price() {
    for action in Action::ALL.into_iter().filter(|&a| a != Action::Monitor) {
        let mut world = world(0.0);
        world.reset(3);
        run(&mut world, 60);
        let spec = world.plan().scenario.response.actions[action as usize];
        let before = world.ledger().of(CostKind::Expense);
        let result = carry_out(&mut world, action, named(HOST));
        assert_eq!(result.outcome, Outcome::Done, "{action:?}");
        let minutes = result.finished.since(result.issued).seconds() / 60.0;
        assert!(
            minutes > spec.minutes / 6.0 && minutes < spec.minutes * 6.0,
            "{action:?}: {minutes} minutes"
        );
        let paid = world.ledger().of(CostKind::Expense) - before;
        let fee = if action == Action::AlertAnalyst {
            minutes / 60.0 * world.plan().scenario.reward.analyst_hour
        } else {
            0.0
        };
        // A decoy is charged by the hour, and has stood for less than a minute.
        let kept = paid - f64::from(result.cost);
        let minute = world.plan().scenario.reward.decoy_hour / 60.0;
        assert!((f64::from(result.cost) - spec.cost - fee).abs() < 1e-6, "{action:?}: paid {paid}");
        assert!(kept.abs() < 1e-6 || action == Action::DeployDecoy && kept > 0.0 && kept < minute);
        assert!(paid > 0.0, "{action:?} is free");
    }
}

#[test]
fn a_failed_action_costs_as_much_and_changes_nothing() {
    let mut world = world(1.0);
    let host = intrude(&mut world);
    for action in Action::ALL.into_iter().filter(|&a| a != Action::Monitor) {
        let before = world.ledger().of(CostKind::Expense);
        let result = carry_out(&mut world, action, Target { host, ..named(host) });
        assert_eq!((result.outcome, result.finding), (Outcome::Failed, None), "{action:?}");
        assert!(world.ledger().of(CostKind::Expense) > before, "{action:?}: trying is not free");
    }
    let posture = world.posture();
    assert!(posture.is_up(host, world.now()) && !posture.is_isolated(host) && !posture.is_patched(host));
    assert_eq!((posture.isolated_count(), posture.disabled_count(), posture.blocks()), (0, 0, 0));
}

/// Episodes over which costs are averaged.
const EPISODES: u64 = 60;

/// Measures what two working hours without a machine or an account cost an hour, on average over episodes.
fn lost_an_hour(action: Action, after_hours: u64) -> (f64, f64) {
    let mut world = world_of(0.0, |s| s.horizon = mats_core::Duration::from_hours(24));
    let (mut lost, mut value) = (0.0, 0.0);
    for seed in 0..EPISODES {
        world.reset(seed);
        run(&mut world, after_hours * 60);
        carry_out(&mut world, action, named(HOST));
        assert_eq!(world.posture().is_isolated(HOST), action == Action::IsolateHost);
        assert_eq!(world.posture().is_disabled(UserId(0)), action == Action::DisableAccount);
        let start = world.ledger().of(CostKind::Disruption);
        run(&mut world, 120);
        lost += (world.ledger().of(CostKind::Disruption) - start) / 2.0 / EPISODES as f64;
        let inventory = &world.plan().scenario.inventory;
        let isolated = action == Action::IsolateHost;
        value =
            f64::from(if isolated { inventory.host(HOST).value } else { inventory.user(UserId(0)).value });
        carry_out(&mut world, Action::Release, named(HOST));
        assert!(!world.posture().is_isolated(HOST) && !world.posture().is_disabled(UserId(0)));
        let start = world.ledger().of(CostKind::Disruption);
        run(&mut world, 60);
        assert_eq!(world.ledger().of(CostKind::Disruption), start, "{action:?} still costs after release");
    }
    (lost, value)
}

#[test]
fn what_is_taken_away_costs_the_sessions_that_fail_until_it_is_given_back() {
    for action in [Action::IsolateHost, Action::DisableAccount] {
        // Episodes begin at eight; in some of them the owner is away or the machine off.
        let (busy, value) = lost_an_hour(action, 1);
        eprintln!("{action:?}: {busy:.2} a working hour, worth {value}");
        assert!(busy > 0.6 * value && busy < 1.3 * value, "{action:?}: {busy} a working hour, worth {value}");
        // In the evening few need it, but it costs all the same.
        let (idle, _) = lost_an_hour(action, 11);
        eprintln!("{action:?}: {idle:.2} an hour of the evening");
        assert!(idle >= 0.19 * value && idle < 0.75 * busy, "{action:?}: {idle} an hour of the evening");
    }
}

#[test]
fn what_is_left_standing_is_charged_at_the_horizon() {
    let total = |release: bool| {
        let mut world = world_of(0.0, |s| s.campaigns.count = vec![1.0]);
        world.reset(3);
        run(&mut world, 180);
        carry_out(&mut world, Action::IsolateHost, at(HOST));
        if release {
            carry_out(&mut world, Action::Release, at(HOST));
        }
        while world.now() < world.horizon() {
            run(&mut world, 30);
        }
        let before = world.ledger().total();
        world.settle();
        world.settle();
        (world.ledger().total() - before, f64::from(world.plan().scenario.inventory.host(HOST).value))
    };
    let (charged, value) = total(false);
    assert!(
        (charged - 2.0 * value).abs() < 1e-6,
        "{charged}: four hours of the machine, in a straight line less and less, once"
    );
    assert_eq!(total(true).0, 0.0);
}

#[test]
fn scans_and_analysts_find_what_is_there() {
    let mut world = world(0.0);
    let host = intrude(&mut world);
    assert_eq!(carry_out(&mut world, Action::AlertAnalyst, at(host)).finding, Some(Finding::Malicious));
    if world.is_compromised(host) {
        assert_eq!(carry_out(&mut world, Action::RunScan, at(host)).finding, Some(Finding::Malicious));
    }
    let hosts = (0..world.plan().scenario.hosts.len() as u32).map(HostId);
    let clean: Vec<HostId> =
        hosts.filter(|h| !world.malicious_activities().iter().any(|t| t.host == *h)).collect();
    let clean = *clean.last().expect("an attacker who just got in has not been everywhere");
    assert_eq!(carry_out(&mut world, Action::RunScan, at(clean)).finding, Some(Finding::Clean));
}

#[test]
fn analysts_look_at_what_came_after_a_machine_was_rebuilt() {
    let mut world = world_of(0.0, |s| s.response.actions[Action::ReimageHost as usize].minutes = 5.0);
    let host = intrude(&mut world);
    assert_eq!(carry_out(&mut world, Action::AlertAnalyst, at(host)).finding, Some(Finding::Malicious));
    let rebuilt = carry_out(&mut world, Action::ReimageHost, at(host)).finished;
    assert_eq!(carry_out(&mut world, Action::AlertAnalyst, at(host)).finding, Some(Finding::Clean));
    let times = |world: &World| -> Vec<_> {
        world.malicious_activities().iter().filter(|t| t.host == host).map(|t| t.time).collect()
    };
    let recent = |t| world.now().since(t) < mats_core::Duration::from_hours(2);
    assert!(
        times(&world).into_iter().any(|t| t <= rebuilt && recent(t)),
        "there was something to look at before"
    );
    assert!(times(&world).into_iter().all(|t| t <= rebuilt), "the attacker came back meanwhile");
}

#[test]
fn the_third_case_waits_for_one_of_two_analysts() {
    let mut world = world(0.0);
    world.reset(3);
    run(&mut world, 60);
    for host in 0..3 {
        world.order(order_about(Action::AlertAnalyst, at(HostId(host))));
    }
    let mut results = Vec::new();
    while results.len() < 3 {
        run(&mut world, 1);
        world.results(&mut results);
    }
    results.sort_by_key(|r| r.id.0);
    let first = results[0].finished.min(results[1].finished);
    assert!(results[2].finished > first, "it began when the first was done");
    let hours: f64 =
        results.iter().map(|r| f64::from(r.cost)).sum::<f64>() / world.plan().scenario.reward.analyst_hour;
    assert!((world.ledger().analyst_hours - hours).abs() < 1e-3, "waiting is not paid for");
}

#[test]
fn killing_ends_a_foothold_and_rebuilding_ends_its_return_too() {
    let mut world = world(0.0);
    let host = intrude(&mut world);
    carry_out(&mut world, Action::KillProcess, at(host));
    assert!(!world.is_compromised(host));
    assert!(world.ledger().of(CostKind::Disruption) > 0.0, "work on the machine was interrupted");

    let mut world = world_of(0.0, |s| s.response.actions[Action::ReimageHost as usize].minutes = 5.0);
    let host = intrude(&mut world);
    let order = order_about(Action::ReimageHost, at(host));
    world.order(order);
    assert!(!world.posture().is_up(host, world.now()), "it is down while it is rebuilt");
    let mut results = Vec::new();
    while results.is_empty() {
        run(&mut world, 1);
        world.results(&mut results);
    }
    assert!(!world.has_persistence(host) && world.posture().is_up(host, world.now()));
}

#[test]
fn new_credentials_make_stolen_ones_worthless() {
    let mut world = world(0.0);
    let stolen = |world: &World| {
        (0..world.plan().scenario.users.len() as u32).map(UserId).find(|&u| world.credential_compromised(u))
    };
    let user = (0..40).find_map(|seed| {
        world.reset(seed);
        while world.now() < world.horizon() && stolen(&world).is_none() {
            run(&mut world, 1);
        }
        stolen(&world)
    });
    let user = user.expect("a credential is stolen on one of forty seeds");
    carry_out(&mut world, Action::ResetCredentials, Target { user: Some(user), ..at(HOST) });
    assert!(!world.credential_compromised(user));
}

#[test]
fn a_blocked_place_stays_blocked_until_it_is_released() {
    let mut world = world(0.0);
    world.reset(3);
    let target = named(HOST);
    let (address, domain) = (target.address.unwrap(), target.domain.unwrap());
    carry_out(&mut world, Action::BlockIp, target);
    assert!(world.posture().is_blocked(address, DomainId::NONE));
    carry_out(&mut world, Action::BlockDomain, target);
    assert!(world.posture().is_blocked(mats_core::Addr(u32::MAX), domain));
    carry_out(&mut world, Action::Release, target);
    assert_eq!(world.posture().blocks(), 0);
}

#[test]
fn patching_takes_the_machine_down_for_a_while_and_lasts() {
    let mut world = world(0.0);
    world.reset(3);
    carry_out(&mut world, Action::PatchHost, at(HOST));
    assert!(world.posture().is_patched(HOST) && !world.posture().is_up(HOST, world.now()));
    run(&mut world, 15);
    assert!(world.posture().is_up(HOST, world.now()) && world.posture().is_patched(HOST));
}

#[test]
fn a_kill_costs_the_machines_work_attacker_or_not() {
    let mut world = world_of(0.0, |s| s.campaigns.count = vec![1.0]);
    world.reset(3);
    run(&mut world, 60);
    let before = world.ledger().of(CostKind::Disruption);
    let quantity = world.ledger().quantities.killed_value;
    carry_out(&mut world, Action::KillProcess, at(HOST));
    let scenario = &world.plan().scenario;
    let value = f64::from(scenario.inventory.host(HOST).value);
    let cost = world.ledger().of(CostKind::Disruption) - before;
    assert!((cost - value * scenario.reward.kill_hours).abs() < 1e-9 && cost > 0.0, "{cost}");
    assert_eq!(world.ledger().quantities.killed_value - quantity, value);
}

#[test]
fn a_decoy_is_paid_for_by_the_hour_and_does_not_stand_for_ever() {
    let mut world = world_of(0.0, |s| s.campaigns.count = vec![1.0]);
    world.reset(3);
    carry_out(&mut world, Action::DeployDecoy, at(HOST));
    let subnet = world.plan().scenario.inventory.host(HOST).subnet;
    run(&mut world, 3 * 60 + 58);
    assert!(world.posture().has_decoy(subnet));
    run(&mut world, 2);
    assert!(!world.posture().has_decoy(subnet), "it was for four hours");
    run(&mut world, 120);
    let response = &world.plan().scenario.response;
    let use_ = response.actions[Action::DeployDecoy as usize].cost;
    let paid = world.ledger().of(CostKind::Expense) - use_;
    assert!((paid - 4.0 * world.plan().scenario.reward.decoy_hour).abs() < 1e-9, "{paid}");
    assert!((world.ledger().quantities.decoy_hours - 4.0).abs() < 1e-9);
}

#[test]
fn a_decoy_stands_in_the_segment_of_the_machine() {
    let mut world = world(0.0);
    world.reset(3);
    carry_out(&mut world, Action::DeployDecoy, at(HOST));
    let inventory = &world.plan().scenario.inventory;
    assert!(world.posture().has_decoy(inventory.host(HOST).subnet));
}

#[test]
fn an_account_is_given_back_with_the_machine_whose_threat_it_was_disabled_for() {
    let mut world = world(0.0);
    world.reset(3);
    carry_out(&mut world, Action::DisableAccount, named(HOST));
    assert!(world.posture().is_disabled(UserId(0)) && world.posture().disabled_count() == 1);
    // By now the threat on the machine names somebody else.
    carry_out(&mut world, Action::Release, Target { user: Some(UserId(1)), ..at(HOST) });
    assert!(!world.posture().is_disabled(UserId(0)) && world.posture().disabled_count() == 0);
}

#[test]
fn a_machine_that_restarts_at_the_horizon_is_not_charged_as_if_isolated() {
    let mut world = world_of(0.0, |s| s.campaigns.count = vec![1.0]);
    world.reset(3);
    while world.now() + mats_core::Duration::from_minutes(40) < world.horizon() {
        run(&mut world, 10);
    }
    world.order(order_about(Action::PatchHost, at(HOST)));
    while world.now() < world.horizon() {
        run(&mut world, 1);
    }
    let before = world.ledger().of(CostKind::Disruption);
    world.settle();
    let value = f64::from(world.plan().scenario.inventory.host(HOST).value);
    assert!(world.ledger().of(CostKind::Disruption) - before <= value * 10.0 / 60.0);
}

#[test]
fn whoever_scans_comes_upon_decoys_attacker_or_not() {
    let mut scenario = scenario("quiet-day");
    for action in &mut scenario.response.actions {
        action.failure = 0.0;
    }
    let mut world = World::new(Arc::new(Plan::new(scenario)));
    let mut alarms = 0;
    for seed in 0..6 {
        world.reset(seed);
        for host in 0..world.plan().scenario.hosts.len() as u32 {
            let target = at(HostId(host));
            world.order(order_about(Action::DeployDecoy, target));
        }
        let mut results = Vec::new();
        while world.now() < world.horizon() {
            run(&mut world, 30);
            world.results(&mut results);
        }
        alarms += results.iter().filter(|r| r.finding == Some(Finding::Contact)).count();
    }
    assert!(alarms > 0, "a decoy that only attackers touch would tell the truth");
}
