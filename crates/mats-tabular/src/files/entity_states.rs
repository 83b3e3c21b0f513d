//! Many machines or accounts, watched at once within bounds.

use crate::sequences::Watch;
use lru::LruCache;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::num::NonZeroUsize;

/// Watches by whose they are. When there are too many, the one whose last event lies furthest back makes room.
#[derive(Debug)]
pub struct EntityStates {
    /// Watches by name, in short.
    watches: LruCache<u64, Watch, BuildHasherDefault<DefaultHasher>>,
    /// Watches that made room.
    evicted: u64,
}

impl EntityStates {
    /// Room for so many watches, at least one.
    pub fn new(most: usize) -> EntityStates {
        let most = NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
        EntityStates { watches: LruCache::with_hasher(most, BuildHasherDefault::default()), evicted: 0 }
    }

    /// The watch of whoever has an event now; one that is unknown, or was forgotten, begins anew.
    pub fn of(&mut self, whose: &str, begin: impl FnOnce() -> Watch) -> &mut Watch {
        let name = short(whose);
        let full = self.watches.len() == self.watches.cap().get();
        self.evicted += u64::from(full && !self.watches.contains(&name));
        self.watches.get_or_insert_mut(name, begin)
    }

    /// Returns how often a watch was forgotten.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

/// A name, which may be megabytes long, as a number: `SipHash`, the same in every run.
pub fn short(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences::{Reading, SequenceParams, Source, Vocabulary};
    use mats_models::lstm::LstmParams;

    #[test]
    fn whoever_was_idle_longest_makes_room_and_begins_anew() {
        let mut vocabulary = Vocabulary::default();
        let session = vec![vocabulary.learn("a"), vocabulary.learn("b")];
        let reading = Reading { source: Source::Sessions, columns: None, stream: None };
        let params = SequenceParams {
            lstm: LstmParams { epochs: 1, ..SequenceParams::lstm(1, 32) },
            ..SequenceParams::default()
        };
        let detector = params.fit(&vec![session; 20], vocabulary, reading, 1).unwrap();
        let (mut watched, mut begun) = (EntityStates::new(3), Vec::new());
        for whose in ["a", "b", "c", "a", "d", "b", "d", "a"] {
            watched.of(whose, || {
                begun.push(whose);
                detector.watch()
            });
        }
        // d takes b's place, then b takes c's; a was never idle longest.
        assert_eq!((begun.join(""), watched.evicted()), ("abcdb".to_owned(), 2));
    }
}
