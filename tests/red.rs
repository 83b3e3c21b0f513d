//! Attackers who meet resistance: they go round, go back, keep still; and what each episode draws anew.

use crate::support::{SMALL, order_about, scenario};
use mats_core::Accounts;
use mats_core::telemetry::Body;
use mats_core::{Action, Duration, GiveBack, HostId, Order, SimTime, Target, ThreatId, UserId};
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use std::sync::Arc;

/// Three segments in a row; what is wanted stands in the last. The straight way to it is there in `straight` of the
/// episodes.
fn three_segments(straight: f64, attack: &str) -> Scenario {
    let text = format!(
        r#"
[scenario]
name = "row"
horizon_hours = 48.0
[campaigns]
count = [0.0, 1.0]
onset_hours = [0.1, 0.2]
[randomize]
machines = [1.0, 1.0]
[[subnet]]
name = "front"
[[subnet]]
name = "middle"
[[subnet]]
name = "back"
[[host]]
name = "desk"
count = 3
subnet = "front"
role = "workstation"
[[host]]
name = "bench"
count = 3
subnet = "middle"
role = "workstation"
[[host]]
name = "vault"
subnet = "back"
role = "file-server"
[[user]]
name = "clerk"
count = 3
role = "office"
hosts = "desk"
[[user]]
name = "maker"
count = 3
role = "developer"
hosts = "bench"
[[link]]
from = "front"
to = "middle"
services = ["smb"]
[[link]]
from = "middle"
to = "back"
services = ["smb"]
[[link]]
from = "front"
to = "back"
services = ["smb"]
probability = {straight}
[[attack]]
name = "raid"
skill = [2.0, 2.0]
stealth = [1.0, 1.0]
patience_hours = [40.0, 40.0]
{attack}
"#
    );
    mats_scenario::parse(&text, "row.toml").unwrap_or_else(|e| panic!("{e}"))
}

const STEPS: &str = r#"
[[attack.step]]
id = "mail"
technique = "T1566.001"
target = { subnet = "front" }
retries = 50
[[attack.step]]
id = "tickets"
technique = "T1558.003"
after = ["mail"]
retries = 50
[[attack.step]]
id = "hop"
technique = "T1021.002"
after = ["tickets"]
target = { subnet = "back" }
retries = 50
damage = 1.0
objective = true
"#;

fn attack(keys: &str) -> String {
    format!("{keys}\n{STEPS}")
}

fn play(scenario: Scenario, seed: u64) -> World {
    let mut world = World::new(Arc::new(Plan::new(scenario)));
    world.reset(seed);
    world
}

fn run_to(world: &mut World, hours: f64) {
    world.advance(SimTime::ZERO + Duration::from_seconds(hours * 3600.0), &mut Telemetry::default());
}

fn order(world: &mut World, action: Action, host: HostId, user: Option<UserId>) {
    let target = Target { host, user, address: None, domain: None };
    world.order(order_about(action, target));
}

fn reached(world: &World) -> bool {
    world.campaigns().next().is_some_and(|c| c.objective.is_some())
}

const SEEDS: u64 = 12;

/// An attacker that reacts by keeping still alone.
const LIES_LOW: &str =
    "reactions = { change_tool = 0.0, change_account = 0.0, change_address = 0.0, hurry = 0.0 }";

#[test]
fn a_closed_path_is_gone_round() {
    let reach = |straight: f64, keys: &str| {
        let count = (0..SEEDS).filter(|&seed| {
            let mut world = play(three_segments(straight, &attack(keys)), seed);
            run_to(&mut world, 48.0);
            reached(&world)
        });
        count.count()
    };
    let (open, round, stuck) =
        (reach(1.0, "detours = 0"), reach(1e-12, "detours = 4"), reach(1e-12, "detours = 0"));
    eprintln!(
        "of {SEEDS} raids, {open} arrive straight, {round} round a closed link, {stuck} without going round"
    );
    assert!(open >= 10 && round >= 8, "straight {open}, round {round}");
    assert_eq!(stuck, 0, "there is no way through a closed link");
}

