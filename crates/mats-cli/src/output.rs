//! What goes to stdout, and lines for people on stderr. Everything passes through here, and nothing of it moves the
//! cursor, colours the terminal or reorders text, whatever file it came from.

use crate::failure::Failure;
use mats_core::text::{is_unprintable, printable, printable_lines, shortened};
use mats_scenario::{Diagnostic, Diagnostics};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write as _};

/// Prints a text, line by line as it stands.
///
/// # Errors
/// When stdout cannot be written; a closed pipe is no complaint.
pub fn print(text: &str) -> Result<(), Failure> {
    print_coloured(&printable_lines(text))
}

/// Prints lines that are [`printable`] already and may be in colour.
///
/// # Errors
/// As [`print`].
pub fn print_coloured(lines: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(lines.as_bytes()).and_then(|()| out.flush()).map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::Work(anyhow::Error::new(e).context("failed to write to stdout")),
    })
}

/// Writes a line to stderr. Where that is closed nobody wants to know.
pub fn notify(line: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(&shortened(line)));
}

/// Warns on stderr.
pub fn warn(what: &str) {
    notify(&format!("warning: {what}"));
}

/// Shows doubts about a file on stderr, each in its place.
pub fn doubt(doubts: Vec<Diagnostic>) {
    if !doubts.is_empty() {
        let _ = writeln!(io::stderr(), "{}\n", Diagnostics::new(doubts));
    }
}

/// JSON in which nothing moves the cursor, colours the terminal or reorders text; it still says the same. Such
/// characters stand only within strings, where JSON may spell them by number.
fn harmless(json: &str) -> Cow<'_, str> {
    let harmful = |c: char| c != '\n' && is_unprintable(c);
    if !json.contains(harmful) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if harmful(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

/// Makes lines of JSON harmless on their way. Each must be written at once.
pub struct Harmless<W>(pub W);

impl<W: io::Write> io::Write for Harmless<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(line).map_err(io::Error::other)?;
        self.0.write_all(harmless(text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Prints indented JSON.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &Value) -> Result<(), Failure> {
    print(&harmless(&format!("{value:#}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_characters_that_do_harm() {
        let name = "a\u{9b}31m\u{202e}gpj\u{2066}\u{7f}\u{2028}\u{e0041} é\n\"";
        let json = serde_json::to_string(&[name]).unwrap();
        let mut out = Harmless(Vec::new());
        io::Write::write_all(&mut out, json.as_bytes()).unwrap();
        let told = String::from_utf8(out.0).unwrap();
        assert!(told.chars().all(|c| !is_unprintable(c)) && told.contains("\\u009b31m\\u202egpj"), "{told}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&told).unwrap(), [name]);
    }
}
