//! Which outside places are rare in the organisation: a fixed table of 4,096 places, two to a bucket.

use mats_core::{DomainId, HostId, SimTime, telemetry::Addr};
use mats_models::hash::scatter;

const BUCKETS: usize = 2048;

/// A domain where one is known, else an address, as one number; never 0.
#[inline]
pub(super) fn place(peer: Addr, domain: DomainId) -> u32 {
    if domain == DomainId::NONE { peer.0 | 1 << 31 } else { domain.0 & !(1 << 31) }
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    key: u32,
    /// Address of the place, as last seen.
    peer: Addr,
    /// Machine that was there last.
    host: u32,
    /// Machines that were there, hashed to 64 bits.
    visitors: u64,
    first: SimTime,
    last: SimTime,
}

/// Familiarity of a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fame {
    /// Machines that were there, up to 64.
    pub visitors: u32,
    /// Hours since the first of them was.
    pub age: f32,
}

/// The table.
#[derive(Debug, Clone)]
pub(super) struct Destinations(Box<[[Place; 2]]>);

impl Destinations {
    pub(super) fn new() -> Destinations {
        Destinations(vec![[Place::default(); 2]; BUCKETS].into_boxed_slice())
    }

    pub(super) fn clear(&mut self) {
        self.0.fill([Place::default(); 2]);
    }

    /// Notes a visit; how well known the place is, this visit included.
    #[inline]
    pub(super) fn visit(&mut self, key: u32, peer: Addr, host: HostId, now: SimTime) -> Fame {
        let bucket = &mut self.0[bucket(key)];
        let slot = if bucket[0].key == key {
            0
        } else if bucket[1].key == key {
            1
        } else {
            // The place that fewer machines know makes room.
            let slot = usize::from(bucket[1].visitors.count_ones() < bucket[0].visitors.count_ones());
            bucket[slot] = Place { key, first: now, ..Place::default() };
            slot
        };
        let place = &mut bucket[slot];
        place.host = host.0;
        place.peer = peer;
        place.last = now;
        place.visitors |= 1 << (scatter(u64::from(host.0)) >> 58);
        Fame { visitors: place.visitors.count_ones(), age: now.since(place.first).0 as f32 * (1.0 / 3.6e9) }
    }

    /// The machine that was at a domain last, and when.
    pub(super) fn last_visit(&self, domain: DomainId) -> Option<(HostId, SimTime)> {
        let key = place(Addr(0), domain);
        let place = self.0[bucket(key)].iter().find(|p| p.key == key)?;
        Some((HostId(place.host), place.last))
    }

    /// The machine that was at an address last, and when. Searches the whole table: for the rare entries of feeds only.
    pub(super) fn last_visit_to(&self, peer: Addr) -> Option<(HostId, SimTime)> {
        let places = self.0.iter().flatten().filter(|p| p.key != 0 && p.peer == peer);
        places.max_by_key(|p| p.last).map(|p| (HostId(p.host), p.last))
    }
}

#[inline]
fn bucket(key: u32) -> usize {
    (scatter(u64::from(key)) >> 53) as usize & (BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_grows_old_and_known() {
        let mut table = Destinations::new();
        let hours = |h: u32| SimTime(u64::from(h) * 3_600_000_000);
        for h in 0..5 {
            let fame = table.visit(77, Addr(9), HostId(h), hours(h));
            assert_eq!(fame, Fame { visitors: h + 1, age: h as f32 });
        }
        assert_eq!(table.last_visit(DomainId(77)), Some((HostId(4), hours(4))));
        assert_eq!(table.last_visit_to(Addr(9)), Some((HostId(4), hours(4))));
        assert_eq!((table.last_visit(DomainId(78)), table.last_visit_to(Addr(8))), (None, None));
    }
}
