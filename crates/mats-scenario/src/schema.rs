//! The JSON Schema of scenario files, for editors and other tools.

use crate::catalogue::Technique;
use crate::format::ScenarioFile;
use crate::shipped::{ALL_BEHAVIOURS, ALL_TECHNIQUES, DEFAULTS};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The JSON Schema (draft 2020-12) of scenario files: from the structs that read them, with the defaults of
/// `catalogue/defaults.toml` filled in.
pub fn schema() -> Value {
    let mut root = schemars::schema_for!(ScenarioFile).to_value();
    let defaults: Value = toml::from_str(DEFAULTS).expect("the defaults are part of the program and tested");
    let definitions = root["$defs"].take();
    let mut definitions = definitions.as_object().cloned().unwrap_or_default();
    fill(&mut root, &defaults, &mut definitions);
    name_known(&mut root, &mut definitions);
    let strict = strict(&mut root, &mut definitions);
    root["$defs"] = Value::Object(definitions);
    root["if"] = json!({ "required": ["extends"] });
    root["else"] = strict;
    root
}

/// Names that the catalogue knows, for completion. The checker looks them up itself, with better messages.
fn name_known(root: &mut Value, definitions: &mut Map<String, Value>) {
    let technique =
        |t: &Technique| json!({ "const": t.id, "description": format!("{} ({})", t.name, t.tactic) });
    let techniques: Vec<Value> = ALL_TECHNIQUES.iter().map(technique).collect();
    let behaviours: Vec<&str> = ALL_BEHAVIOURS.iter().map(|b| b.name.as_str()).collect();
    if let Some(step) = definitions.get_mut("StepTable") {
        step["properties"]["technique"]["oneOf"] = Value::Array(techniques);
    }
    root["properties"]["benign"]["properties"]["exclude"]["items"]["enum"] = json!(behaviours);
}

/// Takes the required keys out of the schema, since a file that extends another one need not repeat them, and
/// returns what holds for files that extend none. What tells entries apart is required of both.
fn strict(root: &mut Value, definitions: &mut Map<String, Value>) -> Value {
    let mut wanted: BTreeMap<String, Value> = BTreeMap::new();
    for (name, definition) in definitions.iter_mut() {
        let Some(required) = definition["required"].as_array().cloned() else { continue };
        let key = |k: &&Value| ["name", "id", "from", "to"].iter().any(|key| *k == key);
        let keys: Vec<Value> = required.iter().filter(key).cloned().collect();
        wanted.insert(name.clone(), Value::Array(required));
        match definition.as_object_mut() {
            Some(table) if keys.is_empty() || name == "ScenarioTable" => table.remove("required"),
            Some(table) => table.insert("required".to_owned(), Value::Array(keys)),
            None => None,
        };
    }
    let mut strict = requirements(root, definitions, &wanted).unwrap_or_else(|| json!({}));
    if let Some(required) = root.as_object_mut().and_then(|root| root.remove("required")) {
        strict["required"] = required;
    }
    strict
}

/// The required keys within a schema, in a schema that holds nothing else; `None` if there are none.
fn requirements(
    schema: &Value,
    definitions: &Map<String, Value>,
    wanted: &BTreeMap<String, Value>,
) -> Option<Value> {
    let mut all = Map::new();
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        if let Some(Value::Object(within)) = requirements(definitions.get(name)?, definitions, wanted) {
            all = within;
        }
        if let Some(required) = wanted.get(name) {
            all.insert("required".to_owned(), required.clone());
        }
    }
    let properties: Map<String, Value> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), requirements(value, definitions, wanted)?)))
        .collect();
    if !properties.is_empty() {
        all.insert("properties".to_owned(), Value::Object(properties));
    }
    if schema["items"].is_object()
        && let Some(items) = requirements(&schema["items"], definitions, wanted)
    {
        all.insert("items".to_owned(), items);
    }
    (!all.is_empty()).then_some(Value::Object(all))
}

/// Notes the defaults in a table's schema; keys that have one are not required.
fn fill(schema: &mut Value, defaults: &Value, definitions: &mut Map<String, Value>) {
    let Some(defaults) = defaults.as_object() else { return };
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|key| !key.as_str().is_some_and(|k| defaults.contains_key(k)));
        if required.is_empty() {
            schema.as_object_mut().map(|s| s.remove("required"));
        }
    }
    for (key, value) in defaults {
        let Some(property) = schema["properties"].get_mut(key) else { continue };
        if !value.is_object() {
            property["default"] = value.clone();
            continue;
        }
        // Each table is written out in its place: two that share a type have defaults of their own.
        let reference = property["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")).map(str::to_owned);
        if let Some(name) = reference
            && let Some(definition) = definitions.get(&name).cloned()
        {
            let described = property["description"].clone();
            *property = definition;
            if described.is_string() {
                property["description"] = described;
            }
        }
        fill(property, value, definitions);
    }
}
