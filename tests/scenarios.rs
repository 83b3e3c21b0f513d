//! What the shipped scenarios and the catalogue promise.

use crate::support::{SHIPPED, SMALL, plan, root, scenario, undefended};
use mats_lab::seeds::{Purpose, seed};
use mats_sim::World;
use std::collections::{BTreeMap, BTreeSet};

/// Undefended episodes of each scenario that are looked at.
const EPISODES: u64 = 24;
/// Fewest records that an undefended episode of `ransomware` has.
const LEAST_RECORDS: usize = 50_000;

#[test]
fn every_file_in_the_folder_is_a_valid_scenario_of_its_own_name() {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("scenarios")).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_some_and(|e| e == "toml") {
            let loaded = mats_scenario::load(&path).unwrap_or_else(|mistakes| panic!("{mistakes}"));
            assert_eq!(path.file_stem().and_then(|s| s.to_str()), Some(loaded.name.as_str()));
            assert!(!loaded.title.is_empty() && !loaded.description.is_empty(), "{}", loaded.name);
            found.insert(loaded.name);
        }
    }
    assert_eq!(found, SHIPPED.map(str::to_owned).into());
}

#[test]
fn the_starter_is_a_valid_scenario() {
    let starter = mats_scenario::parse(mats_scenario::starter(), "starter.toml");
    assert!(!starter.unwrap_or_else(|mistakes| panic!("{mistakes}")).attacks.is_empty());
}

#[test]
fn the_tutorial_has_thirteen_machines_in_three_segments() {
    let tutorial = scenario("tutorial");
    assert_eq!((tutorial.hosts.len(), tutorial.inventory.subnets.len()), (13, 3));
    let machines = scenario("ransomware").hosts.len();
    assert!((55..=65).contains(&machines), "`ransomware` has {machines} machines, not about 60");
}

#[test]
fn the_catalogue_knows_25_techniques_each_of_which_shows_in_telemetry() {
    let techniques = mats_scenario::techniques();
    let ids: BTreeSet<&str> = techniques.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids.len(), techniques.len(), "an id stands there twice");
    assert!(ids.len() >= 25, "{}", ids.len());
    for technique in &techniques {
        assert!(!technique.emits.is_empty(), "{} leaves no trace", technique.id);
        let number = technique.id.strip_prefix('T').map(|n| n.replace('.', ""));
        let form = number.is_some_and(|n| matches!(n.len(), 4 | 7) && n.bytes().all(|b| b.is_ascii_digit()));
        assert!(form, "{} is not an ATT&CK id", technique.id);
    }
}

#[test]
fn every_template_of_an_attack_is_used_by_benign_life_too() {
    let behaviours = mats_scenario::behaviours();
    let benign: BTreeSet<_> = behaviours.iter().flat_map(|b| &b.emits).map(|e| e.template).collect();
    for technique in mats_scenario::techniques() {
        for emission in &technique.emits {
            assert!(benign.contains(&emission.template), "{}: {:?}", technique.id, emission.template);
        }
    }
}

#[test]
fn five_benign_behaviours_that_look_bad_happen_in_every_scenario_but_the_tutorial() {
    assert!(mats_scenario::behaviours().iter().filter(|b| b.looks_bad).count() >= 5);
    for name in ["ransomware", "ssh-bruteforce", "insider-exfiltration", "quiet-day"] {
        let plan = plan(name);
        let happens: BTreeSet<u16> = plan
            .actors
            .iter()
            .flat_map(|a| &a.behaviours)
            .filter(|(_, rate)| *rate > 0.0)
            .map(|b| b.0)
            .collect();
        let bad = happens.iter().filter(|&&b| plan.scenario.behaviours[b as usize].looks_bad).count();
        assert!(bad >= 5, "{name}: only {bad}");
    }
}

#[test]
fn an_episode_of_ransomware_holds_fifty_thousand_records() {
    let mut world = World::new(plan("ransomware"));
    let counts: Vec<usize> = (0..6).map(|seed| undefended(&mut world, seed).records.len()).collect();
    let mean = counts.iter().sum::<usize>() / counts.len();
    println!("mean {mean} of {counts:?}");
    assert!(counts.iter().all(|&n| n >= LEAST_RECORDS), "{counts:?}");
}

