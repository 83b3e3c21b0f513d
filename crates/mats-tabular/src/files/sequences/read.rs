//! Reading: sessions of a file, to fit to or to evaluate on.

use super::super::entity_states::short;
use super::super::input::Input;
use super::super::score::LeftOut;
use crate::sequences::{Reading, SequenceDetector, Source, Vocabulary};
use mats_data::DataError;
use mats_data::rows::{Counts, Format, Row, RowOptions, Rows};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

/// Sessions that no line bounds are taken in pieces of so many events.
const PIECE: usize = 50;
/// Entity of events that name none: all are of one.
const ALL: &str = "all";

/// Sessions of a file, as keys.
#[derive(Debug)]
pub struct Sessions {
    /// Keys of the events of each session.
    pub keys: Vec<Vec<u16>>,
    /// Counts of what was met with while reading.
    pub counts: Counts,
    /// Rows without an event, which are in no session.
    pub eventless: LeftOut,
    /// The format that the file was read as.
    pub format: Format,
    /// Format that it looks like; sessions and lines are read as such, whatever that is.
    pub guessed: Format,
}

impl Sessions {
    /// The share of the events that training did not have; 0 of none.
    pub fn unseen(&self) -> f64 {
        let events = || self.keys.iter().flatten();
        let unseen = events().filter(|&&key| key == Vocabulary::UNSEEN).count();
        unseen as f64 / events().count().max(1) as f64
    }

    /// Counts the rows that are in no session, whatever for.
    pub fn left_out(&self) -> u64 {
        self.counts.bad - self.counts.headers_again + self.eventless.count
    }

    /// Counts the rows that are in sessions.
    pub fn rows(&self) -> u64 {
        self.counts.rows - self.eventless.count
    }
}

/// Returns the options for reading rows of a source.
pub(super) fn row_options(reading: &Reading) -> RowOptions {
    let format = match reading.source {
        Source::Rows { .. } => None,
        Source::Sessions | Source::Lines { .. } => Some(Format::Lines),
    };
    RowOptions {
        format,
        columns: reading.columns.clone(),
        stream: reading.stream.clone(),
        header_again: true,
        ..RowOptions::default()
    }
}

/// Reads normal sessions to fit to; the vocabulary, and templates where lines need them, are learnt on the way. Lines are
/// read twice: templates change until the last line, and only then are events what they will be in scoring.
///
/// # Errors
/// When the file cannot be read or lacks a column, or no row is of the stream that was asked for.
pub fn learn(path: &Path, reading: &mut Reading) -> Result<(Sessions, Vocabulary), DataError> {
    learn_from(&Input::open(path)?, reading)
}

/// Reads normal sessions as [`learn`] does, from a file that may be a pipe.
///
/// # Errors
/// As [`learn`].
pub fn learn_from(input: &Input, reading: &mut Reading) -> Result<(Sessions, Vocabulary), DataError> {
    let mut lines = 0;
    if let Source::Lines { templates } = &reading.source {
        let mut templates = templates.clone();
        read(input, reading, &mut |line| {
            templates.learn(line);
            lines += 1;
            Vocabulary::UNSEEN
        })?;
        reading.source = Source::Lines { templates };
    }
    let mut vocabulary = Vocabulary::default();
    let sessions = read(input, reading, &mut |event| {
        name(&reading.source, event).map_or(Vocabulary::UNSEEN, |(name, _)| vocabulary.learn(&name))
    })?;
    let wrong = |what| DataError::File { file: input.path().display().to_string(), what };
    if sessions.keys.iter().map(Vec::len).sum::<usize>() < lines {
        return Err(wrong("held fewer lines when it was read again; read a copy".to_owned()));
    }
    if let Some(why) = reading.stream.as_ref().and_then(|stream| sessions.counts.in_vain(stream)) {
        return Err(wrong(format!("{why}; leave --stream out")));
    }
    Ok((sessions, vocabulary))
}

