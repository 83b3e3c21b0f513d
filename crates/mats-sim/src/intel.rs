//! The threat intelligence feed: entries arrive late, expire, and are sometimes wrong.

use crate::event::Event;
use crate::plan::Plan;
use crate::purpose;
use crate::world::World;
use mats_core::random::{Generator, Stream, unit};
use mats_core::telemetry::{Indicator, Pattern};
use mats_core::{DomainId, Duration, HostId, SimTime};
use rand::{Rng, RngExt};

fn indicator(site: DomainId, published: SimTime, lifetime_hours: f64, rng: &mut Generator) -> Indicator {
    let pattern =
        if rng.random_bool(0.5) { Pattern::Address(Plan::address(site)) } else { Pattern::Domain(site) };
    let valid_until = published + Duration::from_seconds(lifetime_hours * 3600.0);
    Indicator { pattern, confidence: rng.random_range(30..=95), valid_until }
}

impl World {
    /// Draws the episode's wrong entries: sites that the organisation's own machines may well visit.
    pub(crate) fn draw_feed(&mut self) {
        let scenario = &self.plan.scenario;
        let rng = &mut Stream::new(self.state.seed, purpose::FEED, 0).at(0);
        let days = scenario.horizon.hours() / 24.0;
        let expected = scenario.intel.false_per_day * days;
        let count = expected as u32 + u32::from(unit(rng.next_u64()) < expected.fract());
        for _ in 0..count {
            let time = SimTime((unit(rng.next_u64()) * scenario.horizon.0 as f64) as u64);
            let host = HostId(rng.next_u32() % scenario.hosts.len().max(1) as u32);
            let site = if rng.random_bool(0.6) {
                Plan::software_site(self.state.seed, host, rng.next_u64() % 4)
            } else {
                Plan::rare_site(rng.next_u64())
            };
            let entry = indicator(site, time, scenario.intel.lifetime_hours, rng);
            self.state.feed.push(entry);
            self.state.queue.push(time, Event::Publish(self.state.feed.len() as u32 - 1));
        }
    }

    /// A campaign uses its current site for the first time: sooner or later the feed may know.
    pub(crate) fn announce_site(&mut self, campaign: u32) {
        let (now, c) = (self.state.now, &self.state.campaigns[campaign as usize]);
        let intel = &self.plan.scenario.intel;
        let draws = Stream::new(self.state.seed, purpose::FEED, 1 + u64::from(campaign));
        let rng = &mut draws.at(u64::from(c.sites_used));
        if !rng.random_bool(intel.coverage) {
            return;
        }
        let hours = f64::from(self.plan.distributions.delay.draw(rng)) * intel.delay_hours;
        let time = now + Duration::from_seconds(hours * 3600.0);
        let entry = indicator(c.site, time, intel.lifetime_hours, rng);
        self.state.feed.push(entry);
        self.state.queue.push(time, Event::Publish(self.state.feed.len() as u32 - 1));
    }

    pub(crate) fn publish(&mut self, entry: u32) {
        let (time, indicator) = (self.state.now, self.state.feed[entry as usize]);
        let plan = self.plan.clone();
        let (mut emitter, _) = World::emitter(&plan, &mut self.state);
        emitter.publish(time, indicator, u64::MAX - u64::from(entry));
    }
}