#[test]
fn a_pause_comes_before_the_step_that_carries_it() {
    // Steps tried within two days where one of them has two days and more of pause before it.
    let tried = |slow: &str| {
        let mut scenario = three_segments(1.0, &attack("detours = 0\nreentries = 0"));
        // No file may say so: a check finds that nobody comes to an objective in time.
        let step = scenario.attacks[0].steps.iter_mut().find(|step| step.id == slow).expect("it is there");
        step.pause = Duration::from_hours(1000);
        let mut tried = [0; 3];
        for seed in 0..SEEDS {
            let mut world = play(scenario.clone(), seed);
            run_to(&mut world, 48.0);
            let campaign = &world.attackers()[0];
            for (step, count) in tried.iter_mut().enumerate() {
                *count += u64::from(campaign.tried.iter().any(|tried| tried.step == step));
            }
        }
        tried
    };
    let (mail, tickets, hop) = (tried("mail"), tried("tickets"), tried("hop"));
    assert_eq!(mail[0], SEEDS, "nothing comes before the first step");
    assert_eq!((tickets[0], tickets[1]), (SEEDS, 0), "{tickets:?}");
    assert!(hop[1] > SEEDS / 2 && hop[2] == 0, "{hop:?}");
}

const TWO_WAYS_IN: &str = r#"
step = [
  { id = "mail", technique = "T1566.001", target = { subnet = "front" }, retries = 50 },
  { id = "link", technique = "T1566.002", target = { subnet = "front" }, retries = 50 },
  { id = "tickets", technique = "T1558.003", after = ["mail", "link"], retries = 50 },
  { id = "hop", technique = "T1021.002", after = ["tickets"], target = { subnet = "back" }, retries = 50, objective = true },
  { id = "stay", technique = "T1547.001", after = ["mail", "link"], retries = 50 },
]
"#;

/// Of the raids that reached the objective undefended: how many, and which steps succeeded in each.
fn carried_out(attack: &str) -> Vec<Vec<usize>> {
    let mut raids = Vec::new();
    for seed in 0..SEEDS {
        let mut world = play(three_segments(1.0, attack), seed);
        run_to(&mut world, 48.0);
        if reached(&world) {
            let succeeded = |t: &&mats_sim::red::Tried| {
                t.ended.is_some_and(|(_, e)| e == mats_sim::red::Ending::Succeeded)
            };
            raids.push(world.attackers()[0].tried.iter().filter(succeeded).map(|t| t.step).collect());
        }
    }
    assert!(raids.len() as u64 > SEEDS / 2, "{raids:?}");
    raids
}

#[test]
fn alternatives_that_were_not_needed_are_carried_out_only_where_all_are() {
    let both = |steps: &Vec<usize>| steps.contains(&0) && steps.contains(&1);
    let one = carried_out(TWO_WAYS_IN);
    assert!(!one.iter().any(both), "{one:?}");
    assert!(
        one.iter().all(|steps| steps.contains(&4)),
        "a step that leads nowhere is an end in itself: {one:?}"
    );
    let all = carried_out(&format!("all = true\n{TWO_WAYS_IN}"));
    assert!(all.iter().all(both), "{all:?}");
    // Both ways are taken, and the other one where the first is closed.
    assert!(one.iter().any(|s| s.contains(&0)) && one.iter().any(|s| s.contains(&1)), "{one:?}");
    let closed = TWO_WAYS_IN.replace(
        "subnet = \"front\" }, retries = 50 },\n  { id = \"link\"",
        "subnet = \"front\" }, success = 0.000001, retries = 1 },\n  { id = \"link\"",
    );
    assert_ne!(closed, TWO_WAYS_IN);
    let other = carried_out(&closed);
    assert!(other.iter().all(|steps| steps.contains(&1)), "{other:?}");
}

#[test]
fn an_attacker_that_is_content_with_its_objective_goes_no_further() {
    let left = |keys: &str| {
        let raids = carried_out(&format!("{keys}\n{TWO_WAYS_IN}"));
        raids
            .iter()
            .filter(|steps| steps.iter().position(|&s| s == 3).is_some_and(|at| at + 1 < steps.len()))
            .count()
    };
    assert_eq!(left("goes_on = false"), 0);
    assert!(left("") > 0);
}

