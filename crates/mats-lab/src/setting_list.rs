//! Every setting of a run with its default, its range and its meaning, from the types that hold them: their schema says what the
//! fields' attributes and documentation say. What is typed, read from an experiment or from `run.json` is checked by it.

use crate::settings::RunSettings;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// A setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Dotted name, as `--set` takes it.
    pub name: String,
    /// Value it has unless something else is said.
    pub default: Value,
    /// Values it may have, in words.
    pub range: String,
    /// Meaning, from the documentation of the field.
    pub meaning: String,
}

/// A value outside the range of its setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is {value} but must be {range}")]
pub struct RangeError {
    /// Dotted name of the setting.
    pub name: String,
    /// Value found.
    pub value: String,
    /// Values that it may have, in words.
    pub range: String,
}

/// Characters of a value that a message repeats.
const SHOWN: usize = 60;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<RunSettings>().to_value()
});

/// Lists all settings, ordered by name within each table.
pub fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    let defaults = tree(&RunSettings::default());
    walk("", &SCHEMA, &mut |name, schema| {
        let pointer = format!("/{}", name.replace('.', "/"));
        all.push(Setting {
            name: name.to_owned(),
            default: defaults.pointer(&pointer).cloned().unwrap_or_default(),
            range: range(schema),
            meaning: meaning(schema),
        });
    });
    all
}

/// Finds everything that is outside its range.
pub fn problems(settings: &RunSettings) -> Vec<RangeError> {
    let mut problems = Vec::new();
    check("", &SCHEMA, &tree(settings), &mut problems);
    problems
}

/// Checks a value before it becomes that of the setting of a dotted name: as the type that holds it, a number may be infinite.
///
/// # Errors
/// With the first part of it that is outside its range. A value of another kind is for the type to refuse.
pub(crate) fn check_value(name: &str, value: &Value) -> Result<(), RangeError> {
    let mut schema = &*SCHEMA;
    for piece in name.split('.') {
        match schema.get("properties").and_then(|properties| properties.get(piece)) {
            Some(inner) => schema = inner,
            None => return Ok(()),
        }
    }
    let mut problems = Vec::new();
    // What is typed may be of another kind altogether; what cannot be a number is not for ranges to judge.
    if !value.is_null() {
        check(name, schema, value, &mut problems);
    }
    problems.into_iter().next().map_or(Ok(()), Err)
}

/// Settings as a tree, numbers as they are spelt.
fn tree(settings: &RunSettings) -> Value {
    let text = serde_json::to_string(settings).expect("plain data always serialises");
    serde_json::from_str(&text).expect("what was just written can be read")
}

/// Visits every setting below a table.
fn walk(name: &str, schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return visit(name, schema);
    };
    for (piece, inner) in properties {
        let whole = if name.is_empty() { piece.clone() } else { format!("{name}.{piece}") };
        walk(&whole, inner, visit);
    }
}

/// Checks a value and what is in it.
fn check(name: &str, schema: &Value, value: &Value, problems: &mut Vec<RangeError>) {
    let wrong = || RangeError { name: name.to_owned(), value: shown(value), range: range(schema) };
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        // A choice that is a table is known by its only key.
        let Some((key, inside)) = value.as_object().and_then(|table| table.iter().next()) else { return };
        let of = choices.iter().find_map(|choice| choice.get("properties")?.get(key));
        if let Some(of) = of {
            check(&format!("{name}.{key}"), of, inside, problems);
        }
        return;
    }
    match value {
        Value::Object(table) => {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (piece, inside) in table {
                if let Some(inner) = properties.and_then(|properties| properties.get(piece)) {
                    let whole = if name.is_empty() { piece.clone() } else { format!("{name}.{piece}") };
                    check(&whole, inner, inside, problems);
                }
            }
        }
        Value::Array(values) => {
            let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
            let items = schema.get("items");
            let fits = |value: &Value| items.is_none_or(|items| fits(items, value));
            if (values.len() as u64) < least || !values.iter().all(fits) {
                problems.push(wrong());
            }
        }
        value => {
            if !fits(schema, value) {
                problems.push(wrong());
            }
        }
    }
}

/// Tells whether a single value is in the range of its schema. `null` stands for a number that is not finite, unless it may be
/// left out.
fn fits(schema: &Value, value: &Value) -> bool {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    match (value, value.as_f64()) {
        (Value::Null, _) => !is_number(schema) || is_optional(schema),
        (_, Some(number)) if is_number(schema) => {
            number.is_finite()
                && bound("minimum").is_none_or(|least| number >= least)
                && bound("maximum").is_none_or(|most| number <= most)
                && bound("exclusiveMinimum").is_none_or(|least| number > least)
                && bound("multipleOf").is_none_or(|step| number % step == 0.0)
        }
        _ => true,
    }
}

