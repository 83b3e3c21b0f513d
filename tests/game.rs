//! The rules of the defence game.

use crate::support::{
    Moment, SMALL, agent, plan, play_randomly, scenario, small_detector, truthful, tutorial_detector, watched,
};
use mats_core::{Action, Duration, HostId, Severity, SimTime, ThreatId, ThreatStatus};
use mats_gym::{DefenceGame, GameSettings, ThreatSource, Tick, TickObserver};
use mats_respond::Guardrails;
use mats_rl::{CheckSettings, Env, check_env};
use mats_scenario::Scenario;
use mats_sim::{CostKind, Label, Plan, World};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The tutorial, changed.
fn tutorial(change: impl FnOnce(&mut Scenario)) -> Arc<Plan> {
    let mut scenario = scenario("tutorial");
    change(&mut scenario);
    Arc::new(Plan::new(scenario))
}

fn check(game: &mut dyn Env, name: &str, episodes: u64) {
    let settings = CheckSettings { episodes, decisions: 8_000, ..CheckSettings::default() };
    match check_env(game, &settings) {
        Ok(report) => {
            assert!(report.terminated == episodes && report.unfinished == 0, "{name}: {report:?}");
            assert_eq!(report.replaced, 0, "{name}: an allowed action was replaced");
            assert!(report.decisions > 5 * episodes, "{name}: hardly anything to decide: {report:?}");
            // All entries are said to be bounded by 1.
            let wide: Vec<_> = report.ranges.iter().filter(|r| r.0 < -1.0 || r.1 > 1.0).collect();
            assert!(wide.is_empty(), "{name}: {wide:?}");
        }
        Err(violations) => {
            let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
            panic!("{name}: {}", all.join("; "));
        }
    }
}

#[test]
fn the_checker_passes_the_tutorial_with_detectors_at_work() {
    let game = &mut watched(&plan("tutorial"), &tutorial_detector(), GameSettings::default());
    check(game, "tutorial", 4);
}

#[test]
fn the_checker_passes_every_shipped_scenario_with_the_truth_told() {
    for &name in SMALL {
        check(&mut truthful(&plan(name)), name, 1);
    }
}

#[test]
fn the_checker_passes_the_largest_scenario_with_detectors_at_work() {
    let plan = plan("ransomware");
    let detector = small_detector(&plan, 5, 0.02);
    check(&mut watched(&plan, &detector, GameSettings::default()), "ransomware", 1);
}

/// Return and cost of an episode.
fn balance(game: &mut DefenceGame, seed: u64) -> (f64, f64) {
    let mut total = 0.0;
    play_randomly(game, seed, |m| total += m.step.map_or(0.0, |s| f64::from(s.reward)));
    (total, game.world().ledger().total())
}

#[test]
fn the_return_without_shaping_is_the_cost() {
    let plan = tutorial(|s| s.reward.shaping = 0.0);
    let game = &mut watched(&plan, &tutorial_detector(), GameSettings::default());
    let mut costs = Vec::new();
    for seed in 0..6 {
        let (total, cost) = balance(game, seed);
        assert!((total + cost).abs() <= 1e-4 * (1.0 + cost), "seed {seed}: return {total}, cost {cost}");
        let ledger = game.world().ledger();
        let kinds = [CostKind::Damage, CostKind::Disruption, CostKind::Expense].map(|k| ledger.of(k));
        assert!((kinds.iter().sum::<f64>() - cost).abs() <= 1e-9 * (1.0 + cost));
        assert!(kinds[1] > 0.0 && kinds[2] > 0.0, "a random defender disturbs people: {kinds:?}");
        costs.push(cost);
    }
    assert!(costs.iter().any(|&c| (c - costs[0]).abs() > 1.0), "all episodes cost the same: {costs:?}");
}

