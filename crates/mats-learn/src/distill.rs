//! The Q-function put into rows of the policy table, so that people can read what was learnt.

use mats_core::{Action, PolicyKey, PolicyRefinement, RefinedRow};
use mats_respond::CompiledTable;
use serde::{Deserialize, Serialize};

const ACTIONS: usize = Action::COUNT;

/// Which rows are worth proposing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DistilSettings {
    /// Fewest decisions a row must rest on.
    pub support: u32,
    /// Least advantage of the learnt action over the table's own, in the scenario's unit per decision.
    pub margin: f64,
}

impl Default for DistilSettings {
    fn default() -> DistilSettings {
        DistilSettings { support: 30, margin: 0.05 }
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

/// A row that the Q-function would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The row.
    pub row: RefinedRow,
    /// What the change is worth over all decisions it rests on, by the Q-function.
    pub gain: f64,
}

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

    /// Rows in which another action than the table's has the higher mean value, the most valuable change first.
    pub fn proposals(&self, table: &CompiledTable, settings: &DistilSettings) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = (0..PolicyKey::COUNT)
            .filter_map(|i| self.proposal(PolicyKey::from_index(i), table, settings))
            .collect();
        proposals.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.row.key.cmp(&b.row.key)));
        proposals
    }

    fn proposal(&self, key: PolicyKey, table: &CompiledTable, settings: &DistilSettings) -> Option<Proposal> {
        let (row, support) = (&self.cells[key.index()], self.support[key.index()]);
        if support < settings.support {
            return None;
        }
        let mean = |a: Action| row[a as usize].value / f64::from(row[a as usize].allowed);
        // Actions that were rarely possible are not comparable: their mean is over other decisions.
        let common = |a: &Action| row[*a as usize].allowed * 2 >= support;
        let mut ranking: Vec<Action> = Action::ALL.into_iter().filter(common).collect();
        ranking.sort_by(|&a, &b| mean(b).total_cmp(&mean(a)).then(a.cmp(&b)));
        let best = *ranking.first()?;
        let current = table.ranking(key).iter().copied().find(common).unwrap_or(Action::Monitor);
        let advantage = mean(best) - mean(current);
        if best == current || advantage < settings.margin {
            return None;
        }
        let confidence = row[best as usize].best as f32 / support as f32;
        let ranking = ranking.into_iter().map(|a| (a, mean(a) as f32)).collect();
        let row = RefinedRow { key, ranking, support, confidence };
        Some(Proposal { row, gain: advantage * f64::from(support) })
    }
}

/// The first proposals, as a message to the Response Agent.
pub fn refinement(version: u32, proposals: &[Proposal]) -> PolicyRefinement {
    PolicyRefinement { version, rows: proposals.iter().map(|p| p.row.clone()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::{AssetClass, Severity, ThreatKind, ThreatStatus};
    use mats_respond::PolicyTable;

    fn key() -> PolicyKey {
        PolicyKey {
            kind: ThreatKind::Movement,
            severity: Severity::High,
            asset: AssetClass::Workstation,
            status: ThreatStatus::Verified,
        }
    }

    #[test]
    fn a_row_is_proposed_where_another_action_is_worth_more() {
        let mut distiller = Distiller::default();
        let mut values = [-10.0; ACTIONS];
        values[Action::ReimageHost as usize] = -4.0;
        values[Action::IsolateHost as usize] = -6.0;
        for _ in 0..40 {
            distiller.add(key(), &[true; ACTIONS], &values);
        }
        let table = PolicyTable::playbook().compile();
        let proposals = distiller.proposals(&table, &DistilSettings::default());
        assert_eq!(proposals.len(), 1);
        let row = &proposals[0].row;
        assert_eq!((row.ranking[0].0, row.ranking[1].0), (Action::ReimageHost, Action::IsolateHost));
        assert_eq!((row.support, row.confidence), (40, 1.0));
        assert!((proposals[0].gain - 80.0).abs() < 1e-6, "40 decisions, 2 better than isolation each");
    }

    #[test]
    fn nothing_is_proposed_on_little_support_or_against_the_same_action() {
        let table = PolicyTable::playbook().compile();
        let mut distiller = Distiller::default();
        let mut values = [-10.0; ACTIONS];
        values[Action::IsolateHost as usize] = -1.0;
        for _ in 0..50 {
            distiller.add(key(), &[true; ACTIONS], &values);
        }
        assert!(
            distiller.proposals(&table, &DistilSettings::default()).is_empty(),
            "the playbook isolates too"
        );
        values[Action::BlockIp as usize] = 0.0;
        let mut few = Distiller::default();
        (0..5).for_each(|_| few.add(key(), &[true; ACTIONS], &values));
        assert!(few.proposals(&table, &DistilSettings::default()).is_empty());
    }
}
