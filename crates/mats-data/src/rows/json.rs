//! A line of JSON → fields, in one pass over the text and without a tree in memory.
//!
//! Objects within objects give dotted names, as in Elastic Common Schema: `{"event": {"action": "x"}}` and
//! `{"event.action": "x"}` are the same. Arrays are lists as Zeek and Elasticsearch understand them: their values are
//! joined with commas under one name, also those of objects within them. A name that comes twice has its last value, as most
//! readers of JSON have it: a record that has a key twice must not escape for that.

use super::columns::{Columns, MAX_NAME, NONE};
use super::decode;
use super::options::{RowOptions, STREAM};
use super::row::{Kind, Row};
use super::row_error::RowError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Write};

/// The deepest nesting. The deepest that any schema of logs needs is about six.
const MAX_DEPTH: usize = 32;
/// The most values in a row, where arrays of objects repeat names.
const MAX_VALUES: usize = 1 << 16;

/// Reads lines of JSON.
#[derive(Default)]
pub(super) struct Json {
    path: String,
}

/// Keys that hold the text of an element where XML was made JSON and the element has attributes: those of `evtx_dump`,
/// xmltodict and fast-xml-parser; of goxml2json; of `xml-js`; of xml2js; of the `GData` convention. The text is the value of the
/// element itself, just as it is where there are no attributes.
const TEXT: [&str; 5] = ["#text", "#content", "_text", "_", "$t"];

impl Json {
    /// Reads an object into a row. Says how many values were dropped.
    pub(super) fn read(
        &mut self,
        line: &str,
        columns: &mut Columns,
        row: &mut Row,
        options: &RowOptions,
    ) -> Result<u64, RowError> {
        self.path.clear();
        let mut flat = Flat {
            columns,
            row,
            path: &mut self.path,
            before: NONE,
            array: 0,
            arrays: 0,
            in_array: false,
            dropped: 0,
            dropping: false,
            most: options.max_columns,
            why: None,
        };
        let mut json = serde_json::Deserializer::from_str(line);
        let read = Node { flat: &mut flat, depth: 0 }.deserialize(&mut json).and_then(|()| json.end());
        let (why, dropped) = (flat.why.take(), flat.dropped);
        read.map_err(|error| why.unwrap_or(RowError::Json(error)))?;
        row.gather();
        if row.len() as u64 + dropped > options.max_columns as u64 {
            return Err(RowError::TooWide(options.max_columns));
        }
        Ok(dropped)
    }

    /// Returns the stream that a row says it belongs to.
    pub(super) fn stream<'a>(columns: &Columns, row: &'a Row) -> Option<&'a str> {
        STREAM.iter().find_map(|name| row.text(columns.find(name)?))
    }
}

/// Destination of the fields.
struct Flat<'a> {
    columns: &'a mut Columns,
    row: &'a mut Row,
    /// The dotted name of the value to come.
    path: &'a mut String,
    /// The column of the value before.
    before: u32,
    /// The outermost array that values stand in, from 1; 0 outside.
    array: u32,
    /// Number of such arrays so far.
    arrays: u32,
    /// True if the value before stands in the same innermost array.
    in_array: bool,
    dropped: u64,
    /// True if the value before was dropped.
    dropping: bool,
    most: usize,
    /// Reason the row is bad, if it is not the JSON.
    why: Option<RowError>,
}

impl Flat<'_> {
    /// Gives up the row.
    fn fail<E: Error>(&mut self, why: RowError) -> E {
        self.why = Some(why);
        E::custom("see `why`")
    }

    /// Adds a value that `write` appends to the row's text.
    fn add<E: Error>(&mut self, kind: Kind, write: impl FnOnce(&mut String)) -> Result<(), E> {
        let start = self.row.text.len();
        // The next value of a plain list goes on with the one before.
        if std::mem::replace(&mut self.in_array, self.array > 0) {
            if let Some(cell) = self.row.cells.get_mut(self.row.latest)
                && !self.dropping
                && kind != Kind::Missing
            {
                if cell.kind != Kind::Missing {
                    self.row.text.push(',');
                }
                write(&mut self.row.text);
                (cell.kind, cell.end) = (Kind::Text, self.row.text.len());
            }
            return Ok(());
        }
        let column = self.columns.number(self.path, self.before);
        self.dropping = column == NONE;
        if self.dropping {
            self.dropped += 1;
            return if self.dropped > self.most as u64 {
                Err(self.fail(RowError::TooWide(self.most)))
            } else {
                Ok(())
            };
        }
        self.before = column;
        write(&mut self.row.text);
        let kind = if self.array > 0 && kind != Kind::Missing { Kind::Text } else { kind };
        let end = self.row.text.len();
        if !self.row.push(column, kind, start..end, self.array) {
            self.row.replace(column, kind, start..end, self.array);
        }
        if self.row.cells.len() > MAX_VALUES {
            return Err(self.fail(RowError::TooMany(MAX_VALUES)));
        }
        Ok(())
    }
}

/// A value to be read.
struct Node<'f, 'a> {
    flat: &'f mut Flat<'a>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth == 0 { deserializer.deserialize_map(self) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one object a line")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.flat.add(Kind::Missing, |_| {})
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.flat.add(Kind::Text, |text| text.push_str(if value { "true" } else { "false" }))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.flat.add(Kind::Number(value as f64), |text| _ = write!(text, "{value}"))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.flat.add(Kind::Number(value as f64), |text| _ = write!(text, "{value}"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        let plain = value == 0.0 || (1e-5..1e17).contains(&value.abs());
        self.flat.add(Kind::Number(value), |text| {
            _ = if plain { write!(text, "{value}") } else { write!(text, "{value:e}") };
        })
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let kind = if value.is_empty() { Kind::Missing } else { decode::number(value).unwrap_or(Kind::Text) };
        self.flat.add(kind, |text| text.push_str(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Node { flat, depth } = self;
        if depth >= MAX_DEPTH {
            return Err(flat.fail(RowError::TooDeep(MAX_DEPTH)));
        }
        let outermost = flat.array == 0;
        if outermost {
            flat.arrays += 1;
            flat.array = flat.arrays;
            flat.in_array = false;
        }
        let mut empty = true;
        while list.next_element_seed(Node { flat: &mut *flat, depth: depth + 1 })?.is_some() {
            empty = false;
        }
        if outermost {
            if empty {
                flat.add(Kind::Missing, |_| {})?;
            }
            flat.array = 0;
            flat.in_array = false;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Node { flat, depth } = self;
        if depth >= MAX_DEPTH {
            return Err(flat.fail(RowError::TooDeep(MAX_DEPTH)));
        }
        let len = flat.path.len();
        flat.in_array = false;
        while map.next_key_seed(Key { flat: &mut *flat, nested: depth > 0 })?.is_some() {
            map.next_value_seed(Node { flat: &mut *flat, depth: depth + 1 })?;
            flat.path.truncate(len);
            flat.in_array = false;
        }
        Ok(())
    }
}

/// A key, which becomes the end of the path.
struct Key<'f, 'a> {
    flat: &'f mut Flat<'a>,
    nested: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        if self.flat.path.len() + key.len() >= MAX_NAME {
            return Err(self.flat.fail(RowError::LongName(MAX_NAME)));
        }
        if self.nested {
            if TEXT.contains(&key) {
                return Ok(());
            }
            self.flat.path.push('.');
        }
        self.flat.path.push_str(key);
        Ok(())
    }
}
