//! The whole training in a world of a few lines: eight verified threats a game, severe or not. Killing the program is
//! worth most where a threat is severe, watching where it is not; the playbook isolates. What is learnt is known
//! beforehand, so that a mistake in learning and one in the simulator cannot be confused.

use mats_core::random::Stream;
use mats_core::{
    Action, ActionMask, AssetClass, Evidence, Explanation, HostId, HostInfo, Inventory, News, Os, PolicyKey,
    Severity, SimTime, SubnetId, ThreatId, ThreatIntel, ThreatKind, ThreatStatus, UserId,
};
use mats_detect::{Collector, Detector, Examples, Window};
use mats_learn::progress::{Listener, Progress};
use mats_learn::seeds::Purpose;
use mats_learn::{
    Agents, Arena, Choose, Contest, Decisions, DistilSettings, Game, GatherSettings, Keep, Outcomes, Played,
    RefineSettings, Round, Search, SearchSettings, TrainError, TrainSettings, TrainingLog, best_rule, search,
    train,
};
use mats_respond::{Decision, Defender, Episode, ResponseAgent};
use mats_rl::{Env, Pending, Spec, Step, VecEnv};
use std::sync::Arc;

const DECISIONS: usize = 8;
const SPEC: Spec = Spec { observation: 3, actions: Action::COUNT };

/// A game: its seed says which threats are severe.
#[derive(Clone, Default)]
struct Threats {
    seed: u64,
    met: usize,
    cost: f64,
    shares: [(u32, f32); 1],
}

impl Threats {
    fn is_severe(&self) -> bool {
        Stream::new(self.seed, 1, 0).word(self.met as u64).is_multiple_of(2)
    }

    fn key(&self) -> PolicyKey {
        let severity = if self.is_severe() { Severity::High } else { Severity::Low };
        let (kind, asset) = (ThreatKind::Intrusion, AssetClass::Workstation);
        PolicyKey { kind, severity, asset, status: ThreatStatus::Verified }
    }

    fn price(&self, action: Action) -> f64 {
        match (self.is_severe(), action) {
            (true, Action::KillProcess) => 1.0,
            (true, _) => 5.0,
            (false, Action::Monitor) => 0.0,
            (false, _) => 2.0,
        }
    }

    fn write(&self, observation: &mut [f32], mask: &mut [bool]) {
        let left = (DECISIONS - self.met) as f32 / DECISIONS as f32;
        observation.copy_from_slice(&[f32::from(u8::from(self.is_severe())), left, 1.0]);
        mask.fill(true);
    }
}

impl Env for Threats {
    fn spec(&self) -> Spec {
        SPEC
    }
    fn reset(&mut self, seed: u64, observation: &mut [f32], mask: &mut [bool]) {
        *self = Threats { seed, ..Threats::default() };
        self.write(observation, mask);
    }
    fn step(&mut self, action: usize, observation: &mut [f32], mask: &mut [bool]) -> Step {
        let price = self.price(Action::ALL[action]);
        self.cost += price;
        self.met += 1;
        self.shares = [(0, -price as f32)];
        self.write(observation, mask);
        let terminated = self.met == DECISIONS;
        Step { executed: action, reward: -price as f32, elapsed: 0.1, terminated, truncated: false }
    }
    fn group(&self) -> u32 {
        0
    }
    fn shares(&self) -> &[(u32, f32)] {
        &self.shares
    }
}

/// What a decider is asked.
fn decision<'a>(pending: &Pending<'a, Threats>, intel: &'a ThreatIntel, rng_seed: u64) -> Decision<'a> {
    let Pending { env, observation, mask, episode: number, lane, decision } = *pending;
    let mask = ActionMask(mask.try_into().expect("one flag for each action"));
    let episode = Episode { number, lane, decision, rng_seed };
    Decision { intel, key: env.key(), facts: mats_core::FactSet::NONE, mask, observation, episode }
}

