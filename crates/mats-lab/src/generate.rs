//! Data sets: telemetry of episodes without response in formats that other tools read, the truth in a file of its
//! own.
//!
//! | file | holds |
//! |---|---|
//! | `dataset.json` | how the set was made: version, scenario, seed, formats; which episodes hold an attack; the inventory behind the ids |
//! | `episode-N/truth.csv` | the malicious records; see [`mats_data::labels`] |
//! | the register, [`mats_data::register::FILES`] | [`TelemetryFormat::Csv`]: machines, people, software, patches, policy |
//! | `episode-N/flows.csv`, `events.csv`, `logins.csv`, `config.csv`, `intel.csv` | [`TelemetryFormat::Csv`]: records without loss |
//! | `episode-N/auth.csv`, `changes.csv` | [`TelemetryFormat::Csv`]: logins in LANL's columns, changes spelt out |
//! | `episode-N/conn.log`, `dns.log`, `http.log`, `ssl.log` | [`TelemetryFormat::Zeek`] |
//! | `episode-N/zeek-tsv/` | [`TelemetryFormat::ZeekTsv`]: the same four |
//! | `episode-N/events.ecs.ndjson` | [`TelemetryFormat::Ecs`] |
//! | `episode-N/windows.ndjson` | [`TelemetryFormat::Windows`] |
//! | `episode-N/auth.log`, `audit.log`, `linux-uids.csv` | [`TelemetryFormat::Linux`] |
//! | `episode-N-benign/` | with [`GenerateSettings::paired`]: the same files of the episode's twin without its campaigns |
//! | `known_exploited_vulnerabilities.json` | [`TelemetryFormat::Stix`] |
//! | `episode-N/indicators.stix.json`, `signatures.rules` | [`TelemetryFormat::Stix`] |
//!
//! Records are numbered from 0 in each episode, by arrival: `id`. Their `uid`s are unique in the whole set; two sets
//! of different seeds share some only by a chance of one in 4,096. Memory holds a minute of telemetry a lane, whatever
//! the length of the set (but for the indicators of the feed, which are few, and a line about each episode).

mod episode;
mod format;
mod older;
mod register;
mod summary;

pub use format::{Generated, TelemetryFormat};

/// Former name of [`TelemetryFormat`].
#[deprecated(since = "0.2.0", note = "renamed to `TelemetryFormat`")]
pub type Format = TelemetryFormat;

use crate::lanes::LANES;
use episode::Writers;
use mats_core::{Duration, Inventory, SimTime};
use mats_data::{DataError, Names};
use mats_learn::progress::{Listener, Progress};
use mats_learn::seeds::{Purpose, seed};
use mats_results::folder::lock;
use mats_results::{ResultFolder, WriteError};
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use rayon::prelude::*;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use summary::EpisodeSummary;

const MINUTE: Duration = Duration::from_minutes(1);
const HOUR: Duration = Duration::from_hours(1);

/// Settings of a set to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateSettings {
    /// Seed of the set. Its episodes are among those that a run with this training seed learns from, and never
    /// among those that any run is evaluated on.
    pub seed: u64,
    /// Number of episodes.
    pub episodes: u64,
    /// Simulated hours after which an episode is cut off; `None` for its whole length.
    pub hours: Option<u64>,
    /// Formats to write.
    pub formats: Vec<TelemetryFormat>,
    /// True if each episode in which a campaign begins is followed by its benign twin: the same seed, without campaigns.
    pub paired: bool,
    /// True if a folder that holds something may be written into.
    pub overwrite: bool,
}

/// Errors of writing a set.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The folder holds something already.
    #[error("folder {path} holds files already; choose another, or pass `--overwrite` to write into it")]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that cannot be had.
    #[error(transparent)]
    Folder(WriteError),
    /// The operating system refused.
    #[error("write {path}: {reason}; free space or mend the permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Error from the system.
        reason: io::Error,
    },
    /// A writer failed.
    #[error("{folder}: {reason}")]
    Data {
        /// The episode's folder.
        folder: PathBuf,
        /// Error from the writer.
        reason: DataError,
    },
    /// Interruption: somebody asked to stop.
    #[error("interrupted; no data set was written")]
    Interrupted,
}

