use super::samples::{inventory, record};
use mats_core::telemetry::{Indicator, Pattern};
use mats_core::{Addr, Body, DomainId, Record, SimTime};
use mats_data::Names;
use mats_data::stix::StixWriter;
use serde_json::Value;

fn bundle(records: &[Record]) -> Value {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = StixWriter::new(&mut bytes, "intel.json", Names::new(&inventory));
    for record in records {
        out.write(record).unwrap();
    }
    out.finish().unwrap();
    serde_json::from_slice(&bytes).unwrap()
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
    let objects = bundle["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 3);
    for object in objects {
        assert_eq!((&object["type"], &object["spec_version"]), (&"indicator".into(), &"2.1".into()));
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
    assert_eq!(one["objects"][0]["id"], two["objects"][1]["id"]);
    assert_ne!(one["objects"][0]["id"], one["objects"][1]["id"]);
    assert_ne!(one["id"], two["id"]);
}

#[test]
fn a_bundle_without_objects_is_well_formed() {
    let empty = bundle(&[]);
    assert!(empty["id"].as_str().unwrap().starts_with("bundle--"));
    assert_eq!(empty.get("objects"), None);
}
