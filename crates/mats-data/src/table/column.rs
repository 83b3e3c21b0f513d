//! A column, and how it is collected.

use crate::rows::{Field, Value, is_no_number};
use crate::text::shown;
use std::collections::BTreeMap;

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers, perhaps infinite; a missing value is NaN.
    Numeric(Vec<f64>),
    /// Names.
    Categorical(Categories),
}

/// A column of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories {
    /// Position in `names` of each row's name, or [`Categories::MISSING`].
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

impl Column {
    /// Leaves rows out.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        match self {
            Column::Numeric(numbers) => retain(numbers, keep),
            Column::Categorical(names) => retain(&mut names.codes, keep),
        }
    }

    /// Counts the values that are missing, and those that are infinite.
    pub(super) fn odd(&self) -> (u64, u64) {
        let count = |odd: usize| odd as u64;
        match self {
            Column::Numeric(numbers) => (
                count(numbers.iter().filter(|x| x.is_nan()).count()),
                count(numbers.iter().filter(|x| x.is_infinite()).count()),
            ),
            Column::Categorical(names) => {
                (count(names.codes.iter().filter(|&&code| code == Categories::MISSING).count()), 0)
            }
        }
    }
}

/// Keeps the values of the rows that are to be kept.
pub(super) fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    values.retain(|_| keep.next() == Some(&true));
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

/// Type of what a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Numbers.
    Numbers,
    /// Names.
    Names,
}

/// Values of a column so far, collected as what its first value is.
#[derive(Debug)]
enum State {
    /// Nothing but missing values.
    Empty,
    Numbers(Vec<f64>),
    Names(Names),
}

/// One text among so many values, or more, makes names of a column of numbers.
const STRAY: u64 = 100;

/// Collects a column.
#[derive(Debug)]
pub(super) struct Builder {
    state: State,
    known: Option<Type>,
    rows: usize,
    pub(super) missing: u64,
    pub(super) infinite: u64,
    numbers: u64,
    /// Values that are neither numbers nor say that there is none.
    texts: u64,
    /// The row of the first, and what it says.
    first_text: Option<(usize, String)>,
}

impl Builder {
    /// Begins a column, which holds what is known of it whatever comes.
    pub(super) fn new(known: Option<Type>) -> Builder {
        let state = match known {
            Some(Type::Names) => State::Names(Names::default()),
            Some(Type::Numbers) => State::Numbers(Vec::new()),
            None => State::Empty,
        };
        let (rows, missing, infinite, numbers, texts) = (0, 0, 0, 0, 0);
        Builder { state, known, rows, missing, infinite, numbers, texts, first_text: None }
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
                    State::Empty => {}
                }
            }
            Value::Number(value) => {
                self.numbers += 1;
                self.infinite += u64::from(value.is_infinite());
                match &mut self.state {
                    State::Numbers(values) => values.push(value),
                    State::Names(names) => names.push(Some(field.text)),
                    State::Empty => {
                        let mut values = vec![f64::NAN; row];
                        values.push(value);
                        self.state = State::Numbers(values);
                    }
                }
            }
            Value::Text(text) => {
                if !is_no_number(text) {
                    self.texts += 1;
                    self.first_text.get_or_insert_with(|| (row, shown(text)));
                }
                match &mut self.state {
                    State::Names(names) => names.push(Some(text)),
                    State::Numbers(values) => {
                        self.missing += 1;
                        values.push(f64::NAN);
                    }
                    State::Empty => {
                        let mut names = Names::default();
                        names.fill(row);
                        names.push(Some(text));
                        self.state = State::Names(names);
                    }
                }
            }
        }
    }

    /// Adds rows without a value, until there are `rows`.
    pub(super) fn fill(&mut self, rows: usize) {
        self.missing += (rows - self.rows) as u64;
        self.rows = rows;
        match &mut self.state {
            State::Numbers(values) => values.resize(rows, f64::NAN),
            State::Names(names) => names.fill(rows),
            State::Empty => {}
        }
    }

    /// Returns what the column has to be read once more for: it was collected as what its first value is, and how
    /// numbers were spelt is gone.
    pub(super) fn again(&self) -> Option<Type> {
        let numbers = self.numbers > 0 && self.texts * STRAY < self.numbers + self.texts;
        match &self.state {
            State::Numbers(_) if self.known.is_none() && !numbers => Some(Type::Names),
            State::Names(_) if self.known.is_none() && numbers => Some(Type::Numbers),
            _ => None,
        }
    }

    /// Returns of a column that holds mostly numbers how many values are none, the row of the first, what it says, and
    /// whether all are names.
    pub(super) fn strays(&self) -> Option<(u64, usize, &str, bool)> {
        let (row, text) = self.first_text.as_ref()?;
        let names = matches!(self.state, State::Names(_));
        (!names || self.numbers > self.texts).then_some((self.texts, *row, text, names))
    }

    pub(super) fn finish(self) -> Column {
        match self.state {
            State::Empty => Column::Numeric(vec![f64::NAN; self.rows]),
            State::Numbers(values) => Column::Numeric(values),
            State::Names(names) => Column::Categorical(names.categories),
        }
    }
}
