//! What defensive actions do: they take time, may fail, cost something and can be undone.

use crate::cost::CostKind;
use crate::event::Event;
use crate::plan::Plan;
use crate::purpose;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{
    Action, ActionResult, Addr, DomainId, Duration, Finding, HostId, Order, OrderId, Outcome, SimTime,
    SubnetId, Target, UserId,
};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Minutes for which a machine is down after patching, an account after a reset, and work on a machine after a
/// program of its was killed.
const RESTART_MINUTES: u64 = 10;
/// An analyst looks at what happened on the machine in the last hours.
const ANALYST_MEMORY: Duration = Duration::from_hours(3);
/// What a person's visit costs that a block prevented, in worker-hours. It is booked on the machine whose threat the
/// block answers: whoever decided on that one is to blame.
pub(crate) const BLOCKED_VISIT: f32 = 0.05;

/// What the defender has cut off at the moment. All of it is known to the defender, who ordered it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Posture {
    isolated: Vec<bool>,
    down_until: Vec<SimTime>,
    patched: Vec<bool>,
    disabled: Vec<bool>,
    blocks: Vec<Block>,
    decoys: Vec<SubnetId>,
    /// Machines that are isolated or were taken down; a short list for accounting.
    cut: Vec<HostId>,
    /// Disabled accounts, each with the machine whose threat that answers.
    locked_out: Vec<(UserId, HostId)>,
}

/// A site that is blocked for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Block {
    address: Option<Addr>,
    domain: Option<DomainId>,
    /// The machine whose threat it answers.
    host: HostId,
}

/// Written out for [`Clone::clone_from`], which the defender's view calls every tick: it keeps the buffers.
impl Clone for Posture {
    fn clone(&self) -> Posture {
        let mut copy = Posture::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, other: &Posture) {
        let Posture { isolated, down_until, patched, disabled, blocks, decoys, cut, locked_out } = other;
        self.isolated.clone_from(isolated);
        self.down_until.clone_from(down_until);
        self.patched.clone_from(patched);
        self.disabled.clone_from(disabled);
        self.blocks.clone_from(blocks);
        self.decoys.clone_from(decoys);
        self.cut.clone_from(cut);
        self.locked_out.clone_from(locked_out);
    }
}

impl Posture {
    pub(crate) fn reset(&mut self, hosts: usize, users: usize) {
        self.isolated.clear();
        self.isolated.resize(hosts, false);
        self.down_until.clear();
        self.down_until.resize(hosts, SimTime::ZERO);
        self.patched.clear();
        self.patched.resize(hosts, false);
        self.disabled.clear();
        self.disabled.resize(users, false);
        self.blocks.clear();
        self.decoys.clear();
        self.cut.clear();
        self.locked_out.clear();
    }

    /// Whether a machine is cut off the network.
    pub fn is_isolated(&self, host: HostId) -> bool {
        self.isolated[host.index()]
    }
    /// Whether a machine runs at all.
    pub fn is_up(&self, host: HostId, now: SimTime) -> bool {
        self.down_until[host.index()] <= now
    }
    /// When a machine that does not run will run again.
    pub(crate) fn down_until(&self, host: HostId, now: SimTime) -> Option<SimTime> {
        Some(self.down_until[host.index()]).filter(|&until| until > now)
    }
    /// How long of a span a machine was on the network, if nothing was cut off or given back meanwhile.
    pub(crate) fn connected_within(&self, host: HostId, from: SimTime, to: SimTime) -> Duration {
        if self.is_isolated(host) {
            return Duration::ZERO;
        }
        to.since(self.down_until[host.index()].max(from))
    }
    /// Whether a machine runs and is on the network.
    pub fn is_connected(&self, host: HostId, now: SimTime) -> bool {
        !self.is_isolated(host) && self.is_up(host, now)
    }
    /// Whether all weaknesses of a machine were patched.
    pub fn is_patched(&self, host: HostId) -> bool {
        self.patched[host.index()]
    }
    /// Whether an account is disabled; [`UserId::NONE`] is none.
    pub fn is_disabled(&self, user: UserId) -> bool {
        user != UserId::NONE && self.disabled[user.index()]
    }
    /// Whether an outside address or domain is blocked.
    pub fn is_blocked(&self, address: Addr, domain: DomainId) -> bool {
        self.block_on(address, domain).is_some()
    }
    /// The machine whose threat the first block on an outside address or domain answers.
    pub fn block_on(&self, address: Addr, domain: DomainId) -> Option<HostId> {
        let hits =
            |b: &&Block| b.address == Some(address) || (domain != DomainId::NONE && b.domain == Some(domain));
        self.blocks.iter().find(hits).map(|b| b.host)
    }
    /// Whether a site is blocked because of a machine's threat.
    pub fn has_block(&self, host: HostId) -> bool {
        self.blocks.iter().any(|b| b.host == host)
    }
    /// How many sites are blocked.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }
    /// Whether a decoy stands in a segment.
    pub fn has_decoy(&self, subnet: SubnetId) -> bool {
        self.decoys.contains(&subnet)
    }
    /// How many machines are isolated.
    pub fn isolated_count(&self) -> usize {
        self.cut.iter().filter(|h| self.isolated[h.index()]).count()
    }
    /// How many accounts are disabled.
    pub fn disabled_count(&self) -> usize {
        self.locked_out.len()
    }
    /// Machines that are, or lately were, isolated or down.
    pub fn cut(&self) -> &[HostId] {
        &self.cut
    }
    /// Accounts that are disabled, each with the machine whose threat that answers.
    pub fn locked_out(&self) -> &[(UserId, HostId)] {
        &self.locked_out
    }
    /// Whether anything was cut off because of a machine's threat that can be given back.
    pub fn is_releasable(&self, host: HostId) -> bool {
        self.is_isolated(host) || self.has_block(host) || self.locked_out.iter().any(|l| l.1 == host)
    }

