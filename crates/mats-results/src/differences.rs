//! Settings that two runs have otherwise.

use serde_json::Value;
use std::collections::BTreeSet;

/// A setting that two runs have otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Dotted name of the setting.
    pub name: String,
    /// Value in the one; null where it has none.
    pub one: Value,
    /// Value in the other; null where it has none.
    pub other: Value,
}

/// The settings that differ between two trees of them, in the order of their names.
pub fn differences(one: &Value, other: &Value) -> Vec<Difference> {
    let mut all = Vec::new();
    collect("", one, other, &mut all);
    all
}

fn collect(name: &str, one: &Value, other: &Value, all: &mut Vec<Difference>) {
    if let (Value::Object(here), Value::Object(there)) = (one, other) {
        let keys: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
        for key in keys {
            let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            collect(&name, &one[key], &other[key], all);
        }
    } else if one != other {
        all.push(Difference { name: name.to_owned(), one: one.clone(), other: other.clone() });
    }
}
