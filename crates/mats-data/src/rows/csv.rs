//! Rows of CSV (RFC 4180). What stands between a quote that begins a field and the one that ends it is that field, line ends
//! and all: a line of it is never a row, whatever it looks like, for a field may hold what an attacker wrote.
//!
//! So a quote that is never closed makes text of all that follows. None of it is believed, and none of it is lost in silence: the
//! row is bad, and its lines are counted ([`Counts::swallowed`]). Nothing is kept of a row that is too long; its end is still
//! looked for. Every line is looked at once.

use super::columns::Columns;
use super::counts::Counts;
use super::row::Row;
use super::row_error::RowError;
use super::split::{IGNORED, Splitter, push};
use super::{Input, ReadOutcome, RowOptions, decode};
use crate::error::DataError;
use crate::lines::Step;
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

/// Fields of a row from which a line with just as many looks like a row.
const TELLING: usize = 4;

/// Lines after which it is told that a quote is still open: few fields have as many.
const MANY: u64 = 1000;

/// Reads rows of CSV.
pub(super) struct Csv {
    /// True where a file begins that follows another: its header may be another, too.
    pub(super) fresh: bool,
    /// Column of each field of a row, or [`IGNORED`].
    order: Vec<u32>,
    /// The names as they stand in the header, if some stand there twice.
    doubled: Option<Vec<String>>,
    splitter: Splitter,
    scratch: String,
    /// Lines of the row that was read last, after its first.
    further: u64,
    /// Hears of a quote that stays open for long.
    pub(super) notice: Option<fn(&str)>,
}

impl Csv {
    fn new(width: usize) -> Csv {
        let (order, splitter) = ((0..width as u32).collect(), Splitter::new(width));
        Csv { order, doubled: None, splitter, scratch: String::new(), further: 0, notice: None, fresh: false }
    }

    /// A reader of a file whose columns have these names.
    pub(super) fn with_names(
        file: &str,
        names: &[String],
        columns: &mut Columns,
        counts: &mut Counts,
    ) -> Result<Csv, DataError> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        name_all(&names, columns, counts).map_err(|what| DataError::file(file, what))?;
        Ok(Csv::named(&names, counts))
    }

    fn named(names: &[&str], counts: &Counts) -> Csv {
        let as_written = || names.iter().map(|&name| name.to_owned()).collect();
        Csv { doubled: (!counts.renamed.is_empty()).then(as_written), ..Csv::new(names.len()) }
    }

    /// A reader of a file with a header, which it reads.
    pub(super) fn with_header(
        input: &mut Input<impl BufRead>,
        columns: &mut Columns,
        options: &RowOptions,
        counts: &mut Counts,
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
        let named = why.map_or_else(|| name_all(&names, columns, counts), Err);
        named.map_err(|what| DataError::line(&input.file, row.line, what))?;
        Ok(Csv::named(&names, counts))
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
        let found = self.row(input, row, options, counts)?;
        // Asked first, since it is asked of every row.
        let may_be = options.header_again
            && self.further == 0
            && match &found {
                ReadOutcome::Bad(RowError::Fields { found, .. }) => *found <= columns.most(),
                ReadOutcome::Row => row.iter().take(2).any(|field| columns.find(field.text).is_some()),
                _ => false,
            };
        if may_be && let Some(order) = other_header(input.line(), columns) {
            // Whoever writes the fields of a row could write names of columns, and the rows behind it would be read as others. So
            // what is a row by its count of fields is one, but where a file begins.
            if self.fresh || matches!(found, ReadOutcome::Bad(RowError::Fields { .. })) {
                self.order = order;
                self.fresh = false;
                return Ok(ReadOutcome::Nothing);
            }
            counts.header_like += u64::from(order.contains(&IGNORED) || order.len() != columns.names().len());
        }
        if !matches!(found, ReadOutcome::Nothing) {
            self.fresh = false;
        }
        Ok(match found {
            ReadOutcome::Row => match self.header(row, columns) {
                Some(order) if options.header_again => {
                    self.order = order;
                    ReadOutcome::Nothing
                }
                Some(order) if order.is_sorted() => ReadOutcome::Bad(RowError::HeaderAgain),
                _ => ReadOutcome::Row,
            },
            ReadOutcome::Bad(why) if self.further > 0 => {
                counts.swallowed += self.further;
                ReadOutcome::Bad(match why {
                    RowError::OpenQuote { .. } => RowError::OpenQuote { lines: self.further },
                    why => RowError::Spanning { why: Box::new(why), lines: self.further },
                })
            }
            found => found,
        })
    }

    /// Reads a row, over several lines if it must.
    fn row(
        &mut self,
        input: &mut Input<impl BufRead>,
        row: &mut Row,
        options: &RowOptions,
        counts: &mut Counts,
    ) -> Result<ReadOutcome, DataError> {
        self.further = 0;
        let mut passing = Passing { splitter: &mut self.splitter, begun: false, ended: false };
        let step = input.step_past(&mut |piece| passing.feed(piece))?;
        let ended = passing.ended;
        (row.line, row.offset) = (input.number, input.offset);
        match step {
            Step::End => return Ok(ReadOutcome::End),
            Step::TooLong if ended => return Ok(ReadOutcome::TooLong),
            Step::TooLong => {
                counts.too_long += 1;
                let why = Some(RowError::TooLong(options.max_line));
                return Ok(match self.rest(input, why, options, counts)? {
                    Some(why) => ReadOutcome::Bad(why),
                    None => ReadOutcome::TooLong,
                });
            }
            Step::Line if input.line().is_empty() => return Ok(ReadOutcome::Nothing),
            Step::Line => {}
        }
        let text = match decode::text(input.line(), options.lossy, &mut self.scratch, counts) {
            Ok(text) => text,
            Err(why) => {
                // Bad, but where it ends is still to be found.
                let why = in_field(why, input.line());
                self.splitter.begin();
                self.splitter.pass();
                let ended = self.splitter.feed_bytes(input.line()) || self.splitter.feed_bytes(b"\n");
                let why = if ended { Some(why) } else { self.rest(input, Some(why), options, counts)? };
                return Ok(why.map_or(ReadOutcome::Nothing, ReadOutcome::Bad));
            }
        };
        if !text.contains('"') {
            return Ok(plain(text, &self.order, row));
        }
        self.splitter.begin();
        if !self.splitter.feed(text)
            && let Some(why) = self.rest(input, None, options, counts)?
        {
            return Ok(ReadOutcome::Bad(why));
        }
        Ok(self.splitter.fill_row(&self.order, row))
    }

    /// Reads on until the quote is closed that is open. Says what is wrong with the row, which it may be told beforehand.
    fn rest(
        &mut self,
        input: &mut Input<impl BufRead>,
        mut why: Option<RowError>,
        options: &RowOptions,
        counts: &mut Counts,
    ) -> Result<Option<RowError>, DataError> {
        let (mut size, mut alike, mut first_alike) = (input.raw().len(), 0, 0);
        let first = input.number;
        if why.is_some() {
            self.splitter.pass();
        }
        loop {
            let mut passing = Passing { splitter: &mut self.splitter, begun: true, ended: false };
            let step = input.step_past(&mut |piece| passing.feed(piece))?;
            let mut ended = passing.ended;
            match step {
                Step::End => return Ok(Some(RowError::OpenQuote { lines: 0 })),
                Step::TooLong => {
                    counts.too_long += u64::from(why.is_none());
                    why.get_or_insert(RowError::TooLong(options.max_line));
                }
                Step::Line => {
                    size = size.saturating_add(input.raw().len());
                    if why.is_none() && size > options.max_line {
                        counts.too_long += 1;
                        why = Some(RowError::TooLong(options.max_line));
                        self.splitter.pass();
                    }
                    if is_row_like(input.line(), self.order.len()) {
                        alike += 1;
                        first_alike = if first_alike == 0 { input.number } else { first_alike };
                    }
                    match decode::text(input.line(), options.lossy, &mut self.scratch, counts) {
                        Ok(text) => ended = self.splitter.feed(text),
                        Err(broken) => {
                            why.get_or_insert(broken);
                            self.splitter.pass();
                            ended = self.splitter.feed_bytes(input.line()) || self.splitter.feed_bytes(b"\n");
                        }
                    }
                }
            }
            self.further += 1;
            if self.further == MANY
                && !ended
                && let Some(notice) = self.notice.take()
            {
                notice(&format!(
                    "line {first}: a quote is opened and still not closed {MANY} lines on; until it is, all is taken for its text"
                ));
            }
            if ended {
                break;
            }
        }
        if why.is_none() && alike > 0 {
            counts.row_like += alike;
            counts.first_row_like =
                if counts.first_row_like == 0 { first_alike } else { counts.first_row_like };
        }
        Ok(why)
    }

    /// Returns the column that each field of a row names, if the row is a header: it names each column once.
    fn header(&self, row: &Row, columns: &Columns) -> Option<Vec<u32>> {
        // The first field tells of most rows that they are none.
        columns.find(row.iter().next()?.text)?;
        if let Some(names) = &self.doubled {
            let again = row.iter().map(|field| field.text).eq(names.iter().map(String::as_str));
            return again.then(|| (0..names.len() as u32).collect());
        }
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
}

