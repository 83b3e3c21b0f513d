//! The catalogue keeps its promises: true ATT&CK names, and nothing in an attack that benign life lacks.

use crate::shared_data::shared_data;
use mats_core::ThreatKind;
use mats_scenario::catalogue::{Actor, Emission, Grant, Site, Template};
use mats_scenario::model::{HostRole, Range, UserRole};
use mats_scenario::{behaviours, techniques};
use std::collections::BTreeSet;

#[test]
fn techniques_carry_the_ids_and_names_of_attack() {
    let Some(table) = shared_data("attack/enterprise_techniques.csv") else { return };
    let mut reader = csv::Reader::from_path(table).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.len() > 500);
    for t in techniques() {
        let row = rows.iter().find(|r| r[0] == t.id).unwrap_or_else(|| panic!("{} is not in ATT&CK", t.id));
        assert_eq!(row[1], t.name, "{}", t.id);
        assert!(row[2].split('|').any(|tactic| tactic == t.tactic), "{} does not serve {}", t.id, t.tactic);
        let on = |system: &str| row[3].split('|').any(|platform| platform == system);
        let only = match (on("Windows"), on("Linux")) {
            (true, false) => Some(mats_core::Os::Windows),
            (false, true) => Some(mats_core::Os::Linux),
            _ => None,
        };
        assert_eq!(t.needs.os, only, "{}: {}", t.id, &row[3]);
    }
}

#[test]
fn there_are_enough_of_every_kind() {
    let all = techniques();
    assert!(all.len() >= 80);
    assert_eq!(all.iter().map(|t| &t.id).collect::<BTreeSet<_>>().len(), all.len(), "an id occurs twice");
    for tactic in [
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    ] {
        assert!(all.iter().filter(|t| t.tactic == tactic).count() >= 3, "{tactic}");
    }
    for kind in ThreatKind::ALL {
        assert!(all.iter().filter(|t| t.kind == kind).count() >= 3, "{}", kind.name());
    }
    let lived = behaviours();
    assert!(lived.len() >= 25);
    assert!(lived.iter().filter(|b| b.looks_bad).count() >= 8);
    assert_eq!(
        lived.iter().map(|b| &b.name).collect::<BTreeSet<_>>().len(),
        lived.len(),
        "a name occurs twice"
    );
}

#[test]
fn kinds_follow_tactics() {
    for t in techniques() {
        let expected: &[ThreatKind] = match t.tactic.as_str() {
            "credential-access" => &[ThreatKind::Credential],
            "discovery" | "lateral-movement" => &[ThreatKind::Movement],
            "collection" | "command-and-control" | "exfiltration" => &[ThreatKind::Exfiltration],
            "impact" => &[ThreatKind::Impact],
            // Running something on another machine shows as movement.
            "execution" => &[ThreatKind::Intrusion, ThreatKind::Movement],
            _ => &[ThreatKind::Intrusion],
        };
        assert!(expected.contains(&t.kind), "{} shows as {}", t.id, t.kind.name());
    }
}

#[test]
fn techniques_emit_only_what_their_site_can_show() {
    for t in techniques() {
        assert!((2..=5).contains(&t.emits.len()), "{}", t.id);
        let pairs = t.emits.iter().filter(|e| e.template.needs_other()).count();
        assert!(t.site == Site::Remote || pairs == 0, "{} names another machine, but knows none", t.id);
        let takes = t.grants.contains(&Grant::Foothold);
        assert!(!takes || t.site != Site::Held, "{} takes a machine that is held already", t.id);
    }
}

fn overlap(a: Range, b: Range) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

fn counts(e: &Emission) -> Range {
    (f64::from(e.count.0), f64::from(e.count.1))
}

/// The least range that holds all.
fn hull(ranges: impl Iterator<Item = Range>) -> Range {
    ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |h, r| (h.0.min(r.0), h.1.max(r.1)))
}

fn within(inner: Range, outer: Range) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

