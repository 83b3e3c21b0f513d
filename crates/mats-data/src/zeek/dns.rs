//! `dns.log`: the look-ups among the flows.

use super::log::{Field, Value};
use crate::names::{Domain, Names, Uid};
use crate::zeek::write::Ends;
use mats_core::random::Stream;
use mats_core::telemetry::Flow;
use mats_core::{Addr, DomainId};

/// Purpose of the stream that draws transaction numbers.
const TRANSACTION: u32 = 0x6d61_7403;

pub(super) const FIELDS: [Field; 21] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("trans_id", "count"),
    ("rtt", "interval"),
    ("query", "string"),
    ("qclass", "count"),
    ("qclass_name", "string"),
    ("qtype", "count"),
    ("qtype_name", "string"),
    ("rcode", "count"),
    ("rcode_name", "string"),
    ("AA", "bool"),
    ("TC", "bool"),
    ("RD", "bool"),
    ("RA", "bool"),
    ("rejected", "bool"),
];

/// A number of 16 bits from the originator and the record's number, as resolvers draw them.
fn transaction(originator: Addr, number: u64) -> u64 {
    Stream::new(0, TRANSACTION, u64::from(originator.0)).word(number) >> 48
}

/// The entry of a look-up, handed to `write`. What was answered is not recorded, so `answers` is left out.
pub(super) fn entry<T>(
    names: Names<'_>,
    number: u64,
    ts: u64,
    flow: &Flow,
    ends: Ends,
    write: impl FnOnce(&[Value<'_>; FIELDS.len()]) -> T,
) -> T {
    use Value::{Bool, Count, Micros, Text, Unset};
    let answered = flow.bytes_in > 0;
    let query = Domain(flow.domain);
    write(&[
        Micros(ts),
        Text(&Uid(number)),
        Text(&ends.orig),
        Count(names.ephemeral_port(ends.orig, number).into()),
        Text(&ends.resp),
        Count(flow.port.into()),
        Text(&"udp"),
        Count(transaction(ends.orig, number)),
        if answered { Micros(u64::from(flow.duration_ms) * 1000) } else { Unset },
        if flow.domain == DomainId::NONE { Unset } else { Text(&query) },
        Count(1),
        Text(&"C_INTERNET"),
        Count(1),
        Text(&"A"),
        if answered { Count(0) } else { Unset },
        if answered { Text(&"NOERROR") } else { Unset },
        Bool(false),
        Bool(false),
        Bool(true),
        Bool(answered),
        Bool(false),
    ])
}
