//! The loop that trains all three agents, on training seeds only.
//!
//! ```text
//! fit detectors ─► rounds ────────────────────► choose the network ─► tune the threshold ─► refine the table
//!                  │ lanes play episodes      ▲ └──────────────── judged on validation seeds ────────────┘
//!                  │ the learner studies ─────┤ at the same time
//!                  └ some rounds: ModelUpdate ┘
//! ```

use crate::defender::{Defender, Player, action_mask, random_action};
use crate::episode::{Lane, Name, Played, dice};
use crate::gather::{GatherSettings, gather};
use crate::lanes::{self, LANES};
use crate::metrics::IncidentCounts;
use crate::progress::{Listener, Progress};
use crate::recorder::Recorder;
use crate::refine::{RefineSettings, Refined, refine};
use crate::results::cell::Phase;
use crate::results::details::RefinementRow;
use crate::results::rows::LearningRow;
use crate::seeds::{Purpose, seed};
use mats_detect::{Choice, DetectionAgent, Detector, DetectorSettings, Examples, FitError};
use mats_gym::observe::key_of;
use mats_gym::source::TruthDetector;
use mats_gym::{DefenceGame, GameSettings, Source};
use mats_learn::{AuditSettings, LearningAgent};
use mats_respond::{PolicyTable, ResponseAgent};
use mats_rl::schedule::Linear;
use mats_rl::settings::SettingsError;
use mats_rl::{Credit, DqnSettings, Env, QFunction, Trajectory};
use mats_scenario::model;
use mats_sim::Plan;
use rand::RngExt;
use rand_distr::{Bernoulli, Distribution};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How agents are trained. The defaults are the documentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSettings {
    /// Episodes to learn from.
    pub episodes: usize,
    /// Episodes played with the same weights, before the next ones are handed out.
    pub round: usize,
    /// Updates of the network per round.
    pub updates: u32,
    /// Episodes on which cuts are chosen.
    pub validation: usize,
    /// Shares of the training after which the network is kept as it is then; the best of these is the result.
    pub checkpoints: Vec<f64>,
    /// Episodes on which the best of them is chosen.
    pub checkpoint_validation: usize,
    /// Share of exploring decisions taken by the playbook instead of by dice.
    pub guided: f64,
    /// Shares of the training after which the detectors may be refitted; none: they stay as first fitted.
    pub model_updates: Vec<f64>,
    /// Cuts tried for the `threshold` baseline.
    pub cuts: Vec<f32>,
    /// Windows for the detectors.
    pub gather: GatherSettings,
    /// The detectors.
    pub detector: DetectorSettings,
    /// The network.
    pub dqn: DqnSettings,
    /// Audits.
    pub audit: AuditSettings,
    /// Rows of the policy table.
    pub refine: RefineSettings,
}

impl Default for TrainSettings {
    fn default() -> TrainSettings {
        TrainSettings {
            episodes: 2000,
            round: 48,
            updates: 1200,
            validation: 48,
            checkpoints: vec![0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
            checkpoint_validation: 128,
            guided: 0.6,
            model_updates: vec![0.25, 0.5],
            cuts: vec![0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
            gather: GatherSettings::default(),
            detector: DetectorSettings::default(),
            dqn: DqnSettings {
                reward_scale: 0.05,
                learning_rate: Linear { from: 3e-4, to: 3e-5, over: 0 },
                epsilon: Linear { from: 0.9, to: 0.05, over: 30_000 },
                ..DqnSettings::default()
            },
            audit: AuditSettings::default(),
            refine: RefineSettings::default(),
        }
    }
}

/// Why training could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The detectors.
    #[error("failed to fit the detectors: {0}")]
    Fit(#[from] FitError),
    /// The network's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Somebody asked to stop.
    #[error("interrupted; what was finished before is kept")]
    Interrupted,
}

/// What training leaves behind.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The fitted detectors.
    pub detector: Arc<Detector>,
    /// The learnt network.
    pub network: Arc<QFunction>,
    /// The refined table.
    pub table: PolicyTable,
    /// The best cut of the `threshold` baseline.
    pub cut: f32,
    /// The learning curve.
    pub curve: Vec<LearningRow>,
    /// The episodes that were learnt from.
    pub lived: Vec<Played>,
    /// Updates of the detectors that were accepted, of those that were judged.
    pub model_updates: (usize, usize),
    /// Rows of the table that were changed.
    pub refined_rows: usize,
    /// Each change to the table, with the evidence for it.
    pub refinement: Vec<RefinementRow>,
    /// Windows that were audited.
    pub audits: usize,
}

/// Lanes in which a detector watches.
pub fn watched_lanes(plan: &Arc<Plan>, detector: &Arc<Detector>) -> Vec<Lane> {
    let inventory = Arc::new(plan.scenario.inventory.clone());
    let agent = || DetectionAgent::new(Arc::clone(detector), Arc::clone(&inventory));
    (0..LANES).map(|_| lane(plan, Source::Agent(Box::new(agent())))).collect()
}

/// Lanes in which the truth is told.
pub fn truthful_lanes(plan: &Arc<Plan>) -> Vec<Lane> {
    (0..LANES).map(|_| lane(plan, Source::Truth(TruthDetector::new(plan)))).collect()
}

fn lane(plan: &Arc<Plan>, source: Source) -> Lane {
    let game = DefenceGame::with_witness(plan, source, GameSettings::default(), Recorder::default());
    let trajectory = Trajectory::new(game.spec());
    Lane { game, player: Player::new(Defender::None, dice(0)), trajectory, tally: None, timeline: None }
}

struct Trainer<'a> {
    plan: &'a Arc<Plan>,
    settings: &'a TrainSettings,
    train_seed: u64,
    lanes: Vec<Lane>,
    listener: &'a mut dyn Listener,
    /// Mean cost of `none` and `oracle` on the validation seeds: the scale of running scores.
    scale: (f64, f64),
}

