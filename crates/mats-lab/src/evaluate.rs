//! Defenders on unseen seeds. Nothing is learnt or chosen here.

use crate::defender::Defender;
use crate::episode::{Lane, Name, Tally};
use crate::lanes;
use crate::metrics::{IncidentCounts, TechniqueTally, Timeline, WindowTally};
use crate::progress::{Listener, Progress};
use crate::results::cell::Phase;
use crate::results::details::{CurveRow, TechniqueRow, TimelineRow};
use crate::results::rows::{CampaignRow, DetectionRow, EpisodeRow};
use crate::seeds::{Purpose, seed};
use crate::train::{TrainError, Trained, truthful_lanes, watched_lanes};
use mats_core::files::{MAX_TEXT, read_regular_text};
use mats_core::{Action, SimTime};
use mats_respond::{PolicyTable, ResponseAgent};
use mats_sim::Plan;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The defenders of the table, in its order.
pub const DEFENDERS: [&str; 8] =
    ["none", "random", "threshold", "playbook", "dqn", "policy", "perfect-detector", "oracle"];

/// Everything that evaluation leaves behind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// Rows of `episodes.csv`.
    pub episodes: Vec<EpisodeRow>,
    /// Rows of `campaigns.csv`.
    pub campaigns: Vec<CampaignRow>,
    /// What was seen and done, by scenario and defender.
    pub(crate) observed: Vec<Observed>,
}

/// What was seen and done under one defender in one scenario, in the episodes of all training seeds together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Observed {
    scenario: String,
    defender: String,
    /// Only where nobody responds: detectors are compared on traces that no response has changed.
    tally: Option<Tally>,
    incidents: IncidentCounts,
    timeline: Timeline,
}

impl Evaluation {
    /// Adds another one behind.
    pub fn append(&mut self, mut other: Evaluation) {
        self.episodes.append(&mut other.episodes);
        self.campaigns.append(&mut other.campaigns);
        for new in other.observed {
            self.count(new);
        }
    }

    fn count(&mut self, new: Observed) {
        let same = |o: &&mut Observed| (&o.scenario, &o.defender) == (&new.scenario, &new.defender);
        let Some(old) = self.observed.iter_mut().find(same) else { return self.observed.push(new) };
        old.incidents += new.incidents;
        old.timeline.merge(&new.timeline);
        match (&mut old.tally, new.tally) {
            (Some(old), Some(new)) => old.merge(&new),
            (old @ None, new) => *old = new,
            _ => {}
        }
    }

    /// Rows of `detection.csv`.
    pub fn detection(&self) -> Vec<DetectionRow> {
        let rows = self.observed.iter().flat_map(|o| {
            let windows = o
                .tally
                .as_ref()
                .map(|t| DetectionRow::windows(&o.scenario, &o.defender, Phase::Eval, &t.windows.metrics()));
            let incidents = DetectionRow::incidents(&o.scenario, &o.defender, Phase::Eval, &o.incidents);
            windows.into_iter().chain([incidents])
        });
        rows.collect()
    }

    /// What was seen where nobody responded.
    fn tallies(&self) -> impl Iterator<Item = (&Observed, &Tally)> {
        self.observed.iter().filter_map(|o| Some((o, o.tally.as_ref()?)))
    }

    /// Rows of `curves.csv`.
    pub fn curves(&self) -> Vec<CurveRow> {
        let points = |(o, tally): (&Observed, &Tally)| {
            let points = tally.windows.operating_points();
            points.iter().map(|p| CurveRow::new(&o.scenario, &o.defender, p)).collect::<Vec<_>>()
        };
        self.tallies().flat_map(points).collect()
    }

    /// Rows of `techniques.csv`: the techniques that attacks used, in the scenario's order.
    pub fn techniques(&self) -> Vec<TechniqueRow> {
        let rows = |(o, tally): (&Observed, &Tally)| {
            let used = tally.techniques.iter().filter(|(_, seen)| seen.uses > 0);
            used.map(|(name, seen)| TechniqueRow::new(&o.scenario, &o.defender, name, seen))
                .collect::<Vec<_>>()
        };
        self.tallies().flat_map(rows).collect()
    }

    /// Rows of `timeline.csv`.
    pub fn timeline(&self) -> Vec<TimelineRow> {
        let rows = |o: &Observed| {
            let (episodes, hours) = (o.timeline.episodes, o.timeline.hours.iter().enumerate());
            let row = |(hour, sums)| TimelineRow::new(&o.scenario, &o.defender, hour, episodes, sums);
            hours.map(row).collect::<Vec<_>>()
        };
        self.observed.iter().flat_map(rows).collect()
    }
}

