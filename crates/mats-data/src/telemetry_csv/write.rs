//! Records → five CSV files.

use super::FILES;
use super::row::{AnyRow, COLUMNS, row};
use crate::error::DataError;
use crate::writer::RecordWriter;
use mats_core::Record;
use serde::Serialize;
use std::io::{self, Write};

/// Writes records into five CSV files.
pub struct TelemetryWriter<W: Write> {
    files: [csv::Writer<W>; 5],
}

impl<W: Write> TelemetryWriter<W> {
    /// Opens each of [`FILES`] and writes the headers.
    ///
    /// # Errors
    /// When opening or writing fails.
    pub fn new(mut open: impl FnMut(&str) -> io::Result<W>) -> Result<TelemetryWriter<W>, DataError> {
        let mut start = |file: usize| {
            let name = FILES[file];
            let out = open(name).map_err(|source| DataError::io(name, source))?;
            let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(out);
            out.write_record(COLUMNS[file]).map_err(|error| DataError::csv(name, error))?;
            Ok(out)
        };
        Ok(TelemetryWriter { files: [start(0)?, start(1)?, start(2)?, start(3)?, start(4)?] })
    }

    /// Writes record number `id`. Numbers must ascend, or reading back stops.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, id: u64, record: &Record) -> Result<(), DataError> {
        match row(id, record) {
            AnyRow::Flow(row) => self.put(0, row),
            AnyRow::Event(row) => self.put(1, row),
            AnyRow::Login(row) => self.put(2, row),
            AnyRow::Config(row) => self.put(3, row),
            AnyRow::Intel(row) => self.put(4, row),
        }
    }

    fn put(&mut self, file: usize, row: impl Serialize) -> Result<(), DataError> {
        self.files[file].serialize(row).map_err(|error| DataError::csv(FILES[file], error))
    }

    /// Flushes all files.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(&mut self) -> Result<(), DataError> {
        for (out, name) in self.files.iter_mut().zip(FILES) {
            out.flush().map_err(|source| DataError::io(name, source))?;
        }
        Ok(())
    }
}

impl<W: Write + Send> RecordWriter for TelemetryWriter<W> {
    fn write(&mut self, id: u64, record: &Record) -> Result<(), DataError> {
        TelemetryWriter::write(self, id, record)
    }
    fn finish(&mut self) -> Result<(), DataError> {
        TelemetryWriter::finish(self)
    }
}
