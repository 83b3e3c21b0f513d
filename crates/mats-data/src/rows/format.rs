//! Which format a file has.

use super::prefix::is_prefixed;
use std::fmt;
use std::str::FromStr;

/// A format of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Comma-separated values (RFC 4180), with a header or with names given from outside.
    Csv,
    /// One JSON object a line: Zeek's JSON logs, Elastic Common Schema, Windows events.
    JsonLines,
    /// Zeek's tab-separated logs with `#` headers.
    ZeekTsv,
    /// Plain lines: syslog, auditd.
    Lines,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 4] = [Format::Csv, Format::JsonLines, Format::ZeekTsv, Format::Lines];

    /// The name, as users write it: `csv`, `jsonl`, `zeek-tsv`, `lines`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
            Format::ZeekTsv => "zeek-tsv",
            Format::Lines => "lines",
        }
    }

    /// Finds out the format from the first line of a file. More than the first line may be given.
    ///
    /// - `{` begins JSON lines, also behind the prefix of a log (`@cee:`, the header of syslog), `#separator`, `#fields` and their like Zeek's tab-separated logs;
    /// - commas make CSV if what stands between them looks like a header or like values;
    /// - all else is plain lines.
    ///
    /// # Errors
    /// When the file is of a kind that has no rows of text; the error says what it is and what to do.
    pub fn detect(start: &[u8]) -> Result<Format, &'static str> {
        if let Some(advice) = no_text(start).or_else(|| no_lines(start)) {
            return Err(advice);
        }
        let start = begin(start);
        let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let ended = line.len() < start.len();
        let line = line.trim_ascii_end();
        let zeek: [&[u8]; 5] = [b"#separator", b"#fields", b"#path", b"#set_separator", b"#types"];
        Ok(if zeek.iter().any(|header| line.starts_with(header)) {
            Format::ZeekTsv
        } else if line.starts_with(b"{") || is_prefixed(line, ended) {
            Format::JsonLines
        } else if is_table(line) {
            Format::Csv
        } else {
            Format::Lines
        })
    }
}

/// The start of a file from the first byte on that says something: no byte order mark, white space or NUL.
pub(super) fn begin(start: &[u8]) -> &[u8] {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let blank = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0).count();
    &text[blank..]
}

/// Names what is no text, and what to do about it.
pub(super) fn no_text(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("this is UTF-16; convert it: iconv -f UTF-16 -t UTF-8"),
        [b'{' | b'[' | b'"' | b'#', 0, ..] => Some("this is UTF-16; convert it: iconv -f UTF-16LE -t UTF-8"),
        [0, b'{' | b'[' | b'"' | b'#', 0, ..] => {
            Some("this is UTF-16; convert it: iconv -f UTF-16BE -t UTF-8")
        }
        [0x1f, 0x8b, ..] => Some("this is compressed with gzip; unpack it: gunzip -k"),
        [b'P', b'K', 3, 4, ..] => Some("this is a zip archive; unpack it first"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("this is compressed with zstd; unpack it: unzstd"),
        [b'P', b'A', b'R', b'1', ..] => Some("this is Parquet; export it as CSV or JSON lines"),
        _ if start.starts_with(b"ElfFile") => Some(
            "this is a Windows event log in binary form; export it as JSON lines, for instance with evtx_dump -o jsonl",
        ),
        _ => None,
    }
}

/// Names what is JSON, but not an object a line, and what to do about it.
pub(super) fn no_lines(start: &[u8]) -> Option<&'static str> {
    let text = begin(start);
    let (line, rest) = text.split_at(text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len()));
    let line = line.trim_ascii();
    if line == b"[" || line.strip_prefix(b"[").is_some_and(|inner| inner.trim_ascii_start().starts_with(b"{"))
    {
        Some("this is one JSON array; write one object a line: jq -c '.[]'")
    } else if line == b"{" && !rest.is_empty() {
        Some("this is JSON spread over several lines; write one object a line: jq -c .")
    } else {
        None
    }
}

/// Tells whether a line is one of a table, by its looks: names, or at least three values without white space. Sentences
/// with commas are neither.
fn is_table(line: &[u8]) -> bool {
    let fields = || line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let count = fields().count();
    let blanks = |field: &[u8]| field.iter().filter(|byte| byte.is_ascii_whitespace()).count();
    let most = if count < 5 { 1 } else { 4 };
    let named = |field: &[u8]| {
        let first = field.strip_prefix(b"\"").unwrap_or(field).first();
        field.len() <= 64
            && blanks(field) <= most
            && first.is_some_and(|&byte| byte.is_ascii_alphabetic() || b"_@".contains(&byte) || byte >= 0x80)
    };
    count > 1 && fields().all(named) || count > 2 && fields().all(|field| blanks(field) == 0)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    /// Reads a name of [`Format::name`], or one that says what is in the file: `json`, `ndjson`, `ecs`, `windows`,
    /// `zeek` (its JSON lines), `tsv`, `text`, `log`.
    fn from_str(name: &str) -> Result<Format, String> {
        match name {
            "csv" => Ok(Format::Csv),
            "jsonl" | "json" | "ndjson" | "ecs" | "windows" | "zeek" | "zeek-json" => Ok(Format::JsonLines),
            "zeek-tsv" | "tsv" => Ok(Format::ZeekTsv),
            "lines" | "text" | "log" => Ok(Format::Lines),
            _ => Err("no such format; there are csv, jsonl, zeek-tsv, lines".to_owned()),
        }
    }
}