/// The defender of a name, given what was trained. Constant defenders are called `always:ACTION`, clock-only ones
/// `clock:FROM-TO` in shares of the episode, thresholds with a cut of one's own `threshold:CUT`, tables
/// of one's own `table:FILE`.
pub fn defender(name: &str, trained: &Trained) -> Option<Defender> {
    let table = |t: PolicyTable| Defender::Table(Arc::new(ResponseAgent::new(t)));
    Some(match name {
        "none" => Defender::None,
        "random" => Defender::Random,
        "threshold" => Defender::Threshold(trained.cut),
        "playbook" | "perfect-detector" => table(PolicyTable::playbook()),
        "dqn" => Defender::Network(Arc::clone(&trained.network)),
        "policy" => table(trained.table.clone()),
        "oracle" => Defender::Oracle,
        other => {
            if let Some(action) = other.strip_prefix("always:") {
                return Action::from_name(action).map(Defender::Constant);
            }
            if let Some(file) = other.strip_prefix("table:") {
                let text = read_regular_text(std::path::Path::new(file), MAX_TEXT).ok()?;
                return PolicyTable::parse(&text, file).ok().map(table);
            }
            if let Some(cut) = other.strip_prefix("threshold:") {
                return cut.parse().ok().map(Defender::Threshold);
            }
            let (from, to) = other.strip_prefix("clock:")?.split_once('-')?;
            Defender::Clock(from.parse().ok()?, to.parse().ok()?)
        }
    })
}

/// Whether a defender is fed with the truth.
pub(crate) fn is_truthful(name: &str) -> bool {
    matches!(name, "perfect-detector" | "oracle")
}

/// Plays the evaluation seeds with each of the defenders.
///
/// # Errors
/// When the listener asks to stop.
pub fn evaluate(
    plan: &Arc<Plan>,
    trained: &Trained,
    defenders: &[String],
    episodes: usize,
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Evaluation, TrainError> {
    let mut watched = watched_lanes(plan, &trained.detector);
    let mut truthful = truthful_lanes(plan);
    let mut all = Evaluation::default();
    let (scenario, horizon) = (plan.scenario.name.as_str(), SimTime::ZERO + plan.scenario.horizon);
    if !listener.hear(Progress::Stage("evaluating", (defenders.len() * episodes) as u64)) {
        return Err(TrainError::Interrupted);
    }
    for name in defenders {
        let Some(defender) = defender(name, trained) else { continue };
        let lanes = if is_truthful(name) { &mut truthful } else { &mut watched };
        let open_loop = name == "none";
        for lane in lanes.iter_mut() {
            lane.player.defender = defender.clone();
            lane.tally = open_loop.then(|| Tally {
                windows: WindowTally::new(trained.detector.cuts().alert),
                techniques: TechniqueTally::new(&plan.scenario.techniques),
            });
            lane.timeline = Some(Timeline::new(horizon));
        }
        let played = lanes::play(lanes, episodes, |lane, number| {
            let episode = number as u64;
            let label = Name { scenario, defender: name, phase: Phase::Eval, train_seed, episode };
            lane.play(&label, seed(Purpose::Evaluate, train_seed, episode))
        });
        let mut incidents = IncidentCounts::default();
        for p in &played {
            incidents += p.incidents;
        }
        let (tally, timeline) = gathered(lanes, horizon);
        let (scenario, defender) = (scenario.to_owned(), name.clone());
        all.count(Observed { scenario, defender, tally, incidents, timeline });
        for p in played {
            all.episodes.push(p.episode);
            all.campaigns.extend(p.campaigns);
        }
        if !listener.hear(Progress::Advance(episodes as u64)) {
            return Err(TrainError::Interrupted);
        }
    }
    Ok(all)
}

/// What all lanes saw and did, in their order.
fn gathered(lanes: &mut [Lane], horizon: SimTime) -> (Option<Tally>, Timeline) {
    let mut timeline = Timeline::new(horizon);
    let mut tally: Option<Tally> = None;
    for lane in lanes {
        if let Some(own) = lane.timeline.take() {
            timeline.merge(&own);
        }
        match (&mut tally, lane.tally.take()) {
            (Some(all), Some(own)) => all.merge(&own),
            (all @ None, own) => *all = own,
            _ => {}
        }
    }
    (tally, timeline)
}