#[test]
fn shaping_moves_rewards_but_neither_the_discounted_nor_the_undiscounted_return() {
    // Undiscounted where τ is endless; discounted as the learner does it where it is not.
    for tau in [1e300, 24.0] {
        let plans =
            [1.0, 0.0].map(|shaping| tutorial(|s| (s.reward.shaping, s.reward.tau_hours) = (shaping, tau)));
        let mut moved = 0;
        for seed in 0..4 {
            let [shaped, plain] = plans.each_ref().map(|plan| {
                let game = &mut watched(plan, &tutorial_detector(), GameSettings::default());
                let mut steps = Vec::new();
                play_randomly(game, seed, |m| steps.extend(m.step));
                steps
            });
            let (mut hours, mut difference, mut size) = (0.0, 0.0, 1.0);
            assert_eq!(shaped.len(), plain.len());
            for (a, b) in shaped.iter().zip(&plain) {
                assert_eq!((a.executed, a.elapsed), (b.executed, b.elapsed));
                let weight: f64 = (-hours / tau).exp();
                difference += weight * f64::from(a.reward - b.reward);
                size += f64::from(b.reward.abs().max(a.reward.abs()));
                hours += a.elapsed;
                moved += u32::from((a.reward - b.reward).abs() > 0.1);
            }
            assert!(difference.abs() <= 1e-4 * size, "τ {tau}, seed {seed}: {difference} over {size}");
        }
        assert!(moved > 10, "shaping shows in {moved} rewards only");
    }
}

/// Returns everything that a defender is shown in an episode, as bits.
fn shown<W: TickObserver + Send>(game: &mut DefenceGame<W>, seed: u64) -> Vec<u64> {
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0f32; spec.observation], vec![false; spec.actions]);
    let mut all = Vec::new();
    let mut note = |observation: &[f32], mask: &[bool], now: SimTime, elapsed: f64| {
        all.extend(observation.iter().map(|x| u64::from(x.to_bits())));
        all.extend(mask.iter().map(|&m| u64::from(m)));
        all.extend([now.0, elapsed.to_bits()]);
    };
    game.reset(seed, &mut observation, &mut mask);
    note(&observation, &mask, game.view().now(), 0.0);
    for turn in 0.. {
        // Any rule that looks at the mask only: the same choices as long as the same is shown.
        let allowed: Vec<usize> = (0..spec.actions).filter(|&a| mask[a]).collect();
        let step = game.step(allowed[turn * 7 % allowed.len()], &mut observation, &mut mask);
        note(&observation, &mask, game.view().now(), step.elapsed);
        if step.ended() {
            break;
        }
    }
    all
}

/// Counts the labels it sees.
#[derive(Default)]
struct Labels {
    benign: usize,
    malicious: usize,
}

impl TickObserver for Labels {
    fn begin(&mut self, _: u64) {
        *self = Labels::default();
    }
    fn tick(&mut self, _: &World, _: &mut ThreatSource, seen: &Tick<'_>) {
        let benign = seen.telemetry.labels.iter().filter(|&&l| l == Label::BENIGN).count();
        self.benign += benign;
        self.malicious += seen.telemetry.labels.len() - benign;
    }
}

fn swap(labels: &mut [Label]) {
    for label in labels {
        *label = if *label == Label::BENIGN { Label::of(0, 0) } else { Label::BENIGN };
    }
}

#[test]
fn swapped_truth_labels_change_nothing_that_a_defender_sees() {
    let plan = plan("tutorial");
    let game = |relabel| {
        let settings = GameSettings { relabel, ..GameSettings::default() };
        DefenceGame::with_observer(&plan, agent(&plan, &tutorial_detector()), settings, Labels::default())
    };
    let (mut honest, mut lying) = (game(None), game(Some(swap as fn(&mut [Label]))));
    let mut attacks = 0;
    for seed in 0..5 {
        let truth = shown(&mut honest, seed);
        assert!(truth == shown(&mut lying, seed), "seed {seed}: a label shows");
        let (a, b) = (&honest.tick_observer, &lying.tick_observer);
        assert_eq!((a.benign, a.malicious), (b.malicious, b.benign), "the labels were not swapped");
        attacks += usize::from(a.malicious > 0);
    }
    assert!(attacks > 0, "no seed with an attack");
    assert!(shown(&mut honest, 0) != shown(&mut honest, 1), "the comparison sees nothing");
}

