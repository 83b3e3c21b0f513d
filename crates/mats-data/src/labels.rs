//! The ground truth of a data set: a CSV file of its own, so that no detector reads it by accident. Records that
//! it does not name are benign.
//!
//! | column | holds |
//! |---|---|
//! | `id` | the record's number: `id` in the telemetry CSV files |
//! | `uid` | the same as Zeek's `uid` and ECS' `event.id` |
//! | `campaign` | which run of an attack, counted from 0 in each episode |
//! | `step` | the attack's step, by its name in the scenario |
//! | `technique` | its ATT&CK technique, e.g. `T1059.001` |

use crate::error::DataError;
use crate::names::Uid;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// What one malicious record belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// The record's number.
    pub id: u64,
    /// Which run of an attack.
    pub campaign: u32,
    /// The attack's step.
    pub step: String,
    /// ATT&CK technique.
    pub technique: String,
}

#[derive(Serialize)]
struct Row<'a> {
    id: u64,
    uid: String,
    campaign: u32,
    step: &'a str,
    technique: &'a str,
}

/// Writes the truth file.
pub struct LabelWriter<W: Write> {
    out: csv::Writer<W>,
    file: String,
}

impl<W: Write> LabelWriter<W> {
    /// A writer; `file` is only for messages.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(out: W, file: &str) -> Result<LabelWriter<W>, DataError> {
        let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        out.write_record(["id", "uid", "campaign", "step", "technique"])
            .map_err(|error| DataError::csv(file, error))?;
        Ok(LabelWriter { out, file: file.to_owned() })
    }

    /// Says what a record belongs to: `id` is its number in its own files, `uid` its number in the whole set.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(
        &mut self,
        (id, uid): (u64, Uid),
        campaign: u32,
        step: &str,
        technique: &str,
    ) -> Result<(), DataError> {
        let row = Row { id, uid: uid.to_string(), campaign, step, technique };
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

    #[test]
    fn labels_read_back_and_mistakes_name_their_line() {
        let mut bytes = Vec::new();
        let mut out = LabelWriter::new(&mut bytes, "labels.csv").unwrap();
        out.write((7, Uid(7)), 1, "steal, then hide", "T1003.001").unwrap();
        out.finish().unwrap();
        let expected =
            Label { id: 7, campaign: 1, step: "steal, then hide".into(), technique: "T1003.001".into() };
        let labels: Vec<Label> = read(bytes.as_slice(), "labels.csv").collect::<Result<_, _>>().unwrap();
        assert_eq!(labels, [expected]);
        let bad = b"id,uid,campaign,step,technique\n1,C,x,a,T1\n";
        let error = read(bad.as_slice(), "labels.csv").next().unwrap().unwrap_err().to_string();
        assert!(error.starts_with("labels.csv:2: "), "{error}");
    }
}