/// Trains all three agents on a scenario.
///
/// # Errors
/// When detectors cannot be fitted (a scenario without attacks is fine), a setting is out of range, or the
/// listener asks to stop.
pub fn train(
    plan: &Arc<Plan>,
    settings: &TrainSettings,
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Trained, TrainError> {
    tell(listener, Progress::Stage("fitting the detectors", settings.gather.episodes as u64))?;
    let examples = gather(plan, &settings.gather, train_seed);
    tell(listener, Progress::Advance(settings.gather.episodes as u64))?;
    let detector = Arc::new(mats_detect::fit(&examples, &settings.detector, train_seed)?);
    let lanes = watched_lanes(plan, &detector);
    let mut trainer = Trainer { plan, settings, train_seed, lanes, listener, scale: (0.0, 0.0) };
    trainer.run(&examples, detector)
}

fn tell(listener: &mut dyn Listener, progress: Progress) -> Result<(), TrainError> {
    if listener.hear(progress) { Ok(()) } else { Err(TrainError::Interrupted) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// How the network's settings follow from the scenario's.
fn dqn_settings(settings: &TrainSettings, reward: &model::Reward) -> DqnSettings {
    let credit = match reward.credit {
        model::Credit::Global => Credit::Global,
        model::Credit::Incident => Credit::Incident,
    };
    // The learning rate falls over the whole training, however long that is.
    let updates = settings.episodes.div_ceil(settings.round.max(1)) as u64 * u64::from(settings.updates);
    let learning_rate = Linear { over: updates, ..settings.dqn.learning_rate };
    DqnSettings { credit, tau_hours: reward.tau_hours, learning_rate, ..settings.dqn.clone() }
}

impl Trainer<'_> {
    fn run(&mut self, examples: &Examples, mut detector: Arc<Detector>) -> Result<Trained, TrainError> {
        let settings = self.settings;
        let playbook = PolicyTable::playbook();
        let none = mean(&self.validate(&Defender::None));
        let oracle = mean(&self.truth_costs());
        self.scale = (none, oracle);
        let spec = self.lanes[0].game.spec();
        let dqn = dqn_settings(settings, &self.plan.scenario.reward);
        let mut agent = LearningAgent::new(dqn, spec, self.train_seed)?;
        let teacher = Arc::new(ResponseAgent::new(playbook.clone()));
        // The detector before the one at work, to put back if an update did harm.
        let mut before: Option<Arc<Detector>> = None;
        let (mut updates, mut audits) = ((0, 0), 0);
        let (mut curve, mut lived) = (Vec::new(), Vec::new());
        let mut checkpoints: Vec<Arc<QFunction>> = Vec::new();
        let rounds = settings.episodes.div_ceil(settings.round.max(1));
        tell(self.listener, Progress::Stage("learning", settings.episodes as u64))?;
        for round in 0..rounds {
            let first = round * settings.round;
            let count = settings.round.min(settings.episodes - first);
            let acting = Arc::new(agent.policy());
            let epsilon = if round == 0 { 1.0 } else { f64::from(agent.epsilon()) };
            // Lanes act with yesterday's weights while the learner studies what it knows: neither waits.
            let (lanes, plan, train_seed) = (&mut self.lanes, self.plan, self.train_seed);
            let ((played, trajectories), loss) = rayon::join(
                || explore(lanes, plan, settings, train_seed, first, count, &acting, &teacher, epsilon),
                || agent.study(if round == 0 { 0 } else { settings.updates }),
            );
            for trajectory in &trajectories {
                agent.absorb(trajectory, detector.version());
            }
            for lane in &mut self.lanes {
                agent.outcomes.append(&mut lane.game.witness.outcomes);
            }
            audits = agent.outcomes.audits();
            curve.push(self.point(&played, first + count, &agent, epsilon, loss));
            lived.extend(played);
            let point = curve.last().expect("just pushed");
            tell(self.listener, Progress::Advance(count as u64))?;
            tell(self.listener, Progress::Running(point.score, point.f1))?;
            let done = (round + 1) as f64 / rounds as f64;
            let passes = |&share: &f64| done >= share && done - 1.0 / (rounds as f64) < share;
            if settings.checkpoints.iter().any(passes) {
                checkpoints.push(Arc::new(agent.policy()));
            }
            if settings.model_updates.iter().any(passes) {
                updates.1 += 1;
                let message = agent.outcomes.update(detector.version());
                match detector.update(&message, examples, before.as_deref(), self.train_seed) {
                    Ok(verdict) => {
                        if let Some(better) = verdict.accepted {
                            updates.0 += 1;
                            // Put back once, a detector is not judged against what it replaced.
                            before = (verdict.choice == Choice::Challenger).then(|| Arc::clone(&detector));
                            detector = Arc::new(better);
                            for lane in &mut self.lanes {
                                if let Source::Agent(agent) = lane.game.source() {
                                    agent.reset(Arc::clone(&detector));
                                }
                            }
                        }
                    }
                    Err(reason) => tell(self.listener, Progress::Note(reason.to_string()))?,
                }
            }
        }
        // With the detectors as they are now.
        let network = self.choose_checkpoint(checkpoints, &agent)?;
        let cut = self.tune_cut()?;
        let Refined { table, rows: refined_rows, changes: refinement } = self.refine(&playbook, &network)?;
        Ok(Trained {
            detector,
            network,
            table,
            cut,
            curve,
            lived,
            model_updates: updates,
            refined_rows,
            refinement,
            audits,
        })
    }

    fn refine(&mut self, playbook: &PolicyTable, network: &QFunction) -> Result<Refined, TrainError> {
        let settings = &self.settings.refine;
        tell(self.listener, Progress::Stage("refining the policy table", settings.parts() as u64))?;
        let (scale, listener) = (self.scale, &mut *self.listener);
        let mut going = true;
        let refined = refine(&mut self.lanes, playbook, network, settings, self.train_seed, |cost| {
            going = listener.hear(Progress::Advance(1))
                && listener.hear(Progress::Running(score(scale, cost), None));
            going
        });
        if going { Ok(refined) } else { Err(TrainError::Interrupted) }
    }

    /// The network that costs least on validation seeds: how good the last one is, is a matter of luck.
    fn choose_checkpoint(
        &mut self,
        mut checkpoints: Vec<Arc<QFunction>>,
        agent: &LearningAgent,
    ) -> Result<Arc<QFunction>, TrainError> {
        let last = Arc::new(agent.policy());
        if checkpoints.len() < 2 {
            return Ok(checkpoints.pop().unwrap_or(last));
        }
        tell(self.listener, Progress::Stage("choosing the network", checkpoints.len() as u64))?;
        let mut best = (f64::INFINITY, last);
        for network in checkpoints {
            let defender = Defender::Network(Arc::clone(&network));
            let episodes = self.settings.checkpoint_validation;
            let cost = mean(&costs(&mut self.lanes, &defender, episodes, self.train_seed));
            if cost < best.0 {
                best = (cost, network);
            }
            tell(self.listener, Progress::Advance(1))?;
            tell(self.listener, Progress::Running(score(self.scale, best.0), None))?;
        }
        Ok(best.1)
    }

    fn tune_cut(&mut self) -> Result<f32, TrainError> {
        tell(self.listener, Progress::Stage("tuning the threshold", self.settings.cuts.len() as u64))?;
        let mut best = (f64::INFINITY, 1.0);
        for &cut in &self.settings.cuts {
            let cost = mean(&self.validate(&Defender::Threshold(cut)));
            if cost < best.0 {
                best = (cost, cut);
            }
            tell(self.listener, Progress::Advance(1))?;
        }
        Ok(best.1)
    }

    /// Costs of a defender on the validation seeds.
    fn validate(&mut self, defender: &Defender) -> Vec<f64> {
        costs(&mut self.lanes, defender, self.settings.validation, self.train_seed)
    }

    fn truth_costs(&self) -> Vec<f64> {
        costs(&mut truthful_lanes(self.plan), &Defender::Oracle, self.settings.validation, self.train_seed)
    }

    fn point(
        &self,
        played: &[Played],
        episode: usize,
        agent: &LearningAgent,
        epsilon: f64,
        loss: Option<f64>,
    ) -> LearningRow {
        let costs: Vec<f64> = played.iter().map(|p| p.episode.cost).collect();
        let mut incidents = IncidentCounts::default();
        for p in played {
            incidents += p.incidents;
        }
        LearningRow {
            train_seed: self.train_seed,
            episode: episode as u64,
            updates: agent.updates(),
            epsilon,
            loss,
            score: score(self.scale, mean(&costs)),
            f1: incidents.f1(),
            cost: Some(mean(&costs)),
            audit_hours: agent.outcomes.audits() as f64 * f64::from(self.settings.audit.hours),
        }
    }
}

/// The running score of a mean cost, where `scale` holds those of `none` and `oracle`.
fn score((none, oracle): (f64, f64), cost: f64) -> Option<f64> {
    (none - oracle > 1e-9).then(|| (none - cost) / (none - oracle))
}

fn costs(lanes: &mut [Lane], defender: &Defender, count: usize, train_seed: u64) -> Vec<f64> {
    for lane in lanes.iter_mut() {
        lane.player.defender = defender.clone();
        lane.game.witness.audit = None;
    }
    let name = Name { scenario: "", defender: "", phase: Phase::Train, train_seed, episode: 0 };
    lanes::play(lanes, count, |lane, number| {
        lane.play(&name, seed(Purpose::Validate, train_seed, number as u64)).episode.cost
    })
}

/// A coin that falls on one side with this probability; beyond 0 and 1 it always or never does.
fn chance(probability: f64) -> Bernoulli {
    Bernoulli::new(probability.clamp(0.0, 1.0)).expect("from 0 to 1")
}

#[expect(clippy::too_many_arguments, reason = "they are what a round is made of")]
fn explore(
    lanes: &mut [Lane],
    plan: &Plan,
    settings: &TrainSettings,
    train_seed: u64,
    first: usize,
    count: usize,
    acting: &Arc<QFunction>,
    teacher: &Arc<ResponseAgent>,
    epsilon: f64,
) -> (Vec<Played>, Vec<Trajectory>) {
    for lane in lanes.iter_mut() {
        lane.player.defender = Defender::Network(Arc::clone(acting));
        lane.game.witness.audit = Some(settings.audit);
    }
    let played = lanes::play(lanes, count, |lane, number| {
        let episode = (first + number) as u64;
        let seed = seed(Purpose::Train, train_seed, episode);
        let name =
            Name { scenario: &plan.scenario.name, defender: "dqn", phase: Phase::Train, train_seed, episode };
        let mut rng = dice(seed);
        // Some episodes explore more than others, so that good runs are seen to their end.
        let epsilon = rng.random_range(0.0..=2.0 * epsilon);
        let mut player = Player::new(Defender::Network(Arc::clone(acting)), dice(seed));
        let (explores, guided) = (chance(epsilon), chance(settings.guided));
        let choose = |observation: &[f32], mask: &[bool]| {
            if !explores.sample(&mut rng) {
                player.answer(observation, mask)
            } else if guided.sample(&mut rng) {
                teacher.decide(key_of(observation), &action_mask(mask)) as usize
            } else {
                random_action(&mut rng, mask)
            }
        };
        let played = lane.explore(&name, seed, choose);
        (played, lane.trajectory.clone())
    });
    played.into_iter().unzip()
}
