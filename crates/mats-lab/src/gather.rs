//! Training windows for the detectors: episodes without response, on seeds for fitting only.

use crate::lanes;
use crate::recorder::WINDOW;
use mats_core::random::Stream;
use mats_core::{Duration, HostId, SimTime};
use mats_detect::{Collector, Examples, Window};
pub use mats_learn::GatherSettings;
use mats_learn::seeds::{Purpose, seed};
use mats_sim::{Plan, Telemetry, World};
use std::sync::Arc;

const SAMPLE: u32 = 0x5a3e;

/// Plays episodes without response and collects labelled windows.
pub fn gather(plan: &Arc<Plan>, settings: &GatherSettings, train_seed: u64) -> Examples {
    let inventory = Arc::new(plan.scenario.inventory.clone());
    let mut lanes: Vec<_> = (0..lanes::LANES)
        .map(|_| (World::new(Arc::clone(plan)), Collector::new(Arc::clone(&inventory)), Telemetry::default()))
        .collect();
    let episodes = lanes::play(&mut lanes, settings.episodes, |(world, collector, telemetry), number| {
        let seed = seed(Purpose::Fit, train_seed, number as u64);
        world.reset(seed);
        collector.reset();
        let mut windows = Vec::new();
        while world.now() < world.horizon() {
            telemetry.clear();
            world.advance(world.now() + Duration::from_minutes(1), telemetry);
            collector.observe(&telemetry.records);
            if world.now().0.is_multiple_of(WINDOW.0) {
                sample(world, collector, settings, seed, &mut windows);
            }
        }
        let mut examples = Examples::new();
        examples.add_episode(collector, &windows);
        examples
    });
    let mut all = Examples::new();
    for episode in episodes {
        all.append(episode);
    }
    all
}

fn sample(world: &World, collector: &Collector, settings: &GatherSettings, seed: u64, out: &mut Vec<Window>) {
    let now: SimTime = world.now();
    let rng = Stream::new(seed, SAMPLE, now.0);
    for h in 0..world.plan().scenario.hosts.len() as u32 {
        let host = HostId(h);
        let Some(kind) = world.ground_truth(host, now - WINDOW, now) else { continue };
        if kind.is_none() && rng.unit(u64::from(h)) >= settings.benign_share {
            continue;
        }
        let weight = if kind.is_some() { 1.0 } else { (1.0 / settings.benign_share) as f32 };
        out.push(Window { sample: collector.sample(host, now), kind, weight });
    }
}
