use super::samples::{any_record, inventory, record};
use mats_core::telemetry::{ConfigChange, ConfigItem, EventCode, Image, Login, LoginKind, SystemEvent};
use mats_core::{Addr, Body, HostId, Record, UserId};
use mats_data::RecordWriter;
use mats_data::ecs::EcsWriter;
use mats_data::names::{Names, Uid};
use proptest::prelude::*;
use serde_json::{Value, json};

fn write(records: &[Record]) -> Vec<Value> {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = EcsWriter::new(&mut bytes, "events.jsonl", Names::new(&inventory));
    for (number, record) in (0..).zip(records) {
        out.write(number, record).unwrap();
    }
    out.finish().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_process_on_windows() {
    let event = SystemEvent {
        code: EventCode::ProcessCreate,
        user: UserId(0),
        image: Image::PowerShell,
        parent: Image::OfficeWriter,
        amount: 1,
    };
    let expected = json!({
        "@timestamp": "2024-01-01T08:00:01.000000Z",
        "ecs": { "version": "8.11.0" },
        "event": {
            "id": Uid(0).to_string(), "kind": "event", "category": ["process"], "type": ["start"],
            "action": "process-created", "outcome": "success", "code": "1",
            "provider": "Microsoft-Windows-Sysmon", "created": "2024-01-01T08:00:01.500000Z",
        },
        "host": { "name": "pc-01", "ip": ["10.0.0.1"], "os": { "type": "windows" } },
        "user": {
            "name": "j.\"doe\"", "domain": "CORP", "id": "S-1-5-21-2786542318-1064927755-3307161844-1104",
        },
        "winlog": {
            "channel": "Microsoft-Windows-Sysmon/Operational", "event_id": "1",
            "provider_name": "Microsoft-Windows-Sysmon", "computer_name": "pc-01.corp.example",
        },
        "Mats": { "amount": 1 },
    });
    let [mut document]: [Value; 1] = write(&[record(0, Body::Event(event))]).try_into().unwrap();
    let process = document.as_object_mut().unwrap().remove("process").unwrap();
    assert_eq!(document, expected);
    assert_eq!(
        (&process["name"], &process["parent"]["name"]),
        (&json!("powershell.exe"), &json!("WINWORD.EXE"))
    );
    let (path, line) = (process["executable"].as_str().unwrap(), process["command_line"].as_str().unwrap());
    assert_eq!(path, r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe");
    assert!(line.contains("powershell.exe"), "{line}");
}

#[test]
fn a_change_of_configuration() {
    let change = ConfigChange { item: ConfigItem::MailRule, user: UserId(0), value: 4 };
    let [document]: [Value; 1] = write(&[record(1, Body::Config(change))]).try_into().unwrap();
    assert_eq!(document["event"]["category"], json!(["configuration"]));
    assert_eq!(document["event"]["action"], "mail-rule-changed");
    assert_eq!(document["Mats"], json!({ "change": "forward-4", "value": 4 }));
}

#[test]
fn a_failed_login_on_either_system() {
    let login =
        Login { user: UserId(0), source: Addr::internal(HostId(4)), kind: LoginKind::Remote, success: false };
    let [windows, linux]: [Value; 2] =
        write(&[record(0, Body::Login(login)), record(1, Body::Login(login))]).try_into().unwrap();
    assert_eq!(
        (&windows["event"]["code"], &windows["event"]["outcome"]),
        (&json!("4625"), &json!("failure"))
    );
    assert_eq!(windows["event"]["provider"], "Microsoft-Windows-Security-Auditing");
    assert_eq!(windows["winlog"]["logon"], json!({ "type": "RemoteInteractive" }));
    assert_eq!(windows["source"]["ip"], "10.0.0.5");
    assert_eq!(
        (&linux["event"]["provider"], &linux["event"]["outcome"]),
        (&json!("sshd"), &json!("failure"))
    );
    assert_eq!((&linux["host"]["name"], linux.get("winlog")), (&json!("web-01"), None));
}

proptest! {
    #[test]
    fn events_logins_and_changes_make_one_document_each(records in prop::collection::vec(any_record(), 0..20)) {
        let wanted = records.iter().filter(|r| matches!(r.body, Body::Event(_) | Body::Login(_) | Body::Config(_))).count();
        prop_assert_eq!(write(&records).len(), wanted);
    }
}
