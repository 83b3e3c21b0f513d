//! Limits that hold for every policy, table or network alike: assets never to be isolated, most disruptive
//! actions per hour, actions that need a finding first.

use mats_core::{Action, ActionMask, Duration, HostId, Inventory, SimTime, ThreatStatus};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The limit an hour, one every second, from which on there is none. It also bounds the memory.
pub const UNLIMITED: u32 = 3600;

const HOUR: Duration = Duration::from_hours(1);

/// The guardrails with their memory of one episode. Serialisable as part of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guardrails {
    /// Machines never to be isolated, by [`HostId`].
    never_isolate: Vec<bool>,
    max_per_hour: u32,
    /// Flags of actions that need a finding first, by action.
    approval: [bool; Action::COUNT],
    /// Times of the latest disruptive actions, oldest first; never more than `max_per_hour`.
    recent: VecDeque<SimTime>,
}

impl Guardrails {
    /// Guardrails for the machines of an inventory. `max_per_hour` limits disruptive actions (see
    /// [`Guardrails::disruptive`]) in any span of an hour, 0 forbids them, [`UNLIMITED`] or more permits all.
    /// Actions in `approval` are permitted only against threats that are verified, contained, releasable or treated.
    pub fn new(inventory: &Inventory, max_per_hour: u32, approval: &[Action]) -> Guardrails {
        let capacity = if max_per_hour < UNLIMITED { max_per_hour as usize } else { 0 };
        Guardrails {
            never_isolate: inventory.hosts.iter().map(|host| host.never_isolate).collect(),
            max_per_hour,
            approval: Action::ALL.map(|action| approval.contains(&action)),
            recent: VecDeque::with_capacity(capacity),
        }
    }

    /// Tells whether an action interrupts somebody's work and so counts towards the hourly limit.
    pub const fn disruptive(action: Action) -> bool {
        matches!(
            action,
            Action::BlockIp
                | Action::BlockDomain
                | Action::KillProcess
                | Action::DisableAccount
                | Action::IsolateHost
                | Action::PatchHost
                | Action::ReimageHost
        )
    }

    /// Takes out of the mask what is not permitted now for this machine and a threat in this state. Monitoring
    /// is always allowed.
    pub fn restrict(&self, mask: &mut ActionMask, host: HostId, status: ThreatStatus, now: SimTime) {
        let forbid_isolation = self.never_isolate.get(host.index()).copied().unwrap_or(false);
        let exhausted = self.exhausted(now);
        let found = matches!(
            status,
            ThreatStatus::Verified
                | ThreatStatus::Contained
                | ThreatStatus::Releasable
                | ThreatStatus::Treated
        );
        for action in Action::ALL {
            let forbidden = (forbid_isolation && matches!(action, Action::IsolateHost | Action::ReimageHost))
                || (exhausted && Guardrails::disruptive(action))
                || (!found && self.approval[action as usize]);
            mask.0[action as usize] &= !forbidden;
        }
        mask.0[Action::Monitor as usize] = true;
    }

    /// Remembers an action that was ordered. Times must not run backwards.
    pub fn note(&mut self, action: Action, now: SimTime) {
        if !Guardrails::disruptive(action) || self.max_per_hour == 0 || self.max_per_hour >= UNLIMITED {
            return;
        }
        while self.recent.len() >= self.max_per_hour as usize {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
    }

    /// Forgets the episode, keeps the limits.
    pub fn reset(&mut self) {
        self.recent.clear();
    }

    /// Tells whether the limit of the last hour is used up.
    fn exhausted(&self, now: SimTime) -> bool {
        match self.max_per_hour {
            0 => true,
            UNLIMITED.. => false,
            limit => {
                self.recent.len() >= limit as usize
                    && self.recent.front().is_some_and(|&oldest| now.since(oldest) < HOUR)
            }
        }
    }
}
