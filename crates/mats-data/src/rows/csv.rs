//! Rows of CSV (RFC 4180), line by line, so that a quote which is never closed costs one row and not the file.

use super::columns::Columns;
use super::counts::Counts;
use super::row::Row;
use super::row_error::RowError;
use super::split::{IGNORED, Splitter, push};
use super::{Input, ReadOutcome, RowOptions, decode};
use crate::error::DataError;
use crate::lines::Step;
use crate::text::shown;
use std::io::BufRead;

/// Lines that a row may span, so that a stray quote neither swallows a file nor holds up a stream.
const MAX_LINES: usize = 100;
/// Fields of a row from which a line with just as many is taken for a row of its own, whatever quote is open.
const TELLING: usize = 4;

/// Reads rows of CSV.
pub(super) struct Csv {
    /// Column of each field of a row, or [`IGNORED`].
    order: Vec<u32>,
    splitter: Splitter,
    scratch: String,
    held: Held,
}

/// The lines of a row after its first. If the row proves to be broken they are rows of their own, which must not
/// span lines: so no line is looked at more than twice, whatever the quotes.
#[derive(Default)]
struct Held {
    lines: Vec<u8>,
    /// Start of the next line to be read again; all have been when it is the end.
    at: usize,
    number: u64,
    offset: u64,
    /// Counts of what was met with in them, which hold unless they are read again.
    counts: Counts,
}

impl Held {
    fn drop_lines(&mut self) {
        self.lines.clear();
        self.at = 0;
        self.counts = Counts::default();
    }

    fn push(&mut self, input: &Input<impl BufRead>) {
        if self.lines.is_empty() {
            (self.number, self.offset) = (input.number, input.offset);
        }
        self.lines.extend_from_slice(input.raw());
    }
}

impl Csv {
    fn new(width: usize) -> Csv {
        let (order, splitter) = ((0..width as u32).collect(), Splitter::new(width));
        Csv { order, splitter, scratch: String::new(), held: Held::default() }
    }

