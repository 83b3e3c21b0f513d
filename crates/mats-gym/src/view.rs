//! All that a defender can know. Observation, mask and the timing of decisions are built from this type alone.

use crate::case::Case;
use crate::investigation::Investigation;
use mats_core::{
    Accounts, Action, ActionMask, ActionResult, Duration, Fact, FactSet, Finding, HostId, Inventory, News,
    Outcome, PolicyKey, Record, Severity, SimTime, ThreatIntel,
};
use mats_respond::Guardrails;
use mats_scenario::model::Response;
use mats_sim::Posture;
use std::sync::Arc;

/// Number of the last decisions that are remembered.
pub const RECENT: usize = 4;

/// Position of no case.
const NONE: u32 = u32::MAX;

/// Time for which a new password need not be renewed.
const RENEWED: Duration = Duration::from_hours(1);

/// When a machine on which programs were killed is looked at again: what was hidden may have come back.
const LOOK_AGAIN: [Duration; 2] = [Duration::from_hours(1), Duration::from_hours(2)];

/// Number of looks without news after which a quiet, untouched case is closed.
const PATIENCE: u32 = 3;

/// The defender's picture of the organisation.
#[derive(Debug, Clone)]
pub struct DefenderView {
    pub(crate) inventory: Arc<Inventory>,
    response: Response,
    pub(crate) now: SimTime,
    pub(crate) horizon: SimTime,
    /// Cases in the order in which machines were first suspected.
    cases: Vec<Case>,
    /// Positions of cases by [`HostId`]; [`NONE`] while nothing was ever suspected there.
    places: Vec<u32>,
    /// Posture: what is cut off, a copy of what the defender ordered.
    pub(crate) posture: Posture,
    pub(crate) analyst_wait: Duration,
    pub(crate) guardrails: Guardrails,
    /// The last decisions, newest first.
    pub(crate) recent: [Option<Action>; RECENT],
    pub(crate) decided: SimTime,
    pub(crate) alerts_last_hour: f32,
    /// Mean and highest score over all machines.
    pub(crate) scores: (f32, f32),
    /// The machine whose threat is presented.
    pub(crate) presented: HostId,
    pub(crate) patrol: bool,
    /// How far attackers have got.
    pub(crate) investigation: Investigation,
    /// Machines that are looked at again, and when: programs were killed there.
    returns: Vec<(SimTime, HostId)>,
}

impl DefenderView {
    /// A view of an organisation at the start of an episode.
    pub fn new(inventory: Arc<Inventory>, response: Response, horizon: SimTime) -> DefenderView {
        let guardrails = Guardrails::new(&inventory, response.max_per_hour, &response.approval);
        let places = vec![NONE; inventory.hosts.len()];
        let investigation = Investigation::new(&inventory);
        DefenderView {
            inventory,
            response,
            now: SimTime::ZERO,
            horizon,
            cases: Vec::new(),
            places,
            posture: Posture::default(),
            analyst_wait: Duration::ZERO,
            guardrails,
            recent: [None; RECENT],
            decided: SimTime::ZERO,
            alerts_last_hour: 0.0,
            scores: (0.0, 0.0),
            presented: HostId(0),
            patrol: false,
            investigation,
            returns: Vec::new(),
        }
    }

    /// Forgets the episode.
    pub fn reset(&mut self) {
        self.cases.clear();
        self.places.fill(NONE);
        self.guardrails.reset();
        self.recent = [None; RECENT];
        (self.now, self.decided) = (SimTime::ZERO, SimTime::ZERO);
        (self.alerts_last_hour, self.scores) = (0.0, (0.0, 0.0));
        (self.presented, self.patrol) = (HostId(0), false);
        self.investigation.reset();
        self.returns.clear();
    }

