//! The Response Agent: [`ThreatIntel`] in, [`Order`] out.

use crate::defender::{Decision, Policy};
use crate::table::{CompiledTable, PolicyTable};
use mats_core::{
    Accounts, Action, ActionMask, FactSet, GiveBack, Order, PolicyKey, PolicyRefinement, Target, ThreatIntel,
};

/// Answers threats from a policy table, and makes the orders of all that answer threats.
#[derive(Debug, Clone)]
pub struct ResponseAgent {
    table: PolicyTable,
    compiled: CompiledTable,
}

impl ResponseAgent {
    /// An agent that follows a table.
    pub fn new(table: PolicyTable) -> ResponseAgent {
        let compiled = table.compile();
        ResponseAgent { table, compiled }
    }

    /// The table it follows.
    pub fn table(&self) -> &PolicyTable {
        &self.table
    }

    /// The best ranked action that the mask allows, or [`Action::Monitor`]. The mask holds what is possible;
    /// [`crate::Guardrails::restrict`] takes out what is not permitted. Allocates nothing.
    pub fn decide(&self, key: PolicyKey, facts: FactSet, mask: &ActionMask) -> Action {
        let ranking = self.compiled.ranking_with(key, facts);
        ranking.iter().copied().find(|&action| mask.allows(action)).unwrap_or(Action::Monitor)
    }

    /// Makes the order that answers a threat with an action. Whoever chose the action (this table, a network, anybody's
    /// [`Defender`](crate::Defender)), it becomes an order here: what the mask, and so the guardrails, forbid comes down
    /// to [`Action::Monitor`], and the target is taken from the threat.
    pub fn respond(intel: &ThreatIntel, wanted: Action, mask: &ActionMask) -> Order {
        let action = if mask.allows(wanted) { wanted } else { Action::Monitor };
        let target =
            Target { host: intel.host, user: intel.user, address: intel.address, domain: intel.domain };
        Order {
            threat: intel.id,
            action,
            target,
            give_back: GiveBack::default(),
            accounts: Accounts::default(),
        }
    }

    /// Takes over what the Learning Agent found out; see [`PolicyTable::refine`].
    pub fn refine(&mut self, refinement: &PolicyRefinement) {
        *self = ResponseAgent::new(self.table.refine(refinement));
    }
}

impl Policy for ResponseAgent {
    fn choose(&mut self, decision: &Decision<'_>) -> Action {
        ResponseAgent::decide(self, decision.key, decision.facts, &decision.mask)
    }
}
