//! Case of one machine's trouble, as the defender knows it: the threat, what was done to it, and what came of that.

use mats_core::{Action, ActionResult, Finding, Outcome, Severity, SimTime, ThreatIntel, ThreatStatus};
use serde::{Deserialize, Serialize};

/// Actions of which a case may have one running at a time.
const KINDS: usize = Action::COUNT;

/// One machine's trouble, as the defender knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    /// The last finding of a scan, an analyst or a decoy.
    pub finding: Option<Finding>,
    /// Numbers of findings that said malicious, and clean.
    pub findings: [u32; 2],
    /// The machine is isolated or the account disabled.
    pub contained: bool,
    /// The cause was treated since the last finding.
    pub treated: bool,
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
            finding: None,
            findings: [0; 2],
            contained: false,
            treated: false,
            done: [0; KINDS],
            running: [0; KINDS],
            last_action: None,
            last_failed: false,
        }
    }

    /// A new threat on the same machine: earlier findings say nothing about it.
    pub fn reopen(&mut self, intel: ThreatIntel) {
        let Case { contained, running, presented, .. } = *self;
        *self = Case { contained, running, presented, open: true, ..Case::new(intel) };
    }

    /// Returns what has become of the threat so far.
    pub fn status(&self) -> ThreatStatus {
        let cleared = self.finding == Some(Finding::Clean);
        match () {
            () if self.contained && (self.treated || cleared) => ThreatStatus::Releasable,
            () if self.contained => ThreatStatus::Contained,
            () if self.treated => ThreatStatus::Treated,
            () if self.finding == Some(Finding::Malicious) => ThreatStatus::Verified,
            () if cleared => ThreatStatus::Cleared,
            () if self.times > 1 => ThreatStatus::Watched,
            () => ThreatStatus::Fresh,
        }
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
        let running = &mut self.running[action as usize];
        // A decoy speaks up again each time it is touched.
        let first_report = *running > 0;
        *running = running.saturating_sub(1);
        if let Some(finding) = result.finding {
            self.finding = Some(finding);
            self.findings[usize::from(finding == Finding::Clean)] += 1;
            // Either the treatment was not enough, or it was, and the case is clear.
            self.treated = false;
        }
        if !first_report {
            return;
        }
        self.last_failed = result.outcome == Outcome::Failed;
        if self.last_failed {
            return;
        }
        self.done[action as usize] += 1;
        match action {
            Action::IsolateHost | Action::DisableAccount => self.contained = true,
            Action::KillProcess | Action::ReimageHost | Action::ResetCredentials | Action::PatchHost => {
                self.treated = true;
            }
            Action::Release => self.contained = false,
            _ => {}
        }
    }

    /// Urgency of a decision: what was found counts more than what is suspected.
    pub fn urgency(&self) -> (bool, Severity, u32) {
        let verified = self.finding == Some(Finding::Malicious) && !self.treated;
        (verified, self.intel.severity, (self.intel.confidence * 1e6) as u32)
    }
}
