//! A file as a labelled table.

use super::input::Input;
use super::leaks;
use crate::tabular::{Encoder, Frame, Reading, Values};
use mats_core::files::{MAX_TEXT, read_regular};
use mats_data::rows::Format;
use mats_data::table::{Column, Joined, Options, Table, Type};
use mats_data::{DataError, table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Label of rows without one, where the empty label was said to mean benign.
pub const EMPTY: &str = "(empty)";

/// Source to read from, beyond what a model remembers.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Content of the file, where it is a pipe that was read before, see [`Input::into_held`].
    pub held: Option<Vec<u8>>,
    /// Format of the file; found out where not given.
    pub format: Option<Format>,
    /// Columns that hold names though they look like numbers.
    pub categorical: Vec<String>,
    /// Columns that must be there.
    pub required: Vec<String>,
    /// Columns that got a name only because the list of names is too short.
    pub surplus: Vec<String>,
    /// Types of columns, where a model knows them.
    pub known: Vec<(String, Type)>,
    /// Labels in a file of their own: the file, its column of ids and its column of labels.
    pub truth: Option<(PathBuf, String, String)>,
}

/// A labelled table.
#[derive(Debug)]
pub struct Data {
    /// Columns that have no name of their own, see [`Source::surplus`].
    pub surplus: Vec<String>,
    /// True if all its columns are called numbers, as they are when a row was taken for the header.
    pub headless: bool,
    /// The table.
    pub table: Table,
    /// The rows' labels, by position in the names; groups stand for their members.
    pub labels: Option<(Vec<u32>, Vec<String>)>,
    /// Summary of how labels of a file of their own were joined.
    pub joined: Option<Joined>,
    /// A label, where there are groups of labels and none of them holds any.
    pub ungrouped: Option<String>,
}

impl Data {
    /// Reads a file as a model's training rows were, or are to be, read.
    ///
    /// # Errors
    /// When a file cannot be read, has no usable row or lacks a column that was asked for; when a file of labels names
    /// rows, and none of these.
    pub fn open(source: &Source, reading: &Reading) -> Result<Data, DataError> {
        let options = Options {
            format: source.format,
            columns: reading.columns.clone(),
            stream: reading.stream.clone(),
            label: if source.truth.is_some() { None } else { reading.label.clone() },
            empty_label: reading.benign.iter().any(|label| label.trim().is_empty()).then(|| EMPTY.to_owned()),
            id: if source.truth.is_some() { reading.id.clone() } else { None },
            ignore: reading.drop.clone(),
            categorical: source.categorical.clone(),
            known: source.known.clone(),
            required: source.required.clone(),
            ..Options::default()
        };
        let mut table = match &source.held {
            Some(bytes) => Table::read_bytes(bytes, &source.path.display().to_string(), &options)?,
            None => Table::open(&source.path, &options)?,
        };
        let joined = match &source.truth {
            Some((path, key, label)) => {
                let joined = table.join_labels(path, key, label)?;
                // A file that lists nothing is that of a day without an attack; one that lists other rows is a mistake.
                if joined.listed == 0 && joined.labels + joined.bad > 0 {
                    let id = reading.id.as_deref().unwrap_or_default();
                    let what = format!(
                        "its column `{key}` names no row of {} by `{id}`; name the columns with --truth-id and --id",
                        source.path.display()
                    );
                    return Err(DataError::File { file: path.display().to_string(), what });
                }
                Some(joined)
            }
            None => None,
        };
        let labels = table.labels.take();
        let in_group = |name: &String| reading.groups.iter().any(|(label, _)| label == name);
        let mut names = labels.iter().flat_map(|labels| &labels.names);
        let ungrouped = names
            .next()
            .filter(|first| !reading.groups.is_empty() && !in_group(first) && !names.any(in_group));
        let ungrouped = ungrouped.cloned();
        let labels = labels.map(|labels| grouped(labels, &reading.groups));
        let headless = table.format == Format::Csv
            && reading.columns.is_none()
            && table.names.iter().all(|name| name.parse::<f64>().is_ok());
        Ok(Data { surplus: source.surplus.clone(), headless, table, labels, joined, ungrouped })
    }

    /// Returns its columns, for a detector.
    pub fn frame(&self) -> Frame<'_> {
        let columns = self.table.names.iter().zip(&self.table.columns);
        Frame {
            rows: self.table.rows,
            columns: columns.map(|(name, column)| (name.as_str(), values(column))).collect(),
        }
    }

    /// Returns its columns to learn from: what would give away the time of the recording is left out unless to be kept.
    pub fn training(&self, keep: &[String]) -> Frame<'_> {
        let mut frame = self.frame();
        for ((name, values), column) in frame.columns.iter_mut().zip(&self.table.columns) {
            let surplus = self.surplus.iter().any(|surplus| surplus == name);
            let why = match *name {
                _ if surplus => Some("has no name in the list of names"),
                "" => Some("has no name"),
                _ => leaks::why(name, column),
            };
            if let Some(why) = why
                && !keep.iter().any(|kept| kept == name)
            {
                *values = Values::Out(why);
            }
        }
        frame
    }

    /// Returns the labels that rows have.
    pub fn used(&self) -> Vec<&str> {
        let Some((codes, names)) = &self.labels else { return Vec::new() };
        let mut used = vec![false; names.len()];
        for &code in codes {
            used[code as usize] = true;
        }
        names.iter().zip(used).filter(|(_, used)| *used).map(|(name, _)| name.as_str()).collect()
    }

    /// Counts the rows that were left out of the table, whatever for. A header that comes again is no row.
    pub fn left_out(&self) -> u64 {
        let unnamed = self.joined.as_ref().map_or(0, |joined| joined.left_out);
        self.table.bad_rows - self.table.counts.headers_again + unnamed
    }
}

