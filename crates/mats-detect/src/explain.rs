//! Why a row was judged as it was: which model, which features, and the ATT&CK techniques that leave such features.

use crate::detector::Detector;
use crate::features::{FEATURES, FeatureRow, columns as col};
use mats_core::explanation::{Explanation, Model, NAMED, Reason, TechniqueId};
use mats_core::{Evidence, ThreatKind};

/// Evidence of models that say nothing.
const NOTHING: Evidence = Evidence { anomaly: 0.0, forest: 0.0, sequence: 0.0, indicator: 0.0 };

const fn t(number: u16, sub: u16) -> TechniqueId {
    TechniqueId::new(number, sub)
}

/// Techniques that raise a feature, the likeliest first. Chosen by what each technique leaves in logs as ATT&CK
/// describes it (v17): its data sources and procedure examples.
pub const SUGGESTS: [(usize, &[(ThreatKind, TechniqueId)]); 28] = {
    use ThreatKind::{Credential, Exfiltration, Impact, Intrusion, Movement};
    [
        (col::FAILED_FLOWS, &[(Movement, t(1046, 0)), (Movement, t(1018, 0))]),
        (col::INTERNAL_PEERS, &[(Movement, t(1018, 0)), (Movement, t(1021, 0))]),
        (col::FOREIGN_PROCESSES, &[(Intrusion, t(1078, 0)), (Movement, t(1021, 0))]),
        (col::ADMIN_OUT, &[(Movement, t(1021, 2)), (Movement, t(1570, 0)), (Movement, t(1550, 2))]),
        (col::ADMIN_IN, &[(Movement, t(1570, 0)), (Movement, t(1021, 2))]),
        (col::SENT, &[(Exfiltration, t(1041, 0)), (Exfiltration, t(1567, 2)), (Exfiltration, t(1048, 0))]),
        (col::SHARED, &[(Exfiltration, t(1071, 1)), (Intrusion, t(1566, 2))]),
        (col::RARE_SHARE, &[(Exfiltration, t(1071, 1)), (Exfiltration, t(1105, 0))]),
        (col::BEACON, &[(Exfiltration, t(1071, 1)), (Exfiltration, t(1105, 0))]),
        (col::DISPLACED_OUT, &[(Movement, t(1550, 2)), (Movement, t(1021, 1)), (Intrusion, t(1078, 0))]),
        (col::DISPLACED_IN, &[(Intrusion, t(1078, 0)), (Movement, t(1570, 0)), (Intrusion, t(1133, 0))]),
        (col::FAILED_LOGINS, &[(Credential, t(1110, 1)), (Intrusion, t(1133, 0))]),
        (col::FAILED_LOGINS_OUT, &[(Credential, t(1110, 3)), (Movement, t(1021, 0))]),
        (col::ACCOUNTS, &[(Credential, t(1110, 3)), (Intrusion, t(1078, 0))]),
        (col::LOGIN_TARGETS, &[(Movement, t(1021, 0)), (Movement, t(1570, 0)), (Movement, t(1078, 2))]),
        (col::PRIVILEGES, &[(Intrusion, t(1078, 2)), (Intrusion, t(1134, 0))]),
        (col::SCRIPTS, &[(Intrusion, t(1059, 1)), (Intrusion, t(1204, 2))]),
        (col::ODD_PARENTS, &[(Intrusion, t(1204, 2)), (Intrusion, t(1566, 1)), (Intrusion, t(1505, 3))]),
        (col::REMOTE_EXECUTION, &[(Movement, t(1569, 2)), (Movement, t(1570, 0)), (Movement, t(1047, 0))]),
        (col::DISCOVERY, &[(Movement, t(1087, 2)), (Movement, t(1082, 0)), (Movement, t(1069, 2))]),
        (col::RARE_TOOLS, &[(Credential, t(1003, 1)), (Intrusion, t(1055, 0))]),
        (col::ARCHIVES, &[(Exfiltration, t(1560, 1)), (Exfiltration, t(1039, 0))]),
        (col::FILES, &[(Impact, t(1486, 0)), (Movement, t(1570, 0)), (Exfiltration, t(1074, 1))]),
        (col::DELETED, &[(Impact, t(1490, 0)), (Impact, t(1485, 0)), (Impact, t(1486, 0))]),
        (col::PERSISTENCE, &[(Intrusion, t(1543, 3)), (Intrusion, t(1053, 5)), (Intrusion, t(1136, 1))]),
        (col::EVASION, &[(Intrusion, t(1562, 1)), (Intrusion, t(1070, 1)), (Impact, t(1489, 0))]),
        (col::NEW_PLACE, &[(Exfiltration, t(1071, 1)), (Exfiltration, t(1105, 0)), (Intrusion, t(1566, 2))]),
        (col::LOGINS_IN, &[(Movement, t(1021, 0)), (Intrusion, t(1078, 0)), (Intrusion, t(1133, 0))]),
    ]
};

