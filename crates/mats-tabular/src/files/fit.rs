//! A detector from a table.

use super::data::Data;
use super::leaks;
use super::schema::listed;
pub use crate::sequences::{self, SequenceDetector, SequenceParams, Source};
pub use crate::tabular::{DetectorKind, Gap, Reading, TableDetector, TableParams};
use crate::tabular::{TableError, Values};
pub use crate::templates::Templates;
pub use mats_models::container::kind_of;
pub use mats_models::lstm::LstmParams;

/// Fits to a table. `benign` says which label is benign where its name does not tell.
///
/// # Errors
/// When the table does not allow it; the message says what would.
pub fn fit(
    data: &Data,
    params: &TableParams,
    reading: Reading,
    benign: Option<&str>,
    seed: u64,
) -> Result<TableDetector, TableError> {
    let labels = data.labels.as_ref().map(|(codes, names)| (codes.as_slice(), names.as_slice()));
    let benign = benign.or_else(|| data.benign()).unwrap_or("normal");
    if let Some((_, names)) = labels
        && !names.iter().any(|name| name == benign)
    {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        return Err(TableError::Input {
            what: format!("no row is labelled `{benign}`"),
            cure: format!("say with --benign which label is; there are {}", listed(&names)),
        });
    }
    let mut frame = data.training(&params.keep);
    for column in leaks::answering(&data.table, data.labels.as_ref(), benign) {
        let (name, values) = &mut frame.columns[column];
        if !params.keep.iter().any(|kept| kept == name) {
            *values = Values::Out("tells the label all by itself, and is called as an answer is");
        }
    }
    let mut detector = params.fit(&frame, labels, benign, seed)?;
    detector.reading = reading;
    Ok(detector)
}
