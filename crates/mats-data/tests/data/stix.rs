use super::samples::{flow, inventory, record};
use mats_core::telemetry::{ConnState, Flow, Indicator, Pattern, Service};
use mats_core::{Addr, Body, DomainId, Record, SimTime};
use mats_data::feed::{Knowledge, Technique, Vulnerability};
use mats_data::signatures::SignatureWriter;
use mats_data::stix::StixWriter;
use mats_data::{Names, RecordWriter, kev};
use serde_json::Value;

fn knowledge() -> Knowledge {
    let technique = |id: &str, name: &str| Technique {
        id: id.to_owned(),
        name: name.to_owned(),
        tactic: "command-and-control".to_owned(),
    };
    let vulnerability = |id: &str| Vulnerability { id: id.to_owned(), service: "smb" };
    Knowledge {
        techniques: vec![technique("T1071.001", "Web Protocols"), technique("T1071.004", "DNS")],
        vulnerabilities: vec![vulnerability("CVE-2020-1472"), vulnerability("CVE-1999-12345")],
    }
}

fn bundle(records: &[Record]) -> Value {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = StixWriter::new(&mut bytes, "intel.json", Names::new(&inventory), &knowledge()).unwrap();
    for record in records {
        out.write(0, record).unwrap();
    }
    out.finish().unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The objects of a kind.
fn of<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    bundle["objects"].as_array().unwrap().iter().filter(|object| object["type"] == kind).collect()
}

fn indicator(pattern: Pattern, valid_until: SimTime) -> Record {
    record(0, Body::Intel(Indicator { pattern, confidence: 85, valid_until }))
}

#[test]
fn indicators_are_those_of_the_standard() {
    let bundle = bundle(&[
        indicator(Pattern::Address(Addr(0xc633_6407)), SimTime(3_601_000_000)),
        indicator(Pattern::Domain(DomainId(3)), SimTime::NEVER),
        indicator(Pattern::Domain(DomainId(4)), SimTime(10)),
    ]);
    assert_eq!(bundle["type"], "bundle");
    let objects = of(&bundle, "indicator");
    assert_eq!(objects.len(), 3);
    for object in &objects {
        assert_eq!(object["spec_version"], "2.1");
        let id = object["id"].as_str().unwrap().strip_prefix("indicator--").unwrap();
        assert_eq!((id.len(), &id[14..15]), (36, "5"), "a version 5 UUID");
        assert!(b"89ab".contains(&id.as_bytes()[19]), "of the RFC's variant");
        assert_eq!(object["confidence"], 85);
        assert_eq!(object["valid_from"], "2024-01-01T08:00:01.000000Z");
    }
    assert_eq!(objects[0]["pattern"], "[ipv4-addr:value = '198.51.100.7']");
    assert_eq!(objects[0]["valid_until"], "2024-01-01T09:00:01.000000Z");
    assert!(objects[1]["pattern"].as_str().unwrap().starts_with("[domain-name:value = '"));
    assert_eq!((objects[1].get("valid_until"), objects[1].get("revoked")), (None, None), "it never expires");
    assert_eq!(
        (objects[2].get("valid_until"), &objects[2]["revoked"]),
        (None, &true.into()),
        "expired before"
    );
}

#[test]
fn identifiers_depend_on_content_alone() {
    let a = indicator(Pattern::Address(Addr(1)), SimTime(2_000_000));
    let b = indicator(Pattern::Address(Addr(2)), SimTime(2_000_000));
    let (one, two) = (bundle(&[a, b]), bundle(&[b, a]));
    assert_eq!(bundle(&[a, b]), one);
    assert_eq!(of(&one, "indicator")[0]["id"], of(&two, "indicator")[1]["id"]);
    assert_ne!(of(&one, "indicator")[0]["id"], of(&one, "indicator")[1]["id"]);
    assert_ne!(one["id"], two["id"]);
}

