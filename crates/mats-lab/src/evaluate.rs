//! Defenders on unseen seeds. Nothing is learnt or chosen here.

use crate::defender::{Contestant, DefenderSpec, play};
use crate::episode::{EpisodeKey, Lanes, finish, truthful_lanes};
use crate::lanes::lanes_of;
use crate::metrics::{IncidentCounts, TechniqueTally, Timeline, WindowTally};
use crate::results::cell::Phase;
use crate::results::details::{CurveRow, TechniqueRow, TimelineRow};
use crate::results::reference::fill_regret;
use crate::results::rows::{CampaignRow, DetectionRow, EpisodeRow};
use crate::tally::Tally;
use mats_core::SimTime;
use mats_detect::Detector;
use mats_gym::Told;
use mats_learn::progress::{Listener, Progress};
use mats_learn::{Agents, Source, TrainError};
use mats_results::NONE;
use mats_scenario::Scenario;
use mats_sim::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Results of an evaluation: everything that it leaves behind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// Rows of `episodes.csv`.
    pub episodes: Vec<EpisodeRow>,
    /// Rows of `campaigns.csv`.
    pub campaigns: Vec<CampaignRow>,
    /// Counts of what was seen and done, by scenario and defender.
    pub(crate) observed: Vec<Observed>,
}

/// Counts of what was seen and done under one defender in one scenario, in the episodes of all training seeds together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Observed {
    scenario: String,
    defender: String,
    /// Tally where nobody responds, else `None`: detectors are compared on traces that no response has changed.
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

    /// Returns the tallies of what was seen where nobody responded.
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

/// Evaluates contestants on the episodes of some seeds ([`evaluation_seeds`](mats_learn::seeds::evaluation_seeds), or
/// those held out), each on the same: defenders by name ([`DefenderSpec::contestant`]) and anybody's beside them.
/// `detector` watches for those who are not told the truth; `train_seed` is what the rows say.
///
/// # Errors
/// When the listener asks to stop.
///
/// # Panics
/// When two contestants go by one name: their rows could not be told apart.
pub fn evaluate(
    plan: &Arc<Plan>,
    detector: &Arc<Detector>,
    contestants: &mut [Contestant],
    seeds: &[u64],
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Evaluation, TrainError> {
    evaluate_upon(Source::Agent, plan, detector, contestants, seeds, train_seed, listener)
}

/// Evaluates as [`evaluate`] where threats come from a source for whoever is not told the truth anyway.
///
/// # Errors
/// When the listener asks to stop.
///
/// # Panics
/// As [`evaluate`].
pub fn evaluate_upon(
    source: Source,
    plan: &Arc<Plan>,
    detector: &Arc<Detector>,
    contestants: &mut [Contestant],
    seeds: &[u64],
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Evaluation, TrainError> {
    let names: BTreeSet<&str> = contestants.iter().map(|contestant| contestant.name.as_str()).collect();
    assert_eq!(names.len(), contestants.len(), "two contestants go by one name");
    let mut watched = lanes_of(source, plan, detector);
    let (mut late, mut foresight) = (None, None);
    let mut all = Evaluation::default();
    let (scenario, horizon) = (plan.scenario.name.as_str(), SimTime::ZERO + plan.scenario.horizon);
    if !listener.on_progress(Progress::Stage("evaluating", (contestants.len() * seeds.len()) as u64)) {
        return Err(TrainError::Interrupted);
    }
    for Contestant { name, decider } in contestants {
        let truthful = |told| move || truthful_lanes(plan, told);
        let lanes = match decider.told() {
            None => &mut watched,
            Some(Told::AfterSuccess) => late.get_or_insert_with(truthful(Told::AfterSuccess)),
            Some(Told::Foresight) => foresight.get_or_insert_with(truthful(Told::Foresight)),
        };
        let open_loop = name == NONE;
        for lane in lanes.lanes_mut() {
            lane.observer.tally = open_loop.then(|| Tally {
                windows: WindowTally::new(detector.thresholds().alert),
                techniques: TechniqueTally::new(&plan.scenario.techniques),
            });
            lane.observer.timeline = Some(Timeline::new(horizon));
        }
        let played = play(lanes, seeds, decider, |lane, number| {
            let episode = number as u64;
            let label = EpisodeKey { scenario, defender: name, phase: Phase::Eval, train_seed, episode };
            (finish(&label, seeds[number], lane), lane.observer.timeline.replace(Timeline::new(horizon)))
        });
        let (mut incidents, mut timeline) = (IncidentCounts::default(), Timeline::new(horizon));
        for (written, own) in &played {
            incidents += written.incidents;
            // Sums of costs depend on their order, and which lane played what is chance.
            if let Some(own) = own {
                timeline.merge(own);
            }
        }
        let tally = gathered(lanes);
        let (scenario, defender) = (scenario.to_owned(), name.clone());
        all.count(Observed { scenario, defender, tally, incidents, timeline });
        for (p, _) in played {
            all.episodes.push(p.episode);
            all.campaigns.extend(p.campaigns);
        }
        if !listener.on_progress(Progress::Advance(seeds.len() as u64)) {
            return Err(TrainError::Interrupted);
        }
    }
    Ok(all)
}

/// Evaluates defenders by name, given what was trained.
///
/// # Errors
/// When the listener asks to stop.
///
/// # Panics
/// When a network of one's own was not read, or a table not searched; see [`DefenderSpec::complete`].
pub fn evaluate_by_name(
    plan: &Arc<Plan>,
    agents: &Agents,
    defenders: &[DefenderSpec],
    seeds: &[u64],
    train_seed: u64,
    listener: &mut dyn Listener,
) -> Result<Evaluation, TrainError> {
    let contestant =
        |spec: &DefenderSpec| spec.contestant(agents).expect("networks and tables are read before they play");
    let mut contestants: Vec<Contestant> = defenders.iter().map(contestant).collect();
    evaluate_upon(agents.source, plan, &agents.detector, &mut contestants, seeds, train_seed, listener)
}

/// Evaluates what a run trained, seed by seed, on a scenario that it need not have seen.
///
/// # Errors
/// When the listener asks to stop.
pub fn evaluate_all(
    scenario: &Scenario,
    trained: &[(u64, Agents)],
    defenders: &[DefenderSpec],
    seeds: &[u64],
    listener: &mut dyn Listener,
) -> Result<Evaluation, TrainError> {
    let plan = Arc::new(Plan::new(scenario.clone()));
    let mut all = Evaluation::default();
    for (train_seed, agents) in trained {
        all.append(evaluate_by_name(&plan, agents, defenders, seeds, *train_seed, listener)?);
    }
    fill_regret(&mut all.episodes);
    Ok(all)
}

/// Merges the counts of all lanes: integers, so that it does not matter which lane counted what.
fn gathered(lanes: &mut Lanes) -> Option<Tally> {
    let mut tally: Option<Tally> = None;
    for lane in lanes.lanes_mut() {
        lane.observer.timeline = None;
        match (&mut tally, lane.observer.tally.take()) {
            (Some(all), Some(own)) => all.merge(&own),
            (all @ None, own) => *all = own,
            _ => {}
        }
    }
    tally
}
