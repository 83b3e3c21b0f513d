//! One row: values by column, in buffers that are used again.

use std::ops::Range;

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// None: the field is absent, or says so.
    Missing,
    /// A number, maybe infinite, never NaN.
    Number(f64),
    /// Text.
    Text(&'a str),
}

/// A field of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field<'a> {
    /// Number of the column.
    pub column: usize,
    /// Value of the field.
    pub value: Value<'a>,
    /// Value as text: of a number as it is spelt in the file, of none empty.
    pub text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Missing,
    Number(f64),
    Text,
}

/// A field, its text as a range of the row's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) column: u32,
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Number of the outermost array it stands in, counted from 1 in each row; 0 outside.
    pub(super) array: u32,
}

/// One row. Its memory is used again by the next, so keep one and hand it to every call.
#[derive(Debug, Default)]
pub struct Row {
    /// The line it begins in, from 1.
    pub line: u64,
    /// Position in the file at which that line begins, in bytes.
    pub offset: u64,
    pub(super) text: String,
    pub(super) cells: Vec<Cell>,
    /// Row that had each column last, by `stamp`, and its cell in that row.
    slots: Vec<(u64, u32)>,
    stamp: u64,
    pub(super) time: Option<f64>,
    /// True if some column has several cells, which [`Row::gather`] makes one.
    scattered: bool,
    /// The cell that came last.
    pub(super) latest: usize,
    /// True if a value was replaced by a later one.
    pub(super) repeated: bool,
}

impl Row {
    /// A row without fields.
    pub fn new() -> Row {
        Row::default()
    }

    /// Number of fields, missing ones among them.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Tells whether it has no field.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The value in a column; [`Value::Missing`] where the row has no such field.
    pub fn get(&self, column: usize) -> Value<'_> {
        self.cell(column).map_or(Value::Missing, |cell| self.value(cell))
    }

    /// The value in a column as text: of a number as it is spelt in the file; `None` where there is no value.
    pub fn text(&self, column: usize) -> Option<&str> {
        self.cell(column)
            .filter(|cell| cell.kind != Kind::Missing)
            .map(|cell| &self.text[cell.start..cell.end])
    }

    /// Iterates over the fields, in no certain order, each column at most once.
    pub fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.cells.iter().map(|cell| Field {
            column: cell.column as usize,
            value: self.value(cell),
            text: &self.text[cell.start..cell.end],
        })
    }

    /// Value of the time column, in seconds, see [`super::seconds`]; `None` without such a column or a time.
    pub fn time(&self) -> Option<f64> {
        self.time
    }

    fn value(&self, cell: &Cell) -> Value<'_> {
        match cell.kind {
            Kind::Missing => Value::Missing,
            Kind::Number(number) => Value::Number(number),
            Kind::Text => Value::Text(&self.text[cell.start..cell.end]),
        }
    }

    fn cell(&self, column: usize) -> Option<&Cell> {
        let &(stamp, at) = self.slots.get(column)?;
        if stamp == self.stamp { self.cells.get(at as usize) } else { None }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
        self.stamp += 1;
        self.time = None;
        self.scattered = false;
        self.repeated = false;
    }

    /// Adds a field whose text has been appended. Of a column that the row has already it does so only within one
    /// array, and says `false` otherwise.
    pub(super) fn push(&mut self, column: u32, kind: Kind, text: Range<usize>, array: u32) -> bool {
        let at = column as usize;
        if self.slots.len() <= at {
            self.slots.resize(at + 1, (0, 0));
        }
        let slot = &mut self.slots[at];
        if slot.0 == self.stamp {
            if array == 0 || self.cells[slot.1 as usize].array != array {
                return false;
            }
            self.scattered = true;
        }
        *slot = (self.stamp, self.cells.len() as u32);
        self.latest = self.cells.len();
        self.cells.push(Cell { column, kind, start: text.start, end: text.end, array });
        true
    }

    /// Puts a field in the place of what a column of the row held before. Cells of an array that it replaces stay until
    /// [`Row::gather`], which knows them by their array.
    pub(super) fn replace(&mut self, column: u32, kind: Kind, text: Range<usize>, array: u32) {
        self.latest = self.slots[column as usize].1 as usize;
        let cell = &mut self.cells[self.latest];
        self.scattered |= cell.array != 0;
        *cell = Cell { column, kind, start: text.start, end: text.end, array };
        self.repeated = true;
    }

    /// Joins the cells of each column with commas; of values that came again, the last. Sorting keeps this quick for any number of them.
    pub(super) fn gather(&mut self) {
        if !std::mem::take(&mut self.scattered) {
            return;
        }
        self.cells.sort_unstable_by_key(|cell| (cell.column, cell.start, cell.end));
        let (mut kept, mut at) = (0, 0);
        while at < self.cells.len() {
            let mut cell = self.cells[at];
            let run = self.cells[at..].iter().take_while(|other| other.column == cell.column).count();
            let last = self.cells[at + run - 1];
            let of_last = |other: &Cell| other.array == last.array;
            if self.cells[at..at + run].iter().filter(|other| of_last(other)).count() == 1 {
                cell = last;
            } else {
                let start = self.text.len();
                for i in at..at + run {
                    let Cell { kind, start: from, end: to, .. } = self.cells[i];
                    if kind != Kind::Missing && of_last(&self.cells[i]) {
                        if self.text.len() > start {
                            self.text.push(',');
                        }
                        self.text.extend_from_within(from..to);
                    }
                }
                let kind = if self.text.len() > start { Kind::Text } else { Kind::Missing };
                cell = Cell { kind, start, end: self.text.len(), ..cell };
            }
            self.slots[cell.column as usize] = (self.stamp, kept as u32);
            self.cells[kept] = cell;
            kept += 1;
            at += run;
        }
        self.cells.truncate(kept);
    }
}
