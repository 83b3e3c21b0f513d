//! Bytes → text, and text → values.

use super::counts::Counts;
use super::row::Kind;
use super::row_error::RowError;

/// The text of a line. With `lossy`, what is broken becomes U+FFFD in `scratch`.
pub(super) fn text<'a>(
    line: &'a [u8],
    lossy: bool,
    scratch: &'a mut String,
    counts: &mut Counts,
) -> Result<&'a str, RowError> {
    counts.nul += u64::from(line.contains(&0));
    // What a truncation left may stand behind a record as well as before one.
    let last = line.iter().rposition(|&byte| byte != 0).filter(|_| lossy);
    let line = &line[..last.map_or(line.len(), |last| last + 1)];
    let nul = line.contains(&0);
    match str::from_utf8(line) {
        Ok(text) if !nul => Ok(text),
        Ok(_) if !lossy => Err(RowError::Nul),
        Ok(text) => {
            scratch.clear();
            scratch.extend(text.chars().map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }));
            Ok(scratch)
        }
        Err(error) => {
            counts.not_utf8 += 1;
            if !lossy {
                return Err(RowError::NotUtf8 { field: None, byte: error.valid_up_to() + 1 });
            }
            scratch.clear();
            for chunk in line.utf8_chunks() {
                scratch.extend(
                    chunk.valid().chars().map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }),
                );
                if !chunk.invalid().is_empty() {
                    scratch.push(char::REPLACEMENT_CHARACTER);
                }
            }
            Ok(scratch)
        }
    }
}

/// Returns what a field of CSV holds: nothing (empty, `?`, `NA`, `N/A`, `NaN`, `null`), a number, or text.
pub(super) fn untyped(field: &str) -> Kind {
    if is_missing(field) { Kind::Missing } else { number(field).unwrap_or(Kind::Text) }
}

/// Tells whether a text says that there is none.
pub(crate) fn is_missing(field: &str) -> bool {
    field.is_empty() || field == "?" || is_word(field, &["na", "n/a", "nan", "null"])
}

fn is_word(field: &str, words: &[&str]) -> bool {
    // No word is longer.
    field.len() <= 4 && words.iter().any(|word| field.eq_ignore_ascii_case(word))
}

/// Tells whether a field says, where a number is wanted, that there is none: also `-` and `None`, which among names are
/// names like any other (a service, a label).
pub fn is_no_number(field: &str) -> bool {
    let field = field.trim();
    is_missing(field) || field == "-" || is_word(field, &["none"])
}

/// A number in decimal notation, `inf` or `infinity`, if the text is one; NaN is [`Kind::Missing`].
pub(super) fn number(text: &str) -> Option<Kind> {
    // Most text cannot be a number by its first letter.
    if !text.starts_with(|c: char| c.is_ascii_digit() || "+-.iInN".contains(c)) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    Some(if number.is_nan() { Kind::Missing } else { Kind::Number(number) })
}