/// Arena where such games are played, with what was asked for.
#[derive(Default)]
struct FewLines {
    installed: usize,
    asked: Vec<(Purpose, bool)>,
}

impl Contest for FewLines {
    fn costs(&mut self, games: &[Game], choose: &Choose<'_>) -> Vec<f64> {
        self.asked.extend(games.iter().map(|game| (game.purpose, false)));
        let seeds: Vec<u64> = games.iter().map(|game| game.seed).collect();
        let mut lanes = VecEnv::new((0..3).map(|_| (Threats::default(), ())));
        let decide = |p: &Pending<'_, Threats>| {
            let intel = intel(p.env.key());
            choose(&decision(p, &intel, seeds[p.episode])) as usize
        };
        lanes.play_forked(&seeds, 2, decide, |lane, _| lane.env.cost)
    }
}

impl Arena for FewLines {
    fn spec(&self) -> Spec {
        SPEC
    }

    fn examples(&mut self, settings: &GatherSettings, _: u64) -> Examples {
        let host = |i: u32| HostInfo {
            name: format!("h{i}"),
            subnet: SubnetId(0),
            os: Os::Windows,
            class: AssetClass::Workstation,
            value: 1.0,
            never_isolate: false,
            owner: UserId::NONE,
        };
        let inventory = Inventory {
            hosts: (0..4).map(host).collect(),
            users: Vec::new(),
            subnets: vec!["lan".to_owned()],
            start_of_day: 0,
        };
        let collector = Collector::new(Arc::new(inventory));
        let mut examples = Examples::new();
        for episode in 0..settings.episodes as u64 {
            let at = |h| collector.sample(HostId(h), SimTime(300_000_000 * (episode + 1)));
            let windows: Vec<Window> =
                (0..4).map(|h| Window { sample: at(h), kind: None, weight: 1.0 }).collect();
            examples.add_episode(&collector, &windows);
        }
        examples
    }

    fn install(&mut self, _: &Arc<Detector>) {
        self.installed += 1;
    }

