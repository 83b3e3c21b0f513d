//! The observer that records what detectors see and defenders come to believe. It looks on, and changes nothing.

use super::evidence::{AlertEvidence, Chosen};
use mats_core::{ActionResult, Body, HostId, OrderId, Severity, SimTime, ThreatIntel, ThreatStatus};
use mats_gym::{ThreatSource, Tick, TickObserver};
use mats_sim::{CostKind, Ledger, World};

/// Knowledge that the defender has of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    pub(super) status: Option<ThreatStatus>,
    pub(super) severity: Option<Severity>,
    pub(super) open: bool,
    pub(super) isolated: bool,
    pub(super) down: bool,
}

/// Costs so far: when, and damage, disruption, actions.
pub(super) type Costs = (SimTime, [f64; 3]);

/// A recording of one episode.
#[derive(Debug, Default)]
pub(super) struct EpisodeTrace {
    evidence: AlertEvidence,
    /// Records delivered in each minute, by kind.
    pub(super) telemetry: [Vec<u32>; 5],
    pub(super) alerts: Vec<(ThreatIntel, Chosen)>,
    pub(super) beliefs: Vec<(SimTime, HostId, Known)>,
    pub(super) results: Vec<ActionResult>,
    /// Orders given, in order.
    pub(super) orders: Vec<OrderId>,
    pub(super) costs: Vec<Costs>,
    known: Vec<Known>,
}

impl TickObserver for EpisodeTrace {
    fn begin(&mut self, _: u64) {
        *self = EpisodeTrace::default();
    }

    fn ordered(&mut self, order: OrderId, _: &ThreatIntel, _: &mut ThreatSource, _: SimTime) {
        self.orders.push(order);
    }

    fn tick(&mut self, world: &World, source: &mut ThreatSource, seen: &Tick<'_>) {
        if self.known.is_empty() {
            self.make_room(world);
        }
        for record in &seen.telemetry.records {
            let minute = (record.arrival.0 / 60_000_000) as usize;
            let last = self.telemetry[0].len() - 1;
            self.telemetry[kind(&record.body)][minute.min(last)] += 1;
        }
        self.evidence.take(seen.telemetry);
        let truthful = matches!(source, ThreatSource::Truth(_));
        for threat in seen.news.iter().filter(|n| n.severity > Severity::Info) {
            let chosen = self.evidence.choose(threat, world.now(), truthful);
            self.alerts.push((*threat, chosen));
        }
        self.results.extend_from_slice(seen.results);
        self.note_beliefs(world, seen);
        self.note_costs(world.now(), world.ledger());
    }
}

/// The position of a record's kind among the five.
fn kind(body: &Body) -> usize {
    match body {
        Body::Flow(_) => 0,
        Body::Event(_) => 1,
        Body::Login(_) => 2,
        Body::Config(_) => 3,
        Body::Intel(_) => 4,
    }
}

impl EpisodeTrace {
    fn make_room(&mut self, world: &World) {
        let hosts = world.plan().scenario.hosts.len();
        let minutes = (world.horizon().0 / 60_000_000) as usize + 1;
        self.evidence.reset(hosts);
        self.known = vec![Known::default(); hosts];
        self.telemetry = std::array::from_fn(|_| vec![0; minutes]);
    }

    fn note_beliefs(&mut self, world: &World, seen: &Tick<'_>) {
        let (now, posture) = (world.now(), world.posture());
        for (h, old) in self.known.iter_mut().enumerate() {
            let host = HostId(h as u32);
            let case = seen.view.case(host);
            let known = Known {
                status: case.map(mats_gym::Case::status),
                severity: case.map(|c| c.intel.severity),
                open: case.is_some_and(|c| c.open),
                isolated: posture.is_isolated(host),
                down: !posture.is_up(host, now),
            };
            if known != *old {
                *old = known;
                self.beliefs.push((now, host, known));
            }
        }
    }

    /// Notes costs where they changed; also called once when the episode is settled.
    pub(super) fn note_costs(&mut self, now: SimTime, ledger: &Ledger) {
        let kinds = [CostKind::Damage, CostKind::Disruption, CostKind::Expense];
        let costs = kinds.map(|kind| ledger.of(kind));
        if self.costs.last().is_none_or(|(_, old)| *old != costs) {
            self.costs.push((now, costs));
        }
    }
}
