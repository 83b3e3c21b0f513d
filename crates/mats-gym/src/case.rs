//! Case of one machine's trouble, as the defender knows it: the threat, what was done to it, and what came of that.

use crate::facts::Facts;
use mats_core::{
    Action, ActionResult, Finding, GiveBack, Outcome, Severity, SimTime, ThreatIntel, ThreatStatus, UserId,
};
use serde::{Deserialize, Serialize};

/// Actions of which a case may have one running at a time.
const KINDS: usize = Action::COUNT;

/// One machine's trouble, as the defender knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The threat as last seen.
    pub intel: ThreatIntel,
    /// True while anybody still cares.
    pub open: bool,
    /// Time of the next presentation; [`SimTime::NEVER`] while something is awaited.
    pub due: SimTime,
    /// Time of the last presentation.
    pub presented: Option<SimTime>,
    /// Time of the presentation before the last.
    pub presented_before: Option<SimTime>,
    /// Number of presentations.
    pub times: u32,
    /// Facts about what was found, cut off and treated.
    pub facts: Facts,
    /// Numbers of findings of scans and analysts that said malicious, and clean.
    pub findings: [u32; 2],
    /// Number of contacts of the machine with decoys.
    pub contacts: u32,
    /// Number of times each action was carried out.
    pub done: [u16; KINDS],
    /// Number of orders of each action under way.
    pub running: [u16; KINDS],
    /// The last action ordered.
    pub last_action: Option<Action>,
    /// True when the last order that ended failed.
    pub last_failed: bool,
}

impl Case {
    /// A case about a threat that nobody has looked at.
    pub fn new(intel: ThreatIntel) -> Case {
        Case {
            intel,
            open: false,
            due: SimTime::NEVER,
            presented: None,
            presented_before: None,
            times: 0,
            facts: Facts::default(),
            findings: [0; 2],
            contacts: 0,
            done: [0; KINDS],
            running: [0; KINDS],
            last_action: None,
            last_failed: false,
        }
    }

    /// A new threat on the same machine: earlier findings and treatments say nothing about it; what is cut off stays so.
    pub fn reopen(&mut self, intel: ThreatIntel) {
        let Case { running, presented, .. } = *self;
        *self = Case { facts: self.facts.cut_off(), running, presented, open: true, ..Case::new(intel) };
    }

    /// Returns what has become of the threat so far, from the facts. The first that holds:
    ///
    /// | status | holds where |
    /// |---|---|
    /// | releasable | the machine is isolated or an account disabled, and one of them is safe to give back |
    /// | contained | the machine is isolated or an account disabled |
    /// | treated | something was killed, rebuilt, reset or patched, and nothing found since |
    /// | verified | what was found, weighed, is malicious |
    /// | cleared | what was found, weighed, is clean |
    /// | watched | it was presented before |
    /// | fresh | nothing of that |
    pub fn status(&self) -> ThreatStatus {
        let safe = self.safe();
        match (self.is_contained(), self.facts.verdict()) {
            (true, _) if safe.isolation || safe.accounts => ThreatStatus::Releasable,
            (true, _) => ThreatStatus::Contained,
            _ if self.facts.treated => ThreatStatus::Treated,
            (_, Some(Finding::Malicious)) => ThreatStatus::Verified,
            (_, Some(Finding::Clean)) => ThreatStatus::Cleared,
            _ if self.times > 1 => ThreatStatus::Watched,
            _ => ThreatStatus::Fresh,
        }
    }

    /// Tells whether the machine is isolated or an account disabled because of it.
    pub fn is_contained(&self) -> bool {
        self.facts.isolated || self.facts.disabled.is_some()
    }

    /// Returns what is safe to give back: a machine that was treated or cleared, has not alerted since, and on which nothing
    /// is under way; an account that has a new password or that an analyst cleared.
    pub fn safe(&self) -> GiveBack {
        let facts = &self.facts;
        let clean = facts.machine_treated || facts.is_clean();
        let at_work = [Action::KillProcess, Action::ReimageHost, Action::PatchHost];
        let idle = !at_work.into_iter().any(|action| self.is_running(action));
        GiveBack {
            isolation: facts.isolated && clean && idle,
            accounts: facts.disabled.is_some() && (facts.account_renewed || facts.is_account_clean()),
            blocks: facts.blocked && clean && idle,
        }
    }

