//! One episode, played and written up.

use crate::defender::Player;
use crate::metrics::{CampaignOutcome, IncidentCounts, TechniqueTally, Timeline, WindowTally};
use crate::recorder::Recorder;
use crate::results::cell::{ActionCounts, Phase};
use crate::results::rows::{CampaignRow, EpisodeRow};
use mats_core::Action;
use mats_core::random::Stream;
use mats_gym::{DefenceGame, Witness};
use mats_rl::{Env, Trajectory};
use mats_sim::{CostKind, World};
use serde::{Deserialize, Serialize};

const DICE: u32 = 0xd1ce;

/// One lane: a game and all its buffers.
pub struct Lane {
    /// The game.
    pub game: DefenceGame<Recorder>,
    /// Who decides.
    pub player: Player,
    /// What was decided.
    pub trajectory: Trajectory,
    /// Window scores against the truth, where wanted.
    pub tally: Option<Tally>,
    /// What is done hour by hour, where wanted.
    pub timeline: Option<Timeline>,
}

/// What detectors see where nobody responds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Of all windows.
    pub windows: WindowTally,
    /// Of each technique.
    pub techniques: TechniqueTally,
}

impl Tally {
    /// Adds what was seen in other episodes of the same scenario.
    pub fn merge(&mut self, other: &Tally) {
        self.windows.merge(&other.windows);
        self.techniques.merge(&other.techniques);
    }
}

/// What an episode is called in the result files.
#[derive(Debug, Clone)]
pub struct Name<'a> {
    /// The scenario.
    pub scenario: &'a str,
    /// The defender.
    pub defender: &'a str,
    /// Whether it was learning.
    pub phase: Phase,
    /// The seed of the training behind it.
    pub train_seed: u64,
    /// Its number within its phase.
    pub episode: u64,
}

/// What an episode left behind.
#[derive(Debug, Clone)]
pub struct Played {
    /// A row of `episodes.csv`.
    pub episode: EpisodeRow,
    /// Rows of `campaigns.csv`.
    pub campaigns: Vec<CampaignRow>,
    /// Its incidents.
    pub incidents: IncidentCounts,
}

/// The dice of a decider in an episode: never those of the world.
pub fn dice(seed: u64) -> mats_core::random::Generator {
    Stream::new(seed, DICE, 0).at(0)
}

impl Lane {
    /// Plays the episode of a seed with the lane's own player.
    pub fn play(&mut self, name: &Name<'_>, seed: u64) -> Played {
        self.player.reset(dice(seed));
        let spec = self.game.spec();
        let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
        self.game.reset(seed, &mut observation, &mut mask);
        let (mut total, mut actions) = (0.0, ActionCounts::default());
        if let Some(timeline) = &mut self.timeline {
            timeline.begin();
        }
        loop {
            let time = self.game.world().now();
            let action = self.player.decide(&self.game, &observation, &mask);
            let step = self.game.step(action, &mut observation, &mut mask);
            total += f64::from(step.reward);
            actions.add(Action::ALL[step.executed]);
            if let Some(timeline) = &mut self.timeline {
                let ledger = self.game.world().ledger();
                let costs = [CostKind::Damage, CostKind::Disruption, CostKind::Expense].map(|k| ledger.of(k));
                timeline.step(time, Action::ALL[step.executed], costs);
            }
            if step.ended() {
                break;
            }
        }
        self.write_up(name, seed, total, actions)
    }

    /// Plays the episode of a seed with a chooser, and keeps its trajectory.
    pub fn explore(
        &mut self,
        name: &Name<'_>,
        seed: u64,
        choose: impl FnMut(&[f32], &[bool]) -> usize,
    ) -> Played {
        mats_rl::rollout(&mut self.game, seed, choose, &mut self.trajectory);
        let mut actions = ActionCounts::default();
        for &executed in &self.trajectory.executed {
            actions.add(Action::ALL[executed as usize]);
        }
        self.write_up(name, seed, self.trajectory.episode_return(), actions)
    }

    fn write_up(&mut self, name: &Name<'_>, seed: u64, total: f64, actions: ActionCounts) -> Played {
        if let Some(tally) = &mut self.tally {
            self.game.witness.count_windows(self.game.world(), tally);
        }
        write_up(name, seed, total, actions, &self.game, &self.game.witness)
    }
}

/// What the result files say of an episode that was just played.
pub(crate) fn write_up<W: Witness>(
    name: &Name<'_>,
    seed: u64,
    total: f64,
    actions: ActionCounts,
    game: &DefenceGame<W>,
    recorder: &Recorder,
) -> Played {
    let world = game.world();
    let (incidents, detections) = recorder.incidents(world);
    let ledger = world.ledger();
    let episode = EpisodeRow {
        scenario: name.scenario.to_owned(),
        defender: name.defender.to_owned(),
        phase: name.phase,
        train_seed: name.train_seed,
        episode: name.episode,
        seed,
        return_: total,
        cost: ledger.total(),
        regret: None,
        campaigns: world.campaigns().count() as u32,
        damage: ledger.of(CostKind::Damage),
        disruption: ledger.of(CostKind::Disruption),
        action_cost: ledger.of(CostKind::Expense),
        analyst_hours: ledger.analyst_hours,
        false_isolations: world.blue().false_isolations(),
        incidents: (incidents.true_incidents + incidents.false_incidents) as u32,
        false_incidents: incidents.false_incidents as u32,
        host_days: incidents.host_days,
        steps: u64::from(game.steps()),
        records: game.records(),
        actions,
    };
    let campaigns = campaign_rows(name, seed, world, &detections);
    Played { episode, campaigns, incidents }
}

fn campaign_rows(
    name: &Name<'_>,
    seed: u64,
    world: &World,
    detections: &[crate::metrics::incident::Detection],
) -> Vec<CampaignRow> {
    let attacks = &world.plan().scenario.attacks;
    let rows = world.campaigns().enumerate().map(|(c, report)| {
        let start = report.first_success;
        let since = |t: mats_core::SimTime| start.map_or(0.0, |s| t.since(s).seconds());
        let detection = detections.iter().find(|d| d.campaign.index() == c);
        let outcome = report.outcome;
        CampaignRow {
            scenario: name.scenario.to_owned(),
            defender: name.defender.to_owned(),
            phase: name.phase,
            train_seed: name.train_seed,
            episode: name.episode,
            seed,
            campaign: c as u32,
            attack: attacks[report.attack].name.clone(),
            outcome,
            first_success_s: start.map(mats_core::SimTime::seconds),
            detected: detection.is_some_and(|d| d.first_alert.is_some()),
            time_to_detect_s: detection.and_then(|d| d.delay).map(mats_core::Duration::seconds),
            time_to_contain_s: (outcome == CampaignOutcome::Contained).then(|| since(report.ended)),
            time_to_objective_s: report.objective.map(since),
            time_to_outcome_s: since(report.ended),
            follow_up_s: since(world.horizon()),
            hosts_touched: report.hosts_touched as u32,
        }
    });
    rows.collect()
}