    fn play(&mut self, games: &[Game], defender: &mut (dyn Defender + 'static), keep: &Keep) -> Round {
        let lessons = matches!(keep, Keep::Lessons(_));
        self.asked.extend(games.iter().map(|game| (game.purpose, lessons)));
        let mut lanes = VecEnv::new((0..3).map(|_| (Threats::default(), ())));
        let decide = |pending: &[Pending<'_, Threats>], actions: &mut [usize]| {
            for (p, action) in pending.iter().zip(actions) {
                let intel = intel(p.env.key());
                let decision = decision(p, &intel, games[p.episode].seed);
                let mut chosen = [Action::Monitor];
                defender.decide(&[decision], &mut chosen);
                *action = ResponseAgent::respond(&intel, chosen[0], &decision.mask).action as usize;
            }
        };
        let played = lanes.play_together(
            games.len(),
            |number| games[number].seed,
            decide,
            |lane, number| {
                let mut again = Threats { seed: games[number].seed, ..Threats::default() };
                let keys = (0..DECISIONS).map(|met| {
                    again.met = met;
                    again.key()
                });
                let decisions = Decisions { trajectory: lane.trajectory.clone(), keys: keys.collect() };
                Played { cost: lane.env.cost, decisions: (*keep != Keep::Costs).then_some(decisions) }
            },
        );
        Round { games: played, outcomes: Outcomes::default(), f1: None }
    }

    fn costs_with_truth(&mut self, games: &[Game]) -> Vec<f64> {
        let cost = |game: &Game| {
            let severe =
                |met: &usize| Threats { seed: game.seed, met: *met, ..Threats::default() }.is_severe();
            (0..DECISIONS).filter(severe).count() as f64
        };
        games.iter().map(cost).collect()
    }
}

fn intel(key: PolicyKey) -> ThreatIntel {
    ThreatIntel {
        id: ThreatId(0),
        time: SimTime::ZERO,
        first_seen: SimTime::ZERO,
        host: HostId(0),
        user: None,
        address: None,
        domain: None,
        image: None,
        kind: key.kind,
        severity: key.severity,
        confidence: 0.9,
        evidence: Evidence::default(),
        explanation: Explanation::default(),
        news: News::New,
        detector: 1,
    }
}

fn settings() -> TrainSettings {
    let mut settings = TrainSettings {
        episodes: 144,
        round: 24,
        updates: 400,
        validation: 12,
        checkpoints: vec![0.6, 1.0],
        checkpoint_validation: 12,
        model_updates: Vec::new(),
        cuts: vec![0.5],
        gather: GatherSettings { episodes: 8, benign_share: 1.0, ..GatherSettings::default() },
        refine: RefineSettings {
            validation: 24,
            starters: 24,
            heat: 4,
            heats: 2,
            distil: DistilSettings { support: 5, actions: 3 },
            ..RefineSettings::default()
        },
        ..TrainSettings::default()
    };
    settings.dqn.hidden = [32, 32];
    settings.dqn.learning_starts = 100;
    settings.dqn.reward_scale = 0.2;
    settings.dqn.epsilon.over = 500;
    (settings.dqn.learning_rate.from, settings.dqn.learning_rate.to) = (3e-3, 3e-4);
    settings
}

fn trained(seed: u64) -> (Agents, TrainingLog, FewLines) {
    let mut arena = FewLines::default();
    let (agents, log) = train(&mut arena, &settings(), seed, &mut ()).expect("nothing is out of range");
    (agents, log, arena)
}

#[test]
fn table_and_network_learn_what_is_known_to_be_best() {
    let (agents, log, _) = trained(1);
    let mut defender = mats_learn::NetworkPolicy::new(Arc::clone(&agents.network));
    let games = Game::several(Purpose::HeldOut, 1, 0..40);
    let mut arena = FewLines::default();
    let best = arena.costs_with_truth(&games);
    let mut playbook = ResponseAgent::new(mats_respond::PolicyTable::playbook());
    let mut cost = |defender: &mut (dyn Defender + 'static)| arena.play(&games, defender, &Keep::Costs);
    let untaught = cost(&mut playbook).mean_cost();
    let least = best.iter().sum::<f64>() / best.len() as f64;
    assert!(untaught > 4.0 * least, "there is something to learn: {untaught}, {least}");
    let share = (untaught - cost(&mut defender).mean_cost()) / (untaught - least);
    assert!(share > 0.85, "the network avoids {share} of what can be avoided");
    assert_eq!(cost(&mut ResponseAgent::new(agents.table)).costs(), best, "the table is perfect");
    let changed: Vec<_> = log.changes.iter().map(|c| (c.key.severity, c.after[0])).collect();
    assert!(changed.contains(&(Severity::High, Action::KillProcess)), "{changed:?}");
    assert!(log.changes.iter().all(|c| c.saved > c.saved_error && c.replayed <= c.validation));
    let last = log.curve.last().expect("six rounds");
    assert_eq!((log.curve.len(), last.episode, last.updates), (6, 144, 5 * 400));
    assert!(last.score > log.curve[0].score, "{:?}", log.curve);
}

#[test]
fn lessons_are_training_games_and_nobody_looks_at_those_that_report() {
    let (_, _, arena) = trained(2);
    assert_eq!(arena.installed, 1);
    for (purpose, lessons) in arena.asked {
        match purpose {
            Purpose::Train => assert!(lessons),
            Purpose::Validate => assert!(!lessons),
            other => panic!("a game was played to {other:?}"),
        }
    }
}

#[test]
fn the_same_seed_learns_the_same() {
    let [(a, log_a, _), (b, log_b, _)] = [trained(3), trained(3)];
    assert!(log_a == log_b && a.table == b.table && a.network == b.network);
    let (c, log_c, _) = trained(4);
    assert!(log_a != log_c || a.network != c.network);
}

#[test]
fn whoever_listens_can_stop_it() {
    struct Patience(u32);
    impl Listener for Patience {
        fn on_progress(&mut self, _: Progress) -> bool {
            self.0 = self.0.saturating_sub(1);
            self.0 > 0
        }
    }
    for patience in [1, 2, 4, 9, 14] {
        let stopped = train(&mut FewLines::default(), &settings(), 1, &mut Patience(patience));
        assert!(matches!(stopped, Err(TrainError::Interrupted)), "{patience}");
    }
}

#[test]
fn a_training_that_diverges_says_so_and_fails() {
    // What no range lets through, but a program may ask for.
    for rate in [1e18, f32::MAX] {
        let mut settings = settings();
        (settings.dqn.learning_rate.from, settings.dqn.learning_rate.to) = (rate, rate);
        let diverged = train(&mut FewLines::default(), &settings, 1, &mut ());
        let Err(error @ TrainError::Diverged { updates }) = diverged else {
            panic!("it went on with {rate}")
        };
        assert!(updates > 0 && error.to_string().contains("lower `train.dqn.learning_rate`"), "{error}");
    }
}

#[test]
fn tables_are_found_by_search_alone_small_or_full_and_found_again() {
    let key = |severity| PolicyKey {
        kind: ThreatKind::Intrusion,
        severity,
        asset: AssetClass::Workstation,
        status: ThreatStatus::Verified,
    };
    let settings = SearchSettings { games: 8192, rounds: 8, validation: 16 };
    for what in Search::ALL {
        let find = |seed| {
            search(&mut FewLines::default(), what, &settings, seed, &mut ()).expect("nobody interrupts")
        };
        let table = find(1);
        assert_eq!(table, find(1), "the same seed finds the same table");
        let compiled = table.compile();
        let first = |severity| compiled.ranking(key(severity)).first().copied();
        assert_eq!(first(Severity::High), Some(Action::KillProcess), "{}", table.to_toml());
        assert_eq!(first(Severity::Low), Some(Action::Monitor), "{}", table.to_toml());
    }
}

#[test]
fn the_best_rule_is_chosen_on_validation_games() {
    let always = |action: Action| -> Box<mats_learn::choose::Decide<'static>> { Box::new(move |_| action) };
    let severe: Box<mats_learn::choose::Decide<'static>> =
        Box::new(|d| if d.key.severity == Severity::High { Action::KillProcess } else { Action::Monitor });
    let rules = [always(Action::Monitor), always(Action::KillProcess), severe, always(Action::IsolateHost)];
    let mut arena = FewLines::default();
    let best = best_rule(&mut arena, &rules, 16, 1, &mut ()).expect("nobody interrupts");
    assert_eq!(best, Some(2));
    assert!(arena.asked.iter().all(|(purpose, _)| *purpose == Purpose::Validate));
    let alone = best_rule(&mut arena, &rules[..1], 16, 1, &mut ()).expect("nobody interrupts");
    assert_eq!(
        (alone, best_rule(&mut arena, &[], 16, 1, &mut ()).expect("nobody interrupts")),
        (Some(0), None)
    );
}

#[test]
fn a_search_plays_no_more_games_than_it_may_and_stops_when_asked() {
    struct Deaf;
    impl Listener for Deaf {
        fn on_progress(&mut self, _: Progress) -> bool {
            false
        }
    }
    let settings = SearchSettings::default();
    let mut arena = FewLines::default();
    search(&mut arena, Search::SmallTable, &settings, 1, &mut ()).expect("nobody interrupts");
    assert!(arena.asked.len() <= settings.games, "{} games", arena.asked.len());
    assert!(arena.asked.iter().all(|(purpose, _)| *purpose == Purpose::Validate));
    let stopped = search(&mut arena, Search::SmallTable, &settings, 1, &mut Deaf);
    assert!(matches!(stopped, Err(TrainError::Interrupted)));
}
