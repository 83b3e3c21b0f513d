//! One scripted attack, followed through every room of the house. Read it from top to bottom as a guided tour; the
//! snapshots show the value that leaves each room.
//!
//! ```text
//! scenario ► world ► record ► features ► judgement ► ThreatIntel ► policy key ► Action ► ActionResult ► containment
//!            └─ the same episode as a game ► trajectory ► DQN ► PolicyRefinement
//!                                            findings, audits ► ModelUpdate
//!                                            truth beside it all ► metrics
//! ```

use crate::support::{agent, small_detector};
use insta::assert_snapshot;
use mats_core::{
    Action, ActionMask, AssetClass, Body, CampaignId, Duration, HostId, PolicyKey, Severity, SimTime,
    ThreatIntel, ThreatKind,
};
use mats_detect::features::columns;
use mats_detect::{Collector, DetectionAgent, Detector, FEATURES, Row};
use mats_gym::observe::key_of;
use mats_gym::{Case, DefenceGame, GameSettings};
use mats_lab::recorder::nature;
use mats_learn::agent::propose;
use mats_learn::distill::refinement;
use mats_learn::{DistilSettings, LearningAgent, Outcomes};
use mats_respond::{PolicyTable, ResponseAgent};
use mats_results::metrics::incident::{Activity, Alert, judge};
use mats_rl::{DqnSettings, Env, Trajectory, rollout};
use mats_sim::{CampaignOutcome, CostKind, Label, Plan, Telemetry, World};
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

const TICK: Duration = Duration::from_minutes(1);
/// An episode in which the detectors see the attack in time; in others they come late.
const SEED: u64 = 8;

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
    02:29:46 host 0 flow Imap to 42.68.119.79: campaign and step Some((0, 0))
    02:29:46 host 0 event ProcessCreate OfficeWriter from MailClient: campaign and step Some((0, 0))
    02:30:01 host 0 flow Tls to 47.141.162.214: campaign and step Some((0, 0))
    02:30:24 host 0 flow Imap to 42.68.119.79: campaign and step Some((0, 0))
    02:30:24 host 0 event ProcessCreate OfficeWriter from MailClient: campaign and step Some((0, 0))
    02:30:37 host 0 flow Tls to 47.141.162.214: campaign and step Some((0, 0))
    "#);
    // Undefended, the attacker gets what it came for.
    let report = world.campaigns().next().expect("there is always a campaign");
    assert_eq!(report.outcome, CampaignOutcome::Objective);
    assert!(world.ledger().of(CostKind::Damage) >= 42.0);
    assert_eq!(world.ledger().of(CostKind::Disruption), 0.0);
}

