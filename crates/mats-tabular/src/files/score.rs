//! Records in, verdicts out, one by one: a line of JSON for each record, written as soon as it is known.

use super::schema;
use crate::tabular::{Cell, Encoder, Oddities, Reason, Scorer, TableDetector, TableScore};
use mats_core::text::printable;
use mats_data::DataError;
use mats_data::follow::Breaks;
use mats_data::rows::{BadRow, Counts, Row, Rows, Value, is_no_number};
use serde::Serialize;
use std::io::{self, BufRead, Write};
use thiserror::Error;

/// Characters of a value that are repeated in a verdict.
const SHOWN: usize = 200;
/// Reasons given for a record.
const REASONS: usize = 3;
/// Rows without a verdict that are named.
const NAMED: usize = 10;
/// Share of the rows that may be left out, or get no verdict; beyond it a command has failed, though what it wrote stands.
pub const MAX_LEFT_OUT: f64 = 0.1;

/// Errors that end scoring early.
#[derive(Debug, Error)]
pub enum ScoreError {
    /// The records could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The verdicts could not be written.
    #[error("write verdicts: {0}")]
    Write(io::Error),
    /// A record is broken, and that was to end it.
    #[error("line {line}: {what}; without --strict such records are counted and passed over")]
    Bad {
        /// Line of the record.
        line: u64,
        /// Reason the record is broken.
        what: String,
    },
}

/// Counts of what was scored.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Records scored.
    pub scored: u64,
    /// Alarms among them.
    pub alarms: u64,
    /// Records without the column that [`ScoreOptions::id`] asks for.
    pub nameless: u64,
    /// Records without an event, which got no verdict.
    pub eventless: LeftOut,
    /// Oddities of the records' fields. Fields that a record lacks are missing.
    pub oddities: Oddities,
    /// Machines or accounts that were forgotten, since too many were watched at once; they begin anew.
    pub evicted: u64,
}

/// Rows that were left out, and the first ten of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LeftOut {
    /// Number of the rows.
    pub count: u64,
    /// The first ten.
    pub first: Vec<BadRow>,
}

impl LeftOut {
    /// Counts a row, for lack of a column.
    pub(super) fn lacks(&mut self, line: u64, column: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(BadRow { line, what: format!("no `{}`", printable(truncated(column))) });
        }
    }
}

/// Says that too many rows were left out, if they are more than [`MAX_LEFT_OUT`] of these and the `others`. Rows of streams
/// that were not asked for are neither. `swallowed` lines within quotes of bad rows, see [`Counts::swallowed`], may have been rows.
pub fn too_many_left_out(left_out: u64, swallowed: u64, others: u64, said: &str) -> Option<String> {
    let all = left_out + swallowed + others;
    let share = (left_out + swallowed) as f64 / all.max(1) as f64;
    (share > MAX_LEFT_OUT).then(|| {
        let (share, most) = (100.0 * share, 100.0 * MAX_LEFT_OUT);
        let lines = match swallowed {
            0 => String::new(),
            _ => format!(" or lines that may have been rows, {swallowed} of them within quotes,"),
        };
        let rows = counted(all, "row");
        format!(
            "{} of {rows}{lines} {said}: {share:.1} %, and more than {most:.0} % are too many",
            left_out + swallowed
        )
    })
}

/// Verdict on a record.
#[derive(Serialize)]
struct Told<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    verdict: &'static str,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f32>,
    /// The likeliest kind of attack; only of alarms.
    #[serde(skip_serializing_if = "Option::is_none")]
    attack: Option<&'a str>,
    model: &'static str,
    reasons: Vec<Because<'a>>,
}

/// A field that moved the score.
#[derive(Serialize)]
struct Because<'a> {
    column: &'a str,
    value: &'a str,
    moved: f32,
}

/// Options for scoring records.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScoreOptions<'a> {
    /// A column whose value is repeated in the verdict.
    pub id: Option<&'a str>,
    /// True if only alarms are to be told.
    pub alarms_only: bool,
    /// True if a broken record ends scoring.
    pub strict: bool,
    /// Hears, once, of a quote of CSV that stays open for long, while records wait for it to be closed.
    pub notice: Option<fn(&str)>,
    /// Breaks between the files of a log that is followed.
    pub breaks: Option<&'a Breaks>,
}

