//! The JSON Schema of scenario files, for editors and other tools.

use crate::format::ScenarioFile;
use crate::shipped::DEFAULTS;
use serde_json::{Map, Value};

/// The JSON Schema (draft 2020-12) of scenario files: from the structs that read them, with the defaults of
/// `catalogue/defaults.toml` filled in.
pub fn schema() -> Value {
    let mut root = schemars::schema_for!(ScenarioFile).to_value();
    let defaults: Value = toml::from_str(DEFAULTS).expect("the defaults are part of the program and tested");
    let definitions = root["$defs"].take();
    let mut definitions = definitions.as_object().cloned().unwrap_or_default();
    fill(&mut root, &defaults, &mut definitions);
    root["$defs"] = Value::Object(definitions);
    root
}

/// Notes the defaults in a table's schema; keys that have one are not required.
fn fill(schema: &mut Value, defaults: &Value, definitions: &mut Map<String, Value>) {
    let Some(defaults) = defaults.as_object() else { return };
    if let Some(required) = schema["required"].as_array_mut() {
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
