//! A connection as `conn.log` has it.

use super::connection::Connection;
use super::log::{Entry, Field, fields};
use mats_core::telemetry::Service;
use serde::Deserialize;
use std::net::IpAddr;

/// One entry of a `conn.log` that was read. Absent fields are `None`, as Zeek leaves out what it did not see.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Conn {
    /// Seconds since 1970 of the first packet.
    pub ts: f64,
    /// Identifier of the connection.
    pub uid: String,
    /// Address of the originator.
    #[serde(rename = "id.orig_h", alias = "id_orig_h")]
    pub orig_h: IpAddr,
    /// Port of the originator.
    #[serde(rename = "id.orig_p", alias = "id_orig_p")]
    pub orig_p: u16,
    /// Address of the responder.
    #[serde(rename = "id.resp_h", alias = "id_resp_h")]
    pub resp_h: IpAddr,
    /// Port of the responder.
    #[serde(rename = "id.resp_p", alias = "id_resp_p")]
    pub resp_p: u16,
    /// Transport protocol: tcp, udp, icmp.
    pub proto: String,
    /// Application protocols found, separated by commas.
    pub service: Option<String>,
    /// Seconds from first to last packet.
    pub duration: Option<f64>,
    /// Payload bytes from the originator.
    pub orig_bytes: Option<u64>,
    /// Payload bytes from the responder.
    pub resp_bytes: Option<u64>,
    /// State in which it ended: SF, S0, REJ, RSTO and so on.
    pub conn_state: Option<String>,
    /// True if the originator is one of the organisation's.
    pub local_orig: Option<bool>,
    /// True if the responder is one of the organisation's.
    pub local_resp: Option<bool>,
    /// History, a letter for each thing that happened: `S`yn, `h`andshake, `A`ck, `D`ata, `F`in, `R`eset; capitals from
    /// the originator.
    pub history: Option<String>,
    /// Packets from the originator.
    pub orig_pkts: Option<u64>,
    /// Packets from the responder.
    pub resp_pkts: Option<u64>,
}

pub(super) const FIELDS: [Field; 22] = fields![
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "proto": "enum",
    "service": "string",
    "duration": "interval",
    "orig_bytes": "count",
    "resp_bytes": "count",
    "conn_state": "string",
    "local_orig": "bool",
    "local_resp": "bool",
    "missed_bytes": "count",
    "history": "string",
    "orig_pkts": "count",
    "orig_ip_bytes": "count",
    "resp_pkts": "count",
    "resp_ip_bytes": "count",
    "tunnel_parents": "set[string]",
    "ip_proto": "count",
];

/// Returns what Zeek's protocol detection calls a service; `None` where it finds none.
fn detected(service: Service) -> Option<&'static str> {
    match service {
        // Mail is fetched within TLS, which is all that Zeek sees.
        Service::Tls | Service::Imap => Some("ssl"),
        Service::Winrm | Service::Ipp => Some("http"),
        Service::Kerberos => Some("krb_tcp"),
        Service::Ldap => Some("ldap_tcp"),
        Service::Database => Some("postgresql"),
        Service::Other => None,
        named => Some(named.name()),
    }
}

/// The entry of a flow.
pub(super) fn fill(entry: &mut Entry<'_>, of: &Connection<'_>) {
    let (flow, course) = (of.flow, &of.course);
    // A lone packet has no duration, and Zeek then knows no bytes either.
    let lone = course.packets.0 + course.packets.1 == 1;
    let overhead = if course.udp { 28 } else { 40 };
    of.identify(entry);
    entry.text(if course.udp { "udp" } else { "tcp" });
    entry.text_or_unset(detected(flow.service).filter(|_| !course.refused));
    if lone {
        entry.unset_many(3);
    } else {
        entry.micros(course.micros);
        entry.count(course.out);
        entry.count(course.back);
    }
    entry.text(course.state);
    entry.bool(of.ends.orig.is_internal());
    entry.bool(of.ends.resp.is_internal());
    entry.count(0);
    entry.text(course.history);
    entry.count(course.packets.0);
    entry.count(course.out + course.packets.0 * overhead);
    entry.count(course.packets.1);
    entry.count(course.back + course.packets.1 * overhead);
    entry.empty();
    entry.count(if course.udp { 17 } else { 6 });
}
