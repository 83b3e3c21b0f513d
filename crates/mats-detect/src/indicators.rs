//! Indicators of compromise from feeds: a table that is asked once or twice per flow.

use mats_core::telemetry::{Addr, Indicator, Pattern};
use mats_core::{DomainId, SimTime};
use mats_models::hash::scatter;

/// Slots to begin with; doubles when half full and is kept between episodes.
const CAPACITY: usize = 1024;

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Pattern as a number; 0 is empty.
    key: u64,
    until: SimTime,
    confidence: f32,
}

const EMPTY: Slot = Slot { key: 0, until: SimTime::ZERO, confidence: 0.0 };

/// Known indicators, by open addressing with linear probing.
#[derive(Debug, Clone)]
pub(crate) struct Indicators {
    slots: Vec<Slot>,
    used: usize,
}

fn address_key(a: Addr) -> u64 {
    1 << 32 | u64::from(a.0)
}

fn domain_key(d: DomainId) -> u64 {
    2 << 32 | u64::from(d.0)
}

impl Indicators {
    pub(crate) fn new() -> Indicators {
        Indicators { slots: vec![EMPTY; CAPACITY], used: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill(EMPTY);
        self.used = 0;
    }

    /// Takes an entry of a feed. A later entry about the same pattern replaces the earlier.
    pub(crate) fn learn(&mut self, indicator: &Indicator) {
        let key = match indicator.pattern {
            Pattern::Address(a) => address_key(a),
            Pattern::Domain(d) => domain_key(d),
        };
        if 2 * (self.used + 1) > self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![EMPTY; old.len() * 2];
            for slot in old.into_iter().filter(|s| s.key != 0) {
                let at = self.find(slot.key);
                self.slots[at] = slot;
            }
        }
        let at = self.find(key);
        self.used += usize::from(self.slots[at].key == 0);
        let confidence = f32::from(indicator.confidence.min(100)) / 100.0;
        self.slots[at] = Slot { key, until: indicator.valid_until, confidence };
    }

    /// Confidence in [0, 1] that an outside address or domain is malicious, by the entries valid now.
    #[inline]
    pub(crate) fn confidence(&self, peer: Addr, domain: DomainId, now: SimTime) -> f32 {
        if self.used == 0 {
            return 0.0;
        }
        let by_address = self.look(address_key(peer), now);
        if domain == DomainId::NONE { by_address } else { by_address.max(self.look(domain_key(domain), now)) }
    }

    fn look(&self, key: u64, now: SimTime) -> f32 {
        let slot = &self.slots[self.find(key)];
        if slot.key == key && now <= slot.until { slot.confidence } else { 0.0 }
    }

    /// The slot of a key, or the empty one where it belongs.
    fn find(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (scatter(key) >> 20) as usize & mask;
        while self.slots[at].key != 0 && self.slots[at].key != key {
            at = (at + 1) & mask;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pattern: Pattern, confidence: u8, until: u64) -> Indicator {
        Indicator { pattern, confidence, valid_until: SimTime(until) }
    }

    #[test]
    fn indicators_match_by_address_or_domain_until_they_expire() {
        let mut table = Indicators::new();
        table.learn(&entry(Pattern::Address(Addr(7)), 60, 100));
        table.learn(&entry(Pattern::Domain(DomainId(3)), 90, 50));
        let ask = |a, d, t| table.confidence(Addr(a), DomainId(d), SimTime(t));
        assert_eq!(ask(7, 0, 10), 0.6);
        assert_eq!(ask(7, 3, 10), 0.9);
        assert_eq!(ask(7, 3, 60), 0.6);
        assert_eq!(ask(7, 3, 101), 0.0);
        assert_eq!(ask(8, 4, 10), 0.0);
    }

    #[test]
    fn table_grows_and_forgets_nothing() {
        let mut table = Indicators::new();
        for i in 0..5000 {
            table.learn(&entry(Pattern::Address(Addr(i * 977)), 100, 10));
        }
        assert!((0..5000).all(|i| table.confidence(Addr(i * 977), DomainId::NONE, SimTime(5)) == 1.0));
        assert_eq!(table.confidence(Addr(1), DomainId::NONE, SimTime(5)), 0.0);
        table.clear();
        assert_eq!(table.confidence(Addr(977), DomainId::NONE, SimTime(5)), 0.0);
    }
}