    /// The inventory.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }
    /// The present.
    pub fn now(&self) -> SimTime {
        self.now
    }
    /// The case on a machine, if there ever was one.
    pub fn case(&self, host: HostId) -> Option<&Case> {
        // No list is as long as the position of no case.
        self.cases.get(self.places[host.index()] as usize)
    }
    fn case_mut(&mut self, host: HostId) -> &mut Case {
        &mut self.cases[self.places[host.index()] as usize]
    }
    /// The case that is presented.
    ///
    /// # Panics
    /// Before the first decision of an episode.
    pub fn pending(&self) -> &Case {
        self.case(self.presented).expect("a decision is pending")
    }
    /// All cases, open or not, in the order in which machines were first suspected.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter()
    }
    /// The row of the policy table that the presented case falls under.
    pub fn key(&self) -> PolicyKey {
        let case = self.pending();
        let asset = self.inventory.host(case.intel.host).class;
        PolicyKey { kind: case.intel.kind, severity: case.intel.severity, asset, status: case.status() }
    }

    /// What a rule of the policy table may ask of the presented case besides.
    pub fn facts(&self) -> FactSet {
        let case = self.pending();
        let host = case.intel.host;
        let done = |action: Action| case.done[action as usize] > 0;
        let mut facts = FactSet::NONE;
        facts.set(Fact::Linked, self.investigation.is_linked(host));
        facts.set(Fact::Exposed, !self.exposed(host).is_empty());
        facts.set(Fact::Killed, done(Action::KillProcess));
        facts.set(Fact::Rebuilt, case.facts.rebuilt);
        facts.set(Fact::Reset, done(Action::ResetCredentials) || done(Action::ResetExposed));
        facts.set(Fact::Patched, self.posture.is_patched(host));
        facts.set(Fact::Blocked, case.facts.blocked);
        facts.set(Fact::Decoy, self.posture.has_decoy(self.inventory.host(host).subnet));
        facts
    }

    /// Accounts exposed on a machine that have not got new credentials since.
    pub fn exposed(&self, host: HostId) -> Accounts {
        self.investigation.exposed(host, &self.posture)
    }

    /// The investigation.
    pub fn investigation(&self) -> &Investigation {
        &self.investigation
    }

    /// Takes in what sensors delivered.
    pub fn observe(&mut self, records: &[Record]) {
        self.investigation.observe(records, self.now);
    }

    /// The next machine to look at because it is linked to one on which an attacker was found.
    pub fn next_lead(&mut self) -> Option<HostId> {
        self.investigation.next_lead()
    }

    /// A lead: a machine to look at, as the Detection Agent sees it.
    pub fn follow(&mut self, intel: &ThreatIntel) {
        self.known_case(intel);
        let (now, min_interval) = (self.now, self.response.min_interval);
        let case = self.case_mut(intel.host);
        if !case.open {
            case.reopen(*intel);
        }
        let earliest = case.presented.map_or(now, |t| (t + min_interval).max(now));
        case.due = case.due.min(earliest);
    }

    /// News from the Detection Agent.
    pub fn hear(&mut self, intel: &ThreatIntel) {
        let now = self.now;
        let fresh = self.known_case(intel);
        let min_interval = self.response.min_interval;
        let case = self.case_mut(intel.host);
        if fresh || !case.open || case.intel.id != intel.id && !case.is_contained() {
            case.reopen(*intel);
        }
        case.intel = *intel;
        if intel.news == News::Unchanged {
            return;
        }
        case.facts.stirred();
        let earliest = case.presented.map_or(now, |t| (t + min_interval).max(now));
        case.due = case.due.min(earliest);
        self.alerts_last_hour += 1.0;
    }

    /// A patrol looks at a machine below the alert cut.
    pub fn patrol(&mut self, intel: &ThreatIntel) {
        self.known_case(intel);
        let now = self.now;
        let case = self.case_mut(intel.host);
        case.reopen(*intel);
        case.due = now;
    }

    fn known_case(&mut self, intel: &ThreatIntel) -> bool {
        let place = &mut self.places[intel.host.index()];
        if *place != NONE {
            return false;
        }
        *place = self.cases.len() as u32;
        self.cases.push(Case::new(*intel));
        true
    }

    /// Takes in the result of an order.
    pub fn conclude(&mut self, result: &ActionResult, intel: impl FnOnce(HostId) -> ThreatIntel) {
        let host = result.order.target.host;
        if self.case(host).is_none() {
            // A decoy was touched from a machine that nobody suspected.
            self.known_case(&intel(host));
        }
        if result.outcome == Outcome::Done {
            let order = &result.order;
            let one = order.target.user.filter(|_| order.action == Action::ResetCredentials);
            for user in one.into_iter().chain(order.accounts.iter()) {
                self.cases.iter_mut().for_each(|case| case.renewed(user));
            }
            self.investigate(result);
        }
        let (now, min_interval) = (self.now, self.response.min_interval);
        let case = &mut self.cases[self.places[host.index()] as usize];
        case.concluded(result);
        // Another case may have disabled the account before: that one gives it back.
        let disabled = self.posture.disabled();
        case.facts.disabled = case.facts.disabled.filter(|&user| disabled.contains(&(user, host)));
        case.open = true;
        let earliest = case.presented.map_or(now, |t| (t + min_interval).max(now));
        case.due = case.due.min(earliest);
    }

    /// What an order that was carried out means to the investigation.
    fn investigate(&mut self, result: &ActionResult) {
        let host = result.order.target.host;
        match (result.order.action, result.finding) {
            (Action::RunScan | Action::AlertAnalyst, Some(Finding::Malicious)) => {
                self.investigation.found(host, self.now);
            }
            (Action::RunScan | Action::AlertAnalyst, Some(_)) => self.investigation.looked(host),
            (Action::ReimageHost, _) => self.investigation.treated(host),
            (Action::KillProcess, _) => {
                self.investigation.treated(host);
                self.returns.extend(LOOK_AGAIN.map(|after| (self.now + after, host)));
            }
            _ => {}
        }
    }

    /// The present moves on; scores are those of the Detection Agent.
    pub fn tick(&mut self, now: SimTime, posture: &Posture, analyst_wait: Duration, scores: (f32, f32)) {
        let hours = now.since(self.now).hours();
        self.alerts_last_hour *= (1.0 - hours as f32).max(0.0);
        self.now = now;
        self.posture.clone_from(posture);
        self.analyst_wait = analyst_wait;
        self.scores = scores;
        for at in (0..self.returns.len()).rev() {
            if self.returns[at].0 <= now {
                let (_, host) = self.returns.swap_remove(at);
                let case = self.case_mut(host);
                case.open = true;
                case.due = case.due.min(now);
            }
        }
    }

    /// The most urgent case that is due.
    pub fn next_due(&self) -> Option<HostId> {
        let due = |c: &&Case| c.open && c.due <= self.now;
        self.cases.iter().filter(due).max_by_key(|c| c.urgency()).map(|c| c.intel.host)
    }

    /// Tells whether a quiet organisation should be looked over.
    pub fn is_patrol_due(&self) -> bool {
        self.now.since(self.decided) >= self.response.patrol
    }

    /// Presents a case; `intel` is the threat as it stands now.
    pub fn present(&mut self, host: HostId, intel: ThreatIntel, patrol: bool) {
        self.presented = host;
        self.patrol = patrol;
        let now = self.now;
        let case = self.case_mut(host);
        case.intel = ThreatIntel { news: if case.times == 0 { News::New } else { intel.news }, ..intel };
        case.times += 1;
        case.presented_before = case.presented.replace(now);
        case.due = SimTime::NEVER;
    }

    /// A decision about the presented case was made and ordered. Returns whether there is anything to order.
    pub fn decide(&mut self, action: Action) {
        let now = self.now;
        self.guardrails.note(action, now);
        self.decided = now;
        self.recent.rotate_right(1);
        self.recent[0] = Some(action);
        let (recheck, patrol) = (self.response.recheck, self.patrol);
        let case = self.case_mut(self.presented);
        case.ordered(action);
        let quiet = case.intel.severity == Severity::Info && !case.is_contained() && !case.is_busy();
        if quiet && (patrol || case.times >= PATIENCE) && action == Action::Monitor {
            case.open = false;
        } else if action == Action::Monitor
            && !case.is_contained()
            && !case.is_busy()
            && case.times > PATIENCE
        {
            // Nothing new and nobody minds: ask less and less often.
            let wait = Duration(recheck.0.saturating_mul(u64::from(case.times.min(8))));
            case.due = now + wait;
        } else {
            case.due = now + recheck;
        }
    }

    /// Mask of the actions that are possible and permitted for the presented case.
    pub fn mask(&self) -> ActionMask {
        let case = self.pending();
        let intel = &case.intel;
        let up = self.posture.is_up(intel.host, self.now);
        let isolated = self.posture.is_isolated(intel.host);
        let disabled = intel.user.is_some_and(|u| self.posture.is_disabled(u));
        let to_renew = case.account(Action::ResetCredentials);
        let renewed = to_renew.and_then(|u| self.posture.renewed_at(u));
        let just_renewed = renewed.is_some_and(|t| self.now.since(t) < RENEWED);
        let facts = &case.facts;
        let blocked = |address, domain| self.posture.is_blocked(address, domain);
        let possible = |action: Action| match action {
            Action::Monitor | Action::AlertAnalyst => true,
            Action::RunScan => up,
            // What is contained and was treated waits for the rest, or to be given back.
            Action::KillProcess => up && !(case.is_contained() && facts.machine_treated),
            // What is being given back is not taken down at the same time.
            Action::ReimageHost => up && !facts.rebuilt && !case.is_running(Action::Release),
            Action::BlockIp => intel.address.is_some_and(|a| !blocked(a, mats_core::DomainId::NONE)),
            Action::BlockDomain => intel.domain.is_some_and(|d| !blocked(mats_core::Addr(u32::MAX), d)),
            // One at a time for a case: what is given back is known to be safe.
            Action::DisableAccount => intel.user.is_some() && !disabled && facts.disabled.is_none(),
            Action::ResetCredentials => to_renew.is_some() && !just_renewed,
            Action::IsolateHost => !isolated && up,
            Action::PatchHost => up && !self.posture.is_patched(intel.host),
            Action::DeployDecoy => !self.posture.has_decoy(self.inventory.host(intel.host).subnet),
            Action::Release => case.safe().is_any(),
            Action::ResetExposed => !self.exposed(intel.host).is_empty(),
        };
        let mut mask = ActionMask(Action::ALL.map(|a| possible(a) && !case.is_running(a)));
        self.guardrails.restrict(&mut mask, intel.host, case.status(), self.now);
        mask
    }
}
