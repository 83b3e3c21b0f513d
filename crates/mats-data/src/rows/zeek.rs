//! Rows of Zeek's tab-separated logs. Several logs in one file, each with its headers, are read one after the other.

use super::columns::{Columns, MAX_NAME, NONE};
use super::row::{Kind, Row};
use super::row_error::RowError;
use super::{ReadOutcome, decode};

/// What stands between the last columns of logs that were labelled by hand, as those of IoT-23 were: not the separator.
const BLANKS: &str = "   ";

/// Reads the lines of one or several logs.
pub(super) struct ZeekTsv {
    separator: String,
    set_separator: String,
    empty: String,
    unset: String,
    /// The log's name, from `#path`.
    pub(super) path: String,
    fields: Vec<Field>,
    /// True if the names of the last columns have [`BLANKS`] between them, and so may their values.
    blanks: bool,
    /// True if rows cannot be read, since the last `#fields`.
    broken: bool,
    scratch: Vec<u8>,
}

struct Field {
    column: u32,
    kind: Type,
}

/// Type of what a field of a log may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    /// There is no `#types` line.
    Unknown,
    Number,
    Bool,
    List,
    Text,
}

impl Type {
    fn new(name: &str) -> Type {
        match name {
            "count" | "int" | "double" | "time" | "interval" | "port" => Type::Number,
            "bool" => Type::Bool,
            _ if name.starts_with("set[") || name.starts_with("vector[") || name.starts_with("table[") => {
                Type::List
            }
            _ => Type::Text,
        }
    }
}

impl Default for ZeekTsv {
    fn default() -> ZeekTsv {
        ZeekTsv {
            separator: "\t".to_owned(),
            set_separator: ",".to_owned(),
            empty: "(empty)".to_owned(),
            unset: "-".to_owned(),
            path: String::new(),
            fields: Vec::new(),
            blanks: false,
            broken: true,
            scratch: Vec::new(),
        }
    }
}

/// Titles of the lines of a header.
const HEADERS: [&str; 9] = [
    "#separator",
    "#set_separator",
    "#empty_field",
    "#unset_field",
    "#path",
    "#open",
    "#close",
    "#fields",
    "#types",
];

impl ZeekTsv {
    /// Reads a line: a header, or a row. Says how many values were dropped.
    pub(super) fn read(&mut self, line: &str, columns: &mut Columns, row: &mut Row) -> (ReadOutcome, u64) {
        // A field may begin so, too: what has as many as a row, and is no header, is one.
        let is_row = || {
            let title = line.split(self.separator.as_str()).next().unwrap_or_default();
            !self.broken
                && self.fields.len() > 2
                && !HEADERS.contains(&title)
                && split(line, &self.separator, false).count() == self.fields.len()
        };
        if line.starts_with('#') && !is_row() {
            let found =
                self.header(line, columns, row).map_or_else(ReadOutcome::Bad, |()| ReadOutcome::Nothing);
            return (found, 0);
        }
        if self.broken {
            return (ReadOutcome::Bad(RowError::NoHeader), 0);
        }
        let expected = self.fields.len();
        let mut blanks = false;
        let mut found = split(line, &self.separator, blanks).count();
        if found != expected && self.blanks {
            blanks = true;
            found = split(line, &self.separator, blanks).count();
        }
        if found != expected {
            return (ReadOutcome::Bad(RowError::Fields { found, expected }), 0);
        }
        let mut dropped = 0;
        for (field, text) in self.fields.iter().zip(split(line, &self.separator, blanks)) {
            if field.column == NONE {
                dropped += 1;
                continue;
            }
            let start = row.text.len();
            let missing = text.is_empty() || text == self.unset || text == self.empty;
            let kind = if missing {
                Kind::Missing
            } else {
                match field.kind {
                    Type::Bool => row.text.push_str(match text {
                        "T" => "true",
                        "F" => "false",
                        other => other,
                    }),
                    Type::List => {
                        for (i, part) in text.split(self.set_separator.as_str()).enumerate() {
                            if i > 0 {
                                row.text.push(',');
                            }
                            unescape(part, &mut row.text, &mut self.scratch);
                        }
                    }
                    _ => unescape(text, &mut row.text, &mut self.scratch),
                }
                match field.kind {
                    Type::Number => decode::number(text).unwrap_or(Kind::Text),
                    Type::Unknown => decode::untyped(text),
                    Type::Bool | Type::List | Type::Text => Kind::Text,
                }
            };
            row.push(field.column, kind, start..row.text.len(), 0);
        }
        (ReadOutcome::Row, dropped)
    }

