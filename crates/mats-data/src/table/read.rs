//! Rows → a table. One pass over the file; a second one if a column that began with numbers holds names, or the other way round.

use super::column::{Builder, Names, Type};
use super::{Ids, Options, Stray, Table};
use crate::error::DataError;
use crate::lines::MAX_LINE;
use crate::rows::{Counts, Format, Row, RowError, RowOptions, Rows, is_missing, no_column};
use crate::text::shown;
use std::io::{BufRead, Read};

/// Part that a column plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Feature,
    Label,
    Id,
    Time,
    Entity,
    Ignored,
}

/// The part that a column of this name plays.
fn part(name: &str, options: &Options) -> Part {
    let is = |wanted: &Option<String>| wanted.as_deref() == Some(name);
    match () {
        () if is(&options.label) => Part::Label,
        () if options.ignore.iter().any(|ignored| ignored == name) => Part::Ignored,
        () if is(&options.id) => Part::Id,
        () if is(&options.time) => Part::Time,
        () if is(&options.entity) => Part::Entity,
        () => Part::Feature,
    }
}

/// A table as it is collected.
struct Draft<'o> {
    options: &'o Options,
    rows: usize,
    /// Part of each column of the file.
    parts: Vec<Part>,
    features: Vec<Option<Builder>>,
    labels: Names,
    ids: Ids,
    times: Vec<f64>,
    entities: Names,
    lines: Vec<u64>,
    /// Rows that [`Rows`] found good and that are no good for a table.
    left_out: Counts,
    /// Rows without a label.
    unlabelled: u64,
}

/// Reads a table; `open` gives its bytes, twice if need be.
pub(super) fn read<R: BufRead>(
    open: impl Fn() -> Result<R, DataError>,
    file: &str,
    options: &Options,
) -> Result<Table, DataError> {
    let mut row_options = options.rows();
    let mut rows = Rows::new(open()?, file, row_options.clone())?;
    if rows.format() == Format::Lines && options.format.is_none() {
        let csv = RowOptions { format: Some(Format::Csv), ..row_options.clone() };
        if is_table(Rows::new(open()?, file, csv.clone())?)? {
            rows = Rows::new(open()?, file, csv)?;
        }
    }
    if options.format.is_none() {
        if rows.columns().len() == 1 {
            check_separator(open()?, file)?;
        }
        if matches!(rows.format(), Format::Csv | Format::Lines) {
            check_prefix(open()?, file)?;
        }
    }
    row_options.format = Some(rows.format());
    if rows.format() == Format::Csv {
        check_names(&rows, file, options)?;
    }
    let mut draft = Draft::new(options);
    let mut row = Row::new();
    while rows.next(&mut row)? {
        draft.push(&rows, &row);
    }
    if let Some(why) = options.stream.as_ref().and_then(|stream| rows.counts().in_vain(stream))
        && rows.counts().other_streams > 0
    {
        return Err(DataError::file(file, why));
    }
    if rows.counts().rows > 0 {
        check_names(&rows, file, options)?;
    }
    if draft.rows == 0 {
        return Err(DataError::file(file, nothing(&rows, &draft)));
    }
    if draft.features.iter().flatten().any(|builder| builder.again().is_some()) {
        draft.read_again(Rows::new(open()?, file, row_options)?, file)?;
    }
    Ok(draft.finish(&rows))
}

/// Tells whether what looks like plain lines is a table: one word makes the header of one column, and otherwise the
/// first row must have as many fields as the header.
fn is_table(mut csv: Rows<impl BufRead>) -> Result<bool, DataError> {
    if let [name] = csv.columns() {
        return Ok(!name.contains(char::is_whitespace));
    }
    Ok(csv.next(&mut Row::new())? && csv.counts().bad == 0)
}

