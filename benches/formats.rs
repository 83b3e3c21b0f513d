//! How fast records are written. `cargo bench --bench formats`
//!
//! An hour and more of the 60 machines of `scenarios/ransomware.toml`, simulated beforehand, is written into a sink by
//! one core. Throughput is by record that the format takes: flows for `zeek` and `zeek-tsv` (one to two lines each, in
//! conn.log and dns.log, http.log or ssl.log), all for `csv`, and so on. How many lines and bytes those are is printed.

mod cpu;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mats_core::{Body, Duration, Os, Record};
use mats_data::ecs::EcsWriter;
use mats_data::linux::LinuxWriter;
use mats_data::telemetry_csv::TelemetryWriter;
use mats_data::windows::WindowsWriter;
use mats_data::zeek::{Format, ZeekWriter};
use mats_data::{Names, RecordWriter};
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use std::cell::Cell;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

thread_local! {
    static WRITTEN: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Takes bytes and forgets them, but for how many calls and bytes there were.
#[derive(Default)]
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (calls, all) = WRITTEN.get();
        WRITTEN.set((calls + 1, all + black_box(bytes).len() as u64));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the sensors of a morning delivered.
fn morning(scenario: &Scenario) -> Vec<Record> {
    let mut world = World::new(Arc::new(Plan::new(scenario.clone())));
    let mut telemetry = Telemetry::default();
    world.reset(1);
    world.advance(world.now() + Duration::from_hours(4), &mut telemetry);
    telemetry.records
}

/// Makes a writer.
type Make<'a> = Box<dyn Fn() -> Box<dyn RecordWriter + 'a> + 'a>;

fn formats(c: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/ransomware.toml");
    let scenario = mats_scenario::load(&file).expect("the scenario is shipped");
    let records = morning(&scenario);
    let names = Names::new(&scenario.inventory).with_resolver(Plan::address);
    let open = |_: &str| Ok(Sink);
    let flow = |r: &&Record| matches!(r.body, Body::Flow(_));
    let on = |os, r: &&Record| matches!(r.body, Body::Event(_)) && names.os(r.host) == os;
    let written = |r: &&Record| matches!(r.body, Body::Event(_) | Body::Login(_) | Body::Config(_));
    let zeek = |format| ZeekWriter::new(open, format, names).expect("a sink takes everything");
    let cases: Vec<(&str, usize, Make<'_>)> = vec![
        ("zeek", records.iter().filter(flow).count(), Box::new(|| Box::new(zeek(Format::Json)))),
        ("zeek-tsv", records.iter().filter(flow).count(), Box::new(|| Box::new(zeek(Format::Tsv)))),
        (
            "csv",
            records.len(),
            Box::new(|| Box::new(TelemetryWriter::new(open).expect("a sink takes everything"))),
        ),
        (
            "ecs",
            records.iter().filter(written).count(),
            Box::new(|| Box::new(EcsWriter::new(Sink, "", names))),
        ),
        (
            "windows",
            records.iter().filter(|r| on(Os::Windows, r)).count(),
            Box::new(|| Box::new(WindowsWriter::new(Sink, "", names))),
        ),
        (
            "linux",
            records.iter().filter(|r| on(Os::Linux, r)).count(),
            Box::new(|| Box::new(LinuxWriter::new(open, names).expect("a sink takes everything"))),
        ),
    ];
    let mut group = c.benchmark_group("formats");
    group.sample_size(20);
    for (name, count, make) in cases {
        let write = || {
            let mut writer = make();
            for (number, record) in (0..).zip(&records) {
                writer.write(number, record).expect("a sink takes everything");
            }
            writer.finish().expect("a sink takes everything");
        };
        WRITTEN.set((0, 0));
        write();
        let (calls, bytes) = WRITTEN.get();
        eprintln!("{name}: {count} records of {} in {calls} writes, {bytes} bytes", records.len());
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(name, |b| b.iter(write));
        cpu::print_rate(name, "records", || {
            write();
            count as u64
        });
    }
    group.finish();
}

criterion_group!(benches, formats);
criterion_main!(benches);
