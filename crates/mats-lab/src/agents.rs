//! Trained agents on the disk.

use crate::record::{RunError, RunRecord};
use mats_core::files::{MAX_MODEL, MAX_TEXT, read_regular, read_regular_text, write_atomic};
use mats_detect::Detector;
use mats_gym::NAMES;
use mats_learn::{Agents, Search, Source};
use mats_respond::PolicyTable;
use mats_results::folder::{POLICY, Seal, WriteError};
use mats_rl::QFunction;
use std::path::Path;
use std::sync::Arc;

const NETWORK: &str = "network.safetensors";
/// The files of what was learnt.
pub const MODELS: [&str; 3] = [mats_detect::store::FILE, NETWORK, POLICY];

/// Saves what was learnt, as [`MODELS`] in a folder.
///
/// # Errors
/// When a file cannot be written.
pub fn save(agents: &Agents, folder: &Path) -> Result<(), RunError> {
    agents.detector.save(folder)?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        write_atomic(&path, |file| file.write_all(bytes)).map_err(|reason| WriteError::Io { path, reason })
    };
    write(NETWORK, &agents.network.to_bytes(NAMES))?;
    for (what, table) in &agents.searched {
        write(&searched_file(*what), table.to_toml().as_bytes())?;
    }
    Ok(write(POLICY, agents.table.to_toml().as_bytes())?)
}

/// The file of a table that was searched without a network, beside those of [`MODELS`].
pub fn searched_file(what: Search) -> String {
    format!("{}.toml", what.name())
}

/// A policy table of a run.
fn load_table(path: &Path) -> Result<PolicyTable, RunError> {
    let text = read_regular_text(path, MAX_TEXT)
        .map_err(|e| RunError::Missing { path: path.to_owned(), reason: e.to_string() })?;
    Ok(PolicyTable::parse(&text, &path.display().to_string())?)
}

fn load_network(path: &Path) -> Result<QFunction, RunError> {
    let missing = |reason: String| RunError::Missing { path: path.to_owned(), reason };
    let bytes = read_regular(path, MAX_MODEL).map_err(|e| missing(e.to_string()))?;
    QFunction::from_bytes(&bytes, NAMES).map_err(|reason| RunError::Network { path: path.to_owned(), reason })
}

/// Checks that what a run trained can be loaded, where it trained anything: an evaluation has nothing of its own.
///
/// # Errors
/// As [`load`].
pub fn load_if_trained(folder: &Path) -> Result<(), RunError> {
    let record = RunRecord::read(folder)?;
    if record.evaluation.is_some() { Ok(()) } else { load(folder).map(drop) }
}

/// Loads what a run trained. Networks that it was given are read where they are to play; see
/// [`DefenderSpec::complete`](crate::defender::DefenderSpec::complete).
///
/// # Errors
/// When a file is missing, corrupt, or of another shape; the message names it and the cure.
pub fn load(folder: &Path) -> Result<(RunRecord, Vec<(u64, Agents)>), RunError> {
    let seal = Seal::of(folder);
    let mut record = RunRecord::read(folder)?;
    record.settings = record.settings.check()?;
    let settings = &record.settings;
    let seeds = settings.seed..settings.seed + settings.train_seeds;
    if !record.cuts.iter().map(|(seed, _)| *seed).eq(seeds) {
        let reason = "its `cuts` are not those of its training seeds, so it was changed by hand".to_owned();
        return Err(RunError::Missing { path: folder.join("run.json"), reason });
    }
    let mut all = Vec::new();
    for &(seed, threshold) in &record.cuts {
        all.push((
            seed,
            load_from(&folder.join("models").join(seed.to_string()), threshold, settings.train.source)?,
        ));
    }
    // It may have been replaced meanwhile.
    seal.check()?;
    Ok((record, all))
}

/// Loads what one training learnt, from the folder of its files; `threshold` is the cut of its baseline, `source` that of the threats that it learnt from.
///
/// # Errors
/// When a file is missing, corrupt, or of another shape; the message names it and the cure.
pub fn load_from(folder: &Path, threshold: f32, source: Source) -> Result<Agents, RunError> {
    let mut searched = Vec::new();
    for what in Search::ALL {
        let path = folder.join(searched_file(what));
        if path.is_file() {
            searched.push((what, load_table(&path)?));
        }
    }
    Ok(Agents {
        detector: Arc::new(Detector::load(folder)?),
        network: Arc::new(load_network(&folder.join(NETWORK))?),
        table: load_table(&folder.join(POLICY))?,
        threshold,
        source,
        searched,
    })
}
