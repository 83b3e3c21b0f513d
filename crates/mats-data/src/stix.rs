//! Indicators as a bundle of STIX 2.1 (OASIS standard, 10 June 2021), written one by one.

use crate::clock::{Date, Epoch};
use crate::error::DataError;
use crate::names::{Domain, Names};
use crate::uuid::{NAMESPACE, text, v5};
use mats_core::telemetry::{Indicator, Pattern};
use mats_core::{Body, Record};
use serde::Serialize;
use std::io::{self, Write};

/// Writes indicators into one bundle.
pub struct StixWriter<W: Write> {
    out: W,
    file: String,
    epoch: Epoch,
    /// Identifier of the bundle so far: a chain over those of its objects.
    chain: [u8; 16],
    empty: bool,
}

#[derive(Serialize)]
struct Object {
    #[serde(rename = "type")]
    kind: &'static str,
    spec_version: &'static str,
    id: String,
    created: Date,
    modified: Date,
    name: String,
    indicator_types: [&'static str; 1],
    pattern: String,
    pattern_type: &'static str,
    pattern_version: &'static str,
    valid_from: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<Date>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    revoked: bool,
    confidence: u8,
}

impl<W: Write> StixWriter<W> {
    /// A writer; `file` is only for messages.
    pub fn new(out: W, file: &str, names: Names<'_>) -> StixWriter<W> {
        let epoch = Epoch::of(names.inventory());
        StixWriter { out, file: file.to_owned(), epoch, chain: NAMESPACE, empty: true }
    }

    /// Writes a record if it is an indicator; passes over the other kinds. An indicator that had expired before
    /// it was published is marked as revoked, since STIX wants `valid_until` after `valid_from`; one that never
    /// expires has no `valid_until`.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, record: &Record) -> Result<(), DataError> {
        let Body::Intel(indicator) = &record.body else { return Ok(()) };
        let Some(from) = self.epoch.date(record.time) else {
            return Err(DataError::file(
                &self.file,
                "an indicator lies beyond the year 9999; check its time",
            ));
        };
        let (name, pattern) = spelt(indicator);
        let content = format!("{pattern}|{from}|{}|{}", indicator.valid_until.0, indicator.confidence);
        let id = v5(NAMESPACE, content.as_bytes());
        self.chain = v5(self.chain, &id);
        let expired = indicator.valid_until <= record.time;
        let object = Object {
            kind: "indicator",
            spec_version: "2.1",
            id: format!("indicator--{}", text(id)),
            created: from,
            modified: from,
            name,
            indicator_types: ["malicious-activity"],
            pattern,
            pattern_type: "stix",
            pattern_version: "2.1",
            valid_from: from,
            valid_until: self.epoch.date(indicator.valid_until).filter(|_| !expired),
            revoked: expired,
            confidence: indicator.confidence.min(100),
        };
        let start: &[u8] = if self.empty { b"{\"type\":\"bundle\",\"objects\":[\n" } else { b",\n" };
        self.empty = false;
        self.out
            .write_all(start)
            .and_then(|()| serde_json::to_writer(&mut self.out, &object).map_err(io::Error::from))
            .map_err(|source| DataError::io(&self.file, source))
    }

    /// Ends the bundle and flushes. A bundle without objects has no `objects`, as STIX wants it.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<(), DataError> {
        let start = if self.empty { "{\"type\":\"bundle\"" } else { "\n]" };
        writeln!(self.out, "{start},\"id\":\"bundle--{}\"}}", text(self.chain))
            .and_then(|()| self.out.flush())
            .map_err(|source| DataError::io(&self.file, source))
    }
}

/// Name and pattern of an indicator.
fn spelt(indicator: &Indicator) -> (String, String) {
    match indicator.pattern {
        Pattern::Address(address) => (address.to_string(), format!("[ipv4-addr:value = '{address}']")),
        Pattern::Domain(id) => (Domain(id).to_string(), format!("[domain-name:value = '{}']", Domain(id))),
    }
}
