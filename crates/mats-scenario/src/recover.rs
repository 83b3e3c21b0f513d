//! Arrays and texts that are not closed would swallow the rest of a file, and so would an entry of an array that has a
//! line of its own. They are blanked out before reading, up to the next header or to the end of the line, so that the
//! rest can be read. Places stay what they are.

use crate::raw_diagnostic::{RawDiagnostic, Span};
use crate::tree;
use toml::de::DeTable;

/// Unclosed beginnings and broken entries that are recovered from, at most.
const MAX_RECOVERED: usize = 16;

/// The text without what is broken in this way, and a mistake for each of those.
pub fn recover(text: &str) -> (String, Vec<RawDiagnostic>) {
    let mut text = text.to_owned();
    let mut mistakes = Vec::new();
    while mistakes.len() < MAX_RECOVERED {
        let (_, errors) = DeTable::parse_recoverable(&text);
        // The first errors will do: what runs away from here on is behind most of the others.
        let mut places = errors.iter().take(64).filter_map(|e| Some((e.span()?.start, e.message())));
        let broken = |(at, message)| entry(&text, at).or_else(|| unclosed(&text, at, message));
        let Some((out, mistake)) = places.find_map(broken) else { break };
        let blank: String = text[out.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
        text.replace_range(out, &blank);
        mistakes.push(mistake);
    }
    (text, mistakes)
}

/// The entry of an array that a syntax error is about, if it stands on a line of its own and is broken by itself: the
/// last one up to the error or, if its end is missing, the one before.
fn entry(text: &str, at: usize) -> Option<(Span, RawDiagnostic)> {
    const ARRAY: &str = "x=[";
    let end = text.get(at..)?.find('\n').map_or(text.len(), |i| at + i);
    let entries = text[..end].rsplit('\n').filter(|line| line.trim_start().starts_with('{'));
    // An array that begins here may end on another line.
    let own = entries.take(2).filter(|line| !line.trim_end().ends_with('['));
    own.filter_map(|line| {
        let from = line.as_ptr() as usize - text.as_ptr() as usize;
        let (_, errors) = tree::parse(&format!("{ARRAY}{line}\n]"), 0);
        // What stays open may only follow from something else: braces from quotes, the array from braces.
        let follows = |m: &&RawDiagnostic| {
            let open = ["in quotes is not closed", "braces are not closed", "unclosed array"];
            open.iter().position(|&what| m.message.contains(what)).map_or(0, |i| i + 1)
        };
        let told = errors.iter().min_by_key(follows)?.clone();
        let place = |i: usize| from + i.saturating_sub(ARRAY.len()).min(line.len());
        let span = place(told.span.start)..place(told.span.end);
        Some((from..from + line.len(), RawDiagnostic { span, ..told }))
    })
    .last()
}

/// The array or text that runs into the place of a syntax error, if one does, up to the next header: what stands
/// between is part of it, or cannot be told from it.
fn unclosed(text: &str, at: usize, message: &str) -> Option<(Span, RawDiagnostic)> {
    let open = opening(text, at, message)?;
    let (what, with) =
        if text[open.clone()].starts_with('[') { ("array", "`]`") } else { ("text", "`\"\"\"`") };
    let from = text[..open.start].rfind('\n').map_or(0, |i| i + 1);
    let end = lines(text, open.end).find(|&(_, line)| is_header(line)).map_or(text.len(), |(at, _)| at);
    let message = format!("syntax: the {what} that begins here is not closed");
    Some((from..end, RawDiagnostic { span: open, message, help: Some(format!("end it with {with}")) }))
}

/// Returns where the array or text begins that runs into the place of a syntax error, if one does.
fn opening(text: &str, at: usize, message: &str) -> Option<Span> {
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
    // Within an array, a header is read as one more array, of words without quotes.
    if !(message.contains("array") || message.contains("must be quoted")) || !is_header(line) {
        return None;
    }
    // The last line before the header that opens an array.
    text[..start].lines().rev().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        let blanks = value.len() - value.trim_start().len();
        let offset = line.as_ptr() as usize - text.as_ptr() as usize + key.len() + 1 + blanks;
        let opens = value.trim_start().starts_with('[') && !key.trim_start().starts_with('{');
        opens.then_some(offset..offset + 1)
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

/// Tells whether a line is the header of a table: `[name]` or `[[name]]`.
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
