//! The loop that trains all three agents, on training seeds only.
//!
//! ```text
//! fit detectors ─► rounds ────────────────────► choose the network ─► tune the threshold ─► refine the table
//!                  │ lanes play episodes      ▲ └──────────────── judged on validation seeds ────────────┘
//!                  │ the learner studies ─────┤ at the same time
//!                  └ some rounds: ModelUpdate ┘
//! ```

use crate::agent::LearningAgent;
use crate::agents::{Agents, LearningPoint, TrainingLog};
use crate::arena::{Arena, Game, Keep, Round, mean};
use crate::choose::cheapest_of;
use crate::error::{TrainError, notify};
use crate::explore::{Explorer, NetworkPolicy};
use crate::progress::{Listener, Progress};
use crate::refine::{Refined, SuccessiveHalving};
use crate::seeds::Purpose;
use crate::settings::TrainSettings;
use mats_core::Action;
use mats_detect::{Choice, Detector, Examples};
use mats_respond::baselines::{Always, Threshold};
use mats_respond::{Decision, Defender, Policy, PolicyTable, ResponseAgent};
use mats_rl::{DqnSettings, QFunction};
use std::sync::Arc;

struct Trainer<'a> {
    arena: &'a mut dyn Arena,
    settings: &'a TrainSettings,
    train_seed: u64,
    listener: &'a mut dyn Listener,
    /// Mean cost of doing nothing and of knowing the truth on the validation seeds: the scale of running scores.
    scale: Scale,
}

/// The costs between which running scores lie.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scale {
    none: f64,
    truth: f64,
}

impl Scale {
    /// The running score of a mean cost, where anything can be won.
    pub(crate) fn score(self, cost: f64) -> Option<f64> {
        let avoidable = self.none - self.truth;
        (avoidable > 1e-9).then(|| (self.none - cost) / avoidable)
    }
}

