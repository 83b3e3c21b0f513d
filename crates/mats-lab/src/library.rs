//! Several scenarios as one contest: a table that wins it does well on all of them.

use crate::arena::ScenarioArena;
use mats_core::Action;
use mats_learn::seeds::Purpose;
use mats_learn::{Arena, Choose, Contest, Game, TrainError, TrainSettings};
use mats_respond::{Decision, Episode, PolicyTable, ResponseAgent};
use mats_sim::Plan;
use std::sync::Arc;

/// Least cost, in worker-hours a game, that there must be to avoid in a scenario for its games to tell one table from another.
const WORTHWHILE: f64 = 1.0;

/// Several scenarios, each with detectors fitted to it. Game n is played in scenario n modulo their number. Costs are on the
/// scale of the score, turned round: 0 is what the oracle's games cost in that scenario, 1 what games cost without a defender.
pub struct Library {
    members: Vec<Member>,
}

struct Member {
    name: String,
    arena: ScenarioArena,
    /// Mean costs of games without a defender, and of the oracle's.
    none: f64,
    oracle: f64,
}

impl Library {
    /// Fits detectors to each scenario as a training with that seed does, and plays so many validation games with none and the oracle
    /// for its scale. Scenarios in which nothing can be avoided are left out.
    ///
    /// # Errors
    /// When detectors cannot be fitted.
    pub fn new(
        plans: &[Arc<Plan>],
        settings: &TrainSettings,
        games: usize,
        train_seed: u64,
    ) -> Result<Library, TrainError> {
        let mut members = Vec::new();
        for plan in plans {
            let mut arena = ScenarioArena::with_source(plan, train_seed, settings.source);
            let examples = arena.examples(&settings.gather, train_seed);
            let detector = mats_detect::fit(&examples, &settings.detector, train_seed)?;
            arena.install(&Arc::new(detector));
            let games = Game::several(Purpose::Validate, train_seed, 0..games as u64);
            let none = mean(&arena.costs(&games, &|_| Action::Monitor));
            let oracle = mean(&arena.costs_with_truth(&games));
            if none - oracle >= WORTHWHILE {
                members.push(Member { name: plan.scenario.name.clone(), arena, none, oracle });
            }
        }
        Ok(Library { members })
    }

    /// Names of the scenarios that are in it, in the order in which games come to them.
    pub fn scenarios(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// Returns the mean score of a table in validation games with these numbers, in each scenario.
    pub fn scores(&mut self, table: &PolicyTable, games: std::ops::Range<u64>, train_seed: u64) -> Vec<f64> {
        let agent = ResponseAgent::new(table.clone());
        let games = Game::several(Purpose::Validate, train_seed, games);
        let score = |member: &mut Member| {
            let costs = member.arena.costs(&games, &|d| agent.decide(d.key, d.facts, &d.mask));
            1.0 - member.share(mean(&costs))
        };
        self.members.iter_mut().map(score).collect()
    }
}

impl Member {
    /// A cost on the scale of the contest.
    fn share(&self, cost: f64) -> f64 {
        (cost - self.oracle) / (self.none - self.oracle)
    }
}

impl Contest for Library {
    fn costs(&mut self, games: &[Game], choose: &Choose<'_>) -> Vec<f64> {
        let (mut costs, count) = (vec![0.0; games.len()], self.members.len() as u64);
        for (m, member) in self.members.iter_mut().enumerate() {
            let places: Vec<usize> =
                (0..games.len()).filter(|&place| games[place].number % count == m as u64).collect();
            let own: Vec<Game> = places.iter().map(|&place| games[place]).collect();
            // Whoever chooses knows games by their place in the whole list.
            let choose = |d: &Decision<'_>| {
                choose(&Decision { episode: Episode { number: places[d.episode.number], ..d.episode }, ..*d })
            };
            let played = member.arena.costs(&own, &choose);
            for (&place, cost) in places.iter().zip(played) {
                costs[place] = member.share(cost);
            }
        }
        costs
    }
}

fn mean(costs: &[f64]) -> f64 {
    costs.iter().sum::<f64>() / costs.len().max(1) as f64
}
