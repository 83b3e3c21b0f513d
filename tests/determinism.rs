//! The same seed gives the same bytes. Result files for different numbers of threads are compared in [`crate::cli`].

use crate::support::{order_about, plan, tutorial_detector, undefended};
use mats_core::Accounts;
use mats_core::{
    Action, Addr, Body, DomainId, Duration, GiveBack, HostId, Order, Record, SimTime, Target, ThreatId,
    UserId,
};
use mats_lab::arena::ScenarioArena;
use mats_learn::seeds::Purpose;
use mats_learn::{Arena, Contest, Game, Keep};
use mats_respond::{Decision, Episode, Policy, PolicyTable, ResponseAgent};
use mats_sim::{Plan, Telemetry, World};
use std::sync::Arc;

/// A seed of a day on which something happens, and not all of it benign.
fn seed_with_attack(plan: &Arc<Plan>) -> u64 {
    let mut world = World::new(Arc::clone(plan));
    let attacked = |seed: &u64| {
        world.reset(*seed);
        world.attackers().first().is_some_and(|campaign| campaign.onset < hour(4))
    };
    (3..100).find(attacked).expect("most days have an attack")
}

fn hour(h: u64) -> SimTime {
    SimTime::ZERO + Duration::from_hours(h)
}

fn bytes(telemetry: &Telemetry) -> Vec<u8> {
    serde_json::to_vec(&(&telemetry.records, &telemetry.labels)).expect("telemetry is plain data")
}

fn order(world: &World, action: Action, host: u32) -> Order {
    let inventory = &world.plan().scenario.inventory;
    let host = HostId(host % inventory.hosts.len() as u32);
    let site = DomainId(1 + host.0);
    let user = inventory.host(host).owner.some().or(Some(UserId(0)));
    let target = Target { host, user, address: Some(Plan::address(site)), domain: Some(site) };
    Order {
        threat: ThreatId(host.0),
        action,
        target,
        give_back: GiveBack::ALL,
        accounts: Accounts::default(),
    }
}

/// Gives one order of every kind, each about another machine.
fn order_everything(world: &mut World) {
    for (i, action) in Action::ALL.into_iter().enumerate().skip(1) {
        let order = order(world, action, i as u32);
        world.order(order);
    }
}

/// Returns everything that can be seen of a world's future, in bytes.
fn future(world: &mut World) -> Vec<u8> {
    let (mut telemetry, mut results) = (Telemetry::default(), Vec::new());
    while world.now() < world.horizon() {
        world.advance(world.now() + Duration::from_minutes(30), &mut telemetry);
    }
    world.settle();
    world.results(&mut results);
    let campaigns: Vec<_> = world.campaigns().collect();
    let truth = (
        world.malicious_activities(),
        world.compromise_intervals(),
        world.ledger(),
        campaigns,
        world.intentions(),
    );
    serde_json::to_vec(&(&telemetry.records, &telemetry.labels, results, truth))
        .expect("all of it is plain data")
}

/// A world in mid-episode, with orders under way.
fn in_the_middle(plan: &Arc<Plan>, seed: u64) -> World {
    let mut world = World::new(Arc::clone(plan));
    world.reset(seed);
    world.advance(hour(4), &mut Telemetry::default());
    order_everything(&mut world);
    world.advance(hour(4) + Duration::from_minutes(20), &mut Telemetry::default());
    world
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for name in ["tutorial", "ssh-bruteforce"] {
        let plan = plan(name);
        let first = bytes(&undefended(&mut World::new(Arc::clone(&plan)), 5));
        let mut used = World::new(Arc::clone(&plan));
        let other = bytes(&undefended(&mut used, 6));
        assert!(first != other, "{name}: the seed means nothing");
        assert!(first == bytes(&undefended(&mut used, 5)), "{name}: what was played before shows");
    }
}

#[test]
fn a_snapshot_restored_mid_episode_continues_to_the_same_bytes() {
    for name in ["tutorial", "ransomware"] {
        let plan = plan(name);
        let mut world = in_the_middle(&plan, seed_with_attack(&plan));
        let text = serde_json::to_vec(&world.snapshot()).expect("the state is plain data");
        // Another world, in the middle of something else.
        let mut restored = in_the_middle(&plan, 99);
        restored.restore(serde_json::from_slice(&text).expect("what was written can be read"));
        let again = serde_json::to_vec(&restored.snapshot()).expect("the state is plain data");
        assert!(again == text, "{name}: the snapshot changes when it is read back");
        let expected = future(&mut world);
        assert!(future(&mut restored) == expected, "{name}: the restored world lives another life");
        assert!(future(&mut in_the_middle(&plan, 99)) != expected, "{name}: the comparison sees nothing");
    }
}

#[test]
fn how_often_the_world_is_asked_changes_no_record() {
    let plan = plan("tutorial");
    let seed = seed_with_attack(&plan);
    let mut world = World::new(plan);
    let whole = bytes(&undefended(&mut world, seed));
    let reports: Vec<String> = world.campaigns().map(|c| format!("{c:?}")).collect();
    assert!(!reports.is_empty());
    let odd = |n: u64| Duration(1 + (n * 7_919_000_003) % 5_000_000_000);
    let slices: [&dyn Fn(u64) -> Duration; 3] =
        [&|_| Duration::from_minutes(1), &|_| Duration::from_minutes(47), &odd];
    for (which, slice) in slices.iter().enumerate() {
        let mut telemetry = Telemetry::default();
        world.reset(seed);
        let mut n = 0;
        while world.now() < world.horizon() {
            let delivered = telemetry.records.len();
            let until = world.now() + slice(n);
            world.advance(until, &mut telemetry);
            let fresh = &telemetry.records[delivered..];
            assert!(fresh.iter().all(|r| r.arrival <= until && r.arrival >= r.time), "slices {which}");
            n += 1;
        }
        assert!(bytes(&telemetry) == whole, "slices {which}: other records");
        assert_eq!(
            world.campaigns().map(|c| format!("{c:?}")).collect::<Vec<_>>(),
            reports,
            "slices {which}: another attack"
        );
    }
}

