//! The Response Agent: [`ThreatIntel`] in, [`Order`] out.

use crate::table::{CompiledTable, PolicyTable};
use mats_core::{
    Action, ActionMask, AssetClass, Order, PolicyKey, PolicyRefinement, Target, ThreatIntel, ThreatStatus,
};

/// Answers threats from a policy table.
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
    pub fn decide(&self, key: PolicyKey, mask: &ActionMask) -> Action {
        let ranking = self.compiled.ranking(key);
        ranking.iter().copied().find(|&action| mask.allows(action)).unwrap_or(Action::Monitor)
    }

    /// Answers a threat on a machine of the given class and with the given history: [`ResponseAgent::decide`]
    /// with the target taken from the threat.
    pub fn respond(
        &self,
        intel: &ThreatIntel,
        asset: AssetClass,
        status: ThreatStatus,
        mask: &ActionMask,
    ) -> Order {
        let key = PolicyKey { kind: intel.kind, severity: intel.severity, asset, status };
        Order { threat: intel.id, action: self.decide(key, mask), target: target(intel) }
    }

    /// Takes over what the Learning Agent found out; see [`PolicyTable::refine`].
    pub fn refine(&mut self, refinement: &PolicyRefinement) {
        *self = ResponseAgent::new(self.table.refine(refinement));
    }
}

/// What an action against a threat acts upon.
pub fn target(intel: &ThreatIntel) -> Target {
    Target { host: intel.host, user: intel.user, address: intel.address, domain: intel.domain }
}