#[test]
fn the_feed_knows_techniques_and_weaknesses_and_relates_indicators_by_kind() {
    let bundle = bundle(&[
        indicator(Pattern::Address(Addr(1)), SimTime::NEVER),
        indicator(Pattern::Domain(DomainId(3)), SimTime::NEVER),
    ]);
    assert_eq!(of(&bundle, "identity").len(), 2);
    let patterns = of(&bundle, "attack-pattern");
    let reference = &patterns[0]["external_references"][0];
    assert_eq!(
        (&reference["source_name"], &reference["external_id"]),
        (&"mitre-attack".into(), &"T1071.001".into())
    );
    assert_eq!(reference["url"], "https://attack.mitre.org/techniques/T1071/001");
    assert_eq!(of(&bundle, "vulnerability")[0]["name"], "CVE-2020-1472");
    let (indicators, relations) = (of(&bundle, "indicator"), of(&bundle, "relationship"));
    for (i, relation) in relations.iter().enumerate() {
        assert_eq!(relation["relationship_type"], "indicates");
        assert_eq!(
            (&relation["source_ref"], &relation["target_ref"]),
            (&indicators[i]["id"], &patterns[i]["id"])
        );
    }
    assert_eq!(relations.len(), 2);
}

#[test]
fn sightings_are_flows_that_match_while_an_indicator_is_valid() {
    let at = |seconds: u64, flow: Flow| {
        let time = SimTime(seconds * 1_000_000);
        Record { time, arrival: time, ..record(0, Body::Flow(flow)) }
    };
    let known = flow(Service::Tls, ConnState::Sf, 1, 1);
    let other = Flow { domain: DomainId(8), ..known };
    let bundle = bundle(&[
        at(0, known),
        indicator(Pattern::Domain(known.domain), SimTime(9_000_000)),
        indicator(Pattern::Domain(DomainId(77)), SimTime(9_000_000)),
        at(3, known),
        at(4, other),
        at(2, known),
        at(9, known),
    ]);
    let sightings = of(&bundle, "sighting");
    assert_eq!(sightings.len(), 1, "one indicator was seen");
    assert_eq!(sightings[0]["count"], 2);
    assert_eq!(sightings[0]["first_seen"], "2024-01-01T08:00:02.000000Z");
    assert_eq!(sightings[0]["last_seen"], "2024-01-01T08:00:03.000000Z");
    assert_eq!(sightings[0]["sighting_of_ref"], of(&bundle, "indicator")[0]["id"]);
}

#[test]
fn a_quiet_feed_is_well_formed() {
    let empty = bundle(&[]);
    assert!(empty["id"].as_str().unwrap().starts_with("bundle--"));
    assert_eq!(of(&empty, "indicator").len(), 0);
}

#[test]
fn vulnerabilities_have_the_shape_of_cisas_catalogue() {
    let mut bytes = Vec::new();
    let inventory = inventory();
    kev::write(&mut bytes, "kev.json", &knowledge().vulnerabilities, Names::new(&inventory).epoch()).unwrap();
    let catalogue: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(catalogue["count"], 2);
    let [known, unknown] = [0, 1].map(|i| &catalogue["vulnerabilities"][i]);
    assert_eq!((&known["cveID"], &known["product"]), (&"CVE-2020-1472".into(), &"Netlogon".into()));
    assert_eq!((&unknown["cveID"], &unknown["vendorProject"]), (&"CVE-1999-12345".into(), &"Unknown".into()));
    assert_eq!(known.as_object().unwrap().len(), 11);
}

#[test]
fn signatures_name_what_to_look_for() {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = SignatureWriter::new(&mut bytes, "signatures.rules", Names::new(&inventory));
    for pattern in [Pattern::Address(Addr(0xc633_6407)), Pattern::Domain(DomainId(3))] {
        out.write(0, &indicator(pattern, SimTime(3_601_000_000))).unwrap();
    }
    out.finish().unwrap();
    drop(out);
    let text = String::from_utf8(bytes).unwrap();
    let rules: Vec<&str> = text.lines().collect();
    assert_eq!(rules.len(), 3, "one for the address, two for the domain");
    assert!(rules[0].starts_with("alert ip $HOME_NET any <> 198.51.100.7 any (msg:"));
    assert!(rules[1].contains("dns.query; content:\"") && rules[2].contains("tls.sni; content:\""));
    for (rule, sid) in rules.iter().zip(9_000_001..) {
        assert!(rule.ends_with(&format!("; sid:{sid}; rev:1;)")), "{rule}");
    }
}
