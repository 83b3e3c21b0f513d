use super::samples::{Disk, any_record, flow, inventory, record};
use crate::shared_data::shared_data;
use mats_core::telemetry::{ConnState, Flow, Service};
use mats_core::{Addr, Body, DomainId, HostId, Record};
use mats_data::names::{Domain, Names, Uid};
use mats_data::zeek::{Conn, ConnReader, Format, ZeekWriter};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::BufReader;

fn write(records: &[Record], format: Format) -> Disk {
    let (disk, inventory) = (Disk::default(), inventory());
    let names = Names::new(&inventory).with_resolver(|domain| Addr(0x5000_0000_u32.wrapping_add(domain.0)));
    let mut out = ZeekWriter::new(|name| Ok(disk.create(name)), format, names).unwrap();
    for (number, record) in (0..).zip(records) {
        out.write(number, record).unwrap();
    }
    out.finish().unwrap();
    disk
}

fn one(flow: Flow) -> Conn {
    let text = write(&[record(0, Body::Flow(flow))], Format::Json).text("conn.log");
    ConnReader::new(text.as_bytes(), "conn.log").next().unwrap().unwrap()
}

#[test]
fn an_entry_says_what_the_flow_says() {
    let conn = one(flow(Service::Tls, ConnState::Sf, 3000, 100_000));
    assert_eq!(conn.ts, 1_704_096_001.0);
    assert_eq!(conn.uid, Uid(0).to_string());
    assert_eq!((conn.orig_h.to_string(), conn.resp_h.to_string()), ("10.0.0.1".into(), "192.0.2.1".into()));
    assert_eq!((conn.resp_p, conn.proto.as_str(), conn.service.as_deref()), (443, "tcp", Some("ssl")));
    assert_eq!((conn.duration, conn.orig_bytes, conn.resp_bytes), (Some(1.25), Some(3000), Some(100_000)));
    assert_eq!((conn.conn_state.as_deref(), conn.history.as_deref()), (Some("SF"), Some("ShADadFf")));
    assert_eq!((conn.local_orig, conn.local_resp), (Some(true), Some(false)));
    assert_eq!((conn.orig_pkts, conn.resp_pkts), (Some(3 + 3 + 34), Some(2 + 69 + 1)));
}

#[test]
fn an_inbound_flow_begins_at_the_peer() {
    let conn = one(Flow { outbound: false, ..flow(Service::Ssh, ConnState::Rsto, 10, 0) });
    assert_eq!((conn.orig_h.to_string(), conn.resp_h.to_string()), ("192.0.2.1".into(), "10.0.0.1".into()));
    assert_eq!((conn.resp_p, conn.history.as_deref()), (22, Some("ShADaR")));
    assert_eq!((conn.local_orig, conn.local_resp), (Some(false), Some(true)));
}

#[test]
fn history_agrees_with_state() {
    let check = |service, state, out, back, expected: (&str, &str)| {
        let conn = one(flow(service, state, out, back));
        assert_eq!((conn.conn_state.unwrap().as_str(), conn.history.unwrap().as_str()), expected);
    };
    check(Service::Smb, ConnState::S0, 0, 0, ("S0", "S"));
    check(Service::Smb, ConnState::Rej, 0, 0, ("REJ", "Sr"));
    check(Service::Http, ConnState::Sf, 5, 0, ("SF", "ShADaFf"));
    check(Service::Dns, ConnState::Sf, 5, 9, ("SF", "Dd"));
    check(Service::Dns, ConnState::S0, 5, 0, ("S0", "D"));
}

