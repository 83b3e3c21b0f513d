//! The Q-function put into rows of the policy table, so that people can read what was learnt.

use mats_core::{Action, PolicyKey, PolicyRefinement, RefinedRow};
use mats_respond::CompiledTable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ACTIONS: usize = Action::COUNT;

/// Settings of distilling: which changes are worth proposing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DistilSettings {
    /// Fewest decisions a change must rest on.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub support: u32,
    /// Actions proposed at most for the same rows, the best by the Q-function, each in a proposal of its own. For all
    /// rows of a status every action is proposed: what an action is worth elsewhere (a decoy to all machines of a
    /// segment) shows in no incident's own values.
    #[schemars(range(min = 1, max = 100))]
    pub actions: usize,
}

impl Default for DistilSettings {
    fn default() -> DistilSettings {
        DistilSettings { support: 30, actions: 4 }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    value: f64,
    allowed: u32,
    best: u32,
}

/// Sums up what the Q-function says of the decisions that came up, by row of the policy table.
#[derive(Debug, Clone)]
pub struct Distiller {
    cells: Vec<[Cell; ACTIONS]>,
    support: Vec<u32>,
}

/// A change to the table: one action put first in some rows that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The rows.
    pub rows: Vec<RefinedRow>,
    /// Gain by the change over all decisions it rests on, by the Q-function.
    pub gain: f64,
}

/// Properties of rows that must agree, beside the status, for them to be changed together: severity, kind of threat and
/// asset class. The broadest first.
const TOGETHER: [[bool; 3]; 5] = [
    [false, false, false],
    [true, false, false],
    [true, false, true],
    [true, true, false],
    [true, true, true],
];

impl Default for Distiller {
    fn default() -> Distiller {
        Distiller {
            cells: vec![[Cell::default(); ACTIONS]; PolicyKey::COUNT],
            support: vec![0; PolicyKey::COUNT],
        }
    }
}

impl Distiller {
    /// Takes in one decision: its row, its mask and the values of all actions.
    pub fn add(&mut self, key: PolicyKey, mask: &[bool], values: &[f32]) {
        let row = &mut self.cells[key.index()];
        self.support[key.index()] += 1;
        let mut best = None;
        for a in (0..ACTIONS).filter(|&a| mask[a]) {
            row[a].allowed += 1;
            row[a].value += f64::from(values[a]);
            if best.is_none_or(|b: usize| values[a] > values[b]) {
                best = Some(a);
            }
        }
        if let Some(best) = best {
            row[best].best += 1;
        }
    }

    /// Changes to a table, broad ones first, and among equally broad ones the most valuable. Rows of the same status are
    /// changed together: all of them, those of one severity, those of one severity and asset class or kind of threat,
    /// and each on its own.
    pub fn proposals(&self, table: &CompiledTable, settings: &DistilSettings) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = Vec::new();
        for together @ [severity, kind, asset] in TOGETHER {
            let mut groups: BTreeMap<_, Vec<PolicyKey>> = BTreeMap::new();
            for key in
                (0..PolicyKey::COUNT).map(PolicyKey::from_index).filter(|k| self.support[k.index()] > 0)
            {
                let name = (
                    key.status,
                    severity.then_some(key.severity),
                    kind.then_some(key.kind),
                    asset.then_some(key.asset),
                );
                groups.entry(name).or_default().push(key);
            }
            let most = if together == TOGETHER[0] { ACTIONS } else { settings.actions };
            let mut level: Vec<Proposal> =
                groups.values().flat_map(|keys| self.of_rows(keys, most, table, settings)).collect();
            level.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.rows[0].key.cmp(&b.rows[0].key)));
            proposals.extend(level);
        }
        // A narrow group may be all there is of a broad one.
        let mut distinct: Vec<Proposal> = Vec::with_capacity(proposals.len());
        for proposal in proposals {
            if distinct.iter().all(|earlier| earlier.rows != proposal.rows) {
                distinct.push(proposal);
            }
        }
        distinct
    }

    /// The best actions for rows that are changed together.
    fn of_rows(
        &self,
        keys: &[PolicyKey],
        most: usize,
        table: &CompiledTable,
        settings: &DistilSettings,
    ) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = Action::ALL
            .into_iter()
            .filter_map(|action| {
                let (rows, gains): (Vec<RefinedRow>, Vec<f64>) =
                    keys.iter().filter_map(|&key| self.row(key, action, table)).unzip();
                let support: u32 = rows.iter().map(|row| row.support).sum();
                (support >= settings.support.max(1)).then(|| Proposal { rows, gain: gains.iter().sum() })
            })
            .collect();
        proposals.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        proposals.truncate(most);
        proposals
    }

    /// A row with another action first, and what that gains. `None` where the action is first already, or was rarely
    /// possible: its mean would be over other decisions.
    fn row(&self, key: PolicyKey, action: Action, table: &CompiledTable) -> Option<(RefinedRow, f64)> {
        let (row, support) = (&self.cells[key.index()], self.support[key.index()]);
        let common = |a: &Action| row[*a as usize].allowed * 2 >= support;
        let mean = |a: Action| row[a as usize].value / f64::from(row[a as usize].allowed);
        let current = table.ranking(key).iter().copied().find(common).unwrap_or(Action::Monitor);
        if action == current || !common(&action) {
            return None;
        }
        // What the table does now comes next, for when the action is done already or not possible.
        let own = table.ranking(key).iter().copied();
        let rest = own.filter(|&a| a != action && row[a as usize].allowed > 0);
        let ranking = std::iter::once(action).chain(rest).map(|a| (a, mean(a) as f32)).collect();
        let confidence = row[action as usize].best as f32 / support as f32;
        let gain = (mean(action) - mean(current)) * f64::from(support);
        Some((RefinedRow { key, ranking, support, confidence }, gain))
    }
}