    fn isolate(&mut self, host: HostId) {
        self.isolated[host.index()] = true;
        self.mark_cut(host);
    }
    fn mark_cut(&mut self, host: HostId) {
        if !self.cut.contains(&host) {
            self.cut.push(host);
        }
    }
    fn take_down(&mut self, host: HostId, until: SimTime) {
        let down = &mut self.down_until[host.index()];
        *down = (*down).max(until);
        self.mark_cut(host);
    }
    fn release(&mut self, target: &Target) {
        self.isolated[target.host.index()] = false;
        for (user, _) in self.locked_out.extract_if(.., |l| l.1 == target.host) {
            self.disabled[user.index()] = false;
        }
        self.blocks.retain(|b| b.host != target.host);
    }
    pub(crate) fn forget_returned(&mut self, now: SimTime) {
        let (isolated, down) = (&self.isolated, &self.down_until);
        self.cut.retain(|h| isolated[h.index()] || down[h.index()] > now);
    }
}

/// An order under way.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Running {
    order: Order,
    issued: SimTime,
    works: bool,
    cost: f64,
    serial: u64,
}

/// Orders of an episode.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Blue {
    orders: Vec<Running>,
    /// When each analyst is free again.
    analysts: Vec<SimTime>,
    pub(crate) results: Vec<ActionResult>,
    false_isolations: u32,
    /// Whose password was renewed; a column by [`UserId`].
    renewed: Vec<bool>,
}

impl Blue {
    pub(crate) fn reset(&mut self, analysts: u32, users: usize) {
        self.renewed.clear();
        self.renewed.resize(users, false);
        self.orders.clear();
        self.results.clear();
        self.analysts.clear();
        self.analysts.resize(analysts as usize, SimTime::ZERO);
        self.false_isolations = 0;
    }

    /// How long a new case would wait for an analyst.
    pub fn analyst_wait(&self, now: SimTime) -> Duration {
        self.analysts.iter().min().map_or(Duration::ZERO, |free| free.since(now))
    }

    /// Whether an account's password was renewed during the episode.
    pub(crate) fn is_renewed(&self, user: UserId) -> bool {
        self.renewed[user.index()]
    }

    /// How many machines were isolated on which no attacker had ever been. Truth: for metrics only.
    pub fn false_isolations(&self) -> u32 {
        self.false_isolations
    }
}

impl World {
    /// Orders an action. What comes of it is known when [`World::results`] reports it.
    pub fn order(&mut self, order: Order) -> OrderId {
        let id = OrderId(self.state.blue.orders.len() as u32);
        let spec = self.plan.scenario.response.actions[order.action as usize];
        let same = |r: &&Running| r.order.action == order.action && r.order.target.host == order.target.host;
        let serial = self.state.blue.orders.iter().filter(same).count() as u64;
        let entity = u64::from(order.target.host.0) << 8 | order.action as u64;
        let rng = &mut Stream::new(self.state.seed, purpose::ORDER, entity).at(serial);
        let works = !rng.random_bool(spec.failure);
        let minutes = spec.minutes * f64::from(self.plan.shapes.routine.draw(rng));
        let now = self.state.now;
        let mut start = now;
        if order.action == Action::AlertAnalyst
            && let Some(free) = self.state.blue.analysts.iter_mut().min()
        {
            start = now.max(*free);
            *free = start + Duration::from_seconds(minutes * 60.0);
        }
        let done = start + Duration::from_seconds(minutes * 60.0);
        // Paid for when ordered: what outlasts the episode is not free.
        let mut cost = spec.cost;
        if order.action == Action::AlertAnalyst {
            cost += minutes / 60.0 * self.plan.scenario.reward.analyst_hour;
            self.state.ledger.analyst_hours += minutes / 60.0;
        }
        self.state.ledger.add(CostKind::Expense, order.target.host, cost);
        if order.action == Action::ReimageHost {
            self.accrue(now);
            self.state.posture.take_down(order.target.host, done);
        }
        self.state.blue.orders.push(Running { order, issued: now, works, cost, serial });
        self.state.queue.push(done, Event::OrderDone(id));
        id
    }