#[test]
fn look_ups_stand_in_both_logs_under_one_uid() {
    let records = [
        record(1, Body::Flow(flow(Service::Http, ConnState::Sf, 5, 9))),
        record(1, Body::Flow(flow(Service::Dns, ConnState::Sf, 40, 90))),
    ];
    let disk = write(&records, Format::Json);
    let dns: Vec<serde_json::Value> =
        disk.text("dns.log").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(dns.len(), 1);
    assert_eq!(dns[0]["uid"], Uid(1).to_string());
    assert_eq!(dns[0]["rcode_name"], "NOERROR");
    assert!(dns[0]["query"].as_str().unwrap().ends_with(".example"));
    let conns: Vec<Conn> =
        ConnReader::new(disk.bytes("conn.log").as_slice(), "c").collect::<Result<_, _>>().unwrap();
    assert_eq!(dns[0]["id.orig_p"], conns[1].orig_p);
    assert!((32768..=60999).contains(&conns[1].orig_p), "Linux picks its ports from there");
}

#[test]
fn requests_and_handshakes_stand_in_logs_of_their_own() {
    let refused = Flow { domain: DomainId(9), ..flow(Service::Http, ConnState::Rej, 500, 0) };
    let records = [
        record(0, Body::Flow(flow(Service::Http, ConnState::Sf, 9000, 50_000))),
        record(0, Body::Flow(flow(Service::Tls, ConnState::Sf, 900, 5000))),
        record(0, Body::Flow(flow(Service::Imap, ConnState::S1, 900, 0))),
        record(0, Body::Flow(refused)),
    ];
    let disk = write(&records, Format::Json);
    let read = |name: &str| -> Vec<serde_json::Value> {
        disk.text(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (http, ssl) = (read("http.log"), read("ssl.log"));
    assert_eq!((http.len(), ssl.len()), (1, 2));
    assert_eq!((&http[0]["uid"], &http[0]["method"]), (&Uid(0).to_string().into(), &"POST".into()));
    assert!(http[0]["request_body_len"].as_u64().unwrap() < 9000);
    assert_eq!(http[0]["host"], Domain(DomainId(9)).to_string());
    assert_eq!((&ssl[0]["uid"], &ssl[0]["server_name"]), (&Uid(1).to_string().into(), &http[0]["host"]));
    assert_eq!((&ssl[0]["established"], &ssl[1]["established"]), (&true.into(), &false.into()));
    assert_eq!(ssl[0]["ja3"].as_str().unwrap().len(), 32);
    assert_eq!(read("conn.log").len(), 4);
}

#[test]
fn answers_are_where_the_name_leads() {
    let records: Vec<Record> =
        (0..40).map(|_| record(1, Body::Flow(flow(Service::Dns, ConnState::Sf, 40, 90)))).collect();
    let text = write(&records, Format::Json).text("dns.log");
    let mut answered = 0;
    for line in text.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(entry.get("answers").is_some(), entry["qtype_name"] == "A");
        if let Some(answers) = entry.get("answers") {
            assert_eq!(answers, &serde_json::json!(["80.0.0.9"]));
            answered += 1;
        }
    }
    assert!(answered > 20, "{answered}");
}

#[test]
fn tab_separated_logs_have_zeeks_headers() {
    let disk = write(&[record(0, Body::Flow(flow(Service::Smb, ConnState::S0, 0, 0)))], Format::Tsv);
    let text = disk.text("conn.log");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-"]
    );
    assert_eq!(lines[4..6], ["#path\tconn", "#open\t2024-01-01-08-00-00"]);
    assert!(lines[6].starts_with("#fields\tts\tuid\tid.orig_h\tid.orig_p\t"));
    assert!(lines[7].starts_with("#types\ttime\tstring\taddr\tport\t"));
    let (fields, values) = (lines[6].split('\t').skip(1), lines[8].split('\t'));
    let entry: BTreeMap<&str, &str> = fields.zip(values).collect();
    assert_eq!(entry["ts"], "1704096001.000000");
    assert_eq!((entry["service"], entry["local_orig"], entry["tunnel_parents"]), ("-", "T", "(empty)"));
    assert_eq!(lines[9], "#close\t2024-01-01-08-00-01");
    for line in &lines[6..9] {
        assert_eq!(line.split('\t').count() - usize::from(line.starts_with('#')), 22);
    }
}

