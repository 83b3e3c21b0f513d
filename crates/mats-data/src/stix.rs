//! The feed as a bundle of STIX 2.1 (OASIS standard, 10 June 2021), written object by object:
//!
//! | type | what for |
//! |---|---|
//! | `identity` | the feed, and the organisation that reads it |
//! | `attack-pattern`, `vulnerability` | what the feed knows in general: techniques, weaknesses |
//! | `indicator` | an entry of the feed |
//! | `relationship` | an indicator `indicates` command and control over the web or DNS, by its kind alone |
//! | `sighting` | records that matched an indicator while it was valid: how many, the first, the last |
//!
//! Nothing here comes from the truth: an indicator may be wrong, and what it was seen in may be harmless. Memory
//! holds the indicators of the feed.

use crate::clock::{Date, Epoch};
use crate::error::DataError;
use crate::feed::Knowledge;
use crate::names::{Domain, Names};
use crate::text::Object;
use crate::uuid::{NAMESPACE, v5};
use crate::writer::RecordWriter;
use mats_core::telemetry::{Flow, Indicator, Pattern};
use mats_core::{Body, DomainId, Record, SimTime};
use std::collections::BTreeMap;
use std::io::{self, Write};
use uuid::Uuid;

/// An indicator that was published, and where it was seen.
struct Published {
    id: Uuid,
    from: SimTime,
    until: SimTime,
    count: u64,
    first: SimTime,
    last: SimTime,
}

/// Writes the feed into one bundle.
pub struct StixWriter<W: Write> {
    out: W,
    file: String,
    epoch: Epoch,
    /// Identifier of the bundle so far: a chain over those of its objects.
    chain: Uuid,
    empty: bool,
    line: Vec<u8>,
    published: Vec<Published>,
    /// Positions in `published` of indicators, by their pattern.
    matching: BTreeMap<Pattern, Vec<usize>>,
    /// Techniques that addresses and domains indicate.
    patterns: [Option<Uuid>; 2],
}

const FEED: &str = "identity|feed";
const ORGANISATION: &str = "identity|organisation";

fn identifier(of: &str) -> Uuid {
    v5(NAMESPACE, of.as_bytes())
}

