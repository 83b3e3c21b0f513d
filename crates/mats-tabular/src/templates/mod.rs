//! Log lines → events: which lines come from the same statement (Drain: He, Zhu, Zheng, Lyu 2017).
//!
//! Of syslog the message and the program count. Words that vary from line to line are masked first. Lines of as many words, whose first words are the same, are
//! compared with the templates found so far; the most similar takes the line in, and where a word differs it keeps a
//! blank. Beyond the paper, a template whose blanks take in all that differs is similar however many they are: else a
//! line that was learnt early could be a stranger to its own template. Nothing grows without bound, whatever a log holds.

mod header;
mod mask;

use mask::masked;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Leading words that must be the same, beside the program.
const DEPTH: usize = 2;
/// Share of equal words from which a line belongs to a template; the paper's for OpenSSH and most others.
const SIMILAR: f64 = 0.5;
/// Words of a line that are looked at.
const WORDS: usize = 128;
/// Characters of a word that are looked at.
const LETTERS: usize = 64;
/// Templates at most; further lines are unseen.
const MOST: usize = 4000;
/// Different leading words under one parent; others share a place.
const CHILDREN: usize = 200;
/// Stands for whatever varies.
const BLANK: &str = "<*>";

/// Templates, as they were learnt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Templates {
    /// The words of each template.
    found: Vec<Vec<String>>,
    /// Templates to compare with, by number of words and leading words.
    places: BTreeMap<String, Vec<u32>>,
    /// Different words that follow, by number of words and first words but one.
    children: BTreeMap<String, Vec<String>>,
}

impl Templates {
    /// Takes a line in; the number of its template, or `None` where there are too many.
    pub fn learn(&mut self, line: &str) -> Option<usize> {
        let words = words(line);
        let (place, new) = self.place(&words, true);
        for (parent, word) in new {
            self.children.entry(parent).or_default().push(word);
        }
        let known = self.places.entry(place).or_default();
        if let Some(at) = closest(&self.found, known, &words) {
            for (kept, word) in self.found[at].iter_mut().zip(&words) {
                if kept != word {
                    BLANK.clone_into(kept);
                }
            }
            return Some(at);
        }
        if self.found.len() >= MOST {
            return None;
        }
        known.push(self.found.len() as u32);
        self.found.push(words);
        Some(self.found.len() - 1)
    }

    /// The number of a line's template, if it has one.
    pub fn find(&self, line: &str) -> Option<usize> {
        let words = words(line);
        let known = self.places.get(&self.place(&words, false).0)?;
        closest(&self.found, known, &words)
    }

    /// Templates found.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Tells whether there are no templates.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// A template as text.
    pub fn text(&self, number: usize) -> String {
        let text = self.found.get(number).map(|words| words.join(" ")).unwrap_or_default();
        text.trim_start_matches(": ").to_owned()
    }

    /// Finds where lines with these words are compared, and the places passed with the words that lead on from them. A
    /// word with digits, or one too many, stands at a shared place.
    fn place(&self, words: &[String], learning: bool) -> (String, Vec<(String, String)>) {
        let (mut place, mut passed) = (words.len().to_string(), Vec::new());
        for word in words.iter().take(1 + DEPTH) {
            let varies = word == BLANK || word.bytes().any(|b| b.is_ascii_digit());
            let children = self.children.get(&place);
            let known = children.is_some_and(|children| children.contains(word));
            let room = children.map_or(0, Vec::len) < CHILDREN;
            let own = !varies && (known || (learning && room));
            if own && !known {
                passed.push((place.clone(), word.clone()));
            }
            place.push(' ');
            place.push_str(if own { word } else { BLANK });
        }
        (place, passed)
    }
}

/// The words of a line, masked and cut to size, and before them its program.
fn words(line: &str) -> Vec<String> {
    let truncated = |word: &str| -> String { word.chars().take(LETTERS).collect() };
    let (program, message) = header::parted(line);
    let program = format!("{}:", truncated(program.unwrap_or_default()));
    let words = message.split_whitespace().take(WORDS - 1).map(|word| truncated(&masked(&truncated(word))));
    std::iter::once(program).chain(words).collect()
}

/// The most similar of some templates, if it is similar enough: those that take in every word come before others; the
/// first among equals.
fn closest(templates: &[Vec<String>], among: &[u32], words: &[String]) -> Option<usize> {
    let mut best: Option<(usize, (bool, usize))> = None;
    for &number in among {
        let pairs = || templates[number as usize].iter().zip(words);
        let whole = pairs().all(|(kept, word)| kept == word || kept == BLANK);
        let same = pairs().skip(1).filter(|(kept, word)| kept == word).count();
        let similar = whole || same as f64 >= SIMILAR * (words.len() - 1) as f64;
        if similar && best.is_none_or(|(_, most)| (whole, same) > most) {
            best = Some((number as usize, (whole, same)));
        }
    }
    best.map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_one_statement_share_a_template() {
        let mut templates = Templates::default();
        let a = templates.learn("Failed password for root from 10.0.0.1 port 22 ssh2").unwrap();
        let b = templates.learn("Failed password for admin from 10.9.0.7 port 4412 ssh2").unwrap();
        let c = templates.learn("Connection closed by 10.0.0.1").unwrap();
        assert!(a == b && a != c);
        assert_eq!(templates.text(a), "Failed password for <*> from <*> port <*> ssh2");
        assert_eq!(templates.find("Failed password for guest from 1.2.3.4 port 1 ssh2"), Some(a));
        assert_eq!(templates.find("kernel panic"), None);
        assert_eq!(templates.len(), 2);
    }

    #[test]
    fn hostile_logs_do_not_grow_it_without_bound() {
        let mut templates = Templates::default();
        for i in 0..20_000_u32 {
            let word: String = i.to_string().bytes().map(|b| char::from(b'a' + b - b'0')).collect();
            templates.learn(&format!("{word} {word} {word}"));
        }
        assert!(templates.len() <= MOST);
        let long = "x".repeat(10_000_000);
        templates.learn(&long);
        templates.learn(&"y ".repeat(5_000_000));
        templates.find("a\0b \u{fffd}");
        templates.learn("");
        assert!(templates.found.iter().all(|t| t.len() <= WORDS && t.iter().all(|w| w.len() <= 4 * LETTERS)));
    }

    /// Checks that each line has a template all of whose words fit, and would be taken in by the same.
    fn check(lines: &[String]) {
        let mut templates = Templates::default();
        for line in lines {
            assert!(templates.learn(line).is_some());
        }
        for line in lines {
            let number =
                templates.find(line).unwrap_or_else(|| panic!("`{line}` was learnt and is not found"));
            let words = words(line);
            let fits = templates.found[number].iter().zip(&words).all(|(t, w)| t == w || t == BLANK);
            assert!(fits, "`{line}` is taken for `{}`", templates.text(number));
            assert_eq!(templates.clone().learn(line), Some(number), "{line}");
        }
    }

    #[test]
    fn a_line_is_found_though_its_template_has_become_more_general() {
        let mut lines = vec!["svc status ok alpha beta gamma".to_owned(); 300];
        lines.extend(["svc status ok 1 2 3", "svc status bad 1 2 3"].map(str::to_owned));
        check(&lines);
    }

    proptest! {
        #[test]
        fn what_was_learnt_is_found(lines in prop::collection::vec("x y( [a-c0-9]){0,5}|[a-c0-9. ]{0,30}", 1..40)) {
            check(&lines);
        }
    }
}
