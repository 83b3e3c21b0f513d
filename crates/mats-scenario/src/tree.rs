//! TOML text to a tree of values with places, and the merging of such trees.

use crate::raw_diagnostic::{RawDiagnostic, Span};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A table with places.
pub type Table<'a> = DeTable<'a>;
/// A value with its place.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// Parses a text whose first byte has position `base`. Reads on after syntax errors as well as it can.
pub fn parse(text: &str, base: usize) -> (Table<'_>, Vec<RawDiagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mistakes = errors
        .into_iter()
        .map(|e| {
            // Only what is nested too deeply comes without a place.
            let span = e.span().unwrap_or_else(|| deepest(text));
            let (message, help) = explained(e.message(), text.get(span.start..).unwrap_or_default());
            RawDiagnostic { span: shifted(&span, base), message, help }
        })
        .collect();
    (shift_table(table.into_inner(), base), mistakes)
}

/// Returns what the parser says of a place in a text, in the words of this crate, and help.
fn explained(message: &str, at: &str) -> (String, Option<String>) {
    // A word without quotes, which the parser takes for one of those that need none.
    let word =
        at.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.')).next().unwrap_or_default();
    let meant = word.to_lowercase();
    let bare = ["`true`", "`false`", "`nan`", "`inf`", "must be quoted"].iter().any(|w| message.contains(w));
    if bare && ["true", "false"].contains(&meant.as_str()) {
        return ("syntax: `true` and `false` are written small".to_owned(), Some(format!("write {meant}")));
    }
    if bare && word.len() <= 64 && word.starts_with(char::is_alphabetic) {
        return ("syntax: text must stand in quotes".to_owned(), Some(format!("write \"{word}\"")));
    }
    if message.contains("recurs") {
        let help = "no table of a scenario lies deeper than four".to_owned();
        return ("syntax: too many tables or arrays within each other".to_owned(), Some(help));
    }
    let known = [
        ("basic string, expected `\"`", "the text in quotes is not closed", "end it with `\"`"),
        ("literal string, expected `'`", "the text in quotes is not closed", "end it with `'`"),
        ("string values must be quoted", "text must stand in quotes", "put it in `\"`"),
        ("unclosed array table", "the header of a table is not closed", "write it as [[name]]"),
        ("unclosed table", "the header of a table is not closed", "write it as [name]"),
        ("invalid inline table element", "the braces are not closed", "end them with `}`"),
        ("unclosed inline table", "the braces are not closed", "end them with `}`"),
        ("duplicate key", "this key stands here twice", "take one out, or begin another table"),
    ];
    match known.iter().find(|(part, _, _)| message.contains(part)) {
        Some((_, what, help)) => (format!("syntax: {what}"), Some((*help).to_owned())),
        None => (format!("syntax: {message}"), None),
    }
}

/// The line with the most dots.
fn deepest(text: &str) -> Span {
    let mut start = 0;
    let mut most = (0, 0..0);
    for line in text.split_inclusive('\n') {
        let dots = line.matches('.').count();
        if dots > most.0 {
            most = (dots, start..start + line.trim_end().len());
        }
        start += line.len();
    }
    most.1
}

/// Names that a text seems to declare, also where its syntax is broken.
pub fn declared(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.lines().flat_map(|line| line.split(['{', ',']));
    parts.filter_map(|part| {
        let part = part.trim_start();
        let rest = part.strip_prefix("name").or_else(|| part.strip_prefix("id"))?;
        let value = rest.trim_start().strip_prefix('=')?;
        let value = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\''));
        let name = value.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '}' | '#')).next()?;
        (!name.is_empty()).then_some(name)
    })
}

