//! The policy table: ordered rules, the first match wins.

use crate::keys::KeySet;
use mats_core::{Action, PolicyKey};

/// Origin of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Written by a person.
    Playbook,
    /// Learnt; the number is that of the refinement.
    Refinement(u32),
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The threats it is about.
    pub when: KeySet,
    /// Actions, best first, none twice; never empty.
    pub actions: Vec<Action>,
    /// The mean value of each action (negative cost to come, in the scenario's unit); empty when unknown.
    pub values: Vec<f32>,
    /// Number of decisions the rule rests on.
    pub support: Option<u32>,
    /// Share of those decisions in which the first action was the best, in [0, 1].
    pub confidence: Option<f32>,
    /// Origin of the rule.
    pub learned: Origin,
    /// True when learning must leave the rule alone.
    pub pinned: bool,
    /// Reason for the rule, in a person's words.
    pub note: Option<String>,
}

impl Rule {
    /// A rule written by a person.
    pub fn new(when: KeySet, actions: &[Action]) -> Rule {
        Rule {
            when,
            actions: actions.to_vec(),
            values: Vec::new(),
            support: None,
            confidence: None,
            learned: Origin::Playbook,
            pinned: false,
            note: None,
        }
    }
}

/// An ordered table of rules.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyTable {
    /// The rules; the first that matches a key answers it.
    pub rules: Vec<Rule>,
}

impl PolicyTable {
    /// The playbook that is shipped: what a competent security operations centre does, after the phases of NIST
    /// SP 800-61r2 (analyse, contain, eradicate, recover). It was written before any training.
    pub fn playbook() -> PolicyTable {
        PolicyTable::parse(include_str!("playbook.toml"), "playbook.toml")
            .expect("the shipped playbook is tested")
    }

    /// Scan and kill, in three rules: an alert is scanned, what is found is killed. The least that others have to beat.
    pub fn scan_kill() -> PolicyTable {
        PolicyTable::parse(include_str!("scan-kill.toml"), "scan-kill.toml")
            .expect("the shipped table is tested")
    }

    /// The small table: the best of at most four rules that a search found for the shipped scenarios together, without a network.
    pub fn small_table() -> PolicyTable {
        PolicyTable::parse(include_str!("small-table.toml"), "small-table.toml")
            .expect("the shipped table is tested")
    }

    /// The position of the rule that answers a key.
    pub fn rule_for(&self, key: PolicyKey) -> Option<usize> {
        self.rules.iter().position(|rule| rule.when.contains(key))
    }

    /// The table unrolled over all keys, for look-ups in constant time.
    pub fn compile(&self) -> CompiledTable {
        let rows = (0..PolicyKey::COUNT)
            .map(|i| {
                let mut row = RankedActions { len: 0, actions: [Action::Monitor; Action::COUNT] };
                if let Some(rule) = self.rule_for(PolicyKey::from_index(i)) {
                    for (slot, &action) in row.actions.iter_mut().zip(&self.rules[rule].actions[..]) {
                        *slot = action;
                        row.len += 1;
                    }
                }
                row
            })
            .collect();
        CompiledTable { rows }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RankedActions {
    len: u8,
    actions: [Action; Action::COUNT],
}

/// A policy table as a dense array over [`PolicyKey::index`]. About 6 kB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledTable {
    rows: Box<[RankedActions]>,
}

impl CompiledTable {
    /// The actions for a key, best first; empty when no rule answers it.
    pub fn ranking(&self, key: PolicyKey) -> &[Action] {
        let row = &self.rows[key.index()];
        &row.actions[..row.len as usize]
    }
}
