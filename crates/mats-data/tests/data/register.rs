use super::samples::{Disk, inventory, record};
use mats_core::telemetry::{ConfigChange, ConfigItem, Login, LoginKind, Service};
use mats_core::{Addr, Body, HostId, UserId};
use mats_data::RecordWriter;
use mats_data::lanl::LanlWriter;
use mats_data::names::{Names, Uid};
use mats_data::register::{self, ChangeWriter, Register};

#[test]
fn the_register_lists_machines_software_and_policy() {
    let (disk, inventory) = (Disk::default(), inventory());
    let register = Register {
        inventory: &inventory,
        roles: vec!["workstation".into(), "web-server".into()],
        jobs: vec!["office".into()],
        services: vec![&[Service::Smb, Service::Rdp], &[Service::Tls]],
        exposures: vec![(HostId(1), "CVE-2021-44228", Service::Tls, 0.25)],
        links: vec![("internet", "dmz", Service::Tls)],
    };
    register::write(&register, |name| Ok(disk.create(name))).unwrap();
    let hosts = disk.text("inventory.csv");
    assert_eq!(
        hosts.lines().nth(1),
        Some("0,pc-01,10.0.0.1,windows,,workstation,workstation,\"j.\"\"doe\"\"\",false,smb rdp")
    );
    assert_eq!(disk.text("vulnerabilities.csv").lines().nth(1), Some("1,web-01,CVE-2021-44228,tls,0.25"));
    assert!(disk.text("policy.csv").contains("\nfirewall:internet,allow:dmz,tls\n"));
    assert!(disk.text("software.csv").contains("\n1,web-01,nginx,"));
    let whole: serde_json::Value = serde_json::from_slice(&disk.bytes("inventory.json")).unwrap();
    assert_eq!(whole["hosts"][1]["name"], "web-01");
    assert_eq!(whole["patches"].as_array().unwrap().len(), 2);
}

#[test]
fn a_register_without_weaknesses_has_a_header() {
    let (disk, inventory) = (Disk::default(), inventory());
    let register = Register {
        inventory: &inventory,
        roles: Vec::new(),
        jobs: Vec::new(),
        services: Vec::new(),
        exposures: Vec::new(),
        links: Vec::new(),
    };
    register::write(&register, |name| Ok(disk.create(name))).unwrap();
    assert_eq!(disk.text("vulnerabilities.csv"), "host,name,cve,service,probability\n");
}

#[test]
fn logins_have_lanls_nine_columns() {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = LanlWriter::new(&mut bytes, "auth.csv", Names::new(&inventory));
    let login = Login { user: UserId(0), source: Addr(0xc633_6407), kind: LoginKind::Remote, success: false };
    out.write(0, &record(0, Body::Login(login))).unwrap();
    let source = Addr::internal(HostId(0));
    let machine = Login { user: UserId::NONE, source, kind: LoginKind::Network, success: true };
    out.write(1, &record(1, Body::Login(machine))).unwrap();
    out.finish().unwrap();
    drop(out);
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "2,j._doe_@CORP,j._doe_@CORP,198.51.100.7,pc-01,Negotiate,RemoteInteractive,LogOn,Fail\n\
         2,PC-01$@CORP,PC-01$@CORP,pc-01,web-01,?,Network,LogOn,Success\n"
    );
}

#[test]
fn changes_are_spelt_out() {
    let (mut bytes, inventory) = (Vec::new(), inventory());
    let mut out = ChangeWriter::new(&mut bytes, "changes.csv", Names::new(&inventory)).unwrap();
    let change = ConfigChange { item: ConfigItem::Patch, user: UserId::NONE, value: 321 };
    out.write(0, &record(0, Body::Config(change))).unwrap();
    out.finish().unwrap();
    drop(out);
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        format!(
            "uid,time,host,item,user,what\n{},2024-01-01T08:00:01.000000Z,pc-01,patch-applied,system,KB5020321\n",
            Uid(0)
        )
    );
}
