//! `dns.log`: the look-ups among the flows.

use super::connection::Connection;
use super::log::{Entry, Field, fields};
use crate::text;
use mats_core::DomainId;
use mats_core::random::Stream;

/// Purpose of the stream that draws transaction numbers and types of queries.
const QUERY: u32 = 0x6d61_7403;

pub(super) const FIELDS: [Field; 24] = fields![
    "ts": "time",
    "uid": "string",
    "id.orig_h": "addr",
    "id.orig_p": "port",
    "id.resp_h": "addr",
    "id.resp_p": "port",
    "proto": "enum",
    "trans_id": "count",
    "rtt": "interval",
    "query": "string",
    "qclass": "count",
    "qclass_name": "string",
    "qtype": "count",
    "qtype_name": "string",
    "rcode": "count",
    "rcode_name": "string",
    "AA": "bool",
    "TC": "bool",
    "RD": "bool",
    "RA": "bool",
    "Z": "count",
    "answers": "vector[string]",
    "TTLs": "vector[interval]",
    "rejected": "bool",
];

/// The entry of a look-up. A name is asked for its IPv4 address mostly; some clients ask for the IPv6 address and
/// for the service binding (RFC 9460) too, which are empty.
pub(super) fn fill(entry: &mut Entry<'_>, of: &Connection<'_>) {
    let draw = Stream::new(0, QUERY, u64::from(of.ends.orig.0)).word(of.number);
    let answered = of.course.back > 0;
    let (kind, name) = match draw % 16 {
        0 => (65, "HTTPS"),
        1 | 2 => (28, "AAAA"),
        _ => (1, "A"),
    };
    of.identify(entry);
    entry.text("udp");
    entry.count(draw >> 48);
    if answered {
        entry.micros(of.course.micros);
    } else {
        entry.unset();
    }
    entry.domain(of.flow.domain);
    entry.count(1);
    entry.text("C_INTERNET");
    entry.count(kind);
    entry.text(name);
    entry.count_or_unset(answered.then_some(0));
    entry.text_or_unset(answered.then_some("NOERROR"));
    entry.bool(false);
    entry.bool(false);
    entry.bool(true);
    entry.bool(answered);
    entry.count(0);
    let known = of.names.resolve(of.flow.domain);
    match known.filter(|_| answered && kind == 1 && of.flow.domain != DomainId::NONE) {
        Some(address) => {
            entry.list_with(|out| text::addr(out, address));
            // A name keeps its time to live; caches hand on what is left of it.
            let full = [60, 300, 300, 3600][(of.flow.domain.0 % 4) as usize];
            entry.list_micros((1 + (draw >> 8) % full) * 1_000_000);
        }
        None => entry.unset_many(2),
    }
    entry.bool(false);
}