    /// The account that an action is about: the disabled one, where a new password or an analyst may give it back, else that
    /// of the threat as last seen.
    pub fn account(&self, action: Action) -> Option<UserId> {
        let gives_back = matches!(action, Action::ResetCredentials | Action::AlertAnalyst);
        self.facts.disabled.filter(|_| gives_back).or(self.intel.user)
    }

    /// Tells whether any order of an action is under way.
    pub fn is_running(&self, action: Action) -> bool {
        self.running[action as usize] > 0
    }

    /// Tells whether anything is under way.
    pub fn is_busy(&self) -> bool {
        self.running.iter().any(|&n| n > 0)
    }

    /// An order was given.
    pub fn ordered(&mut self, action: Action) {
        self.last_action = Some(action);
        if action != Action::Monitor {
            self.running[action as usize] += 1;
        }
    }

    /// An order ended.
    pub fn concluded(&mut self, result: &ActionResult) {
        let action = result.order.action;
        if result.finding == Some(Finding::Contact) {
            // A decoy speaks up again each time it is touched; its order has long ended.
            self.contacts += 1;
            return;
        }
        let running = &mut self.running[action as usize];
        *running = running.saturating_sub(1);
        if let Some(finding) = result.finding {
            self.findings[usize::from(finding == Finding::Clean)] += 1;
            self.facts.found(result, finding);
        }
        self.last_failed = result.outcome == Outcome::Failed;
        if self.last_failed {
            return;
        }
        self.done[action as usize] += 1;
        self.facts.carried_out(result);
    }

    /// The password of an account was renewed, because of this case or of another.
    pub fn renewed(&mut self, user: UserId) {
        self.facts.account_renewed |= self.facts.disabled == Some(user);
    }

