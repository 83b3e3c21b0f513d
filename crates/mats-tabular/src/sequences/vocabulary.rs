use crate::templates::Templates;
use mats_models::hash::Fnv;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Events told apart at most.
const MOST: usize = 4000;
/// Bytes of a name from which on only a hash tells it from others: a field of a file may hold megabytes.
const LETTERS: usize = 1000;

/// Events by name, as keys: 0 stands for any event that training did not show, 1 for the end of a session, others for
/// an event each, in the order of their first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    names: Vec<String>,
    keys: BTreeMap<String, u16>,
}

impl Vocabulary {
    /// The key of events that training did not show.
    pub const UNSEEN: u16 = 0;
    /// The key that begins and ends a session.
    pub const END: u16 = 1;
    /// The first key of an event.
    const FIRST: u16 = 2;

    /// The key of an event, which gets one if it has none; events beyond 4,000 are all unseen.
    pub fn learn(&mut self, name: &str) -> u16 {
        let name = truncated(name);
        if let Some(&key) = self.keys.get(&*name) {
            return key;
        }
        if self.names.len() >= MOST {
            return Self::UNSEEN;
        }
        let key = Self::FIRST + self.names.len() as u16;
        self.names.push(name.clone().into_owned());
        self.keys.insert(name.into_owned(), key);
        key
    }

    /// The key of an event.
    pub fn key(&self, name: &str) -> u16 {
        self.keys.get(&*truncated(name)).copied().unwrap_or(Self::UNSEEN)
    }

    /// Returns the name of what a key stands for.
    pub fn name(&self, key: u16) -> &str {
        match key {
            Self::UNSEEN => "an event never seen",
            Self::END => "the end",
            key => self.names.get((key - Self::FIRST) as usize).map_or("?", String::as_str),
        }
    }

    /// Keys in use: all lie below.
    pub fn len(&self) -> usize {
        self.names.len() + Self::FIRST as usize
    }

    /// Tells whether there are no events.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn from_names(names: Vec<String>) -> Vocabulary {
        let keys = names.iter().enumerate().map(|(i, name)| (name.clone(), Self::FIRST + i as u16)).collect();
        Vocabulary { names, keys }
    }
}

/// A name, or its start and a hash of all of it if it is long.
fn truncated(name: &str) -> Cow<'_, str> {
    if name.len() <= LETTERS {
        return name.into();
    }
    let mut hash = Fnv::new();
    hash.write(name.as_bytes());
    let end = (0..=LETTERS).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    let start = &name[..end];
    format!("{start}… {} bytes, {:016x}", name.len(), hash.finish()).into()
}

/// Record of how the training data were read, kept with the model to read others alike. This crate only keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Source of the events.
    pub source: Source,
    /// Names of the columns of a file without a header.
    pub columns: Option<Vec<String>>,
    /// Log to read of a combined one.
    pub stream: Option<String>,
}

/// Source of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A session a line: events with white space between.
    Sessions,
    /// A column of rows; and the column that says whose events they are, all of one if there is none.
    Rows {
        /// The column of the event.
        event: String,
        /// The column of the machine, account or session.
        entity: Option<String>,
    },
    /// Plain lines, of which templates make events; and the pattern before which stands whose they are: the program
    /// that logs, all of one if there is none.
    Lines {
        /// The templates.
        templates: Templates,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_kept_short_and_told_apart() {
        let mut vocabulary = Vocabulary::default();
        let long = |end: &str| format!("{}{end}", "ü".repeat(1 << 20));
        let (a, b) = (vocabulary.learn(&long("a")), vocabulary.learn(&long("b")));
        assert!(a != b && vocabulary.key(&long("a")) == a && vocabulary.learn(&long("b")) == b);
        assert_eq!(vocabulary.key(&long("c")), Vocabulary::UNSEEN);
        assert!(vocabulary.names().iter().all(|name| name.len() < 1100));
        let read = Vocabulary::from_names(vocabulary.names().to_vec());
        assert_eq!(read.key(&long("b")), b);
    }
}
