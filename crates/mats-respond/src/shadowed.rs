//! Rules that can never match, because rules above them take all that they could.

use crate::table::PolicyTable;
use std::collections::BTreeSet;

/// A rule that can never match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// Its position.
    pub rule: usize,
    /// The positions of the rules that take what it could, in order.
    pub by: Vec<usize>,
}

impl PolicyTable {
    /// The rules that can never match, in order.
    pub fn shadowed(&self) -> Vec<Shadowed> {
        let all = self.rules.iter().enumerate();
        all.filter_map(|(rule, written)| {
            let takers: BTreeSet<usize> = written.when.keys().filter_map(|key| self.rule_for(key)).collect();
            // A rule that takes any of its keys itself is among them.
            let never = !takers.is_empty() && !takers.contains(&rule);
            never.then(|| Shadowed { rule, by: takers.into_iter().collect() })
        })
        .collect()
    }
}
