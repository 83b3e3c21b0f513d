//! Ids that came twice.

use mats_core::random::fnv1a;
use std::collections::{BTreeSet, VecDeque};

/// Number of ids that are remembered.
pub(super) const REMEMBERED: usize = 1 << 16;

/// The last ids, as 64-bit hashes, so that memory does not grow with their length. That two different ones have
/// the same hash is less likely than a fault of the machine, unless somebody contrives it, and then a row is
/// counted wrongly and nothing else.
#[derive(Debug, Default)]
pub(super) struct LastIds {
    order: VecDeque<u64>,
    known: BTreeSet<u64>,
}

impl LastIds {
    /// Remembers an id; says whether it is one of the last.
    pub(super) fn again(&mut self, id: &str) -> bool {
        let hash = fnv1a(id.as_bytes());
        if !self.known.insert(hash) {
            return true;
        }
        self.order.push_back(hash);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        false
    }
}
