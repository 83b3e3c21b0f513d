//! Games and examples for the Learning Agent: its [`Arena`], in a world of the simulator.

use crate::defender::play::{decision, play, play_plain};
use crate::defender::{Decider, oracle::Oracle};
use crate::episode::{EpisodeKey, EpisodeNotes, Lanes, WrittenEpisode, finish, truthful_lanes};
use crate::gather::gather;
use crate::lanes::{lanes_of, told_by};
use crate::metrics::IncidentCounts;
use crate::recorder::Recorder;
use crate::results::cell::Phase;
use mats_detect::{Detector, Examples};
use mats_gym::{DefenceGame, NAMES, ThreatSource, Told};
use mats_learn::seeds::Purpose;
use mats_learn::{Arena, Choose, Contest, Decisions, Game, GatherSettings, Keep, Played, Round, Source};
use mats_respond::Defender;
use mats_rl::{Lane, Pending, Spec};
use mats_sim::Plan;
use std::sync::Arc;

/// Copies of games that may be alive at once, and the memory that they may take: one of `worm.toml`, 2,000 machines, takes
/// up to 123 MiB.
const MOST_FORKS: usize = 64;
const FORK_BYTES: usize = 4 << 30;
/// Upper bound of what a machine takes in a game of a day, measured at 2,000 and 10,000 machines; small games are far from the
/// bound on memory.
const MACHINE_BYTES: usize = 80 << 10;

/// A scenario's games in lanes.
pub struct ScenarioArena {
    plan: Arc<Plan>,
    train_seed: u64,
    source: Source,
    /// The lanes; where a detector watches, from the first one on.
    lanes: Option<Lanes>,
    /// Rows of the games that were learnt from, in their order.
    pub training_episodes: Vec<WrittenEpisode>,
}

impl ScenarioArena {
    /// An arena for a training with a seed.
    pub fn new(plan: &Arc<Plan>, train_seed: u64) -> ScenarioArena {
        ScenarioArena::with_source(plan, train_seed, Source::Agent)
    }

    /// An arena in which threats come from a source.
    pub fn with_source(plan: &Arc<Plan>, train_seed: u64, source: Source) -> ScenarioArena {
        // Whoever is told the truth needs no detector.
        let lanes = told_by(source).map(|told| truthful_lanes(plan, told));
        ScenarioArena { plan: Arc::clone(plan), train_seed, source, lanes, training_episodes: Vec::new() }
    }
}

impl Contest for ScenarioArena {
    /// # Panics
    /// Before a detector was installed.
    fn costs(&mut self, games: &[Game], choose: &Choose<'_>) -> Vec<f64> {
        let lanes = self.lanes.as_mut().expect("a detector is installed before the first game");
        let seeds: Vec<u64> = games.iter().map(|game| game.seed).collect();
        for lane in lanes.lanes_mut() {
            lane.env.tick_observer.audit = None;
        }
        let machine = self.plan.scenario.hosts.len().max(1) * MACHINE_BYTES;
        let forks = (FORK_BYTES / machine).min(MOST_FORKS);
        let choose = |pending: &Pending<'_, _>| choose(&decision(&seeds, pending)) as usize;
        lanes.play_forked(&seeds, forks, choose, |lane, _| lane.env.world().ledger().total())
    }
}

impl Arena for ScenarioArena {
    fn spec(&self) -> Spec {
        NAMES.spec()
    }

    fn examples(&mut self, settings: &GatherSettings, train_seed: u64) -> Examples {
        gather(&self.plan, settings, train_seed)
    }

    fn install(&mut self, detector: &Arc<Detector>) {
        let Some(lanes) = &mut self.lanes else {
            self.lanes = Some(lanes_of(self.source, &self.plan, detector));
            return;
        };
        for lane in lanes.lanes_mut() {
            if let ThreatSource::Agent(agent) = lane.env.source() {
                agent.reset(Arc::clone(detector));
            }
        }
    }

    /// # Panics
    /// Before a detector was installed.
    fn play(&mut self, games: &[Game], defender: &mut (dyn Defender + 'static), keep: &Keep) -> Round {
        let lanes = self.lanes.as_mut().expect("a detector is installed before the first game");
        let audit = if let Keep::Lessons(audit) = keep { Some(*audit) } else { None };
        for lane in lanes.lanes_mut() {
            lane.env.tick_observer.audit = audit;
        }
        let seeds: Vec<u64> = games.iter().map(|game| game.seed).collect();
        let (scenario, train_seed) = (self.plan.scenario.name.as_str(), self.train_seed);
        let end = |lane: &mut Lane<DefenceGame<Recorder>, EpisodeNotes>, place: usize| {
            let cost = lane.env.world().ledger().total();
            let decisions = (*keep != Keep::Costs)
                .then(|| Decisions { trajectory: lane.trajectory.clone(), keys: lane.observer.keys.clone() });
            let Game { purpose, number, seed } = games[place];
            let written = (purpose == Purpose::Train).then(|| {
                let (phase, episode) = (Phase::Train, number);
                finish(&EpisodeKey { scenario, defender: "dqn", phase, train_seed, episode }, seed, lane)
            });
            let outcomes = std::mem::take(&mut lane.env.tick_observer.outcomes);
            (Played { cost, decisions }, outcomes, written)
        };
        let mut round = Round::default();
        let (mut incidents, before) = (IncidentCounts::default(), self.training_episodes.len());
        for (played, mut outcomes, written) in play_plain(lanes, &seeds, defender, end) {
            round.games.push(played);
            round.outcomes.append(&mut outcomes);
            if let Some(written) = written {
                incidents += written.incidents;
                self.training_episodes.push(written);
            }
        }
        round.f1 = if self.training_episodes.len() > before { incidents.f1() } else { None };
        round
    }

    fn costs_with_truth(&mut self, games: &[Game]) -> Vec<f64> {
        let seeds: Vec<u64> = games.iter().map(|game| game.seed).collect();
        let mut lanes = truthful_lanes(&self.plan, Told::Foresight);
        let mut oracle = Decider::Privileged(Box::new(Oracle));
        play(&mut lanes, &seeds, &mut oracle, |lane, _| lane.env.world().ledger().total())
    }
}
