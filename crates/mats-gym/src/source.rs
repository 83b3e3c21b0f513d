//! Sources of threats: the Detection Agent reading telemetry, or the truth itself.

use mats_core::{HostId, Record, ThreatIntel};
use mats_detect::DetectionAgent;
use mats_sim::World;

pub use crate::truth::{Told, TruthDetector};

/// A source of threat intelligence.
#[derive(Clone)]
pub enum ThreatSource {
    /// Detection Agent, as a defender has it.
    Agent(Box<DetectionAgent>),
    /// True labels after the sensors' delay: for `perfect-detector`, `foresight` and `oracle`.
    Truth(TruthDetector),
}

impl ThreatSource {
    /// Takes in what sensors delivered.
    pub fn observe(&mut self, records: &[Record]) {
        if let ThreatSource::Agent(agent) = self {
            agent.observe(records);
        }
    }

    /// Threats that are new or worse at the world's present.
    pub fn advance(&mut self, world: &World, out: &mut Vec<ThreatIntel>) {
        match self {
            ThreatSource::Agent(agent) => agent.advance(world.now(), out),
            ThreatSource::Truth(truth) => truth.advance(world, out),
        }
    }

    /// The threat on a machine as it stands.
    pub fn view(&self, host: HostId, world: &World) -> ThreatIntel {
        match self {
            ThreatSource::Agent(agent) => agent.view(host, world.now()),
            ThreatSource::Truth(truth) => truth.view(host, world),
        }
    }

    /// The most suspicious machine below the alert cut.
    pub fn most_suspicious(
        &self,
        world: &World,
        skip: &mut dyn FnMut(HostId) -> bool,
    ) -> Option<ThreatIntel> {
        match self {
            ThreatSource::Agent(agent) => agent.most_suspicious(world.now(), skip),
            ThreatSource::Truth(truth) => {
                let hosts = world.plan().scenario.hosts.len() as u32;
                (0..hosts).map(HostId).find(|&h| !skip(h)).map(|h| truth.view(h, world))
            }
        }
    }

    /// Calibrated probability that a machine is in trouble.
    pub fn score(&self, host: HostId) -> f32 {
        match self {
            ThreatSource::Agent(agent) => agent.score(host),
            ThreatSource::Truth(truth) => f32::from(u8::from(truth.knows(host))),
        }
    }
}
