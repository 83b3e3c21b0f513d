//! What all writers of records have in common.

use crate::error::DataError;
use mats_core::Record;

/// Writes the records of one stream, in order. Kinds of records that a format has no place for are passed over.
pub trait RecordWriter: Send {
    /// Writes record `number`.
    ///
    /// # Errors
    /// When writing fails.
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError>;

    /// Writes what comes last, and flushes. Called once.
    ///
    /// # Errors
    /// When writing fails.
    fn finish(&mut self) -> Result<(), DataError>;
}
