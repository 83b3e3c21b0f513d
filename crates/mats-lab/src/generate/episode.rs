//! The files of one episode.

use super::{Format, Generated};
use mats_data::ecs::EcsWriter;
use mats_data::labels::LabelWriter;
use mats_data::names::Uid;
use mats_data::stix::StixWriter;
use mats_data::telemetry_csv::TelemetryWriter;
use mats_data::zeek::{self, ZeekWriter};
use mats_data::{DataError, Names};
use mats_sim::{Telemetry, World};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

type Out = BufWriter<File>;

/// All files that an episode may have.
pub const FILES: [&str; 10] = [
    "truth.csv",
    "flows.csv",
    "events.csv",
    "logins.csv",
    "config.csv",
    "intel.csv",
    "conn.log",
    "dns.log",
    "events.ecs.ndjson",
    "indicators.stix.json",
];

/// The writers of the formats that were asked for, and of the truth.
pub struct Writers<'a> {
    csv: Option<TelemetryWriter<Out>>,
    zeek: Option<ZeekWriter<'a, Out>>,
    ecs: Option<EcsWriter<'a, Out>>,
    stix: Option<StixWriter<Out>>,
    truth: LabelWriter<Out>,
    /// The number in the whole set of the episode's first record.
    base: u64,
    done: Generated,
}

impl<'a> Writers<'a> {
    /// Opens the files. Records are numbered from `base` where their numbers become `uid`s.
    ///
    /// # Errors
    /// When one cannot be made.
    pub fn open(
        folder: &Path,
        formats: &[Format],
        names: Names<'a>,
        base: u64,
    ) -> Result<Writers<'a>, DataError> {
        let create = |name: &str| -> io::Result<Out> { Ok(BufWriter::new(File::create(folder.join(name))?)) };
        let open =
            |name: &str| create(name).map_err(|source| DataError::Io { file: name.to_owned(), source });
        let wants = |format| formats.contains(&format);
        let mut writers = Writers {
            csv: None,
            zeek: None,
            ecs: None,
            stix: None,
            truth: LabelWriter::new(open("truth.csv")?, "truth.csv")?,
            base,
            done: Generated::default(),
        };
        if wants(Format::Csv) {
            writers.csv = Some(TelemetryWriter::new(create)?);
        }
        if wants(Format::Zeek) {
            let (conn, dns) = (open("conn.log")?, open("dns.log")?);
            writers.zeek = Some(ZeekWriter::new(conn, dns, zeek::Format::Json, names)?);
        }
        if wants(Format::Ecs) {
            let name = "events.ecs.ndjson";
            writers.ecs = Some(EcsWriter::new(open(name)?, name, names));
        }
        if wants(Format::Stix) {
            let name = "indicators.stix.json";
            writers.stix = Some(StixWriter::new(open(name)?, name, names));
        }
        Ok(writers)
    }

    /// Writes what was delivered.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, world: &World, telemetry: &Telemetry) -> Result<(), DataError> {
        let scenario = &world.plan().scenario;
        for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
            let (number, in_set) = (self.done.records, self.base.wrapping_add(self.done.records));
            self.done.records += 1;
            if let Some(writer) = &mut self.csv {
                writer.write(number, record)?;
            }
            if let Some(writer) = &mut self.zeek {
                writer.write(in_set, record)?;
            }
            if let Some(writer) = &mut self.ecs {
                writer.write(in_set, record)?;
            }
            if let Some(writer) = &mut self.stix {
                writer.write(record)?;
            }
            if let Some((campaign, step)) = label.campaign_step() {
                let attack = &scenario.attacks[world.attackers()[campaign as usize].attack];
                let step = &attack.steps[step as usize];
                self.truth.write(
                    (number, Uid(in_set)),
                    campaign,
                    &step.id,
                    &scenario.techniques[step.technique].id,
                )?;
                self.done.malicious += 1;
            }
        }
        Ok(())
    }

    /// Ends and flushes all files.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(self) -> Result<Generated, DataError> {
        self.csv.map_or(Ok(()), TelemetryWriter::finish)?;
        self.zeek.map_or(Ok(()), ZeekWriter::finish)?;
        self.ecs.map_or(Ok(()), EcsWriter::finish)?;
        self.stix.map_or(Ok(()), StixWriter::finish)?;
        self.truth.finish()?;
        Ok(self.done)
    }
}
