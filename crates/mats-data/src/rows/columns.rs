//! The names of columns, numbered as they first appear.

use std::collections::BTreeMap;

/// Stands for a column beyond the most.
pub(super) const NONE: u32 = u32::MAX;

/// The longest name of a column that comes with rows, in bytes: else a few lines could fill the memory with names.
pub(super) const MAX_NAME: usize = 512;

/// The columns of a file so far.
#[derive(Debug)]
pub(super) struct Columns {
    names: Vec<String>,
    numbers: BTreeMap<String, u32>,
    /// Column that came last after each column: rows are alike, and comparing one name is quicker than a
    /// search. The last entry is for the first column of a row.
    after: Vec<u32>,
    first: u32,
    most: usize,
}

impl Columns {
    pub(super) fn new(most: usize) -> Columns {
        Columns { names: Vec::new(), numbers: BTreeMap::new(), after: Vec::new(), first: 0, most }
    }

    /// The most there may be.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).map(|&number| number as usize)
    }

    /// The column of a name, a new one if need be; [`NONE`] when there are too many. `before` is the column of the
    /// field before, [`NONE`] at the start of a row.
    pub(super) fn number(&mut self, name: &str, before: u32) -> u32 {
        let guess = *self.after.get(before as usize).unwrap_or(&self.first);
        if self.names.get(guess as usize).is_some_and(|known| known == name) {
            return guess;
        }
        let number = if let Some(&number) = self.numbers.get(name) {
            number
        } else if self.names.len() < self.most {
            let number = self.names.len() as u32;
            self.names.push(name.to_owned());
            self.numbers.insert(name.to_owned(), number);
            self.after.push(number + 1);
            number
        } else {
            return NONE;
        };
        *self.after.get_mut(before as usize).unwrap_or(&mut self.first) = number;
        number
    }

    /// Forgets the columns that a row brought which turned out bad.
    pub(super) fn truncate(&mut self, len: usize) {
        for name in self.names.drain(len..) {
            self.numbers.remove(&name);
        }
        self.after.truncate(len);
    }
}
