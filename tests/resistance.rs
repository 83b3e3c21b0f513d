//! Attackers against whom killing alone is not enough: they hide from scans, come back by a door that was left open, and change
//! what they are known by. What they steal was there to be stolen.

use crate::support::{order_about, scenario};
use mats_core::telemetry::Body;
use mats_core::{Action, Duration, Finding, HostId, SimTime, Target, UserId};
use mats_scenario::Scenario;
use mats_scenario::attack::{Attack, Reaction};
use mats_scenario::catalogue::{Grant, Site};
use mats_sim::{Plan, Telemetry, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A world in which an attack always happens, no action fails and scans never err, with attacks changed.
fn world(name: &str, change: impl Fn(&mut Attack)) -> World {
    let mut scenario: Scenario = scenario(name);
    scenario.campaigns.count = vec![0.0, 1.0];
    for action in &mut scenario.response.actions {
        action.failure = 0.0;
    }
    (scenario.response.scan_detects, scenario.response.scan_false) = (1.0, 0.0);
    for attack in &mut scenario.attacks {
        (attack.hidden, attack.back_door, attack.stealth, attack.caution) =
            (0.0, 0.0, (1.0, 1.0), (0.0, 0.0));
        change(attack);
    }
    World::new(Arc::new(Plan::new(scenario)))
}

fn run(world: &mut World, minutes: u64) {
    world.advance(world.now() + Duration::from_minutes(minutes), &mut Telemetry::default());
}

/// Runs until an attacker holds a machine; the machine, if that happens.
fn intrude(world: &mut World, seed: u64) -> Option<HostId> {
    world.reset(seed);
    while world.now() + Duration::from_hours(5) < world.horizon() {
        run(world, 1);
        if let Some(f) = world.attackers()[0].footholds.iter().find(|f| f.alive) {
            return Some(f.host);
        }
    }
    None
}

fn order(world: &mut World, action: Action, host: HostId, user: Option<UserId>) -> Option<Finding> {
    let target = Target { host, user, address: None, domain: None };
    let id = world.order(order_about(action, target));
    let mut results = Vec::new();
    while !results.iter().any(|r: &mats_core::ActionResult| r.id == id) {
        assert!(world.now() < world.horizon(), "{action:?} does not end");
        run(world, 1);
        world.results(&mut results);
    }
    results.iter().find(|r| r.id == id).and_then(|r| r.finding)
}

#[test]
fn a_hidden_foothold_stays_hidden_however_often_it_is_scanned() {
    let mut world = world("tutorial", |attack| attack.hidden = 0.5);
    let (mut found, mut missed) = (0, 0);
    for seed in 0..60 {
        let Some(host) = intrude(&mut world, seed) else { continue };
        let scan = |world: &mut World| {
            let held = world.is_compromised(host);
            let finding = order(world, Action::RunScan, host, None);
            (held && world.is_compromised(host)).then_some(finding == Some(Finding::Malicious))
        };
        let scans: Vec<bool> = (0..3).filter_map(|_| scan(&mut world)).collect();
        if scans.len() < 3 {
            continue;
        }
        assert!(scans.iter().all(|&s| s == scans[0]), "seed {seed}: {scans:?}");
        *(if scans[0] { &mut found } else { &mut missed }) += 1;
        assert_eq!(order(&mut world, Action::KillProcess, host, None), None);
        assert!(!world.is_compromised(host), "what is hidden can be killed all the same");
    }
    assert!(found >= 4 && missed >= 4, "{found} found, {missed} hidden");
}

/// Of machines that were killed, how many were held again within four hours; `shut` closes doors first.
fn returned(back_door: f64, rebuild: bool, shut: bool) -> (u32, u32) {
    let mut world = world("tutorial", |attack| {
        (attack.back_door, attack.back_minutes, attack.reentries, attack.detours) = (back_door, 60.0, 0, 0);
        attack.patience_hours = (40.0, 40.0);
        attack.steps.iter_mut().for_each(|step| step.retries = 1000);
    });
    // No other machine, nothing that lasts: whoever comes back has come by a door.
    let mut scenario = world.plan().scenario.clone();
    let spreads = |t: usize| {
        let grants = &scenario.techniques[t].grants;
        grants.contains(&Grant::Foothold) || grants.contains(&Grant::Persistence)
    };
    for step in scenario.attacks.iter_mut().flat_map(|attack| &mut attack.steps) {
        if step.objective || !step.after.is_empty() && spreads(step.technique) {
            step.success = 0.0;
        }
    }
    world = World::new(Arc::new(Plan::new(scenario)));
    let (mut back, mut killed) = (0, 0);
    for seed in 0..60 {
        let Some(host) = intrude(&mut world, seed) else { continue };
        while world.attackers()[0].credentials.is_empty()
            && world.now() + Duration::from_hours(5) < world.horizon()
        {
            run(&mut world, 1);
        }
        if world.attackers()[0].credentials.is_empty()
            || world.attackers()[0].footholds.iter().any(|f| f.persistent)
        {
            continue;
        }
        killed += 1;
        order(&mut world, if rebuild { Action::ReimageHost } else { Action::KillProcess }, host, None);
        let spells = world.compromise_intervals().len();
        if shut {
            let stolen: Vec<UserId> = world.attackers()[0].credentials.clone();
            for user in stolen {
                order(&mut world, Action::ResetCredentials, host, Some(user));
            }
            order(&mut world, Action::PatchHost, host, None);
        }
        for _ in 0..240 {
            run(&mut world, 1);
        }
        back += u32::from(world.compromise_intervals()[spells..].iter().any(|i| i.host == host));
    }
    (back, killed)
}

#[test]
fn what_is_killed_comes_back_by_another_door_unless_there_is_none() {
    let (never, killed) = returned(0.0, false, false);
    let (back, _) = returned(1.0, false, false);
    let (shut, _) = returned(1.0, false, true);
    let (rebuilt, _) = returned(1.0, true, false);
    assert!(killed >= 8, "{killed}");
    assert!(back >= never + killed / 3, "{back} of {killed} came back, {never} without doors");
    assert!(
        shut <= never + 1 && rebuilt <= never,
        "{shut} with doors shut, {rebuilt} rebuilt, {never} without doors"
    );
}

/// What is different after an attacker that reacts in one way only was scared by a killed foothold.
fn reacts(reaction: Reaction) -> u32 {
    let weights = Reaction::ALL.map(|r| f64::from(u8::from(r == reaction)));
    let mut changed = 0;
    for seed in 0..60 {
        let site = |caution: f64| {
            let mut world = world("ransomware", |attack| {
                (attack.caution, attack.reactions, attack.hidden) = ((caution, caution), weights, 0.45);
            });
            let host = intrude(&mut world, seed)?;
            run(&mut world, 90);
            order(&mut world, Action::KillProcess, host, None);
            let right_after = world.attackers()[0].site;
            run(&mut world, 240);
            let campaign = &world.attackers()[0];
            let hidden = campaign.footholds.iter().filter(|f| f.hidden).count();
            let accounts: Vec<_> = campaign.tried.iter().map(|t| (t.begun, t.account)).collect();
            Some((right_after, hidden, accounts))
        };
        changed += u32::from(site(0.0) != site(1.0));
    }
    changed
}

#[test]
fn whoever_feels_watched_changes_what_it_is_known_by() {
    for reaction in Reaction::ALL {
        let changed = reacts(reaction);
        assert!(changed >= 2, "{reaction:?} showed in {changed} episodes");
    }
}

#[test]
fn what_is_stolen_on_a_machine_was_logged_on_there_or_is_its_owners() {
    let (mut known, mut total) = (0, 0);
    for name in ["ransomware", "domain-compromise", "tutorial"] {
        let mut world = world(name, |_| ());
        for seed in 0..8 {
            world.reset(seed);
            let mut telemetry = Telemetry::default();
            world.advance(world.horizon(), &mut telemetry);
            // Who logged on where, as sensors saw it.
            let mut logons = BTreeMap::<(HostId, UserId), Vec<SimTime>>::new();
            for record in &telemetry.records {
                if let Body::Login(login) = record.body
                    && login.success
                {
                    logons.entry((record.host, login.user)).or_default().push(record.time);
                }
            }
            let scenario = &world.plan().scenario;
            let campaign = &world.attackers()[0];
            let steals = |t: &&mats_sim::red::Tried| {
                let step = &scenario.attacks[campaign.attack].steps[t.step];
                let technique = &scenario.techniques[step.technique];
                technique.grants.contains(&Grant::Credential) && technique.site != Site::Outside
            };
            let worked = |t: &&mats_sim::red::Tried| {
                t.account.is_none() && t.ended.is_some_and(|(_, how)| how == mats_sim::red::Ending::Succeeded)
            };
            let thefts: Vec<_> = campaign.tried.iter().filter(steals).filter(worked).collect();
            for user in &campaign.accounts {
                // Whose first use was a theft, by any of the machines that it may have been on.
                let explained = thefts.iter().any(|t| {
                    let (at, _) = t.ended.expect("it worked");
                    let logged_on = logons.get(&(t.target, *user)).is_some_and(|times| {
                        times.iter().any(|&l| l <= at && at.since(l) <= Duration::from_hours(8))
                    });
                    logged_on || scenario.inventory.host(t.target).owner == *user
                });
                let used_first = campaign.tried.iter().any(|t| {
                    t.account == Some(*user) && thefts.first().is_none_or(|theft| t.begun < theft.begun)
                });
                if !used_first && !thefts.is_empty() {
                    total += 1;
                    known += u32::from(explained);
                }
            }
        }
    }
    assert!(total >= 10 && known * 100 >= total * 95, "{known} of {total} thefts can be known");
}