impl ScoreOptions<'_> {
    /// Sets up a reader.
    pub(super) fn set_up<R: BufRead>(&self, rows: &mut Rows<R>) {
        if let Some(notice) = self.notice {
            rows.set_notice(notice);
        }
        if let Some(breaks) = self.breaks {
            rows.set_breaks(breaks);
        }
    }
}

/// Former name of [`ScoreOptions`].
#[deprecated(since = "0.2.0", note = "renamed to `ScoreOptions`")]
pub type Wish<'a> = ScoreOptions<'a>;

/// Scores records until they end; `warn` is told, once, when columns of the detector are missing.
///
/// # Errors
/// When reading or writing fails, when most columns of the detector are missing, or if so wished at the first broken
/// record. What was written before stands.
pub fn score<R: BufRead>(
    detector: &TableDetector,
    rows: &mut Rows<R>,
    options: ScoreOptions<'_>,
    out: &mut impl Write,
    warn: &mut dyn FnMut(&str),
) -> Result<Tally, ScoreError> {
    let mut bench = Bench {
        encoder: detector.encoder(),
        scorer: detector.scorer(),
        places: Vec::new(),
        codes: Vec::new(),
        fields: vec![None; detector.encoder().width()],
        reasons: Vec::new(),
        line: Vec::new(),
    };
    options.set_up(rows);
    let (mut row, mut tally, mut schema) = (Row::new(), Tally::default(), schema::Watch::default());
    loop {
        let more = rows.next(&mut row)?;
        if options.strict
            && let Some(bad) = rows.counts().first_bad.first()
        {
            return Err(ScoreError::Bad { line: bad.line, what: bad.what.clone() });
        }
        if let Some(warning) = schema.look(detector.encoder(), rows, !more)? {
            warn(&warning);
        }
        if !more {
            return Ok(tally);
        }
        bench.place(rows.columns());
        let score = bench.score(&row, &mut tally.oddities);
        tally.scored += 1;
        tally.alarms += u64::from(score.alarm);
        let id = options.id.and_then(|name| rows.column(name)).and_then(|column| row.text(column));
        tally.nameless += u64::from(options.id.is_some() && id.is_none());
        if options.alarms_only && !score.alarm {
            continue;
        }
        bench.write(detector, &row, id, &score);
        out.write_all(&bench.line).and_then(|()| out.flush()).map_err(ScoreError::Write)?;
    }
}

/// Buffers, used again for every record.
struct Bench<'a> {
    encoder: &'a Encoder,
    scorer: Scorer<'a>,
    /// The detector's column, by column of the records.
    places: Vec<Option<usize>>,
    codes: Vec<f32>,
    /// The column of the record that a column of the detector was read from.
    fields: Vec<Option<usize>>,
    reasons: Vec<Reason>,
    line: Vec<u8>,
}

impl Bench<'_> {
    /// Finds the detector's columns for columns that have appeared since.
    fn place(&mut self, columns: &[String]) {
        for name in &columns[self.places.len()..] {
            self.places.push(self.encoder.position(name));
        }
    }

    fn score(&mut self, row: &Row, odd: &mut Oddities) -> TableScore {
        self.encoder.blank(&mut self.codes);
        self.fields.fill(None);
        for field in row.iter() {
            let Some(place) = self.places.get(field.column).copied().flatten() else { continue };
            let cell = match field.value {
                Value::Missing => continue,
                // Such a mark is a name like any other among names.
                Value::Text(text) if !self.encoder.is_name(place) && is_no_number(text) => continue,
                Value::Number(number) if !self.encoder.is_name(place) => Cell::Number(number),
                _ => self.encoder.read(place, field.text),
            };
            self.codes[place] = self.encoder.code(place, cell, odd);
            self.fields[place] = Some(field.column);
        }
        odd.missing += self.fields.iter().filter(|field| field.is_none()).count() as u64;
        self.scorer.score(&self.codes)
    }

    /// Writes the verdict of the record that was scored last into `line`.
    fn write(&mut self, detector: &TableDetector, row: &Row, id: Option<&str>, score: &TableScore) {
        self.scorer.reasons(&self.codes, score, REASONS, &mut self.reasons);
        let because = self.reasons.iter().map(|reason| Because {
            column: self.encoder.name(reason.column),
            value: truncated(
                self.fields[reason.column].and_then(|column| row.text(column)).unwrap_or("missing"),
            ),
            moved: rounded(reason.moved),
        });
        let attack = score.attack.filter(|_| score.alarm).map(|class| detector.classes()[class].as_str());
        let told = Told {
            line: row.line,
            id: id.map(truncated),
            verdict: if score.alarm { "malicious" } else { "benign" },
            score: score.score,
            probability: score.probability,
            attack,
            model: score.by.name(),
            reasons: because.collect(),
        };
        self.line.clear();
        serde_json::to_writer(&mut self.line, &told).expect("plain data always serialises");
        self.line.push(b'\n');
    }
}

