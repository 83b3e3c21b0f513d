//! What must hold for any bytes whatever. The fuzz targets check it, and a test of `mats-data` does for the corpus.

use mats_data::rows::{Counts, Format, Row, RowOptions, Rows, Value};
use mats_data::table::{Categories, Column, Options, Table};
use std::io::{BufRead, BufReader};

/// How a target reads its input.
pub struct Target {
    /// Its name, which is that of its corpus too.
    pub name: &'static str,
    pub format: Format,
    pub time: Option<&'static str>,
    pub id: Option<&'static str>,
    pub stream: Option<&'static str>,
}

/// All targets.
pub const TARGETS: [Target; 6] = [
    Target { name: "csv", format: Format::Csv, time: None, id: None, stream: None },
    Target {
        name: "zeek_json",
        format: Format::JsonLines,
        time: Some("ts"),
        id: Some("uid"),
        stream: Some("conn"),
    },
    Target {
        name: "zeek_tsv",
        format: Format::ZeekTsv,
        time: Some("ts"),
        id: Some("uid"),
        stream: Some("conn"),
    },
    Target {
        name: "ecs",
        format: Format::JsonLines,
        time: Some("@timestamp"),
        id: Some("event.id"),
        stream: None,
    },
    Target {
        name: "windows",
        format: Format::JsonLines,
        time: Some("EventTime"),
        id: Some("RecordNumber"),
        stream: None,
    },
    Target { name: "lines", format: Format::Lines, time: None, id: Some("line"), stream: None },
];

/// Reads the bytes in all ways that a target knows.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    let text = |name: Option<&str>| name.map(str::to_owned);
    let usual = RowOptions {
        format: Some(target.format),
        time: text(target.time),
        id: text(target.id),
        ..RowOptions::default()
    };
    let narrow = RowOptions { max_line: 64, max_columns: 4, ..usual.clone() };
    let strict = RowOptions { lossy: false, stream: text(target.stream), ..usual.clone() };
    let found = RowOptions { format: None, ..RowOptions::default() };
    for options in [usual, narrow, strict, found] {
        rows(bytes, &options);
    }
    let options = Options { format: Some(target.format), ..Options::default() };
    table(bytes, &options);
    table(bytes, &Options { label: text(target.id), ..Options::default() });
}

/// Reads rows and checks them; in small pieces they must be the same.
pub fn rows(bytes: &[u8], options: &RowOptions) {
    let whole = read(bytes, bytes, options);
    let pieces = read(BufReader::with_capacity(7, bytes), bytes, options);
    assert_eq!(whole, pieces, "the size of reads matters");
}

/// The counts, and line, offset and size of each row.
type Seen = (Counts, Vec<(u64, u64, usize)>);

fn read(input: impl BufRead, bytes: &[u8], options: &RowOptions) -> Option<Seen> {
    let mut rows = match Rows::new(input, "fuzz", options.clone()) {
        Ok(rows) => rows,
        Err(error) => {
            printable(&error.to_string());
            return None;
        }
    };
    let (mut row, mut seen) = (Row::new(), Vec::new());
    while rows.next(&mut row).expect("memory can be read") {
        let size = check_row(&rows, &row, options, bytes.len());
        if let Some((line, offset, _)) = seen.last() {
            assert!(row.line > *line && row.offset > *offset, "rows ascend");
        }
        let rest = &bytes[row.offset as usize..];
        // A run of NUL bytes before a row is cut.
        assert!(row.offset == 0 || row.offset == 3 || b"\n\0".contains(&bytes[row.offset as usize - 1]));
        assert_ne!(rest.first(), Some(&0), "rows do not begin with what is cut");
        if rows.format() == Format::JsonLines {
            let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
            // Those behind it are cut, too.
            let line = &line[..line.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)];
            let text = String::from_utf8_lossy(line).replace('\0', "\u{fffd}");
            let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            let prefixed = rows.counts().prefixed > 0;
            assert!(
                is_json(&text) || prefixed && text.match_indices('{').any(|(at, _)| is_json(&text[at..])),
                "a good row is JSON"
            );
        }
        seen.push((row.line, row.offset, size));
    }
    assert!(!rows.next(&mut row).expect("memory can be read"), "the end is the end");
    let counts = rows.counts();
    check_counts(counts, seen.len() as u64, bytes);
    assert!(rows.columns().len() <= options.max_columns);
    for (i, name) in rows.columns().iter().enumerate() {
        assert_eq!(rows.column(name), Some(i));
    }
    Some((counts.clone(), seen))
}