#[test]
fn a_password_that_a_way_in_brought_along_opens_later_steps_unless_the_attack_says_not() {
    const BOUGHT: &str = r#"
step = [
  { id = "log-in", technique = "T1133", target = { subnet = "front" }, retries = 50 },
  { id = "tickets", technique = "T1558.003", after = ["log-in"], retries = 50 },
  { id = "hop", technique = "T1021.002", after = ["log-in", "tickets"], target = { subnet = "back" }, retries = 50, objective = true },
]
[[link]]
from = "internet"
to = "front"
services = ["rdp"]
"#;
    let stolen_first = |keys: &str| {
        let raids = carried_out(&format!("{keys}\n{BOUGHT}"));
        let before = |steps: &Vec<usize>| {
            let at = |step| steps.iter().position(|&s| s == step);
            at(1).is_some_and(|tickets| Some(tickets) < at(2))
        };
        (raids.iter().filter(|steps| before(steps)).count(), raids.len())
    };
    assert_eq!(stolen_first("").0, 0, "the deeper step comes first, and it can be tried at once");
    let (first, all) = stolen_first("keeps_passwords = false");
    assert_eq!(first, all, "no password but a stolen one opens the next machine");
}

/// Three workstations, one of each name, behind `before` servers that nobody mails to, and one server that anybody wants.
fn in_file_order(before: u32, attack: &str) -> Scenario {
    let text = format!(
        r#"
subnet = [{{ name = "net" }}]
host = [
  {{ name = "server", count = {before}, subnet = "net", role = "file-server" }},
  {{ name = "a", subnet = "net", role = "workstation" }},
  {{ name = "b", subnet = "net", role = "workstation" }},
  {{ name = "c", subnet = "net", role = "workstation" }},
  {{ name = "vault", subnet = "net", role = "backup-server" }},
]
user = [
  {{ name = "ua", role = "office", hosts = "a" }},
  {{ name = "ub", role = "office", hosts = "b" }},
  {{ name = "uc", role = "office", hosts = "c" }},
]
[scenario]
name = "in-file-order"
horizon_hours = 10.0
[campaigns]
count = [0.0, 1.0]
onset_hours = [0.1, 0.2]
[randomize]
machines = [1.0, 1.0]
[[attack]]
name = "mail"
skill = [2.0, 2.0]
step = [
{attack}
]
"#
    );
    mats_scenario::parse(&text, "order.toml").unwrap_or_else(|e| panic!("{e}"))
}

/// How often each of the three workstations was what `which` picks of the attempts at a step.
fn counted(scenario: Scenario, step: usize, which: impl Fn(&mats_sim::red::Tried) -> HostId) -> [u32; 3] {
    let first = scenario.inventory.hosts.len() - 4;
    let mut world = World::new(Arc::new(Plan::new(scenario)));
    let mut counts = [0; 3];
    for seed in 0..300 {
        world.reset(seed);
        run_to(&mut world, 10.0);
        let tried = world.attackers()[0].tried.iter().find(|tried| tried.step == step);
        if let Some(tried) = tried {
            counts[which(tried).index() - first] += 1;
        }
    }
    counts
}

#[test]
fn targets_are_drawn_evenly_wherever_they_stand_in_the_file() {
    let mail = r#"  { id = "mail", technique = "T1566.001", target = { roles = ["workstation"] }, success = 0.98 },
  { id = "out", technique = "T1041", after = ["mail"], damage = 1.0, objective = true },"#;
    let counts = counted(in_file_order(27, mail), 0, |tried| tried.target);
    // 100 each, give or take four standard errors.
    assert!(counts.iter().all(|n| (68..=132).contains(n)), "entered {counts:?} of 300");
    // Among machines held, and where a step goes out from.
    let all = r#"  { id = "mail", technique = "T1566.001", target = { roles = ["workstation"] }, success = 0.98, retries = 20, repeat = 3, pause_minutes = 1.0 },
  { id = "look", technique = "T1083", after = ["mail"], target = { roles = ["workstation"] }, retries = 20, pause_minutes = 1.0 },
  { id = "shares", technique = "T1135", after = ["look"], target = { hosts = ["vault"] }, retries = 20, damage = 1.0, objective = true },"#;
    let counts = counted(in_file_order(27, all), 1, |tried| tried.target);
    assert!(counts.iter().all(|n| (60..=140).contains(n)), "held {counts:?} of 300");
    let counts = counted(in_file_order(27, all), 2, |tried| tried.from.expect("from a machine held"));
    assert!(counts.iter().all(|n| (60..=140).contains(n)), "went out from {counts:?} of 300");
}

