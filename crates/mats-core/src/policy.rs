//! Messages of the Learning Agent to the Response Agent.

use crate::action::Action;
use crate::inventory::AssetClass;
use crate::threat::{Severity, ThreatKind};
use serde::{Deserialize, Serialize};

/// Status of a threat so far, as the defender knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum ThreatStatus {
    /// Nothing was done yet.
    Fresh,
    /// Watched before, without a finding.
    Watched,
    /// The last scan or analyst found nothing.
    Cleared,
    /// The last scan or analyst found signs of compromise.
    Verified,
    /// The machine is isolated or the account disabled, and no finding has cleared it.
    Contained,
    /// Something that removes the cause was done since the last finding: killed, reimaged, reset, patched.
    Treated,
    /// Contained, and since then treated or cleared: a candidate for release.
    Releasable,
}

impl ThreatStatus {
    /// All states; a state's position is its number.
    pub const ALL: [ThreatStatus; 7] = [
        ThreatStatus::Fresh,
        ThreatStatus::Watched,
        ThreatStatus::Cleared,
        ThreatStatus::Verified,
        ThreatStatus::Contained,
        ThreatStatus::Treated,
        ThreatStatus::Releasable,
    ];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        ["fresh", "watched", "cleared", "verified", "contained", "treated", "releasable"][self as usize]
    }
}

/// Something that a defender knows of a case, for rules to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    /// The machine is linked to one on which an attacker was found.
    Linked,
    /// Accounts were exposed on the machine, and have not got new credentials since.
    Exposed,
    /// Programs were killed on the machine.
    Killed,
    /// The machine was rebuilt, and nothing malicious was found since.
    Rebuilt,
    /// An account got new credentials because of this case.
    Reset,
    /// Missing patches were installed.
    Patched,
    /// A site is blocked because of this case.
    Blocked,
    /// A decoy stands in the machine's segment.
    Decoy,
}

impl Fact {
    /// All facts; a fact's position is its number.
    pub const ALL: [Fact; 8] = [
        Fact::Linked,
        Fact::Exposed,
        Fact::Killed,
        Fact::Rebuilt,
        Fact::Reset,
        Fact::Patched,
        Fact::Blocked,
        Fact::Decoy,
    ];

    /// The names used in files, in the order of the facts.
    pub const NAMES: [&'static str; Fact::ALL.len()] =
        ["linked", "exposed", "killed", "rebuilt", "reset", "patched", "blocked", "decoy"];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        Fact::NAMES[self as usize]
    }
}

/// A set of [`Fact`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FactSet(u8);

impl FactSet {
    /// No fact.
    pub const NONE: FactSet = FactSet(0);

    /// Adds a fact where `holds`.
    pub fn set(&mut self, fact: Fact, holds: bool) {
        self.0 |= u8::from(holds) << fact as u8;
    }
    /// Tells whether a fact is in the set.
    pub const fn contains(self, fact: Fact) -> bool {
        self.0 >> fact as u8 & 1 == 1
    }
    /// Tells whether all facts of another set are in this one.
    pub const fn includes(self, other: FactSet) -> bool {
        other.0 & !self.0 == 0
    }
    /// Tells whether any fact of another set is in this one.
    pub const fn meets(self, other: FactSet) -> bool {
        self.0 & other.0 != 0
    }
    /// Tells whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The facts, in order.
    pub fn iter(self) -> impl Iterator<Item = Fact> {
        Fact::ALL.into_iter().filter(move |&fact| self.contains(fact))
    }
}

impl FromIterator<Fact> for FactSet {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> FactSet {
        let mut set = FactSet::NONE;
        facts.into_iter().for_each(|fact| set.set(fact, true));
        set
    }
}

/// A cell of the policy table: everything a table row can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PolicyKey {
    /// Kind of threat.
    pub kind: ThreatKind,
    /// Severity of the threat.
    pub severity: Severity,
    /// Class of the machine.
    pub asset: AssetClass,
    /// Status of the threat so far.
    pub status: ThreatStatus,
}

impl PolicyKey {
    /// Number of different keys.
    pub const COUNT: usize =
        ThreatKind::ALL.len() * Severity::ALL.len() * AssetClass::ALL.len() * ThreatStatus::ALL.len();

    /// The key as a position in a dense table.
    pub const fn index(self) -> usize {
        ((self.kind as usize * Severity::ALL.len() + self.severity as usize) * AssetClass::ALL.len()
            + self.asset as usize)
            * ThreatStatus::ALL.len()
            + self.status as usize
    }

    /// The key at a position; the inverse of [`PolicyKey::index`].
    ///
    /// # Panics
    /// When `index` is not below [`PolicyKey::COUNT`].
    pub const fn from_index(index: usize) -> PolicyKey {
        let (rest, status) = (index / ThreatStatus::ALL.len(), index % ThreatStatus::ALL.len());
        let (rest, asset) = (rest / AssetClass::ALL.len(), rest % AssetClass::ALL.len());
        let (kind, severity) = (rest / Severity::ALL.len(), rest % Severity::ALL.len());
        PolicyKey {
            kind: ThreatKind::ALL[kind],
            severity: Severity::ALL[severity],
            asset: AssetClass::ALL[asset],
            status: ThreatStatus::ALL[status],
        }
    }
}

/// One row learnt from experience.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefinedRow {
    /// Key at which it applies.
    pub key: PolicyKey,
    /// Actions in the order in which they are to be taken, each with its mean value by the Q-function (negative cost to
    /// come, in the scenario's unit). The order need not be that of the values: it may have been proved otherwise.
    pub ranking: Vec<(Action, f32)>,
    /// Number of decisions that it rests on.
    pub support: u32,
    /// Share of those decisions in which the first action was the best, in [0, 1].
    pub confidence: f32,
}

/// The network's knowledge, put into table rows: Learning Agent → Response Agent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PolicyRefinement {
    /// Counts refinements, from 1.
    pub version: u32,
    /// The learnt rows.
    pub rows: Vec<RefinedRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_index_are_inverse() {
        for i in 0..PolicyKey::COUNT {
            assert_eq!(PolicyKey::from_index(i).index(), i);
        }
    }
}