#[test]
fn bad_lines_are_named_and_passed_over() {
    let good = write(&[record(0, Body::Flow(flow(Service::Smb, ConnState::Sf, 1, 1)))], Format::Json)
        .text("conn.log");
    let long = "x".repeat(3 << 20);
    let text = format!("#fields\tts\n{{\"ts\":1}}\n\n{{\"_path\":\"dns\"}}\n{long}\n{good}");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(b"\xff\xfe");
    let read: Vec<Result<Conn, String>> =
        ConnReader::new(bytes.as_slice(), "conn.log").map(|r| r.map_err(|e| e.to_string())).collect();
    let places: Vec<&str> = read.iter().map(|r| r.as_ref().map_or_else(|e| &e[..11], |_| "good")).collect();
    assert_eq!(places, ["conn.log:1:", "conn.log:2:", "conn.log:5:", "good", "conn.log:7:"]);
    assert!(read[0].as_ref().unwrap_err().contains("use_json"));
    assert!(read[1].as_ref().unwrap_err().contains("missing field `uid`"));
}

#[test]
fn a_recorded_log_is_read_whole() {
    let Some(path) = shared_data("apt29-zeek/combined_zeek.log") else { return };
    let file = BufReader::new(std::fs::File::open(path).unwrap());
    let conns: Vec<Conn> = ConnReader::new(file, "combined_zeek.log").collect::<Result<_, _>>().unwrap();
    assert_eq!(conns.len(), 613);
    let count = |state: &str| conns.iter().filter(|conn| conn.conn_state.as_deref() == Some(state)).count();
    assert_eq!(["RSTO", "SF", "S0", "RSTR", "REJ", "S1"].map(count), [420, 84, 52, 45, 10, 2]);
    assert_eq!(conns.iter().filter(|conn| conn.duration.is_some()).count(), 577);
    assert_eq!(conns[0].uid, "Cvf4XX17hSAgXDdGEd");
}

proptest! {
    #[test]
    fn every_flow_makes_one_entry_that_reads_back(records in prop::collection::vec(any_record(), 0..20)) {
        let disk = write(&records, Format::Json);
        let conns: Vec<Conn> = ConnReader::new(disk.bytes("conn.log").as_slice(), "c").collect::<Result<_, _>>().unwrap();
        let flows: Vec<(u64, &Record, &Flow)> = (0..).zip(&records).filter_map(|(i, record)| match &record.body {
            Body::Flow(flow) => Some((i, record, flow)),
            _ => None,
        }).collect();
        prop_assert_eq!(conns.len(), flows.len());
        for (conn, (number, record, flow)) in conns.iter().zip(flows) {
            prop_assert_eq!(&conn.uid, &Uid(number).to_string());
            let own = std::net::IpAddr::from(Addr::internal(HostId(record.host.0)).0.to_be_bytes());
            prop_assert_eq!(if flow.outbound { conn.orig_h } else { conn.resp_h }, own);
            prop_assert_eq!(conn.resp_p, flow.port);
            if let Some(bytes) = conn.orig_bytes {
                let delivered = !matches!(conn.conn_state.as_deref(), Some("S0" | "REJ")) || conn.proto == "udp";
                prop_assert_eq!(bytes, if delivered { u64::from(flow.bytes_out) } else { 0 });
            }
        }
        let tsv = write(&records, Format::Tsv).text("conn.log");
        // Every log has a value for every field.
        for log in ["conn", "dns", "http", "ssl"] {
            let text = write(&records, Format::Tsv).text(&format!("{log}.log"));
            let wide = |line: &str| line.split('\t').count();
            let width = text.lines().find(|line| line.starts_with("#fields")).map(wide).unwrap();
            prop_assert!(text.lines().filter(|line| !line.starts_with('#')).all(|line| wide(line) + 1 == width));
            let json = write(&records, Format::Json).text(&format!("{log}.log"));
            prop_assert!(json.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
        }
        prop_assert_eq!(tsv.lines().filter(|line| !line.starts_with('#')).count(), conns.len());
    }

    #[test]
    fn junk_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let lines = bytes.split(|&byte| byte == b'\n').count();
        prop_assert!(ConnReader::new(bytes.as_slice(), "junk").count() <= lines);
    }
}
