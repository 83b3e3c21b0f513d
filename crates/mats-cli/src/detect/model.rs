//! Model files.

use crate::failure::Failure;
use anyhow::anyhow;
use mats_core::files::{MAX_MODEL, read_regular};
use mats_tabular::files::fit::{SequenceDetector, TableDetector, kind_of};
use std::io::ErrorKind;
use std::path::Path;

/// Content of a model file.
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
    let bytes = read_regular(path, MAX_MODEL).map_err(|e| match e.kind() {
        ErrorKind::InvalidInput | ErrorKind::FileTooLarge => {
            refuse(format!("{e}; give a model of `mats detect fit`"))
        }
        _ => refuse(e.to_string()),
    })?;
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
