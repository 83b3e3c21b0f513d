//! One scripted attack, followed through every room of the house. Read it from top to bottom as a guided tour; the
//! snapshots show the value that leaves each room.
//!
//! ```text
//! scenario ► world ► record ► features ► judgement ► ThreatIntel ► Decision ► Action ► Order ► ActionResult ► containment
//!            └─ games that the Learning Agent asks for ► trajectories ► DQN ► PolicyRefinement
//!                                                        findings, audits ► ModelUpdate
//!                                                        truth beside it all ► metrics
//! ```

use crate::support::{agent, small_detector};
use insta::assert_snapshot;
use mats_core::{Action, ActionMask, AssetClass, Body, HostId, PolicyKey, SimTime, ThreatIntel};
use mats_detect::features::columns;
use mats_detect::{Collector, Detector, FEATURES, FeatureRow};
use mats_gym::{DefenceGame, GameSettings};
use mats_lab::arena::ScenarioArena;
use mats_lab::defender::{Contestant, play};
use mats_lab::gather::{GatherSettings, gather};
use mats_lab::recorder::Recorder;
use mats_learn::agent::propose;
use mats_learn::distill::refinement;
use mats_learn::seeds::Purpose;
use mats_learn::{Arena, AuditSettings, Decisions, DistilSettings, Keep, LearningAgent, Round};
use mats_respond::{Decision, Policy, PolicyTable, ResponseAgent};
use mats_results::metrics::incident::{Detection, IncidentCounts};
use mats_rl::{DqnSettings, Lane, Observer, Step, VecEnv};
use mats_sim::{Access, CostKind, Label, Plan, Telemetry, World};
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

/// An episode in which the detectors see the attack in time; in others they come late.
const SEED: u64 = 0;

/// Six machines; at about ten o'clock somebody at `desk-01` opens a mail that should have stayed closed. Nothing is
/// left to luck: sensors see everything, every step succeeds in the end, analysts never err.
const SCENARIO: &str = r#"
[scenario]
name = "flow"
horizon_hours = 9.0
start = "08:00"

[[subnet]]
name = "office"
[[subnet]]
name = "servers"

[[host]]
name = "desk"
count = 4
subnet = "office"
role = "workstation"
[[host]]
name = "files"
subnet = "servers"
role = "file-server"
[[host]]
name = "directory"
subnet = "servers"
role = "domain-controller"
never_isolate = true

[[link]]
from = "office"
to = "servers"
services = ["smb", "dns", "kerberos", "ldap", "rdp"]

[[user]]
name = "clerk"
count = 3
role = "office"
hosts = "desk"
[[user]]
name = "administrator"
role = "administrator"
hosts = "desk-04"

[campaigns]
count = [0, 1]                  # always exactly one
onset_hours = [2.0, 2.5]

[[attack]]
name = "mail-to-loot"
skill = [2.0, 2.0]
stealth = [0.7, 0.7]
reentries = 0
caution = [0.0, 0.0]

[[attack.step]]
id = "mail"
technique = "T1566.001"
target = { hosts = ["desk-01"] }
success = 1.0
retries = 50
[[attack.step]]
id = "look-around"
technique = "T1046"
after = ["mail"]
target = { hosts = ["files"] }
success = 1.0
retries = 50
[[attack.step]]
id = "read-files"
technique = "T1039"
after = ["look-around"]
target = { hosts = ["files"] }
success = 1.0
retries = 50
pause_minutes = 300.0             # it takes its time before it carries anything out
damage = 2.0
[[attack.step]]
id = "carry-out"
technique = "T1041"
after = ["read-files"]
success = 1.0
retries = 50
pause_minutes = 20.0
damage = 40.0
objective = true

[sensors]
flows = { coverage = 1.0, delay_seconds = 1.0 }
events = { coverage = 1.0, delay_seconds = 1.0 }
logins = { coverage = 1.0, delay_seconds = 1.0 }
config = { coverage = 1.0, delay_seconds = 1.0 }

[response]
analyst_error = 0.0
scan_detects = 1.0
scan_false = 0.0