    /// A reader of a file whose columns have these names.
    pub(super) fn with_names(file: &str, names: &[String], columns: &mut Columns) -> Result<Csv, DataError> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        name_all(&names, columns).map_err(|what| DataError::file(file, what))?;
        Ok(Csv::new(names.len()))
    }

    /// A reader of a file with a header, which it reads.
    pub(super) fn with_header(
        input: &mut Input<impl BufRead>,
        columns: &mut Columns,
        options: &RowOptions,
    ) -> Result<Csv, DataError> {
        let mut row = Row::new();
        let strict = RowOptions { lossy: false, ..options.clone() };
        let mut csv = Csv::new(columns.most() + 1);
        let why = loop {
            row.clear();
            match csv.row(input, &mut row, &strict, &mut Counts::default())? {
                ReadOutcome::Nothing | ReadOutcome::Other => {}
                ReadOutcome::End => {
                    let what = "the file is empty; it must hold at least a header and a row";
                    return Err(DataError::file(&input.file, what));
                }
                ReadOutcome::TooLong => {
                    break Some(format!("the header is longer than {} bytes", options.max_line));
                }
                ReadOutcome::Bad(RowError::NotUtf8 { .. }) => {
                    break Some("the header is not UTF-8; convert the file".to_owned());
                }
                ReadOutcome::Bad(RowError::Fields { found, .. }) if found > columns.most() => {
                    let most = columns.most();
                    break Some(format!(
                        "the header has {found} columns; at most {most} are read, so cut the table"
                    ));
                }
                // The row was split for a width that the header need not have.
                ReadOutcome::Row | ReadOutcome::Bad(RowError::Fields { .. }) => break None,
                ReadOutcome::Bad(why) => break Some(format!("the header is broken: {why}")),
            }
        };
        let names: Vec<&str> = row.iter().map(|field| field.text).collect();
        let named = why.map_or_else(|| name_all(&names, columns), Err);
        named.map_err(|what| DataError::line(&input.file, row.line, what))?;
        Ok(Csv::new(names.len()))
    }

    /// The next row.
    pub(super) fn next(
        &mut self,
        input: &mut Input<impl BufRead>,
        columns: &Columns,
        row: &mut Row,
        options: &RowOptions,
        counts: &mut Counts,
    ) -> Result<ReadOutcome, DataError> {
        let found = if self.held.at < self.held.lines.len() {
            let lines = std::mem::take(&mut self.held.lines);
            let found = self.again(&lines, row, options, counts);
            self.held.lines = lines;
            found
        } else {
            self.held.drop_lines();
            self.row(input, row, options, counts)?
        };
        // Asked first, since it is asked of every row.
        let may_be = options.header_again
            && self.held.lines.is_empty()
            && match &found {
                ReadOutcome::Bad(RowError::Fields { found, .. }) => *found <= columns.most(),
                ReadOutcome::Row => row.iter().take(2).any(|field| columns.find(field.text).is_some()),
                _ => false,
            };
        if may_be && let Some(order) = other_header(input.line(), columns) {
            self.order = order;
            return Ok(ReadOutcome::Nothing);
        }
        if !matches!(found, ReadOutcome::Row) {
            return Ok(found);
        }
        // Its further lines are part of it.
        if self.held.at == 0 {
            counts.not_utf8 += self.held.counts.not_utf8;
            counts.nul += self.held.counts.nul;
            self.held.drop_lines();
        }
        Ok(match header(row, columns) {
            Some(order) if options.header_again => {
                self.order = order;
                ReadOutcome::Nothing
            }
            Some(order) if order.is_sorted() => ReadOutcome::Bad(RowError::HeaderAgain),
            _ => ReadOutcome::Row,
        })
    }

    /// Reads a row from the file, over several lines if it must.
    fn row(
        &mut self,
        input: &mut Input<impl BufRead>,
        row: &mut Row,
        options: &RowOptions,
        counts: &mut Counts,
    ) -> Result<ReadOutcome, DataError> {
        let step = input.step()?;
        (row.line, row.offset) = (input.number, input.offset);
        match step {
            Step::End => return Ok(ReadOutcome::End),
            Step::TooLong => return Ok(ReadOutcome::TooLong),
            Step::Line if input.line().is_empty() => return Ok(ReadOutcome::Nothing),
            Step::Line => {}
        }
        let text = match decode::text(input.line(), options.lossy, &mut self.scratch, counts) {
            Ok(text) => text,
            Err(why) => return Ok(ReadOutcome::Bad(in_field(why, input.line()))),
        };
        if !text.contains('"') {
            return Ok(plain(text, &self.order, row));
        }
        self.splitter.begin();
        if !self.splitter.feed(text)
            && let Some(why) = self.further(input, options, counts)?
        {
            return Ok(ReadOutcome::Bad(why));
        }
        Ok(self.splitter.fill_row(&self.order, row))
    }

    /// Reads lines until the quote is closed that the first has opened.
    fn further(
        &mut self,
        input: &mut Input<impl BufRead>,
        options: &RowOptions,
        counts: &mut Counts,
    ) -> Result<Option<RowError>, DataError> {
        for _ in 1..MAX_LINES {
            match input.step()? {
                Step::End => return Ok(Some(RowError::OpenQuote)),
                Step::TooLong => {
                    counts.too_long += 1;
                    counts.bad(input.number, &RowError::TooLong(options.max_line));
                    return Ok(Some(RowError::OpenQuote));
                }
                Step::Line => {
                    self.held.push(input);
                    if self.held.lines.len() > options.max_line {
                        return Ok(Some(RowError::OpenQuote));
                    }
                    match decode::text(input.line(), options.lossy, &mut self.scratch, &mut self.held.counts)
                    {
                        Err(why) => return Ok(Some(why)),
                        Ok(text) if !closes_well(text) || is_row(text, self.order.len()) => {
                            return Ok(Some(RowError::OpenQuote));
                        }
                        Ok(text) if self.splitter.feed(text) => return Ok(None),
                        Ok(_) => {}
                    }
                }
            }
        }
        Ok(Some(RowError::OpenQuote))
    }

    /// Reads a line that a broken row had swallowed.
    fn again(
        &mut self,
        lines: &[u8],
        row: &mut Row,
        options: &RowOptions,
        counts: &mut Counts,
    ) -> ReadOutcome {
        let rest = &lines[self.held.at..];
        let len = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |end| end + 1);
        (row.line, row.offset) = (self.held.number, self.held.offset);
        self.held.at += len;
        self.held.number += 1;
        self.held.offset += len as u64;
        let line = rest[..len].strip_suffix(b"\n").unwrap_or(&rest[..len]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match decode::text(line, options.lossy, &mut self.scratch, counts) {
            Err(why) => ReadOutcome::Bad(in_field(why, line)),
            Ok("") => ReadOutcome::Nothing,
            Ok(text) if !text.contains('"') => plain(text, &self.order, row),
            Ok(text) => {
                self.splitter.begin();
                if self.splitter.feed(text) {
                    self.splitter.fill_row(&self.order, row)
                } else {
                    ReadOutcome::Bad(RowError::OpenQuote)
                }
            }
        }
    }
}