/// Feeds a splitter with what is too long to be kept.
struct Passing<'a> {
    splitter: &'a mut Splitter,
    /// True if the row began before.
    begun: bool,
    /// True if the row has ended.
    ended: bool,
}

impl Passing<'_> {
    fn feed(&mut self, piece: &[u8]) {
        if !std::mem::replace(&mut self.begun, true) {
            self.splitter.begin();
        }
        self.splitter.pass();
        self.ended |= self.splitter.feed_bytes(piece);
    }
}

/// Tells whether a line without quotes has as many fields as a row.
fn is_row_like(line: &[u8], width: usize) -> bool {
    width >= TELLING && !line.contains(&b'"') && line.split(|&byte| byte == b',').count() == width
}

/// Returns the column that each field of a row names, if it is a header that lacks some of the columns or has others, as where a sensor was changed. Columns
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

/// Gives the columns their names. One that has the name of another gets a number behind it, as in pandas: `x`, `x.1`, `x.2`.
fn name_all(names: &[&str], columns: &mut Columns, counts: &mut Counts) -> Result<(), String> {
    let most = columns.most();
    if names.len() > most {
        return Err(format!("{} columns; at most {most} are read, so cut the table", names.len()));
    }
    let known: BTreeSet<&str> = names.iter().copied().collect();
    let mut next = BTreeMap::new();
    let mut before = super::columns::NONE;
    for &name in names {
        if columns.find(name).is_none() {
            before = columns.number(name, before);
            continue;
        }
        if name.parse::<f64>().is_ok() {
            let cure = "if the first line is a row and not a header, give the names of the columns";
            return Err(format!("two columns are named `{name}`; {cure}"));
        }
        let number = next.entry(name).or_insert(1_u32);
        let new = loop {
            let new = format!("{name}.{number}");
            *number += 1;
            if !known.contains(new.as_str()) {
                break new;
            }
        };
        before = columns.number(&new, before);
        counts.renamed.push(new);
    }
    Ok(())
}
