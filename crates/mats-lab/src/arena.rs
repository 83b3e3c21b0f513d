//! Games and examples for the Learning Agent: its [`Arena`], in a world of the simulator.

use crate::defender::play::{play, play_plain};
use crate::defender::{Decider, oracle::Oracle};
use crate::episode::{
    EpisodeKey, EpisodeNotes, Lanes, WrittenEpisode, finish, truthful_lanes, watched_lanes,
};
use crate::gather::gather;
use crate::metrics::IncidentCounts;
use crate::recorder::Recorder;
use crate::results::cell::Phase;
use mats_detect::{Detector, Examples};
use mats_gym::{DefenceGame, NAMES, ThreatSource};
use mats_learn::seeds::Purpose;
use mats_learn::{Arena, Decisions, Game, GatherSettings, Keep, Outcomes, Played, Round};
use mats_respond::Defender;
use mats_rl::{Lane, Spec};
use mats_sim::Plan;
use std::sync::Arc;

/// A scenario's games in lanes.
pub struct ScenarioArena {
    plan: Arc<Plan>,
    train_seed: u64,
    /// The lanes, from the first detector on.
    lanes: Option<Lanes>,
    /// Rows of the games that were learnt from, in their order.
    pub training_episodes: Vec<WrittenEpisode>,
}

impl ScenarioArena {
    /// An arena for a training with a seed.
    pub fn new(plan: &Arc<Plan>, train_seed: u64) -> ScenarioArena {
        ScenarioArena { plan: Arc::clone(plan), train_seed, lanes: None, training_episodes: Vec::new() }
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
            self.lanes = Some(watched_lanes(&self.plan, detector));
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
            (Played { cost, decisions }, written)
        };
        let (played, written): (Vec<_>, Vec<_>) =
            play_plain(lanes, &seeds, defender, end).into_iter().unzip();
        let (mut outcomes, mut incidents) = (Outcomes::default(), IncidentCounts::default());
        for lane in lanes.lanes_mut() {
            outcomes.append(&mut lane.env.tick_observer.outcomes);
        }
        let written: Vec<WrittenEpisode> = written.into_iter().flatten().collect();
        for episode in &written {
            incidents += episode.incidents;
        }
        let f1 = if written.is_empty() { None } else { incidents.f1() };
        self.training_episodes.extend(written);
        Round { games: played, outcomes, f1 }
    }

    fn costs_with_truth(&mut self, games: &[Game]) -> Vec<f64> {
        let seeds: Vec<u64> = games.iter().map(|game| game.seed).collect();
        let mut lanes = truthful_lanes(&self.plan);
        let mut oracle = Decider::Privileged(Box::new(Oracle));
        play(&mut lanes, &seeds, &mut oracle, |lane, _| lane.env.world().ledger().total())
    }
}
