//! Holds a tree against a JSON Schema, notes *every* mistake, and takes out what is wrong, so that the rest
//! can still be read and checked. Knows the part of JSON Schema that the structs of [`crate::format`] use.

use crate::format::names::Clock;
use crate::raw_diagnostic::{Sink, Span};
use crate::suggest::{Inherited, instead, meant, nearest, quote};
use crate::tree::{Table, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeArray, DeValue};

/// Numbers beyond this are surely mistakes, and would not fit simulated time.
pub const MAX_NUMBER: f64 = 1e9;

/// Validator of trees against schemas.
pub struct SchemaValidator<'a> {
    /// Collector of mistakes.
    pub sink: &'a mut Sink,
    /// Entries with mistakes, by table and name: what refers to them may be right. No table stands for any.
    pub lost: BTreeSet<(String, String)>,
    /// Entries of which it is not known what they mean for an attacker, by table and name.
    pub doubtful: BTreeSet<(String, String)>,
    /// Tables of which an entry was taken out, or that were taken out whole.
    pub dropped: BTreeSet<String>,
    /// True if missing keys count; not where what is extended could not be read.
    pub complete: bool,
    /// Sections with syntax errors, which swallow keys; in order.
    pub broken: Vec<Span>,
    /// Names that the files that are extended declare.
    pub inherited: &'a [Inherited],
    /// The keys of the whole file, each with its type.
    pub top: BTreeMap<String, String>,
}

/// Types as people call them.
pub fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

fn schema_type_name(name: &str) -> &'static str {
    match name {
        "string" => "a string in quotes",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "an array",
        _ => "a table",
    }
}

/// The JSON type of a schema that has only one; for optional values the one that is not null.
fn schema_type(schema: &Json) -> Option<&str> {
    match &schema["type"] {
        Json::String(s) => Some(s),
        Json::Array(all) => all.iter().filter_map(Json::as_str).find(|&t| t != "null"),
        _ => None,
    }
}

/// The names a schema allows, if it is a closed list of names.
fn names(schema: &Json) -> Option<Vec<&str>> {
    if let Some(list) = schema["enum"].as_array() {
        return Some(list.iter().filter_map(Json::as_str).collect());
    }
    if let Some(one) = schema["const"].as_str() {
        return Some(vec![one]);
    }
    let branches = schema["oneOf"].as_array()?;
    let lists: Option<Vec<_>> = branches.iter().map(names).collect();
    Some(lists?.concat())
}

fn fits_type(value: &DeValue<'_>, schema: &Json) -> bool {
    match schema_type(schema) {
        Some("string") => value.is_str(),
        Some("integer") => value.is_integer(),
        Some("number") => value.is_integer() || value.is_float(),
        Some("boolean") => value.is_bool(),
        Some("array") => value.is_array(),
        Some("object") => value.is_table(),
        _ => names(schema).is_some() && value.is_str(),
    }
}

impl<'a> SchemaValidator<'a> {
    /// Creates a validator for a file without syntax errors, which extends nothing.
    pub fn new(sink: &'a mut Sink) -> Self {
        SchemaValidator {
            sink,
            lost: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            dropped: BTreeSet::new(),
            complete: true,
            broken: Vec::new(),
            inherited: &[],
            top: BTreeMap::new(),
        }
    }

    /// The whole file.
    pub fn file(&mut self, table: &mut Table<'_>, schema: &Json) -> bool {
        let keys = schema["properties"].as_object().into_iter().flatten();
        self.top =
            keys.map(|(key, s)| (key.clone(), schema_type(s).unwrap_or("object").to_owned())).collect();
        self.table(table, &(0..0), schema, "")
    }

    /// Returns help with a key that is the whole file's, but stands in a table.
    fn misplaced(&self, word: &str, value: &DeValue<'_>) -> Option<String> {
        let wanted = self.top.get(word)?;
        // A key that means something else is of another type.
        let (fits, header) = match wanted.as_str() {
            "array" => (value.is_array(), format!(", or write [[{word}]]")),
            "object" => (value.is_table(), format!(", or write [{word}]")),
            _ => (true, String::new()),
        };
        fits.then(|| format!("{} belongs above the first [table]{header}", quote(word)))
    }

