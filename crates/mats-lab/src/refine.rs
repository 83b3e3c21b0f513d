//! What the network knows, put into the policy table row by row, as far as it proves itself on validation seeds.
//!
//! Where the table comes to, the network says which other actions would be worth more. It speaks for itself, though:
//! the table will not go on as the network would, for it cannot see all that the network sees. So what is proposed
//! only enters a race. A change, to one row or to many that belong together, is judged by playing
//! validation episodes again in which its rows come up, against the same episodes without it: in all others nothing
//! would change, so they need not be played. All start with a
//! few episodes; the better half goes on to twice as many, and so on (successive halving, Karnin, Koren, Somekh
//! 2013). The winners then are put into the table one after the other, the best first, each only if the table that
//! has the earlier ones gets better by it.

use crate::defender::action_mask;
use crate::episode::{Lane, Name};
use crate::lanes;
use crate::results::cell::Phase;
use crate::results::details::RefinementRow;
use crate::seeds::{Purpose, seed};
use mats_core::{Action, PolicyKey};
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
    /// Races, each for the table that the one before has left.
    pub races: usize,
    /// Changes that start in a race.
    pub starters: usize,
    /// Episodes with which each starts.
    pub heat: usize,
    /// Heats, each with half of the changes and twice as many episodes for each.
    pub heats: u32,
    /// How many standard errors a winner must gain.
    pub errors: f64,
    /// Which rows are proposed.
    pub distil: DistilSettings,
}

impl Default for RefineSettings {
    fn default() -> RefineSettings {
        RefineSettings {
            validation: 192,
            races: 1,
            starters: 176,
            heat: 6,
            heats: 4,
            errors: 1.0,
            distil: DistilSettings::default(),
        }
    }
}

impl RefineSettings {
    /// Parts of the work that are told of.
    pub fn parts(&self) -> usize {
        self.races * (self.heats as usize + 1)
    }
}

/// A table on the validation episodes: what each cost, and what was decided.
struct Record {
    costs: Vec<f64>,
    trajectories: Vec<Trajectory>,
}

/// A proposed change in a race.
struct Runner {
    proposal: Proposal,
    /// The table with the change.
    agent: ResponseAgent,
    /// Episodes in which its row comes up.
    concerned: Vec<usize>,
    /// On how many of them it ran.
    played: usize,
    /// What it saved there, all together.
    saved: f64,
}

impl Runner {
    /// What it is expected to save in all episodes together.
    fn promise(&self) -> f64 {
        self.saved / self.played.max(1) as f64 * self.concerned.len() as f64
    }
}

/// What refining came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Refined {
    /// The table.
    pub table: PolicyTable,
    /// How many of its rows were changed.
    pub rows: usize,
    /// Each change with its evidence, in the order they were accepted.
    pub changes: Vec<RefinementRow>,
}

/// Refines a table; `each` hears the mean cost after each part of the work, and stops the search by answering
/// `false`.
pub fn refine(
    lanes: &mut [Lane],
    start: &PolicyTable,
    network: &QFunction,
    settings: &RefineSettings,
    train_seed: u64,
    mut each: impl FnMut(f64) -> bool,
) -> Refined {
    let mut table = start.clone();
    let agent = ResponseAgent::new(table.clone());
    let all: Vec<(&ResponseAgent, usize)> = (0..settings.validation).map(|e| (&agent, e)).collect();
    let mut record = Record::of(lanes, &all, train_seed);
    let mut changed: BTreeSet<usize> = BTreeSet::new();
    let (mut changes, mut accepted) = (Vec::new(), 0);
    for race in 0..settings.races as u32 {
        let mut runners = starters(&table, network, &record, settings, race);
        for heat in 0..settings.heats {
            run(lanes, &mut runners, settings.heat << heat, &record, train_seed);
            runners.sort_by(|a, b| b.promise().total_cmp(&a.promise()));
            runners.truncate(runners.len().div_ceil(2));
            if !each(record.mean()) {
                return Refined { table, rows: changed.len(), changes };
            }
        }
        for winner in runners.iter().filter(|r| r.promise() > 0.0) {
            let candidate = table.refine(&refinement(race + 1, std::slice::from_ref(&winner.proposal)));
            let agent = ResponseAgent::new(candidate.clone());
            let concerned = record.episodes_with(&winner.proposal);
            let games: Vec<_> = concerned.iter().map(|&e| (&agent, e)).collect();
            let tried = Record::of(lanes, &games, train_seed);
            let (saved, error) = saving(&record.costs, &tried.costs, &concerned);
            if saved > settings.errors * error {
                accepted += 1;
                let mut rows = evidence(&winner.proposal, &table, &candidate);
                for row in &mut rows {
                    row.train_seed = train_seed;
                    row.change = accepted;
                    row.replayed = concerned.len() as u64;
                    row.validation = record.costs.len() as u64;
                    (row.saved, row.saved_error) = (saved, error);
                }
                changes.extend(rows);
                changed.extend(winner.proposal.rows.iter().map(|row| row.key.index()));
                table = candidate;
                record.replace(&concerned, tried);
            }
        }
        if !each(record.mean()) {
            break;
        }
    }
    Refined { table, rows: changed.len(), changes }
}