impl From<WriteError> for GenerateError {
    fn from(error: WriteError) -> GenerateError {
        match error {
            WriteError::Exists { path } => GenerateError::Exists { path },
            error => GenerateError::Folder(error),
        }
    }
}

#[derive(Serialize)]
struct DataSet<'a> {
    version: &'static str,
    scenario: &'a str,
    seed: u64,
    episodes: u64,
    /// Hours played of each episode, where it was cut off; without, its whole length.
    hours: Option<u64>,
    /// Flag: episodes with campaigns have benign twins.
    paired: bool,
    formats: &'a [TelemetryFormat],
    /// Numbers of records, of malicious ones among them, and of episodes with any of those.
    written: Generated,
    /// What each episode, and each twin, holds, in order.
    listed: &'a [EpisodeSummary],
    inventory: &'a Inventory,
}

/// The file of a data set that is written last: a folder that has it holds a whole set.
const RECORD: &str = "dataset.json";

/// Simulates episodes without response and writes what the sensors delivered. An older set in the folder stays until the new
/// one is whole; files of other kinds stay for good.
///
/// # Errors
/// When the folder holds something, another process is at work in it, it cannot be written, or the listener asks to stop.
pub fn generate(
    scenario: &Scenario,
    settings: &GenerateSettings,
    out: &Path,
    listener: &mut dyn Listener,
) -> Result<Generated, GenerateError> {
    let _lock = lock(out)?;
    // Files of the same names are no older set unless its record is there, or that of one which waits to take its place.
    let is_set = [out.to_owned(), out.join(".new")].iter().any(|folder| folder.join(RECORD).is_file());
    if !is_set && settings.overwrite && !older::files(out)?.is_empty() {
        return Err(WriteError::Foreign { path: out.to_owned(), record: RECORD }.into());
    }
    let folder = ResultFolder::create_among(out, settings.overwrite, RECORD)?;
    let done = older::files(out).map_err(GenerateError::from).and_then(|older| {
        let written = write(scenario, settings, &folder, listener)?;
        older::remove(out, &older)?;
        folder.finish(&[])?;
        Ok(written)
    });
    folder.discard();
    done
}

/// Writes a data set aside.
fn write(
    scenario: &Scenario,
    settings: &GenerateSettings,
    folder: &ResultFolder,
    listener: &mut dyn Listener,
) -> Result<Generated, GenerateError> {
    let out = folder.staging();
    register::write(scenario, &settings.formats, out)
        .map_err(|reason| GenerateError::Data { folder: folder.path().to_owned(), reason })?;
    let plan = Arc::new(Plan::new(scenario.clone()));
    let lanes = settings.episodes.min(LANES as u64);
    let mut lanes: Vec<_> =
        (0..lanes).map(|_| (World::new(Arc::clone(&plan)), Telemetry::default())).collect();
    let (mut all, mut listed) = (Generated::default(), Vec::new());
    let hours = scenario.horizon.0.div_ceil(HOUR.0);
    let hours = settings.hours.map_or(hours, |most| hours.min(most));
    let played = hours * (1 + u64::from(settings.paired));
    if !listener.on_progress(Progress::Stage("writing hours of telemetry", settings.episodes * played)) {
        return Err(GenerateError::Interrupted);
    }
    // Every lane tells of its hours; who is told decides whether all go on.
    let listener = Mutex::new(listener);
    let notify = || listener.lock().is_ok_and(|mut listener| listener.on_progress(Progress::Advance(1)));
    for first in (0..settings.episodes).step_by(LANES) {
        let count = (settings.episodes - first).min(LANES as u64);
        let written: Vec<Vec<EpisodeSummary>> = lanes[..count as usize]
            .par_iter_mut()
            .enumerate()
            .map(|(lane, lent)| {
                let number = first + lane as u64;
                pair((&mut lent.0, &mut lent.1), number, (settings, hours), out, &notify)
            })
            .collect::<Result<_, _>>()?;
        for summary in written.into_iter().flatten() {
            all.add(&summary);
            listed.push(summary);
        }
    }
    // Last, so that a set that has it is whole.
    let about = DataSet {
        version: env!("CARGO_PKG_VERSION"),
        scenario: &scenario.name,
        seed: settings.seed,
        episodes: settings.episodes,
        hours: settings.hours.map(|_| hours),
        paired: settings.paired,
        formats: &settings.formats,
        written: all,
        listed: &listed,
        inventory: &scenario.inventory,
    };
    folder.write_json(RECORD, &about)?;
    Ok(all)
}