/// Returns what a model takes its columns for, so that a file is read as its training rows were.
pub fn known(encoder: &Encoder) -> Vec<(String, Type)> {
    let what = |column| if encoder.is_name(column) { Type::Names } else { Type::Numbers };
    (0..encoder.width()).map(|column| (encoder.name(column).to_owned(), what(column))).collect()
}

fn values(column: &Column) -> Values<'_> {
    match column {
        Column::Numeric(numbers) => Values::Numbers(numbers),
        Column::Categorical(names) => Values::Names { codes: &names.codes, names: &names.names },
    }
}

/// Labels with the groups they belong to in their place.
fn grouped(labels: table::Categories, groups: &[(String, String)]) -> (Vec<u32>, Vec<String>) {
    if groups.is_empty() {
        return (labels.codes, labels.names);
    }
    let groups: BTreeMap<&str, &str> = groups.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let mut names: Vec<String> = Vec::new();
    let codes: Vec<u32> = labels
        .names
        .iter()
        .map(|name| {
            let name = groups.get(name.as_str()).copied().unwrap_or(name);
            let at = names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            at as u32
        })
        .collect();
    (labels.codes.iter().map(|&code| codes[code as usize]).collect(), names)
}

/// Names of columns from a file: one a line, anything after a comma passed over (as in files that list name and
/// type); or all in one line, with commas between.
///
/// # Errors
/// When the file cannot be read, is not text or names nothing.
pub fn column_names(path: &Path) -> Result<Vec<String>, DataError> {
    let text = text(path)?;
    if let [line] = lines(&text).collect::<Vec<_>>().as_slice() {
        return Ok(line.split(',').map(|name| name.trim().to_owned()).collect());
    }
    Ok(pairs(path, &text)?.into_iter().map(|(name, _)| name).collect())
}

/// Reads names like [`column_names`]; makes one like `column_42` for every field of the first row of the data without one.
///
/// # Errors
/// As [`column_names`], or when the data cannot be read.
pub fn column_names_for(path: &Path, data: &Path) -> Result<[Vec<String>; 2], DataError> {
    column_names_of(path, &Input::open(data)?)
}

/// Reads names like [`column_names_for`], for data that may be a pipe.
///
/// # Errors
/// As [`column_names`], or when the data cannot be read.
pub fn column_names_of(path: &Path, data: &Input) -> Result<[Vec<String>; 2], DataError> {
    let names = column_names(path)?;
    let open = data.reader()?;
    let mut first = csv::ByteRecord::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(open);
    // What is wrong with the row itself is told when the rows are read.
    let fields = reader.read_byte_record(&mut first).map_or(0, |_| first.len());
    let surplus = (names.len() + 1..=fields).map(|number| format!("column_{number}")).collect();
    Ok([names, surplus])
}

/// Groups of labels from a file: a label and its group on each line, with a comma between.
///
/// # Errors
/// When the file cannot be read, is not text or a line has no group.
pub fn label_groups(path: &Path) -> Result<Vec<(String, String)>, DataError> {
    let file = path.display().to_string();
    let pairs = pairs(path, &text(path)?)?;
    match pairs.iter().position(|(_, group)| group.is_empty()) {
        Some(at) => Err(DataError::Line {
            file,
            line: at as u64 + 1,
            what: "no group; write the label, a comma and its group on each line".to_owned(),
        }),
        None => Ok(pairs),
    }
}

/// First and second field of every line that is not blank.
fn pairs(path: &Path, text: &str) -> Result<Vec<(String, String)>, DataError> {
    let pairs: Vec<(String, String)> = lines(text)
        .map(|line| {
            let (first, rest) = line.split_once(',').unwrap_or((line, ""));
            let second = rest.split(',').next().unwrap_or_default();
            (first.trim().to_owned(), second.trim().to_owned())
        })
        .collect();
    if pairs.is_empty() { Err(wrong(path, "names nothing; write one name a line")) } else { Ok(pairs) }
}

/// The lines that are not blank, however they end.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty())
}

fn text(path: &Path) -> Result<String, DataError> {
    let file = path.display().to_string();
    let bytes = read_regular(path, MAX_TEXT).map_err(|source| DataError::Io { file, source })?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(path, "not UTF-8 text; convert it"))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

fn wrong(path: &Path, what: &str) -> DataError {
    DataError::File { file: path.display().to_string(), what: what.to_owned() }
}
