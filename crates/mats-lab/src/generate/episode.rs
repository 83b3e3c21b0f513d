//! The files of one episode.

use super::format::TelemetryFormat;
use super::register;
use mats_data::ecs::EcsWriter;
use mats_data::labels::{LabelWriter, Part};
use mats_data::lanl::LanlWriter;
use mats_data::linux::LinuxWriter;
use mats_data::names::Uid;
use mats_data::register::ChangeWriter;
use mats_data::signatures::SignatureWriter;
use mats_data::stix::StixWriter;
use mats_data::telemetry_csv::TelemetryWriter;
use mats_data::windows::WindowsWriter;
use mats_data::zeek::{self, ZeekWriter};
use mats_data::{DataError, Names, RecordWriter};
use mats_scenario::Scenario;
use mats_sim::{Telemetry, World};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

type Out = BufWriter<File>;
type Any<'a> = Box<dyn RecordWriter + 'a>;

/// The folder of tab-separated Zeek logs, which have the names of those in JSON.
pub const TSV_FOLDER: &str = "zeek-tsv";

/// What the names of episodes' folders begin with, and those of their benign twins end with.
const FOLDER: &str = "episode-";
const TWIN: &str = "-benign";

/// All files that an episode may have, but for those in [`TSV_FOLDER`].
pub const FILES: [&str; 19] = [
    "truth.csv",
    "flows.csv",
    "events.csv",
    "logins.csv",
    "config.csv",
    "intel.csv",
    "auth.csv",
    "changes.csv",
    "conn.log",
    "dns.log",
    "http.log",
    "ssl.log",
    "events.ecs.ndjson",
    "windows.ndjson",
    "auth.log",
    "audit.log",
    "linux-uids.csv",
    "indicators.stix.json",
    "signatures.rules",
];

/// The folder of an episode, by its number.
pub fn name(number: u64) -> String {
    format!("{FOLDER}{number}")
}

/// The folder of an episode's benign twin, by the episode's number.
pub fn twin(number: u64) -> String {
    format!("{FOLDER}{number}{TWIN}")
}

/// Tells whether a name is that of an episode's folder, or of its twin's.
pub fn is_name(name: &str) -> bool {
    let number = name.strip_prefix(FOLDER).map(|rest| rest.strip_suffix(TWIN).unwrap_or(rest));
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// The writers of the formats that were asked for, and of the truth.
pub struct Writers<'a> {
    /// Writers whose files name records by their number in the episode.
    by_id: Vec<Any<'a>>,
    /// Writers whose files name records by `uid`, or not at all.
    by_uid: Vec<Any<'a>>,
    truth: LabelWriter<'a, Out>,
    /// The number in the whole set of the episode's first record.
    base: u64,
    /// Numbers of records, and of malicious ones among them.
    records: u64,
    malicious: u64,
}

impl<'a> Writers<'a> {
    /// Opens the files. Records are numbered from `base` where their numbers become `uid`s.
    ///
    /// # Errors
    /// When one cannot be made.
    pub fn open(
        folder: &Path,
        formats: &[TelemetryFormat],
        names: Names<'a>,
        scenario: &Scenario,
        base: u64,
    ) -> Result<Writers<'a>, DataError> {
        let create = |name: &str| -> io::Result<Out> { Ok(BufWriter::new(File::create(folder.join(name))?)) };
        let open =
            |name: &str| create(name).map_err(|source| DataError::Io { file: name.to_owned(), source });
        let wants = |format| formats.contains(&format);
        let truth = LabelWriter::new(open("truth.csv")?, "truth.csv", names)?;
        let (mut by_id, mut by_uid): (Vec<Any<'a>>, Vec<Any<'a>>) = (Vec::new(), Vec::new());
        if wants(TelemetryFormat::Csv) {
            by_id.push(Box::new(TelemetryWriter::new(create)?));
            by_uid.push(Box::new(LanlWriter::new(open("auth.csv")?, "auth.csv", names)));
            by_uid.push(Box::new(ChangeWriter::new(open("changes.csv")?, "changes.csv", names)?));
        }
        if wants(TelemetryFormat::Zeek) {
            by_uid.push(Box::new(ZeekWriter::new(create, zeek::Format::Json, names)?));
        }
        if wants(TelemetryFormat::ZeekTsv) {
            let inner = folder.join(TSV_FOLDER);
            fs::create_dir_all(&inner)
                .map_err(|source| DataError::Io { file: TSV_FOLDER.to_owned(), source })?;
            let create = |name: &str| Ok(BufWriter::new(File::create(inner.join(name))?));
            by_uid.push(Box::new(ZeekWriter::new(create, zeek::Format::Tsv, names)?));
        }
        if wants(TelemetryFormat::Ecs) {
            let name = "events.ecs.ndjson";
            by_uid.push(Box::new(EcsWriter::new(open(name)?, name, names)));
        }
        if wants(TelemetryFormat::Windows) {
            let name = "windows.ndjson";
            by_uid.push(Box::new(WindowsWriter::new(open(name)?, name, names)));
        }
        if wants(TelemetryFormat::Linux) {
            by_uid.push(Box::new(LinuxWriter::new(create, names)?));
        }
        if wants(TelemetryFormat::Stix) {
            let name = "indicators.stix.json";
            by_uid.push(Box::new(StixWriter::new(open(name)?, name, names, &register::knowledge(scenario))?));
            let name = "signatures.rules";
            by_uid.push(Box::new(SignatureWriter::new(open(name)?, name, names)));
        }
        Ok(Writers { by_id, by_uid, truth, base, records: 0, malicious: 0 })
    }

    /// Writes what was delivered.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, world: &World, telemetry: &Telemetry) -> Result<(), DataError> {
        let scenario = &world.plan().scenario;
        for (record, label) in telemetry.records.iter().zip(&telemetry.labels) {
            let (number, in_set) = (self.records, self.base.wrapping_add(self.records));
            self.records += 1;
            self.by_id.iter_mut().try_for_each(|writer| writer.write(number, record))?;
            self.by_uid.iter_mut().try_for_each(|writer| writer.write(in_set, record))?;
            if let Some((campaign, step)) = label.campaign_step() {
                let attack = &scenario.attacks[world.attackers()[campaign as usize].attack];
                let step = &attack.steps[step as usize];
                let technique = &scenario.techniques[step.technique];
                let (label, technique) = (technique.kind, technique.id.as_str());
                let part = Part { label, campaign, step: &step.id, technique };
                self.truth.write((number, Uid(in_set)), record, part)?;
                self.malicious += 1;
            }
        }
        Ok(())
    }

    /// Ends and flushes all files; returns the numbers of records, and of malicious ones among them.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<(u64, u64), DataError> {
        self.by_id.iter_mut().chain(&mut self.by_uid).try_for_each(|writer| writer.finish())?;
        self.truth.finish()?;
        Ok((self.records, self.malicious))
    }
}