    /// Tells whether a value, after repair, fits the schema. `path` is the key's, such as `attack.step.repeat`.
    fn value(&mut self, value: &mut Value<'_>, schema: &Json, path: &str) -> bool {
        if let Some(branches) = schema["anyOf"].as_array() {
            let real: Vec<&Json> = branches.iter().filter(|b| b["type"] != "null").collect();
            let branch = real.iter().find(|b| fits_type(value.get_ref(), b)).or(real.first());
            if real.len() > 1 && !real.iter().any(|b| fits_type(value.get_ref(), b)) {
                let wanted: Vec<_> =
                    real.iter().filter_map(|b| schema_type(b)).map(schema_type_name).collect();
                return self.wrong_type(value, &wanted.join(" or "), path);
            }
            return branch.is_none_or(|b| self.value(value, b, path));
        }
        if let Some(names) = names(schema) {
            return self.name(value, &names, path);
        }
        let Some(wanted) = schema_type(schema) else { return true };
        if !fits_type(value.get_ref(), schema) {
            return self.wrong_type(value, schema_type_name(wanted), path);
        }
        let span = value.span();
        match value.get_mut() {
            DeValue::String(s) => self.string(s, &span, schema, path),
            DeValue::Integer(i) => {
                let number = i64::from_str_radix(i.as_str(), i.radix()).map_or(f64::MAX, |n| n as f64);
                self.number(number, &span, schema, path)
            }
            DeValue::Float(f) => {
                let number = f.as_str().parse().unwrap_or(f64::NAN);
                self.number(number, &span, schema, path)
            }
            DeValue::Table(t) => self.table(t, &span, schema, path),
            DeValue::Array(_) => self.array(value, &span, schema, path),
            DeValue::Boolean(_) | DeValue::Datetime(_) => true,
        }
    }

    /// Tells whether keys of a table may have been swallowed.
    fn is_broken(&self, span: &Span, path: &str) -> bool {
        if path.is_empty() {
            return !self.broken.is_empty();
        }
        let next = self.broken.partition_point(|section| section.end <= span.start);
        self.broken.get(next).is_some_and(|section| section.start <= span.start)
    }

    fn wrong(&mut self, span: &Span, message: String, help: Option<String>) -> bool {
        self.sink.error(span.clone(), message, help);
        false
    }