/// One tree in so many is asked why: a patrol asks every minute, and a quarter of the trees name the same features.
const STRIDE: usize = 4;
/// Factor by which a technique counts more that fits the kind of threat.
const FITS: f32 = 3.0;
/// Factor by which each further technique of a feature counts less than the one before.
const FURTHER: f32 = 0.6;

impl Detector {
    /// Explains why a row was judged so. Allocates nothing; takes a few microseconds.
    ///
    /// A model's share is what the fused log-odds lose when it says nothing; it is split among the features as the
    /// paths of its trees moved (Saabas 2014).
    pub fn explain(&self, row: &FeatureRow, evidence: &Evidence, kind: ThreatKind) -> Explanation {
        let shares = self.shares(evidence);
        let mut model = Model::Anomaly;
        for other in Model::ALL {
            if shares[other as usize] > shares[model as usize] {
                model = other;
            }
        }
        let mut weights = [0.0; FEATURES];
        let mut add = |share: f32, moved: &FeatureRow| {
            let whole: f32 = moved.iter().map(|m| m.abs()).sum();
            if share > 0.0 && whole > 0.0 {
                weights.iter_mut().zip(moved).for_each(|(w, m)| *w += share * m / whole);
            }
        };
        let mut moved = [0.0; FEATURES];
        self.isolation.explain_into(row, STRIDE, &mut moved);
        add(shares[Model::Anomaly as usize], &moved);
        if let Some(forest) = &self.forest {
            let mut moved = [0.0; FEATURES];
            forest.explain_into(row, STRIDE, &mut moved);
            add(shares[Model::Forest as usize], &moved);
        }
        Explanation { model, features: strongest(&weights), techniques: suggested(&weights, model, kind) }
    }

    /// Returns what each model added to the fused log-odds.
    fn shares(&self, heard: &Evidence) -> [f32; Model::ALL.len()] {
        let evidence = &Evidence { sequence: 0.0, ..*heard };
        let whole = self.fusion.score(evidence);
        let without = |silent: Evidence| (whole - self.fusion.score(&silent)) as f32;
        let asked = self.sequenced.as_ref().filter(|_| heard.sequence > 0.0);
        let sequence = asked.map_or(0.0, |sequenced| sequenced.added(heard.sequence) as f32);
        [
            without(Evidence { anomaly: NOTHING.anomaly, ..*evidence }),
            without(Evidence { forest: NOTHING.forest, ..*evidence }),
            sequence,
            without(Evidence { indicator: NOTHING.indicator, ..*evidence }),
        ]
    }
}

fn strongest(weights: &FeatureRow) -> [Option<Reason>; NAMED] {
    let mut named = [None::<Reason>; NAMED];
    for (feature, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        let new = Reason { feature: feature as u8, weight };
        insert(&mut named, new, |r| r.weight);
    }
    named
}

