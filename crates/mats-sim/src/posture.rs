//! Posture: what the defender has cut off at the moment.

use mats_core::{Addr, DomainId, Duration, GiveBack, HostId, SimTime, SubnetId, UserId};
use serde::{Deserialize, Serialize};

/// Posture: what the defender has cut off at the moment. All of it is known to the defender, who ordered it.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Posture {
    isolated: Vec<bool>,
    down_until: Vec<SimTime>,
    pub(crate) patched: Vec<bool>,
    #[serde(rename = "disabled")]
    pub(crate) account_disabled: Vec<bool>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) decoys: Vec<Decoy>,
    /// Machines that are isolated or were taken down; a short list for accounting.
    #[serde(rename = "cut")]
    unavailable: Vec<HostId>,
    /// Disabled accounts, each with the machine whose threat that answers.
    #[serde(rename = "locked_out")]
    pub(crate) disabled: Vec<(UserId, HostId)>,
    /// Machines that are being rebuilt, each with the time at which it will be done.
    rebuilding: Vec<(HostId, SimTime)>,
    /// Accounts whose password was renewed, each with the last time.
    renewed: Vec<(UserId, SimTime)>,
}

/// A site that is blocked for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) address: Option<Addr>,
    pub(crate) domain: Option<DomainId>,
    /// The machine whose threat it answers: whoever decided on that one is to blame for visits that it prevents.
    pub(crate) host: HostId,
}

/// A decoy that stands in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decoy {
    pub(crate) subnet: SubnetId,
    /// The machine whose threat it answers.
    pub(crate) host: HostId,
}

/// Written out for [`Clone::clone_from`], which the defender's view calls every tick: it keeps the buffers.
impl Clone for Posture {
    fn clone(&self) -> Posture {
        let mut copy = Posture::default();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, other: &Posture) {
        let Posture {
            isolated,
            down_until,
            patched,
            account_disabled,
            blocks,
            decoys,
            unavailable,
            disabled,
            rebuilding,
            renewed,
        } = other;
        self.isolated.clone_from(isolated);
        self.down_until.clone_from(down_until);
        self.patched.clone_from(patched);
        self.account_disabled.clone_from(account_disabled);
        self.blocks.clone_from(blocks);
        self.decoys.clone_from(decoys);
        self.unavailable.clone_from(unavailable);
        self.disabled.clone_from(disabled);
        self.rebuilding.clone_from(rebuilding);
        self.renewed.clone_from(renewed);
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
        self.account_disabled.clear();
        self.account_disabled.resize(users, false);
        self.blocks.clear();
        self.decoys.clear();
        self.unavailable.clear();
        self.disabled.clear();
        self.rebuilding.clear();
        self.renewed.clear();
    }