/// The names of the entries of a file's tables, each with the path of its table, such as `attack.step`.
pub fn names(table: &Table<'_>, path: &str, out: &mut BTreeSet<(String, String)>) {
    for (key, value) in table {
        let path =
            if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        let entries = value.get_ref().as_array().into_iter().flatten();
        for entry in entries.filter_map(|entry| entry.get_ref().as_table()) {
            let name = entry.get("name").or_else(|| entry.get("id")).and_then(|v| v.get_ref().as_str());
            out.extend(name.map(|name| (path.clone(), name.to_owned())));
            names(entry, &path, out);
        }
    }
}

fn shifted(span: &Span, base: usize) -> Span {
    span.start + base..span.end + base
}

fn shift_table(table: Table<'_>, base: usize) -> Table<'_> {
    table
        .into_iter()
        .map(|(k, v)| (Spanned::new(shifted(&k.span(), base), k.into_inner()), shift(v, base)))
        .collect()
}

fn shift(value: Value<'_>, base: usize) -> Value<'_> {
    let span = shifted(&value.span(), base);
    let inner = match value.into_inner() {
        DeValue::Table(t) => DeValue::Table(shift_table(t, base)),
        DeValue::Array(a) => DeValue::Array(a.into_iter().map(|v| shift(v, base)).collect()),
        scalar => scalar,
    };
    Spanned::new(span, inner)
}

/// Lays `over` upon `under`: tables are merged key by key, entries of arrays of tables by their names.
/// Entries without a counterpart are added; an empty array clears; everything else is replaced, and so is a
/// `target`: it is of one kind, and two kinds do not mix.
pub fn merge<'a>(under: &mut Table<'a>, over: Table<'a>) {
    for (key, value) in over {
        match under.remove_entry(&key) {
            // The ends of a link tell which file it is of: one that is changed stays where it was.
            Some((key, old)) if matches!(key.get_ref().as_ref(), "from" | "to") => under.insert(key, old),
            Some((_, old)) if key.get_ref() != "target" => under.insert(key, merge_value(old, value)),
            _ => under.insert(key, value),
        };
    }
}

fn merge_value<'a>(under: Value<'a>, over: Value<'a>) -> Value<'a> {
    let span = over.span();
    let merged = match (under.into_inner(), over.into_inner()) {
        (DeValue::Table(mut below), DeValue::Table(above)) => {
            merge(&mut below, above);
            DeValue::Table(below)
        }
        (DeValue::Array(below), DeValue::Array(above)) if above.iter().all(|v| key_of(v).is_some()) => {
            DeValue::Array(merge_entries(below, above))
        }
        (_, above) => above,
    };
    Spanned::new(span, merged)
}

fn merge_entries<'a>(below: DeArray<'a>, above: DeArray<'a>) -> DeArray<'a> {
    if above.is_empty() {
        return above;
    }
    // Only inherited entries are merged into, each once: the same name twice in one file stays a mistake.
    let mut inherited = BTreeMap::new();
    for (i, entry) in below.iter().enumerate() {
        inherited.entry(key_of(entry)).or_insert(i);
    }
    let mut all: Vec<Option<Value<'_>>> = below.into_iter().map(Some).collect();
    for entry in above {
        match inherited.remove(&key_of(&entry)) {
            Some(i) => all[i] = all[i].take().map(|old| merge_value(old, entry)),
            None => all.push(Some(entry)),
        }
    }
    all.into_iter().flatten().collect()
}

/// Returns what tells entries of an array of tables apart: `name`, `id`, or `from` and `to`.
fn key_of(value: &Value<'_>) -> Option<(String, String)> {
    let table = value.get_ref().as_table()?;
    let text = |k: &str| {
        let value = table.get(k)?.get_ref();
        let words = value.as_array().map(|all| all.iter().map(|v| v.get_ref().as_str().unwrap_or_default()));
        value.as_str().map(str::to_owned).or_else(|| Some(words?.collect::<Vec<_>>().join(" ")))
    };
    if let Some(name) = text("name").or_else(|| text("id")) {
        return Some((name, String::new()));
    }
    Some((text("from")?, text("to")?))
}
