//! One machine's counters, and the row made of them.

use super::beacons::Beacons;
use super::columns as col;
use super::distinct::{Distinct, epoch};
use super::{FEATURES, FeatureRow, Suspects};
use mats_core::SimTime;
use mats_models::maths::exp;

/// Counters with a time constant of two minutes.
pub(super) mod fast {
    pub const OUT: usize = 0;
    pub const IN: usize = 1;
    pub const FAILED: usize = 2;
    pub const FILES: usize = 3;
    pub const COUNT: usize = 4;
}

/// Counters with a time constant of half an hour.
pub(super) mod slow {
    pub const ADMIN_OUT: usize = 0;
    pub const ADMIN_IN: usize = 1;
    pub const SENT: usize = 2;
    pub const OUTSIDE: usize = 3;
    pub const RARE: usize = 4;
    pub const SHARED: usize = 5;
    pub const FAILED_LOGINS: usize = 6;
    pub const FAILED_LOGINS_OUT: usize = 7;
    pub const LOGINS_IN: usize = 8;
    pub const DISPLACED_IN: usize = 9;
    pub const PRIVILEGES: usize = 10;
    pub const SCRIPTS: usize = 11;
    pub const ODD_PARENTS: usize = 12;
    pub const REMOTE: usize = 13;
    pub const DISCOVERY: usize = 14;
    pub const RARE_TOOLS: usize = 15;
    pub const ARCHIVES: usize = 16;
    pub const DELETED: usize = 17;
    pub const PERSISTENCE: usize = 18;
    pub const EVASION: usize = 19;
    pub const DISPLACED_OUT: usize = 20;
    /// Confidence of matched indicators; not a feature but a model of its own.
    pub const INDICATOR: usize = 21;
    pub const FOREIGN: usize = 22;
    pub const COUNT: usize = 24;
}

/// Sets of different things.
pub(super) mod set {
    pub const PEERS: usize = 0;
    pub const ACCOUNTS: usize = 1;
    pub const TARGETS: usize = 2;
    pub const COUNT: usize = 3;
}

/// Half an hour in microseconds; two minutes is exactly a fifteenth of it.
const SLOW_RATE: f32 = 1.0 / 1.8e9;

/// Returns the shares left of the slow and of the fast counters after some microseconds: one exponential for both.
#[inline]
fn left(elapsed: u64) -> (f32, f32) {
    let slow = exp(-(elapsed as f32) * SLOW_RATE);
    let (s2, s4) = (slow * slow, slow * slow * slow * slow);
    (slow, slow * s2 * s4 * (s4 * s4))
}

#[derive(Debug, Clone)]
#[repr(align(64))]
pub(super) struct HostWindow {
    pub fast: [f32; fast::COUNT],
    pub slow: [f32; slow::COUNT],
    pub sets: [Distinct; set::COUNT],
    touched: SimTime,
    epoch: u32,
    /// Asset class, 0 to 1.
    pub asset: f32,
    pub beacons: Beacons,
    pub suspects: Suspects,
}

impl HostWindow {
    pub(super) fn new(asset: f32, suspects: Suspects) -> HostWindow {
        HostWindow {
            fast: [0.0; fast::COUNT],
            slow: [0.0; slow::COUNT],
            sets: [Distinct::default(); set::COUNT],
            touched: SimTime::ZERO,
            epoch: 0,
            asset,
            beacons: Beacons::default(),
            suspects,
        }
    }

    /// Lets the counters decay up to now. Times before the last touch count as the last touch.
    #[inline]
    pub(super) fn touch(&mut self, now: SimTime) {
        let elapsed = now.since(self.touched).0;
        if elapsed == 0 {
            return;
        }
        self.touched = now;
        let (s, f) = left(elapsed);
        self.slow.iter_mut().for_each(|c| *c *= s);
        self.fast.iter_mut().for_each(|c| *c *= f);
        let present = epoch(now);
        if present != self.epoch {
            self.sets.iter_mut().for_each(|set| set.turn(present - self.epoch));
            self.epoch = present;
        }
    }

