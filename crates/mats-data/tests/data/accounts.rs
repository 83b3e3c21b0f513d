//! Who logs in without an account is the same in every file, whichever of the two records of it arrives first.

use super::samples::{Disk, inventory, record};
use mats_core::telemetry::{EventCode, Image, Login, LoginKind, SystemEvent};
use mats_core::{Addr, Body, HostId, Record, SimTime, UserId};
use mats_data::ecs::EcsWriter;
use mats_data::lanl::LanlWriter;
use mats_data::linux::LinuxWriter;
use mats_data::windows::WindowsWriter;
use mats_data::{Names, RecordWriter};
use serde_json::Value;

/// The names in `auth.csv`, `events.ecs.ndjson` and `windows.ndjson` or `auth.log`.
fn names(records: &[Record]) -> Vec<String> {
    let (disk, inventory) = (Disk::default(), inventory());
    let names = Names::new(&inventory);
    let mut writers: Vec<Box<dyn RecordWriter + '_>> = vec![
        Box::new(LanlWriter::new(disk.create("auth.csv"), "auth.csv", names)),
        Box::new(EcsWriter::new(disk.create("ecs"), "ecs", names)),
        Box::new(WindowsWriter::new(disk.create("windows"), "windows", names)),
        Box::new(LinuxWriter::new(|name| Ok(disk.create(name)), names).unwrap()),
    ];
    for writer in &mut writers {
        for (number, record) in (0..).zip(records) {
            writer.write(number, record).unwrap();
        }
        writer.finish().unwrap();
    }
    drop(writers);
    let lanl = disk.text("auth.csv");
    let mut found: Vec<String> =
        lanl.lines().map(|line| line.split([',', '@']).nth(1).unwrap().to_owned()).collect();
    for (file, field) in [("ecs", "/user/name"), ("windows", "/TargetUserName")] {
        let text = disk.text(file);
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        found.extend(lines.map(|v| v.pointer(field).unwrap().as_str().unwrap().to_owned()));
    }
    let words = disk.text("auth.log");
    found.extend(words.lines().filter_map(|line| {
        let marks = ["invalid user ", "for user ", "  user="];
        let (_, rest) = marks.iter().find_map(|mark| line.split_once(mark))?;
        Some(rest.split([' ', '(']).next().unwrap().to_owned())
    }));
    found
}

#[test]
fn logins_without_an_account_have_one_name_in_all_files() {
    // Shortly before a minute's end, so that the two records fall into different minutes.
    let at = |micros: u64, host: u32, body: Body| Record { time: SimTime(micros), ..record(host, body) };
    let outside = Addr(0xc633_6407);
    let inside = Addr::internal(HostId(0));
    for (host, success, source, kind) in [
        (0, false, outside, LoginKind::Remote),
        (1, false, outside, LoginKind::Remote),
        (0, true, inside, LoginKind::Service),
        (1, true, inside, LoginKind::Network),
    ] {
        let login = Body::Login(Login { user: UserId::NONE, source, kind, success });
        let code = if success { EventCode::Logon } else { EventCode::LogonFailed };
        let entry = Body::Event(SystemEvent {
            code,
            user: UserId::NONE,
            image: Image::System,
            parent: Image::None,
            amount: 1,
        });
        let (login, entry) = (at(59_999_000, host, login), at(60_001_000, host, entry));
        for pair in [[login, entry], [entry, login]] {
            let names = names(&pair);
            assert!(names.len() >= 4, "{names:?}");
            assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
            assert_eq!(names[0].ends_with('$'), success, "{names:?}");
        }
    }
}
