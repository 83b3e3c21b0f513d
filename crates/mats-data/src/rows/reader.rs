//! The reader of rows.

use super::columns::Columns;
use super::counts::Counts;
use super::csv::Csv;
use super::format::{begin, no_lines, no_text};
use super::ids::LastIds;
use super::json::Json;
use super::prefix;
use super::row::{Kind, Row, Value};
use super::row_error::RowError;
use super::time::seconds;
use super::zeek::ZeekTsv;
use super::{Format, Input, ReadOutcome, RowOptions, decode, no_column};
use crate::error::DataError;
use crate::follow::Breaks;
use crate::lines::{Lines, Step, skip_nuls};
use std::io::{self, BufRead, Cursor, Read};

/// Number of bytes of a file that are looked at to find out its format.
const START: u64 = 64 << 10;

/// The one column of plain lines.
const LINE: &str = "line";

/// Reads rows of named fields from a file of any [`Format`], a row at a time, in memory that does not grow with the
/// file.
///
/// A row that is broken never ends the reading: it is counted, and the first ten are kept with line and reason
/// ([`Counts`]). Columns get numbers as they first appear in a good row.
pub struct Rows<R> {
    input: Input<R>,
    format: Format,
    parser: Parser,
    options: RowOptions,
    columns: Columns,
    counts: Counts,
    scratch: String,
    /// True if the JSON stands behind prefixes, see [`prefix`].
    prefixed: bool,
    breaks: Option<Breaks>,
    time: Option<usize>,
    last_time: f64,
    id: Option<usize>,
    ids: LastIds,
}

enum Parser {
    Csv(Box<Csv>),
    Json(Json),
    Zeek(ZeekTsv),
    Lines,
}

/// The start of a file.
struct Start {
    /// Number of the NUL bytes before it, which are cut.
    nuls: u64,
    /// Its lines up to the first that is not blank, as far as they are looked at.
    text: Vec<u8>,
}

impl Start {
    fn read(input: &mut impl BufRead) -> io::Result<Start> {
        let (mut nuls, _) = skip_nuls(input)?;
        let mut text = Vec::new();
        // One alone may be the first half of a character in UTF-16, which is told below.
        if nuls == 1 {
            text.push(0);
        }
        while text.trim_ascii().len() <= usize::from(nuls == 1) && (text.len() as u64) < START {
            let more = START - text.len() as u64;
            if input.take(more).read_until(b'\n', &mut text)? == 0 {
                break;
            }
        }
        if nuls == 1 {
            if text.get(2) == Some(&0) {
                nuls = 0;
            } else {
                text.remove(0);
            }
        }
        Ok(Start { nuls, text })
    }
}

/// Tells whether the first line that is not blank is JSON behind a prefix; a prefix is enough where JSON was `asked` for.
fn is_prefixed(start: &[u8], asked: bool) -> bool {
    let line = begin(start).split(|&byte| byte == b'\n').next().unwrap_or_default();
    asked && prefix::begins(line) || prefix::is_prefixed(line, (start.len() as u64) < START)
}

impl<R: BufRead> Rows<R> {
    /// A reader; `file` is only for messages. Reads the first line to find out the format, and the header of CSV.
    ///
    /// # Errors
    /// When the file cannot be read, is of a kind that has no rows of text (UTF-16, archives, JSON over several
    /// lines), or when the header of CSV is broken, wider than the most columns, or lacks the column that is to tell
    /// the time or the id.
    pub fn new(mut input: R, file: &str, options: RowOptions) -> Result<Rows<R>, DataError> {
        let Start { nuls, text: start } =
            Start::read(&mut input).map_err(|source| DataError::io(file, source))?;
        let format = match (options.format, &options.columns) {
            (Some(format), _) => format,
            (None, Some(_)) => Format::Csv,
            (None, None) => Format::detect(&start).map_err(|advice| DataError::file(file, advice))?,
        };
        let json = if format == Format::JsonLines { no_lines(&start) } else { None };
        if let Some(advice) = no_text(&start).or(json) {
            return Err(DataError::file(file, advice));
        }
        if format != Format::Csv && options.columns.is_some() {
            let what = format!("names of columns are for CSV; this is read as {format}, which has its own");
            return Err(DataError::file(file, what));
        }
        let bom: u64 = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut head = Cursor::new(start);
        head.set_position(bom);
        let prefixed = format == Format::JsonLines && is_prefixed(head.get_ref(), options.format.is_some());
        let mut input =
            Lines::with_longest(head.chain(input), file, options.max_line).starting_at(nuls + bom);
        input.nul_runs = u64::from(nuls > 0);
        let mut rows = Rows::with_format(input, format, options)?;
        rows.prefixed = prefixed;
        rows.counts.nul_runs = rows.input.nul_runs;
        Ok(rows)
    }

