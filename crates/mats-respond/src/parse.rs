//! TOML → [`PolicyTable`]. All mistakes are found in one go, each with its line, its column and the names
//! that would be right.

use crate::keys::{KeySet, NAMES};
use crate::shadowed::Shadowed;
use crate::table::{Origin, PolicyTable, Rule};
use mats_core::{Action, Fact, FactSet};
use std::ops::Range;
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct Problem {
    /// The file, as given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes of the file's text that are wrong.
    pub span: Range<usize>,
    /// Description of what is wrong and what would be right.
    pub what: String,
}

/// All mistakes in a policy file, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
pub struct TableError(pub Vec<Problem>);

/// The keys of a rule.
const KEYS: [&str; 13] = [
    "kind",
    "severity",
    "asset",
    "status",
    "has",
    "lacks",
    "actions",
    "values",
    "support",
    "confidence",
    "learned",
    "pinned",
    "note",
];

impl PolicyTable {
    /// Reads a table from TOML. `file_name` is only for messages.
    ///
    /// # Errors
    /// When the text is not TOML or not a policy table: every mistake, with its place and the cure.
    pub fn parse(text: &str, file_name: &str) -> Result<PolicyTable, TableError> {
        PolicyTable::parse_with_doubts(text, file_name).map(|(table, _)| table)
    }

    /// Reads a table as [`PolicyTable::parse`] does, and tells what is doubtful in it: rules that can never match, for
    /// rules above them take all that they could, each with the rules that do.
    ///
    /// # Errors
    /// As [`PolicyTable::parse`].
    pub fn parse_with_doubts(text: &str, file_name: &str) -> Result<(PolicyTable, Vec<Problem>), TableError> {
        let mut reader = Reader { text, file: file_name, problems: Vec::new(), more: 0, places: Vec::new() };
        let table = reader.table();
        if reader.problems.is_empty() {
            for Shadowed { rule, by } in table.shadowed() {
                let line = |&rule: &usize| reader.line(reader.places[rule].start).to_string();
                let above: Vec<String> = by.iter().take(MAX_ABOVE).map(line).collect();
                let more = if by.len() > above.len() { " and others" } else { "" };
                let (rules, take) = if by.len() == 1 { ("rule", "takes") } else { ("rules", "take") };
                let what = format!(
                    "this rule can never match: the {rules} above it on line {}{more} {take} all that it could; move it up, narrow the {rules} above, or take it out",
                    above.join(", ")
                );
                reader.problem(reader.places[rule].clone(), what);
            }
            return Ok((table, reader.problems));
        }
        reader.problems.sort_by_key(|p| (p.line, p.column));
        if let (more @ 1.., Some(last)) = (reader.more, reader.problems.last_mut()) {
            let more = format!("; {more} more problems are not listed");
            last.what.push_str(&more);
        }
        Err(TableError(reader.problems))
    }
}

/// Likeness from which on a name is taken for one that was meant (Jaro and Winkler's, 0 to 1).
const NEAR: f64 = 0.8;

/// Asks for the known name that a wrong one is nearest to, if one is near.
fn meant(wrong: &str, known: &[&str]) -> String {
    let wrong = wrong.to_lowercase();
    let scored = known.iter().map(|name| (strsim::jaro_winkler(&wrong, name), name));
    match scored.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((likeness, name)) if likeness > NEAR => format!("did you mean `{name}`? "),
        _ => String::new(),
    }
}

type Value<'a> = Spanned<DeValue<'a>>;

struct Reader<'a> {
    text: &'a str,
    file: &'a str,
    problems: Vec<Problem>,
    /// Number of problems that are counted only.
    more: usize,
    /// Place of each rule's header.
    places: Vec<Range<usize>>,
}

/// Number of rules above that are named.
const MAX_ABOVE: usize = 5;

/// Number of problems that are listed; more are only counted.
const MAX_PROBLEMS: usize = 20;

