//! Telemetry is like that of real networks, as far as published figures and a recorded log tell.

use crate::shared_data::shared_data;
use crate::support::scenario;
use mats_core::SimTime;
use mats_core::telemetry::{ConnState, Service};
use mats_data::zeek::{Conn, ConnReader};
use mats_lab::profile::{BOUNDS, Calendar, FigureRow, SeenFlow, Tally, profile, rows};
use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::net::IpAddr;
use std::path::Path;

/// Weeks of each scenario: enough for every figure to settle, and for some attacks among them.
const WEEKS: u64 = 4;

/// Asserts that a scenario's telemetry lies within all bounds; `silent` figures need not have a value.
fn check(name: &str, silent: &[&str]) {
    let tally = profile(&scenario(name), 1, WEEKS, &mut ()).expect("nobody asks it to stop");
    let rows = rows(&tally);
    let wrong = |row: &&FigureRow| match row.holds {
        Some(holds) => !holds,
        None => !silent.contains(&row.name),
    };
    let wrong: Vec<String> = rows.iter().filter(wrong).map(line).collect();
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

fn line(row: &FigureRow) -> String {
    let value = row.value.map_or("n/a".to_owned(), |v| format!("{v:.4}"));
    format!("{}: {value} where {} to {} is plausible ({})", row.name, row.low, row.high, row.source)
}

#[test]
fn an_office_of_sixty_machines_looks_real() {
    check("ransomware", &[]);
}

#[test]
fn an_office_of_thirty_six_machines_looks_real() {
    check("insider-exfiltration", &[]);
}

#[test]
fn a_profile_is_the_same_for_any_number_of_threads() {
    let tutorial = scenario("tutorial");
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let tally = pool.install(|| profile(&tutorial, 3, 3, &mut ()));
        rows(&tally.expect("nobody asks it to stop"))
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn every_bound_has_a_range_and_a_source() {
    for bound in &BOUNDS {
        assert!(bound.low < bound.high, "{}", bound.name);
        assert!(!bound.source.is_empty() && !bound.title.is_empty(), "{}", bound.name);
    }
    let names: std::collections::BTreeSet<_> = BOUNDS.iter().map(|bound| bound.name).collect();
    assert_eq!(names.len(), BOUNDS.len());
}

/// Figures of a real log, beside ours. What the table quotes must be what the file says.
#[test]
fn quoted_figures_of_the_recorded_log_are_right() {
    let Some(path) = shared_data("apt29-zeek/combined_zeek.log") else { return };
    let recorded = rows(&recorded(&path));
    let ours = profile(&scenario("ransomware"), 1, WEEKS, &mut ()).expect("nobody asks it to stop");
    let show = |value: Option<f64>| value.map_or("n/a".to_owned(), |v| format!("{v:.4}"));
    for (row, ours) in recorded.iter().zip(rows(&ours)) {
        println!("{:44} recorded {:>10}  ours {:>10}", row.title, show(row.value), show(ours.value));
    }
    for row in recorded.iter().filter(|row| row.apt29.is_some()) {
        let (quoted, found) = (row.apt29.unwrap_or_default(), row.value.expect("the file tells"));
        assert!((found / quoted - 1.0).abs() < 0.006, "{}: {found}, not {quoted}", row.name);
    }
}

/// A combined Zeek log, counted like ours. Machines of the organisation are those in 10.0.0.0/8.
fn recorded(path: &Path) -> Tally {
    let text = fs::read(path).expect("the file can be read");
    let conns = ConnReader::new(BufReader::new(text.as_slice()), "combined_zeek.log");
    let mut conns: Vec<Conn> = conns.collect::<Result<_, _>>().expect("it is a Zeek log");
    conns.sort_by(|a, b| a.ts.total_cmp(&b.ts));
    let machines = machines(&conns);
    let mut tally = Tally::new(machines.len(), Calendar::Unknown);
    for conn in &conns {
        tally.flow(&seen(conn, &machines));
    }
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for query in text.split(|&byte| byte == b'\n').filter_map(query) {
        let next = names.len() as u32;
        tally.lookup(*names.entry(query).or_insert(next));
    }
    tally.end();
    tally
}

/// The organisation's machines that opened or answered anything, numbered; broadcast addresses are none.
fn machines(conns: &[Conn]) -> BTreeMap<IpAddr, usize> {
    let inside = |a: &IpAddr| matches!(a, IpAddr::V4(v4) if v4.octets()[0] == 10 && v4.octets()[3] != 255);
    let ends = conns.iter().flat_map(|conn| [conn.orig_h, conn.resp_h]);
    let mut numbered: BTreeMap<IpAddr, usize> = ends.filter(inside).map(|a| (a, 0)).collect();
    numbered.values_mut().enumerate().for_each(|(i, number)| *number = i);
    numbered
}

fn seen(conn: &Conn, machines: &BTreeMap<IpAddr, usize>) -> SeenFlow {
    let state = conn.conn_state.as_deref();
    let state = ConnState::ALL.into_iter().find(|s| Some(s.name()) == state);
    SeenFlow {
        time: SimTime((conn.ts * 1e6) as u64),
        from: machines.get(&conn.orig_h).copied(),
        to: machines.get(&conn.resp_h).copied(),
        bytes: conn.orig_bytes.unwrap_or(0) + conn.resp_bytes.unwrap_or(0),
        seconds: conn.duration,
        service: service(conn),
        state: state.expect("one of the states that telemetry knows"),
        tcp: conn.proto == "tcp",
    }
}

/// Returns what Zeek detected, or else what the port says.
fn service(conn: &Conn) -> Service {
    match conn.service.as_deref() {
        Some("ssl") => Service::Tls,
        Some("http") => Service::Http,
        Some("dns") => Service::Dns,
        _ => Service::ALL.into_iter().find(|s| s.port() == conn.resp_p).unwrap_or(Service::Other),
    }
}

/// The name in an entry of dns.log.
fn query(line: &[u8]) -> Option<String> {
    let entry: serde_json::Value = serde_json::from_slice(line).ok()?;
    (entry["@stream"] == "dns").then(|| entry["query"].as_str().map(str::to_owned))?
}