/// The most promising changes, by what the network says of the decisions that the table comes to.
fn starters(
    table: &PolicyTable,
    network: &QFunction,
    record: &Record,
    settings: &RefineSettings,
    race: u32,
) -> Vec<Runner> {
    let mut proposals =
        propose(network, record.trajectories.iter(), key_of, &table.compile(), &settings.distil);
    proposals.truncate(settings.starters);
    let runner = |proposal: Proposal| Runner {
        agent: ResponseAgent::new(table.refine(&refinement(race + 1, std::slice::from_ref(&proposal)))),
        concerned: record.episodes_with(&proposal),
        proposal,
        played: 0,
        saved: 0.0,
    };
    proposals.into_iter().map(runner).collect()
}

/// Lets each runner play until it has played `goal` episodes, or all that concern it.
fn run(lanes: &mut [Lane], runners: &mut [Runner], goal: usize, record: &Record, train_seed: u64) {
    let mut games = Vec::new();
    let mut whose = Vec::new();
    for (r, runner) in runners.iter().enumerate() {
        let until = goal.min(runner.concerned.len());
        for &episode in &runner.concerned[runner.played.min(until)..until] {
            games.push((&runner.agent, episode));
            whose.push((r, record.costs[episode]));
        }
    }
    let costs = play(lanes, &games, train_seed, |cost, _| cost);
    for ((r, before), cost) in whose.into_iter().zip(costs) {
        runners[r].played += 1;
        runners[r].saved += before - cost;
    }
}

/// The rows that a change gives other actions; what came of it is filled in by the caller.
fn evidence(proposal: &Proposal, before: &PolicyTable, after: &PolicyTable) -> Vec<RefinementRow> {
    let (before, after) = (before.compile(), after.compile());
    let changes = proposal.rows.iter().filter(|row| before.ranking(row.key) != after.ranking(row.key));
    let row = |row: &mats_core::RefinedRow| {
        let PolicyKey { kind, severity, asset, status } = row.key;
        RefinementRow {
            train_seed: 0,
            change: 0,
            kind: kind.name().to_owned(),
            severity: severity.name().to_owned(),
            asset: asset.name().to_owned(),
            status: status.name().to_owned(),
            before: names(before.ranking(row.key)),
            after: names(after.ranking(row.key)),
            met: row.support,
            confidence: f64::from(row.confidence),
            q_gain: proposal.gain,
            replayed: 0,
            validation: 0,
            saved: 0.0,
            saved_error: 0.0,
        }
    };
    changes.map(row).collect()
}

/// Actions in their order; where no rule says anything, what that comes to.
fn names(ranking: &[Action]) -> String {
    let ranking = if ranking.is_empty() { &[Action::Monitor] } else { ranking };
    ranking.iter().map(|action| action.name()).collect::<Vec<_>>().join(" ")
}

/// What the episodes that were played again cost less, as a mean over all episodes, and its standard error.
fn saving(old: &[f64], new: &[f64], concerned: &[usize]) -> (f64, f64) {
    let count = old.len().max(2) as f64;
    let differences = || concerned.iter().zip(new).map(|(&e, cost)| old[e] - cost);
    let mean = differences().sum::<f64>() / count;
    let squares = differences().map(|d| d * d).sum::<f64>();
    let variance = (squares - count * mean * mean) / (count - 1.0);
    // Rounding may leave a little below 0 where nothing differs.
    (mean, (variance.max(0.0) / count).sqrt())
}

/// Plays validation episodes, each with a table of its own; what is kept of each is made of its cost and decisions.
fn play<R: Send>(
    lanes: &mut [Lane],
    games: &[(&ResponseAgent, usize)],
    train_seed: u64,
    keep: impl Fn(f64, &Trajectory) -> R + Sync,
) -> Vec<R> {
    let label = Name { scenario: "", defender: "policy", phase: Phase::Train, train_seed, episode: 0 };
    for lane in lanes.iter_mut() {
        lane.game.witness.audit = None;
    }
    lanes::play(lanes, games.len(), |lane, place| {
        let (agent, episode) = games[place];
        let seed = seed(Purpose::Validate, train_seed, episode as u64);
        let decide = |observation: &[f32], mask: &[bool]| {
            agent.decide(key_of(observation), &action_mask(mask)) as usize
        };
        let played = lane.explore(&label, seed, decide);
        keep(played.episode.cost, &lane.trajectory)
    })
}

impl Record {
    fn of(lanes: &mut [Lane], games: &[(&ResponseAgent, usize)], train_seed: u64) -> Record {
        let played = play(lanes, games, train_seed, |cost, trajectory| (cost, trajectory.clone()));
        let (costs, trajectories) = played.into_iter().unzip();
        Record { costs, trajectories }
    }

    fn mean(&self) -> f64 {
        self.costs.iter().sum::<f64>() / self.costs.len().max(1) as f64
    }

    /// Episodes in which a row of a proposal comes up.
    fn episodes_with(&self, proposal: &Proposal) -> Vec<usize> {
        let concerned = |key| proposal.rows.iter().any(|row| row.key == key);
        let meets = |t: &Trajectory| (0..t.len()).any(|i| concerned(key_of(t.observation(i))));
        (0..self.trajectories.len()).filter(|&e| meets(&self.trajectories[e])).collect()
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
        let (saved, error) = saving(&old, &[6.0, 8.0], &[1, 3]);
        assert!(saved == 1.5 && (error - 0.957_427).abs() < 1e-6, "{saved} {error}");
        assert_eq!(saving(&old, &[10.0, 10.0], &[1, 3]), (0.0, 0.0), "no difference is no gain");
        assert!(saving(&old, &[11.0, 10.0], &[1, 3]).0 < 0.0);
    }
}
