//! Sources of threats: the Detection Agent reading telemetry, or the truth itself.

use mats_core::{
    DomainId, Duration, Evidence, Explanation, HostId, News, Record, Severity, SimTime, ThreatId,
    ThreatIntel, ThreatKind, UserId,
};
use mats_detect::DetectionAgent;
use mats_sim::World;
use mats_sim::plan::Plan;

/// A threat of the truth is over when nothing malicious happened on the machine for this long and nobody holds it.
const QUIET: Duration = Duration::from_minutes(30);

/// A source of threat intelligence.
#[derive(Clone)]
pub enum ThreatSource {
    /// Detection Agent, as a defender has it.
    Agent(Box<DetectionAgent>),
    /// True labels after the sensors' delay: for `perfect-detector` and `oracle`.
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
            ThreatSource::Truth(truth) => f32::from(u8::from(truth.state[host.index()].is_some())),
        }
    }
}

/// One machine's true trouble.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    id: ThreatId,
    first: SimTime,
    last: SimTime,
    kind: ThreatKind,
    user: Option<UserId>,
    site: Option<DomainId>,
}

/// Tells the truth, after the sensors' delay.
#[derive(Debug, Clone)]
pub struct TruthDetector {
    state: Vec<Option<Trouble>>,
    seen: usize,
    next: u32,
    delay: Duration,
}

impl TruthDetector {
    /// Creates the detector for the network of a plan.
    pub fn new(plan: &Plan) -> TruthDetector {
        let delay = Duration::from_seconds(plan.scenario.sensors.events.delay_seconds);
        TruthDetector { state: vec![None; plan.scenario.hosts.len()], seen: 0, next: 0, delay }
    }

    /// Starts a new episode.
    pub fn reset(&mut self) {
        self.state.fill(None);
        (self.seen, self.next) = (0, 0);
    }

    fn advance(&mut self, world: &World, out: &mut Vec<ThreatIntel>) {
        let now = world.now();
        for h in 0..self.state.len() {
            let host = HostId(h as u32);
            if self.state[h].is_some_and(|t| now.since(t.last) > QUIET && !world.is_compromised(host)) {
                self.state[h] = None;
            }
        }
        while let Some(activity) =
            world.malicious_activities().get(self.seen).filter(|t| t.time + self.delay <= now)
        {
            self.seen += 1;
            let (Some(kind), Some((campaign, _))) =
                (world.kind_of(activity.label), activity.label.campaign_step())
            else {
                continue;
            };
            let attacker = &world.attackers()[campaign as usize];
            let owner = world.plan().scenario.inventory.host(activity.host).owner.some();
            let user = attacker.credentials.iter().copied().find(|&u| Some(u) == owner);
            let user = user.or_else(|| attacker.credentials.last().copied()).or(owner);
            let old = self.state[activity.host.index()];
            let worse = old.is_none_or(|t| kind > t.kind);
            let id = old.map_or(ThreatId(self.next), |t| t.id);
            self.next += u32::from(old.is_none());
            let first = old.map_or(activity.time, |t| t.first);
            let kind = old.map_or(kind, |t| t.kind.max(kind));
            let site = Some(attacker.site);
            self.state[activity.host.index()] =
                Some(Trouble { id, first, last: activity.time, kind, user, site });
            if worse {
                let news = if old.is_some() { News::Worsened } else { News::New };
                out.push(ThreatIntel { news, ..self.view(activity.host, world) });
            }
        }
    }

    fn view(&self, host: HostId, world: &World) -> ThreatIntel {
        let trouble = self.state[host.index()];
        let certain = f32::from(u8::from(trouble.is_some()));
        ThreatIntel {
            id: trouble.map_or(ThreatId(u32::MAX), |t| t.id),
            time: world.now(),
            first_seen: trouble.map_or(world.now(), |t| t.first),
            host,
            user: trouble.and_then(|t| t.user),
            address: trouble.and_then(|t| t.site).map(Plan::address),
            domain: trouble.and_then(|t| t.site),
            image: None,
            kind: trouble.map_or(ThreatKind::Intrusion, |t| t.kind),
            severity: if trouble.is_some() { Severity::High } else { Severity::Info },
            confidence: certain,
            evidence: Evidence { anomaly: certain, forest: certain, sequence: certain, indicator: certain },
            explanation: Explanation::default(),
            news: News::Unchanged,
            detector: 0,
        }
    }
}