    /// Urgency of a decision: what was found counts more than what is suspected.
    pub fn urgency(&self) -> (bool, Severity, u32) {
        let verified = self.facts.verdict() == Some(Finding::Malicious);
        (verified, self.intel.severity, (self.intel.confidence * 1e6) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::{Evidence, Explanation, HostId, News, Order, OrderId, Target, ThreatId, ThreatKind};

    const USER: UserId = UserId(3);

    fn case() -> Case {
        Case::new(ThreatIntel {
            id: ThreatId(0),
            time: SimTime::ZERO,
            first_seen: SimTime::ZERO,
            host: HostId(0),
            user: Some(USER),
            address: None,
            domain: None,
            image: None,
            kind: ThreatKind::Intrusion,
            severity: Severity::High,
            confidence: 1.0,
            evidence: Evidence::default(),
            explanation: Explanation::default(),
            news: News::New,
            detector: 0,
        })
    }

    /// The case after orders were given and ended, each with what was found. A release gives back what is safe.
    fn after(history: &[(Action, Option<Finding>)]) -> Case {
        let mut case = case();
        for &(action, finding) in history {
            case.ordered(action);
            end(&mut case, action, finding, [0, 0]);
        }
        case
    }

    /// An order that was given and ended at these minutes.
    fn end(case: &mut Case, action: Action, finding: Option<Finding>, [issued, finished]: [u64; 2]) {
        let give_back = if action == Action::Release { case.safe() } else { GiveBack::default() };
        let user = case.account(action);
        let target = Target { host: HostId(0), user, address: None, domain: None };
        let order = Order {
            threat: ThreatId(0),
            action,
            target,
            give_back,
            accounts: mats_core::Accounts::default(),
        };
        let at = |minutes| SimTime::ZERO + mats_core::Duration::from_minutes(minutes);
        case.concluded(&ActionResult {
            id: OrderId(0),
            order,
            issued: at(issued),
            finished: at(finished),
            outcome: Outcome::Done,
            finding,
            cost: 0.0,
        });
        if let (Action::ResetCredentials, Some(user)) = (action, user) {
            case.renewed(user);
        }
    }

    fn check(history: &[(Action, Option<Finding>)], status: ThreatStatus, safe: [bool; 3]) {
        let case = after(history);
        let GiveBack { isolation, accounts, blocks } = case.safe();
        assert_eq!((case.status(), [isolation, accounts, blocks]), (status, safe), "{history:?}");
    }

    const BAD: Option<Finding> = Some(Finding::Malicious);
    const GOOD: Option<Finding> = Some(Finding::Clean);
    const NOTHING: [bool; 3] = [false; 3];

    #[test]
    fn an_analyst_outranks_a_scan_and_the_later_the_earlier() {
        use Action::{AlertAnalyst, BlockDomain, RunScan};
        check(&[(RunScan, BAD)], ThreatStatus::Verified, NOTHING);
        check(&[(RunScan, BAD), (RunScan, GOOD)], ThreatStatus::Cleared, NOTHING);
        let outranked = [(BlockDomain, None), (AlertAnalyst, BAD), (RunScan, GOOD)];
        check(&outranked, ThreatStatus::Verified, NOTHING);
        check(&[(RunScan, BAD), (AlertAnalyst, GOOD)], ThreatStatus::Cleared, NOTHING);
        check(&[(AlertAnalyst, GOOD), (RunScan, BAD)], ThreatStatus::Cleared, NOTHING);
        check(&[(BlockDomain, None), (AlertAnalyst, GOOD)], ThreatStatus::Cleared, [false, false, true]);
    }

    #[test]
    fn what_a_treatment_answered_is_no_fact_any_more() {
        use Action::{AlertAnalyst, KillProcess, PatchHost, RunScan};
        check(&[(AlertAnalyst, BAD), (KillProcess, None)], ThreatStatus::Treated, NOTHING);
        check(&[(AlertAnalyst, BAD), (KillProcess, None), (RunScan, GOOD)], ThreatStatus::Cleared, NOTHING);
        check(&[(KillProcess, None), (RunScan, BAD)], ThreatStatus::Verified, NOTHING);
        check(&[(RunScan, BAD), (PatchHost, None)], ThreatStatus::Treated, NOTHING);
    }

    #[test]
    fn a_machine_is_safe_once_it_was_treated_or_cleared_and_nothing_is_under_way() {
        use Action::{IsolateHost, KillProcess, ReimageHost, Release, ResetCredentials, RunScan};
        check(&[(IsolateHost, None)], ThreatStatus::Contained, NOTHING);
        check(&[(IsolateHost, None), (KillProcess, None)], ThreatStatus::Releasable, [true, false, false]);
        check(&[(IsolateHost, None), (RunScan, GOOD)], ThreatStatus::Releasable, [true, false, false]);
        check(&[(IsolateHost, None), (KillProcess, None), (RunScan, BAD)], ThreatStatus::Contained, NOTHING);
        // New credentials say nothing about what runs on the machine.
        check(&[(IsolateHost, None), (ResetCredentials, None)], ThreatStatus::Contained, NOTHING);
        let mut rebuilding = after(&[(IsolateHost, None), (KillProcess, None)]);
        rebuilding.ordered(ReimageHost);
        assert_eq!(rebuilding.status(), ThreatStatus::Contained);
        check(&[(IsolateHost, None), (KillProcess, None), (Release, None)], ThreatStatus::Treated, NOTHING);
    }

    #[test]
    fn an_account_is_given_back_with_a_new_password_only() {
        use Action::{
            AlertAnalyst, DisableAccount, IsolateHost, KillProcess, Release, ResetCredentials, RunScan,
        };
        let account = [false, true, false];
        check(&[(DisableAccount, None), (KillProcess, None)], ThreatStatus::Contained, NOTHING);
        check(&[(DisableAccount, None), (RunScan, GOOD)], ThreatStatus::Contained, NOTHING);
        check(&[(ResetCredentials, None), (DisableAccount, None)], ThreatStatus::Contained, NOTHING);
        check(&[(DisableAccount, None), (ResetCredentials, None)], ThreatStatus::Releasable, account);
        check(&[(DisableAccount, None), (AlertAnalyst, GOOD)], ThreatStatus::Releasable, account);
        // Each for itself: the machine goes back, the account waits for its password.
        let both = [(IsolateHost, None), (DisableAccount, None), (KillProcess, None)];
        check(&both, ThreatStatus::Releasable, [true, false, false]);
        check(&[&both[..], &[(Release, None)]].concat(), ThreatStatus::Contained, NOTHING);
    }

    #[test]
    fn a_new_password_says_nothing_about_the_machine() {
        use Action::{AlertAnalyst, IsolateHost, PatchHost, ResetCredentials, RunScan};
        for treatment in [ResetCredentials, PatchHost] {
            let cleared = [(IsolateHost, None), (RunScan, GOOD), (treatment, None)];
            check(&cleared, ThreatStatus::Releasable, [true, false, false]);
            let bad = [(AlertAnalyst, BAD), (treatment, None)];
            check(&bad, ThreatStatus::Treated, NOTHING);
            check(&[&bad[..], &[(RunScan, GOOD)]].concat(), ThreatStatus::Verified, NOTHING);
        }
    }

    #[test]
    fn what_was_clean_before_an_alert_frees_nothing_after_it() {
        use Action::{AlertAnalyst, BlockDomain, DisableAccount, IsolateHost, RunScan};
        for by in [RunScan, AlertAnalyst] {
            for cut in [IsolateHost, DisableAccount, BlockDomain] {
                let mut case = after(&[(by, GOOD)]);
                case.facts.stirred();
                case.ordered(cut);
                end(&mut case, cut, None, [0, 0]);
                assert!(!case.safe().is_any(), "{by:?}, {cut:?}");
            }
        }
        // The analyst's verdict of before does not outrank what is found after.
        let mut case = after(&[(AlertAnalyst, GOOD)]);
        case.facts.stirred();
        end(&mut case, RunScan, BAD, [0, 0]);
        assert_eq!(case.status(), ThreatStatus::Verified);
    }

    #[test]
    fn a_verdict_asked_for_before_a_treatment_does_not_undo_it() {
        use Action::{AlertAnalyst, IsolateHost, KillProcess, ReimageHost};
        for treatment in [KillProcess, ReimageHost] {
            let mut case = after(&[(IsolateHost, None)]);
            case.ordered(AlertAnalyst);
            end(&mut case, treatment, None, [5, 10]);
            end(&mut case, AlertAnalyst, BAD, [3, 30]);
            assert_eq!((case.status(), case.safe().isolation), (ThreatStatus::Releasable, true));
            end(&mut case, AlertAnalyst, BAD, [10, 40]);
            assert_eq!((case.status(), case.safe().isolation), (ThreatStatus::Contained, false));
        }
    }

    #[test]
    fn new_passwords_and_analysts_are_about_the_account_that_is_disabled() {
        use Action::{AlertAnalyst, DisableAccount, KillProcess, ResetCredentials};
        let other = UserId(7);
        let mut case = after(&[(AlertAnalyst, GOOD)]);
        case.intel.user = Some(other);
        end(&mut case, DisableAccount, None, [0, 0]);
        assert_eq!(case.facts.disabled, Some(other));
        assert!(!case.safe().accounts, "the analyst had looked at another account");
        case.intel.user = Some(USER);
        let about = [ResetCredentials, AlertAnalyst, KillProcess].map(|action| case.account(action));
        assert_eq!(about, [Some(other), Some(other), Some(USER)]);
        end(&mut case, ResetCredentials, None, [0, 0]);
        assert!(case.safe().accounts, "its password is new");
    }

    #[test]
    fn a_contact_with_a_decoy_is_a_suspicion() {
        let case = after(&[(Action::DeployDecoy, None), (Action::DeployDecoy, Some(Finding::Contact))]);
        assert_eq!((case.status(), case.contacts, case.findings), (ThreatStatus::Fresh, 1, [0, 0]));
    }
}