impl Reader<'_> {
    /// The line of a place, from 1.
    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1
    }

    fn problem(&mut self, span: Range<usize>, what: String) {
        if self.problems.len() == MAX_PROBLEMS {
            self.more += 1;
            return;
        }
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: self.line(span.start),
            column: before[line_start..].chars().count() + 1,
            span,
            what,
        });
    }

    fn table(&mut self) -> PolicyTable {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.problem(error.span().unwrap_or(0..0), error.message().to_owned());
        }
        let mut rules = Vec::new();
        for (key, value) in document.get_ref() {
            if key.get_ref() != "rule" {
                let what = format!(
                    "unknown key `{}`; {}a policy file holds [[rule]] tables only",
                    key.get_ref(),
                    meant(key.get_ref(), &["rule"])
                );
                self.problem(key.span(), what);
                continue;
            }
            let DeValue::Array(array) = value.get_ref() else {
                self.problem(value.span(), "`rule` must be written [[rule]], once for each rule".to_owned());
                continue;
            };
            for item in array {
                match item.get_ref() {
                    DeValue::Table(table) => {
                        self.places.push(item.span());
                        rules.push(self.rule(table, item.span()));
                    }
                    _ => self.problem(item.span(), "a rule must be a table: write [[rule]]".to_owned()),
                }
            }
        }
        if rules.is_empty() && self.problems.is_empty() {
            self.problem(0..0, "the file holds no rule; write at least one [[rule]]".to_owned());
        }
        PolicyTable { rules }
    }

    fn rule(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Rule {
        let mut rule = Rule::new(KeySet::ALL, &[]);
        let mut values_at = span.clone();
        let mut listed = None;
        for (key, value) in table {
            match &**key.get_ref() {
                "kind" => rule.when.0[0] = self.set(value, 0),
                "severity" => rule.when.0[1] = self.set(value, 1),
                "asset" => rule.when.0[2] = self.set(value, 2),
                "status" => rule.when.0[3] = self.set(value, 3),
                "has" => rule.has = self.facts(value, "has"),
                "lacks" => rule.lacks = self.facts(value, "lacks"),
                "actions" => {
                    listed = value.get_ref().as_array().map_or(Some(0), |items| Some(items.len()));
                    rule.actions = self.actions(value);
                }
                "values" => {
                    values_at = value.span();
                    rule.values =
                        self.list(value, "values", "numbers").into_iter().map(|v| self.number(v)).collect();
                }
                "support" => rule.support = Some(self.support(value)),
                "confidence" => {
                    let share = self.number(value);
                    if !(0.0..=1.0).contains(&share) {
                        self.problem(value.span(), format!("`confidence` is {share}; it must lie in [0, 1]"));
                    }
                    rule.confidence = Some(share);
                }
                "learned" => rule.learned = self.origin(value),
                "pinned" => match value.get_ref() {
                    DeValue::Boolean(pinned) => rule.pinned = *pinned,
                    _ => self.problem(value.span(), "`pinned` must be true or false".to_owned()),
                },
                "note" => rule.note = self.string(value).map(str::to_owned),
                other => {
                    let what = format!(
                        "unknown key `{other}`; {}a rule may have {}",
                        meant(other, &KEYS),
                        KEYS.join(", ")
                    );
                    self.problem(key.span(), what);
                }
            }
        }
        for fact in rule.has.iter().filter(|&fact| rule.lacks.contains(fact)) {
            let what = format!("the rule `has` and `lacks` `{}`, so it never matches; keep one", fact.name());
            self.problem(span.clone(), what);
        }
        match listed {
            None => self.problem(span, "the rule has no `actions`; list at least one".to_owned()),
            Some(actions) if !rule.values.is_empty() && rule.values.len() != actions => {
                let values = rule.values.len();
                let what = format!("{values} `values` for {actions} `actions`; give one for each, or none");
                self.problem(values_at, what);
            }
            Some(_) => {}
        }
        rule
    }

    /// The bits of a list of names of one property.
    fn set(&mut self, value: &Value<'_>, property: usize) -> u8 {
        let (key, names) = NAMES[property];
        let items = self.list(value, key, "names");
        if items.is_empty() && matches!(value.get_ref(), DeValue::Array(_)) {
            self.problem(
                value.span(),
                format!("`{key}` is empty, so the rule never matches; leave it out to match all"),
            );
        }
        let mut bits = 0;
        for item in items {
            let Some(name) = self.string(item) else { continue };
            if let Some(i) = names.iter().position(|&known| known == name) {
                bits |= 1 << i;
                continue;
            }
            let what =
                format!("unknown {key} `{name}`; {}known are {}", meant(name, names), names.join(", "));
            self.problem(item.span(), what);
        }
        bits
    }

    /// The facts of a list.
    fn facts(&mut self, value: &Value<'_>, key: &str) -> FactSet {
        let mut facts = FactSet::NONE;
        for item in self.list(value, key, "names of facts") {
            let Some(name) = self.string(item) else { continue };
            if let Some(i) = Fact::NAMES.iter().position(|&known| known == name) {
                facts.set(Fact::ALL[i], true);
                continue;
            }
            let known = Fact::NAMES.join(", ");
            let what = format!("unknown fact `{name}`; {}known are {known}", meant(name, &Fact::NAMES));
            self.problem(item.span(), what);
        }
        facts
    }

    fn actions(&mut self, value: &Value<'_>) -> Vec<Action> {
        let items = self.list(value, "actions", "names");
        if items.is_empty() && matches!(value.get_ref(), DeValue::Array(_)) {
            self.problem(value.span(), "`actions` is empty; list at least one, e.g. \"monitor\"".to_owned());
        }
        let mut actions = Vec::with_capacity(items.len());
        for item in items {
            let Some(name) = self.string(item) else { continue };
            match Action::from_name(name) {
                Some(action) if actions.contains(&action) => {
                    self.problem(item.span(), format!("`{name}` is listed twice; keep the first"));
                }
                Some(action) => actions.push(action),
                None => {
                    let known = Action::ALL.map(Action::name);
                    let what = format!(
                        "unknown action `{name}`; {}known are {}",
                        meant(name, &known),
                        known.join(", ")
                    );
                    self.problem(item.span(), what);
                }
            }
        }
        actions
    }

    fn list<'v, 'i>(&mut self, value: &'v Value<'i>, key: &str, of: &str) -> Vec<&'v Value<'i>> {
        if let DeValue::Array(items) = value.get_ref() {
            return items.iter().collect();
        }
        self.problem(value.span(), format!("`{key}` must be a list of {of}, in [ ]"));
        Vec::new()
    }

    fn string<'v>(&mut self, value: &'v Value<'_>) -> Option<&'v str> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text);
        }
        self.problem(value.span(), "must be a name or text in quotes".to_owned());
        None
    }

    /// A finite number; 0 after a complaint.
    fn number(&mut self, value: &Value<'_>) -> f32 {
        let text = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            _ => "",
        };
        match text.parse::<f32>() {
            Ok(number) if number.is_finite() => number,
            _ => {
                self.problem(value.span(), "must be a finite decimal number".to_owned());
                0.0
            }
        }
    }

    fn support(&mut self, value: &Value<'_>) -> u32 {
        if let DeValue::Integer(number) = value.get_ref()
            && let Ok(support) = u32::from_str_radix(number.as_str(), number.radix())
        {
            return support;
        }
        self.problem(
            value.span(),
            "`support` must be a whole number of decisions, 0 to 4294967295".to_owned(),
        );
        0
    }

    fn origin(&mut self, value: &Value<'_>) -> Origin {
        let Some(text) = self.string(value) else { return Origin::Playbook };
        if text == "playbook" {
            return Origin::Playbook;
        }
        if let Some(version) = text.strip_prefix("refinement ").and_then(|n| n.parse().ok()) {
            return Origin::Refinement(version);
        }
        let what = format!("unknown origin `{text}`; write \"playbook\" or \"refinement N\"");
        self.problem(value.span(), what);
        Origin::Playbook
    }
}
