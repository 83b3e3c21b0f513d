//! Model files.

use crate::failure::Failure;
use anyhow::anyhow;
use mats_tabular::files::fit::{SequenceDetector, TableDetector, kind_of};
use std::fs;
use std::path::Path;

/// The largest file that is read whole, in bytes. Ten thousand trees of a million rows stay below.
const LARGEST: u64 = 2 << 30;

/// What a model file may hold.
pub enum Model {
    /// Forests.
    Table(Box<TableDetector>),
    /// A network over sessions.
    Sequence(Box<SequenceDetector>),
}

/// A model from its file.
///
/// # Errors
/// When the file is missing, damaged or something else.
pub fn load(path: &Path) -> Result<Model, Failure> {
    let shown = path.display();
    let refuse = |reason: String| Failure::input(anyhow!("read {shown}: {reason}"));
    let about = fs::metadata(path).map_err(|e| refuse(e.to_string()))?;
    if !about.is_file() {
        return Err(refuse("no regular file; give a model of `mats detect fit`".to_owned()));
    }
    if about.len() > LARGEST {
        let what = format!("{} bytes, more than any model; give one of `mats detect fit`", about.len());
        return Err(refuse(what));
    }
    let bytes = fs::read(path).map_err(|e| refuse(e.to_string()))?;
    match kind_of(&bytes).map_err(refuse)?.as_str() {
        "mats-sequence-detector" => {
            SequenceDetector::from_bytes(&bytes).map(|m| Model::Sequence(Box::new(m))).map_err(refuse)
        }
        "mats-detector" => Err(refuse(
            "holds the detectors of a run, which watch the simulator's records; give a model of `mats detect fit`"
                .to_owned(),
        )),
        _ => TableDetector::from_bytes(&bytes).map(|m| Model::Table(Box::new(m))).map_err(refuse),
    }
}
