//! What the tests share: an inventory, random records, a disk in memory, the shared data.

use mats_core::telemetry::{
    ConfigChange, ConfigItem, ConnState, EventCode, Flow, Image, Indicator, Login, LoginKind, Pattern,
    Service, SystemEvent,
};
use mats_core::{
    Addr, AssetClass, Body, DomainId, HostId, HostInfo, Inventory, Os, Record, SimTime, SubnetId, UserId,
    UserInfo,
};
use proptest::prelude::*;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

pub fn inventory() -> Inventory {
    let host = |name: &str, os| HostInfo {
        name: name.to_owned(),
        subnet: SubnetId(0),
        os,
        class: AssetClass::Workstation,
        value: 1.0,
        never_isolate: false,
        owner: UserId(0),
    };
    Inventory {
        hosts: vec![host("pc-01", Os::Windows), host("web-01", Os::Linux)],
        users: vec![UserInfo { name: "j.\"doe\"".into(), home: HostId(0), admin: false, value: 1.0 }],
        start_of_day: 8 * 3600,
        ..Inventory::default()
    }
}

/// A record at one second after the start, seen on a host.
pub fn record(host: u32, body: Body) -> Record {
    Record { time: SimTime(1_000_000), arrival: SimTime(1_500_000), host: HostId(host), body }
}

pub fn flow(service: Service, state: ConnState, bytes_out: u32, bytes_in: u32) -> Flow {
    Flow {
        peer: Addr(0xc000_0201),
        domain: DomainId(9),
        bytes_out,
        bytes_in,
        duration_ms: 1250,
        port: service.port(),
        service,
        state,
        outbound: true,
    }
}

/// Files in memory that stay readable after their writer is gone.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

pub struct DiskFile(Disk, String);

impl Disk {
    pub fn create(&self, name: &str) -> DiskFile {
        self.0.lock().unwrap().insert(name.to_owned(), Vec::new());
        DiskFile(self.clone(), name.to_owned())
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.0.lock().unwrap()[name].clone()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().get_mut(&self.1).unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    (0..all.len()).prop_map(|i| all[i])
}

fn user() -> impl Strategy<Value = UserId> {
    prop_oneof![Just(UserId::NONE), (0u32..1000).prop_map(UserId)]
}

const KINDS: [LoginKind; 5] =
    [LoginKind::Interactive, LoginKind::Network, LoginKind::Batch, LoginKind::Service, LoginKind::Remote];

fn body() -> impl Strategy<Value = Body> {
    let flow =
        (any::<[u32; 5]>(), any::<u16>(), one_of(&Service::ALL), one_of(&ConnState::ALL), any::<bool>())
            .prop_map(
                |([peer, domain, bytes_out, bytes_in, duration_ms], port, service, state, outbound)| {
                    Body::Flow(Flow {
                        peer: Addr(peer),
                        domain: DomainId(domain),
                        bytes_out,
                        bytes_in,
                        duration_ms,
                        port,
                        service,
                        state,
                        outbound,
                    })
                },
            );
    let event = (one_of(&EventCode::ALL), user(), one_of(&Image::ALL), one_of(&Image::ALL), any::<u32>())
        .prop_map(|(code, user, image, parent, amount)| {
            Body::Event(SystemEvent { code, user, image, parent, amount })
        });
    let login =
        (user(), any::<u32>(), one_of(&KINDS), any::<bool>()).prop_map(|(user, source, kind, success)| {
            Body::Login(Login { user, source: Addr(source), kind, success })
        });
    let config = (one_of(&ConfigItem::ALL), user(), any::<u32>())
        .prop_map(|(item, user, value)| Body::Config(ConfigChange { item, user, value }));
    let intel =
        (any::<bool>(), any::<u32>(), 0u8..=100, any::<u64>()).prop_map(|(address, n, confidence, until)| {
            let pattern = if address { Pattern::Address(Addr(n)) } else { Pattern::Domain(DomainId(n)) };
            Body::Intel(Indicator { pattern, confidence, valid_until: SimTime(until) })
        });
    prop_oneof![flow, event, login, config, intel]
}

/// Any record; feed entries stand on host 0, as `Body::Intel` says.
pub fn any_record() -> impl Strategy<Value = Record> {
    (0u64..1 << 40, 0u64..1 << 40, 0u32..5000, body()).prop_map(|(time, delay, host, body)| Record {
        time: SimTime(time),
        arrival: SimTime(time + delay),
        host: HostId(if matches!(body, Body::Intel(_)) { 0 } else { host }),
        body,
    })
}
