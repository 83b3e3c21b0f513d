//! Source texts. All files of a scenario (`extends` chains them) share one line of byte positions, so a span
//! alone says which file, line and column it means.

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::raw_diagnostic::{RawDiagnostic, Span};
use crate::recover::recover;
use mats_core::files::open_regular;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// Larger files are refused unread.
pub const MAX_BYTES: u64 = 1 << 20;

/// One file on the common line.
#[derive(Debug)]
struct SourceFile {
    name: String,
    text: String,
    /// Text that is read: the one without what is not closed. Of the same length.
    recovered: String,
    base: usize,
    /// Position of the start of each line within `text`.
    lines: Vec<usize>,
}

/// All files, in the order of their positions.
#[derive(Debug, Default)]
pub struct Sources(Vec<SourceFile>);

impl Sources {
    /// Adds a file; returns the position of its first byte. Notes what is not closed.
    pub fn add(&mut self, name: &str, text: String, mistakes: &mut Vec<RawDiagnostic>) -> usize {
        // A gap of one keeps the end of one file apart from the start of the next.
        let base = self.0.last().map_or(0, |s| s.base + s.text.len() + 1);
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        let (recovered, unclosed) = recover(&text);
        let place = |m: RawDiagnostic| RawDiagnostic { span: m.span.start + base..m.span.end + base, ..m };
        mistakes.extend(unclosed.into_iter().map(place));
        self.0.push(SourceFile { name: name.to_owned(), text, recovered, base, lines });
        base
    }

    /// Returns what is to be read of the text that starts at a position returned by [`Sources::add`].
    pub fn text(&self, base: usize) -> &str {
        &self.at(base).recovered
    }

    /// Returns that text as it was written.
    pub fn written(&self, base: usize) -> &str {
        &self.at(base).text
    }

    /// The name of the file that starts there.
    pub fn name(&self, base: usize) -> &str {
        &self.at(base).name
    }

    fn at(&self, position: usize) -> &SourceFile {
        &self.0[self.0.partition_point(|s| s.base <= position).max(1) - 1]
    }

    /// Index of file and line of a position: enough to say whether two lie on the same line.
    pub fn line(&self, position: usize) -> (usize, usize) {
        let source = self.at(position);
        (source.base, source.lines.partition_point(|&l| l <= position - source.base))
    }

    /// The sections around places: from the line of a header to that of the next. In order, each once.
    pub fn sections(&self, places: impl Iterator<Item = usize>) -> Vec<Span> {
        let heads: Vec<usize> = self.0.iter().flat_map(SourceFile::heads).collect();
        let end = self.0.last().map_or(0, |s| s.base + s.text.len() + 1);
        let around = |place| {
            let next = heads.partition_point(|&head| head <= place);
            (heads[next.max(1) - 1], heads.get(next).copied().unwrap_or(end))
        };
        let all: BTreeSet<(usize, usize)> = places.map(around).collect();
        all.into_iter().map(|(from, to)| from..to).collect()
    }

    /// The mistake as it is shown: with file, line, column and text.
    pub fn diagnose(&self, mistake: &RawDiagnostic) -> Diagnostic {
        let source = self.at(mistake.span.start);
        let start = (mistake.span.start - source.base).min(source.text.len());
        let line = source.lines.partition_point(|&l| l <= start).max(1);
        let from = source.lines[line - 1];
        let to = source.lines.get(line).map_or(source.text.len(), |&next| next - 1);
        let end = mistake.span.end.saturating_sub(source.base).clamp(start, to.max(start));
        let text = source.text.get(from..to).unwrap_or_default().trim_end_matches('\r');
        let caret = start - from..end - from;
        Diagnostic::placed(&source.name, line, text, caret, &mistake.message, mistake.help.as_deref())
    }

    /// All mistakes as they are shown, in order of place.
    pub fn diagnose_all(&self, mistakes: Vec<RawDiagnostic>) -> Diagnostics {
        Diagnostics::new(self.in_order(mistakes))
    }

    /// All doubts as they are shown, in order of place.
    pub fn doubt_all(&self, doubts: Vec<RawDiagnostic>) -> Vec<Diagnostic> {
        self.in_order(doubts).into_iter().map(Diagnostic::as_warning).collect()
    }

    fn in_order(&self, mut mistakes: Vec<RawDiagnostic>) -> Vec<Diagnostic> {
        mistakes.sort_by(|a, b| {
            (a.span.start, a.span.end, &a.message).cmp(&(b.span.start, b.span.end, &b.message))
        });
        mistakes.dedup_by(|a, b| a.span == b.span && a.message == b.message);
        mistakes.iter().map(|m| self.diagnose(m)).collect()
    }
}

impl SourceFile {
    /// Returns where sections begin: at the first byte, and at each line that begins with a bracket.
    fn heads(&self) -> impl Iterator<Item = usize> {
        let is_head =
            |&&line: &&usize| line == 0 || self.text[line..].trim_start_matches([' ', '\t']).starts_with('[');
        self.lines.iter().filter(is_head).map(|line| self.base + line)
    }
}

/// Reads a text file.
///
/// # Errors
/// When the file cannot be read, is larger than [`MAX_BYTES`], or is not UTF-8.
pub fn read(path: &Path) -> Result<String, Diagnostics> {
    let name = path.display().to_string();
    let unreadable = |e: std::io::Error| {
        Diagnostics::from(Diagnostic::whole(&name, &format!("cannot be read: {e}"), Some("check the path")))
    };
    // Pipes and devices may never end.
    let kind = path.metadata().map_err(unreadable)?;
    if kind.is_dir() {
        let help = format!("name a file in it; its scenarios are listed by: mats scenario list {name}");
        return Err(Diagnostic::whole(&name, "is a folder, not a scenario", Some(&help)).into());
    }
    if !kind.is_file() {
        let help = "save the scenario to a file and name that";
        return Err(Diagnostic::whole(&name, "is a pipe or a device, not a file", Some(help)).into());
    }
    let mut bytes = Vec::new();
    open_regular(path, u64::MAX)
        .map_err(unreadable)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    checked(&name, bytes)
}

/// Bytes as text, if they may be a scenario.
///
/// # Errors
/// When there are more than [`MAX_BYTES`] or they are not UTF-8.
pub fn checked(name: &str, bytes: Vec<u8>) -> Result<String, Diagnostics> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Diagnostics::from(Diagnostic::whole(
            name,
            "is larger than 1 MiB: not a scenario",
            Some("use host groups with `count` instead of one [[host]] per machine"),
        )));
    }
    String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let bytes = e.as_bytes();
        let line = 1 + String::from_utf8_lossy(&bytes[..valid]).matches('\n').count();
        let from = bytes[..valid].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let to = bytes[valid..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |i| valid + i);
        let shown = String::from_utf8_lossy(&bytes[from..to]);
        let at = valid - from;
        Diagnostics::from(Diagnostic::placed(
            name,
            line,
            &shown,
            at..at + char::REPLACEMENT_CHARACTER.len_utf8(),
            &format!("not UTF-8: byte 0x{:02x}", bytes[valid]),
            Some("save the file as UTF-8"),
        ))
    })
}
