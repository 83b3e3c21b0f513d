use super::samples::{Disk, any_record, inventory, record};
use mats_core::telemetry::{EventCode, Image, Login, LoginKind, SystemEvent};
use mats_core::{Addr, Body, Record, UserId};
use mats_data::RecordWriter;
use mats_data::linux::LinuxWriter;
use mats_data::names::{Names, Uid};
use proptest::prelude::*;

fn write(records: &[Record]) -> Disk {
    let (disk, inventory) = (Disk::default(), inventory());
    let mut out = LinuxWriter::new(|name| Ok(disk.create(name)), Names::new(&inventory)).unwrap();
    for (number, record) in (0..).zip(records) {
        out.write(number, record).unwrap();
    }
    out.finish().unwrap();
    disk
}

fn event(code: EventCode, image: Image) -> Record {
    record(1, Body::Event(SystemEvent { code, user: UserId(0), image, parent: Image::Shell, amount: 1 }))
}

#[test]
fn guesses_from_outside_read_as_sshd_writes_them() {
    let login = Login { user: UserId(0), source: Addr(0xc633_6407), kind: LoginKind::Remote, success: false };
    let disk = write(&[record(1, Body::Login(login)), event(EventCode::LogonFailed, Image::System)]);
    let text = disk.text("auth.log");
    assert!(text.starts_with("Jan  1 08:00:01 web-01 sshd["), "{text}");
    assert!(text.contains("]: Failed password for j._doe_ from 198.51.100.7 port "), "{text}");
    assert!(text.ends_with(" ssh2\n"), "{text}");
    assert_eq!(disk.text("linux-uids.csv"), format!("file,line,uid\nauth.log,1,{}\n", Uid(1)));
}

#[test]
fn a_process_is_told_in_lines_of_one_serial_number() {
    let text = write(&[event(EventCode::ProcessCreate, Image::NetworkTool)]).text("audit.log");
    let lines: Vec<&str> = text.lines().collect();
    for (line, kind) in lines.iter().zip(["SYSCALL", "EXECVE", "CWD", "PATH"]) {
        let start = format!("node=web-01 type={kind} msg=audit(1704096001.000:1001): ");
        assert!(line.starts_with(&start), "{line}");
    }
    assert!(lines[0].contains(" syscall=59 ") && lines[0].contains(" exe=\"/usr/bin/nmap\""), "{text}");
    assert!(lines[1].contains(" a0=\"nmap\" "), "{text}");
}

#[test]
fn every_event_is_told_somewhere() {
    for code in EventCode::ALL {
        let disk = write(&[event(code, Image::Interpreter)]);
        let told = disk.text("auth.log") + &disk.text("audit.log");
        assert!(!told.is_empty(), "{code:?}");
        let lines = disk.text("linux-uids.csv").lines().count() - 1;
        assert_eq!(lines, told.lines().count(), "{code:?}");
    }
}

proptest! {
    #[test]
    fn lines_stay_lines(records in prop::collection::vec(any_record(), 0..30)) {
        let disk = write(&records);
        for line in disk.text("audit.log").lines() {
            prop_assert!(line.starts_with("node=") && line.contains(" msg=audit("), "{}", line);
        }
        for line in disk.text("auth.log").lines() {
            prop_assert!(line.is_ascii() && line.contains(": "), "{}", line);
        }
    }
}
