//! Defenders on unseen seeds. Nothing is learnt or chosen here.

use crate::defender::Defender;
use crate::episode::Name;
use crate::lanes;
use crate::metrics::{IncidentCounts, WindowTally};
use crate::progress::{Listener, Progress};
use crate::results::cell::Phase;
use crate::results::rows::{CampaignRow, DetectionRow, EpisodeRow};
use crate::seeds::{Purpose, seed};
use crate::train::{TrainError, Trained, truthful_lanes, watched_lanes};
use mats_core::Action;
use mats_respond::{PolicyTable, ResponseAgent};
use mats_sim::Plan;
use std::sync::Arc;

/// The defenders of the table, in its order.
pub const DEFENDERS: [&str; 8] =
    ["none", "random", "threshold", "playbook", "dqn", "policy", "perfect-detector", "oracle"];

/// Everything that evaluation leaves behind.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// Rows of `episodes.csv`.
    pub episodes: Vec<EpisodeRow>,
    /// Rows of `campaigns.csv`.
    pub campaigns: Vec<CampaignRow>,
    /// What was detected, by scenario and defender.
    detected: Vec<Detected>,
}

/// What was detected under one defender in one scenario, in the episodes of all training seeds together.
#[derive(Debug, Clone)]
struct Detected {
    scenario: String,
    defender: String,
    /// Only where nobody responds: detectors are compared on traces that no response has changed.
    windows: Option<WindowTally>,
    incidents: IncidentCounts,
}

impl Evaluation {
    /// Adds another one behind.
    pub fn append(&mut self, mut other: Evaluation) {
        self.episodes.append(&mut other.episodes);
        self.campaigns.append(&mut other.campaigns);
        for new in other.detected {
            self.count(new);
        }
    }

    fn count(&mut self, new: Detected) {
        let same = |d: &&mut Detected| (&d.scenario, &d.defender) == (&new.scenario, &new.defender);
        let Some(old) = self.detected.iter_mut().find(same) else { return self.detected.push(new) };
        old.incidents += new.incidents;
        match (&mut old.windows, new.windows) {
            (Some(old), Some(new)) => old.merge(&new),
            (old @ None, new) => *old = new,
            _ => {}
        }
    }

    /// Rows of `detection.csv`.
    pub fn detection(&self) -> Vec<DetectionRow> {
        let rows = self.detected.iter().flat_map(|d| {
            let windows = d
                .windows
                .as_ref()
                .map(|w| DetectionRow::windows(&d.scenario, &d.defender, Phase::Eval, &w.metrics()));
            let incidents = DetectionRow::incidents(&d.scenario, &d.defender, Phase::Eval, &d.incidents);
            windows.into_iter().chain([incidents])
        });
        rows.collect()
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
                let text = std::fs::read_to_string(file).ok()?;
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
    let scenario = plan.scenario.name.as_str();
    if !listener.hear(Progress::Stage("evaluating", (defenders.len() * episodes) as u64)) {
        return Err(TrainError::Interrupted);
    }
    for name in defenders {
        let Some(defender) = defender(name, trained) else { continue };
        let lanes = if is_truthful(name) { &mut truthful } else { &mut watched };
        let open_loop = name == "none";
        for lane in lanes.iter_mut() {
            lane.player.defender = defender.clone();
            lane.tally = open_loop.then(|| WindowTally::new(trained.detector.cuts().alert));
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
        let windows = windows(lanes);
        all.count(Detected { scenario: scenario.to_owned(), defender: name.clone(), windows, incidents });
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

fn windows(lanes: &mut [crate::episode::Lane]) -> Option<WindowTally> {
    let mut tallies = lanes.iter_mut().filter_map(|l| l.tally.take());
    let mut all = tallies.next()?;
    for tally in tallies {
        all.merge(&tally);
    }
    Some(all)
}
