//! A column, and how it is collected.

use crate::rows::{Field, Value};
use std::collections::BTreeMap;

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; a missing or infinite value is NaN.
    Numeric(Vec<f64>),
    /// Names.
    Categorical(Categories),
}

/// A column of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories {
    /// For each row the position of its name in `names`, or [`Categories::MISSING`].
    pub codes: Vec<u32>,
    /// The names, in the order of their first appearance.
    pub names: Vec<String>,
}

impl Categories {
    /// The code of a missing value.
    pub const MISSING: u32 = u32::MAX;

    /// The name in a row, or `None` when it is missing.
    pub fn name(&self, row: usize) -> Option<&str> {
        self.names.get(self.codes[row] as usize).map(String::as_str)
    }
}

/// Collects names.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) categories: Categories,
    codes: BTreeMap<String, u32>,
    last: u32,
}

impl Names {
    pub(super) fn push(&mut self, name: Option<&str>) {
        let code = name.map_or(Categories::MISSING, |name| self.code(name));
        self.categories.codes.push(code);
    }

    /// The code of a name. Neighbours are often the same.
    pub(super) fn code(&mut self, name: &str) -> u32 {
        if self.categories.names.get(self.last as usize).is_some_and(|last| last == name) {
            return self.last;
        }
        self.last = if let Some(&code) = self.codes.get(name) {
            code
        } else {
            let code = self.categories.names.len() as u32;
            self.categories.names.push(name.to_owned());
            self.codes.insert(name.to_owned(), code);
            code
        };
        self.last
    }

    /// Adds rows without a value, until there are `rows`.
    pub(super) fn fill(&mut self, rows: usize) {
        self.categories.codes.resize(rows, Categories::MISSING);
    }
}

/// What a column has turned out to hold so far.
#[derive(Debug)]
enum State {
    /// Nothing but missing values.
    Empty,
    Numbers(Vec<f64>),
    Names(Names),
    /// Numbers came first and then a name. How the numbers were spelt is gone, so the column is read once more.
    Mixed,
}

/// Collects a column.
#[derive(Debug)]
pub(super) struct Builder {
    state: State,
    rows: usize,
    pub(super) missing: u64,
    pub(super) infinite: u64,
}

impl Builder {
    /// Begins a column; with `names` it holds names whatever comes.
    pub(super) fn new(names: bool) -> Builder {
        let state = if names { State::Names(Names::default()) } else { State::Empty };
        Builder { state, rows: 0, missing: 0, infinite: 0 }
    }

    /// Adds the value of row `row`, counted from 0. Rows that were left out have none.
    pub(super) fn push(&mut self, row: usize, field: Field<'_>) {
        self.fill(row);
        self.rows = row + 1;
        match field.value {
            Value::Missing => {
                self.missing += 1;
                match &mut self.state {
                    State::Numbers(values) => values.push(f64::NAN),
                    State::Names(names) => names.push(None),
                    State::Empty | State::Mixed => {}
                }
            }
            Value::Number(value) => {
                self.infinite += u64::from(value.is_infinite());
                let value = if value.is_infinite() { f64::NAN } else { value };
                match &mut self.state {
                    State::Numbers(values) => values.push(value),
                    State::Names(names) => names.push(Some(field.text)),
                    State::Mixed => {}
                    State::Empty => {
                        let mut values = vec![f64::NAN; row];
                        values.push(value);
                        self.state = State::Numbers(values);
                    }
                }
            }
            Value::Text(text) => match &mut self.state {
                State::Names(names) => names.push(Some(text)),
                State::Numbers(_) => self.state = State::Mixed,
                State::Mixed => {}
                State::Empty => {
                    let mut names = Names::default();
                    names.fill(row);
                    names.push(Some(text));
                    self.state = State::Names(names);
                }
            },
        }
    }

    /// Adds rows without a value, until there are `rows`.
    pub(super) fn fill(&mut self, rows: usize) {
        self.missing += (rows - self.rows) as u64;
        self.rows = rows;
        match &mut self.state {
            State::Numbers(values) => values.resize(rows, f64::NAN),
            State::Names(names) => names.fill(rows),
            State::Empty | State::Mixed => {}
        }
    }

    /// Whether the column has to be read once more, for names.
    pub(super) fn is_mixed(&self) -> bool {
        matches!(self.state, State::Mixed)
    }

    pub(super) fn finish(self) -> Column {
        match self.state {
            State::Empty | State::Mixed => Column::Numeric(vec![f64::NAN; self.rows]),
            State::Numbers(values) => Column::Numeric(values),
            State::Names(names) => Column::Categorical(names.categories),
        }
    }
}
