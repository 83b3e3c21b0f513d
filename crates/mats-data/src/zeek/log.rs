//! One Zeek log: a header for tab-separated text, then entries.

use crate::clock::Date;
use crate::error::DataError;
use std::fmt::Display;
use std::io::{self, Write};

/// How entries are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line; fields without a value are left out.
    Json,
    /// Tab-separated with `#` headers; fields without a value are `-`.
    Tsv,
}

/// A field's name and type.
pub(super) type Field = (&'static str, &'static str);

/// A field's value.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Unset,
    /// A set, vector or table without elements.
    Empty,
    Bool(bool),
    Count(u64),
    /// Microseconds, written as seconds.
    Micros(u64),
    /// Text without tabs, quotes or control characters: all of it is made by this crate or checked before.
    Text(&'a dyn Display),
}

/// Writes one log.
pub(super) struct Log<W: Write> {
    out: W,
    file: String,
    fields: &'static [Field],
    format: Format,
}

impl<W: Write> Log<W> {
    pub(super) fn new(
        out: W,
        path: &str,
        fields: &'static [Field],
        format: Format,
        opened: Option<Date>,
    ) -> Result<Log<W>, DataError> {
        let mut log = Log { out, file: format!("{path}.log"), fields, format };
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
                write!(out, "\t{}", if pick == 0 { field.0 } else { field.1 })?;
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Writes one entry; `values` in the order of the fields.
    pub(super) fn write(&mut self, values: &[Value<'_>]) -> Result<(), DataError> {
        debug_assert_eq!(values.len(), self.fields.len());
        let written = match self.format {
            Format::Json => self.json(values),
            Format::Tsv => self.tsv(values),
        };
        written.map_err(|source| DataError::io(&self.file, source))
    }

    fn tsv(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        let out = &mut self.out;
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                out.write_all(b"\t")?;
            }
            match value {
                Value::Unset => out.write_all(b"-")?,
                Value::Empty => out.write_all(b"(empty)")?,
                Value::Bool(yes) => out.write_all(if *yes { b"T" } else { b"F" })?,
                Value::Count(n) => write!(out, "{n}")?,
                Value::Micros(us) => write!(out, "{}.{:06}", us / 1_000_000, us % 1_000_000)?,
                Value::Text(text) => write!(out, "{text}")?,
            }
        }
        out.write_all(b"\n")
    }

    fn json(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        let out = &mut self.out;
        let mut separator = "{";
        for (value, (name, _)) in values.iter().zip(self.fields) {
            if matches!(value, Value::Unset | Value::Empty) {
                continue;
            }
            write!(out, "{separator}\"{name}\":")?;
            separator = ",";
            match value {
                Value::Bool(yes) => write!(out, "{yes}")?,
                Value::Count(n) => write!(out, "{n}")?,
                Value::Micros(us) => write!(out, "{}.{:06}", us / 1_000_000, us % 1_000_000)?,
                Value::Text(text) => write!(out, "\"{text}\"")?,
                Value::Unset | Value::Empty => {}
            }
        }
        out.write_all(b"}\n")
    }

    pub(super) fn finish(mut self, closed: Option<Date>) -> Result<(), DataError> {
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