    fn header(&mut self, line: &str, columns: &mut Columns, row: &mut Row) -> Result<(), RowError> {
        if let Some(separator) = line.strip_prefix("#separator ") {
            self.set(separator, |log| &mut log.separator);
            return Ok(());
        }
        let (title, rest) = line.split_once(self.separator.as_str()).unwrap_or((line, ""));
        match title {
            "#set_separator" => self.set(rest, |log| &mut log.set_separator),
            "#empty_field" => self.set(rest, |log| &mut log.empty),
            "#unset_field" => self.set(rest, |log| &mut log.unset),
            "#path" => self.set(rest, |log| &mut log.path),
            "#fields" => return self.name(rest, columns, row),
            "#types" => {
                let types = split(rest, &self.separator, self.blanks);
                for (field, name) in self.fields.iter_mut().zip(types) {
                    field.kind = Type::new(name);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Sets a text of the header. An empty one would match everywhere.
    fn set(&mut self, value: &str, which: impl FnOnce(&mut ZeekTsv) -> &mut String) {
        let mut text = String::new();
        unescape(value, &mut text, &mut self.scratch);
        if !text.is_empty() {
            *which(self) = text;
        }
    }

    /// Names the fields of the rows to come. `row` only helps to find names that come twice.
    fn name(&mut self, names: &str, columns: &mut Columns, row: &mut Row) -> Result<(), RowError> {
        self.fields.clear();
        self.broken = true;
        let most = columns.most();
        self.blanks = names.contains(BLANKS);
        if split(names, &self.separator, self.blanks).take(most + 1).count() > most {
            return Err(RowError::TooWide(most));
        }
        let mut before = NONE;
        for name in split(names, &self.separator, self.blanks) {
            if name.len() > MAX_NAME {
                return Err(RowError::LongName(MAX_NAME));
            }
            let column = columns.number(name, before);
            if column != NONE && !row.push(column, Kind::Missing, 0..0, 0) {
                return Err(RowError::TwiceNamed(name.to_owned()));
            }
            self.fields.push(Field { column, kind: Type::Unknown });
            before = column;
        }
        self.broken = false;
        Ok(())
    }
}

/// The parts of a line; with `blanks` those of its last part, too, which have [`BLANKS`] between them.
fn split<'l>(line: &'l str, separator: &'l str, blanks: bool) -> impl Iterator<Item = &'l str> {
    let (most, last) = match line.rsplit_once(separator) {
        Some((most, last)) => (Some(most), last),
        None => (None, line),
    };
    // A text that is nowhere splits nothing.
    let within = if blanks { BLANKS } else { "\n" };
    let trimmed = move |part: &'l str| if blanks { part.trim_matches(' ') } else { part };
    most.into_iter().flat_map(move |most| most.split(separator)).chain(last.split(within).map(trimmed))
}

/// Appends text with `\xHH` made the byte it stands for.
fn unescape(text: &str, out: &mut String, bytes: &mut Vec<u8>) {
    if !text.contains("\\x") {
        out.push_str(text);
        return;
    }
    bytes.clear();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = |at: usize| after.get(at).and_then(|&digit| (digit as char).to_digit(16));
        if let (b'\\', Some(b'x'), Some(high), Some(low)) = (byte, after.first(), code(1), code(2)) {
            bytes.push((high * 16 + low) as u8);
            rest = &after[3..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    out.push_str(&String::from_utf8_lossy(bytes));
}
