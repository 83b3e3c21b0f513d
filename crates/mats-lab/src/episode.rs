//! One episode, written up.

use crate::fate::fate;
use crate::metrics::access::median;
use crate::metrics::{EndState, IncidentCounts, Timeline};
use crate::recorder::Recorder;
use crate::results::cell::{ActionCounts, Phase};
use crate::results::rows::{CampaignRow, EpisodeRow};
use crate::tally::Tally;
use mats_core::{Action, Duration, PolicyKey, SimTime};
use mats_detect::{DetectionAgent, Detector};
use mats_gym::source::TruthDetector;
use mats_gym::{DefenceGame, GameSettings, ThreatSource, TickObserver, Told};
use mats_rl::{Lane, Observer, Step, Trajectory, VecEnv};
use mats_sim::{CostKind, Plan, World};
use std::sync::Arc;

/// Games in lanes, as the lab plays them.
pub type Lanes = VecEnv<DefenceGame<Recorder>, EpisodeNotes>;

/// Notes on an episode as it goes on, beside its trajectory.
#[derive(Debug, Clone, Default)]
pub struct EpisodeNotes {
    /// The row of the policy table that each decision fell under.
    pub keys: Vec<PolicyKey>,
    /// Actions and costs hour by hour, where wanted.
    pub timeline: Option<Timeline>,
    /// Window scores against the truth, where wanted.
    pub tally: Option<Tally>,
    /// Time of the last decision.
    decided: SimTime,
}

impl<W: TickObserver + Send> Observer<DefenceGame<W>> for EpisodeNotes {
    fn begun(&mut self, _: &DefenceGame<W>) {
        self.keys.clear();
        if let Some(timeline) = &mut self.timeline {
            timeline.begin();
        }
    }

    fn decided(&mut self, game: &DefenceGame<W>, _: &[f32], _: &[bool], _: usize) {
        self.keys.push(game.view().key());
        self.decided = game.world().now();
    }

    fn stepped(&mut self, game: &DefenceGame<W>, step: &Step) {
        if let Some(timeline) = &mut self.timeline {
            let ledger = game.world().ledger();
            let costs = [CostKind::Damage, CostKind::Disruption, CostKind::Expense].map(|k| ledger.of(k));
            timeline.step(self.decided, Action::ALL[step.executed], costs);
        }
    }
}

/// Lanes that play at once, whatever the number of threads.
const LANES: usize = crate::lanes::LANES;

/// Lanes in which a detector watches.
pub fn watched_lanes(plan: &Arc<Plan>, detector: &Arc<Detector>) -> Lanes {
    let inventory = Arc::new(plan.scenario.inventory.clone());
    let agent = || DetectionAgent::new(Arc::clone(detector), Arc::clone(&inventory));
    lanes(plan, || ThreatSource::Agent(Box::new(agent())))
}

/// Lanes in which the truth is told.
pub fn truthful_lanes(plan: &Arc<Plan>, told: Told) -> Lanes {
    lanes(plan, || ThreatSource::Truth(TruthDetector::new(plan, told)))
}

fn lanes(plan: &Arc<Plan>, source: impl Fn() -> ThreatSource) -> Lanes {
    let settings = GameSettings::default();
    let game = || DefenceGame::with_observer(plan, source(), settings, Recorder::default());
    VecEnv::new((0..LANES).map(|_| (game(), EpisodeNotes::default())))
}

/// Key of an episode in the result files.
#[derive(Debug, Clone)]
pub struct EpisodeKey<'a> {
    /// The scenario.
    pub scenario: &'a str,
    /// The defender.
    pub defender: &'a str,
    /// Phase of the episode: learning, or evaluation.
    pub phase: Phase,
    /// The seed of the training behind it.
    pub train_seed: u64,
    /// Number of the episode within its phase.
    pub episode: u64,
}

/// Former name of [`EpisodeKey`].
#[deprecated(since = "0.2.0", note = "renamed to `EpisodeKey`")]
pub type Name<'a> = EpisodeKey<'a>;

