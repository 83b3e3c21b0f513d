//! An episode played once more, exactly as evaluation plays it.

use super::Check;
use super::context::{context, threat};
use super::data::{
    AccessStory, Alert, Belief, CampaignStory, DefenderTrace, HoldStory, RecordShown, Replay, TriedStory, ms,
};
use super::decisions::DecisionRecorder;
use super::episode_trace::EpisodeTrace;
use super::evidence::Numbered;
use crate::defender::{DefenderSpec, play as play_games};
use crate::episode::{self, EpisodeKey};
use crate::fate::fate;
use crate::lanes::told_by;
use crate::recorder::Recorder;
use crate::results::cell::Phase;
use mats_core::{Access, Duration, HostId, SimTime};
use mats_data::names::Names;
use mats_data::telemetry_csv::render;
use mats_detect::DetectionAgent;
use mats_gym::source::TruthDetector;
use mats_gym::{DefenceGame, GameSettings, ThreatSource};
use mats_learn::Agents;
use mats_learn::seeds::report_seed;
use mats_rl::{Lane, VecEnv};
use mats_scenario::Scenario;
use mats_sim::{Plan, World};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records that a side holds at most: a page shall open on a telephone.
const MAX_RECORDS: usize = 30_000;
/// An alert is right about a machine that was touched this long ago; detectors remember as long.
const RECENT: Duration = Duration::from_minutes(30);

/// Request for a replay: which episode, by whom.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Agents that were trained.
    pub trained: &'a Agents,
    /// Seed of that training.
    pub train_seed: u64,
    /// Number of the episode among the evaluation episodes.
    pub episode: u64,
    /// Set of these episodes.
    pub eval_seed: u64,
    /// True if they are those held out.
    pub held_out: bool,
    /// One defender, or several to lay side by side.
    pub defenders: &'a [DefenderSpec],
}

/// Plays the episode with each of the defenders. The result does not depend on the number of threads.
///
/// # Panics
/// When a network of one's own was not read; see [`DefenderSpec::complete`].
pub fn play(request: &Request<'_>) -> Replay {
    let plan = Arc::new(Plan::new(request.scenario.clone()));
    let number = report_seed(request.held_out, request.eval_seed, request.episode);
    let one = |spec: &DefenderSpec| Recording { plan: &plan, request, spec }.side(number);
    let sides: Vec<DefenderTrace> = request.defenders.par_iter().map(one).collect();
    let mut world = World::new(Arc::clone(&plan));
    world.reset(number);
    Replay {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        train_seed: request.train_seed,
        episode: request.episode,
        seed: number.to_string(),
        context: context(&world),
        sides,
    }
}

/// A game that is recorded.
type Game = DefenceGame<(Recorder, EpisodeTrace)>;

/// One defender's turn.
struct Recording<'a> {
    plan: &'a Arc<Plan>,
    request: &'a Request<'a>,
    spec: &'a DefenderSpec,
}

impl Recording<'_> {
    fn side(&self, number: u64) -> DefenderTrace {
        let truthful = self.spec.is_privileged() || told_by(self.request.trained.source).is_some();
        let scenario = &self.plan.scenario;
        let source = if let Some(told) = self.spec.told().or(told_by(self.request.trained.source)) {
            ThreatSource::Truth(TruthDetector::new(self.plan, told))
        } else {
            let inventory = Arc::new(scenario.inventory.clone());
            let detector = Arc::clone(&self.request.trained.detector);
            ThreatSource::Agent(Box::new(DetectionAgent::new(detector, inventory)))
        };
        let observer = (Recorder::default(), EpisodeTrace::default());
        let game = DefenceGame::with_observer(self.plan, source, GameSettings::default(), observer);
        let recorder =
            DecisionRecorder::new(self.spec, self.request.trained, Names::new(&scenario.inventory));
        let mut contestant =
            self.spec.contestant(self.request.trained).expect("networks are read before they play");
        let mut lanes = VecEnv::new([(game, recorder)]);
        let name = EpisodeKey {
            scenario: &scenario.name,
            defender: self.spec.name(),
            phase: Phase::Eval,
            train_seed: self.request.train_seed,
            episode: self.request.episode,
        };
        let write_up = |lane: &mut Lane<Game, DecisionRecorder<'_>>, _: usize| {
            let game = &mut lane.env;
            let played = episode::write_up(&name, number, &lane.trajectory, game, &game.tick_observer.0);
            let mut trace = std::mem::take(&mut game.tick_observer.1);
            // What is left standing at the end is charged after the last look.
            trace.note_costs(game.world().now(), game.world().ledger());
            lane.observer.conclude(&trace.results);
            self.assemble(game.world(), trace, &mut lane.observer, played, truthful)
        };
        let mut sides = play_games(&mut lanes, &[number], &mut contestant.decider, write_up);
        sides.pop().expect("one episode was played")
    }

    fn assemble(
        &self,
        world: &World,
        trace: EpisodeTrace,
        recorder: &mut DecisionRecorder<'_>,
        played: episode::WrittenEpisode,
        truthful: bool,
    ) -> DefenderTrace {
        let names = Names::new(&self.plan.scenario.inventory);
        let (alerts, records, without_records) = alerts(world, trace.alerts, &names, truthful);
        let mut decisions = std::mem::take(&mut recorder.decisions);
        for decision in &mut decisions {
            let same = |a: &Alert| (a.threat.id, a.threat.host) == (decision.threat.id, decision.threat.host);
            let known = alerts.iter().rposition(|a| same(a) && a.threat.t <= decision.t);
            decision.alert = known.map(|at| at as u32);
        }
        let beliefs = trace.beliefs.into_iter().map(|(time, host, known)| Belief {
            t: ms(time),
            host: host.0,
            status: known.status.map_or("none", mats_core::ThreatStatus::name),
            open: known.open,
            severity: known.severity.map_or("info", mats_core::Severity::name),
            isolated: known.isolated,
            down: known.down,
        });
        let cents = |x: f64| (x * 1000.0).round() / 1000.0;
        DefenderTrace {
            defender: self.spec.name().to_owned(),
            truthful,
            decides_by: recorder.decides_by(),
            row: played.episode,
            check: Check::NoRow,
            campaigns: campaigns(world, played.campaigns, &names),
            holds: holds(world),
            touches: touches(world),
            telemetry: trace.telemetry,
            alerts,
            beliefs: beliefs.collect(),
            decisions,
            rules: std::mem::take(&mut recorder.rules),
            costs: trace
                .costs
                .into_iter()
                .map(|(time, [damage, disruption, actions])| {
                    (ms(time), cents(damage), cents(disruption), cents(actions))
                })
                .collect(),
            records,
            without_records,
        }
    }
}

