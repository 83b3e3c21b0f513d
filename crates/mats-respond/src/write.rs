//! [`PolicyTable`] → TOML, for people to read. Reading it back gives the same table; comments are not kept,
//! notes are.

use crate::keys::NAMES;
use crate::table::{Origin, PolicyTable, Rule};
use std::fmt::Write as _;

const HEADER: &str = "\
# Policy table. The first rule whose lists all match answers the threat; a list left out matches everything.
# `has` and `lacks` name facts that must, or must not, be known besides. The first action of `actions` that is possible and permitted is taken. `pinned = true` keeps learning away.
";

impl PolicyTable {
    /// The table as TOML.
    pub fn to_toml(&self) -> String {
        let mut out = String::from(HEADER);
        for rule in &self.rules {
            out.push('\n');
            rule_toml(&mut out, rule);
        }
        out
    }
}

fn rule_toml(out: &mut String, rule: &Rule) {
    out.push_str("[[rule]]\n");
    let mut line = |key: &str, value: &str| writeln!(out, "{key} = {value}").expect("writing to a string");
    if let Some(note) = &rule.note {
        line("note", &toml::Value::from(note.as_str()).to_string());
    }
    for (property, (key, _)) in NAMES.iter().enumerate() {
        if let Some(names) = rule.when.listed(property) {
            line(key, &quoted(names));
        }
    }
    for (key, facts) in [("has", rule.has), ("lacks", rule.lacks)] {
        if !facts.is_empty() {
            line(key, &quoted(facts.iter().map(mats_core::Fact::name)));
        }
    }
    line("actions", &quoted(rule.actions.iter().map(|action| action.name())));
    if !rule.values.is_empty() {
        let values: Vec<String> = rule.values.iter().map(|v| format!("{v:?}")).collect();
        line("values", &format!("[{}]", values.join(", ")));
    }
    if let Some(support) = rule.support {
        line("support", &support.to_string());
    }
    if let Some(confidence) = rule.confidence {
        line("confidence", &format!("{confidence:?}"));
    }
    if let Origin::Refinement(version) = rule.learned {
        line("learned", &format!("\"refinement {version}\""));
    }
    if rule.pinned {
        line("pinned", "true");
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    format!("[{}]", names.join(", "))
}
