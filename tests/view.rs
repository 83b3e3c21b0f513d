//! What a defender knows of its cases where several meet: whose account is whose, what may be done while something is given
//! back, and which results are nobody's order.

use crate::support::{agent, scenario, tutorial_detector};
use mats_core::Accounts;
use mats_core::{
    Action, ActionResult, Duration, Fact, Finding, GiveBack, HostId, News, Order, OrderId, Outcome, Severity,
    Target, ThreatId, ThreatIntel, UserId,
};
use mats_gym::{DefenderView, ThreatSource, Tick, TickObserver};
use mats_lab::recorder::Recorder;
use mats_learn::AuditSettings;
use mats_sim::{CostKind, Plan, Telemetry, World};
use std::sync::Arc;

/// A defender who ordered things about machines of the tutorial, where no action fails and no rebuilding needs approval.
struct Desk {
    world: World,
    view: DefenderView,
    source: ThreatSource,
    results: Vec<ActionResult>,
}

const USER: UserId = UserId(0);
const HOSTS: [HostId; 2] = [HostId(0), HostId(1)];

impl Desk {
    fn new() -> Desk {
        let mut scenario = scenario("tutorial");
        for action in &mut scenario.response.actions {
            action.failure = 0.0;
        }
        scenario.response.approval.clear();
        let plan = Arc::new(Plan::new(scenario));
        let mut world = World::new(Arc::clone(&plan));
        world.reset(3);
        let inventory = Arc::new(plan.scenario.inventory.clone());
        let mut view = DefenderView::new(inventory, plan.scenario.response.clone(), world.horizon());
        view.reset();
        let source = agent(&plan, &tutorial_detector());
        let mut desk = Desk { world, view, source, results: Vec::new() };
        for host in HOSTS {
            let intel = desk.intel(host);
            desk.view.hear(&intel);
        }
        desk
    }

    /// A threat on a machine that names the same account everywhere.
    fn intel(&mut self, host: HostId) -> ThreatIntel {
        let seen = self.source.view(host, &self.world);
        ThreatIntel {
            id: ThreatId(host.0),
            user: Some(USER),
            severity: Severity::High,
            news: News::New,
            ..seen
        }
    }

    /// Orders an action about a machine's case and waits until it ended.
    fn carry_out(&mut self, host: HostId, action: Action) {
        self.order(host, action);
        let before = self.results.len();
        while self.results.len() == before {
            self.world.advance(self.world.now() + Duration::from_minutes(1), &mut Telemetry::default());
            self.world.results(&mut self.results);
        }
        self.look();
        for result in &self.results[before..] {
            self.view.conclude(result, |_| unreachable!("all machines are known"));
        }
    }

    fn order(&mut self, host: HostId, action: Action) {
        let intel = self.intel(host);
        self.view.present(host, intel, false);
        self.view.decide(action);
        let target = Target { host, user: Some(USER), address: None, domain: None };
        let accounts =
            if action == Action::ResetExposed { self.view.exposed(host) } else { Accounts::default() };
        self.world.order(Order { threat: intel.id, action, target, give_back: GiveBack::ALL, accounts });
    }

    /// An attacker is found on a machine, whoever is there.
    fn found(&mut self, host: HostId) {
        self.carry_out(host, Action::RunScan);
        let result = *self.results.last().expect("a scan ended");
        let found = ActionResult { finding: Some(Finding::Malicious), ..result };
        self.view.conclude(&found, |_| unreachable!("all machines are known"));
    }

    fn look(&mut self) {
        self.view.tick(self.world.now(), self.world.posture(), Duration::ZERO, (0.0, 0.0));
    }

    fn disabled(&self) -> [Option<UserId>; 2] {
        HOSTS.map(|host| self.view.case(host).expect("its machine alerted").facts.disabled)
    }
}

