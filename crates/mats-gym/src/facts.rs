//! Facts of a case: what was found, cut off and treated, as far as its defender can know.

use mats_core::{Action, Finding, Order, UserId};
use serde::{Deserialize, Serialize};

/// Facts of a case. Whatever a treatment answers is no fact any more: findings are those since the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Facts {
    /// The last finding of a scan since the last treatment.
    pub scan: Option<Finding>,
    /// The last finding of an analyst since the last treatment.
    pub analyst: Option<Finding>,
    /// Flag: something was killed, rebuilt, reset or patched, and nothing found since.
    pub treated: bool,
    /// Flag: the machine itself was treated: what ran there was killed, or it was rebuilt, and since then nothing malicious was
    /// found and no alert came.
    pub machine_treated: bool,
    /// Flag: the machine was rebuilt, and since then nothing malicious was found and no alert came.
    pub rebuilt: bool,
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

    /// What is cut off, without what was found or treated.
    pub fn cut_off(&self) -> Facts {
        let Facts { isolated, blocked, disabled, account_renewed, .. } = *self;
        Facts { isolated, blocked, disabled, account_renewed, ..Facts::default() }
    }

    /// Takes in a finding of a scan or an analyst. Either the treatment was not enough, or it was, and the case is clear.
    pub fn found(&mut self, by: Action, finding: Finding) {
        self.treated = false;
        match by {
            Action::AlertAnalyst => self.analyst = Some(finding),
            _ => self.scan = Some(finding),
        }
        // A scan does not undo what an analyst has said.
        if self.verdict() == Some(Finding::Malicious) {
            (self.machine_treated, self.rebuilt) = (false, false);
        }
    }

    /// Takes in that the machine alerts anew: it was not enough to treat it.
    pub fn stirred(&mut self) {
        (self.machine_treated, self.rebuilt) = (false, false);
    }

    /// Takes in an order that was carried out.
    pub fn carried_out(&mut self, order: &Order) {
        let on_machine = matches!(order.action, Action::KillProcess | Action::ReimageHost);
        match order.action {
            Action::KillProcess | Action::ReimageHost | Action::ResetCredentials | Action::PatchHost => {
                self.treated = true;
                self.machine_treated |= on_machine;
                self.rebuilt |= order.action == Action::ReimageHost;
                (self.scan, self.analyst) = (None, None);
            }
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