#[test]
fn a_threat_is_not_presented_twice_at_an_instant_and_time_goes_on() {
    let plan = plan("tutorial");
    let hosts = plan.scenario.hosts.len();
    for game in [watched(&plan, &tutorial_detector(), GameSettings::default()), truthful(&plan)] {
        let (mut game, mut presented) = (game, BTreeSet::new());
        for seed in 0..4 {
            let mut last: BTreeMap<HostId, SimTime> = BTreeMap::new();
            let (mut still, mut hours) = (0, 0.0);
            play_randomly(&mut game, seed, |m: Moment<'_>| {
                let elapsed = m.step.map_or(1.0, |s| s.elapsed);
                hours += m.step.map_or(0.0, |s| s.elapsed);
                still = if elapsed > 0.0 { 0 } else { still + 1 };
                assert!(still <= hosts, "seed {seed}: {still} decisions at {}", m.game.view().now());
                if m.is_end() {
                    return;
                }
                let (host, now) = (m.game.view().pending().intel.host, m.game.view().now());
                let before = last.insert(host, now);
                assert!(before.is_none_or(|t| t < now), "seed {seed}: {host:?} twice at {now}");
            });
            presented.extend(last.into_keys());
            assert!(hours <= plan.scenario.horizon.hours() + 1e-6);
            assert_eq!(game.world().now(), game.world().horizon());
        }
        assert!(presented.len() > 1, "only one machine was ever presented");
    }
}

#[test]
fn a_threat_left_alone_is_not_presented_again_before_the_least_interval() {
    let plan = plan("tutorial");
    let gap = plan.scenario.response.min_interval;
    for mut game in [watched(&plan, &tutorial_detector(), GameSettings::default()), truthful(&plan)] {
        let spec = game.spec();
        let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
        let mut again = 0;
        for seed in 0..8 {
            game.reset(seed, &mut observation, &mut mask);
            // Another threat on the same machine is news, whenever it comes; so is a suspicion met on patrol that
            // has become an alert.
            let mut last: BTreeMap<(HostId, ThreatId), (SimTime, bool)> = BTreeMap::new();
            loop {
                let (intel, now) = (game.view().pending().intel, game.view().now());
                let alerted = intel.severity > Severity::Info;
                let before = last.insert((intel.host, intel.id), (now, alerted));
                if let Some((before, _)) = before.filter(|b| b.1 || !alerted) {
                    let wait = now.since(before);
                    assert!(wait >= gap, "seed {seed}, {now}: again after {} s: {intel:?}", wait.seconds());
                    again += 1;
                }
                if game.step(Action::Monitor as usize, &mut observation, &mut mask).ended() {
                    break;
                }
            }
        }
        assert!(again > 5, "nothing was ever presented again");
    }
}

#[test]
fn machines_that_must_not_be_isolated_never_are() {
    let plan = tutorial(|s| {
        // Half of the machines, so that a random player comes across them often.
        for host in s.inventory.hosts.iter_mut().step_by(2) {
            host.never_isolate = true;
        }
    });
    let inventory = &plan.scenario.inventory;
    let mut game = watched(&plan, &tutorial_detector(), GameSettings::default());
    let (mut protected, mut isolated) = (0, 0);
    for seed in 0..10 {
        play_randomly(&mut game, seed, |m| {
            if m.is_end() {
                return;
            }
            let host = m.game.view().pending().intel.host;
            if inventory.host(host).never_isolate {
                protected += 1;
                assert!(!m.mask[Action::IsolateHost as usize] && !m.mask[Action::ReimageHost as usize]);
            }
        });
        for result in game.history().iter().filter(|r| r.order.action == Action::IsolateHost) {
            isolated += 1;
            assert!(!inventory.host(result.order.target.host).never_isolate, "seed {seed}: {result:?}");
        }
        for host in (0..inventory.hosts.len() as u32).map(HostId) {
            assert!(!(inventory.host(host).never_isolate && game.world().posture().is_isolated(host)));
        }
    }
    assert!(protected > 5 && isolated > 5, "{protected} decisions, {isolated} isolations");
}

