//! A flow as all of Zeek's logs see it.

use super::log::Entry;
use crate::names::{Domain, Names};
use mats_core::random::Stream;
use mats_core::telemetry::{ConnState, Flow, Service};
use mats_core::{Addr, DomainId, Record};

/// Purpose of the stream that draws durations below a millisecond.
const MICROS: u32 = 0x6d61_7404;

/// The two ends of a flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) orig: Addr,
    pub(super) resp: Addr,
}

/// A flow as all logs see it.
pub(super) struct Connection<'a> {
    pub(super) names: Names<'a>,
    pub(super) number: u64,
    pub(super) flow: &'a Flow,
    pub(super) ends: Ends,
    pub(super) course: Course,
    pub(super) ts: u64,
    pub(super) uid: [u8; 18],
    pub(super) port: u16,
}

impl Connection<'_> {
    /// The six fields that all logs begin with.
    pub(super) fn identify(&self, entry: &mut Entry<'_>) {
        entry.micros(self.ts);
        entry.with(|out| out.extend_from_slice(&self.uid));
        entry.addr(self.ends.orig);
        entry.count(self.port.into());
        entry.addr(self.ends.resp);
        entry.count(self.flow.port.into());
    }

    /// The name under which the server was asked for: the one that was looked up, a machine's own, or its address.
    pub(super) fn append_server(&self, out: &mut Vec<u8>) {
        match self.ends.resp.host() {
            _ if self.flow.domain != DomainId::NONE => Domain(self.flow.domain).append(out),
            Some(host) => self.names.append_fqdn(host, out),
            None => crate::text::addr(out, self.ends.resp),
        }
    }
}

pub(super) fn ends(record: &Record, flow: &Flow) -> Ends {
    let own = Addr::internal(record.host);
    if flow.outbound { Ends { orig: own, resp: flow.peer } } else { Ends { orig: flow.peer, resp: own } }
}

/// Conclusions of Zeek from the packets of a flow. State, history, bytes and packets agree with each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    pub(super) udp: bool,
    pub(super) state: &'static str,
    pub(super) history: &'static str,
    /// The responder never took part in a conversation.
    pub(super) refused: bool,
    /// Payload of both directions, as far as it was delivered.
    pub(super) out: u64,
    pub(super) back: u64,
    pub(super) packets: (u64, u64),
    pub(super) micros: u64,
}

impl Course {
    pub(super) fn of(flow: &Flow, number: u64) -> Course {
        // A conversation takes some time, however short.
        let micros = match u64::from(flow.duration_ms) * 1000 {
            0 => 50 + Stream::new(0, MICROS, 0).word(number) % 900,
            micros => micros,
        };
        let (out, back) = (u64::from(flow.bytes_out), u64::from(flow.bytes_in));
        let (sent, got) = (out > 0, back > 0);
        let segments = |bytes: u64| bytes.div_ceil(1460);
        if matches!(flow.service, Service::Dns | Service::Ntp) {
            // UDP has no handshake: Zeek calls it SF when both sides sent something and S0 when only one did.
            let (state, history) = if got { ("SF", "Dd") } else { ("S0", "D") };
            let packets = (segments(out).max(1), segments(back));
            return Course { udp: true, state, history, refused: false, out, back, packets, micros };
        }
        let (state, history) = match (flow.state, sent, got) {
            (ConnState::S0, ..) => ("S0", "S"),
            (ConnState::Rej, ..) => ("REJ", "Sr"),
            (ConnState::Sf, true, true) => ("SF", "ShADadFf"),
            (ConnState::Sf, true, false) => ("SF", "ShADaFf"),
            (ConnState::Sf, false, true) => ("SF", "ShAdaFf"),
            (ConnState::Sf, false, false) => ("SF", "ShAFf"),
            (ConnState::Rsto, true, true) => ("RSTO", "ShADadR"),
            (ConnState::Rsto, true, false) => ("RSTO", "ShADaR"),
            (ConnState::Rsto, false, true) => ("RSTO", "ShAdaR"),
            (ConnState::Rsto, false, false) => ("RSTO", "ShAR"),
            (ConnState::Rstr, true, true) => ("RSTR", "ShADadr"),
            (ConnState::Rstr, true, false) => ("RSTR", "ShADar"),
            (ConnState::Rstr, false, true) => ("RSTR", "ShAdar"),
            (ConnState::Rstr, false, false) => ("RSTR", "ShAr"),
            (ConnState::S1, true, true) => ("S1", "ShADad"),
            (ConnState::S1, true, false) => ("S1", "ShADa"),
            (ConnState::S1, false, true) => ("S1", "ShAda"),
            (ConnState::S1, false, false) => ("S1", "ShA"),
        };
        let refused = matches!(flow.state, ConnState::S0 | ConnState::Rej);
        // Nothing is delivered without a handshake, whatever the originator had to say.
        let (out, back) = if refused { (0, 0) } else { (out, back) };
        let packets = match flow.state {
            // A SYN without an answer is sent again after 1, 3, 7, … seconds.
            ConnState::S0 => (1 + u64::from((micros / 1_000_000 + 1).ilog2()).min(6), 0),
            ConnState::Rej => (1, 1),
            // SYN, ACK, FIN or RST; SYN-ACK, FIN; an acknowledgement for every second segment received.
            _ => (3 + segments(out) + segments(back) / 2, 2 + segments(back) + segments(out) / 2),
        };
        Course { udp: false, state, history, refused, out, back, packets, micros }
    }

    /// Tells whether there was a conversation, which other logs may tell more about.
    pub(super) fn talked(&self) -> bool {
        !self.refused && self.out > 0
    }
}
