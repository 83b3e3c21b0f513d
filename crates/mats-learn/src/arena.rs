//! What the Learning Agent asks for while it learns, and what it gets: games, and examples for detectors. Whoever answers
//! knows the world; this crate does not.

use crate::outcomes::{AuditSettings, Outcomes};
use crate::seeds::{Purpose, seed};
use crate::settings::GatherSettings;
use mats_core::{Action, PolicyKey};
use mats_detect::{Detector, Examples};
use mats_respond::{Decision, Defender};
use mats_rl::{Spec, Trajectory};
use std::sync::Arc;

/// Choice of an action by a decision alone, which names the position of its game in the list
/// ([`Episode::number`](mats_respond::Episode)): nothing is remembered from one decision to the next.
pub type Choose<'a> = dyn Fn(&Decision<'_>) -> Action + Sync + 'a;

/// Games that deciders without memory are compared by.
pub trait Contest: Send {
    /// Plays games whose every decision is chosen by itself; returns what each cost, in their order. Games of the same seed
    /// may be played as one for as long as the choices in them are the same, which they are for most of the way where
    /// deciders differ little.
    fn costs(&mut self, games: &[Game], choose: &Choose<'_>) -> Vec<f64>;
}

/// A place where games are played.
pub trait Arena: Contest {
    /// Sizes of observations and masks.
    fn spec(&self) -> Spec;

    /// Labelled windows for the detectors, from episodes of [`Purpose::Fit`] in which nobody responds.
    fn examples(&mut self, settings: &GatherSettings, train_seed: u64) -> Examples;

    /// Lets a detector watch from the next game on.
    fn install(&mut self, detector: &Arc<Detector>);

    /// Plays games with a defender; [`Episode::number`](mats_respond::Episode) is the position of a game in the list.
    fn play(&mut self, games: &[Game], defender: &mut (dyn Defender + 'static), keep: &Keep) -> Round;

    /// Returns what games cost one who knows the truth, in their order: the other end of the scale of running scores.
    fn costs_with_truth(&mut self, games: &[Game]) -> Vec<f64>;
}

/// A game: an episode of a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Game {
    /// Purpose that the episode is played for.
    pub purpose: Purpose,
    /// Number of the game among those of its purpose.
    pub number: u64,
    /// Seed of the episode.
    pub seed: u64,
}

impl Game {
    /// The game of a number in the training with a seed.
    pub fn new(purpose: Purpose, train_seed: u64, number: u64) -> Game {
        Game { purpose, number, seed: seed(purpose, train_seed, number) }
    }

    /// Games with consecutive numbers.
    pub fn several(purpose: Purpose, train_seed: u64, numbers: std::ops::Range<u64>) -> Vec<Game> {
        numbers.map(|number| Game::new(purpose, train_seed, number)).collect()
    }
}

/// Parts of games that are kept beside their costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keep {
    /// Nothing.
    Costs,
    /// Decisions.
    Decisions,
    /// Decisions; windows are audited, too, and outcomes collected.
    Lessons(AuditSettings),
}

/// A game that was played.
#[derive(Debug, Clone)]
pub struct Played {
    /// Cost of the game, in the scenario's unit.
    pub cost: f64,
    /// Decisions of the game, where they are kept.
    pub decisions: Option<Decisions>,
}

/// The decisions of a game.
#[derive(Debug, Clone)]
pub struct Decisions {
    /// Observations, masks, actions and rewards.
    pub trajectory: Trajectory,
    /// The row of the policy table that each decision fell under.
    pub keys: Vec<PolicyKey>,
}

/// Games that were played together.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Games, in the order asked for.
    pub games: Vec<Played>,
    /// Outcomes established about windows, where they are kept.
    pub outcomes: Outcomes,
    /// F1 of the incidents raised in all of them together, where defined.
    pub f1: Option<f64>,
}

impl Round {
    /// The mean cost of a game.
    pub fn mean_cost(&self) -> f64 {
        mean(&self.costs())
    }

    /// The cost of each game.
    pub fn costs(&self) -> Vec<f64> {
        self.games.iter().map(|game| game.cost).collect()
    }
}

/// The mean of some numbers, 0 of none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
