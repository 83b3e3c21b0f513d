//! What the network knows, put into the policy table row by row, as far as it proves itself on validation seeds.
//!
//! Where the table comes to, the network says which other actions would be worth more. It speaks for itself, though:
//! the table will not go on as the network would, for it cannot see all that the network sees. So what is proposed
//! only enters a bracket. A change, to one row or to many that belong together, is judged by playing
//! validation episodes again in which its rows come up, against the same episodes without it: in all others nothing
//! would change, so they need not be played. All start with a
//! few episodes; the better half goes on to twice as many, and so on (successive halving, Karnin, Koren, Somekh
//! 2013). The winners then are put into the table one after the other, the best first, each only if the table that
//! has the earlier ones gets better by it. That is judged on all episodes that a winner concerns; one that saves nothing on half of
//! those on which it did not race goes no further.

use crate::agent::propose;
use crate::arena::{Arena, Decisions, Game, Keep, mean};
use crate::distill::{Proposal, refinement};
use crate::error::TrainError;
use crate::halving::keep_better_half;
use crate::seeds::Purpose;
use crate::settings::RefineSettings;
use mats_core::{Action, PolicyKey};
use mats_respond::{Decision, PolicyTable, ResponseAgent};
use mats_rl::QFunction;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A change to the policy table that proved itself: what a row says now, and the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct TableChange {
    /// Number of the change, from 1; several rows may be changed together.
    pub change: u32,
    /// The row.
    pub key: PolicyKey,
    /// Actions of the row before, best first.
    pub before: Vec<Action>,
    /// Actions of the row now.
    pub after: Vec<Action>,
    /// Decisions in which it came up.
    pub met: u32,
    /// Share of those in which the first action was the best by the network.
    pub confidence: f32,
    /// Gain by the change, as the network says.
    pub q_gain: f64,
    /// Validation episodes that were played again with it.
    pub replayed: usize,
    /// Validation episodes all together.
    pub validation: usize,
    /// Cost saved in an episode, as a mean over all.
    pub saved: f64,
    /// Standard error of the cost saved.
    pub saved_error: f64,
}

/// Result of refining.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    /// The table.
    pub table: PolicyTable,
    /// Number of rows of the table that were changed.
    pub rows: usize,
    /// Each change with its evidence, in the order they were accepted.
    pub changes: Vec<TableChange>,
}

/// A table on the validation episodes: what each cost, and what was decided.
struct Record {
    costs: Vec<f64>,
    decisions: Vec<Decisions>,
}

/// Episodes on which a winner has not raced, from which on half of them are asked first.
const ENOUGH: usize = 32;

/// A proposed change in a bracket.
struct Candidate {
    proposal: Proposal,
    /// The table with the change.
    agent: Arc<ResponseAgent>,
    /// Episodes in which its row comes up.
    concerned: Vec<usize>,
    /// The number of them on which it ran.
    played: usize,
    /// Cost that it saved there, all together.
    saved: f64,
}

impl Candidate {
    /// Orders episodes so that those on which it did not race come first, and says how many are played before it has to save
    /// something: half of those, where they are enough to tell. It was chosen by the others, so they flatter it.
    fn unseen_first(&self, episodes: Vec<usize>) -> (Vec<usize>, usize) {
        let raced = &self.concerned[..self.played];
        let (mut ordered, seen): (Vec<usize>, Vec<usize>) =
            episodes.into_iter().partition(|episode| !raced.contains(episode));
        let judged = if ordered.len() >= ENOUGH { ordered.len() / 2 } else { 0 };
        ordered.extend(seen);
        (ordered, judged)
    }

    /// Returns the cost that it is expected to save in all episodes together.
    fn expected_saving(&self) -> f64 {
        self.saved / self.played.max(1) as f64 * self.concerned.len() as f64
    }
}