#[test]
fn a_lost_password_is_stolen_again() {
    let mut again = 0;
    for seed in 0..SEEDS {
        let mut scenario = three_segments(1e-12, &attack("detours = 0\ncaution = [0.0, 0.0]"));
        scenario.response.actions[Action::ResetCredentials as usize].failure = 0.0;
        let mut world = play(scenario, seed);
        let mut hours = 0.0;
        while world.attackers()[0].credentials.is_empty() && hours < 24.0 {
            hours += 0.25;
            run_to(&mut world, hours);
        }
        let Some(&user) = world.attackers()[0].credentials.first() else { continue };
        order(&mut world, Action::ResetCredentials, HostId(0), Some(user));
        while !world.attackers()[0].credentials.is_empty() && hours < 26.0 {
            hours += 0.02;
            run_to(&mut world, hours);
        }
        assert!(world.attackers()[0].credentials.is_empty(), "a reset makes a stolen password worthless");
        run_to(&mut world, 48.0);
        again += u32::from(!world.attackers()[0].credentials.is_empty());
    }
    assert!(again >= 6, "only {again} stole another one");
}

#[test]
fn the_cautious_keep_still_after_a_scare_and_go_on() {
    /// Hours from the first killed foothold to the next malicious activity, at the soonest and on average.
    fn silence(caution: &str) -> (f64, f64) {
        let keys = format!("caution = {caution}\nlie_low_hours = [6.0, 8.0]\nreentries = 9\n{LIES_LOW}");
        let (mut least, mut sum, mut count) = (f64::INFINITY, 0.0, 0.0);
        for seed in 0..SEEDS {
            let mut scenario = three_segments(1.0, &attack(&keys));
            scenario.response.actions[Action::KillProcess as usize].failure = 0.0;
            let mut world = play(scenario, seed);
            let mut hours = 0.0;
            while world.attackers()[0].footholds.is_empty() && hours < 20.0 {
                hours += 0.1;
                run_to(&mut world, hours);
            }
            let Some(f) = world.attackers()[0].footholds.first() else { continue };
            let host = f.host;
            // Until it has called home, too.
            hours += 1.0;
            run_to(&mut world, hours);
            order(&mut world, Action::KillProcess, host, None);
            while world.is_compromised(host) {
                hours += 0.02;
                run_to(&mut world, hours);
            }
            // What takes less than a minute ends.
            let killed = world.now() + Duration::from_minutes(1);
            run_to(&mut world, 48.0);
            let next = world.malicious_activities().iter().map(|t| t.time).filter(|&t| t > killed).min();
            if let Some(next) = next {
                let hours = next.since(killed).hours();
                least = least.min(hours);
                sum += hours;
                count += 1.0;
            }
        }
        assert!(count >= 6.0, "{count} went on");
        (least, sum / count)
    }
    let ((_, bold), (soonest, cautious)) = (silence("[0.0, 0.0]"), silence("[1.0, 1.0]"));
    eprintln!("silence after a scare: {bold:.1} h of the bold, {cautious:.1} h of the cautious");
    assert!(cautious > bold + 2.0, "bold {bold:.1} h, cautious {cautious:.1} h");
    assert!(
        soonest > 5.9,
        "nothing calls, comes back or goes on while its owner keeps still: {soonest:.2} h"
    );
}

#[test]
fn a_renewed_password_stops_whoever_had_it_from_elsewhere() {
    const KNOWN: &str = r#"
[[attack.step]]
id = "log-in"
technique = "T1133"
target = { subnet = "front" }
retries = 5
objective = true
[[link]]
from = "internet"
to = "front"
services = ["rdp"]
"#;
    let reach = |renew: bool| {
        let count = (0..SEEDS).filter(|&seed| {
            let mut scenario = three_segments(1.0, KNOWN);
            scenario.campaigns.onset = (Duration::from_hours(1), Duration::from_hours(2));
            scenario.response.actions[Action::ResetCredentials as usize].failure = 0.0;
            let users = scenario.users.len() as u32;
            let mut world = play(scenario, seed);
            for user in (0..users).filter(|_| renew) {
                order(&mut world, Action::ResetCredentials, HostId(user), Some(UserId(user)));
            }
            run_to(&mut world, 48.0);
            reached(&world)
        });
        count.count()
    };
    let (known, renewed) = (reach(false), reach(true));
    eprintln!("of {SEEDS} outsiders with a password, {known} get in, {renewed} once it was renewed");
    assert!(known >= 10);
    assert_eq!(renewed, 0);
}

