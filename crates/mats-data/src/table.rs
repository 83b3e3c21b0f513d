//! Labelled tables: CSV → plain columns. Whether a column holds numbers or names is found out by looking at all
//! of it. The file is held in memory while it is read.

use crate::error::DataError;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// How a table is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Names of the columns of a file without a header; `None` when the first line is the header.
    pub columns: Option<Vec<String>>,
    /// The column that holds the label; `None` when there is none.
    pub label: Option<String>,
    /// Columns to leave out, for instance because they leak the label.
    pub ignore: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; a missing or infinite value is NaN.
    Numeric(Vec<f64>),
    /// Names.
    Categorical(Categories),
}

/// A column of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories {
    /// For each row the position of its name in `names`, or [`Categories::MISSING`].
    pub codes: Vec<u32>,
    /// The names, in the order of their first appearance.
    pub names: Vec<String>,
}

impl Categories {
    /// The code of a missing value.
    pub const MISSING: u32 = u32::MAX;

    /// The name in a row, or `None` when it is missing.
    pub fn name(&self, row: usize) -> Option<&str> {
        self.names.get(self.codes[row] as usize).map(String::as_str)
    }
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

/// A table in columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Number of rows.
    pub rows: usize,
    /// Names of the columns, without label and ignored ones.
    pub names: Vec<String>,
    /// The columns, each of `rows` values.
    pub columns: Vec<Column>,
    /// The labels, never missing, if a label column was asked for.
    pub labels: Option<Categories>,
    /// Missing values, by column.
    pub missing: Vec<u64>,
    /// Infinite values, by column. They became NaN.
    pub infinite: Vec<u64>,
    /// Rows left out: wrong number of fields, not UTF-8, no label, or the header once more.
    pub bad_rows: u64,
    /// The first ten of them.
    pub first_bad: Vec<BadRow>,
}

/// How many bad rows are kept.
const KEPT: usize = 10;

/// Whether a field says that there is no value.
fn is_missing(field: &str) -> bool {
    field.is_empty()
        || field == "?"
        || ["na", "n/a", "nan", "null"].iter().any(|word| field.eq_ignore_ascii_case(word))
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, has no usable row, or lacks a column that was asked for. Single bad rows are
    /// counted, not errors.
    pub fn open(path: &Path, options: &Options) -> Result<Table, DataError> {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).map_err(|source| DataError::io(&name, source))?;
        Table::read(file, &name, options)
    }

    /// Reads from any source; `file` is only for messages.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn read(mut input: impl Read, file: &str, options: &Options) -> Result<Table, DataError> {
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(|source| DataError::io(file, source))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let plan = Plan::new(bytes, file, options)?;

        let mut numeric = vec![true; plan.kept.len()];
        let mut bad = Bad::default();
        plan.each(bytes, &mut bad, |row| {
            for (numeric, &column) in numeric.iter_mut().zip(&plan.kept) {
                let field = row[column].trim();
                *numeric &= is_missing(field) || field.parse::<f64>().is_ok();
            }
        });

        let mut builders: Vec<Builder> = numeric.iter().map(|&numeric| Builder::new(numeric)).collect();
        let mut labels = plan.label.map(|_| Builder::new(false));
        let mut rows = 0;
        plan.each(bytes, &mut Bad::default(), |row| {
            rows += 1;
            for (builder, &column) in builders.iter_mut().zip(&plan.kept) {
                builder.push(row[column].trim());
            }
            if let (Some(labels), Some(column)) = (&mut labels, plan.label) {
                labels.push(row[column].trim());
            }
        });
        if rows == 0 {
            let first = bad.first.first().map_or(String::new(), |b| format!("; line {}: {}", b.line, b.what));
            return Err(DataError::file(file, format!("no usable row{first}; is it comma-separated text?")));
        }
        Ok(Table {
            rows,
            names: plan.kept.iter().map(|&column| plan.names[column].clone()).collect(),
            missing: builders.iter().map(|builder| builder.missing).collect(),
            infinite: builders.iter().map(|builder| builder.infinite).collect(),
            columns: builders.into_iter().map(|builder| builder.column).collect(),
            labels: labels.and_then(|builder| match builder.column {
                Column::Categorical(categories) => Some(categories),
                Column::Numeric(_) => None,
            }),
            bad_rows: bad.count,
            first_bad: bad.first,
        })
    }
}

