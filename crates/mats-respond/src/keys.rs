//! Which threats a rule is about: a product of four sets.

use mats_core::{AssetClass, PolicyKey, Severity, ThreatKind, ThreatStatus};
use std::fmt;

/// The names of each property's values, in the order of their numbers.
pub(crate) const NAMES: [(&str, &[&str]); 4] = [
    ("kind", &["intrusion", "credential", "movement", "exfiltration", "impact"]),
    ("severity", &["info", "low", "medium", "high"]),
    ("asset", &["workstation", "server", "critical"]),
    ("status", &["fresh", "watched", "cleared", "verified", "contained", "treated", "releasable"]),
];

/// A set of [`PolicyKey`]s that is a product of sets of kinds, severities, asset classes and statuses; bit *i*
/// of a property stands for its *i*-th value. The order of properties is that of `PolicyKey`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeySet(pub(crate) [u8; 4]);

impl KeySet {
    /// Every key.
    pub const ALL: KeySet = KeySet([
        (1 << ThreatKind::ALL.len()) - 1,
        (1 << Severity::ALL.len()) - 1,
        (1 << AssetClass::ALL.len()) - 1,
        (1 << ThreatStatus::ALL.len()) - 1,
    ]);

    /// One key only.
    pub const fn one(key: PolicyKey) -> KeySet {
        KeySet([1 << key.kind as u8, 1 << key.severity as u8, 1 << key.asset as u8, 1 << key.status as u8])
    }

    /// The product of some values of each property; an empty list stands for all.
    pub fn product(
        kinds: &[ThreatKind],
        severities: &[Severity],
        assets: &[AssetClass],
        statuses: &[ThreatStatus],
    ) -> KeySet {
        fn bits<T: Copy>(values: &[T], number: impl Fn(T) -> u8, all: u8) -> u8 {
            if values.is_empty() {
                all
            } else {
                values.iter().fold(0, |set, &value| set | 1 << number(value))
            }
        }
        let [kind, severity, asset, status] = KeySet::ALL.0;
        KeySet([
            bits(kinds, |v| v as u8, kind),
            bits(severities, |v| v as u8, severity),
            bits(assets, |v| v as u8, asset),
            bits(statuses, |v| v as u8, status),
        ])
    }

    /// Tells whether a key belongs to the set.
    pub const fn contains(self, key: PolicyKey) -> bool {
        let (set, one) = (self.0, KeySet::one(key).0);
        set[0] & one[0] != 0 && set[1] & one[1] != 0 && set[2] & one[2] != 0 && set[3] & one[3] != 0
    }

    /// Returns the keys of the set, in the order of [`PolicyKey::index`].
    pub fn keys(self) -> impl Iterator<Item = PolicyKey> {
        (0..PolicyKey::COUNT).map(PolicyKey::from_index).filter(move |&key| self.contains(key))
    }

    /// The names of the values of one property (0 to 3), or `None` when all of them belong to the set.
    pub(crate) fn listed(self, property: usize) -> Option<impl Iterator<Item = &'static str>> {
        let bits = self.0[property];
        (bits != KeySet::ALL.0[property]).then(|| {
            NAMES[property]
                .1
                .iter()
                .enumerate()
                .filter(move |(i, _)| bits >> i & 1 == 1)
                .map(|(_, &name)| name)
        })
    }
}

/// Writes it as people read it: `kind impact; severity medium or high`, or `anything`.
impl fmt::Display for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == KeySet::ALL {
            return f.write_str("anything");
        }
        let mut between = "";
        for (property, (name, _)) in NAMES.iter().enumerate() {
            let Some(values) = self.listed(property) else { continue };
            write!(f, "{between}{name} {}", values.collect::<Vec<_>>().join(" or "))?;
            between = "; ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_core_types() {
        assert!(ThreatKind::ALL.iter().map(|v| v.name()).eq(NAMES[0].1.iter().copied()));
        assert!(Severity::ALL.iter().map(|v| v.name()).eq(NAMES[1].1.iter().copied()));
        assert!(AssetClass::ALL.iter().map(|v| v.name()).eq(NAMES[2].1.iter().copied()));
        assert!(ThreatStatus::ALL.iter().map(|v| v.name()).eq(NAMES[3].1.iter().copied()));
    }

    #[test]
    fn sets_are_told_in_words() {
        let key = PolicyKey {
            kind: ThreatKind::Impact,
            severity: Severity::High,
            asset: AssetClass::Server,
            status: ThreatStatus::Fresh,
        };
        assert_eq!(KeySet::one(key).to_string(), "kind impact; severity high; asset server; status fresh");
        assert_eq!(
            KeySet([KeySet::ALL.0[0], 6, KeySet::ALL.0[2], KeySet::ALL.0[3]]).to_string(),
            "severity low or medium"
        );
        assert_eq!(KeySet::ALL.to_string(), "anything");
    }

    #[test]
    fn a_set_of_one_key_holds_that_key_only() {
        for i in 0..PolicyKey::COUNT {
            let key = PolicyKey::from_index(i);
            assert!(KeySet::one(key).keys().eq([key]));
        }
        assert_eq!(KeySet::ALL.keys().count(), PolicyKey::COUNT);
    }
}