#[test]
fn a_flood_that_is_blocked_between_two_waves_was_ended_by_an_order() {
    const WAVES: &str = r#"
spare_addresses = 0
step = [
  { id = "first",  technique = "T1498.001", target = { hosts = ["site"] }, retries = 50, success = 1.0 },
  { id = "letter", technique = "T1586.002", after = ["first"], target = { hosts = ["site"] }, retries = 50, minutes = 60.0 },
  { id = "second", technique = "T1498.001", after = ["letter"], target = { hosts = ["site"] }, retries = 50, damage = 1.0, objective = true },
]
[[host]]
name = "site"
subnet = "front"
role = "web-server"
[[link]]
from = "internet"
to = "front"
services = ["tls"]
"#;
    let ended = |block: bool| {
        let mut scenario = three_segments(1.0, WAVES);
        scenario.response.actions[Action::BlockIp as usize].failure = 0.0;
        let mut world = play(scenario, 3);
        while world.campaigns().next().is_some_and(|c| c.first_success.is_none()) {
            let soon = world.now() + Duration::from_minutes(1);
            world.advance(soon, &mut Telemetry::default());
        }
        if block {
            let address = Some(Plan::address(world.attackers()[0].site));
            let target = Target { host: HostId(0), user: None, address, domain: None };
            let action = Action::BlockIp;
            world.order(Order {
                threat: ThreatId(0),
                action,
                target,
                give_back: GiveBack::default(),
                accounts: Accounts::default(),
            });
        }
        run_to(&mut world, 48.0);
        let campaign = world.campaigns().next().expect("there is one");
        (campaign.ended_by_order, campaign.objective.is_some())
    };
    assert_eq!(ended(false), (false, true));
    assert_eq!(ended(true), (true, false));
}

#[test]
fn episodes_differ_in_who_is_there_and_what_is_on() {
    let world_of = |seed| play(scenario("ransomware"), seed);
    let picture = |seed: u64| {
        let world = world_of(seed);
        let conditions = world.conditions();
        let off: Vec<bool> =
            (0..world.plan().scenario.hosts.len() as u32).map(|h| conditions.is_on(HostId(h))).collect();
        let away: Vec<bool> =
            (0..world.plan().scenario.users.len() as u32).map(|u| conditions.is_away(UserId(u))).collect();
        (off, away)
    };
    let all: Vec<_> = (0..20).map(picture).collect();
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert!(distinct.len() >= 18, "{} of 20 episodes differ", distinct.len());
    assert_eq!(picture(3), picture(3));
    // Servers are always on: attacks and missions hang on them.
    for seed in 0..20 {
        let world = world_of(seed);
        for (h, host) in world.plan().scenario.hosts.iter().enumerate() {
            let server = host.role != mats_scenario::model::HostRole::Workstation;
            assert!(!server || world.conditions().is_on(HostId(h as u32)), "machine {h} is off");
        }
    }
}

#[test]
fn what_is_off_sends_nothing_and_is_not_held() {
    let mut scenario = scenario("ransomware");
    scenario.randomize.machines = (0.3, 0.3);
    let mut world = World::new(Arc::new(Plan::new(scenario)));
    for seed in 0..4 {
        let mut telemetry = Telemetry::default();
        world.reset(seed);
        world.advance(world.horizon(), &mut telemetry);
        for record in &telemetry.records {
            let here = matches!(record.body, Body::Intel(_)) || world.conditions().is_on(record.host);
            assert!(here, "machine {} is off, and yet: {record:?}", record.host.0);
        }
        assert!(world.compromise_intervals().iter().all(|h| world.conditions().is_on(h.host)));
    }
}

#[test]
fn techniques_keep_to_their_operating_system() {
    for &name in SMALL {
        let plan = Arc::new(Plan::new(scenario(name)));
        let mut world = World::new(Arc::clone(&plan));
        for seed in 0..3 {
            world.reset(seed);
            world.advance(world.horizon(), &mut Telemetry::default());
            for touch in world.malicious_activities() {
                let Some((c, s)) = touch.label.campaign_step() else { continue };
                let step = &plan.scenario.attacks[world.attackers()[c as usize].attack].steps[s as usize];
                let technique = &plan.scenario.techniques[step.technique];
                let Some(os) = technique.needs.os else { continue };
                // Remote techniques touch the machine they come from, too.
                let held = technique.site == mats_scenario::catalogue::Site::Held;
                let here = plan.scenario.inventory.host(touch.host).os;
                assert!(!held || here == os, "{name}: {} on {here:?}", technique.id);
            }
        }
    }
}
