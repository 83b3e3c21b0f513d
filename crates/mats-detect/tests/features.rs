use crate::world::{self, HOSTS, at, event, flow, inventory, login, record};
use mats_core::telemetry::{Addr, ConfigChange, ConfigItem, EventCode, Image, Indicator, Pattern, Service};
use mats_core::{Body, DomainId, HostId, Record, SimTime, UserId};
use mats_detect::features::columns::{self, COLUMNS};
use mats_detect::{Collector, FEATURES, FeatureRow};
use proptest::prelude::*;

/// The row of a machine after some records, at the time of the last.
fn row(host: u32, records: &[Record]) -> FeatureRow {
    let mut collector = Collector::new(inventory());
    collector.observe(records);
    collector.sample(HostId(host), records.last().unwrap().arrival).row
}

fn check(name: &str, host: u32, records: &[Record], expected: std::ops::RangeInclusive<f32>) {
    let column = COLUMNS.iter().position(|c| c.name == name).unwrap();
    let value = row(host, records)[column];
    assert!(expected.contains(&value), "{name}: {value} is not in {expected:?}");
}

fn every(gap: f64, count: u32, host: u32, body: impl Fn(u32) -> Body) -> Vec<Record> {
    (0..count).map(|i| record(f64::from(i) * gap, host, body(i))).collect()
}

#[test]
fn a_port_scan_shows_as_failed_flows_and_many_peers() {
    let scan = every(0.5, 60, 5, |i| {
        let flow = flow(Addr::internal(HostId(i)), 0, Service::Rdp, 0);
        Body::Flow(mats_core::telemetry::Flow { state: mats_core::telemetry::ConnState::S0, ..flow })
    });
    check("failed_flows", 5, &scan, 45.0..=60.0);
    check("internal_peers", 5, &scan, 40.0..=80.0);
    check("admin_out", 5, &scan, 55.0..=60.0);
    check("flows_in", 19, &scan, 0.5..=1.0);
}

#[test]
fn password_guessing_shows_on_both_machines() {
    let guesses = every(5.0, 40, 9, |i| login(i % 8, Addr::internal(HostId(6)), false));
    check("failed_logins", 9, &guesses, 35.0..=40.0);
    check("failed_logins_out", 6, &guesses, 35.0..=40.0);
    check("accounts", 9, &guesses, 6.0..=10.0);
    // One in eight accounts is at home on the machine they come from.
    check("displaced_in", 9, &guesses, 30.0..=36.0);
    check("displaced_out", 6, &guesses, 30.0..=36.0);
    check("login_targets", 6, &guesses, 1.0..=1.1);
    check("failed_logins", 6, &guesses, 0.0..=0.0);
}

#[test]
fn calling_home_shows_as_a_beacon_to_a_rare_place() {
    let home = Addr(0x2d00_0001);
    let calls = every(60.0, 30, 7, |_| Body::Flow(flow(home, 77, Service::Tls, 400)));
    check("beacon", 7, &calls, 0.6..=1.0);
    check("rare_share", 7, &calls, 1.0..=1.0);
    // The same rhythm to a place that everybody knows is an updater's.
    let mut known: Vec<Record> =
        (0..10).map(|h| record(0.0, h, Body::Flow(flow(home, 77, Service::Tls, 400)))).collect();
    known.extend(calls);
    check("beacon", 7, &known, 0.0..=0.2);
    // One that began late is newer than one of all day.
    let late: Vec<Record> = (0..5)
        .map(|i| {
            record(7200.0 + f64::from(i) * 300.0, 7, Body::Flow(flow(Addr(3 << 28), 78, Service::Tls, 400)))
        })
        .collect();
    check("new_place", 7, &late, 0.7..=0.8);
    let mut shared = late.clone();
    shared.push(record(9000.0, 8, Body::Flow(flow(Addr(3 << 28), 78, Service::Tls, 400))));
    check("shared", 8, &shared, 0.6..=0.7);
    check("shared", 7, &shared, 0.0..=0.0);
}

#[test]
fn a_document_that_starts_a_script_shows_as_an_odd_parent() {
    let start =
        |parent| vec![record(1.0, 8, event(EventCode::ProcessCreate, 8, Image::PowerShell, parent, 1))];
    check("odd_parents", 8, &start(Image::OfficeWriter), 1.0..=1.0);
    check("odd_parents", 8, &start(Image::Shell), 0.0..=0.0);
    check("scripts", 8, &start(Image::Shell), 1.0..=1.0);
    let by = |user| {
        vec![record(1.0, 8, event(EventCode::ProcessCreate, user, Image::PowerShell, Image::Shell, 1))]
    };
    check("foreign_processes", 8, &by(9), 1.0..=1.0);
    // At home, and an administrator.
    check("foreign_processes", 8, &by(8), 0.0..=0.0);
    check("foreign_processes", 8, &by(4), 0.0..=0.0);
    check("remote_execution", 8, &start(Image::WmiProvider), 1.0..=1.0);
}

#[test]
fn destruction_and_evasion_show() {
    let wipe = every(2.0, 20, 3, |_| event(EventCode::FileDelete, 3, Image::RareTool, Image::None, 500));
    check("deleted", 3, &wipe, 12.0..=14.0);
    check("files", 3, &wipe, 12.0..=14.0);
    let change = ConfigChange { item: ConfigItem::Protection, user: UserId(3), value: 1 };
    check("evasion", 3, &[record(1.0, 3, Body::Config(change))], 1.0..=1.0);
}