/// Search by successive halving, in which changes to a table are tried.
pub(crate) struct SuccessiveHalving<'a> {
    pub(crate) arena: &'a mut dyn Arena,
    pub(crate) settings: &'a RefineSettings,
    pub(crate) train_seed: u64,
}

impl SuccessiveHalving<'_> {
    /// Refines a table; `each` hears the mean cost after each part of the work.
    ///
    /// # Errors
    /// Those of `each`, which stop the search.
    pub(crate) fn refine(
        &mut self,
        start: &PolicyTable,
        network: &QFunction,
        mut each: impl FnMut(f64) -> Result<(), TrainError>,
    ) -> Result<Refined, TrainError> {
        let settings = self.settings;
        let mut table = start.clone();
        let agent = Arc::new(ResponseAgent::new(table.clone()));
        let all: Vec<usize> = (0..settings.validation).collect();
        let mut record = self.record(&agent, &all);
        let mut changed: BTreeSet<usize> = BTreeSet::new();
        let (mut changes, mut accepted) = (Vec::new(), 0);
        for bracket in 0..settings.races as u32 {
            let mut candidates = self.candidates(&table, network, &record, bracket);
            for rung in 0..settings.heats {
                self.run(&mut candidates, settings.heat << rung, &record);
                keep_better_half(&mut candidates, |candidate| -candidate.expected_saving());
                each(record.mean())?;
            }
            for winner in candidates.iter().filter(|c| c.expected_saving() > 0.0) {
                let refined = table.refine(&refinement(bracket + 1, std::slice::from_ref(&winner.proposal)));
                let agent = Arc::new(ResponseAgent::new(refined.clone()));
                let (concerned, judged) = winner.unseen_first(record.episodes_with(&winner.proposal));
                let mut tried = self.record(&agent, &concerned[..judged]);
                if judged > 0 && saving(&record.costs, &tried.costs, &concerned[..judged]).0 <= 0.0 {
                    continue;
                }
                tried.append(self.record(&agent, &concerned[judged..]));
                let (saved, saved_error) = saving(&record.costs, &tried.costs, &concerned);
                if saved > settings.errors * saved_error {
                    accepted += 1;
                    for change in changes_of(&winner.proposal, &table, &refined) {
                        let (replayed, validation) = (concerned.len(), record.costs.len());
                        changes.push(TableChange {
                            change: accepted,
                            replayed,
                            validation,
                            saved,
                            saved_error,
                            ..change
                        });
                    }
                    changed.extend(winner.proposal.rows.iter().map(|row| row.key.index()));
                    table = refined;
                    record.replace(&concerned, tried);
                }
            }
            each(record.mean())?;
        }
        Ok(Refined { table, rows: changed.len(), changes })
    }

    /// The most promising changes, by what the network says of the decisions that the table comes to.
    fn candidates(
        &self,
        table: &PolicyTable,
        network: &QFunction,
        record: &Record,
        bracket: u32,
    ) -> Vec<Candidate> {
        let mut proposals = propose(network, &record.decisions, &table.compile(), &self.settings.distil);
        proposals.truncate(self.settings.starters);
        let candidate = |proposal: Proposal| {
            let refined = table.refine(&refinement(bracket + 1, std::slice::from_ref(&proposal)));
            let concerned = record.episodes_with(&proposal);
            let agent = Arc::new(ResponseAgent::new(refined));
            Candidate { agent, concerned, proposal, played: 0, saved: 0.0 }
        };
        proposals.into_iter().map(candidate).collect()
    }

    /// Lets each candidate play until it has played `budget` episodes, or all that concern it.
    fn run(&mut self, candidates: &mut [Candidate], budget: usize, record: &Record) {
        let (mut tables, mut games, mut whose) = (Vec::new(), Vec::new(), Vec::new());
        for (c, candidate) in candidates.iter().enumerate() {
            let until = budget.min(candidate.concerned.len());
            for &episode in &candidate.concerned[candidate.played.min(until)..until] {
                tables.push(Arc::clone(&candidate.agent));
                games.push(self.game(episode));
                whose.push((c, record.costs[episode]));
            }
        }
        let choose = |d: &Decision<'_>| tables[d.episode.number].decide(d.key, d.facts, &d.mask);
        let costs = self.arena.costs(&games, &choose);
        for ((c, before), cost) in whose.into_iter().zip(costs) {
            candidates[c].played += 1;
            candidates[c].saved += before - cost;
        }
    }

    /// Plays validation episodes with a table.
    fn record(&mut self, agent: &Arc<ResponseAgent>, episodes: &[usize]) -> Record {
        let games: Vec<Game> = episodes.iter().map(|&episode| self.game(episode)).collect();
        let mut table = ResponseAgent::clone(agent);
        let played = self.arena.play(&games, &mut table, &Keep::Decisions).games;
        let costs = played.iter().map(|game| game.cost).collect();
        Record { costs, decisions: played.into_iter().filter_map(|game| game.decisions).collect() }
    }

    fn game(&self, episode: usize) -> Game {
        Game::new(Purpose::Validate, self.train_seed, episode as u64)
    }
}