    /// Takes what came of orders since the last call, in the order in which they ended.
    pub fn results(&mut self, out: &mut Vec<ActionResult>) {
        out.append(&mut self.state.blue.results);
    }

    pub(crate) fn finish_order(&mut self, id: OrderId) {
        let now = self.state.now;
        let Running { order, issued, works, cost, serial } = self.state.blue.orders[id.index()];
        let finding = if works { self.carry_out(&order, serial) } else { None };
        let outcome = if works { Outcome::Done } else { Outcome::Failed };
        let result = ActionResult { id, order, issued, finished: now, outcome, finding, cost: cost as f32 };
        self.state.blue.results.push(result);
        self.review_campaigns();
    }

    fn carry_out(&mut self, order: &Order, serial: u64) -> Option<Finding> {
        let (host, now) = (order.target.host, self.state.now);
        let response = &self.plan.scenario.response;
        let entity = u64::from(host.0) << 8 | order.action as u64;
        let luck = Stream::new(self.state.seed, purpose::ORDER, entity).unit(1_000_000 + serial);
        match order.action {
            Action::Monitor => None,
            Action::AlertAnalyst => {
                let recent = now - ANALYST_MEMORY;
                let guilty = self.is_held(host)
                    || self.state.touches.iter().any(|t| t.host == host && t.time >= recent && t.time <= now)
                    || order.target.user.is_some_and(|u| self.is_stolen(u));
                let right = luck >= response.analyst_error;
                Some(if guilty == right { Finding::Malicious } else { Finding::Clean })
            }
            Action::RunScan => {
                let chance = if self.is_held(host) { response.scan_detects } else { response.scan_false };
                Some(if luck < chance { Finding::Malicious } else { Finding::Clean })
            }
            Action::BlockIp | Action::BlockDomain => {
                let by_ip = order.action == Action::BlockIp;
                let address = order.target.address.filter(|_| by_ip);
                let domain = order.target.domain.filter(|_| !by_ip);
                if address.is_some() || domain.is_some() {
                    self.state.posture.blocks.push(Block { address, domain, host });
                }
                None
            }
            Action::KillProcess => {
                self.kill_footholds(host, false);
                // Whatever else the program did, or was mistaken for, has to be started over.
                let hours = RESTART_MINUTES as f64 / 60.0;
                let value = f64::from(self.plan.scenario.inventory.host(host).value) * hours;
                self.state.ledger.add(CostKind::Disruption, host, value);
                None
            }
            Action::DisableAccount => {
                if let Some(user) = order.target.user
                    && !self.state.posture.is_disabled(user)
                {
                    self.accrue(now);
                    self.state.posture.disabled[user.index()] = true;
                    self.state.posture.locked_out.push((user, host));
                }
                None
            }
            Action::ResetCredentials => {
                if let Some(user) = order.target.user {
                    self.state.blue.renewed[user.index()] = true;
                    self.invalidate_credentials(user);
                    let hours = RESTART_MINUTES as f64 / 60.0;
                    let value = f64::from(self.plan.scenario.inventory.user(user).value) * hours;
                    self.state.ledger.add(CostKind::Disruption, host, value);
                }
                None
            }
            Action::IsolateHost => {
                self.accrue(now);
                let touched = self.state.touches.iter().any(|t| t.host == host && t.time <= now);
                if !self.state.posture.is_isolated(host) && !touched {
                    self.state.blue.false_isolations += 1;
                }
                self.state.posture.isolate(host);
                None
            }
            Action::PatchHost => {
                self.accrue(now);
                self.state.posture.patched[host.index()] = true;
                self.state.posture.take_down(host, now + Duration::from_minutes(RESTART_MINUTES));
                None
            }
            Action::ReimageHost => {
                self.accrue(now);
                self.kill_footholds(host, true);
                None
            }
            Action::DeployDecoy => {
                let subnet = self.plan.scenario.inventory.host(host).subnet;
                if !self.state.posture.has_decoy(subnet) {
                    self.state.posture.decoys.push(subnet);
                }
                None
            }
            Action::Release => {
                self.accrue(now);
                self.state.posture.release(&order.target);
                None
            }
        }
    }

    /// A decoy was touched from `host`: whoever watches it hears at once.
    pub(crate) fn decoy_touched(&mut self, subnet: SubnetId, host: HostId, time: SimTime) {
        let plan: &Plan = &self.plan;
        let Some((id, running)) = self.state.blue.orders.iter().enumerate().find(|(_, r)| {
            r.order.action == Action::DeployDecoy
                && plan.scenario.inventory.host(r.order.target.host).subnet == subnet
        }) else {
            return;
        };
        let target = Target { host, user: None, address: None, domain: None };
        let result = ActionResult {
            id: OrderId(id as u32),
            order: Order { target, ..running.order },
            issued: running.issued,
            finished: time,
            outcome: Outcome::Done,
            finding: Some(Finding::Malicious),
            cost: 0.0,
        };
        self.state.blue.results.push(result);
    }
}