/// Tells whether a line without quotes is a row by itself.
fn is_row(line: &str, width: usize) -> bool {
    width >= TELLING && !line.contains('"') && line.bytes().filter(|&byte| byte == b',').count() + 1 == width
}

/// Tells whether the first quote of a line that is not doubled ends a field. If not, it was meant to begin one, and the
/// line is no part of the row before.
fn closes_well(line: &str) -> bool {
    let mut rest = line;
    while let Some((_, after)) = rest.split_once('"') {
        match after.strip_prefix('"') {
            Some(after) => rest = after,
            None => return matches!(after.trim_start().bytes().next(), None | Some(b',')),
        }
    }
    true
}

/// Returns the column that each field of a row names, if the row is a header: it names each column once.
fn header(row: &Row, columns: &Columns) -> Option<Vec<u32>> {
    // The first field tells of most rows that they are none.
    columns.find(row.iter().next()?.text)?;
    let order: Option<Vec<u32>> =
        row.iter().map(|field| columns.find(field.text).map(|column| column as u32)).collect();
    let order = order?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    sorted.dedup();
    // Where all columns are called numbers a row may well hold the same.
    let told = order.is_sorted() || columns.names().iter().any(|name| name.parse::<f64>().is_err());
    (sorted.len() == order.len() && told).then_some(order)
}

/// Returns the same of a header that lacks some of the columns or has others, as where a sensor was changed. Columns
/// that were not there before are passed over; half of those that were must be there, at least two.
fn other_header(line: &[u8], columns: &Columns) -> Option<Vec<u32>> {
    let mut names: Vec<&str> =
        str::from_utf8(line).ok()?.split(',').map(|name| name.trim().trim_matches('"')).collect();
    let order: Vec<u32> =
        names.iter().map(|name| columns.find(name).map_or(IGNORED, |column| column as u32)).collect();
    let known = order.iter().filter(|&&column| column != IGNORED).count();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    let told = names.iter().all(|name| !name.is_empty() && name.parse::<f64>().is_err());
    (told && names.len() == count && known >= 2 && 2 * known >= columns.names().len()).then_some(order)
}

/// Splits a line that has no quotes.
fn plain(line: &str, order: &[u32], row: &mut Row) -> ReadOutcome {
    let width = order.len();
    let found = line.bytes().filter(|&byte| byte == b',').count() + 1;
    // Nothing is made of a row that is bad anyway: it may have millions of fields. One that has fewer may be a header.
    if found <= width {
        row.text.push_str(line);
        let mut start = 0;
        for (&column, part) in order.iter().zip(line.split(',')) {
            let field = part.trim();
            let from = start + (part.len() - part.trim_start().len());
            push(row, column, field, from);
            start += part.len() + 1;
        }
    }
    if found == width {
        ReadOutcome::Row
    } else {
        ReadOutcome::Bad(RowError::Fields { found, expected: width })
    }
}

/// Says in which field a line is not UTF-8.
fn in_field(why: RowError, line: &[u8]) -> RowError {
    match why {
        RowError::NotUtf8 { byte, .. } => {
            let field = line[..byte - 1].split(|&byte| byte == b',').count();
            RowError::NotUtf8 { field: Some(field), byte }
        }
        why => why,
    }
}

/// Gives the columns their names.
fn name_all(names: &[&str], columns: &mut Columns) -> Result<(), String> {
    let most = columns.most();
    if names.len() > most {
        return Err(format!("{} columns; at most {most} are read, so cut the table", names.len()));
    }
    let mut before = super::columns::NONE;
    for name in names {
        if columns.find(name).is_some() {
            let cure = if name.parse::<f64>().is_ok() {
                "if the first line is a row and not a header, give the names of the columns"
            } else {
                "rename one"
            };
            return Err(format!("two columns are named `{}`; {cure}", shown(name)));
        }
        before = columns.number(name, before);
    }
    Ok(())
}
