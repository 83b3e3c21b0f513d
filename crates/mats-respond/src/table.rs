//! The policy table: ordered rules, the first match wins.

use crate::keys::KeySet;
use mats_core::{Action, Fact, FactSet, PolicyKey};

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
    /// Facts that must hold, besides.
    pub has: FactSet,
    /// Facts none of which may hold.
    pub lacks: FactSet,
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
            has: FactSet::NONE,
            lacks: FactSet::NONE,
            actions: actions.to_vec(),
            values: Vec::new(),
            support: None,
            confidence: None,
            learned: Origin::Playbook,
            pinned: false,
            note: None,
        }
    }

    /// What it is about, as people read it: `status treated; has exposed`.
    pub fn condition(&self) -> String {
        let mut text = self.when.to_string();
        for (word, facts) in [("has", self.has), ("lacks", self.lacks)] {
            if !facts.is_empty() {
                let names: Vec<&str> = facts.iter().map(Fact::name).collect();
                text = format!("{text}; {word} {}", names.join(" and "));
            }
        }
        text
    }

    /// Tells whether the rule asks for facts.
    pub const fn is_conditional(&self) -> bool {
        !self.has.is_empty() || !self.lacks.is_empty()
    }

    /// Tells whether the rule answers a threat of which these facts are known.
    pub const fn matches(&self, key: PolicyKey, facts: FactSet) -> bool {
        self.when.contains(key) && facts.includes(self.has) && !facts.meets(self.lacks)
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

    /// The position of the rule that answers a key of which no fact is known.
    pub fn rule_for(&self, key: PolicyKey) -> Option<usize> {
        self.rule_with(key, FactSet::NONE)
    }

    /// The position of the rule that answers a key of which these facts are known.
    pub fn rule_with(&self, key: PolicyKey, facts: FactSet) -> Option<usize> {
        self.rules.iter().position(|rule| rule.matches(key, facts))
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
        // Few tables ask for facts; those that do are searched rule by rule, at the few decisions of an episode.
        let asks = self.rules.iter().any(Rule::is_conditional);
        let rules = if asks { self.rules.clone() } else { Vec::new() };
        CompiledTable { rows, rules }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RankedActions {
    len: u8,
    actions: [Action; Action::COUNT],
}

/// A policy table as a dense array over [`PolicyKey::index`], about 6 kB, with its rules where any asks for facts.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledTable {
    rows: Box<[RankedActions]>,
    rules: Vec<Rule>,
}

impl CompiledTable {
    /// The actions for a key of which these facts are known, best first; empty when no rule answers it.
    pub fn ranking_with(&self, key: PolicyKey, facts: FactSet) -> &[Action] {
        if self.rules.is_empty() {
            return self.ranking(key);
        }
        self.rules.iter().find(|rule| rule.matches(key, facts)).map_or(&[], |rule| &rule.actions)
    }

    /// The actions for a key of which no fact is known, best first; empty when no rule answers it.
    pub fn ranking(&self, key: PolicyKey) -> &[Action] {
        let row = &self.rows[key.index()];
        &row.actions[..row.len as usize]
    }
}
