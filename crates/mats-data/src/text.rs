//! Numbers and names appended to a line of bytes. Formats that are written by the hundred thousand a second use this
//! instead of `fmt`.

use mats_core::Addr;
use mats_core::text::printable;
use std::fmt::{self, Display, Write};

/// All pairs of decimal digits.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut i = 0;
    while i < 100 {
        pairs[2 * i] = b'0' + (i / 10) as u8;
        pairs[2 * i + 1] = b'0' + (i % 10) as u8;
        i += 1;
    }
    pairs
};

/// A decimal number.
pub(crate) fn number(out: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    while n >= 100 {
        let pair = (n % 100) as usize * 2;
        n /= 100;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if n >= 10 {
        let pair = n as usize * 2;
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        digits[at] = b'0' + n as u8;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Exactly `width` decimal digits, with zeros in front.
pub(crate) fn padded(out: &mut Vec<u8>, n: u64, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = n;
    for byte in out[start..].iter_mut().rev() {
        *byte = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// Microseconds as seconds with six decimals.
pub(crate) fn seconds(out: &mut Vec<u8>, micros: u64) {
    number(out, micros / 1_000_000);
    out.push(b'.');
    padded(out, micros % 1_000_000, 6);
}

/// A dotted quad.
pub(crate) fn addr(out: &mut Vec<u8>, addr: Addr) {
    for (i, byte) in addr.0.to_be_bytes().into_iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        number(out, byte.into());
    }
}

/// Exactly `width` hexadecimal digits, the lowest of `n`.
pub(crate) fn hex(out: &mut Vec<u8>, n: u128, width: usize, upper: bool) {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    for i in (0..width).rev() {
        out.push(digits[(n >> (4 * i) & 15) as usize]);
    }
}

/// Text as it stands between the quotes of a JSON string (RFC 8259).
pub(crate) fn escaped(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=31 => {
                out.extend_from_slice(b"\\u00");
                hex(out, byte.into(), 2, false);
            }
            _ => out.push(byte),
        }
    }
}

/// Text for formats of one entry a line and fields between blanks: whatever is not a plain character becomes `_`.
pub(crate) fn plain(out: &mut Vec<u8>, text: &str) {
    out.extend(
        text.chars().map(|c| if c.is_ascii_graphic() && !"\"'\\,;=".contains(c) { c as u8 } else { b'_' }),
    );
}

/// Escapes whatever is displayed.
struct Escaping<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escaped(self.0, text);
        Ok(())
    }
}

/// Writes one JSON object, key by key. Keys are the caller's own and need no escape.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Object<'a> {
        out.push(b'{');
        Object { out, first: true }
    }

    fn key(&mut self, key: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A string.
    pub(crate) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.key(key);
        self.out.push(b'"');
        escaped(self.out, value);
        self.out.push(b'"');
        self
    }

    /// A string made of whatever is displayed.
    pub(crate) fn show(&mut self, key: &str, value: impl Display) -> &mut Self {
        self.key(key);
        self.out.push(b'"');
        // Vectors take everything.
        let _ = write!(Escaping(self.out), "{value}");
        self.out.push(b'"');
        self
    }

    /// A number.
    pub(crate) fn number(&mut self, key: &str, value: u64) -> &mut Self {
        self.key(key);
        number(self.out, value);
        self
    }

    /// JSON as it is.
    pub(crate) fn raw(&mut self, key: &str, json: &str) -> &mut Self {
        self.key(key);
        self.out.extend_from_slice(json.as_bytes());
        self
    }

    /// An array of strings.
    pub(crate) fn list(&mut self, key: &str, values: &[&str]) -> &mut Self {
        self.key(key);
        self.out.push(b'[');
        for (i, value) in values.iter().enumerate() {
            self.out.extend_from_slice(if i > 0 { b",\"" } else { b"\"" });
            escaped(self.out, value);
            self.out.push(b'"');
        }
        self.out.push(b']');
        self
    }

    /// An array of one string, made of whatever is displayed.
    pub(crate) fn show_list(&mut self, key: &str, value: impl Display) -> &mut Self {
        self.key(key);
        self.out.extend_from_slice(b"[\"");
        let _ = write!(Escaping(self.out), "{value}");
        self.out.extend_from_slice(b"\"]");
        self
    }

    /// An object within.
    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) -> &mut Self {
        self.key(key);
        let mut inner = Object::new(self.out);
        fill(&mut inner);
        inner.end();
        self
    }

    /// An array of one object.
    pub(crate) fn objects(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) -> &mut Self {
        self.key(key);
        self.out.push(b'[');
        let mut inner = Object::new(self.out);
        fill(&mut inner);
        inner.end();
        self.out.push(b']');
        self
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.out.push(b'}');
    }
}

/// Text from a file, made safe to print, and cut if it is longer than a line.
pub(crate) fn shown(text: &str) -> String {
    const MAX: usize = 120;
    let safe = |text: &str| printable(text).into_owned();
    match text.char_indices().nth(MAX) {
        Some((end, _)) => safe(&text[..end]) + "…",
        None => safe(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelt_as_fmt_does() {
        let check = |n: u64| {
            let mut out = Vec::new();
            number(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        };
        (0..2000).for_each(check);
        [9_999, 10_000, 123_456_789, u64::MAX].into_iter().for_each(check);
        let mut out = Vec::new();
        seconds(&mut out, 1_704_096_001_000_042);
        out.push(b' ');
        addr(&mut out, Addr(0x0a00_00ff));
        assert_eq!(out, b"1704096001.000042 10.0.0.255");
    }

    #[test]
    fn objects_are_json_whatever_they_hold() {
        let mut out = Vec::new();
        let nasty = "a\"b\\c\n\u{1}é";
        let mut object = Object::new(&mut out);
        object.text("t", nasty).show("s", format_args!("<{nasty}>")).number("n", 7);
        object.list("l", &[nasty, "x"]).object("o", |inner| {
            inner.raw("b", "true");
        });
        object.end();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["t"], nasty);
        assert_eq!(value["s"], format!("<{nasty}>"));
        assert_eq!((value["n"].as_u64(), value["l"][0].as_str()), (Some(7), Some(nasty)));
        assert_eq!(value["o"]["b"], true);
    }
}
