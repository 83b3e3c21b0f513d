//! Who logged on to which machine lately: whose passwords an attacker finds there.

use mats_core::{HostId, SimTime, UserId};
use serde::{Deserialize, Serialize};

/// Number of accounts that a machine remembers.
const SEATS: usize = 4;

/// The last accounts that logged on to each machine, each with the last time. What attackers did themselves does not count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sessions(Vec<[(UserId, SimTime); SEATS]>);

impl Sessions {
    /// Forgets everybody.
    pub(crate) fn reset(&mut self, hosts: usize) {
        self.0.clear();
        self.0.resize(hosts, [(UserId::NONE, SimTime::ZERO); SEATS]);
    }

    /// Somebody logged on to a machine.
    pub(crate) fn note(&mut self, host: HostId, user: UserId, time: SimTime) {
        if user == UserId::NONE {
            return;
        }
        let seats = &mut self.0[host.index()];
        let place =
            seats.iter().position(|s| s.0 == user).or_else(|| seats.iter().position(|s| s.0 == UserId::NONE));
        let oldest = || (0..SEATS).min_by_key(|&s| seats[s].1).unwrap_or(0);
        let place = place.unwrap_or_else(oldest);
        let last = if seats[place].0 == user { seats[place].1.max(time) } else { time };
        seats[place] = (user, last);
    }

    /// Accounts that logged on to a machine at or after a time.
    pub fn on(&self, host: HostId, since: SimTime) -> impl Iterator<Item = UserId> + '_ {
        self.0[host.index()].iter().filter(move |s| s.0 != UserId::NONE && s.1 >= since).map(|s| s.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::Duration;

    #[test]
    fn a_machine_remembers_the_last_four_and_when_they_came_last() {
        let at = |minutes| SimTime::ZERO + Duration::from_minutes(minutes);
        let mut sessions = Sessions::default();
        sessions.reset(2);
        for (user, minute) in [(1, 1), (2, 2), (3, 3), (1, 4), (4, 5), (5, 6)] {
            sessions.note(HostId(1), UserId(user), at(minute));
        }
        sessions.note(HostId(1), UserId::NONE, at(7));
        let mut users: Vec<u32> = sessions.on(HostId(1), SimTime::ZERO).map(|u| u.0).collect();
        users.sort_unstable();
        assert_eq!(users, [1, 3, 4, 5]);
        assert_eq!(sessions.on(HostId(1), at(5)).count(), 2);
        assert_eq!(sessions.on(HostId(0), SimTime::ZERO).count(), 0);
    }
}
