//! The rows of the five files.

use mats_core::telemetry::{
    ConfigChange, ConfigItem, ConnState, EventCode, Flow, Image, Indicator, Login, LoginKind, Pattern,
    Service, SystemEvent,
};
use mats_core::{Addr, Body, DomainId, HostId, Record, SimTime, UserId};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

#[derive(Serialize, Deserialize)]
pub(super) struct FlowRow {
    id: u64,
    time_us: u64,
    arrival_us: u64,
    host: u32,
    peer: Ipv4Addr,
    domain: Option<u32>,
    bytes_out: u32,
    bytes_in: u32,
    duration_ms: u32,
    port: u16,
    service: ServiceName,
    state: StateName,
    outbound: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EventRow {
    id: u64,
    time_us: u64,
    arrival_us: u64,
    host: u32,
    code: EventCode,
    user: Option<u32>,
    image: Image,
    parent: Image,
    amount: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LoginRow {
    id: u64,
    time_us: u64,
    arrival_us: u64,
    host: u32,
    user: Option<u32>,
    source: Ipv4Addr,
    kind: LoginKind,
    success: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ConfigRow {
    id: u64,
    time_us: u64,
    arrival_us: u64,
    host: u32,
    item: ConfigItem,
    user: Option<u32>,
    value: u32,
}

#[derive(Serialize, Deserialize)]
pub(super) struct IntelRow {
    id: u64,
    time_us: u64,
    arrival_us: u64,
    #[serde(rename = "type")]
    kind: PatternType,
    pattern: String,
    confidence: u8,
    valid_until_us: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PatternType {
    Address,
    Domain,
}

/// A row that stands for a record.
pub(super) trait Row: Sized {
    /// Columns of the row, in order.
    const COLUMNS: &'static [&'static str];
    /// The numbered record, or what is wrong with it.
    fn record(self) -> Result<(u64, Record), String>;
}

macro_rules! row {
    ($row:ident, $columns:expr, $self:ident => $host:expr, $body:expr) => {
        impl Row for $row {
            const COLUMNS: &'static [&'static str] = &$columns;
            fn record(self) -> Result<(u64, Record), String> {
                let $self = self;
                let (time, arrival) = (SimTime($self.time_us), SimTime($self.arrival_us));
                let (id, host) = ($self.id, HostId($host));
                Ok((id, Record { time, arrival, host, body: $body }))
            }
        }
    };
}

row!(
    FlowRow,
    [
        "id", "time_us", "arrival_us", "host", "peer", "domain", "bytes_out", "bytes_in", "duration_ms", "port",
        "service", "state", "outbound",
    ],
    row => row.host,
    Body::Flow(Flow {
        peer: Addr(row.peer.into()),
        domain: DomainId(row.domain.unwrap_or(0)),
        bytes_out: row.bytes_out,
        bytes_in: row.bytes_in,
        duration_ms: row.duration_ms,
        port: row.port,
        service: row.service.into(),
        state: row.state.into(),
        outbound: row.outbound,
    })
);
row!(
    EventRow,
    ["id", "time_us", "arrival_us", "host", "code", "user", "image", "parent", "amount"],
    row => row.host,
    Body::Event(SystemEvent {
        code: row.code,
        user: user(row.user),
        image: row.image,
        parent: row.parent,
        amount: row.amount,
    })
);
row!(
    LoginRow,
    ["id", "time_us", "arrival_us", "host", "user", "source", "kind", "success"],
    row => row.host,
    Body::Login(Login {
        user: user(row.user),
        source: Addr(row.source.into()),
        kind: row.kind,
        success: row.success,
    })
);
row!(
    ConfigRow,
    ["id", "time_us", "arrival_us", "host", "item", "user", "value"],
    row => row.host,
    Body::Config(ConfigChange { item: row.item, user: user(row.user), value: row.value })
);
row!(
    IntelRow,
    ["id", "time_us", "arrival_us", "type", "pattern", "confidence", "valid_until_us"],
    row => 0,
    Body::Intel(Indicator {
        pattern: pattern(&row.kind, &row.pattern)?,
        confidence: row.confidence,
        valid_until: SimTime(row.valid_until_us),
    })
);

/// The columns of each file, in the order of [`super::FILES`].
pub(super) const COLUMNS: [&[&str]; 5] =
    [FlowRow::COLUMNS, EventRow::COLUMNS, LoginRow::COLUMNS, ConfigRow::COLUMNS, IntelRow::COLUMNS];

/// A record as the row of its file.
pub(super) enum AnyRow {
    Flow(FlowRow),
    Event(EventRow),
    Login(LoginRow),
    Config(ConfigRow),
    Intel(IntelRow),
}

pub(super) fn row(id: u64, record: &Record) -> AnyRow {
    let (time_us, arrival_us, host) = (record.time.0, record.arrival.0, record.host.0);
    match record.body {
        Body::Flow(flow) => AnyRow::Flow(FlowRow {
            id,
            time_us,
            arrival_us,
            host,
            peer: flow.peer.0.into(),
            domain: (flow.domain != DomainId::NONE).then_some(flow.domain.0),
            bytes_out: flow.bytes_out,
            bytes_in: flow.bytes_in,
            duration_ms: flow.duration_ms,
            port: flow.port,
            service: flow.service.into(),
            state: flow.state.into(),
            outbound: flow.outbound,
        }),
        Body::Event(SystemEvent { code, user, image, parent, amount }) => {
            let user = user.some().map(|user| user.0);
            AnyRow::Event(EventRow { id, time_us, arrival_us, host, code, user, image, parent, amount })
        }
        Body::Login(Login { user, source, kind, success }) => {
            let (user, source) = (user.some().map(|user| user.0), source.0.into());
            AnyRow::Login(LoginRow { id, time_us, arrival_us, host, user, source, kind, success })
        }
        Body::Config(ConfigChange { item, user, value }) => {
            let user = user.some().map(|user| user.0);
            AnyRow::Config(ConfigRow { id, time_us, arrival_us, host, item, user, value })
        }
        Body::Intel(Indicator { pattern, confidence, valid_until }) => {
            let (kind, pattern) = match pattern {
                Pattern::Address(address) => (PatternType::Address, address.to_string()),
                Pattern::Domain(domain) => (PatternType::Domain, domain.0.to_string()),
            };
            let valid_until_us = valid_until.0;
            AnyRow::Intel(IntelRow { id, time_us, arrival_us, kind, pattern, confidence, valid_until_us })
        }
    }
}

fn user(id: Option<u32>) -> UserId {
    id.map_or(UserId::NONE, UserId)
}

fn pattern(kind: &PatternType, text: &str) -> Result<Pattern, String> {
    match kind {
        PatternType::Address => text
            .parse::<Ipv4Addr>()
            .map(|address| Pattern::Address(Addr(address.into())))
            .map_err(|_| format!("pattern `{text}` is not an IPv4 address")),
        PatternType::Domain => text
            .parse()
            .map(|domain| Pattern::Domain(DomainId(domain)))
            .map_err(|_| format!("pattern `{text}` is not a domain's number")),
    }
}

/// Mirrors a core enum under the names that files use.
macro_rules! mirror {
    ($mirror:ident of $core:ident, $case:literal: $($variant:ident),+) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = $case)]
        enum $mirror { $($variant),+ }
        impl From<$core> for $mirror {
            fn from(value: $core) -> $mirror {
                match value { $($core::$variant => $mirror::$variant),+ }
            }
        }
        impl From<$mirror> for $core {
            fn from(value: $mirror) -> $core {
                match value { $($mirror::$variant => $core::$variant),+ }
            }
        }
    };
}

mirror!(ServiceName of Service, "lowercase":
    Dns, Http, Tls, Smb, Rdp, Ssh, Winrm, Kerberos, Ldap, Smtp, Imap, Database, Ntp, Other, Ipp);
mirror!(StateName of ConnState, "UPPERCASE": Sf, S0, Rej, Rsto, Rstr, S1);