#[test]
fn users_and_attackers_intend_the_same_whatever_the_defender_does() {
    for (name, seeds) in [("tutorial", 0..4), ("ransomware", 3..4)] {
        let plan = plan(name);
        let (mut free, mut shut) = (World::new(Arc::clone(&plan)), World::new(Arc::clone(&plan)));
        for seed in seeds {
            free.reset(seed);
            shut.reset(seed);
            for host in 0..plan.scenario.hosts.len() as u32 {
                shut.order(order(&shut, Action::IsolateHost, host));
            }
            let (mut loud, mut silent) = (Telemetry::default(), Telemetry::default());
            let mut before = None;
            while free.now() < free.horizon() {
                let until = free.now() + Duration::from_hours(1);
                free.advance(until, &mut loud);
                shut.advance(until, &mut silent);
                assert_eq!(free.intentions(), shut.intentions(), "{name}, seed {seed}, {}", free.now());
                assert_ne!(
                    before.replace(free.intentions()),
                    Some(free.intentions()),
                    "nobody intends anything"
                );
            }
            let isolated = shut.posture().isolated_count();
            assert!(isolated * 10 >= plan.scenario.hosts.len() * 8, "only {isolated} machines were isolated");
            assert!(silent.records.len() < loud.records.len(), "isolation came to nothing");
            let onsets = |world: &World| world.campaigns().map(|c| (c.attack, c.onset)).collect::<Vec<_>>();
            assert_eq!(onsets(&free), onsets(&shut));
        }
    }
}

#[test]
fn other_seeds_have_other_intentions() {
    let mut world = World::new(plan("tutorial"));
    let mut all: Vec<u64> = (0..20)
        .map(|seed| {
            world.reset(seed);
            world.advance(hour(1), &mut Telemetry::default());
            world.intentions()
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 20);
}

#[test]
fn what_is_cut_off_changes_nothing_elsewhere() {
    let plan = plan("quiet-day");
    let gone = HostId(0);
    // What people and machines do that has nothing to do with the machine.
    let elsewhere = |cut: bool| {
        let mut world = World::new(Arc::clone(&plan));
        world.reset(5);
        if cut {
            let target = Target { host: gone, user: None, address: None, domain: None };
            world.order(order_about(Action::IsolateHost, target));
        }
        let mut telemetry = Telemetry::default();
        world.advance(world.horizon(), &mut telemetry);
        assert_eq!(world.posture().is_isolated(gone), cut);
        let there = Addr::internal(gone);
        let about = |r: &Record| match r.body {
            Body::Flow(f) => f.peer == there,
            Body::Login(l) => l.source == there,
            _ => false,
        };
        let mut records: Vec<String> = Vec::new();
        for record in telemetry.records.iter().filter(|r| r.host != gone && !about(r)) {
            records.push(format!("{record:?}"));
        }
        records.sort_unstable();
        records
    };
    let (whole, rest) = (elsewhere(false), elsewhere(true));
    // Where a session with the machine fails, what it would have left behind on the other one is missing.
    let missing = whole.iter().filter(|r| rest.binary_search(r).is_err()).count();
    let new = rest.iter().filter(|r| whole.binary_search(r).is_err()).count();
    eprintln!("of {} records elsewhere, {missing} are missing and {new} are new", whole.len());
    assert!(whole.len() > 10_000);
    assert!(missing < whole.len() / 200 && new == 0, "{missing} are missing, {new} are new");
}

/// Decides as the playbook would, but a little differently in every game of a seed.
fn variant(playbook: &ResponseAgent, decision: &Decision<'_>) -> Action {
    let Episode { number, decision: at, .. } = decision.episode;
    let strays = number % 4 > 0 && at >= 5 * (number % 4) && at.is_multiple_of(3);
    let wanted =
        if strays { Action::RunScan } else { playbook.decide(decision.key, decision.facts, &decision.mask) };
    if decision.mask.allows(wanted) { wanted } else { Action::Monitor }
}

#[derive(Clone)]
struct Variant(ResponseAgent);

impl Policy for Variant {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        variant(&self.0, decision)
    }
}

#[test]
fn games_that_begin_alike_cost_the_same_forked_or_played_from_the_start() {
    let mut arena = ScenarioArena::new(&plan("tutorial"), 1);
    arena.install(&tutorial_detector());
    let playbook = ResponseAgent::new(PolicyTable::playbook());
    let games: Vec<Game> = (0..24).map(|number| Game::new(Purpose::Validate, 1, number / 8)).collect();
    let whole = arena.play(&games, &mut Variant(playbook.clone()), &Keep::Costs).costs();
    assert!(whole[0] == whole[4] && whole[..4].windows(2).any(|w| w[0] != w[1]), "{whole:?}");
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        let forked =
            pool.install(|| arena.costs(&games, &|decision: &Decision<'_>| variant(&playbook, decision)));
        assert!(forked == whole, "{forked:?} instead of {whole:?}");
    }
}