    /// Tells whether a machine is cut off the network.
    pub fn is_isolated(&self, host: HostId) -> bool {
        self.isolated[host.index()]
    }
    /// Tells whether a machine runs at all.
    pub fn is_up(&self, host: HostId, now: SimTime) -> bool {
        self.down_until[host.index()] <= now
    }
    /// Tells whether a machine is being rebuilt.
    pub fn is_being_rebuilt(&self, host: HostId, now: SimTime) -> bool {
        self.rebuilding.iter().any(|&(machine, done)| machine == host && done > now)
    }
    /// Returns when a machine that does not run will run again.
    pub(crate) fn down_until(&self, host: HostId, now: SimTime) -> Option<SimTime> {
        Some(self.down_until[host.index()]).filter(|&until| until > now)
    }
    /// Returns how long of a span a machine was on the network, if nothing was cut off or given back meanwhile.
    pub(crate) fn connected_within(&self, host: HostId, from: SimTime, to: SimTime) -> Duration {
        if self.is_isolated(host) {
            return Duration::ZERO;
        }
        to.since(self.down_until[host.index()].max(from))
    }
    /// Tells whether a machine runs and is on the network.
    pub fn is_connected(&self, host: HostId, now: SimTime) -> bool {
        !self.is_isolated(host) && self.is_up(host, now)
    }
    /// Tells whether all weaknesses of a machine were patched.
    pub fn is_patched(&self, host: HostId) -> bool {
        self.patched[host.index()]
    }
    /// Tells whether an account is disabled; [`UserId::NONE`] is none.
    pub fn is_disabled(&self, user: UserId) -> bool {
        user != UserId::NONE && self.account_disabled[user.index()]
    }
    /// Tells whether an outside address or domain is blocked.
    pub fn is_blocked(&self, address: Addr, domain: DomainId) -> bool {
        self.block_on(address, domain).is_some()
    }
    /// The machine whose threat the first block on an outside address or domain answers.
    pub fn block_on(&self, address: Addr, domain: DomainId) -> Option<HostId> {
        let hits =
            |b: &&Block| b.address == Some(address) || (domain != DomainId::NONE && b.domain == Some(domain));
        self.blocks.iter().find(hits).map(|b| b.host)
    }
    /// Tells whether a site is blocked because of a machine's threat.
    pub fn has_block(&self, host: HostId) -> bool {
        self.blocks.iter().any(|b| b.host == host)
    }
    /// Returns when the password of an account was last renewed, if it was.
    pub fn renewed_at(&self, user: UserId) -> Option<SimTime> {
        self.renewed.iter().find(|r| r.0 == user).map(|r| r.1)
    }
    /// Number of sites that are blocked.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }
    /// Tells whether a decoy stands in a segment.
    pub fn has_decoy(&self, subnet: SubnetId) -> bool {
        self.decoys.iter().any(|decoy| decoy.subnet == subnet)
    }
    /// Number of machines that are isolated.
    pub fn isolated_count(&self) -> usize {
        self.unavailable.iter().filter(|h| self.isolated[h.index()]).count()
    }
    /// Number of accounts that are disabled.
    pub fn disabled_count(&self) -> usize {
        self.disabled.len()
    }
    /// Machines that are, or lately were, isolated or down.
    pub fn unavailable(&self) -> &[HostId] {
        &self.unavailable
    }
    /// Accounts that are disabled, each with the machine whose threat that answers.
    pub fn disabled(&self) -> &[(UserId, HostId)] {
        &self.disabled
    }
    pub(crate) fn isolate(&mut self, host: HostId) {
        self.isolated[host.index()] = true;
        self.mark_unavailable(host);
    }
    fn mark_unavailable(&mut self, host: HostId) {
        if !self.unavailable.contains(&host) {
            self.unavailable.push(host);
        }
    }
    pub(crate) fn take_down(&mut self, host: HostId, until: SimTime) {
        let down = &mut self.down_until[host.index()];
        *down = (*down).max(until);
        self.mark_unavailable(host);
    }
    pub(crate) fn rebuild(&mut self, host: HostId, until: SimTime) {
        self.rebuilding.push((host, until));
        self.take_down(host, until);
    }
    /// Notes that the password of an account was renewed.
    pub fn renew(&mut self, user: UserId, now: SimTime) {
        self.renewed.retain(|r| r.0 != user);
        self.renewed.push((user, now));
    }
    /// Gives back what was cut off because of a machine's threat.
    pub(crate) fn release(&mut self, host: HostId, parts: GiveBack) {
        if parts.isolation {
            self.isolated[host.index()] = false;
        }
        if parts.accounts {
            for (user, _) in self.disabled.extract_if(.., |l| l.1 == host) {
                self.account_disabled[user.index()] = false;
            }
        }
        if parts.blocks {
            self.blocks.retain(|b| b.host != host);
        }
    }
    pub(crate) fn forget_returned(&mut self, now: SimTime) {
        let (isolated, down) = (&self.isolated, &self.down_until);
        self.unavailable.retain(|h| isolated[h.index()] || down[h.index()] > now);
        self.rebuilding.retain(|r| r.1 > now);
    }
}