#[test]
fn an_action_that_the_mask_forbids_becomes_monitoring() {
    let plan = tutorial(|s| s.inventory.hosts.iter_mut().for_each(|h| h.never_isolate = true));
    let mut game = watched(&plan, &tutorial_detector(), GameSettings::default());
    let spec = game.spec();
    let (mut observation, mut mask) = (vec![0.0; spec.observation], vec![false; spec.actions]);
    game.reset(1, &mut observation, &mut mask);
    loop {
        let step = game.step(Action::IsolateHost as usize, &mut observation, &mut mask);
        assert_eq!(Action::ALL[step.executed], Action::Monitor);
        if step.ended() {
            break;
        }
    }
    assert!(game.history().is_empty(), "something was ordered: {:?}", game.history());
}

#[test]
fn no_hour_holds_more_disruptive_actions_than_allowed() {
    const LIMIT: u32 = 2;
    let most = |limit: u32| {
        let plan = tutorial(|s| s.response.max_per_hour = limit);
        let mut game = watched(&plan, &tutorial_detector(), GameSettings::default());
        let mut most = 0;
        for seed in 0..4 {
            let mut times: Vec<SimTime> = Vec::new();
            let mut decided = SimTime::ZERO;
            play_randomly(&mut game, seed, |m| {
                if m.executed().is_some_and(Guardrails::disruptive) {
                    times.push(decided);
                }
                decided = m.game.view().now();
            });
            for (i, &t) in times.iter().enumerate() {
                let within = times[i..].iter().filter(|u| u.since(t) < Duration::from_hours(1)).count();
                most = most.max(within as u32);
            }
        }
        most
    };
    assert_eq!(most(LIMIT), LIMIT);
    assert!(most(1000) > LIMIT, "a random player does not reach the limit anyway");
}

#[test]
fn what_needs_approval_is_only_done_to_verified_threats() {
    let plan = plan("tutorial");
    assert!(plan.scenario.response.approval.contains(&Action::ReimageHost));
    let mut game = watched(&plan, &tutorial_detector(), GameSettings::default());
    let (mut rebuilt, mut refused) = (0, 0);
    for seed in 0..8 {
        let mut status = ThreatStatus::Fresh;
        play_randomly(&mut game, seed, |m| {
            if m.executed() == Some(Action::ReimageHost) {
                rebuilt += 1;
                let found_nothing =
                    matches!(status, ThreatStatus::Fresh | ThreatStatus::Watched | ThreatStatus::Cleared);
                assert!(!found_nothing, "seed {seed}: rebuilt while {status:?}");
            }
            if !m.is_end() {
                status = m.game.view().pending().status();
                refused += u32::from(!m.mask[Action::ReimageHost as usize]);
            }
        });
    }
    assert!(rebuilt > 0 && refused > 0, "{rebuilt} rebuilt, {refused} times refused");
}

#[test]
fn a_cap_truncates_and_only_a_cap_does() {
    let plan = plan("tutorial");
    let mut game =
        watched(&plan, &tutorial_detector(), GameSettings { cap: Some(5), ..GameSettings::default() });
    let mut ends = Vec::new();
    play_randomly(&mut game, 1, |m| ends.extend(m.step.map(|s| (s.terminated, s.truncated))));
    assert_eq!(ends, [(false, false), (false, false), (false, false), (false, false), (false, true)]);
    let mut game = watched(&plan, &tutorial_detector(), GameSettings::default());
    let mut last = None;
    play_randomly(&mut game, 1, |m| last = m.step);
    assert!(last.is_some_and(|s| s.terminated && !s.truncated));
}
