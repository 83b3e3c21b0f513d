//! A connection as `conn.log` has it.

use super::log::{Field, Value};
use crate::names::{Names, Uid};
use crate::zeek::write::Ends;
use mats_core::telemetry::{ConnState, Flow, Service};
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
    /// How it ended: SF, S0, REJ, RSTO and so on.
    pub conn_state: Option<String>,
    /// Whether the originator is one of the organisation's.
    pub local_orig: Option<bool>,
    /// Whether the responder is one of the organisation's.
    pub local_resp: Option<bool>,
    /// What happened, a letter each: `S`yn, `h`andshake, `A`ck, `D`ata, `F`in, `R`eset; capitals from the originator.
    pub history: Option<String>,
    /// Packets from the originator.
    pub orig_pkts: Option<u64>,
    /// Packets from the responder.
    pub resp_pkts: Option<u64>,
}

pub(super) const FIELDS: [Field; 22] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
    ("ip_proto", "count"),
];

/// Whether flows of a service go over UDP.
fn is_udp(service: Service) -> bool {
    matches!(service, Service::Dns | Service::Ntp)
}

/// What Zeek's protocol detection calls a service; `None` where it finds none.
fn detected(service: Service) -> Option<&'static str> {
    match service {
        Service::Tls => Some("ssl"),
        Service::Winrm => Some("http"),
        Service::Kerberos => Some("krb_tcp"),
        Service::Ldap => Some("ldap_tcp"),
        Service::Database => Some("postgresql"),
        Service::Other => None,
        named => Some(named.name()),
    }
}

/// State and history that agree with each other and with the bytes. UDP has no handshake: Zeek calls it SF when
/// both sides sent something and S0 when only the originator did.
fn course(flow: &Flow) -> (&'static str, &'static str) {
    let (sent, got) = (flow.bytes_out > 0, flow.bytes_in > 0);
    if is_udp(flow.service) {
        return if got { ("SF", "Dd") } else { ("S0", "D") };
    }
    match (flow.state, sent, got) {
        (ConnState::S0, false, _) => ("S0", "S"),
        (ConnState::S0, true, _) => ("S0", "SD"),
        (ConnState::Rej, ..) => ("REJ", "Sr"),
        (ConnState::Sf, true, true) => ("SF", "ShADadFf"),
        (ConnState::Sf, true, false) => ("SF", "ShADaFf"),
        (ConnState::Sf, false, true) => ("SF", "ShAdaFf"),
        (ConnState::Sf, false, false) => ("SF", "ShAFf"),
        (ConnState::Rsto, true, true) => ("RSTO", "ShADadR"),
        (ConnState::Rsto, true, false) => ("RSTO", "ShADaR"),
        (ConnState::Rsto, false, true) => ("RSTO", "ShAdaR"),
        (ConnState::Rsto, false, false) => ("RSTO", "ShAR"),
    }
}

/// Packets of the two sides: full segments of payload, an acknowledgement for every second segment received, and
/// the handshake's own.
fn packets(flow: &Flow, state: &str) -> (u64, u64) {
    const SEGMENT: u64 = 1460;
    let segments = |bytes: u32| u64::from(bytes).div_ceil(SEGMENT);
    let (out, back) = (segments(flow.bytes_out), segments(flow.bytes_in));
    if is_udp(flow.service) {
        return (out.max(1), back);
    }
    match state {
        "S0" => (1 + out, 0),
        "REJ" => (1, 1),
        // SYN, ACK, FIN or RST; SYN-ACK, FIN.
        _ => (3 + out + back / 2, 2 + back + out / 2),
    }
}

/// The entry of a flow, handed to `write`.
pub(super) fn entry<T>(
    names: Names<'_>,
    number: u64,
    ts: u64,
    flow: &Flow,
    ends: Ends,
    write: impl FnOnce(&[Value<'_>; FIELDS.len()]) -> T,
) -> T {
    use Value::{Bool, Count, Empty, Micros, Text, Unset};
    let udp = is_udp(flow.service);
    let (state, history) = course(flow);
    let refused = !udp && matches!(state, "S0" | "REJ");
    let service = detected(flow.service).filter(|_| !refused);
    // A lone packet has no duration, and Zeek then knows no bytes either.
    let lone = refused && flow.duration_ms == 0 && flow.bytes_out == 0;
    let (out, back) = (u64::from(flow.bytes_out), if refused { 0 } else { u64::from(flow.bytes_in) });
    let (orig_pkts, resp_pkts) = packets(flow, state);
    let overhead = if udp { 28 } else { 40 };
    write(&[
        Micros(ts),
        Text(&Uid(number)),
        Text(&ends.orig),
        Count(names.ephemeral_port(ends.orig, number).into()),
        Text(&ends.resp),
        Count(flow.port.into()),
        Text(&if udp { "udp" } else { "tcp" }),
        service.as_ref().map_or(Unset, |name| Text(name)),
        if lone { Unset } else { Micros(u64::from(flow.duration_ms) * 1000) },
        if lone { Unset } else { Count(out) },
        if lone { Unset } else { Count(back) },
        Text(&state),
        Bool(ends.orig.is_internal()),
        Bool(ends.resp.is_internal()),
        Count(0),
        Text(&history),
        Count(orig_pkts),
        Count(out + orig_pkts * overhead),
        Count(resp_pkts),
        Count(back + resp_pkts * overhead),
        Empty,
        Count(if udp { 17 } else { 6 }),
    ])
}