/// One episode, and its twin where one is asked for. `notify` is called after every hour; where it returns `false`, the
/// work ends.
fn pair(
    (world, telemetry): (&mut World, &mut Telemetry),
    number: u64,
    (settings, hours): (&GenerateSettings, u64),
    out: &Path,
    notify: &(impl Fn() -> bool + Sync),
) -> Result<Vec<EpisodeSummary>, GenerateError> {
    let mut both = vec![one((world, telemetry), (number, false), (settings, hours), out, notify)?];
    if settings.paired && both[0].campaigns > 0 {
        both.push(one((world, telemetry), (number, true), (settings, hours), out, notify)?);
    } else if settings.paired && !(0..hours).all(|_| notify()) {
        return Err(GenerateError::Interrupted);
    }
    Ok(both)
}

/// One episode, or its benign twin.
fn one(
    (world, telemetry): (&mut World, &mut Telemetry),
    (number, twin): (u64, bool),
    (settings, hours): (&GenerateSettings, u64),
    out: &Path,
    notify: &(impl Fn() -> bool + Sync),
) -> Result<EpisodeSummary, GenerateError> {
    let name = if twin { episode::twin(number) } else { episode::name(number) };
    let folder = out.join(&name);
    fs::create_dir_all(&folder).map_err(|reason| GenerateError::Io { path: folder.clone(), reason })?;
    let episode_seed = seed(Purpose::Train, settings.seed, number);
    if twin {
        world.reset_benign(episode_seed);
    } else {
        world.reset(episode_seed);
    }
    // No episode has 2^31 records, no set 2^20 episodes worth telling apart from those of other seeds.
    let base = (seed(Purpose::Train, settings.seed, 0) << 52) | (number << 32) | (u64::from(twin) << 31);
    let plan = Arc::clone(world.plan());
    let names = Names::new(&plan.scenario.inventory).with_resolver(Plan::address);
    let names = names.with_weekday(plan.scenario.weekday);
    let failed = |reason| GenerateError::Data { folder: folder.clone(), reason };
    let mut writers =
        Writers::open(&folder, &settings.formats, names, &plan.scenario, base).map_err(failed)?;
    let end = SimTime(world.horizon().0.min(hours * HOUR.0));
    for _ in 0..hours {
        let next = SimTime(end.0.min(world.now().0 + HOUR.0));
        while world.now() < next {
            telemetry.clear();
            world.advance(SimTime(next.0.min(world.now().0 + MINUTE.0)), telemetry);
            writers.write(world, telemetry).map_err(failed)?;
        }
        if !notify() {
            return Err(GenerateError::Interrupted);
        }
    }
    let campaigns = world.attackers().iter().filter(|campaign| campaign.onset <= end).count() as u64;
    let (records, malicious) = writers.finish().map_err(failed)?;
    let twin_of = twin.then(|| episode::name(number));
    Ok(EpisodeSummary { folder: name, twin_of, attack: malicious > 0, campaigns, records, malicious })
}
