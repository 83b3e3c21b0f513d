//! Which labels mean benign: those that are named, or one word of a list.

use super::data::{Data, EMPTY};
use crate::tabular::TableDetector;
use mats_data::table;

/// Words that mean benign, whatever their case; on one line those that are one word in several spellings.
const KNOWN: [&[&str]; 9] = [
    &["normal"],
    &["benign"],
    &["background"],
    &["legitimate", "legit"],
    &["clean"],
    &["good"],
    &["0", "0.0"],
    &["false", "no"],
    &["none"],
];
/// Parts of labels that look as if they meant benign.
const LOOKS: [&str; 3] = ["background", "normal", "benign"];

impl Data {
    /// The label that means benign, if one alone is known to.
    pub fn benign(&self) -> Option<String> {
        let labels = of_table(self, &[]).ok()?;
        <[String; 1]>::try_from(labels).ok().map(|[label]| label)
    }
}

/// Tells whether one of the patterns is a label: the same text but for case and blanks around it; `*` stands for any text. An
/// empty pattern is the label of rows without one.
pub fn matches(patterns: &[String], label: &str) -> bool {
    let label = label.trim().to_lowercase();
    patterns.iter().any(|pattern| {
        let pattern = pattern.trim().to_lowercase();
        if pattern.is_empty() { label == EMPTY } else { fits(&pattern, &label) }
    })
}

/// Tells whether a text fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    // The leftmost place of each part leaves most for the next.
    for part in middle.split('*') {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(end)
}

/// The word of the list that a label is.
fn word(label: &str) -> Option<usize> {
    KNOWN.iter().position(|word| word.iter().any(|known| label.trim().eq_ignore_ascii_case(known)))
}

/// Returns the labels of a table that mean benign: those that fit the patterns; without patterns, one word of the list in any
/// case. `Err` has the labels that mean benign by different words, so that none can be taken unasked.
pub(super) fn of_table(data: &Data, patterns: &[String]) -> Result<Vec<String>, Vec<String>> {
    let used = data.used();
    let picked = |fits: &dyn Fn(&str) -> bool| -> Vec<String> {
        used.iter().filter(|label| fits(label)).map(|&label| label.to_owned()).collect()
    };
    if !patterns.is_empty() {
        // Rows that a file of labels does not name are benign, whatever others are called.
        let unnamed = |label: &str| data.joined.is_some() && label == table::BENIGN;
        return Ok(picked(&|label| matches(patterns, label) || unnamed(label)));
    }
    let labels = picked(&|label| word(label).is_some());
    let one = labels.iter().all(|label| word(label) == word(&labels[0]));
    if one { Ok(labels) } else { Err(labels) }
}

/// Tells of each label of a table whether it means benign to a model: as when it was fitted. Where none of them does, as to a
/// model that was fitted without labels, words of the list do.
pub fn of_model(detector: &TableDetector, data: &Data) -> Vec<bool> {
    let Some((_, names)) = &data.labels else { return Vec::new() };
    let (own, patterns) = (detector.classes()[0].as_str(), &detector.reading.benign);
    let used = data.used();
    // What was malicious in training is not benign by another spelling.
    let taught = |name: &str| detector.classes()[1..].iter().any(|class| class == name);
    let words: Vec<usize> = patterns.iter().map(String::as_str).chain([own]).filter_map(word).collect();
    let is_own = |name: &str| {
        name == own
            || matches(patterns, name)
            || data.joined.is_some() && name == table::BENIGN
            || word(name).is_some_and(|word| words.contains(&word)) && !taught(name)
    };
    if used.iter().any(|name| is_own(name)) {
        return names.iter().map(|name| is_own(name)).collect();
    }
    let known = of_table(data, &[]).unwrap_or_else(|several| several);
    // What was malicious in training is not benign for want of others.
    let malicious = |name: &String| detector.classes()[1..].contains(name);
    names.iter().map(|name| known.contains(name) && !malicious(name)).collect()
}

/// Returns the labels that look as if they meant benign, and do not.
pub fn suspicious<'l>(labels: impl Iterator<Item = (&'l str, bool)>) -> Vec<&'l str> {
    let looks = |label: &str| {
        let is_known = word(label).is_some();
        let label = label.to_lowercase().replace("abnormal", "");
        is_known || LOOKS.iter().any(|part| label.contains(part))
    };
    labels.filter(|(label, benign)| !benign && looks(label)).map(|(label, _)| label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_labels_but_for_case_and_blanks_and_stars() {
        let check = |pattern: &str, label: &str, expected: bool| {
            assert_eq!(matches(&[pattern.to_owned()], label), expected, "{pattern} {label}");
        };
        check("Benign", " benign ", true);
        check("benign", "benign-ish", false);
        check("flow=*Normal*", "flow=From-normal-V42-Jist", true);
        check("flow=*Normal*", "flow=From-Botnet", false);
        check("*normal", "abnormal", true);
        check("a*b*c", "a-bb-c", true);
        check("a*b*c", "a-c-b", false);
        check("a*a", "a", false);
        check("*", "x", true);
        check("", "x", false);
        check("", EMPTY, true);
        check("*", EMPTY, true);
        check(&"*a".repeat(500), &"a".repeat(100_000), true);
        check(&("*a".repeat(500) + "b"), &"a".repeat(100_000), false);
    }

    #[test]
    fn what_looks_benign_and_is_not_is_found() {
        let labels = ["flow=Background-UDP", "abnormal", "From-Normal", "scan", "BENIGN"];
        let found = suspicious(labels.into_iter().map(|label| (label, label == "BENIGN")));
        assert_eq!(found, ["flow=Background-UDP", "From-Normal"]);
    }
}
