//! TOML text to a tree of values with places, and the merging of such trees.

use crate::source::{Mistake, Span};
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A table with places.
pub type Table<'a> = DeTable<'a>;
/// A value with its place.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// Parses a text whose first byte has position `base`. Reads on after syntax errors as well as it can.
pub fn parse(text: &str, base: usize) -> (Table<'_>, Vec<Mistake>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mistakes = errors
        .into_iter()
        .map(|e| {
            let span = e.span().unwrap_or(0..0);
            Mistake { span: shifted(&span, base), message: format!("syntax: {}", e.message()), help: None }
        })
        .collect();
    (shift_table(table.into_inner(), base), mistakes)
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
/// Entries without a counterpart are added; an empty array clears; everything else is replaced.
pub fn merge<'a>(under: &mut Table<'a>, over: Table<'a>) {
    for (key, value) in over {
        match under.remove_entry(&key) {
            Some((_, old)) => under.insert(key, merge_value(old, value)),
            None => under.insert(key, value),
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

/// What tells entries of an array of tables apart: `name`, `id`, or `from` and `to`.
fn key_of(value: &Value<'_>) -> Option<(String, String)> {
    let table = value.get_ref().as_table()?;
    let text = |k: &str| table.get(k).and_then(|v| v.get_ref().as_str()).map(str::to_owned);
    if let Some(name) = text("name").or_else(|| text("id")) {
        return Some((name, String::new()));
    }
    Some((text("from")?, text("to")?))
}