[response.actions]
isolate_host = { minutes = 3.0, failure = 0.0, cost = 0.2 }
"#;

fn plan() -> Arc<Plan> {
    let scenario =
        mats_scenario::parse(SCENARIO, "flow.toml").unwrap_or_else(|mistakes| panic!("{mistakes}"));
    Arc::new(Plan::new(scenario))
}

/// Detectors fitted to other episodes of the same network.
fn detector() -> Arc<Detector> {
    static DETECTOR: OnceLock<Arc<Detector>> = OnceLock::new();
    Arc::clone(DETECTOR.get_or_init(|| small_detector(&plan(), 24, 0.2)))
}

fn attacked() -> HostId {
    HostId(0)
}

#[test]
fn room_1_the_scenario_is_read_and_compiled() {
    let plan = plan();
    let mut text = String::new();
    for (i, host) in plan.scenario.inventory.hosts.iter().enumerate() {
        writeln!(text, "{i} {} {} worth {}", host.name, host.class.name(), host.value).unwrap();
    }
    for step in &plan.scenario.attacks[0].steps {
        let technique = &plan.scenario.techniques[step.technique];
        writeln!(text, "{} = {} {}, after {:?}", step.id, technique.id, technique.kind.name(), step.after)
            .unwrap();
    }
    assert_snapshot!(text, @r#"
    0 desk-01 workstation worth 1
    1 desk-02 workstation worth 1
    2 desk-03 workstation worth 1
    3 desk-04 workstation worth 1
    4 files server worth 5
    5 directory critical worth 12
    mail = T1566.001 intrusion, after []
    look-around = T1046 movement, after [0]
    read-files = T1039 exfiltration, after [1]
    carry-out = T1041 exfiltration, after [2]
    "#);
}

#[test]
fn room_2_the_world_shows_records_and_keeps_the_truth_apart() {
    let mut world = World::new(plan());
    let telemetry = crate::support::undefended(&mut world, SEED);
    let red: Vec<_> =
        telemetry.records.iter().zip(&telemetry.labels).filter(|(_, l)| **l != Label::BENIGN).collect();
    let mut text = String::new();
    for (record, label) in red.iter().take(6) {
        let what = match record.body {
            Body::Flow(f) => format!("flow {:?} to {}", f.service, f.peer),
            Body::Event(e) => format!("event {:?} {:?} from {:?}", e.code, e.image, e.parent),
            other => format!("{other:?}"),
        };
        writeln!(
            text,
            "{} host {} {what}: campaign and step {:?}",
            record.time,
            record.host.0,
            label.campaign_step()
        )
        .unwrap();
    }
    assert_snapshot!(text, @r#"
    02:14:01 host 0 flow Dns to 10.0.0.6: campaign and step Some((0, 0))
    02:14:01 host 0 flow Http to 24.166.237.214: campaign and step Some((0, 0))
    02:14:41 host 0 event ProcessCreate OfficeWriter from MailClient: campaign and step Some((0, 0))
    02:14:41 host 0 flow Imap to 42.68.119.79: campaign and step Some((0, 0))
    02:15:34 host 0 flow Dns to 10.0.0.6: campaign and step Some((0, 0))
    02:15:34 host 0 flow Tls to 24.166.237.214: campaign and step Some((0, 0))
    "#);
    // Undefended, the attacker gets what it came for.
    let report = world.campaigns().next().expect("there is always a campaign");
    assert!(report.objective.is_some() && report.goal_share >= 0.5);
    assert!(world.ledger().of(CostKind::Damage) >= 42.0);
    assert_eq!(world.ledger().of(CostKind::Disruption), 0.0);
}

/// The attacked and an idle machine as a detector sees them at a time of the undefended episode.
fn rows(at: SimTime) -> [(FeatureRow, f32); 2] {
    let plan = plan();
    let mut world = World::new(Arc::clone(&plan));
    let mut collector = Collector::new(Arc::new(plan.scenario.inventory.clone()));
    let mut telemetry = Telemetry::default();
    world.reset(SEED);
    world.advance(at, &mut telemetry);
    collector.observe(&telemetry.records);
    [attacked(), HostId(2)].map(|host| {
        let sample = collector.sample(host, at);
        (sample.row, sample.indicator)
    })
}

/// Returns when the attacker has looked around, read files and not yet carried anything out.
fn after_reading() -> SimTime {
    let mut world = World::new(plan());
    let _ = crate::support::undefended(&mut world, SEED);
    let last = |step| {
        let touches = world
            .malicious_activities()
            .iter()
            .filter(|t| t.label == Label::of(0, step) && t.host == attacked());
        touches.map(|t| t.time).max().expect("the step was carried out")
    };
    last(1)
}

#[test]
fn room_3_records_become_features() {
    let [(red, _), (green, _)] = rows(after_reading());
    let mut text = String::new();
    for (i, column) in mats_detect::features::columns::COLUMNS.iter().enumerate().take(FEATURES) {
        if red[i] > 2.0 * green[i] + 0.5 {
            writeln!(
                text,
                "{}: {:.1} on the attacked machine, {:.1} on another",
                column.name, red[i], green[i]
            )
            .unwrap();
        }
    }
    assert_snapshot!(text, @r#"
    flows_out: 7.2 on the attacked machine, 2.3 on another
    failed_flows: 5.3 on the attacked machine, 0.0 on another
    admin_out: 4.2 on the attacked machine, 0.6 on another
    shared: 1.0 on the attacked machine, 0.1 on another
    scripts: 5.3 on the attacked machine, 2.3 on another
    odd_parents: 2.6 on the attacked machine, 0.7 on another
    rare_tools: 0.9 on the attacked machine, 0.0 on another
    deleted: 7.6 on the attacked machine, 0.0 on another
    new_place: 0.8 on the attacked machine, 0.0 on another
    "#);
}

#[test]
fn room_4_features_become_a_judgement() {
    let detector = detector();
    let [red, green] =
        rows(after_reading()).map(|(row, indicator)| detector.judge_fully(&row, 0.0, indicator));
    assert!(red.fused > 0.5 && green.fused < 0.1, "{red:?} {green:?}");
    assert!(red.evidence.forest > green.evidence.forest && red.evidence.anomaly > green.evidence.anomaly);
    assert!(red.votes.malicious() >= 0.5 && green.votes.malicious() < 0.5, "{red:?} {green:?}");
}

/// Results from the rooms of a defended episode.
struct Tour {
    /// One line per decision about the attacked machine, and per order that ended there.
    log: String,
    first_key: PolicyKey,
    objective: Option<SimTime>,
    first_success: SimTime,
    /// The last change of its access.
    access: (SimTime, Access),
    is_compromised: bool,
    damage: f64,
    expense: f64,
    judged: (IncidentCounts, Vec<Detection>),
}

/// Looks on as the game is played, and writes down what concerns the attacked machine until the attacker is out.
#[derive(Default)]
struct Guide {
    log: String,
    first_key: Option<PolicyKey>,
    told: usize,
    over: bool,
}

type Game = DefenceGame<Recorder>;

impl Observer<Game> for Guide {
    fn decided(&mut self, game: &Game, _: &[f32], _: &[bool], action: usize) {
        let (intel, key) = (game.view().pending().intel, game.view().key());
        let begun = game.world().malicious_activities().first().is_some_and(|t| t.time <= game.world().now());
        if intel.host != attacked() || !begun || self.over {
            return;
        }
        let PolicyKey { kind, severity, asset, status } = key;
        let (kind, severity, asset, status) = (kind.name(), severity.name(), asset.name(), status.name());
        let action = Action::ALL[action].name();
        writeln!(self.log, "{} {kind} {severity} {asset} {status} -> {action}", game.world().now()).unwrap();
        if self.first_key.replace(self.first_key.unwrap_or(key)).is_none() {
            writeln!(self.log, "{}", because(&intel)).unwrap();
        }
    }

    fn stepped(&mut self, game: &Game, _: &Step) {
        let history = game.history();
        for result in &history[self.told..] {
            if result.order.target.host == attacked() && self.first_key.is_some() && !self.over {
                let (action, found) = (result.order.action.name(), result.finding);
                writeln!(self.log, "{} {action}: {:?}, found {found:?}", result.finished, result.outcome)
                    .unwrap();
            }
        }
        self.told = history.len();
        // The tour ends when nothing is left of the attack.
        self.over |=
            game.world().campaigns().any(|c| c.access.last().is_some_and(|(_, access)| !access.is_open()));
    }
}

/// An episode with all agents in it, as every command plays it: the Detection Agent watches, the game hands out
/// decisions, the Response Agent's table answers, and its order goes to the world.
fn defended() -> Tour {
    let plan = plan();
    let game =
        Game::with_observer(&plan, agent(&plan, &detector()), GameSettings::default(), Recorder::default());
    let mut lanes = VecEnv::new([(game, Guide::default())]);
    let mut hands = Contestant::new("playbook", ResponseAgent::new(PolicyTable::playbook()));
    let tour = |lane: &mut Lane<Game, Guide>, _: usize| {
        let (world, guide) = (lane.env.world(), &mut lane.observer);
        let report = world.campaigns().next().expect("there is always a campaign");
        Tour {
            log: std::mem::take(&mut guide.log),
            first_key: guide.first_key.expect("the attack was noticed"),
            objective: report.objective,
            first_success: report.first_success.expect("it got in"),
            access: *report.access.last().expect("it had access"),
            is_compromised: world.is_compromised(attacked()),
            damage: world.ledger().of(CostKind::Damage),
            expense: world.ledger().of(CostKind::Expense),
            judged: lane.env.tick_observer.incidents(world),
        }
    };
    play(&mut lanes, &[SEED], &mut hands.decider, tour).pop().expect("one episode was played")
}

/// Explains why a threat was raised, in words.
fn because(intel: &ThreatIntel) -> String {
    let why = intel.explanation;
    let features: Vec<&str> =
        why.features.iter().flatten().map(|r| columns::COLUMNS[r.feature as usize].name).collect();
    let techniques: Vec<String> = why.techniques.iter().flatten().map(ToString::to_string).collect();
    format!(
        "  because of {} ({}); looks like {}",
        features.join(", "),
        why.model.name(),
        techniques.join(", ")
    )
}

#[test]
fn rooms_5_to_9_threat_intel_is_answered_until_the_campaign_is_contained() {
    let tour = defended();
    assert_snapshot!(tour.log, @r#"
    02:30:00 intrusion high workstation fresh -> isolate_host
      because of sent, beacon, remote_execution (forest); looks like T1071.001, T1041, T1105
    02:32:05 isolate_host: Done, found None
    "#);
    assert_eq!(tour.first_key.asset, AssetClass::Workstation);
    assert!(!tour.access.1.is_open() && tour.objective.is_none(), "{:?}", tour.access);
    assert!(!tour.is_compromised);
    // Damage was averted, at the price of what the actions cost.
    assert!(tour.damage < 10.0 && tour.expense > 0.0, "{} {}", tour.damage, tour.expense);
}

/// Games that the Learning Agent asks for, decided by the playbook with some dice.
fn lessons(count: u64) -> Round {
    #[derive(Clone)]
    struct Dice(ResponseAgent);
    impl Policy for Dice {
        fn choose(&mut self, decision: &Decision<'_>) -> Action {
            let turn = decision.episode.number + decision.episode.decision + 1;
            let allowed: Vec<Action> = Action::ALL.into_iter().filter(|&a| decision.mask.allows(a)).collect();
            match turn % 3 {
                0 => allowed[turn * 5 % allowed.len()],
                _ => self.0.decide(decision.key, decision.facts, &decision.mask),
            }
        }
    }
    let mut arena = ScenarioArena::new(&plan(), 1);
    arena.install(&detector());
    let audits = AuditSettings { base: 0.5, by_score: 0.0, hours: 0.5 };
    let mut playbook = Dice(ResponseAgent::new(PolicyTable::playbook()));
    arena.play(&mats_learn::Game::several(Purpose::Train, 1, 0..count), &mut playbook, &Keep::Lessons(audits))
}

#[test]
fn room_10_trajectories_become_rows_of_the_policy_table() {
    let episodes: Vec<Decisions> = lessons(16).games.into_iter().filter_map(|game| game.decisions).collect();
    let spec = episodes[0].trajectory.spec();
    let settings = DqnSettings {
        hidden: [32, 32],
        batch: 32,
        learning_starts: 64,
        reward_scale: 0.05,
        ..Default::default()
    };
    let mut learner = LearningAgent::new(settings, spec, 1).expect("the settings are in range");
    assert!(learner.update(1).is_none(), "there is nothing to learn from yet");
    for Decisions { trajectory, keys } in &episodes {
        assert!(trajectory.terminated && trajectory.episode_return() < 0.0);
        assert_eq!(trajectory.len(), keys.len());
        learner.observe_episode(trajectory, detector().version());
    }
    let loss = learner.update(300).expect("there is enough to learn from");
    assert!(loss.is_finite());
    assert_eq!(learner.updates(), 300);

    let table = PolicyTable::playbook();
    let distil = DistilSettings { support: 5, actions: 1 };
    let proposals = propose(&learner.policy(), &episodes, &table.compile(), &distil);
    let message = refinement(1, &proposals[..1]);
    let row = &message.rows[0];
    let met = episodes.iter().flat_map(|e| &e.keys).filter(|key| **key == row.key).count();
    assert_eq!(row.support as usize, met);
    let own = table.compile().ranking(row.key).to_vec();
    assert!(row.ranking[1..].iter().all(|(action, _)| own.contains(action)), "then as before: {row:?}");

    let mut hands = ResponseAgent::new(table);
    let everything = ActionMask([true; Action::COUNT]);
    let before = hands.decide(row.key, mats_core::FactSet::NONE, &everything);
    hands.refine(&message);
    assert_eq!(hands.decide(row.key, mats_core::FactSet::NONE, &everything), row.ranking[0].0);
    assert_ne!(before, row.ranking[0].0, "the refinement says what the table said already");
}

#[test]
fn room_11_findings_and_audits_become_a_model_update() {
    let plan = plan();
    let outcomes = lessons(24).outcomes;
    let message = outcomes.update(detector().version());
    let (audits, findings): (Vec<_>, Vec<_>) = message.windows.iter().partition(|w| w.audit);
    assert!(findings.iter().all(|w| w.weight == 1.0) && findings.iter().any(|w| w.kind.is_some()));
    assert!(audits.iter().all(|w| w.weight == 2.0 && w.row.len() == mats_detect::update::WINDOW));
    assert!(audits.iter().any(|w| w.kind.is_some()) && audits.iter().any(|w| w.kind.is_none()));

    let settings = GatherSettings { episodes: 4, benign_share: 0.2, ..GatherSettings::default() };
    let base = gather(&plan, &settings, 9);
    let verdict = detector().update(&message, &base, None, 1).expect("there are audits enough");
    assert!(verdict.audits >= mats_detect::update::MIN_AUDITS && verdict.audits < outcomes.audits());
    let improved = verdict.challenger.log_loss < verdict.champion.log_loss;
    assert!(improved || verdict.accepted.is_none(), "a worse model was accepted");
    assert!(verdict.accepted.is_none_or(|new| new.version() == detector().version() + 1));
}

#[test]
fn room_12_the_truth_judges_what_was_seen() {
    let tour = defended();
    let (counts, detections) = tour.judged;
    assert_eq!((counts.found, counts.campaigns, counts.recall()), (1, 1, Some(1.0)));
    assert_eq!(counts.host_days, 2.25);
    let delay = detections[0].delay.expect("it was noticed");
    let lasted = tour.access.0.since(tour.first_success);
    assert!(delay <= lasted, "contained before noticed");
    assert!(counts.true_incidents >= 1);
}