/// Checks a row; returns the size of its text.
fn check_row<R: BufRead>(rows: &Rows<R>, row: &Row, options: &RowOptions, len: usize) -> usize {
    let mut columns = Vec::new();
    let mut size = 0;
    for field in row.iter() {
        columns.push(field.column);
        size += field.text.len();
        assert!(field.column < rows.columns().len());
        assert_eq!(row.get(field.column), field.value);
        match field.value {
            Value::Missing => assert_eq!(row.text(field.column), None),
            Value::Number(number) => {
                assert!(!number.is_nan());
                assert_eq!(field.text.parse(), Ok(number), "{}", field.text);
            }
            Value::Text(text) => assert_eq!((text, row.text(field.column)), (field.text, Some(text))),
        }
    }
    assert!(row.len() <= options.max_columns && row.len() == columns.len());
    columns.sort_unstable();
    columns.dedup();
    assert_eq!(columns.len(), row.len(), "each column once");
    assert!(row.time().is_none_or(f64::is_finite));
    // U+FFFD takes three bytes for one, and `1e16` is written out.
    assert!(size <= 8 * len + 64, "{size} bytes of text from {len}");
    size
}

fn check_counts(counts: &Counts, seen: u64, bytes: &[u8]) {
    let lines = bytes.split(|&byte| byte == b'\n').count() as u64;
    assert_eq!(counts.rows, seen);
    let all = counts.rows + counts.bad + counts.other_streams + counts.swallowed;
    assert!(all <= lines, "no line counts twice: {counts:?}");
    assert!(counts.row_like <= lines && (counts.row_like > 0) == (counts.first_row_like > 0));
    assert!(counts.repeated <= counts.rows && counts.nul_runs <= lines + 1);
    assert_eq!(counts.first_bad.len() as u64, counts.bad.min(10));
    assert!(counts.first_bad.iter().all(|bad| bad.line >= 1 && bad.line <= lines));
    assert!(counts.too_long <= counts.bad);
    assert!(counts.not_utf8 <= lines && counts.nul <= lines);
    assert!(counts.duplicates + counts.backwards + counts.timeless <= 2 * counts.rows);
    assert!(counts.streams.len() <= 64);
    counts.first_bad.iter().for_each(|bad| printable(&bad.what));
}

fn table(bytes: &[u8], options: &Options) {
    let table = match Table::read(bytes, "fuzz", options) {
        Ok(table) => table,
        Err(error) => return printable(&error.to_string()),
    };
    assert!(table.rows > 0 && table.lines.len() == table.rows);
    assert_eq!(table.names.len(), table.columns.len());
    for (i, column) in table.columns.iter().enumerate() {
        let missing = match column {
            Column::Numeric(values) => {
                assert_eq!(values.len(), table.rows);
                let infinite = values.iter().filter(|value| value.is_infinite()).count() as u64;
                assert_eq!(infinite, table.infinite[i], "column {i}");
                values.iter().filter(|value| value.is_nan()).count() as u64
            }
            Column::Categorical(names) => categories(names, table.rows),
        };
        assert_eq!(missing, table.missing[i], "column {i}");
    }
    if let Some(labels) = &table.labels {
        assert_eq!(categories(labels, table.rows), 0);
    }
}

/// Checks codes; returns how many are missing.
fn categories(names: &Categories, rows: usize) -> u64 {
    assert_eq!(names.codes.len(), rows);
    let missing = names.codes.iter().filter(|&&code| code == Categories::MISSING).count();
    let known = names.codes.iter().filter(|&&code| (code as usize) < names.names.len()).count();
    assert_eq!(missing + known, rows);
    missing as u64
}

fn printable(text: &str) {
    assert!(text.chars().all(|c| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c)), "{text:?}");
}