impl<'o> Draft<'o> {
    fn new(options: &'o Options) -> Draft<'o> {
        Draft {
            options,
            rows: 0,
            parts: Vec::new(),
            features: Vec::new(),
            labels: Names::default(),
            ids: Ids::default(),
            times: Vec::new(),
            entities: Names::default(),
            lines: Vec::new(),
            left_out: Counts::default(),
            unlabelled: 0,
        }
    }

    fn push(&mut self, rows: &Rows<impl BufRead>, row: &Row) {
        for name in &rows.columns()[self.parts.len()..] {
            let part = part(name, self.options);
            self.parts.push(part);
            self.features.push((part == Part::Feature).then(|| Builder::new(self.options.known(name))));
        }
        if let Some(name) = &self.options.label {
            let label = rows.column(name).and_then(|column| row.text(column)).map(str::trim);
            let label = label.filter(|label| !is_missing(label));
            self.unlabelled += u64::from(label.is_none());
            let Some(label) = label.or(self.options.empty_label.as_deref()) else {
                self.left_out.bad(row.line, &RowError::Missing("label"));
                return;
            };
            self.labels.push(Some(label));
        }
        for field in row.iter() {
            if let Some(builder) = &mut self.features[field.column] {
                builder.push(self.rows, field);
            }
        }
        let text = |name: &String| rows.column(name).and_then(|column| row.text(column));
        if let Some(name) = &self.options.id {
            self.ids.push(text(name));
        }
        if self.options.time.is_some() {
            self.times.push(row.time().unwrap_or(f64::NAN));
        }
        if let Some(name) = &self.options.entity {
            self.entities.push(text(name));
        }
        self.lines.push(row.line);
        self.rows += 1;
    }

    /// Reads once more the columns that turned out to hold something else than their first value.
    fn read_again(&mut self, mut rows: Rows<impl BufRead>, file: &str) -> Result<(), DataError> {
        let again: Vec<Option<Type>> =
            self.features.iter().map(|f| f.as_ref().and_then(Builder::again)).collect();
        for (builder, what) in self.features.iter_mut().zip(&again).filter(|(_, what)| what.is_some()) {
            *builder = Some(Builder::new(*what));
        }
        let (mut row, mut at) = (Row::new(), 0);
        while at < self.rows && rows.next(&mut row)? {
            if row.line != self.lines[at] {
                continue;
            }
            for field in row.iter().filter(|field| again.get(field.column).is_some_and(Option::is_some)) {
                if let Some(builder) = &mut self.features[field.column] {
                    builder.push(at, field);
                }
            }
            at += 1;
        }
        if at < self.rows {
            return Err(DataError::file(file, "the file changed while it was read; read a copy"));
        }
        Ok(())
    }

    fn finish(mut self, rows: &Rows<impl BufRead>) -> Table {
        let counts = rows.counts().clone();
        let mut table = Table {
            rows: self.rows,
            names: Vec::new(),
            columns: Vec::new(),
            labels: self.options.label.as_ref().map(|_| self.labels.categories),
            ids: self.options.id.as_ref().map(|_| self.ids),
            times: self.options.time.as_ref().map(|_| self.times),
            entities: self.options.entity.as_ref().map(|_| self.entities.categories),
            lines: self.lines,
            missing: Vec::new(),
            infinite: Vec::new(),
            strays: Vec::new(),
            unlabelled: self.unlabelled,
            bad_rows: counts.bad + self.left_out.bad,
            first_bad: counts.first_bad_with(&self.left_out),
            format: rows.format(),
            counts,
        };
        for (name, builder) in rows.columns().iter().zip(self.features.drain(..)) {
            let Some(mut builder) = builder else { continue };
            builder.fill(table.rows);
            table.names.push(name.clone());
            table.missing.push(builder.missing);
            table.infinite.push(builder.infinite);
            // Nothing is astray in what was to be names.
            let told = |names: bool| !names || self.options.known(name).is_none();
            if let Some((count, row, text, names)) = builder.strays().filter(|stray| told(stray.3)) {
                let (column, line, text) = (name.clone(), table.lines[row], text.to_owned());
                table.strays.push(Stray { column, count, line, text, names });
            }
            table.columns.push(builder.finish());
        }
        table
    }
}

/// Tells whether all columns that are asked for are there.
fn check_names(rows: &Rows<impl BufRead>, file: &str, options: &Options) -> Result<(), DataError> {
    let Some(absent) = options.names().find(|name| rows.column(name).is_none()) else { return Ok(()) };
    let what = no_column(absent, rows.columns());
    Err(if rows.format() == Format::Csv {
        DataError::line(file, 1, what)
    } else {
        DataError::file(file, what)
    })
}

/// Says what to do where JSON stands behind a prefix that is none of those that are known: its commas are no table's.
fn check_prefix(mut input: impl BufRead, file: &str) -> Result<(), DataError> {
    let mut line = Vec::new();
    let read = (&mut input).take(MAX_LINE as u64).read_until(b'\n', &mut line);
    read.map_err(|source| DataError::io(file, source))?;
    let line = String::from_utf8_lossy(&line);
    let Some(object) = line.find('{').map(|at| line[at..].trim_end()) else { return Ok(()) };
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(object) {
        Ok(object) if !object.is_empty() => {
            let what = "each line is JSON behind a prefix that is not known; cut it: sed 's/^[^{]*//'";
            Err(DataError::line(file, 1, what))
        }
        _ => Ok(()),
    }
}

/// Says what to do where one column is many, with other separators than commas, or none as a comment comes first.
fn check_separator(mut input: impl BufRead, file: &str) -> Result<(), DataError> {
    let mut line = || -> Result<String, DataError> {
        let mut bytes = Vec::new();
        let read = (&mut input).take(MAX_LINE as u64).read_until(b'\n', &mut bytes);
        read.map_err(|source| DataError::io(file, source))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let [first, second] = [line()?, line()?];
    for (separator, name, from) in [(';', "semicolons", ";"), ('\t', "tabs", "\\t"), ('|', "bars", "|")] {
        let count = |line: &str| line.matches(separator).count();
        // Names have few words; lines of a log may have many.
        let named = first.split(separator).all(|name| name.split_whitespace().count() <= 3);
        if named && count(&first) > 0 && count(&first) == count(&second) {
            let what = format!(
                "the fields have {name} between them; give a copy with commas: tr '{from}' ',' if no field holds one"
            );
            return Err(DataError::line(file, 1, what));
        }
    }
    if first.starts_with('#') && second.contains(',') {
        let what = "the first line begins with `#` and is no header; leave it out: tail -n +2";
        return Err(DataError::line(file, 1, what));
    }
    Ok(())
}

/// Explains why there is no table.
fn nothing(rows: &Rows<impl BufRead>, draft: &Draft<'_>) -> String {
    let counts = rows.counts();
    if let Some(label) = draft.options.label.as_ref().filter(|_| draft.unlabelled > 0) {
        let (label, rows) = (shown(label), draft.unlabelled);
        return format!("no row has a label: `{label}` is empty in all {rows} rows; name another column");
    }
    let first = counts.first_bad.first();
    let first = first.map_or(String::new(), |b| format!("; line {}: {}", b.line, b.what));
    if counts.rows + counts.bad == 0 && rows.format() == Format::Csv {
        return "a header and no rows".to_owned();
    }
    let kind = match rows.format() {
        Format::Csv => "comma-separated text",
        Format::JsonLines => "one JSON object a line",
        Format::ZeekTsv => "a Zeek log with its headers",
        Format::Lines => "text",
    };
    format!("no usable row{first}; is it {kind}?")
}