impl<W: Write> StixWriter<W> {
    /// A writer; `file` is only for messages. Writes what the feed knows in general.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(
        out: W,
        file: &str,
        names: Names<'_>,
        knowledge: &Knowledge,
    ) -> Result<StixWriter<W>, DataError> {
        let mut writer = StixWriter {
            out,
            file: file.to_owned(),
            epoch: names.epoch(),
            chain: NAMESPACE,
            empty: true,
            line: Vec::new(),
            published: Vec::new(),
            matching: BTreeMap::new(),
            patterns: [None; 2],
        };
        let written = writer.general(knowledge);
        written.map_err(|source| DataError::io(file, source))?;
        Ok(writer)
    }

    /// Appends an object with what all have in common; `date` is when it was made.
    fn object(
        &mut self,
        kind: &str,
        id: Uuid,
        date: Date,
        fill: impl FnOnce(&mut Object<'_>),
    ) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(if self.empty {
            b"{\"type\":\"bundle\",\"objects\":[\n"
        } else {
            b",\n"
        });
        self.empty = false;
        let mut o = Object::new(&mut self.line);
        o.text("type", kind).text("spec_version", "2.1").show("id", format_args!("{kind}--{id}"));
        if id != identifier(FEED) {
            o.show("created_by_ref", format_args!("identity--{}", identifier(FEED)));
        }
        // STIX counts milliseconds.
        let stamp = date.stamp();
        o.show("created", format_args!("{}Z", stamp.millis()))
            .show("modified", format_args!("{}Z", stamp.millis()));
        fill(&mut o);
        o.end();
        self.chain = v5(self.chain, id.as_bytes());
        self.out.write_all(&self.line)
    }

    fn date(&self, time: SimTime) -> Date {
        self.epoch.date(time).unwrap_or(Date::LAST)
    }

    fn general(&mut self, knowledge: &Knowledge) -> io::Result<()> {
        let start = self.date(SimTime::ZERO);
        self.object("identity", identifier(FEED), start, |o| {
            o.text("name", "MATS threat intelligence feed").text("identity_class", "organization");
        })?;
        self.object("identity", identifier(ORGANISATION), start, |o| {
            o.text("name", "The organisation").text("identity_class", "organization");
        })?;
        for technique in &knowledge.techniques {
            let id = identifier(&format!("attack-pattern|{}|{}", technique.id, technique.tactic));
            for (at, wanted) in ["T1071.001", "T1071.004"].into_iter().enumerate() {
                if technique.id == wanted {
                    self.patterns[at] = Some(id);
                }
            }
            self.object("attack-pattern", id, start, |o| {
                o.text("name", &technique.name);
                let path = technique.id.replace('.', "/");
                o.objects("kill_chain_phases", |o| {
                    o.text("kill_chain_name", "mitre-attack").text("phase_name", &technique.tactic);
                });
                o.objects("external_references", |o| {
                    o.text("source_name", "mitre-attack").text("external_id", &technique.id);
                    o.show("url", format_args!("https://attack.mitre.org/techniques/{path}"));
                });
            })?;
        }
        for vulnerability in &knowledge.vulnerabilities {
            let id = identifier(&format!("vulnerability|{}", vulnerability.id));
            self.object("vulnerability", id, start, |o| {
                o.text("name", &vulnerability.id);
                o.objects("external_references", |o| {
                    o.text("source_name", "cve").text("external_id", &vulnerability.id);
                });
            })?;
        }
        // A feed that knows only one of the two techniques takes it for both.
        let [web, dns] = self.patterns;
        self.patterns = [web.or(dns), dns.or(web)];
        Ok(())
    }

    /// An indicator that had expired before it was published is marked as revoked, since STIX wants `valid_until`
    /// after `valid_from`; one that never expires has no `valid_until`.
    fn indicator(&mut self, record: &Record, indicator: &Indicator) -> Result<(), DataError> {
        let Some(from) = self.epoch.date(record.time) else {
            return Err(DataError::file(
                &self.file,
                "an indicator lies beyond the year 9999; check its time",
            ));
        };
        let (name, pattern) = render(indicator);
        let content = format!("{pattern}|{from}|{}|{}", indicator.valid_until.0, indicator.confidence);
        let id = v5(NAMESPACE, content.as_bytes());
        let expired = indicator.valid_until <= record.time;
        let until = self.epoch.date(indicator.valid_until).filter(|_| !expired);
        let written = self.object("indicator", id, from, |o| {
            o.text("name", &name).raw("indicator_types", "[\"malicious-activity\"]");
            o.text("pattern", &pattern).text("pattern_type", "stix").text("pattern_version", "2.1");
            o.show("valid_from", from);
            if let Some(until) = until {
                o.show("valid_until", until);
            }
            if expired {
                o.raw("revoked", "true");
            }
            o.number("confidence", indicator.confidence.min(100).into());
        });
        written
            .and_then(|()| self.relationship(id, from, indicator))
            .map_err(|source| DataError::io(&self.file, source))?;
        if !expired {
            self.matching.entry(indicator.pattern).or_default().push(self.published.len());
            let (from, until) = (record.time, indicator.valid_until);
            self.published.push(Published {
                id,
                from,
                until,
                count: 0,
                first: SimTime::NEVER,
                last: SimTime::ZERO,
            });
        }
        Ok(())
    }

    fn relationship(&mut self, indicator: Uuid, date: Date, of: &Indicator) -> io::Result<()> {
        let kind = usize::from(matches!(of.pattern, Pattern::Domain(_)));
        let Some(pattern) = self.patterns[kind] else { return Ok(()) };
        let id = v5(indicator, b"indicates");
        self.object("relationship", id, date, |o| {
            o.text("relationship_type", "indicates");
            o.show("source_ref", format_args!("indicator--{indicator}"));
            o.show("target_ref", format_args!("attack-pattern--{pattern}"));
        })
    }

    /// Counts a flow for the indicators that it matches.
    fn sight(&mut self, time: SimTime, flow: &Flow) {
        if self.published.is_empty() {
            return;
        }
        let domain = (flow.domain != DomainId::NONE).then_some(Pattern::Domain(flow.domain));
        for pattern in [Some(Pattern::Address(flow.peer)), domain].into_iter().flatten() {
            for &at in self.matching.get(&pattern).map_or(&[][..], Vec::as_slice) {
                let seen = &mut self.published[at];
                if seen.from <= time && time < seen.until {
                    seen.count += 1;
                    (seen.first, seen.last) = (seen.first.min(time), seen.last.max(time));
                }
            }
        }
    }

    fn sightings(&mut self) -> io::Result<()> {
        for Published { id, count, first, last, .. } in std::mem::take(&mut self.published) {
            if count == 0 {
                continue;
            }
            let (first, last) = (self.date(first), self.date(last));
            self.object("sighting", v5(id, b"sighting"), last, |o| {
                o.show("first_seen", first).show("last_seen", last).number("count", count.min(999_999_999));
                o.show("sighting_of_ref", format_args!("indicator--{id}"));
                o.list("where_sighted_refs", &[&format!("identity--{}", identifier(ORGANISATION))]);
            })?;
        }
        Ok(())
    }
}

impl<W: Write + Send> RecordWriter for StixWriter<W> {
    fn write(&mut self, _: u64, record: &Record) -> Result<(), DataError> {
        match &record.body {
            Body::Intel(indicator) => self.indicator(record, indicator),
            Body::Flow(flow) => {
                self.sight(record.time, flow);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes the sightings and ends the bundle.
    fn finish(&mut self) -> Result<(), DataError> {
        self.sightings()
            .and_then(|()| writeln!(self.out, "\n],\"id\":\"bundle--{}\"}}", self.chain))
            .and_then(|()| self.out.flush())
            .map_err(|source| DataError::io(&self.file, source))
    }
}

/// Name and pattern of an indicator.
fn render(indicator: &Indicator) -> (String, String) {
    match indicator.pattern {
        Pattern::Address(address) => (address.to_string(), format!("[ipv4-addr:value = '{address}']")),
        Pattern::Domain(id) => (Domain(id).to_string(), format!("[domain-name:value = '{}']", Domain(id))),
    }
}
