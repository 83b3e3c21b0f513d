//! Indicators as rules for Suricata 7 (<https://docs.suricata.io>), in the order in which they became known. An
//! address has one rule, a domain one for look-ups and one for TLS. The rule's metadata say from when to when it
//! holds.

use crate::clock::Epoch;
use crate::error::DataError;
use crate::names::{Domain, Names};
use crate::writer::RecordWriter;
use mats_core::telemetry::{Indicator, Pattern};
use mats_core::{Body, Record, SimTime};
use std::io::{self, Write};

/// The first number of a signature; those from a million on are for local use.
const FIRST: u64 = 9_000_001;

/// Writes rules.
pub struct SignatureWriter<W: Write> {
    out: W,
    file: String,
    epoch: Epoch,
    next: u64,
}

impl<W: Write> SignatureWriter<W> {
    /// A writer; `file` is only for messages.
    pub fn new(out: W, file: &str, names: Names<'_>) -> SignatureWriter<W> {
        SignatureWriter { out, file: file.to_owned(), epoch: names.epoch(), next: FIRST }
    }

    fn indicator(&mut self, time: SimTime, indicator: &Indicator) -> io::Result<()> {
        let (from, until) = (self.epoch.stamp(time), self.epoch.stamp(indicator.valid_until));
        let day = |stamp: &crate::clock::Stamp| stamp.day().replace('-', "_");
        let tail = format!(
            "classtype:trojan-activity; priority:{}; metadata:created_at {}, valid_until {}, confidence {}",
            if indicator.confidence >= 70 { 1 } else { 2 },
            day(&from),
            day(&until),
            indicator.confidence
        );
        let mut rule = |head: &str, message: String, matches: String| {
            let sid = self.next;
            self.next += 1;
            writeln!(
                self.out,
                "alert {head} (msg:\"MATS FEED {message}\"; {matches}{tail}; sid:{sid}; rev:1;)"
            )
        };
        match indicator.pattern {
            Pattern::Address(address) => rule(
                &format!("ip $HOME_NET any <> {address} any"),
                format!("known address {address}"),
                String::new(),
            ),
            Pattern::Domain(id) => {
                let name = Domain(id);
                rule(
                    "dns $HOME_NET any -> any any",
                    format!("look-up of known domain {name}"),
                    format!("dns.query; content:\"{name}\"; nocase; bsize:{}; ", name.to_string().len()),
                )?;
                rule(
                    "tls $HOME_NET any -> any any",
                    format!("TLS to known domain {name}"),
                    format!("tls.sni; content:\"{name}\"; nocase; bsize:{}; ", name.to_string().len()),
                )
            }
        }
    }
}

impl<W: Write + Send> RecordWriter for SignatureWriter<W> {
    fn write(&mut self, _: u64, record: &Record) -> Result<(), DataError> {
        let Body::Intel(indicator) = &record.body else { return Ok(()) };
        self.indicator(record.time, indicator).map_err(|source| DataError::io(&self.file, source))
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }
}
