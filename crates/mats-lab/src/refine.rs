//! What the network knows, put into the policy table row by row, as far as it proves itself on validation seeds.
//!
//! The network proposes rows for the decisions that the table itself comes to, the most valuable first. A group of
//! rows is tried by playing the validation episodes again in which one of them comes up: in all others nothing
//! would change, so they need not be played. A group that lowers the cost by more than one standard error of the
//! paired differences stays, and the next one is twice as large; of a group that does not, half is tried; a single
//! row that does not is not proposed again.

use crate::defender::action_mask;
use crate::episode::{Lane, Name};
use crate::lanes;
use crate::results::cell::Phase;
use crate::seeds::{Purpose, seed};
use mats_core::PolicyKey;
use mats_gym::observe::key_of;
use mats_learn::agent::propose;
use mats_learn::distill::{DistilSettings, Proposal, refinement};
use mats_respond::{PolicyTable, ResponseAgent};
use mats_rl::{QFunction, Trajectory};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How rows are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefineSettings {
    /// Validation episodes on which rows are judged.
    pub validation: usize,
    /// Groups of rows tried.
    pub trials: usize,
    /// Rows of the first group.
    pub group: usize,
    /// How many standard errors a group must gain to stay.
    pub errors: f64,
    /// Which rows the network proposes.
    pub distil: DistilSettings,
}

impl Default for RefineSettings {
    fn default() -> RefineSettings {
        RefineSettings {
            validation: 192,
            trials: 24,
            group: 4,
            errors: 1.0,
            distil: DistilSettings::default(),
        }
    }
}

/// A table on the validation episodes: what each cost, and what was decided.
struct Record {
    costs: Vec<f64>,
    trajectories: Vec<Trajectory>,
}

/// Refines a table; `each` hears the mean cost after each trial, and stops the search by answering `false`.
/// Returns the table and how many rows were changed.
pub fn refine(
    lanes: &mut [Lane],
    start: &PolicyTable,
    network: &QFunction,
    settings: &RefineSettings,
    train_seed: u64,
    mut each: impl FnMut(f64) -> bool,
) -> (PolicyTable, usize) {
    let all: Vec<usize> = (0..settings.validation).collect();
    let mut table = start.clone();
    let mut record = play(lanes, &table, &all, train_seed);
    let (mut size, mut version) = (settings.group.max(1), 0);
    let mut refused: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut changed: BTreeSet<usize> = BTreeSet::new();
    for _ in 0..settings.trials {
        let compiled = table.compile();
        let mut group = propose(network, record.trajectories.iter(), key_of, &compiled, &settings.distil);
        group.retain(|proposal| !refused.contains(&name(proposal)));
        group.truncate(size);
        if group.is_empty() {
            break;
        }
        let candidate = table.refine(&refinement(version + 1, &group));
        let concerned: Vec<usize> = all.iter().copied().filter(|&e| record.meets(e, &group)).collect();
        let tried = play(lanes, &candidate, &concerned, train_seed);
        if gains(&record.costs, &tried.costs, &concerned, settings.errors) {
            changed.extend(group.iter().map(|p| p.row.key.index()));
            (table, version, size) = (candidate, version + 1, size * 2);
            record.replace(&concerned, tried);
        } else if group.len() == 1 {
            refused.insert(name(&group[0]));
        } else {
            size = group.len() / 2;
        }
        if !each(record.costs.iter().sum::<f64>() / record.costs.len().max(1) as f64) {
            break;
        }
    }
    (table, changed.len())
}

/// What is not proposed twice: a row and its new first action.
fn name(proposal: &Proposal) -> (usize, usize) {
    (proposal.row.key.index(), proposal.row.ranking[0].0 as usize)
}

/// Whether the episodes that were played again cost less by more than so many standard errors of the mean over all.
fn gains(old: &[f64], new: &[f64], concerned: &[usize], errors: f64) -> bool {
    let count = old.len().max(2) as f64;
    let differences = || concerned.iter().zip(new).map(|(&e, cost)| old[e] - cost);
    let mean = differences().sum::<f64>() / count;
    let squares = differences().map(|d| d * d).sum::<f64>();
    let variance = (squares - count * mean * mean) / (count - 1.0);
    mean > errors * (variance / count).sqrt()
}

fn play(lanes: &mut [Lane], table: &PolicyTable, episodes: &[usize], train_seed: u64) -> Record {
    let agent = ResponseAgent::new(table.clone());
    let label = Name { scenario: "", defender: "policy", phase: Phase::Train, train_seed, episode: 0 };
    for lane in lanes.iter_mut() {
        lane.game.witness.audit = None;
    }
    let played = lanes::play(lanes, episodes.len(), |lane, place| {
        let seed = seed(Purpose::Validate, train_seed, episodes[place] as u64);
        let decide = |observation: &[f32], mask: &[bool]| {
            agent.decide(key_of(observation), &action_mask(mask)) as usize
        };
        let played = lane.explore(&label, seed, decide);
        (played.episode.cost, lane.trajectory.clone())
    });
    let (costs, trajectories) = played.into_iter().unzip();
    Record { costs, trajectories }
}

impl Record {
    /// Whether one of the rows came up in an episode.
    fn meets(&self, episode: usize, group: &[Proposal]) -> bool {
        let trajectory = &self.trajectories[episode];
        let met = |key: PolicyKey| group.iter().any(|p| p.row.key == key);
        (0..trajectory.len()).any(|i| met(key_of(trajectory.observation(i))))
    }

    fn replace(&mut self, episodes: &[usize], other: Record) {
        for ((&episode, cost), trajectory) in episodes.iter().zip(other.costs).zip(other.trajectories) {
            self.costs[episode] = cost;
            self.trajectories[episode] = trajectory;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_judged_over_all_episodes_those_not_replayed_included() {
        // Episodes 1 and 3 of four were played again. Differences 0, 4, 0, 2: mean 1.5, standard error
        // sqrt((2.25 + 6.25 + 2.25 + 0.25) / 3 / 4) = 0.957.
        let old = [9.0, 10.0, 9.0, 10.0];
        assert!(gains(&old, &[6.0, 8.0], &[1, 3], 1.5));
        assert!(!gains(&old, &[6.0, 8.0], &[1, 3], 1.6));
        assert!(!gains(&old, &[10.0, 10.0], &[1, 3], 0.0), "no difference is no gain");
        assert!(!gains(&old, &[11.0, 10.0], &[1, 3], 0.0));
    }
}