    fn with_format(mut input: Input<R>, format: Format, options: RowOptions) -> Result<Rows<R>, DataError> {
        let (mut columns, mut counts) = (Columns::new(options.max_columns), Counts::default());
        let parser = match (format, &options.columns) {
            (Format::Csv, Some(names)) => {
                Parser::Csv(Box::new(Csv::with_names(&input.file, names, &mut columns, &mut counts)?))
            }
            (Format::Csv, None) => {
                Parser::Csv(Box::new(Csv::with_header(&mut input, &mut columns, &options, &mut counts)?))
            }
            (Format::JsonLines, _) => Parser::Json(Json::default()),
            (Format::ZeekTsv, _) => Parser::Zeek(ZeekTsv::default()),
            (Format::Lines, _) => {
                columns.number(LINE, super::columns::NONE);
                Parser::Lines
            }
        };
        if format == Format::Csv {
            let absent =
                [&options.time, &options.id].into_iter().flatten().find(|n| columns.find(n).is_none());
            if let Some(name) = absent {
                return Err(DataError::line(&input.file, 1, no_column(name, columns.names())));
            }
        }
        Ok(Rows {
            input,
            format,
            parser,
            options,
            columns,
            counts,
            scratch: String::new(),
            prefixed: false,
            breaks: None,
            time: None,
            last_time: f64::NEG_INFINITY,
            id: None,
            ids: LastIds::default(),
        })
    }

    /// Has somebody told, once, of a quote of CSV that stays open for many lines: where a log is followed, no row comes until it is
    /// closed.
    pub fn set_notice(&mut self, notice: fn(&str)) {
        if let Parser::Csv(csv) = &mut self.parser {
            csv.notice = Some(notice);
        }
    }

    /// Goes on at the breaks between the files of a log that is followed, as a row that was begun in one does not.
    pub fn set_breaks(&mut self, breaks: &Breaks) {
        breaks.listen();
        self.breaks = Some(breaks.clone());
    }

    /// The file's name, as given.
    pub fn file(&self) -> &str {
        &self.input.file
    }

    /// The format, as found out or as named.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The names of the columns that have appeared. Those of CSV are known from the start.
    pub fn columns(&self) -> &[String] {
        self.columns.names()
    }