    /// Confidence of the indicators matched, decayed, in [0, 1].
    pub(super) fn indicator(&self, now: SimTime) -> f32 {
        let c = self.slow[slow::INDICATOR];
        if c == 0.0 { 0.0 } else { c * left(now.since(self.touched).0).0 }
    }

    /// The row as of now. `hour` is the time of day in [0, 24).
    pub(super) fn row(&self, now: SimTime, hour: f32, estimates: &[f32; 65], row: &mut FeatureRow) {
        let (s, f) = left(now.since(self.touched).0);
        let passed = epoch(now).saturating_sub(self.epoch);
        let slow = |c: usize| self.slow[c] * s;
        let fast = |c: usize| self.fast[c] * f;
        let count = |c: usize| estimates[self.sets[c].ones(passed)];
        let log = |x: f32| libm::log2f(1.0 + x);
        let share = |part: f32, whole: f32| if whole > 1e-3 { (part / whole).min(1.0) } else { 0.0 };
        *row = [0.0; FEATURES];
        row[col::FLOWS_OUT] = fast(fast::OUT);
        row[col::FLOWS_IN] = fast(fast::IN);
        row[col::FAILED_FLOWS] = fast(fast::FAILED);
        row[col::INTERNAL_PEERS] = count(set::PEERS);
        row[col::FOREIGN_PROCESSES] = slow(slow::FOREIGN);
        row[col::ADMIN_OUT] = slow(slow::ADMIN_OUT);
        row[col::ADMIN_IN] = slow(slow::ADMIN_IN);
        row[col::SENT] = log(slow(slow::SENT));
        row[col::SHARED] = slow(slow::SHARED);
        row[col::RARE_SHARE] = share(self.slow[slow::RARE], self.slow[slow::OUTSIDE]);
        row[col::BEACON] = self.beacons.regularity(now);
        row[col::DISPLACED_OUT] = slow(slow::DISPLACED_OUT);
        row[col::FAILED_LOGINS] = slow(slow::FAILED_LOGINS);
        row[col::FAILED_LOGINS_OUT] = slow(slow::FAILED_LOGINS_OUT);
        row[col::ACCOUNTS] = count(set::ACCOUNTS);
        row[col::LOGINS_IN] = slow(slow::LOGINS_IN);
        row[col::LOGIN_TARGETS] = count(set::TARGETS);
        row[col::DISPLACED_IN] = slow(slow::DISPLACED_IN);
        row[col::PRIVILEGES] = slow(slow::PRIVILEGES);
        row[col::SCRIPTS] = slow(slow::SCRIPTS);
        row[col::ODD_PARENTS] = slow(slow::ODD_PARENTS);
        row[col::REMOTE_EXECUTION] = slow(slow::REMOTE);
        row[col::DISCOVERY] = slow(slow::DISCOVERY);
        row[col::RARE_TOOLS] = slow(slow::RARE_TOOLS);
        row[col::ARCHIVES] = slow(slow::ARCHIVES);
        row[col::ASSET] = self.asset;
        row[col::FILES] = log(fast(fast::FILES));
        row[col::DELETED] = log(slow(slow::DELETED));
        row[col::PERSISTENCE] = slow(slow::PERSISTENCE);
        row[col::EVASION] = slow(slow::EVASION);
        row[col::NEW_PLACE] = self.beacons.newest(now);
        row[col::NIGHT] = 0.5 + 0.5 * libm::cosf((hour - 1.0) * (std::f32::consts::PI / 12.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_decay_with_their_time_constants() {
        for minutes in [0.01_f64, 1.0, 7.0, 45.0] {
            let (s, f) = left((minutes * 6e7) as u64);
            assert!((f64::from(s) - (-minutes / 30.0).exp()).abs() < 1e-5);
            assert!((f64::from(f) - (-minutes / 2.0).exp()).abs() < 1e-5);
        }
    }
}
