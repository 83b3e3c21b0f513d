//! Arrays and texts that are not closed would swallow the rest of a file. They are blanked out before reading, up
//! to the next header, so that the rest can be read. Places stay what they are.

use crate::source::{Mistake, Span};
use toml::de::DeTable;

/// Unclosed beginnings that are mended, at most.
const MOST: usize = 8;

/// The text without what is not closed, and a mistake for each of those.
pub fn mend(text: &str) -> (String, Vec<Mistake>) {
    let mut text = text.to_owned();
    let mut mistakes = Vec::new();
    while mistakes.len() < MOST {
        let (_, errors) = DeTable::parse_recoverable(&text);
        // The first errors will do: what runs away from here on is behind most of the others.
        let places = errors.iter().take(64).filter_map(|e| Some((e.span()?.start, e.message())));
        let Some(open) = places.into_iter().find_map(|(at, message)| unclosed(&text, at, message)) else {
            break;
        };
        let (what, with) =
            if text[open.clone()].starts_with('[') { ("array", "`]`") } else { ("text", "`\"\"\"`") };
        // Up to the next header: what stands between is part of it, or cannot be told from it.
        let end = lines(&text, open.end).find(|&(_, line)| is_header(line)).map_or(text.len(), |(at, _)| at);
        let from = text[..open.start].rfind('\n').map_or(0, |i| i + 1);
        let blank: String = text[from..end].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
        text.replace_range(from..end, &blank);
        mistakes.push(Mistake {
            span: open,
            message: format!("syntax: the {what} that begins here is not closed"),
            help: Some(format!("end it with {with}")),
        });
    }
    (text, mistakes)
}

/// Where the array or text begins that runs into the place of a syntax error, if one does.
fn unclosed(text: &str, at: usize, message: &str) -> Option<Span> {
    if message.contains("multi-line") {
        let quotes = if message.contains("literal") { "'''" } else { "\"\"\"" };
        // Closed after all: something else is wrong in it.
        if text.get(at..)?.contains(quotes) {
            return None;
        }
        let start = text[..at].rfind(quotes)?;
        return Some(start..start + quotes.len());
    }
    let start = text.get(..at)?.rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next()?;
    if !message.contains("array") || !is_header(line) {
        return None;
    }
    // The last line before the header that opens an array.
    text[..start].lines().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        let blanks = value.len() - value.trim_start().len();
        let offset = line.as_ptr() as usize - text.as_ptr() as usize + key.len() + 1 + blanks;
        value.trim_start().starts_with('[').then_some(offset..offset + 1)
    })
}

/// Lines from a place on, each with its position; the first one may be the rest of a line.
fn lines(text: &str, from: usize) -> impl Iterator<Item = (usize, &str)> {
    text[from..].split_inclusive('\n').scan(from, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// Whether a line is the header of a table: `[name]` or `[[name]]`.
fn is_header(line: &str) -> bool {
    let line = line.trim();
    let name = line.trim_start_matches('[');
    let name = name.split(']').next().unwrap_or_default();
    line.starts_with('[')
        && line.contains(']')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
}
