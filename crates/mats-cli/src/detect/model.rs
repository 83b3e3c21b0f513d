//! Model files.

use crate::failure::Failure;
use mats_lab::detect::fit::TableDetector;
use std::path::Path;

/// A detector of tables from its file.
///
/// # Errors
/// When the file is missing, damaged or something else.
pub fn table(path: &Path) -> Result<TableDetector, Failure> {
    TableDetector::load(path).map_err(Failure::input)
}
