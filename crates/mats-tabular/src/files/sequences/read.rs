//! Reading: sessions of a file, to fit to or to evaluate on.

use super::super::entity_states::short;
use crate::sequences::{Reading, SequenceDetector, Source, Vocabulary};
use mats_data::DataError;
use mats_data::rows::{Counts, Format, Row, RowOptions, Rows};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
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
/// When the file cannot be read, or not twice, or lacks a column.
pub fn learn(path: &Path, reading: &mut Reading) -> Result<(Sessions, Vocabulary), DataError> {
    let mut lines = 0;
    if let Source::Lines { templates } = &reading.source {
        let mut templates = templates.clone();
        read(path, reading, &mut |line| {
            templates.learn(line);
            lines += 1;
            Vocabulary::UNSEEN
        })?;
        reading.source = Source::Lines { templates };
    }
    let mut vocabulary = Vocabulary::default();
    let sessions = read(path, reading, &mut |event| {
        name(&reading.source, event).map_or(Vocabulary::UNSEEN, |(name, _)| vocabulary.learn(&name))
    })?;
    if sessions.keys.iter().map(Vec::len).sum::<usize>() < lines {
        let what = "held fewer lines when it was read again; give a plain file, not a pipe".to_owned();
        return Err(DataError::File { file: path.display().to_string(), what });
    }
    Ok((sessions, vocabulary))
}

/// Reads sessions for a detector.
///
/// # Errors
/// As [`learn`].
pub fn sessions(path: &Path, detector: &SequenceDetector) -> Result<Sessions, DataError> {
    read(path, &detector.reading, &mut |event| key(detector, event).0)
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

fn read(path: &Path, reading: &Reading, key: &mut dyn FnMut(&str) -> u16) -> Result<Sessions, DataError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| DataError::Io { file: name.clone(), source })?;
    let mut input = BufReader::new(file);
    // Looked at, not taken.
    let start = input.fill_buf().map_err(|source| DataError::Io { file: name.clone(), source })?;
    let guessed = Format::detect(start).unwrap_or(Format::Lines);
    let mut rows = Rows::new(input, &name, row_options(reading))?;
    let (keys, counts, format) = (Vec::new(), Counts::default(), rows.format());
    let mut sessions = Sessions { keys, counts, format, guessed };
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut row = Row::new();
    let mut eventless = 0_u64;
    while rows.next(&mut row)? {
        if reading.source == Source::Sessions {
            let line = row.text(0).unwrap_or_default();
            sessions.keys.push(line.split_whitespace().map(&mut *key).collect());
            continue;
        }
        let Some((whose, event)) = place(&rows, &row, &reading.source) else {
            eventless += 1;
            continue;
        };
        let at = *places.entry(short(whose)).or_insert_with(|| {
            sessions.keys.push(Vec::new());
            sessions.keys.len() - 1
        });
        sessions.keys[at].push(key(event));
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
    sessions.counts = rows.counts().clone();
    sessions.counts.missing += eventless;
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
