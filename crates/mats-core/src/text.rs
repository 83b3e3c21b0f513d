//! Text that people read, made safe to print: what a file says must not move the cursor, colour the terminal, reorder
//! what stands beside it, or hide.

use std::borrow::Cow;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Tells whether a character moves the cursor, colours the terminal, reorders text, is invisible without taking a place, or means
/// nothing that two terminals agree on: controls, format and direction characters, tags, separators of lines,
/// variation selectors, fillers, private use, and what Unicode has not assigned.
pub fn is_unprintable(c: char) -> bool {
    let invisible = matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}');
    let harmful = |c: char| {
        matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned
        )
    };
    invisible || c.is_ascii_control() || (!c.is_ascii() && harmful(c))
}

/// Makes a text safe to print on one line. Line breaks and tabs become spaces, and what [`is_unprintable`] is spelt by
/// number, as in `\u{202e}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| matches!(c, '\n' | '\t').then_some(' '))
}

/// Makes a text of several lines safe to print: as [`printable`], but line breaks stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| match c {
        '\n' => Some('\n'),
        '\t' => Some(' '),
        _ => None,
    })
}

/// Characters of a message that are shown: what it quotes may be as long as a file.
const LONGEST: usize = 2000;
/// Characters at its end that are.
const END: usize = 300;

/// A text of bearable length: of a longer one, its beginning and its end.
pub fn shortened(text: &str) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= LONGEST {
        return Cow::Borrowed(text);
    }
    let at = |nth: usize| text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at);
    let (head, tail) = (&text[..at(LONGEST - END)], &text[at(count - END)..]);
    Cow::Owned(format!("{head} … ({} characters left out) … {tail}", count - LONGEST))
}

/// The text with some characters replaced, and unprintable ones spelt out.
fn escaped(text: &str, replaced: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    let changes =
        |c: char| replaced(c).is_some_and(|r| r != c) || (replaced(c).is_none() && is_unprintable(c));
    if !text.contains(changes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match replaced(c) {
            Some(replaced) => out.push(replaced),
            None if is_unprintable(c) => out.extend(c.escape_unicode()),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinds of characters that do harm, first and last of each.
    const HARMFUL: [(&str, char, char); 23] = [
        ("C0 controls", '\0', '\u{8}'),
        ("escape and its neighbours", '\u{b}', '\u{1f}'),
        ("delete and C1 controls", '\u{7f}', '\u{9f}'),
        ("soft hyphen", '\u{ad}', '\u{ad}'),
        ("grapheme joiner", '\u{34f}', '\u{34f}'),
        ("Arabic number signs", '\u{600}', '\u{605}'),
        ("Arabic letter mark", '\u{61c}', '\u{61c}'),
        ("Hangul fillers", '\u{115f}', '\u{1160}'),
        ("Mongolian selectors and separator", '\u{180b}', '\u{180e}'),
        ("zero widths and marks of direction", '\u{200b}', '\u{200f}'),
        ("separators of lines, embeddings, overrides", '\u{2028}', '\u{202e}'),
        ("joiners, invisible operators, isolates", '\u{2060}', '\u{206f}'),
        ("Hangul filler", '\u{3164}', '\u{3164}'),
        ("private use", '\u{e000}', '\u{f8ff}'),
        ("variation selectors", '\u{fe00}', '\u{fe0f}'),
        ("byte order mark", '\u{feff}', '\u{feff}'),
        ("halfwidth filler", '\u{ffa0}', '\u{ffa0}'),
        ("interlinear annotations", '\u{fff9}', '\u{fffb}'),
        ("noncharacters", '\u{fffe}', '\u{ffff}'),
        ("beams and slurs", '\u{1d173}', '\u{1d17a}'),
        ("tags", '\u{e0000}', '\u{e007f}'),
        ("more variation selectors", '\u{e0100}', '\u{e01ef}'),
        ("private planes", '\u{f0000}', '\u{10ffff}'),
    ];

    /// Kinds of characters that names are made of.
    const HARMLESS: [(&str, &str); 10] = [
        ("ASCII", " !\"#$%&'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~"),
        ("Latin", "éßøÅœñ"),
        ("combining marks", "e\u{301}n\u{303}"),
        ("Greek and Cyrillic", "τλΩЖя"),
        ("Hebrew and Arabic letters", "שלוםسلام"),
        ("Indic and Thai", "नमस्तेไทย"),
        ("Chinese, Japanese, Korean", "漢字かなカナ한글"),
        ("spaces that take a place", "\u{a0}\u{2003}\u{202f}\u{3000}"),
        ("punctuation and signs", "–—…·×→≥€─█\u{fffd}"),
        ("pictures", "🙂🚀"),
    ];

    #[test]
    fn harmful_characters_are_spelt_by_number() {
        for (kind, first, last) in HARMFUL {
            for c in first..=last {
                let expected = format!("a\\u{{{:x}}}b", u32::from(c));
                assert_eq!(printable(&format!("a{c}b")), expected, "{kind}");
                assert_eq!(printable_lines(&format!("a{c}b")), expected, "{kind}");
            }
        }
    }

    #[test]
    fn harmless_characters_stay_and_nothing_is_copied() {
        for (kind, text) in HARMLESS {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text), "{kind}");
        }
    }

    #[test]
    fn line_breaks_and_tabs_are_spaces_on_a_line_and_breaks_stay_among_lines() {
        assert_eq!(printable("a\n\tb\r\n"), "a  b\\u{d} ");
        assert_eq!(printable_lines("a\n\tb\r\n"), "a\n b\\u{d}\n");
        assert!(matches!(printable_lines("a\nb\n"), Cow::Borrowed(_)));
    }
}