#[test]
fn an_account_disabled_because_of_one_case_is_given_back_by_no_other() {
    let mut desk = Desk::new();
    desk.carry_out(HOSTS[0], Action::DisableAccount);
    // Nobody would ask again; whoever does has disabled nothing.
    desk.carry_out(HOSTS[1], Action::DisableAccount);
    assert_eq!(desk.disabled(), [Some(USER), None]);
    desk.carry_out(HOSTS[1], Action::ResetCredentials);
    let safe = HOSTS.map(|host| desk.view.case(host).expect("known").safe().accounts);
    assert_eq!(safe, [true, false]);
    desk.carry_out(HOSTS[0], Action::Release);
    assert_eq!((desk.disabled(), desk.world.posture().disabled_count()), ([None, None], 0));
}

#[test]
fn nothing_is_rebuilt_while_it_is_being_given_back() {
    let mut desk = Desk::new();
    let may_rebuild = |desk: &mut Desk| {
        let intel = desk.intel(HOSTS[0]);
        desk.view.present(HOSTS[0], intel, false);
        desk.view.mask().0[Action::ReimageHost as usize]
    };
    desk.carry_out(HOSTS[0], Action::IsolateHost);
    desk.carry_out(HOSTS[0], Action::KillProcess);
    assert!(may_rebuild(&mut desk), "what is isolated may be");
    desk.order(HOSTS[0], Action::Release);
    assert!(!may_rebuild(&mut desk));
    desk.carry_out(HOSTS[1], Action::RunScan);
    assert!(!desk.world.posture().is_isolated(HOSTS[0]), "it was given back meanwhile");
    assert!(may_rebuild(&mut desk));
}

#[test]
fn all_accounts_exposed_on_a_machine_are_renewed_by_one_order_that_is_paid_by_the_account() {
    let mut desk = Desk::new();
    desk.found(HOSTS[0]);
    let exposed = desk.view.exposed(HOSTS[0]);
    assert!(exposed.iter().count() >= 1, "its owner, at least");
    let intel = desk.intel(HOSTS[0]);
    desk.view.present(HOSTS[0], intel, false);
    assert!(desk.view.facts().contains(Fact::Exposed) && desk.view.mask().allows(Action::ResetExposed));
    let before = desk.world.ledger().of(CostKind::Expense);
    desk.carry_out(HOSTS[0], Action::ResetExposed);
    let paid = desk.world.ledger().of(CostKind::Expense) - before;
    let price = desk.world.plan().scenario.response.actions[Action::ResetExposed as usize].cost;
    assert!((paid - price * exposed.iter().count() as f64).abs() < 1e-9, "{paid}");
    for user in exposed.iter() {
        assert!(desk.world.posture().renewed_at(user).is_some());
    }
    desk.view.present(HOSTS[0], intel, false);
    assert!(!desk.view.facts().contains(Fact::Exposed) && !desk.view.mask().allows(Action::ResetExposed));
    assert!(desk.view.facts().contains(Fact::Reset));
    assert_eq!(desk.results.iter().filter(|r| r.order.action == Action::ResetExposed).count(), 1);
}

#[test]
fn a_contact_with_a_decoy_is_no_finding_of_the_order_that_set_it_up() {
    let mut desk = Desk::new();
    let mut recorder = Recorder::default();
    recorder.audit = Some(AuditSettings { base: 0.0, by_score: 0.0, ..AuditSettings::default() });
    recorder.begin(3);
    let (intel, now, id) = (desk.intel(HOSTS[0]), desk.world.now(), OrderId(0));
    recorder.ordered(id, &intel, &mut desk.source, now);
    let target = Target { host: HOSTS[0], user: None, address: None, domain: None };
    let order = Order {
        threat: intel.id,
        action: Action::DeployDecoy,
        target,
        give_back: GiveBack::ALL,
        accounts: Accounts::default(),
    };
    let result = |finding| ActionResult {
        id,
        order,
        issued: now,
        finished: now,
        outcome: Outcome::Done,
        finding: Some(finding),
        cost: 0.0,
    };
    for (finding, known) in [(Finding::Contact, 0), (Finding::Malicious, 1)] {
        let (telemetry, results) = (Telemetry::default(), [result(finding)]);
        let seen = Tick { telemetry: &telemetry, news: &[], results: &results, view: &desk.view };
        recorder.tick(&desk.world, &mut desk.source, &seen);
        assert_eq!(recorder.outcomes.len(), known, "{finding:?}");
    }
}