#[derive(Default)]
struct Bad {
    count: u64,
    first: Vec<BadRow>,
}

impl Bad {
    fn add(&mut self, line: u64, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(BadRow { line, what: what() });
        }
    }
}

/// Which fields are what.
struct Plan {
    names: Vec<String>,
    header: bool,
    label: Option<usize>,
    /// Positions of the columns to keep.
    kept: Vec<usize>,
}

impl Plan {
    fn new(bytes: &[u8], file: &str, options: &Options) -> Result<Plan, DataError> {
        let header = options.columns.is_none();
        let names: Vec<String> = if let Some(columns) = &options.columns {
            columns.clone()
        } else {
            let mut first = csv::ByteRecord::new();
            reader(bytes).read_byte_record(&mut first).map_err(|error| DataError::csv(file, error))?;
            let name = |field: &[u8]| std::str::from_utf8(field).map(|name| name.trim().to_owned());
            first
                .iter()
                .map(name)
                .collect::<Result<_, _>>()
                .map_err(|_| DataError::line(file, 1, "the header is not UTF-8; convert the file"))?
        };
        if names.is_empty() {
            return Err(DataError::file(file, "the file is empty; it must hold at least a header and a row"));
        }
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                return Err(DataError::line(file, 1, format!("two columns are named `{name}`; rename one")));
            }
        }
        let find = |name: &String| {
            names.iter().position(|known| known == name).ok_or_else(|| {
                DataError::line(file, 1, format!("no column `{name}`; there are {}", names.join(", ")))
            })
        };
        let label = options.label.as_ref().map(find).transpose()?;
        let ignored = options.ignore.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let kept = (0..names.len()).filter(|i| Some(*i) != label && !ignored.contains(i)).collect();
        Ok(Plan { names, header, label, kept })
    }

    /// Calls `visit` with every good row.
    fn each(&self, bytes: &[u8], bad: &mut Bad, mut visit: impl FnMut(&csv::StringRecord)) {
        let mut reader = reader(bytes);
        let mut row = csv::StringRecord::new();
        let mut first = self.header;
        loop {
            let line = reader.position().line();
            match reader.read_record(&mut row) {
                Ok(false) => return,
                Ok(true) if std::mem::take(&mut first) => {}
                Ok(true) => {
                    let line = row.position().map_or(line, csv::Position::line);
                    if row.len() != self.names.len() {
                        let (found, expected) = (row.len(), self.names.len());
                        bad.add(line, || format!("{found} fields instead of {expected}"));
                    } else if self.label.is_some_and(|label| is_missing(row[label].trim())) {
                        bad.add(line, || "no label".to_owned());
                    } else if row.iter().zip(&self.names).all(|(field, name)| field.trim() == name) {
                        bad.add(line, || "the header once more".to_owned());
                    } else {
                        visit(&row);
                    }
                }
                Err(error) => bad.add(line, || match error.kind() {
                    csv::ErrorKind::Utf8 { err, .. } => format!("field {} is not UTF-8", err.field() + 1),
                    other => format!("{other:?}"),
                }),
            }
        }
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes)
}

/// Collects a column.
struct Builder {
    column: Column,
    codes: BTreeMap<String, u32>,
    missing: u64,
    infinite: u64,
}

impl Builder {
    fn new(numeric: bool) -> Builder {
        let column =
            if numeric { Column::Numeric(Vec::new()) } else { Column::Categorical(Categories::default()) };
        Builder { column, codes: BTreeMap::new(), missing: 0, infinite: 0 }
    }

    fn push(&mut self, field: &str) {
        let missing = is_missing(field);
        self.missing += u64::from(missing);
        match &mut self.column {
            Column::Numeric(values) => {
                let value = if missing { f64::NAN } else { field.parse().unwrap_or(f64::NAN) };
                self.infinite += u64::from(value.is_infinite());
                values.push(if value.is_infinite() { f64::NAN } else { value });
            }
            Column::Categorical(categories) => {
                let code = if missing {
                    Categories::MISSING
                } else if let Some(&code) = self.codes.get(field) {
                    code
                } else {
                    let code = categories.names.len() as u32;
                    categories.names.push(field.to_owned());
                    self.codes.insert(field.to_owned(), code);
                    code
                };
                categories.codes.push(code);
            }
        }
    }
}