    /// The number of a column, once it has appeared.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.find(name)
    }

    /// Counts of what was met with so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Reads the next good row; `false` at the end. Allocates nothing once the buffers have grown, but for new
    /// columns, bad rows of JSON, and once for a row of JSON that has escapes in its text.
    ///
    /// # Errors
    /// When the system cannot read the file. It counts as ended then.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, DataError> {
        loop {
            row.clear();
            let known = self.columns.names().len();
            let found = self.find(row);
            self.counts.nul_runs = self.input.nul_runs;
            let (found, dropped) = found?;
            let broken = self.breaks.as_ref().is_some_and(Breaks::take);
            if broken && let Parser::Csv(csv) = &mut self.parser {
                csv.fresh = true;
            }
            match found {
                ReadOutcome::End if broken => continue,
                ReadOutcome::End => return Ok(false),
                ReadOutcome::Nothing => continue,
                ReadOutcome::Row => {
                    self.counts.dropped += dropped;
                    self.accept(row);
                    return Ok(true);
                }
                ReadOutcome::Other => self.counts.other_streams += 1,
                ReadOutcome::Bad(why) => self.counts.bad(row.line, &why),
                ReadOutcome::TooLong => {
                    self.counts.too_long += 1;
                    self.counts.bad(row.line, &RowError::TooLong(self.options.max_line));
                }
            }
            if matches!(self.parser, Parser::Json(_)) {
                self.columns.truncate(known);
            }
        }
    }

    fn find(&mut self, row: &mut Row) -> Result<(ReadOutcome, u64), DataError> {
        let Rows { input, columns, options, counts, .. } = self;
        if let Parser::Csv(csv) = &mut self.parser {
            return Ok((csv.next(input, columns, row, options, counts)?, 0));
        }
        let step = input.step()?;
        (row.line, row.offset) = (input.number, input.offset);
        let line = match step {
            Step::End => return Ok((ReadOutcome::End, 0)),
            Step::TooLong => return Ok((ReadOutcome::TooLong, 0)),
            Step::Line => input.line(),
        };
        if line.trim_ascii().is_empty() {
            return Ok((ReadOutcome::Nothing, 0));
        }
        let text = match decode::text(line, options.lossy, &mut self.scratch, counts) {
            Ok(text) => text,
            Err(why) => return Ok((ReadOutcome::Bad(why), 0)),
        };
        let (found, dropped) = match &mut self.parser {
            Parser::Json(json) => {
                let object = if self.prefixed { prefix::behind(text) } else { Some(text) };
                counts.prefixed +=
                    u64::from(object.is_some_and(|object| object.len() < text.trim_start().len()));
                let read = object.ok_or(RowError::NoObject);
                match read.and_then(|object| json.read(object, columns, row, options)) {
                    Ok(dropped) => (ReadOutcome::Row, dropped),
                    Err(why) => (ReadOutcome::Bad(why), 0),
                }
            }
            Parser::Zeek(zeek) => zeek.read(text, columns, row),
            Parser::Csv(_) | Parser::Lines => {
                row.text.push_str(text);
                row.push(0, Kind::Text, 0..text.len(), 0);
                (ReadOutcome::Row, 0)
            }
        };
        let stream = match (&found, &self.parser) {
            (ReadOutcome::Row, Parser::Json(_)) => Json::stream(columns, row),
            (ReadOutcome::Row, Parser::Zeek(zeek)) => {
                Some(zeek.path.as_str()).filter(|path| !path.is_empty())
            }
            _ => None,
        };
        if let Some(stream) = stream {
            counts.stream(stream);
            match &options.stream {
                Some(wanted) if wanted != stream => return Ok((ReadOutcome::Other, 0)),
                wanted => counts.of_stream += u64::from(wanted.is_some()),
            }
        }
        Ok((found, dropped))
    }

    /// Counts what a good row holds.
    fn accept(&mut self, row: &mut Row) {
        let counts = &mut self.counts;
        counts.rows += 1;
        counts.repeated += u64::from(row.repeated);
        for cell in &row.cells {
            match cell.kind {
                Kind::Missing => counts.missing += 1,
                Kind::Number(number) if number.is_infinite() => counts.infinite += 1,
                Kind::Number(_) | Kind::Text => {}
            }
        }
        if let Some(name) = &self.options.time {
            self.time = self.time.or_else(|| self.columns.find(name));
            row.time = self.time.and_then(|time| match row.get(time) {
                Value::Number(number) => Some(number).filter(|number| number.is_finite()),
                Value::Text(text) => seconds(text),
                Value::Missing => None,
            });
            match row.time {
                Some(time) => {
                    counts.backwards += u64::from(time < self.last_time);
                    self.last_time = time;
                }
                None => counts.timeless += 1,
            }
        }
        if let Some(name) = &self.options.id {
            self.id = self.id.or_else(|| self.columns.find(name));
            let id = self.id.and_then(|id| row.text(id));
            counts.duplicates += u64::from(id.is_some_and(|id| self.ids.again(id)));
        }
    }
}