    fn wrong_type(&mut self, value: &Value<'_>, wanted: &str, path: &str) -> bool {
        let help = match value.get_ref() {
            DeValue::Datetime(_) => Some("put it in quotes, such as \"08:00\"".to_owned()),
            DeValue::Table(_) if wanted == "an array" => {
                let key = path.rsplit('.').next().unwrap_or(path);
                Some(format!("write [[{path}]], or put it in brackets: {key} = [{{ … }}]"))
            }
            DeValue::Array(_) if wanted == "a table" => {
                Some(format!("write it with single brackets: [{path}]"))
            }
            _ => None,
        };
        let found = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            other => type_name(other),
        };
        let message = format!("`{path}` must be {wanted}, found {found}");
        self.wrong(&value.span(), message, help)
    }

    fn name(&mut self, value: &Value<'_>, names: &[&str], path: &str) -> bool {
        let Some(word) = value.get_ref().as_str() else {
            self.wrong_type(value, "a name in quotes", path);
            return false;
        };
        if names.contains(&word) {
            return true;
        }
        let help = instead(word, names.iter().copied());
        self.wrong(&value.span(), format!("unknown name {} for `{path}`", quote(word)), Some(help))
    }

    fn string(&mut self, text: &str, span: &Span, schema: &Json, path: &str) -> bool {
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        let (fits, wanted) = match schema["format"].as_str() {
            Some("clock") => (Clock::parse(text).is_some(), "a time of day such as \"08:00\""),
            Some("name") => (
                is_name(text),
                "letters, digits, `-`, `_` and `.`, beginning with a letter or digit, at most 64",
            ),
            Some("cve") => (is_cve(text), "a CVE id such as \"CVE-2023-34362\""),
            Some("line") => (
                text.chars().count() <= 200 && !text.contains(char::is_control),
                "one line of at most 200 characters",
            ),
            Some("text") => (
                text.chars().count() <= 10_000 && !text.contains(control),
                "plain text of at most 10,000 characters",
            ),
            _ => return true,
        };
        fits || self.wrong(span, format!("`{path}` must be {wanted}"), None)
    }

    fn number(&mut self, number: f64, span: &Span, schema: &Json, path: &str) -> bool {
        let low = schema["minimum"].as_f64();
        let above = schema["exclusiveMinimum"].as_f64();
        let high = schema["maximum"].as_f64().filter(|&h| h < MAX_NUMBER).unwrap_or(MAX_NUMBER);
        let message = if !number.is_finite() {
            "must be a finite number".to_owned()
        } else if low.is_some_and(|l| number < l) {
            format!("must be at least {}, found {}", low.unwrap_or_default(), shown(number))
        } else if above.is_some_and(|a| number <= a) {
            format!("must be above {}, found {}", above.unwrap_or_default(), shown(number))
        } else if number > high {
            format!("must be at most {high}, found {}", shown(number))
        } else if number < -MAX_NUMBER {
            format!("must be at least -{MAX_NUMBER}, found {}", shown(number))
        } else {
            return true;
        };
        self.wrong(span, format!("`{path}` {message}"), None)
    }

    fn array(&mut self, value: &mut Value<'_>, span: &Span, schema: &Json, path: &str) -> bool {
        let DeValue::Array(items) = value.get_mut() else { return false };
        let count = items.len();
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let most = schema["maxItems"].as_u64().map_or(usize::MAX, |m| m as usize);
        if count < least || count > most {
            let wanted = if least == most { format!("{least}") } else { format!("at least {least}") };
            let wanted = if count > most && least != most { format!("at most {most}") } else { wanted };
            let entries = if wanted.split(' ').next_back() == Some("1") { "entry" } else { "entries" };
            return self.wrong(span, format!("`{path}` must have {wanted} {entries}, found {count}"), None);
        }
        for mut item in std::mem::replace(items, DeArray::new()) {
            if self.value(&mut item, &schema["items"], path) {
                items.push(item);
            } else {
                self.dropped.insert(path.to_owned());
            }
        }
        let whole = items.len() == count;
        if whole && schema["x-ordered"] == true {
            let number = |v: &Value<'_>| match v.get_ref() {
                DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).ok().map(|n| n as f64),
                DeValue::Float(f) => f.as_str().parse().ok(),
                _ => None,
            };
            if let [low, high] = &items[..]
                && number(low) > number(high)
            {
                return self.wrong(
                    span,
                    format!("`{path}` is reversed: the first number must not exceed the second"),
                    Some("write [low, high]".to_owned()),
                );
            }
        }
        whole || least == 0
    }

    fn table(&mut self, table: &mut Table<'_>, span: &Span, schema: &Json, path: &str) -> bool {
        let empty = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&empty);
        let place = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let name = table
            .get("name")
            .or_else(|| table.get("id"))
            .and_then(|v| v.get_ref().as_str())
            .map(str::to_owned);
        let before = self.sink.mistakes.len();
        let mut doubtful = false;
        let mut present = BTreeSet::new();
        let mut kept = Table::new();
        for (key, mut value) in std::mem::take(table) {
            let word: &str = key.get_ref();
            if let Some(inner) = properties.get(word) {
                present.insert(word.to_owned());
                let inner_path = if path.is_empty() { word.to_owned() } else { format!("{path}.{word}") };
                let so_far = self.sink.mistakes.len();
                let fits = self.value(&mut value, inner, &inner_path);
                doubtful |= self.sink.mistakes.len() > so_far && steers_attackers(path, word);
                if fits {
                    kept.insert(key, value);
                } else if path.is_empty() {
                    self.dropped.insert(word.to_owned());
                }
            } else {
                // It may be a wrong spelling of a key that counts.
                let wanted = nearest(word, properties.keys().map(String::as_str));
                doubtful |= wanted.is_some_and(|key| steers_attackers(path, key));
                let misplaced = if path.is_empty() { None } else { self.misplaced(word, value.get_ref()) };
                let help = misplaced.unwrap_or_else(|| instead(word, properties.keys().map(String::as_str)));
                self.sink.error(key.span(), format!("unknown key {} in {place}", quote(word)), Some(help));
            }
        }
        let mut whole = true;
        let complete = self.complete && !self.is_broken(span, path);
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !present.contains(key) && complete {
                let kind = schema_type(&properties[key]).unwrap_or("string");
                let known = name.as_ref().and_then(|name| meant(self.inherited, span.start, path, name));
                let help = match (known, kind) {
                    (Some(known), _) => known,
                    (None, "object") => format!(
                        "add a table [{}]",
                        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
                    ),
                    (None, _) => {
                        let about = first_line(&properties[key]);
                        match names(&properties[key]) {
                            Some(all) => {
                                let all: Vec<_> = all.into_iter().map(quote).collect();
                                format!(
                                    "add `{key} = …`: {}: {}",
                                    about.trim_end_matches('.'),
                                    all.join(", ")
                                )
                            }
                            None => format!("add `{key} = …`: {about}"),
                        }
                    }
                };
                self.sink.error(span.clone(), format!("missing key `{key}` in {place}"), Some(help));
            }
            if !kept.contains_key(key) {
                // A stand-in from a closed list lets the entry's other keys be checked.
                match names(&properties[key]).and_then(|all| all.first().map(|&n| n.to_owned())) {
                    Some(name) => {
                        let value = Spanned::new(span.clone(), DeValue::String(name.into()));
                        kept.insert(Spanned::new(span.clone(), key.to_owned().into()), value);
                    }
                    None => whole = false,
                }
            }
        }
        if doubtful || !whole {
            self.doubtful.insert((path.to_owned(), name.clone().unwrap_or_default()));
        }
        if self.sink.mistakes.len() > before || !whole {
            self.lost.extend(name.map(|name| (path.to_owned(), name)));
        }
        // Of what had keys and has none left, nothing further can be said.
        let gutted = kept.is_empty() && self.sink.mistakes.len() > before;
        *table = kept;
        whole && !gutted
    }
}

