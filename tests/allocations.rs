//! Nothing is allocated per record or per step: buffers have grown by the second time an episode is played. Only
//! an attacker's steps, some dozens in an episode, make short lists. And what a lane takes of the memory.

use crate::support::{plan, tutorial_detector, watched};
use allocation_counter::{AllocationInfo, measure};
use mats_core::Duration;
use mats_core::random::{Generator, Stream};
use mats_detect::Collector;
use mats_gym::{DefenceGame, GameSettings};
use mats_rl::Env;
use mats_sim::{Telemetry, World};
use std::sync::Arc;

/// Short lists that the attackers of an episode may make.
const OF_ATTACKERS: u64 = 100;

/// Plays an episode with random allowed actions from its first decision on; how many there were.
fn play(game: &mut DefenceGame, observation: &mut [f32], mask: &mut [bool]) -> u64 {
    let mut rng: Generator = Stream::new(5, 0x7e57, 0).at(0);
    let mut steps = 0;
    loop {
        steps += 1;
        if game.step(game.view().mask().sample(&mut rng) as usize, observation, mask).ended() {
            return steps;
        }
    }
}

#[test]
fn steps_allocate_nothing() {
    let mut game = watched(&plan("tutorial"), &tutorial_detector(), GameSettings::default());
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
    let mut played = (0, 0, AllocationInfo::default());
    for _ in 0..2 {
        game.reset(11, &mut observation, &mut mask);
        let mut steps = 0;
        let info = measure(|| steps = play(&mut game, &mut observation, &mut mask));
        played = (steps, game.records(), info);
    }
    let (steps, records, info) = played;
    assert!(steps > 30 && records > 5_000, "{steps} steps, {records} records");
    assert!(
        info.count_total <= OF_ATTACKERS.min(steps / 4),
        "{} allocations in {steps} steps with {records} records",
        info.count_total
    );
}

#[test]
fn records_and_features_allocate_nothing() {
    let plan = plan("ransomware");
    let mut world = World::new(Arc::clone(&plan));
    let mut collector = Collector::new(Arc::new(plan.scenario.inventory.clone()));
    let mut telemetry = Telemetry::default();
    let mut counted = (0, 0);
    for _ in 0..2 {
        world.reset(2);
        collector.reset();
        let mut records = 0;
        let info = measure(|| {
            while world.now() < world.horizon() {
                telemetry.clear();
                world.advance(world.now() + Duration::from_minutes(1), &mut telemetry);
                collector.observe(&telemetry.records);
                records += telemetry.records.len();
            }
        });
        counted = (records, info.count_total);
    }
    let (records, allocations) = counted;
    assert!(records >= 50_000, "{records}");
    assert!(allocations <= OF_ATTACKERS, "{allocations} in {records} records");
}

#[test]
fn a_lane_takes_a_few_megabytes() {
    let (plan, detector) = (plan("ransomware"), tutorial_detector());
    let mut lane = None;
    let info = measure(|| {
        let mut game = watched(&plan, &detector, GameSettings::default());
        let spec = game.spec();
        let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
        game.reset(2, &mut observation, &mut mask);
        play(&mut game, &mut observation, &mut mask);
        lane = Some(game);
    });
    println!("a lane of ransomware: {} KiB, {} KiB at most", info.bytes_current >> 10, info.bytes_max >> 10);
    assert!(info.bytes_current > 0 && info.bytes_max < 8 << 20, "{} bytes", info.bytes_max);
}
