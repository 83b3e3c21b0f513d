use super::samples::{any_record, inventory, record};
use mats_core::telemetry::{EventCode, Image, Login, LoginKind, SystemEvent};
use mats_core::{Addr, Body, HostId, Os, Record, UserId};
use mats_data::RecordWriter;
use mats_data::names::{Names, Uid};
use mats_data::windows::WindowsWriter;
use proptest::prelude::*;
use serde_json::Value;

fn write(records: &[Record]) -> Vec<Value> {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = WindowsWriter::new(&mut bytes, "windows.ndjson", Names::new(&inventory));
    for (number, record) in (0..).zip(records) {
        out.write(number, record).unwrap();
    }
    out.finish().unwrap();
    drop(out);
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn event(code: EventCode) -> SystemEvent {
    SystemEvent { code, user: UserId(0), image: Image::CommandLine, parent: Image::OfficeWriter, amount: 1 }
}

/// Fields that rules ask for, by event.
#[test]
fn every_event_has_the_fields_that_its_kind_has() {
    let check = |code: EventCode, fields: &str| {
        let [entry]: [Value; 1] = write(&[record(0, Body::Event(event(code)))]).try_into().unwrap();
        let (channel, number) = code.windows();
        assert_eq!((&entry["Channel"], &entry["EventID"]), (&channel.into(), &number.into()));
        assert_eq!(
            (&entry["Computer"], &entry["uid"]),
            (&"pc-01.corp.example".into(), &Uid(0).to_string().into())
        );
        for field in fields.split(' ') {
            assert!(entry.get(field).is_some_and(Value::is_string), "{code:?}: no {field} in {entry}");
        }
    };
    check(
        EventCode::ProcessCreate,
        "Image ParentImage CommandLine ParentCommandLine User Hashes IntegrityLevel",
    );
    check(EventCode::ProcessEnd, "Image ProcessGuid");
    check(EventCode::ImageLoad, "Image ImageLoaded Signed Signature");
    check(EventCode::RemoteThread, "SourceImage TargetImage StartModule");
    check(EventCode::ProcessAccess, "SourceImage TargetImage GrantedAccess CallTrace");
    check(EventCode::FileWrite, "Image TargetFilename CreationUtcTime");
    check(EventCode::AutorunSet, "Image TargetObject Details EventType");
    check(EventCode::FileDelete, "Image TargetFilename Archived");
    check(EventCode::Logon, "LogonType TargetUserName IpAddress SubjectUserName AuthenticationPackageName");
    check(EventCode::LogonFailed, "LogonType TargetUserName IpAddress Status SubStatus");
    check(EventCode::Logoff, "TargetUserName TargetLogonId LogonType");
    check(EventCode::ExplicitCredentials, "SubjectUserName TargetUserName TargetServerName");
    check(EventCode::PrivilegeUse, "SubjectUserName PrivilegeList");
    check(EventCode::ServiceInstall, "ServiceName ServiceFileName ServiceAccount");
    check(EventCode::TaskCreate, "TaskName TaskContent");
    check(EventCode::AccountCreate, "TargetUserName SamAccountName SubjectUserName");
    check(EventCode::GroupAdd, "TargetUserName MemberSid TargetSid");
    check(EventCode::TicketRequest, "ServiceName TicketEncryptionType TicketOptions IpAddress");
    check(EventCode::ShareAccess, "ShareName RelativeTargetName IpAddress AccessMask");
    check(EventCode::LogCleared, "SubjectUserName");
    check(EventCode::ScriptBlock, "ScriptBlockText ScriptBlockId");
    check(EventCode::AccountLocked, "TargetUserName TargetDomainName");
    check(EventCode::DeviceAttached, "DeviceId ClassName");
    check(EventCode::DirectoryAccess, "ObjectType Properties AccessMask");
    check(EventCode::PolicyChange, "DomainPolicyChanged");
    check(EventCode::Restart, "param1 param5 param7");
}

#[test]
fn a_process_keeps_its_number_until_it_ends() {
    let entries = write(&[
        record(0, Body::Event(event(EventCode::ProcessCreate))),
        record(0, Body::Event(event(EventCode::FileWrite))),
        record(0, Body::Event(event(EventCode::ProcessEnd))),
        record(0, Body::Event(event(EventCode::ProcessCreate))),
    ]);
    for field in ["ProcessId", "ProcessGuid", "Image"] {
        assert_eq!(entries[0][field], entries[1][field]);
        assert_eq!(entries[0][field], entries[2][field]);
    }
    assert_ne!(entries[0]["ProcessId"], entries[3]["ProcessId"], "another process of the same program");
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["RecordNumber"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
}

/// Services come from their manager, and nothing is started from a desktop as SYSTEM.
#[test]
fn what_the_system_runs_has_a_parent_of_the_system() {
    let start = |user, image| {
        let event =
            SystemEvent { code: EventCode::ProcessCreate, user, image, parent: Image::Shell, amount: 1 };
        let [entry]: [Value; 1] = write(&[record(0, Body::Event(event))]).try_into().unwrap();
        let field = |key: &str| entry[key].as_str().unwrap().rsplit('\\').next().unwrap().to_owned();
        (field("ParentImage"), field("ParentUser"))
    };
    let of = |image: &str, user: &str| (image.to_owned(), user.to_owned());
    assert_eq!(start(UserId::NONE, Image::ServiceHost), of("services.exe", "SYSTEM"));
    assert_eq!(start(UserId(0), Image::ServiceHost), of("services.exe", "SYSTEM"));
    assert_eq!(start(UserId::NONE, Image::Database), of("services.exe", "SYSTEM"));
    assert_eq!(start(UserId::NONE, Image::PowerShell), of("taskeng.exe", "SYSTEM"));
    assert_eq!(start(UserId(0), Image::Browser).0, "explorer.exe");
}

#[test]
fn a_logon_comes_from_where_its_login_record_says() {
    let login =
        Login { user: UserId(0), source: Addr::internal(HostId(1)), kind: LoginKind::Remote, success: true };
    let logon = event(EventCode::Logon);
    let [with]: [Value; 1] =
        write(&[record(0, Body::Login(login)), record(0, Body::Event(logon))]).try_into().unwrap();
    assert_eq!((&with["IpAddress"], &with["LogonType"]), (&"10.0.0.2".into(), &"10".into()));
    assert_eq!(with["WorkstationName"], "WEB-01");
    let other = Login { success: false, ..login };
    let [without]: [Value; 1] =
        write(&[record(0, Body::Login(other)), record(0, Body::Event(logon))]).try_into().unwrap();
    assert_eq!((&without["IpAddress"], &without["LogonType"]), (&"-".into(), &"2".into()));
}

proptest! {
    #[test]
    fn events_of_windows_machines_make_one_entry_each(records in prop::collection::vec(any_record(), 0..30)) {
        let inventory = inventory();
        let names = Names::new(&inventory);
        let wanted = records.iter().filter(|r| matches!(r.body, Body::Event(_)) && names.os(r.host) == Os::Windows);
        prop_assert_eq!(write(&records).len(), wanted.count());
    }
}
