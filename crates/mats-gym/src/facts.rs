//! Facts of a case: what was found, cut off and treated, as far as its defender can know.

use mats_core::{Action, ActionResult, Finding, SimTime, UserId};
use serde::{Deserialize, Serialize};

/// Facts of a case. What the treatment of a machine answers is no fact any more: findings are those that were asked for since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts {
    /// The last finding of a scan that was asked for since the machine was last treated.
    pub scan: Option<Finding>,
    /// The last finding of an analyst who was asked since the machine was last treated.
    pub analyst: Option<Finding>,
    /// The account that this analyst looked at, too.
    pub analyst_on: Option<UserId>,
    /// Flag: the machine alerted since something was last found. What was clean may be clean no longer.
    pub alerted_since: bool,
    /// Flag: something was killed, rebuilt, reset or patched, and nothing found since.
    pub treated: bool,
    /// Flag: the machine itself was treated: what ran there was killed, or it was rebuilt, and since then nothing malicious was
    /// found and no alert came.
    pub machine_treated: bool,
    /// Flag: the machine was rebuilt, and since then nothing malicious was found and no alert came.
    pub rebuilt: bool,
    /// Time at which the machine was last treated, if it was: verdicts asked for before answer what was there before.
    pub machine_treated_at: Option<SimTime>,
    /// Flag: the machine is isolated.
    pub isolated: bool,
    /// Flag: outside addresses or domains are blocked.
    pub blocked: bool,
    /// The account that is disabled.
    pub disabled: Option<UserId>,
    /// Flag: that account has had a new password since.
    pub account_renewed: bool,
}

impl Facts {
    /// What was found, weighed: an analyst outranks a scan, and the later of the same kind the earlier.
    pub fn verdict(&self) -> Option<Finding> {
        self.analyst.or(self.scan)
    }

    /// Tells whether the machine is clean as far as anybody knows: what was found, weighed, is clean, and it has not
    /// alerted since.
    pub fn is_clean(&self) -> bool {
        !self.alerted_since && self.verdict() == Some(Finding::Clean)
    }

    /// Tells whether an analyst found that the disabled account is in good hands, and its machine has not alerted since.
    pub fn is_account_clean(&self) -> bool {
        let asked_for = self.analyst_on == self.disabled;
        !self.alerted_since && asked_for && self.analyst == Some(Finding::Clean)
    }

    /// What is cut off, without what was found or treated.
    pub fn cut_off(&self) -> Facts {
        let Facts { isolated, blocked, disabled, account_renewed, machine_treated_at, .. } = *self;
        Facts { machine_treated_at, isolated, blocked, disabled, account_renewed, ..Facts::default() }
    }

    /// Takes in what a scan or an analyst found. Either the treatment was not enough, or it was, and the case is clear.
    pub fn found(&mut self, result: &ActionResult, finding: Finding) {
        if self.machine_treated_at.is_some_and(|treated| result.issued < treated) {
            return;
        }
        self.treated = false;
        if result.order.action == Action::AlertAnalyst {
            (self.analyst, self.analyst_on) = (Some(finding), result.order.target.user);
        } else {
            // A scan does not undo what an analyst has said, unless the machine has alerted since.
            self.analyst = self.analyst.filter(|&said| !self.alerted_since || said != Finding::Clean);
            self.scan = Some(finding);
        }
        self.alerted_since = false;
        if self.verdict() == Some(Finding::Malicious) {
            (self.machine_treated, self.rebuilt) = (false, false);
        }
    }

    /// Takes in that the machine alerts anew: it was not enough to treat it, and what was found clean may be so no longer.
    pub fn stirred(&mut self) {
        (self.machine_treated, self.rebuilt) = (false, false);
        self.alerted_since = true;
    }

    /// Takes in an order that was carried out.
    pub fn carried_out(&mut self, result: &ActionResult) {
        let order = &result.order;
        match order.action {
            Action::KillProcess | Action::ReimageHost => {
                (self.treated, self.machine_treated) = (true, true);
                self.rebuilt |= order.action == Action::ReimageHost;
                self.machine_treated_at = Some(result.finished);
                (self.scan, self.analyst, self.analyst_on) = (None, None, None);
            }
            // Neither says anything about what runs on the machine.
            Action::ResetCredentials | Action::ResetExposed | Action::PatchHost => self.treated = true,
            Action::IsolateHost => self.isolated = true,
            Action::BlockIp | Action::BlockDomain => self.blocked = true,
            Action::DisableAccount => (self.disabled, self.account_renewed) = (order.target.user, false),
            Action::Release => {
                self.isolated &= !order.give_back.isolation;
                self.blocked &= !order.give_back.blocks;
                if order.give_back.accounts {
                    (self.disabled, self.account_renewed) = (None, false);
                }
            }
            Action::Monitor | Action::AlertAnalyst | Action::RunScan | Action::DeployDecoy => {}
        }
    }
}