/// Techniques by the weight of the features that suggest them; those of the threat's kind first.
fn suggested(weights: &FeatureRow, model: Model, kind: ThreatKind) -> [Option<TechniqueId>; NAMED] {
    // More than the table names.
    let mut scores = [(t(0, 0), 0.0_f32); 80];
    let mut used = 0;
    let mut add = |id: TechniqueId, score: f32| {
        let at = scores[..used].iter().position(|s| s.0 == id).unwrap_or(used);
        if let Some(known) = scores.get_mut(at) {
            *known = (id, known.1 + score);
            used = used.max(at + 1);
        }
    };
    for (feature, techniques) in SUGGESTS {
        let mut score = weights[feature].max(0.0);
        for &(of, id) in techniques {
            if score > 0.0 {
                add(id, if of == kind { FITS * score } else { score });
            }
            score *= FURTHER;
        }
    }
    // An indicator names a place that attackers are known to use: someone calls there, or came from there.
    if model == Model::Indicator {
        add(t(1071, 1), weights.iter().copied().fold(1.0, f32::max));
    }
    let mut named = [None::<(TechniqueId, f32)>; NAMED];
    for (i, &score) in scores[..used].iter().enumerate() {
        // Of a technique's own sub-techniques the likeliest alone is named.
        let better = |&(j, other): &(usize, &(TechniqueId, f32))| {
            other.0.base() == score.0.base() && (other.1 > score.1 || (other.1 == score.1 && j < i))
        };
        if !scores[..used].iter().enumerate().any(|other| better(&other)) {
            insert(&mut named, score, |s| s.1);
        }
    }
    named.map(|n| n.map(|n| n.0))
}

/// Keeps the largest, in falling order; the first among equals stays first.
fn insert<T: Copy>(named: &mut [Option<T>; NAMED], new: T, size: impl Fn(&T) -> f32) {
    let at = named.iter().position(|old| old.as_ref().is_none_or(|old| size(&new) > size(old)));
    if let Some(at) = at {
        named[at..].rotate_right(1);
        named[at] = Some(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_strongest_come_first_and_only_what_raised_the_score() {
        let mut weights = [0.0; FEATURES];
        (weights[4], weights[9], weights[20], weights[21], weights[30]) = (0.2, 1.5, -3.0, 0.7, 0.1);
        let features: Vec<u8> = strongest(&weights).iter().flatten().map(|r| r.feature).collect();
        assert_eq!(features, [9, 21, 4]);
        assert_eq!(strongest(&[-1.0; FEATURES]), [None; NAMED]);
    }

    #[test]
    fn techniques_follow_the_features_and_the_kind() {
        let mut weights = [0.0; FEATURES];
        weights[col::FAILED_LOGINS] = 1.0;
        let named = suggested(&weights, Model::Forest, ThreatKind::Credential);
        assert_eq!(named[0].unwrap().to_string(), "T1110.001");
        (weights[col::FAILED_LOGINS], weights[col::FILES]) = (0.0, 1.0);
        assert_eq!(suggested(&weights, Model::Forest, ThreatKind::Impact)[0], Some(t(1486, 0)));
        assert_eq!(suggested(&weights, Model::Forest, ThreatKind::Exfiltration)[0], Some(t(1074, 1)));
        assert_eq!(suggested(&[0.0; FEATURES], Model::Sequence, ThreatKind::Impact), [None; NAMED]);
    }

    #[test]
    fn every_suggestion_is_a_technique_of_attack() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/data/attack/enterprise_techniques.csv");
        let Ok(text) = std::fs::read_to_string(file) else {
            // Past the harness, which hides what passing tests print.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: ../shared/data/attack is absent, so no id is checked");
            return;
        };
        let known: Vec<&str> = text.lines().filter_map(|line| line.split(',').next()).collect();
        for (_, techniques) in SUGGESTS {
            for (_, id) in techniques {
                assert!(known.contains(&id.to_string().as_str()), "{id}");
            }
        }
    }
}