/// Alerts, the records they refer to, and how many alerts had to go without.
fn alerts(
    world: &World,
    told: Vec<(mats_core::ThreatIntel, super::evidence::Chosen)>,
    names: &Names<'_>,
    truthful: bool,
) -> (Vec<Alert>, Vec<RecordShown>, usize) {
    let mut pool: BTreeMap<u64, Numbered> = BTreeMap::new();
    let mut without = 0;
    let mut kept = Vec::with_capacity(told.len());
    for (_, chosen) in &told {
        let room = pool.len() + chosen.records.len() <= MAX_RECORDS;
        without += usize::from(!room);
        if room {
            pool.extend(chosen.records.iter().map(|(n, _)| (n.id, *n)));
        }
        kept.push(room);
    }
    let places: BTreeMap<u64, u32> = pool.keys().enumerate().map(|(i, &id)| (id, i as u32)).collect();
    let alerts = told.into_iter().zip(kept).map(|((intel, chosen), kept)| Alert {
        guilty: is_guilty(world, intel.host, intel.time),
        threat: threat(&intel, names, truthful),
        records: chosen.records.iter().filter(|_| kept).map(|(n, mask)| (places[&n.id], *mask)).collect(),
        of: chosen.of,
    });
    (alerts.collect(), pool.values().map(|n| record(n, names)).collect(), without)
}

fn record(n: &Numbered, names: &Names<'_>) -> RecordShown {
    let (file, cells) = render(&n.record, names);
    RecordShown {
        id: n.id,
        t: ms(n.record.time),
        arrival: ms(n.record.arrival),
        host: n.record.host.0,
        file: file as u8,
        cells,
        step: n.label.campaign_step(),
    }
}

/// Tells whether an attacker held a machine at a moment, or touched it shortly before.
fn is_guilty(world: &World, host: HostId, at: SimTime) -> bool {
    let held = world.compromise_intervals().iter().any(|h| h.host == host && h.from <= at && at < h.until);
    let near = |t: SimTime| t <= at && at.since(t) <= RECENT;
    held || world.malicious_activities().iter().any(|t| t.host == host && near(t.time))
}

/// Names the kinds of access there are.
fn words(access: Access) -> String {
    let kinds = [
        (access.foothold, "foothold"),
        (access.siege, "siege"),
        (access.credential, "password"),
        (access.persistence, "persistence"),
        (access.cut_off, "some cut off"),
    ];
    let there: Vec<&str> = kinds.into_iter().filter(|kind| kind.0).map(|kind| kind.1).collect();
    if there.is_empty() { "nothing".to_owned() } else { there.join(", ") }
}

fn campaigns(
    world: &World,
    rows: Vec<crate::results::rows::CampaignRow>,
    names: &Names<'_>,
) -> Vec<CampaignStory> {
    let reports = world.campaigns().zip(world.attackers());
    reports
        .zip(rows)
        .map(|((report, attacker), row)| CampaignStory {
            attack: report.attack,
            onset: ms(report.onset),
            ended: ms(fate(world, &report).last_access.unwrap_or_default().max(report.last_attempt)),
            access: report
                .access
                .iter()
                .map(|&(t, access)| AccessStory { t: ms(t), has: words(access) })
                .collect(),
            row,
            tried: attacker
                .tried
                .iter()
                .map(|t| TriedStory {
                    step: t.step,
                    from: t.from.map(|h| h.0),
                    target: t.target.0,
                    account: t.account.and_then(|u| names.user(u)).map(std::borrow::Cow::into_owned),
                    begun: ms(t.begun),
                    ended: t.ended.map(|(time, _)| ms(time)),
                    how: t.ended.map_or("under way", |(_, ending)| ending.name()),
                })
                .collect(),
        })
        .collect()
}

fn holds(world: &World) -> Vec<HoldStory> {
    let end = world.horizon();
    let hold = |h: &mats_sim::truth::CompromiseInterval| HoldStory {
        host: h.host.0,
        campaign: h.campaign,
        from: ms(h.from),
        until: ms(h.until.min(end)),
    };
    world.compromise_intervals().iter().map(hold).collect()
}

/// Touches, once a machine, campaign and minute.
fn touches(world: &World) -> Vec<(u64, u32, u32)> {
    let mut all: Vec<(u64, u32, u32)> = world
        .malicious_activities()
        .iter()
        .filter_map(|t| Some((ms(t.time), t.host.0, t.label.campaign_step()?.0)))
        .filter(|t| t.0 <= ms(world.horizon()))
        .collect();
    all.sort_unstable();
    let mut last: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    all.retain(|&(t, host, campaign)| {
        let minute = t / 60_000;
        last.insert((host, campaign), minute) != Some(minute)
    });
    all
}
