//! One Zeek log: a header for tab-separated text, then entries.

use crate::clock::Date;
use crate::error::DataError;
use crate::names::Domain;
use crate::text;
use mats_core::{Addr, DomainId};
use std::io::{self, Write};

/// Format of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line; fields without a value are left out.
    Json,
    /// Tab-separated with `#` headers; fields without a value are `-`.
    Tsv,
}

/// A field's name and type, and how the name stands in JSON.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) json: &'static str,
}

/// A list of [`Field`]s.
macro_rules! fields {
    ($($name:literal: $kind:literal),+ $(,)?) => {
        [$(crate::zeek::log::Field { name: $name, kind: $kind, json: concat!(",\"", $name, "\":") }),+]
    };
}
pub(super) use fields;

/// Writes one log.
pub(super) struct Log<W: Write> {
    out: W,
    file: String,
    fields: &'static [Field],
    format: Format,
    line: Vec<u8>,
}

impl<W: Write> Log<W> {
    pub(super) fn new(
        out: W,
        path: &str,
        fields: &'static [Field],
        format: Format,
        opened: Option<Date>,
    ) -> Result<Log<W>, DataError> {
        let mut log = Log { out, file: format!("{path}.log"), fields, format, line: Vec::new() };
        if format == Format::Tsv {
            let header = log.header(path, opened);
            header.map_err(|source| DataError::io(&log.file, source))?;
        }
        Ok(log)
    }

    fn header(&mut self, path: &str, opened: Option<Date>) -> io::Result<()> {
        let out = &mut self.out;
        out.write_all(b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n")?;
        writeln!(out, "#path\t{path}")?;
        if let Some(date) = opened {
            writeln!(out, "#open\t{}", date.zeek())?;
        }
        for (title, pick) in [("#fields", 0), ("#types", 1)] {
            out.write_all(title.as_bytes())?;
            for field in self.fields {
                write!(out, "\t{}", if pick == 0 { field.name } else { field.kind })?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Writes one entry, whose values `fill` gives in the order of the fields.
    pub(super) fn write(&mut self, fill: impl FnOnce(&mut Entry<'_>)) -> Result<(), DataError> {
        self.line.clear();
        let mut entry = Entry { out: &mut self.line, fields: self.fields, json: self.format == Format::Json };
        fill(&mut entry);
        debug_assert!(entry.fields.is_empty(), "every field needs a value");
        if self.format == Format::Json {
            // Every field begins with a comma, the first one too.
            self.line[0] = b'{';
            self.line.push(b'}');
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line).map_err(|source| DataError::io(&self.file, source))
    }

    pub(super) fn finish(&mut self, closed: Option<Date>) -> Result<(), DataError> {
        let mut end = || {
            if self.format == Format::Tsv
                && let Some(date) = closed
            {
                writeln!(self.out, "#close\t{}", date.zeek())?;
            }
            self.out.flush()
        };
        end().map_err(|source| DataError::io(&self.file, source))
    }
}

/// An entry that is being written. Each call is the value of the next field. Text is made by this crate or was
/// checked, and holds neither tabs nor quotes nor control characters.
pub(super) struct Entry<'a> {
    out: &'a mut Vec<u8>,
    /// Fields that are still to come.
    fields: &'static [Field],
    json: bool,
}

impl Entry<'_> {
    /// Goes to the next field.
    fn next(&mut self) -> &'static Field {
        let (field, rest) = self.fields.split_first().expect("no more values than fields");
        self.fields = rest;
        field
    }

    /// Begins the next field.
    fn start(&mut self) {
        let first = self.out.is_empty();
        let field = self.next();
        if self.json {
            self.out.extend_from_slice(field.json.as_bytes());
        } else if !first {
            self.out.push(b'\t');
        }
    }

    /// A field as tab-separated text has it, and not at all in JSON.
    fn absent(&mut self, tsv: &[u8]) {
        if self.json {
            self.next();
        } else {
            self.start();
            self.out.extend_from_slice(tsv);
        }
    }

    /// Writes no value.
    pub(super) fn unset(&mut self) {
        self.absent(b"-");
    }

    /// Writes no value in each of the next fields.
    pub(super) fn unset_many(&mut self, count: usize) {
        (0..count).for_each(|_| self.unset());
    }

    /// Writes a set without elements.
    pub(super) fn empty(&mut self) {
        self.absent(b"(empty)");
    }

    pub(super) fn bool(&mut self, yes: bool) {
        self.start();
        let text: &[u8] = match (self.json, yes) {
            (true, true) => b"true",
            (true, false) => b"false",
            (false, true) => b"T",
            (false, false) => b"F",
        };
        self.out.extend_from_slice(text);
    }

    pub(super) fn count(&mut self, n: u64) {
        self.start();
        text::number(self.out, n);
    }

    /// A count, where there is one.
    pub(super) fn count_or_unset(&mut self, n: Option<u64>) {
        match n {
            Some(n) => self.count(n),
            None => self.unset(),
        }
    }

    /// A time or an interval, in microseconds.
    pub(super) fn micros(&mut self, micros: u64) {
        self.start();
        text::seconds(self.out, micros);
    }

    /// Text that `fill` appends.
    pub(super) fn with(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        self.start();
        if self.json {
            self.out.push(b'"');
            fill(self.out);
            self.out.push(b'"');
        } else {
            fill(self.out);
        }
    }

    /// A vector or set of one text.
    pub(super) fn list_with(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        self.start();
        let (open, close): (&[u8], &[u8]) = if self.json { (b"[\"", b"\"]") } else { (b"", b"") };
        self.out.extend_from_slice(open);
        fill(self.out);
        self.out.extend_from_slice(close);
    }

    /// A vector of one interval, in microseconds.
    pub(super) fn list_micros(&mut self, micros: u64) {
        self.start();
        if self.json {
            self.out.push(b'[');
        }
        text::seconds(self.out, micros);
        if self.json {
            self.out.push(b']');
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.with(|out| out.extend_from_slice(text.as_bytes()));
    }

    /// Text, where there is some.
    pub(super) fn text_or_unset(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.unset(),
        }
    }

    pub(super) fn addr(&mut self, addr: Addr) {
        self.with(|out| text::addr(out, addr));
    }

    /// A domain name; unset where there is none.
    pub(super) fn domain(&mut self, id: DomainId) {
        if id == DomainId::NONE {
            self.unset();
        } else {
            self.with(|out| Domain(id).append(out));
        }
    }
}
