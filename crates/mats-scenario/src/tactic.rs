//! The tactics of MITRE ATT&CK, in its order.

use crate::attack::Attack;
use crate::catalogue::Technique;

/// A tactic: what an attacker wants at a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tactic {
    /// Name of the tactic, as the catalogue spells it.
    pub name: &'static str,
    /// A word for lists and diagrams.
    pub short: &'static str,
    /// Colour in diagrams: light, for dark text.
    pub colour: &'static str,
}

const fn tactic(name: &'static str, short: &'static str, colour: &'static str) -> Tactic {
    Tactic { name, short, colour }
}

/// All tactics, in the order of ATT&CK's matrix. Stages that are near have colours that are near.
pub const TACTICS: [Tactic; 14] = [
    tactic("reconnaissance", "recon", "#eceff1"),
    tactic("resource-development", "resources", "#eceff1"),
    tactic("initial-access", "access", "#bbdefb"),
    tactic("execution", "execute", "#b3e5fc"),
    tactic("persistence", "persist", "#b2dfdb"),
    tactic("privilege-escalation", "escalate", "#c8e6c9"),
    tactic("defense-evasion", "evade", "#dcedc8"),
    tactic("credential-access", "credentials", "#fff9c4"),
    tactic("discovery", "discover", "#eeeeee"),
    tactic("lateral-movement", "move", "#ffe0b2"),
    tactic("collection", "collect", "#e1bee7"),
    tactic("command-and-control", "control", "#d1c4e9"),
    tactic("exfiltration", "exfiltrate", "#f8bbd0"),
    tactic("impact", "impact", "#ffcdd2"),
];

/// The tactics that attacks use, in the order of ATT&CK.
pub fn tactics(attacks: &[Attack], techniques: &[Technique]) -> Vec<Tactic> {
    let used = |tactic: &&Tactic| {
        attacks.iter().flat_map(|a| &a.steps).any(|step| techniques[step.technique].tactic == tactic.name)
    };
    TACTICS.iter().filter(used).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_serves_a_known_tactic() {
        for technique in crate::techniques() {
            assert!(
                TACTICS.iter().any(|t| t.name == technique.tactic),
                "{}: {}",
                technique.id,
                technique.tactic
            );
        }
    }
}
