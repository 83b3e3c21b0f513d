//! Effects of defensive actions: they take time, may fail, cost something and can be undone.

use crate::cost::CostKind;
use crate::event::Event;
use crate::orders::Running;
use crate::plan::Plan;
use crate::posture::{Block, Decoy};
use crate::purpose;
use crate::world::World;
use mats_core::random::Stream;
use mats_core::{
    Action, ActionResult, Duration, Finding, HostId, Order, OrderId, Outcome, SimTime, SubnetId, Target,
    UserId,
};
use rand::RngExt;

/// Minutes for which a machine is down after patching.
const RESTART_MINUTES: u64 = 10;
/// An analyst looks at what happened on the machine in the last hours, since it was last rebuilt.
const ANALYST_MEMORY: Duration = Duration::from_hours(3);

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
        let minutes = spec.minutes * f64::from(self.plan.distributions.routine.draw(rng));
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
        let mut cost = spec.cost * order.accounts.iter().count().max(1) as f64;
        if order.action == Action::AlertAnalyst {
            cost += minutes / 60.0 * self.plan.scenario.reward.analyst_hour;
            self.state.ledger.analyst_hours += minutes / 60.0;
        }
        self.state.ledger.add(CostKind::Expense, order.target.host, cost);
        if order.action == Action::ReimageHost {
            self.state.posture.rebuild(order.target.host, done);
            self.review_campaigns();
        }
        self.state.blue.orders.push(Running { order, issued: now, works, cost, serial, ended: false });
        self.state.queue.push(done, Event::OrderDone(id));
        id
    }

    /// Takes what came of orders since the last call, in the order in which they ended.
    pub fn results(&mut self, out: &mut Vec<ActionResult>) {
        out.append(&mut self.state.blue.results);
    }

    pub(crate) fn finish_order(&mut self, id: OrderId) {
        let now = self.state.now;
        let running = &mut self.state.blue.orders[id.index()];
        running.ended = true;
        let Running { order, issued, works, cost, serial, .. } = *running;
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
                let rebuilt = self.state.blue.rebuilt_at(host).unwrap_or(SimTime::ZERO);
                let recent = (now - ANALYST_MEMORY).max(rebuilt);
                let guilty = self.is_compromised(host)
                    || self
                        .state
                        .activities
                        .iter()
                        .any(|t| t.host == host && t.time >= recent && t.time <= now)
                    || order.target.user.is_some_and(|u| self.credential_compromised(u));
                let right = luck >= response.analyst_error;
                Some(if guilty == right { Finding::Malicious } else { Finding::Clean })
            }
            Action::RunScan => {
                let chance =
                    if self.is_scannable(host) { response.scan_detects } else { response.scan_false };
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
                // Whatever else the program did, or was mistaken for, has to be started over, attacker or not.
                let value = f64::from(self.plan.scenario.inventory.host(host).value);
                let hours = self.plan.scenario.reward.kill_hours;
                self.state.ledger.quantities.killed_value += value;
                self.state.ledger.add(CostKind::Disruption, host, value * hours);
                None
            }
            Action::DisableAccount => {
                if let Some(user) = order.target.user
                    && !self.state.posture.is_disabled(user)
                {
                    self.state.posture.account_disabled[user.index()] = true;
                    self.state.posture.disabled.push((user, host));
                }
                None
            }
            Action::ResetCredentials => {
                if let Some(user) = order.target.user {
                    self.renew(user, host);
                }
                None
            }
            Action::ResetExposed => {
                order.accounts.iter().for_each(|user| self.renew(user, host));
                None
            }
            Action::IsolateHost => {
                let touched = self.state.activities.iter().any(|t| t.host == host && t.time <= now);
                if !self.state.posture.is_isolated(host) && !touched {
                    self.state.blue.false_isolations += 1;
                }
                self.state.posture.isolate(host);
                None
            }
            Action::PatchHost => {
                self.state.posture.patched[host.index()] = true;
                self.state.posture.take_down(host, now + Duration::from_minutes(RESTART_MINUTES));
                None
            }
            Action::ReimageHost => {
                self.kill_footholds(host, true);
                self.state.blue.note_rebuilt(host, now);
                None
            }
            Action::DeployDecoy => {
                let subnet = self.plan.scenario.inventory.host(host).subnet;
                if !self.state.posture.has_decoy(subnet) {
                    self.state.posture.decoys.push(Decoy { subnet, host });
                    self.state.queue.push(now + response.decoy_stands, Event::DecoyRemoved(subnet));
                }
                None
            }
            Action::Release => {
                self.state.posture.release(host, order.give_back);
                None
            }
        }
    }

    /// An account gets new credentials because of a machine's threat; meanwhile its owner cannot work.
    fn renew(&mut self, user: UserId, host: HostId) {
        self.state.posture.renew(user, self.state.now);
        self.invalidate_credentials(user);
        let scenario = &self.plan.scenario;
        let value = f64::from(scenario.inventory.user(user).value) * scenario.reward.reset_hours;
        self.state.ledger.add(CostKind::Disruption, host, value);
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
            finding: Some(Finding::Contact),
            cost: 0.0,
        };
        self.state.blue.results.push(result);
    }
}
