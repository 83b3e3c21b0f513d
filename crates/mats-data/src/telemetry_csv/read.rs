//! Five CSV files → records in their original order.

use super::FILES;
use super::row::{COLUMNS, ConfigRow, EventRow, FlowRow, IntelRow, LoginRow, Row};
use crate::error::DataError;
use mats_core::Record;
use serde::de::DeserializeOwned;
use std::io::{self, Read};

type Next = Result<(u64, Record), DataError>;

/// Reads the five files side by side and merges them by `id`: memory holds one record of each.
pub struct TelemetryReader<R: Read> {
    files: [csv::Reader<R>; 5],
    buffer: csv::StringRecord,
    /// The next record of each file.
    ahead: [Option<(u64, Record)>; 5],
    /// Error that stops the reading.
    failed: Option<DataError>,
}

impl<R: Read> TelemetryReader<R> {
    /// Opens each of [`FILES`] and checks its header.
    ///
    /// # Errors
    /// When opening fails or a header is not the documented one.
    pub fn new(mut open: impl FnMut(&str) -> io::Result<R>) -> Result<TelemetryReader<R>, DataError> {
        let mut start = |file: usize| {
            let name = FILES[file];
            let input = open(name).map_err(|source| DataError::io(name, source))?;
            let mut reader = csv::Reader::from_reader(input);
            let header = reader.headers().map_err(|error| DataError::csv(name, error))?;
            if header != COLUMNS[file] {
                let what = format!("the header must be {}", COLUMNS[file].join(","));
                return Err(DataError::line(name, 1, what));
            }
            Ok(reader)
        };
        let mut reader = TelemetryReader {
            files: [start(0)?, start(1)?, start(2)?, start(3)?, start(4)?],
            buffer: csv::StringRecord::new(),
            ahead: [None; 5],
            failed: None,
        };
        for file in 0..FILES.len() {
            reader.ahead[file] = reader.fetch(file)?;
        }
        Ok(reader)
    }

    fn fetch(&mut self, file: usize) -> Result<Option<(u64, Record)>, DataError> {
        match file {
            0 => self.fetch_as::<FlowRow>(file),
            1 => self.fetch_as::<EventRow>(file),
            2 => self.fetch_as::<LoginRow>(file),
            3 => self.fetch_as::<ConfigRow>(file),
            _ => self.fetch_as::<IntelRow>(file),
        }
    }

    fn fetch_as<T: Row + DeserializeOwned>(
        &mut self,
        file: usize,
    ) -> Result<Option<(u64, Record)>, DataError> {
        let (name, reader) = (FILES[file], &mut self.files[file]);
        if !reader.read_record(&mut self.buffer).map_err(|error| DataError::csv(name, error))? {
            return Ok(None);
        }
        let line = self.buffer.position().map_or(0, csv::Position::line);
        let row: T = self.buffer.deserialize(None).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Deserialize { err, .. } => {
                // Unknown names come without their column; the message then lists the known ones.
                let column = err.field().and_then(|field| T::COLUMNS.get(field as usize));
                let place = column.map_or(String::new(), |column| format!("`{column}`: "));
                DataError::line(name, line, format!("{place}{}", err.kind()))
            }
            other => DataError::line(name, line, format!("{other:?}")),
        })?;
        let (id, record) = row.record().map_err(|what| DataError::line(name, line, what))?;
        if let Some((last, _)) = self.ahead[file]
            && id <= last
        {
            let what = format!("id {id} after {last}; ids must ascend, sort the file by id");
            return Err(DataError::line(name, line, what));
        }
        Ok(Some((id, record)))
    }
}

impl<R: Read> Iterator for TelemetryReader<R> {
    type Item = Next;

    /// The record with the smallest number of those left. After an error there is nothing more.
    fn next(&mut self) -> Option<Next> {
        if let Some(error) = self.failed.take() {
            self.ahead = [None; 5];
            return Some(Err(error));
        }
        let file = (0..FILES.len())
            .filter(|&i| self.ahead[i].is_some())
            .min_by_key(|&i| self.ahead[i].map(|a| a.0))?;
        let taken = self.ahead[file];
        match self.fetch(file) {
            Ok(next) => self.ahead[file] = next,
            Err(error) => self.failed = Some(error),
        }
        taken.map(Ok)
    }
}