/// Trains all three agents in an arena.
///
/// # Errors
/// When detectors cannot be fitted (a scenario without attacks is fine), a setting is out of range, or the
/// listener asks to stop.
pub fn train(
    arena: &mut dyn Arena,
    settings: &TrainSettings,
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<(Agents, TrainingLog), TrainError> {
    notify(listener, Progress::Stage("fitting the detectors", settings.gather.episodes as u64))?;
    let examples = arena.examples(&settings.gather, train_seed);
    notify(listener, Progress::Advance(settings.gather.episodes as u64))?;
    let detector = Arc::new(mats_detect::fit(&examples, &settings.detector, train_seed)?);
    arena.install(&detector);
    Trainer { arena, settings, train_seed, listener, scale: Scale::default() }.run(&examples, detector)
}

/// The network's settings for a training: the learning rate falls over the whole of it, however long that is.
fn dqn_settings(settings: &TrainSettings) -> DqnSettings {
    let updates = settings.episodes.div_ceil(settings.round.max(1)) as u64 * u64::from(settings.updates);
    let learning_rate = mats_rl::Linear { over: updates, ..settings.dqn.learning_rate };
    DqnSettings { learning_rate, ..settings.dqn.clone() }
}

impl Trainer<'_> {
    fn run(
        &mut self,
        examples: &Examples,
        detector: Arc<Detector>,
    ) -> Result<(Agents, TrainingLog), TrainError> {
        let playbook = PolicyTable::playbook();
        let none = mean(&self.validate(&mut Always(Action::Monitor)));
        let games = self.games(Purpose::Validate, 0, self.settings.validation);
        let truth = mean(&self.arena.costs_with_truth(&games));
        self.scale = Scale { none, truth };
        let mut log = TrainingLog::default();
        let Learnt { detector, agent, checkpoints } = self.learn(examples, detector, &playbook, &mut log)?;
        // With the detectors as they are now.
        let network = self.choose_checkpoint(&checkpoints, &agent)?;
        let threshold = self.tune_threshold()?;
        let Refined { table, rows, changes } = self.refine(&playbook, &network)?;
        (log.refined_rows, log.changes) = (rows, changes);
        let (source, searched) = (self.settings.source, Vec::new());
        Ok((Agents { detector, network, table, threshold, source, searched }, log))
    }

    /// The rounds: lanes play, the learner studies, detectors are updated.
    fn learn(
        &mut self,
        examples: &Examples,
        mut detector: Arc<Detector>,
        playbook: &PolicyTable,
        log: &mut TrainingLog,
    ) -> Result<Learnt, TrainError> {
        let settings = self.settings;
        let mut agent = LearningAgent::new(dqn_settings(settings), self.arena.spec(), self.train_seed)?;
        let demonstrator = Arc::new(ResponseAgent::new(playbook.clone()));
        // The detector before the one at work, to put back if an update did harm.
        let mut before: Option<Arc<Detector>> = None;
        let mut checkpoints: Vec<Arc<QFunction>> = Vec::new();
        let rounds = settings.episodes.div_ceil(settings.round.max(1));
        notify(self.listener, Progress::Stage("learning", settings.episodes as u64))?;
        for round in 0..rounds {
            let first = round * settings.round;
            let count = settings.round.min(settings.episodes - first);
            let epsilon = if round == 0 { 1.0 } else { f64::from(agent.epsilon()) };
            let acting = Arc::new(agent.policy());
            let mut explorer = Explorer::new(acting, Arc::clone(&demonstrator), epsilon, settings.guided);
            let games = self.games(Purpose::Train, first, count);
            // Lanes act with yesterday's weights while the learner studies what it knows: neither waits.
            let arena = &mut *self.arena;
            let (mut played, loss) = rayon::join(
                || arena.play(&games, &mut explorer, &Keep::Lessons(settings.audit)),
                || agent.update(if round == 0 { 0 } else { settings.updates }),
            );
            let updates = agent.updates();
            if loss.is_some_and(|loss| !loss.is_finite()) {
                return Err(TrainError::Diverged { updates });
            }
            for decisions in played.games.iter().filter_map(|game| game.decisions.as_ref()) {
                agent.observe_episode(&decisions.trajectory, detector.version());
            }
            agent.outcomes.append(&mut played.outcomes);
            log.audits = agent.outcomes.audits();
            let point = self.point(&played, first + count, &agent, epsilon, loss);
            log.curve.push(point);
            notify(self.listener, Progress::Advance(count as u64))?;
            notify(self.listener, Progress::Running(point.score, point.f1))?;
            let done = (round + 1) as f64 / rounds as f64;
            let passes = |&share: &f64| done >= share && done - 1.0 / (rounds as f64) < share;
            if settings.checkpoints.iter().any(passes) {
                checkpoints.push(Arc::new(agent.policy()));
            }
            if settings.model_updates.iter().any(passes) {
                log.model_updates.1 += 1;
                let message = agent.outcomes.update(detector.version());
                match detector.update(&message, examples, before.as_deref(), self.train_seed) {
                    Ok(verdict) => {
                        if let Some(better) = verdict.accepted {
                            log.model_updates.0 += 1;
                            // Put back once, a detector is not judged against what it replaced.
                            before = (verdict.choice == Choice::Challenger).then(|| Arc::clone(&detector));
                            detector = Arc::new(better);
                            self.arena.install(&detector);
                        }
                    }
                    Err(reason) => notify(self.listener, Progress::Note(reason.to_string()))?,
                }
            }
        }
        // The last updates have no loss after them.
        let last = agent.policy();
        if checkpoints.iter().map(Arc::as_ref).chain([&last]).any(|network| !network.is_finite()) {
            return Err(TrainError::Diverged { updates: agent.updates() });
        }
        Ok(Learnt { detector, agent, checkpoints })
    }

    fn refine(&mut self, playbook: &PolicyTable, network: &QFunction) -> Result<Refined, TrainError> {
        let settings = &self.settings.refine;
        notify(self.listener, Progress::Parts("refining the policy table", settings.parts() as u64))?;
        let (scale, listener) = (self.scale, &mut *self.listener);
        let mut search = SuccessiveHalving { arena: &mut *self.arena, settings, train_seed: self.train_seed };
        search.refine(playbook, network, |cost| {
            notify(listener, Progress::Advance(1))?;
            notify(listener, Progress::Running(scale.score(cost), None))
        })
    }

    /// The network that costs least on validation seeds: how good the last one is, is a matter of luck.
    fn choose_checkpoint(
        &mut self,
        checkpoints: &[Arc<QFunction>],
        agent: &LearningAgent,
    ) -> Result<Arc<QFunction>, TrainError> {
        let last = Arc::new(agent.policy());
        notify(
            self.listener,
            Progress::Stage("choosing the network", self.settings.checkpoint_validation as u64),
        )?;
        let action = |network: usize, d: &Decision<'_>| {
            NetworkPolicy::new(Arc::clone(&checkpoints[network])).choose(d)
        };
        let best = self.cheapest(checkpoints.len(), self.settings.checkpoint_validation, &action)?;
        Ok(best.map_or(last, |best| Arc::clone(&checkpoints[best])))
    }

    fn tune_threshold(&mut self) -> Result<f32, TrainError> {
        notify(self.listener, Progress::Stage("tuning the threshold", self.settings.validation as u64))?;
        let cuts = &self.settings.cuts;
        let action = |cut: usize, d: &Decision<'_>| Threshold(cuts[cut]).choose(d);
        let best = self.cheapest(cuts.len(), self.settings.validation, &action)?;
        Ok(best.map_or(1.0, |best| cuts[best]))
    }

    /// The number of the candidate that costs least on validation episodes, of which there are so many; `action` is what each
    /// decides.
    fn cheapest(
        &mut self,
        candidates: usize,
        episodes: usize,
        action: &(dyn Fn(usize, &Decision<'_>) -> Action + Sync),
    ) -> Result<Option<usize>, TrainError> {
        let validation = self.games(Purpose::Validate, 0, episodes);
        let (scale, listener) = (self.scale, &mut *self.listener);
        cheapest_of(self.arena, &validation, candidates, action, |played, best| {
            notify(listener, Progress::Advance(played as u64))?;
            notify(listener, Progress::Running(scale.score(best), None))
        })
    }

    /// Costs of a defender on the validation seeds.
    fn validate(&mut self, defender: &mut (dyn Defender + 'static)) -> Vec<f64> {
        self.costs(defender, self.settings.validation)
    }

    fn costs(&mut self, defender: &mut (dyn Defender + 'static), count: usize) -> Vec<f64> {
        let games = self.games(Purpose::Validate, 0, count);
        self.arena.play(&games, defender, &Keep::Costs).costs()
    }

    fn games(&self, purpose: Purpose, first: usize, count: usize) -> Vec<Game> {
        Game::several(purpose, self.train_seed, first as u64..(first + count) as u64)
    }

    fn point(
        &self,
        played: &Round,
        episode: usize,
        agent: &LearningAgent,
        epsilon: f64,
        loss: Option<f64>,
    ) -> LearningPoint {
        let cost = played.mean_cost();
        LearningPoint {
            episode: episode as u64,
            updates: agent.updates(),
            epsilon,
            loss,
            score: self.scale.score(cost),
            f1: played.f1,
            cost,
            audit_hours: agent.outcomes.audits() as f64 * f64::from(self.settings.audit.hours),
        }
    }
}

/// Results of the rounds.
struct Learnt {
    detector: Arc<Detector>,
    agent: LearningAgent,
    checkpoints: Vec<Arc<QFunction>>,
}
