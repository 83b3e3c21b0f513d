//! One row of CSV with quotes → its fields.

use super::row::Row;
use super::row_error::RowError;
use super::{ReadOutcome, decode};
use csv_core::ReadRecordResult;

/// A field that no column is for.
pub(super) const IGNORED: u32 = u32::MAX;

/// Splits a row that is fed to it line by line.
pub(super) struct Splitter {
    core: csv_core::Reader,
    fields: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
    /// Fields whose ends were not kept, as there are too many.
    over: usize,
    /// True if the row is bad whatever comes, so that only its end matters and nothing of it is kept.
    passing: bool,
    /// Where in the row the text is, and the line without blanks before quotes.
    place: Place,
    bare: Vec<u8>,
}

/// Place in a row of CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first character of a field that is no blank.
    Start,
    /// In a field without quotes, in which they are like any other character.
    Open,
    /// Right behind the quote that closes a field, unless another one follows.
    Closed,
    /// Between quotes.
    Quoted,
}

impl Splitter {
    /// A splitter of rows of `width` fields.
    pub(super) fn new(width: usize) -> Splitter {
        // Lines were split before, so a carriage return within one is like any other character.
        let core = csv_core::ReaderBuilder::new().terminator(csv_core::Terminator::Any(b'\n')).build();
        let (fields, ends) = (vec![0; 1024], vec![0; width + 1]);
        Splitter {
            core,
            fields,
            written: 0,
            ends,
            ended: 0,
            over: 0,
            passing: false,
            place: Place::Start,
            bare: Vec::new(),
        }
    }

    /// Begins a row.
    pub(super) fn begin(&mut self) {
        self.core.reset();
        (self.written, self.ended, self.over, self.passing) = (0, 0, 0, false);
        self.place = Place::Start;
    }

    /// Keeps nothing of the row from here on.
    pub(super) fn pass(&mut self) {
        self.passing = true;
    }

    /// Goes on with a line; says whether the row ends with it.
    pub(super) fn feed(&mut self, line: &str) -> bool {
        if self.passing {
            return self.feed_bytes(line.as_bytes()) || self.feed_bytes(b"\n");
        }
        let mut bare = std::mem::take(&mut self.bare);
        self.strip(line.as_bytes(), &mut bare);
        let ended = self.feed_bytes(&bare) || self.feed_bytes(b"\n");
        self.bare = bare;
        ended
    }

    /// Leaves out blanks between a comma and a quote: the quote was meant to begin the field, and what stands in it, lines that
    /// look like rows among it, is its text.
    fn strip(&mut self, line: &[u8], bare: &mut Vec<u8>) {
        bare.clear();
        let mut blanks = 0;
        for &byte in line {
            match (self.place, byte) {
                (Place::Start, b' ' | b'\t') => {
                    blanks += 1;
                    bare.push(byte);
                    continue;
                }
                (Place::Start, b'"') => {
                    bare.truncate(bare.len() - blanks);
                    self.place = Place::Quoted;
                }
                (Place::Start | Place::Open | Place::Closed, b',') => self.place = Place::Start,
                // A doubled quote closes and opens again.
                (Place::Quoted, b'"') => self.place = Place::Closed,
                (Place::Closed, b'"') => self.place = Place::Quoted,
                (Place::Start | Place::Closed, _) => self.place = Place::Open,
                (Place::Open | Place::Quoted, _) => {}
            }
            blanks = 0;
            bare.push(byte);
        }
    }

    /// Goes on with a piece; says whether the row ends with it.
    pub(super) fn feed_bytes(&mut self, mut input: &[u8]) -> bool {
        while !input.is_empty() {
            if self.passing {
                (self.written, self.ended) = (0, 0);
            }
            let (output, ends) = (&mut self.fields[self.written..], &mut self.ends[self.ended..]);
            let (result, read, written, ended) = self.core.read_record(input, output, ends);
            input = &input[read..];
            self.written += written;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.passing => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {
                    self.over += self.ended;
                    self.ended = 0;
                }
                ReadRecordResult::Record | ReadRecordResult::End => return true,
            }
        }
        false
    }

    /// Puts the fields into a row, each into its column.
    pub(super) fn fill_row(&self, order: &[u32], row: &mut Row) -> ReadOutcome {
        let width = order.len();
        let found = self.over + self.ended;
        if self.over == 0 && found <= width {
            let mut start = 0;
            for (&column, &end) in order.iter().zip(&self.ends[..found]) {
                // Cut at commas, text stays UTF-8.
                let field = str::from_utf8(&self.fields[start..end]).unwrap_or_default().trim();
                let from = row.text.len();
                row.text.push_str(field);
                push(row, column, field, from);
                start = end;
            }
        }
        if found == width {
            ReadOutcome::Row
        } else {
            ReadOutcome::Bad(RowError::Fields { found, expected: width })
        }
    }
}

/// Adds a field whose text stands in the row already.
pub(super) fn push(row: &mut Row, column: u32, field: &str, start: usize) {
    if column == IGNORED {
        return;
    }
    row.push(column, decode::untyped(field), start..start + field.len(), 0);
}