/// Proposals as a message to the Response Agent.
pub fn refinement(version: u32, proposals: &[Proposal]) -> PolicyRefinement {
    PolicyRefinement { version, rows: proposals.iter().flat_map(|p| p.rows.iter().cloned()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::{AssetClass, Severity, ThreatKind, ThreatStatus};
    use mats_respond::PolicyTable;

    fn key(kind: ThreatKind) -> PolicyKey {
        let (severity, asset) = (Severity::High, AssetClass::Workstation);
        PolicyKey { kind, severity, asset, status: ThreatStatus::Verified }
    }

    /// Forty decisions about movement and twenty about intrusion, where rebuilding is worth 2 and 1 more than the
    /// isolation of the playbook.
    fn distiller() -> Distiller {
        let mut distiller = Distiller::default();
        for (kind, count, better) in [(ThreatKind::Movement, 40, -4.0), (ThreatKind::Intrusion, 20, -5.0)] {
            let mut values = [-10.0; ACTIONS];
            values[Action::ReimageHost as usize] = better;
            values[Action::IsolateHost as usize] = -6.0;
            (0..count).for_each(|_| distiller.add(key(kind), &[true; ACTIONS], &values));
        }
        distiller
    }

    #[test]
    fn rows_that_belong_together_are_changed_together() {
        let table = PolicyTable::playbook().compile();
        let proposals = distiller().proposals(&table, &DistilSettings { support: 30, actions: 1 });
        let told: Vec<_> = proposals.iter().map(|p| (p.rows.len(), p.gain.round())).collect();
        // Both kinds together, every action but isolation: rebuilding gains 40 · 2 + 20 · 1, all others lose 4 · 60.
        // Then movement alone, the best action: 40 · 2. Intrusion alone has too little support.
        let expected: Vec<_> =
            [(2, 100.0)].into_iter().chain([(2, -240.0); ACTIONS - 2]).chain([(1, 80.0)]).collect();
        assert_eq!(told, expected, "{proposals:?}");
        let row = &proposals[ACTIONS - 1].rows[0];
        assert_eq!((row.key, row.support, row.confidence), (key(ThreatKind::Movement), 40, 1.0));
        assert_eq!(
            row.ranking[..2],
            [(Action::ReimageHost, -4.0), (Action::IsolateHost, -6.0)],
            "then as before"
        );
        assert_eq!(refinement(3, &proposals[..1]).rows.len(), 2);
    }

    #[test]
    fn nothing_is_proposed_on_little_support_or_where_the_table_does_it_already() {
        let table = PolicyTable::playbook().compile();
        assert!(distiller().proposals(&table, &DistilSettings { support: 61, actions: 13 }).is_empty());
        let all = distiller().proposals(&table, &DistilSettings { support: 1, actions: 13 });
        assert!(all.iter().flat_map(|p| &p.rows).all(|row| row.ranking[0].0 != Action::IsolateHost));
    }
}
