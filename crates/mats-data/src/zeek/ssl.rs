//! `ssl.log`: TLS handshakes among the flows, with the fingerprints that the packages `ja3` and `ja3s` add. What a
//! machine offers depends on the machine and the name it talks to; what it gets, on the server.

use super::connection::Connection;
use super::log::{Entry, Field, fields};
use crate::text;
use mats_core::random::Stream;
use mats_core::telemetry::Service;
use mats_core::{DomainId, Os};

/// Purpose of the stream that draws a server's settings.
const SERVER: u32 = 0x6d61_7407;
/// Purpose of the stream that draws a client's programs and their fingerprints.
const CLIENT: u32 = 0x6d61_7408;

pub(super) const FIELDS: [Field; 20] = fields![
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "version": "string",
    "cipher": "string",
    "curve": "string",
    "server_name": "string",
    "resumed": "bool",
    "last_alert": "string",
    "next_protocol": "string",
    "established": "bool",
    "ssl_history": "string",
    "cert_chain_fps": "vector[string]",
    "client_cert_chain_fps": "vector[string]",
    "sni_matches_cert": "bool",
    "ja3": "string",
    "ja3s": "string",
];

/// Tells whether Zeek finds TLS in flows of a service.
pub(super) fn speaks(service: Service) -> bool {
    matches!(service, Service::Tls | Service::Imap)
}

/// Ciphers that servers choose: of TLS 1.3, of TLS 1.2.
const CIPHERS: [[&str; 3]; 2] = [
    ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
    [
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ],
];

/// A digest of 32 hexadecimal digits, one of few for each system.
fn digest(out: &mut Vec<u8>, purpose: u32, key: u64) {
    let stream = Stream::new(0, purpose, key);
    text::hex(out, u128::from(stream.word(1)) << 64 | u128::from(stream.word(2)), 32, false);
}

/// The entry of a handshake.
pub(super) fn fill(entry: &mut Entry<'_>, of: &Connection<'_>) {
    let named = of.flow.domain != DomainId::NONE;
    let server = if named { u64::from(of.flow.domain.0) << 32 } else { u64::from(of.ends.resp.0) };
    let settings = Stream::new(0, SERVER, server).word(0);
    let draw = Stream::new(0, CLIENT, u64::from(of.ends.orig.0)).word(of.number);
    let answered = of.course.back > 0;
    let old = settings.is_multiple_of(5);
    let resumed = answered && old && draw.is_multiple_of(4);
    let system = match of.ends.orig.host().map(|host| of.names.os(host)) {
        Some(Os::Windows) => 1,
        Some(Os::Linux) => 2,
        None => 3,
    };
    // A machine has some programs; which of them talks to a server is a habit.
    let program = Stream::new(0, CLIENT, u64::from(of.ends.orig.0)).word(server ^ (draw >> 60 & 1)) % 5;
    of.identify(entry);
    if answered {
        entry.text(if old { "TLSv12" } else { "TLSv13" });
        entry.text(CIPHERS[usize::from(old)][(settings >> 8) as usize % 3]);
        entry.text_or_unset((!resumed).then_some(if settings & 64 == 0 { "x25519" } else { "secp256r1" }));
    } else {
        entry.unset_many(3);
    }
    entry.with(|out| of.append_server(out));
    entry.bool(resumed);
    entry.unset();
    let speaks_h2 = answered && of.flow.service == Service::Tls && settings >> 7 & 1 == 0;
    entry.text_or_unset(speaks_h2.then_some("h2"));
    entry.bool(answered);
    entry.text(match (answered, old, resumed) {
        (false, ..) => "C",
        (true, true, false) => "CsxknGIi",
        _ => "CsiI",
    });
    if answered && old && !resumed {
        // TLS 1.3 hides certificates.
        entry.list_with(|out| {
            digest(out, SERVER, server);
            digest(out, SERVER, server ^ 1);
        });
        entry.empty();
        entry.bool(true);
    } else {
        entry.unset_many(3);
    }
    entry.with(|out| digest(out, CLIENT, system << 8 | program));
    if answered {
        entry.with(|out| digest(out, SERVER, (settings >> 8) % 12));
    } else {
        entry.unset();
    }
}
