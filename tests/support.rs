//! What several tests share.

use mats_core::random::{Generator, Stream};
use mats_core::{Accounts, Action, GiveBack, Order, Target, ThreatId};
use mats_detect::{DetectionAgent, Detector, DetectorSettings};
use mats_gym::source::{Told, TruthDetector};
use mats_gym::{DefenceGame, GameSettings, ThreatSource};
use mats_lab::gather::{GatherSettings, gather};
use mats_models::forest::ForestParams;
use mats_models::iforest::IsolationForestParams;
use mats_models::lstm::LstmParams;
use mats_rl::Env;
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The scenarios that ship, by name; the last two have thousands of machines.
pub const SHIPPED: [&str; 19] = [
    "tutorial",
    "ransomware",
    "ssh-bruteforce",
    "insider-exfiltration",
    "quiet-day",
    "business-email-compromise",
    "c2-beaconing",
    "crypto-miner",
    "ddos",
    "domain-compromise",
    "living-off-the-land",
    "password-spraying",
    "patch-night",
    "rdp-bruteforce",
    "two-at-once",
    "web-database-theft",
    "wiper",
    "worm",
    "supply-chain",
];
/// Names of the shipped scenarios of at most two hundred machines.
pub const SMALL: &[&str] = SHIPPED.split_at(17).0;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A shipped scenario.
pub fn scenario(name: &str) -> Scenario {
    let path = root().join("scenarios").join(format!("{name}.toml"));
    mats_scenario::load(&path).unwrap_or_else(|mistakes| panic!("{name}: {mistakes}"))
}

/// A shipped scenario, compiled.
pub fn plan(name: &str) -> Arc<Plan> {
    Arc::new(Plan::new(scenario(name)))
}

/// Returns everything that sensors deliver in an undefended episode.
pub fn undefended(world: &mut World, seed: u64) -> Telemetry {
    let mut telemetry = Telemetry::default();
    world.reset(seed);
    world.advance(world.horizon(), &mut telemetry);
    telemetry
}

/// Detectors like those of a run, but smaller: good enough to alert, quick enough for a test.
pub fn small_settings() -> DetectorSettings {
    DetectorSettings {
        isolation_forest: IsolationForestParams { trees: 30, ..Default::default() },
        forest: ForestParams { trees: 20, ..Default::default() },
        lstm: LstmParams { epochs: 1, max_events: 20_000, ..Default::default() },
        ..Default::default()
    }
}

/// Such detectors, fitted to episodes of a scenario.
pub fn small_detector(plan: &Arc<Plan>, episodes: usize, benign_share: f64) -> Arc<Detector> {
    let examples = gather(plan, &GatherSettings { episodes, benign_share, ..GatherSettings::default() }, 7);
    Arc::new(mats_detect::fit(&examples, &small_settings(), 7).expect("there is enough to fit to"))
}

/// The tutorial's detectors, fitted once.
pub fn tutorial_detector() -> Arc<Detector> {
    static DETECTOR: OnceLock<Arc<Detector>> = OnceLock::new();
    Arc::clone(DETECTOR.get_or_init(|| small_detector(&plan("tutorial"), 16, 0.1)))
}

/// A game in which a detector watches.
pub fn watched(plan: &Arc<Plan>, detector: &Arc<Detector>, settings: GameSettings) -> DefenceGame {
    DefenceGame::new(plan, agent(plan, detector), settings)
}

/// A Detection Agent as a source of threats.
pub fn agent(plan: &Plan, detector: &Arc<Detector>) -> ThreatSource {
    let inventory = Arc::new(plan.scenario.inventory.clone());
    ThreatSource::Agent(Box::new(DetectionAgent::new(Arc::clone(detector), inventory)))
}

/// A game in which the truth is told.
pub fn truthful(plan: &Arc<Plan>) -> DefenceGame {
    DefenceGame::new(
        plan,
        ThreatSource::Truth(TruthDetector::new(plan, Told::Foresight)),
        GameSettings::default(),
    )
}

/// Plays an episode with random allowed actions. `each` sees the game before and after every decision, with the
/// action carried out, the reward and the hours that passed.
pub fn play_randomly(game: &mut DefenceGame, seed: u64, mut each: impl FnMut(Moment<'_>)) {
    let mut rng: Generator = Stream::new(seed, 0x7e57, 0).at(0);
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
    game.reset(seed, &mut observation, &mut mask);
    each(Moment { game, mask: &mask, step: None });
    loop {
        let action = game.view().mask().sample(&mut rng) as usize;
        let step = game.step(action, &mut observation, &mut mask);
        each(Moment { game, mask: &mask, step: Some(step) });
        if step.ended() {
            return;
        }
    }
}

/// A game at a decision, or at its end.
pub struct Moment<'a> {
    /// The game.
    pub game: &'a DefenceGame,
    /// Mask of the allowed actions.
    pub mask: &'a [bool],
    /// Result of the decision before; `None` at the first one.
    pub step: Option<mats_rl::Step>,
}

impl Moment<'_> {
    /// The action that the decision before came down to.
    pub fn executed(&self) -> Option<Action> {
        self.step.map(|s| Action::ALL[s.executed])
    }
    /// Tells whether the episode is over, so that no decision is pending.
    pub fn is_end(&self) -> bool {
        self.step.is_some_and(|s| s.ended())
    }
}

/// An order about a target that answers no threat in particular and gives back all that it may.
pub fn order_about(action: Action, target: Target) -> Order {
    Order { threat: ThreatId(0), action, target, give_back: GiveBack::ALL, accounts: Accounts::default() }
}