/// The attacked and an idle machine as a detector sees them at a time of the undefended episode.
fn rows(at: SimTime) -> [(Row, f32); 2] {
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

/// When the attacker has looked around, read files and not yet carried anything out.
fn after_reading() -> SimTime {
    let mut world = World::new(plan());
    let _ = crate::support::undefended(&mut world, SEED);
    let last = |step| {
        let touches =
            world.touches().iter().filter(|t| t.label == Label::of(0, step) && t.host == attacked());
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
    flows_out: 16.6 on the attacked machine, 2.0 on another
    failed_flows: 14.8 on the attacked machine, 0.0 on another
    admin_out: 13.2 on the attacked machine, 6.3 on another
    shared: 2.8 on the attacked machine, 0.5 on another
    failed_logins: 1.3 on the attacked machine, 0.0 on another
    rare_tools: 0.9 on the attacked machine, 0.1 on another
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

/// What came out of the rooms of a defended episode.
struct Tour {
    /// One line per decision.
    log: String,
    world: World,
    alerts: Vec<Alert>,
    first_key: PolicyKey,
}

/// An episode with the Detection Agent and the Response Agent in it, wired by hand: what `mats-gym` does.
fn defended() -> Tour {
    let plan = plan();
    let inventory = Arc::new(plan.scenario.inventory.clone());
    let mut world = World::new(Arc::clone(&plan));
    let mut eyes = DetectionAgent::new(detector(), Arc::clone(&inventory));
    let hands = ResponseAgent::new(PolicyTable::playbook());
    let (mut telemetry, mut news, mut results) = (Telemetry::default(), Vec::new(), Vec::new());
    let mut case: Option<Case> = None;
    let (mut log, mut alerts, mut first_key) = (String::new(), Vec::new(), None);
    let mut due = SimTime::NEVER;
    world.reset(SEED);
    while world.now() < world.horizon() {
        telemetry.clear();
        world.advance(world.now() + TICK, &mut telemetry);
        eyes.observe(&telemetry.records);
        eyes.advance(world.now(), &mut news);
        world.results(&mut results);
        let mut decide = false;
        for intel in news.drain(..) {
            alerts.push(Alert { host: intel.host, time: intel.time, user: intel.user });
            if intel.host == attacked() && world.touches().iter().any(|t| t.time <= world.now()) {
                decide |= case.is_none();
                case.get_or_insert_with(|| Case::new(intel)).intel = intel;
            }
        }
        let Some(case) = &mut case else { continue };
        if world.now() >= due {
            case.intel = eyes.view(attacked(), world.now());
            decide = true;
        }
        for result in results.drain(..) {
            case.concluded(&result);
            let (action, found) = (result.order.action.name(), result.finding);
            writeln!(log, "{} {action}: {:?}, found {found:?}", result.finished, result.outcome).unwrap();
            decide = true;
        }
        // The tour ends when nothing is left of the attack.
        if decide && world.campaigns().all(|c| c.outcome != CampaignOutcome::Contained) {
            case.times += 1;
            due = world.now() + plan.scenario.response.recheck;
            let asset = inventory.host(attacked()).class;
            let mut mask = ActionMask([true; Action::COUNT]);
            mask.0[Action::Release as usize] = false;
            let order = hands.respond(&case.intel, asset, case.status(), &mask);
            let (kind, severity) = (case.intel.kind.name(), case.intel.severity.name());
            let key = PolicyKey {
                kind: case.intel.kind,
                severity: case.intel.severity,
                asset,
                status: case.status(),
            };
            first_key.get_or_insert(key);
            let (asset, status) = (asset.name(), case.status().name());
            writeln!(log, "{} {kind} {severity} {asset} {status} -> {}", world.now(), order.action.name())
                .unwrap();
            if case.times == 1 {
                writeln!(log, "{}", because(&case.intel)).unwrap();
            }
            case.ordered(order.action);
            if order.action != Action::Monitor {
                world.order(order);
            }
        }
    }
    world.settle();
    Tour { log, world, alerts, first_key: first_key.expect("the attack was noticed") }
}

/// Why a threat was raised, in words.
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
    02:34:00 intrusion low workstation fresh -> monitor
      because of beacon, evasion, privileges (forest); looks like T1562.001, T1070.001, T1078.002
    02:54:00 exfiltration low workstation watched -> run_scan
    03:14:00 intrusion info workstation watched -> monitor
    03:21:44 run_scan: Done, found Some(Malicious)
    03:22:00 intrusion info workstation verified -> kill_process
    03:28:04 kill_process: Done, found None
    "#);
    assert_eq!(tour.first_key.asset, AssetClass::Workstation);
    assert!(tour.first_key.severity > Severity::Info);
    let report = tour.world.campaigns().next().expect("there is always a campaign");
    assert_eq!((report.outcome, report.objective), (CampaignOutcome::Contained, None));
    assert!(!tour.world.is_held(attacked()));
    // Damage was averted, at the price of what the actions cost.
    let ledger = tour.world.ledger();
    assert!(ledger.of(CostKind::Damage) < 10.0 && ledger.of(CostKind::Expense) > 0.0, "{ledger:?}");
    assert_eq!(tour.world.blue().false_isolations(), 0);
}

/// Episodes of the same network as a game, decided by the playbook with some dice.
fn trajectories(count: u64) -> Vec<Trajectory> {
    let plan = plan();
    let mut game = DefenceGame::new(&plan, agent(&plan, &detector()), GameSettings::default());
    let playbook = ResponseAgent::new(PolicyTable::playbook());
    let one = |seed| {
        let mut trajectory = Trajectory::new(game.spec());
        let mut turn = seed;
        let choose = |observation: &[f32], mask: &[bool]| {
            turn += 1;
            let allowed: Vec<usize> = (0..Action::COUNT).filter(|&a| mask[a]).collect();
            if turn % 3 == 0 {
                return allowed[turn as usize * 5 % allowed.len()];
            }
            playbook.decide(key_of(observation), &mats_lab::defender::action_mask(mask)) as usize
        };
        rollout(&mut game, seed, choose, &mut trajectory);
        trajectory
    };
    (0..count).map(one).collect()
}

#[test]
fn room_10_trajectories_become_rows_of_the_policy_table() {
    let episodes = trajectories(16);
    let spec = episodes[0].spec();
    let settings = DqnSettings {
        hidden: [32, 32],
        batch: 32,
        learning_starts: 64,
        reward_scale: 0.05,
        ..Default::default()
    };
    let mut learner = LearningAgent::new(settings, spec, 1).expect("the settings are in range");
    assert!(learner.study(1).is_none(), "there is nothing to learn from yet");
    for episode in &episodes {
        assert!(episode.terminated && episode.episode_return() < 0.0);
        learner.absorb(episode, detector().version());
    }
    let loss = learner.study(300).expect("there is enough to learn from");
    assert!(loss.is_finite());
    assert_eq!(learner.updates(), 300);

    let table = PolicyTable::playbook();
    let distil = DistilSettings { support: 5, actions: 1 };
    let proposals = propose(&learner.policy(), episodes.iter(), key_of, &table.compile(), &distil);
    let message = refinement(1, &proposals[..1]);
    let row = &message.rows[0];
    let seen = episodes.iter().flat_map(|e| (0..e.len()).map(|i| key_of(e.observation(i))));
    assert_eq!(row.support as usize, seen.filter(|k| *k == row.key).count());
    let own = table.compile().ranking(row.key).to_vec();
    assert!(row.ranking[1..].iter().all(|(action, _)| own.contains(action)), "then as before: {row:?}");

    let mut hands = ResponseAgent::new(table);
    let everything = ActionMask([true; Action::COUNT]);
    let before = hands.decide(row.key, &everything);
    hands.refine(&message);
    assert_eq!(hands.decide(row.key, &everything), row.ranking[0].0);
    assert_ne!(before, row.ranking[0].0, "the refinement says what the table said already");
}

#[test]
fn room_11_findings_and_audits_become_a_model_update() {
    let plan = plan();
    let mut world = World::new(Arc::clone(&plan));
    let mut eyes = DetectionAgent::new(detector(), Arc::new(plan.scenario.inventory.clone()));
    let (mut outcomes, mut row) = (Outcomes::default(), Vec::new());
    for seed in 0..24 {
        world.reset(seed);
        outcomes.begin(seed);
        eyes.reset(detector());
        while world.now() < world.horizon() {
            let (mut telemetry, before) = (Telemetry::default(), world.now());
            world.advance(before + Duration::from_minutes(30), &mut telemetry);
            eyes.observe(&telemetry.records);
            for host in (0..plan.scenario.hosts.len() as u32).map(HostId) {
                if let Some(kind) = nature(&world, host, before, world.now()) {
                    eyes.window(host, world.now(), &mut row);
                    outcomes.audited(&row, kind, 0.5);
                }
            }
        }
    }
    eyes.window(attacked(), world.now(), &mut row);
    outcomes.found(&row, mats_core::Finding::Malicious, ThreatKind::Exfiltration);

    let message = outcomes.update(detector().version());
    let finding = message.windows.last().expect("just found");
    assert_eq!((finding.kind, finding.audit, finding.weight), (Some(ThreatKind::Exfiltration), false, 1.0));
    let audits = message.windows.iter().filter(|w| w.audit);
    assert!(audits.clone().all(|w| w.weight == 2.0 && w.row.len() == mats_detect::update::WINDOW));
    assert!(audits.clone().any(|w| w.kind.is_some()) && audits.clone().any(|w| w.kind.is_none()));

    let base = mats_lab::gather::gather(
        &plan,
        &mats_lab::gather::GatherSettings { episodes: 4, benign_share: 0.2 },
        9,
    );
    let verdict = detector().update(&message, &base, None, 1).expect("there are audits enough");
    assert!(verdict.audits >= mats_detect::update::LEAST_AUDITS && verdict.audits < outcomes.audits());
    let improved = verdict.challenger.log_loss < verdict.champion.log_loss;
    assert!(improved || verdict.accepted.is_none(), "a worse model was accepted");
    assert!(verdict.accepted.is_none_or(|new| new.version() == detector().version() + 1));
}

#[test]
fn room_12_the_truth_judges_what_was_seen() {
    let tour = defended();
    let report = tour.world.campaigns().next().expect("there is always a campaign");
    let campaign = Activity {
        campaign: CampaignId(0),
        start: report.onset,
        end: report.ended,
        first_success: report.first_success,
        hosts: vec![attacked()],
        users: Vec::new(),
    };
    let host_days = 6.0 * tour.world.horizon().hours() / 24.0;
    let (counts, detections) = judge(&tour.alerts, &[campaign], host_days);
    assert_eq!((counts.found, counts.campaigns, counts.recall()), (1, 1, Some(1.0)));
    assert_eq!(counts.host_days, 2.25);
    let delay = detections[0].delay.expect("it was noticed");
    assert!(
        delay <= report.ended.since(report.first_success.expect("it got in")),
        "contained before noticed"
    );
    assert!(counts.true_incidents >= 1);
}