/// The rows that a change gives other actions; what came of it is filled in by the caller.
fn changes_of(proposal: &Proposal, before: &PolicyTable, after: &PolicyTable) -> Vec<TableChange> {
    let (before, after) = (before.compile(), after.compile());
    let changes = proposal.rows.iter().filter(|row| before.ranking(row.key) != after.ranking(row.key));
    let change = |row: &mats_core::RefinedRow| TableChange {
        change: 0,
        key: row.key,
        before: before.ranking(row.key).to_vec(),
        after: after.ranking(row.key).to_vec(),
        met: row.support,
        confidence: row.confidence,
        q_gain: proposal.gain,
        replayed: 0,
        validation: 0,
        saved: 0.0,
        saved_error: 0.0,
    };
    changes.map(change).collect()
}

/// Computes what the episodes played again cost less, as a mean over all episodes, and its standard error.
fn saving(old: &[f64], new: &[f64], concerned: &[usize]) -> (f64, f64) {
    let count = old.len().max(2) as f64;
    let differences = || concerned.iter().zip(new).map(|(&e, cost)| old[e] - cost);
    let mean = differences().sum::<f64>() / count;
    let squares = differences().map(|d| d * d).sum::<f64>();
    let variance = (squares - count * mean * mean) / (count - 1.0);
    // Rounding may leave a little below 0 where nothing differs.
    (mean, (variance.max(0.0) / count).sqrt())
}

impl Record {
    fn mean(&self) -> f64 {
        mean(&self.costs)
    }

    /// Episodes in which a row of a proposal comes up.
    fn episodes_with(&self, proposal: &Proposal) -> Vec<usize> {
        let meets = |d: &Decisions| d.keys.iter().any(|&key| proposal.rows.iter().any(|row| row.key == key));
        (0..self.decisions.len()).filter(|&e| meets(&self.decisions[e])).collect()
    }

    /// Adds other episodes behind.
    fn append(&mut self, mut other: Record) {
        self.costs.append(&mut other.costs);
        self.decisions.append(&mut other.decisions);
    }

    fn replace(&mut self, episodes: &[usize], other: Record) {
        for ((&episode, cost), decisions) in episodes.iter().zip(other.costs).zip(other.decisions) {
            self.costs[episode] = cost;
            self.decisions[episode] = decisions;
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
        let (saved, error) = saving(&old, &[6.0, 8.0], &[1, 3]);
        assert!(saved == 1.5 && (error - 0.957_427).abs() < 1e-6, "{saved} {error}");
        assert_eq!(saving(&old, &[10.0, 10.0], &[1, 3]), (0.0, 0.0), "no difference is no gain");
        assert!(saving(&old, &[11.0, 10.0], &[1, 3]).0 < 0.0);
    }
}