#[test]
fn attacks_happen_as_often_as_the_scenario_says() {
    const SEEDS: u64 = 300;
    for &name in SMALL {
        let plan = plan(name);
        let stated = plan.scenario.campaigns.count.clone();
        let mut world = World::new(plan);
        let mut seen: BTreeMap<usize, f64> = BTreeMap::new();
        for seed in 0..SEEDS {
            world.reset(seed);
            *seen.entry(world.campaigns().count()).or_default() += 1.0;
        }
        assert!(seen.keys().all(|&n| n < stated.len()), "{name}: {seen:?} but stated {stated:?}");
        for (count, &share) in stated.iter().enumerate() {
            let n = SEEDS as f64;
            // Four standard deviations of a binomial count: wrong by chance once in 16,000.
            let (mean, spread) = (n * share, 4.0 * (n * share * (1.0 - share)).sqrt());
            let found = seen.get(&count).copied().unwrap_or(0.0);
            assert!(
                (found - mean).abs() <= spread,
                "{name}: {count} campaigns in {found} of {n}, stated {share}"
            );
        }
    }
}

#[test]
fn campaigns_begin_anywhere_within_their_span() {
    let plan = plan("ransomware");
    let (first, last) = plan.scenario.campaigns.onset;
    let mut world = World::new(plan);
    let mut quarters = [0; 4];
    for seed in 0..300 {
        world.reset(seed);
        for campaign in world.campaigns() {
            assert!((first.0..=last.0).contains(&campaign.onset.0), "seed {seed}");
            let share = (campaign.onset.0 - first.0) as f64 / (last.0 - first.0) as f64;
            quarters[((share * 4.0) as usize).min(3)] += 1;
        }
    }
    let total: i32 = quarters.iter().sum();
    assert!(quarters.iter().all(|&q| q > total / 8 && q < total / 2), "{quarters:?} of {total}");
}

/// Undefended, attacks succeed often, but not as a matter of course, and take hours: there is something to defend, and time
/// to do it.
#[test]
fn undefended_attacks_often_reach_their_objective_and_take_hours() {
    let mut wrong = Vec::new();
    for &name in SMALL {
        let mut world = World::new(plan(name));
        let (mut campaigns, mut reached, mut hours, mut records) = (0, 0, Vec::new(), 0);
        for episode in 0..EPISODES {
            records += undefended(&mut world, seed(Purpose::Train, 5, episode)).records.len();
            for campaign in world.campaigns() {
                campaigns += 1;
                if let (Some(start), Some(end)) = (campaign.first_success, campaign.objective) {
                    reached += 1;
                    hours.push(end.since(start).hours());
                }
            }
        }
        hours.sort_by(f64::total_cmp);
        let median = hours.get(hours.len() / 2).copied().unwrap_or(f64::NAN);
        let share = f64::from(reached) / f64::from(campaigns.max(1));
        let records = records as f64 / EPISODES as f64;
        println!(
            "{name}: {campaigns} campaigns, {:.0} % reach their objective, after {median:.1} h; {records:.0} records an episode",
            100.0 * share
        );
        let attacked = campaigns > 0;
        assert_eq!(attacked, name != "quiet-day", "{name}");
        // Nothing but a defender is in the way of somebody who belongs there.
        let most = if name == "insider-exfiltration" { 1.0 } else { 0.95 };
        if attacked && !(share > 0.25 && share <= most && median > 0.75) {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// Checks what an organisation of thousands goes through in a few hours.
#[test]
fn the_large_organisations_live_too() {
    for (name, machines) in [("worm", 1_900..=2_100), ("supply-chain", 9_500..=10_500)] {
        let mut scenario = scenario(name);
        assert!(machines.contains(&scenario.hosts.len()), "{name}: {}", scenario.hosts.len());
        scenario.campaigns.count = vec![0.0, 1.0];
        let start = scenario.campaigns.onset.1;
        let mut world = World::new(std::sync::Arc::new(mats_sim::Plan::new(scenario)));
        world.reset(seed(Purpose::Train, 5, 0));
        let mut telemetry = mats_sim::Telemetry::default();
        let mut records = 0;
        while world.now() < (mats_core::SimTime::ZERO + start).min(world.horizon()) {
            telemetry.clear();
            world.advance(world.now() + mats_core::Duration::from_minutes(1), &mut telemetry);
            records += telemetry.records.len();
        }
        println!("{name}: {records} records in {:.1} h", start.hours());
        assert!(records > 500_000, "{name}: {records}");
        assert!(!world.malicious_activities().is_empty(), "{name}: nobody came");
    }
}