fn has_type(schema: &Value, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

fn is_number(schema: &Value) -> bool {
    has_type(schema, "number") || has_type(schema, "integer")
}

fn is_optional(schema: &Value) -> bool {
    has_type(schema, "null")
}

/// The values that a schema allows, in words.
fn range(schema: &Value) -> String {
    if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("enum")).and_then(Value::as_array) {
        return choices.iter().map(choice).collect::<Vec<_>>().join(" or ");
    }
    if has_type(schema, "boolean") {
        return "true or false".to_owned();
    }
    if let Some(items) = schema.get("items") {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let exactly = schema.get("maxItems").and_then(Value::as_u64).filter(|&most| most == least);
        let count = match (exactly, least) {
            (Some(count), _) => format!("{count} values"),
            (None, 0) => "a list of values".to_owned(),
            (None, least) => format!("a list of at least {least}"),
        };
        return if is_number(items) {
            format!("{count}, each {}", range(items))
        } else {
            format!("{count} of names")
        };
    }
    let bound = |key: &str| schema.get(key).map(spelt);
    let mut text = match (bound("minimum"), bound("exclusiveMinimum"), bound("maximum")) {
        (_, Some(least), Some(most)) => format!("above {least}, at most {most}"),
        (Some(least), None, Some(most)) => format!("from {least} to {most}"),
        (None, None, Some(most)) => format!("at most {most}"),
        (Some(least), ..) => format!("at least {least}"),
        _ => "anything".to_owned(),
    };
    if let Some(step) = bound("multipleOf") {
        let _ = write!(text, ", a multiple of {step}");
    }
    if has_type(schema, "integer") {
        text.push_str(", whole");
    }
    if is_optional(schema) {
        text.push_str("; or null");
    }
    text
}

/// One of several choices: a word, or a table with one key.
fn choice(choice: &Value) -> String {
    if let Some(word) = choice.as_str().or_else(|| choice.get("const").and_then(Value::as_str)) {
        return word.to_owned();
    }
    let Some((key, inner)) =
        choice.get("properties").and_then(Value::as_object).and_then(|p| p.iter().next())
    else {
        return String::new();
    };
    let parts = inner.get("properties").and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
    let parts: Vec<String> = parts.iter().map(|(name, schema)| format!("{name} {}", range(schema))).collect();
    format!("{key} ({})", parts.join(", "))
}

/// A bound as people write it.
fn spelt(bound: &Value) -> String {
    match bound.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        _ => bound.to_string(),
    }
}

/// The documentation of a field, on one line.
fn meaning(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    // What is left out is spelt otherwise where settings are typed.
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("`None`", "`null`")
}

/// A value as a message repeats it.
fn shown(value: &Value) -> String {
    let text = if value.is_null() { "no finite number".to_owned() } else { value.to_string() };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of all values in a tree that are no tables.
    fn collect(name: &str, value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(table) => {
                for (piece, inner) in table {
                    collect(
                        &if name.is_empty() { piece.clone() } else { format!("{name}.{piece}") },
                        inner,
                        out,
                    );
                }
            }
            _ => out.push(name.to_owned()),
        }
    }

    #[test]
    fn every_setting_has_a_default_a_range_with_two_ends_and_a_meaning() {
        let all = settings();
        assert!(all.len() > 50, "{}", all.len());
        for Setting { name, default, range, meaning } in &all {
            assert!(!meaning.is_empty(), "{name} has no meaning");
            assert!(!default.is_null() || range.contains("null"), "{name} has no default");
            assert!(range != "anything" && !range.starts_with("at least"), "{name}: {range}");
        }
        // Nothing that can be set is lacking.
        let mut leaves = Vec::new();
        collect("", &tree(&RunSettings::default()), &mut leaves);
        for leaf in leaves {
            assert!(
                all.iter().any(|s| leaf == s.name || leaf.starts_with(&format!("{}.", s.name))),
                "{leaf}"
            );
        }
    }

    #[test]
    fn the_defaults_are_in_their_ranges() {
        assert_eq!(problems(&RunSettings::default()), []);
    }

    #[test]
    fn values_outside_their_ranges_are_told_with_them() {
        let check = |name: &str, value: &str, says: &str| {
            let error = check_value(name, &serde_json::from_str(value).unwrap()).unwrap_err().to_string();
            assert_eq!(error, format!("`{name}` {says}"));
        };
        let trees = "train.detector.forest.trees";
        check(trees, "9223372036854775807", "is 9223372036854775807 but must be from 1 to 10000, whole");
        check("train.detector.lstm.smoothing", "1e308", "is 1e+308 but must be from 0 to 0.99");
        check("train.cuts", "[]", "is [] but must be a list of at least 1, each from 0 to 1");
        check("train.dqn.hidden", "[8,0]", "is [8,0] but must be 2 values, each from 1 to 4096, whole");
        check("train.guided", "-0.1", "is -0.1 but must be from 0 to 1");
        assert!(check_value("train.detector.forest.depth", &Value::Null).is_ok());
        assert!(check_value("train.dqn.target", &serde_json::json!({ "soft": { "rate": 2.0 } })).is_err());
    }
}
