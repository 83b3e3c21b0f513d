//! Data sets: telemetry of episodes without response in formats that other tools read, the truth in a file of its
//! own.
//!
//! | file | holds |
//! |---|---|
//! | `dataset.json` | how the set was made: version, scenario, seed, formats, and the inventory behind the ids |
//! | `episode-N/truth.csv` | the malicious records; see [`mats_data::labels`] |
//! | `episode-N/flows.csv`, `events.csv`, `logins.csv`, `config.csv`, `intel.csv` | [`Format::Csv`] |
//! | `episode-N/conn.log`, `dns.log` | [`Format::Zeek`] |
//! | `episode-N/events.ecs.ndjson` | [`Format::Ecs`] |
//! | `episode-N/indicators.stix.json` | [`Format::Stix`] |
//!
//! Records are numbered from 0 in each episode, by arrival: `id`. Their `uid`s are unique in the whole set; two sets
//! of different seeds share some only by a chance of one in 4,096. Memory holds a minute of telemetry a lane, whatever
//! the length of the set (but for STIX, which is a single object of as many indicators as the feed had).

mod episode;

use crate::lanes::LANES;
use crate::progress::{Listener, Progress};
use crate::seeds::{Purpose, seed};
use episode::Writers;
use mats_core::Inventory;
use mats_data::{DataError, Names};
use mats_scenario::Scenario;
use mats_sim::{Plan, Telemetry, World};
use rayon::prelude::*;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A format of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// All five kinds of records, without loss.
    Csv,
    /// Flows, as JSON lines.
    Zeek,
    /// Events and logins.
    Ecs,
    /// Indicators.
    Stix,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateSettings {
    /// Seed of the set. Its episodes are among those that a run with this training seed learns from, and never
    /// among those that any run is evaluated on.
    pub seed: u64,
    /// How many episodes.
    pub episodes: u64,
    /// In which formats.
    pub formats: Vec<Format>,
    /// Whether to write into a folder that holds something.
    pub overwrite: bool,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Generated {
    /// Records.
    pub records: u64,
    /// Those of them that belong to an attack.
    pub malicious: u64,
    /// Episodes in which anything malicious was recorded.
    pub attacked: u64,
}

/// Why a set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The folder holds something already.
    #[error("folder {path} holds files already; choose another, or pass `--overwrite` to write into it")]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("write {path}: {reason}; free space or mend the permissions")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A writer failed.
    #[error("{folder}: {reason}")]
    Data {
        /// The episode's folder.
        folder: PathBuf,
        /// What the writer said.
        reason: DataError,
    },
    /// Somebody asked to stop.
    #[error("interrupted; the data set is incomplete")]
    Interrupted,
}

#[derive(Serialize)]
struct DataSet<'a> {
    version: &'static str,
    scenario: &'a str,
    seed: u64,
    episodes: u64,
    formats: &'a [Format],
    inventory: &'a Inventory,
}

/// Simulates episodes without response and writes what the sensors delivered.
///
/// # Errors
/// When the folder holds something, cannot be written, or the listener asks to stop.
pub fn generate(
    scenario: &Scenario,
    settings: &GenerateSettings,
    out: &Path,
    listener: &mut dyn Listener,
) -> Result<Generated, GenerateError> {
    let refused = |reason| GenerateError::Io { path: out.to_owned(), reason };
    if !settings.overwrite && out.exists() && fs::read_dir(out).map_err(refused)?.next().is_some() {
        return Err(GenerateError::Exists { path: out.to_owned() });
    }
    fs::create_dir_all(out).map_err(refused)?;
    clear(out).map_err(refused)?;
    let plan = Arc::new(Plan::new(scenario.clone()));
    let lanes = settings.episodes.min(LANES as u64);
    let mut lanes: Vec<_> =
        (0..lanes).map(|_| (World::new(Arc::clone(&plan)), Telemetry::default())).collect();
    let mut all = Generated::default();
    let mut going = listener.hear(Progress::Stage("writing episodes", settings.episodes));
    for first in (0..settings.episodes).step_by(LANES) {
        if !going {
            return Err(GenerateError::Interrupted);
        }
        let count = (settings.episodes - first).min(LANES as u64);
        let written: Vec<Generated> = lanes[..count as usize]
            .par_iter_mut()
            .enumerate()
            .map(|(lane, (world, telemetry))| one(world, telemetry, first + lane as u64, settings, out))
            .collect::<Result<_, _>>()?;
        for Generated { records, malicious, .. } in written {
            all.records += records;
            all.malicious += malicious;
            all.attacked += u64::from(malicious > 0);
        }
        going = listener.hear(Progress::Advance(count));
    }
    // Last, so that a set that has it is whole.
    let about = DataSet {
        version: env!("CARGO_PKG_VERSION"),
        scenario: &scenario.name,
        seed: settings.seed,
        episodes: settings.episodes,
        formats: &settings.formats,
        inventory: &scenario.inventory,
    };
    let path = out.join("dataset.json");
    let text = serde_json::to_string_pretty(&about).map_err(io::Error::from);
    text.and_then(|text| fs::write(&path, text + "\n"))
        .map_err(|reason| GenerateError::Io { path, reason })?;
    Ok(all)
}

/// Removes what an older set left, so that no folder mixes two: `dataset.json` and the files of its episodes.
fn clear(out: &Path) -> io::Result<()> {
    let about = out.join("dataset.json");
    if about.is_file() {
        fs::remove_file(about)?;
    }
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix("episode-").and_then(|n| n.parse::<u64>().ok());
        if number.is_none() || !entry.path().is_dir() {
            continue;
        }
        for file in episode::FILES.map(|file| entry.path().join(file)) {
            if file.is_file() {
                fs::remove_file(file)?;
            }
        }
        // Fails only where somebody keeps files of their own.
        let _ = fs::remove_dir(entry.path());
    }
    Ok(())
}

/// One episode.
fn one(
    world: &mut World,
    telemetry: &mut Telemetry,
    number: u64,
    settings: &GenerateSettings,
    out: &Path,
) -> Result<Generated, GenerateError> {
    let folder = out.join(format!("episode-{number}"));
    fs::create_dir_all(&folder).map_err(|reason| GenerateError::Io { path: folder.clone(), reason })?;
    world.reset(seed(Purpose::Train, settings.seed, number));
    // No episode has 2^32 records, no set 2^20 episodes worth telling apart from those of other seeds.
    let base = (seed(Purpose::Train, settings.seed, 0) << 52) | (number << 32);
    let plan = Arc::clone(world.plan());
    let names = Names::new(&plan.scenario.inventory);
    let mut written = || {
        let mut writers = Writers::open(&folder, &settings.formats, names, base)?;
        while world.now() < world.horizon() {
            telemetry.clear();
            world.advance(world.now() + mats_core::Duration::from_minutes(1), telemetry);
            writers.write(world, telemetry)?;
        }
        writers.finish()
    };
    written().map_err(|reason| GenerateError::Data { folder: folder.clone(), reason })
}