#[test]
fn every_emission_of_an_attack_has_a_benign_twin() {
    let benign: Vec<Emission> = behaviours().into_iter().flat_map(|b| b.emits).collect();
    for t in techniques() {
        for e in &t.emits {
            let alike: Vec<&Emission> = benign.iter().filter(|b| b.template == e.template).collect();
            let twin = alike.iter().any(|b| {
                overlap(counts(e), counts(b)) && overlap(e.scale, b.scale) && overlap(e.over, b.over)
            });
            assert!(twin, "{} {:?} has no benign twin", t.id, e.template);
            let all = |f: fn(&Emission) -> Range| hull(alike.iter().map(|b| f(b)));
            assert!(within(e.scale, all(|b| b.scale)), "{} {:?}: scale", t.id, e.template);
            assert!(within(e.over, all(|b| b.over)), "{} {:?}: over", t.id, e.template);
            // Stealth divides what is left behind, so the careless end needs room above.
            let careless = (counts(e).0, counts(e).1 / 0.7);
            assert!(within(careless, all(counts)), "{} {:?}: count", t.id, e.template);
        }
    }
}

#[test]
fn no_template_belongs_mostly_to_attackers() {
    // The odds of red against green for a single record are set by how often benign life uses the template.
    let lived = behaviours();
    for t in techniques() {
        for e in &t.emits {
            let uses = lived.iter().filter(|b| b.emits.iter().any(|x| x.template == e.template)).count();
            let at_night = |w| {
                matches!(w, mats_scenario::catalogue::When::Always | mats_scenario::catalogue::When::Night)
            };
            let always =
                lived.iter().any(|b| at_night(b.when) && b.emits.iter().any(|x| x.template == e.template));
            assert!(uses >= 2 || always, "{:?} is too rare in benign life", e.template);
        }
    }
}

/// Templates whose records name no account: that machines live them is enough.
const NAMELESS: [Template; 12] = [
    Template::MailSend,
    Template::WebVisit,
    Template::RareVisit,
    Template::Beacon,
    Template::Upload,
    Template::DnsBurst,
    Template::DnsTunnel,
    Template::InboundRequest,
    Template::PortProbe,
    Template::CrowdRequest,
    Template::Sweep,
    Template::TimeSync,
];

const MACHINES: [HostRole; 10] = [
    HostRole::Workstation,
    HostRole::FileServer,
    HostRole::MailServer,
    HostRole::WebServer,
    HostRole::DatabaseServer,
    HostRole::DomainController,
    HostRole::JumpHost,
    HostRole::BuildServer,
    HostRole::BackupServer,
    HostRole::MonitoringServer,
];

const ACCOUNTS: [UserRole; 5] =
    [UserRole::Office, UserRole::Developer, UserRole::Administrator, UserRole::Traveller, UserRole::Service];

/// An attacker shows under the account whose machine it holds, or under none where nobody owns the machine. Both have to
/// be usual, for accounts and machines of all roles.
#[test]
fn whatever_attackers_do_accounts_and_machines_of_all_roles_do_too() {
    let lived = behaviours();
    let lives = |template: Template, fits: &dyn Fn(&Actor) -> bool| {
        lived.iter().any(|b| fits(&b.actor) && b.emits.iter().any(|e| e.template == template))
    };
    let used: BTreeSet<Template> =
        techniques().iter().flat_map(|t| t.emits.iter().map(|e| e.template)).collect();
    let mut missing = Vec::new();
    for &template in &used {
        for role in MACHINES {
            if !lives(template, &|a| matches!(a, Actor::Hosts(roles) if roles.contains(&role))) {
                missing.push(format!("{template:?} on {role:?} under no account"));
            }
        }
        for role in ACCOUNTS.into_iter().filter(|_| !NAMELESS.contains(&template)) {
            if !lives(template, &|a| matches!(a, Actor::Users(roles) if roles.contains(&role))) {
                missing.push(format!("{template:?} by {role:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "nobody but attackers: {missing:#?}");
}
