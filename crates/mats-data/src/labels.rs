//! The ground truth of a data set: a CSV file of its own, so that no detector reads it by accident. Records that
//! it does not name are benign.
//!
//! | column | holds |
//! |---|---|
//! | `id` | the record's number: `id` in the telemetry CSV files |
//! | `uid` | the same as Zeek's `uid` and ECS' `event.id` |
//! | `label` | the kind of threat: `intrusion`, `credential`, `movement`, `exfiltration`, `impact` |
//! | `campaign` | which run of an attack, counted from 0 in each episode |
//! | `step` | the attack's step, by its name in the scenario |
//! | `technique` | its ATT&CK technique, e.g. `T1059.001` |
//! | `host` | the machine that the record was seen on, by name |
//! | `user` | the account that the record names; empty where it names none |

use crate::error::DataError;
use crate::names::{Names, Uid};
use mats_core::{Body, Record, ThreatKind, UserId};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// Label of one malicious record: what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// The record's number.
    pub id: u64,
    /// The kind of threat.
    pub label: String,
    /// Number of the campaign, one run of an attack.
    pub campaign: u32,
    /// The attack's step.
    pub step: String,
    /// ATT&CK technique.
    pub technique: String,
    /// The machine, by name.
    pub host: String,
    /// The account, by name.
    pub user: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: u64,
    uid: String,
    label: &'a str,
    campaign: u32,
    step: &'a str,
    technique: &'a str,
    host: &'a str,
    user: Option<&'a str>,
}

/// Part of an attack that a malicious record is.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The kind of threat.
    pub label: ThreatKind,
    /// Number of the campaign, one run of an attack.
    pub campaign: u32,
    /// The attack's step.
    pub step: &'a str,
    /// ATT&CK technique.
    pub technique: &'a str,
}

/// The account that a record names.
fn account(body: &Body) -> UserId {
    match body {
        Body::Event(event) => event.user,
        Body::Login(login) => login.user,
        Body::Config(change) => change.user,
        Body::Flow(_) | Body::Intel(_) => UserId::NONE,
    }
}

/// Writes the truth file.
pub struct LabelWriter<'a, W: Write> {
    out: csv::Writer<W>,
    file: String,
    names: Names<'a>,
}

impl<'a, W: Write> LabelWriter<'a, W> {
    /// A writer; `file` is only for messages.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(out: W, file: &str, names: Names<'a>) -> Result<LabelWriter<'a, W>, DataError> {
        let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        out.write_record(["id", "uid", "label", "campaign", "step", "technique", "host", "user"])
            .map_err(|error| DataError::csv(file, error))?;
        Ok(LabelWriter { out, file: file.to_owned(), names })
    }

    /// Says what a record belongs to: `id` is its number in its own files, `uid` its number in the whole set.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, (id, uid): (u64, Uid), record: &Record, part: Part<'_>) -> Result<(), DataError> {
        let (host, user) = (self.names.host(record.host), self.names.user(account(&record.body)));
        let Part { label, campaign, step, technique } = part;
        let row = Row {
            id,
            uid: uid.to_string(),
            label: label.name(),
            campaign,
            step,
            technique,
            host: &host,
            user: user.as_deref(),
        };
        self.out.serialize(row).map_err(|error| DataError::csv(&self.file, error))
    }

    /// Flushes.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }
}

/// Reads a truth file.
///
/// # Errors
/// At the first line that is not a label, when the iterator reaches it.
pub fn read<R: Read>(input: R, file: &str) -> impl Iterator<Item = Result<Label, DataError>> {
    let file = file.to_owned();
    csv::Reader::from_reader(input)
        .into_deserialize()
        .map(move |row| row.map_err(|error| DataError::csv(&file, error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mats_core::telemetry::{ConfigChange, ConfigItem};
    use mats_core::{HostId, Inventory, SimTime};

    #[test]
    fn labels_read_back_and_mistakes_name_their_line() {
        let (mut bytes, inventory) = (Vec::new(), Inventory::default());
        let mut out = LabelWriter::new(&mut bytes, "labels.csv", Names::new(&inventory)).unwrap();
        let change = ConfigChange { item: ConfigItem::Autorun, user: UserId(3), value: 1 };
        let (time, arrival) = (SimTime::ZERO, SimTime::ZERO);
        let record = Record { time, arrival, host: HostId(2), body: Body::Config(change) };
        let (label, step) = (ThreatKind::Credential, "steal, then hide");
        out.write((7, Uid(7)), &record, Part { label, campaign: 1, step, technique: "T1003.001" }).unwrap();
        out.finish().unwrap();
        let expected = Label {
            id: 7,
            label: "credential".into(),
            campaign: 1,
            step: step.into(),
            technique: "T1003.001".into(),
            host: "host-2".into(),
            user: Some("user-3".into()),
        };
        let labels: Vec<Label> = read(bytes.as_slice(), "labels.csv").collect::<Result<_, _>>().unwrap();
        assert_eq!(labels, [expected]);
        let bad = b"id,uid,label,campaign,step,technique,host,user\n1,C,impact,x,a,T1,h,\n";
        let error = read(bad.as_slice(), "labels.csv").next().unwrap().unwrap_err().to_string();
        assert!(error.starts_with("labels.csv:2: "), "{error}");
    }
}
