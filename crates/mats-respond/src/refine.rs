//! Puts what the Learning Agent found out into the table, so that it stays readable and pinned rules stay
//! untouched.

use crate::keys::KeySet;
use crate::table::{Origin, PolicyTable, Rule};
use mats_core::{Action, PolicyKey, PolicyRefinement};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Knowledge of one key.
#[derive(Debug, Clone, PartialEq)]
struct Learnt {
    actions: Vec<Action>,
    values: Vec<f32>,
    support: u32,
    confidence: f32,
    version: u32,
}

/// Some keys, and what is known of all of them.
type Cell = (KeySet, Learnt);

impl PolicyTable {
    /// The table with a refinement in it.
    ///
    /// - Rules that ask for facts and stand at the head of the table stay there. Learnt rules come next, so that they come before those they
    ///   specialise. Keys with the same ranking
    ///   learnt from the same refinement share a rule: its support is the sum, its values and confidence are
    ///   means weighted by support.
    /// - A key whose first rule written by a person (or pinned since) is pinned is left to that rule.
    /// - A later refinement replaces what an earlier one said of the same key; other keys keep what they had.
    /// - What stands behind [`Action::Monitor`] in a ranking is dropped: monitoring is always possible, so it
    ///   would never be reached. Empty rankings and values that are not finite are passed over.
    pub fn refine(&self, refinement: &PolicyRefinement) -> PolicyTable {
        let (learnt_rules, base): (Vec<&Rule>, Vec<&Rule>) =
            self.rules.iter().partition(|rule| rule.learned != Origin::Playbook && !rule.pinned);
        let mut learnt: BTreeMap<usize, Learnt> = BTreeMap::new();
        for rule in learnt_rules {
            recall(rule, &mut learnt);
        }
        for row in &refinement.rows {
            if let Some(new) = learn(&row.ranking, row.support, row.confidence, refinement.version) {
                learnt.insert(row.key.index(), new);
            }
        }
        let base = PolicyTable { rules: base.into_iter().cloned().collect() };
        learnt.retain(|&i, _| {
            base.rule_for(PolicyKey::from_index(i)).is_none_or(|rule| !base.rules[rule].pinned)
        });
        let head = base.rules.iter().take_while(|rule| rule.is_conditional()).count();
        let mut rules = base.rules;
        rules.splice(head..head, group(learnt));
        PolicyTable { rules }
    }
}

/// Recalls what a learnt rule says, key by key. Its support is shared out evenly. Earlier rules win.
fn recall(rule: &Rule, learnt: &mut BTreeMap<usize, Learnt>) {
    let Origin::Refinement(version) = rule.learned else { return };
    let count = rule.when.keys().count().max(1) as u32;
    let support = rule.support.unwrap_or(0);
    for (i, key) in rule.when.keys().enumerate() {
        learnt.entry(key.index()).or_insert_with(|| Learnt {
            actions: rule.actions.clone(),
            values: rule.values.clone(),
            support: support / count + u32::from((i as u32) < support % count),
            confidence: rule.confidence.unwrap_or(0.0),
            version,
        });
    }
}

/// A ranking as it is kept, or `None` when it says nothing usable.
fn learn(ranking: &[(Action, f32)], support: u32, confidence: f32, version: u32) -> Option<Learnt> {
    let mut actions = Vec::new();
    let mut values = Vec::new();
    for &(action, value) in ranking {
        if actions.contains(&action) || !value.is_finite() {
            continue;
        }
        actions.push(action);
        values.push(value);
        if action == Action::Monitor {
            break;
        }
    }
    let confidence = if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 };
    (!actions.is_empty()).then_some(Learnt { actions, values, support, confidence, version })
}

/// Merges into as few rules as it finds: keys of one ranking start as sets of one, and sets that differ in a single
/// property become one, property by property. The sets stay disjoint, so their order does not matter.
fn group(learnt: BTreeMap<usize, Learnt>) -> Vec<Rule> {
    let mut cells: BTreeMap<(u32, Vec<Action>), Vec<Cell>> = BTreeMap::new();
    for (i, row) in learnt {
        let set = KeySet::one(PolicyKey::from_index(i));
        cells.entry((row.version, row.actions.clone())).or_default().push((set, row));
    }
    let mut rules = Vec::new();
    for ((version, _), mut sets) in cells {
        // Severity first, then asset and kind: neighbours there are most alike, statuses least.
        for property in [1, 2, 0, 3] {
            sets = merge_along(property, sets);
        }
        rules.extend(sets.into_iter().map(|(when, row)| Rule {
            values: row.values,
            support: Some(row.support),
            confidence: Some(row.confidence),
            learned: Origin::Refinement(version),
            ..Rule::new(when, &row.actions)
        }));
    }
    // In reading order: by status, kind, severity, asset.
    rules.sort_by_key(|rule| {
        let [kind, severity, asset, status] = rule.when.0;
        (status, kind, severity, asset)
    });
    rules
}

fn merge_along(property: usize, sets: Vec<Cell>) -> Vec<Cell> {
    let mut merged: BTreeMap<KeySet, Cell> = BTreeMap::new();
    for (set, row) in sets {
        let mut others = set;
        others.0[property] = 0;
        match merged.entry(others) {
            Entry::Vacant(slot) => {
                slot.insert((set, row));
            }
            Entry::Occupied(mut slot) => {
                let (union, sum) = slot.get_mut();
                union.0[property] |= set.0[property];
                join(sum, &row);
            }
        }
    }
    merged.into_values().collect()
}

/// Adds one row to another of the same ranking.
fn join(sum: &mut Learnt, row: &Learnt) {
    let (a, b) = (f64::from(sum.support), f64::from(row.support));
    let share = if a + b > 0.0 { b / (a + b) } else { 0.5 };
    let mean = |x: f32, y: f32| (f64::from(x) + (f64::from(y) - f64::from(x)) * share) as f32;
    sum.confidence = mean(sum.confidence, row.confidence);
    if sum.values.len() == row.values.len() {
        sum.values.iter_mut().zip(&row.values).for_each(|(x, &y)| *x = mean(*x, y));
    } else {
        sum.values.clear();
    }
    sum.support = sum.support.saturating_add(row.support);
}