/// Tells whether it hangs on a key of a table which steps of an attack can be tried, and in time.
fn steers_attackers(path: &str, key: &str) -> bool {
    match path {
        "host" => matches!(key, "name" | "count" | "subnet" | "role" | "os" | "services" | "vulnerabilities"),
        "subnet" => key == "name",
        "attack" => matches!(key, "name" | "skill" | "detours"),
        "attack.step" => matches!(key, "id" | "technique" | "after" | "target" | "repeat" | "success"),
        "link" | "vulnerability" => true,
        "scenario" => key == "horizon_hours",
        "campaigns" => key == "onset_hours",
        _ => false,
    }
}

/// Tells whether a text is `CVE-`, a year, `-` and a number of at least four digits.
fn is_cve(text: &str) -> bool {
    let digits = |s: &str, most| (4..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    let parts = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| digits(year, 4) && digits(number, 19))
}

/// A number as messages show it: huge ones in scientific notation.
fn shown(number: f64) -> String {
    if number.abs() > MAX_NUMBER { format!("{number:e}") } else { format!("{number}") }
}

/// The first sentence of a description.
fn first_line(schema: &Json) -> String {
    let text = schema["description"].as_str().unwrap_or("see scenarios/README.md");
    text.split_once(". ").map_or(text, |(first, _)| first).replace('\n', " ")
}

/// Tells whether a text is a name that may be declared: it becomes part of file names.
pub fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