/// Rows and counts that an episode left behind.
#[derive(Debug, Clone)]
pub struct WrittenEpisode {
    /// A row of `episodes.csv`.
    pub episode: EpisodeRow,
    /// Rows of `campaigns.csv`.
    pub campaigns: Vec<CampaignRow>,
    /// Counts of the episode's incidents.
    pub incidents: IncidentCounts,
}

/// Former name of [`WrittenEpisode`].
#[deprecated(since = "0.2.0", note = "renamed to `WrittenEpisode`")]
pub type Played = WrittenEpisode;

/// Writes up the episode that a lane has just played.
pub fn finish(
    name: &EpisodeKey<'_>,
    seed: u64,
    lane: &mut Lane<DefenceGame<Recorder>, EpisodeNotes>,
) -> WrittenEpisode {
    let game = &lane.env;
    if let Some(tally) = &mut lane.observer.tally {
        game.tick_observer.count_windows(game.world(), tally);
    }
    write_up(name, seed, &lane.trajectory, game, &game.tick_observer)
}

/// Writes up an episode that was just played, for the result files.
pub(crate) fn write_up<W: TickObserver>(
    name: &EpisodeKey<'_>,
    seed: u64,
    trajectory: &Trajectory,
    game: &DefenceGame<W>,
    recorder: &Recorder,
) -> WrittenEpisode {
    let mut actions = ActionCounts::default();
    for &executed in &trajectory.executed {
        actions.add(Action::ALL[executed as usize]);
    }
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
        return_: trajectory.episode_return(),
        cost: ledger.total(),
        regret: None,
        campaigns: world.campaigns().count() as u32,
        damage: ledger.of(CostKind::Damage),
        disruption: ledger.of(CostKind::Disruption),
        action_cost: ledger.of(CostKind::Expense),
        analyst_hours: ledger.analyst_hours,
        quantities: ledger.quantities,
        false_isolations: world.blue().false_isolations(),
        incidents: (incidents.true_incidents + incidents.false_incidents) as u32,
        false_incidents: incidents.false_incidents as u32,
        host_days: incidents.host_days,
        steps: u64::from(game.steps()),
        records: game.records(),
        actions,
    };
    let campaigns = campaign_rows(name, seed, world, &detections);
    WrittenEpisode { episode, campaigns, incidents }
}

fn campaign_rows(
    name: &EpisodeKey<'_>,
    seed: u64,
    world: &World,
    detections: &[crate::metrics::incident::Detection],
) -> Vec<CampaignRow> {
    let scenario = &world.plan().scenario;
    let latest_onset = SimTime::ZERO + scenario.campaigns.onset.1;
    let rows = world.campaigns().enumerate().map(|(c, report)| {
        let start = report.first_success;
        let since = |t: SimTime| start.map_or(0.0, |s| t.since(s).seconds());
        let detection = detections.iter().find(|d| d.campaign.index() == c);
        let fate = fate(world, &report);
        let objective = report.objective;
        let kept_out = matches!(fate.end_state, EndState::NeverIn | EndState::Evicted);
        CampaignRow {
            scenario: name.scenario.to_owned(),
            defender: name.defender.to_owned(),
            phase: name.phase,
            train_seed: name.train_seed,
            episode: name.episode,
            seed,
            campaign: c as u32,
            attack: scenario.attacks[report.attack].name.clone(),
            end_state: fate.end_state,
            stopped: kept_out && objective.is_none(),
            first_success_s: start.map(SimTime::seconds),
            goal_share: report.goal_share,
            time_to_objective_s: objective.map(since),
            detected: detection.is_some_and(|d| d.first_alert.is_some()),
            time_to_detect_s: detection.and_then(|d| d.delay).map(Duration::seconds),
            time_to_contain_s: fate.time_to_contain.map(Duration::seconds),
            time_to_evict_s: fate.time_to_evict.map(Duration::seconds),
            access_s: fate.access.seconds(),
            foothold_s: fate.foothold.seconds(),
            spells: fate.spells.len() as u32,
            median_spell_s: median(&fate.spells),
            watched_s: fate.watched.seconds(),
            follow_up_s: since(world.horizon()),
            tau_s: world.horizon().since(latest_onset).seconds(),
            hosts_touched: report.hosts_touched as u32,
        }
    });
    rows.collect()
}