/// Reads sessions for a detector.
///
/// # Errors
/// As [`learn`]; rows that name no stream are taken for those of the one that was asked for.
pub fn sessions(path: &Path, detector: &SequenceDetector) -> Result<Sessions, DataError> {
    read(&Input::open(path)?, &detector.reading, &mut |event| key(detector, event).0)
}

/// The key of an event as it stands in the file, and of a line its template.
pub(super) fn key(detector: &SequenceDetector, event: &str) -> (u16, Option<usize>) {
    match name(&detector.reading.source, event) {
        Some((name, template)) => (detector.vocabulary().key(&name), template),
        None => (Vocabulary::UNSEEN, None),
    }
}

/// The name of an event as the vocabulary has it, and of a line its template; `None` of a line that has none.
fn name<'e>(source: &Source, event: &'e str) -> Option<(Cow<'e, str>, Option<usize>)> {
    match source {
        Source::Lines { templates } => templates.find(event).map(|n| (n.to_string().into(), Some(n))),
        Source::Sessions | Source::Rows { .. } => Some((event.into(), None)),
    }
}

fn read(input: &Input, reading: &Reading, key: &mut dyn FnMut(&str) -> u16) -> Result<Sessions, DataError> {
    let name = input.path().display().to_string();
    let mut input = input.reader()?;
    // Looked at, not taken.
    let start = input.fill_buf().map_err(|source| DataError::Io { file: name.clone(), source })?;
    let guessed = Format::detect(start).unwrap_or(Format::Lines);
    let mut rows = Rows::new(input, &name, row_options(reading))?;
    let (keys, counts, format) = (Vec::new(), Counts::default(), rows.format());
    let mut sessions = Sessions { keys, counts, eventless: LeftOut::default(), format, guessed };
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut row = Row::new();
    while rows.next(&mut row)? {
        if reading.source == Source::Sessions {
            let line = row.text(0).unwrap_or_default();
            sessions.keys.push(line.split_whitespace().map(&mut *key).collect());
            continue;
        }
        let Some((whose, event)) = place(&rows, &row, &reading.source) else {
            sessions.eventless.lacks(row.line, event_column(&reading.source));
            continue;
        };
        let at = *places.entry(short(whose)).or_insert_with(|| {
            sessions.keys.push(Vec::new());
            sessions.keys.len() - 1
        });
        sessions.keys[at].push(key(event));
    }
    sessions.counts = rows.counts().clone();
    if let Some(why) = reading.stream.as_ref().and_then(|stream| sessions.counts.in_vain(stream))
        && sessions.counts.other_streams > 0
    {
        return Err(DataError::File { file: name, what: why });
    }
    if let Source::Rows { event, entity } = &reading.source
        && let Some(column) =
            [Some(event), entity.as_ref()].into_iter().flatten().find(|c| rows.column(c).is_none())
    {
        return Err(DataError::File {
            file: name,
            what: format!("no column `{column}`; there are {}", rows.columns().join(", ")),
        });
    }
    if reading.source != Source::Sessions {
        let pieces = sessions.keys.iter().flat_map(|whole| whole.chunks(PIECE));
        sessions.keys = pieces.map(<[u16]>::to_vec).collect();
    }
    Ok(sessions)
}

/// The entity whose event a row is, and the event; `None` if it has none.
pub(super) fn place<'r, R: BufRead>(
    rows: &Rows<R>,
    row: &'r Row,
    source: &Source,
) -> Option<(&'r str, &'r str)> {
    match source {
        Source::Rows { event, entity } => {
            let text = |column: &str| rows.column(column).and_then(|column| row.text(column));
            let whose = entity.as_ref().map_or(ALL, |entity| text(entity).unwrap_or(ALL));
            Some((whose, text(event)?))
        }
        Source::Sessions | Source::Lines { .. } => Some((ALL, row.text(0)?)),
    }
}

/// The column that holds the event.
pub(super) fn event_column(source: &Source) -> &str {
    match source {
        Source::Rows { event, .. } => event,
        Source::Sessions | Source::Lines { .. } => "line",
    }
}