/// Rounds what moved a score to four digits.
pub(super) fn rounded(moved: f32) -> f32 {
    (moved * 1e4).round() / 1e4
}

/// The start of a text from a record: a field may hold megabytes.
pub(super) fn truncated(text: &str) -> &str {
    text.char_indices().nth(SHOWN).map_or(text, |(end, _)| &text[..end])
}

/// Lists what to say about broken records and odd fields: a line each, safe to print but for the file's own words.
pub fn complaints(counts: &Counts) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |count: u64, what: &str, said: &str| {
        if count > 0 {
            lines.push(format!("{} {said}", counted(count, what)));
        }
    };
    say(counts.not_utf8, "row", "not in UTF-8: what is broken is read as U+FFFD");
    say(counts.nul, "row", "with NUL bytes");
    say(counts.nul_runs, "run", "of NUL bytes before a row, cut");
    say(counts.prefixed, "row", "of JSON behind a prefix (`@cee:`, a header of syslog), which is cut");
    say(counts.repeated, "row", "with a field that comes twice, of which the last value counts");
    say(
        counts.header_like,
        "row",
        "that looks like another header, taken for a row; where it is one, split the file there",
    );
    say(counts.too_long, "row", "too long, passed over");
    say(counts.other_streams, "row", "of other streams, passed over");
    let unnamed = if counts.of_stream > 0 { counts.rows.saturating_sub(counts.of_stream) } else { 0 };
    say(unnamed, "row", "without the name of a stream, taken for the one that was asked for");
    say(counts.dropped, "value", "dropped, for there were too many columns");
    say(counts.backwards, "row", "earlier than the row before");
    say(counts.timeless, "row", "without a time");
    say(counts.duplicates, "row", "with an id that a row shortly before had");
    if let Some(first) = counts.renamed.first() {
        let columns = counted(counts.renamed.len() as u64, "column");
        lines.push(format!("{columns} with the name of another, read under new names, as `{first}`"));
    }
    if counts.row_like > 0 {
        lines.push(format!(
            "{} within quoted fields, taken for text, though rows look so; the first is line {}",
            counted(counts.row_like, "line"),
            counts.first_row_like
        ));
    }
    lines.extend(listing(counts.bad, "bad row", "left out", &counts.first_bad));
    if counts.swallowed > 0 {
        lines.push(format!(
            "{} within quotes of bad rows, and no rows themselves",
            counted(counts.swallowed, "line")
        ));
    }
    lines
}

/// A number of things.
pub fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Lists how many rows something is wrong with, and the first of them.
pub fn listing(count: u64, what: &str, said: &str, first: &[BadRow]) -> Vec<String> {
    if count == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!("{} {said}", counted(count, what))];
    lines.extend(first.iter().map(|bad| format!("  line {}: {}", bad.line, bad.what)));
    if count > first.len() as u64 {
        lines.push(format!("  … and {} more", count - first.len() as u64));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_tenth_of_the_rows_is_too_many() {
        assert_eq!(too_many_left_out(0, 0, 0, "x"), None);
        assert_eq!(too_many_left_out(1, 0, 9, "x"), None);
        let said = too_many_left_out(2, 0, 9, "got no verdict").unwrap();
        assert_eq!(said, "2 of 11 rows got no verdict: 18.2 %, and more than 10 % are too many");
        let said = too_many_left_out(1, 8, 9, "got no verdict").unwrap();
        assert!(
            said.contains("9 of 18 rows or lines that may have been rows, 8 of them within quotes,"),
            "{said}"
        );
    }
}