#[test]
fn counters_fade_and_the_clock_turns() {
    let mut collector = Collector::new(inventory());
    collector.observe(&every(1.0, 50, 9, |_| login(1, Addr(0x2d00_0001), false)));
    let then = collector.sample(HostId(9), at(50.0)).row;
    let later = collector.sample(HostId(9), at(50.0 + 1800.0)).row;
    let ratio = later[columns::FAILED_LOGINS] / then[columns::FAILED_LOGINS];
    assert!((ratio - (-1.0_f32).exp()).abs() < 0.01, "{ratio}");
    // Episodes begin at eight in the morning: one o'clock is five hours later.
    assert!(collector.sample(HostId(9), at(5.0 * 3600.0)).row[columns::NIGHT] < 1e-3);
    assert!(collector.sample(HostId(9), at(17.0 * 3600.0)).row[columns::NIGHT] > 0.999);
}

#[test]
fn a_late_indicator_counts_against_the_last_visitor() {
    let mut collector = Collector::new(inventory());
    let place = flow(Addr(0x2d00_0001), 77, Service::Tls, 400);
    collector.observe(&[record(10.0, 7, Body::Flow(place))]);
    assert_eq!(collector.sample(HostId(7), at(20.0)).indicator, 0.0);
    let entry = |pattern| Body::Intel(Indicator { pattern, confidence: 80, valid_until: at(90_000.0) });
    collector.observe(&[record(600.0, 0, entry(Pattern::Domain(DomainId(77))))]);
    assert_eq!(collector.sample(HostId(7), at(600.0)).indicator, 0.8);
    let faded = collector.sample(HostId(7), at(600.0 + 1800.0)).indicator;
    assert!((0.25..0.35).contains(&faded), "{faded}");
    assert_eq!(collector.sample(HostId(8), at(600.0)).indicator, 0.0);
    // By address, too, though the visit named a domain.
    collector.reset();
    collector.observe(&[record(10.0, 7, Body::Flow(place))]);
    collector.observe(&[record(600.0, 0, entry(Pattern::Address(place.peer)))]);
    assert_eq!(collector.sample(HostId(7), at(600.0)).indicator, 0.8);
}

#[test]
fn a_collector_that_was_reset_is_as_new() {
    let (first, second) = (world::episode(3), world::episode(4));
    let mut used = Collector::new(inventory());
    used.observe(&first.records);
    used.reset();
    used.observe(&second.records);
    let mut fresh = Collector::new(inventory());
    fresh.observe(&second.records);
    for host in 0..HOSTS {
        let now = at(world::HOURS as f64 * 3600.0);
        assert_eq!(used.sample(HostId(host), now), fresh.sample(HostId(host), now));
        assert_eq!(used.sequence(HostId(host)), fresh.sequence(HostId(host)));
    }
}

/// Any record at all, also with machines, accounts and times that do not exist.
fn any_record() -> impl Strategy<Value = Record> {
    (any::<[u32; 6]>(), 0_u64..1 << 45, 0..5_u8, any::<u16>()).prop_map(|(n, time, kind, port)| {
        let body = match kind {
            0 => {
                let mut f = flow(Addr(n[0]), n[1], Service::ALL[n[2] as usize % 14], n[3]);
                (f.bytes_in, f.port, f.outbound) = (n[4], port, n[5] & 1 == 0);
                Body::Flow(f)
            }
            1 => {
                let image = |n: u32| Image::ALL[n as usize % 32];
                event(EventCode::ALL[n[0] as usize % 22], n[1], image(n[2]), image(n[3]), n[4])
            }
            2 => login(n[0], Addr(n[1]), n[2] & 1 == 0),
            3 => Body::Config(ConfigChange {
                item: ConfigItem::ALL[n[0] as usize % 8],
                user: UserId(n[1]),
                value: n[2],
            }),
            _ => Body::Intel(Indicator {
                pattern: Pattern::Address(Addr(n[0])),
                confidence: port as u8,
                valid_until: SimTime(time),
            }),
        };
        Record { time: SimTime(time), arrival: SimTime(time / 3), host: HostId(n[5] % 25), body }
    })
}

proptest! {
    #[test]
    fn rows_stay_finite_and_not_negative_whatever_arrives(records in prop::collection::vec(any_record(), 1..80)) {
        let mut collector = Collector::new(inventory());
        collector.observe(&records);
        for host in 0..HOSTS {
            let sample = collector.sample(HostId(host), SimTime(1 << 44));
            prop_assert!(sample.row.iter().all(|x| x.is_finite() && *x >= 0.0), "{:?}", sample.row);
            prop_assert!((0.0..=1.0).contains(&sample.indicator));
        }
    }
}

#[test]
fn every_column_has_a_name_of_its_own_and_is_used() {
    let names: std::collections::BTreeSet<&str> = COLUMNS.iter().map(|c| c.name).collect();
    assert_eq!(names.len(), FEATURES);
    let examples = world::training();
    for (j, column) in COLUMNS.iter().enumerate() {
        let first = examples.rows()[0][j];
        // Nobody evades anything in the made-up world.
        let silent = column.name == "evasion";
        assert!(silent || examples.rows().iter().any(|r| r[j] != first), "{} never changes", column.name);
    }
}
