//! Records → `conn.log`, `dns.log`, `http.log` and `ssl.log`.

use super::connection::{Connection, Course, ends};
use super::log::{Format, Log};
use super::{conn, dns, http, ssl};
use crate::clock::Epoch;
use crate::error::DataError;
use crate::names::{Names, Uid};
use crate::writer::RecordWriter;
use mats_core::telemetry::Service;
use mats_core::{Body, Record, SimTime};
use std::io::{self, Write};

/// The four logs, in the order in which the writer asks for them.
pub const FILES: [&str; 4] = ["conn.log", "dns.log", "http.log", "ssl.log"];

/// Writes flows as Zeek does.
pub struct ZeekWriter<'a, W: Write> {
    conn: Log<W>,
    dns: Log<W>,
    http: Log<W>,
    ssl: Log<W>,
    names: Names<'a>,
    epoch: Epoch,
    last: SimTime,
}

impl<'a, W: Write> ZeekWriter<'a, W> {
    /// A writer; opens each of [`FILES`].
    ///
    /// # Errors
    /// When opening or writing the headers fails.
    pub fn new(
        mut open: impl FnMut(&str) -> io::Result<W>,
        format: Format,
        names: Names<'a>,
    ) -> Result<ZeekWriter<'a, W>, DataError> {
        let epoch = names.epoch();
        let opened = epoch.date(SimTime::ZERO);
        let mut log = |path: &str, fields| {
            let file = format!("{path}.log");
            let out = open(&file).map_err(|source| DataError::io(&file, source))?;
            Log::new(out, path, fields, format, opened)
        };
        Ok(ZeekWriter {
            conn: log("conn", &conn::FIELDS)?,
            dns: log("dns", &dns::FIELDS)?,
            http: log("http", &http::FIELDS)?,
            ssl: log("ssl", &ssl::FIELDS)?,
            names,
            epoch,
            last: SimTime::ZERO,
        })
    }

    /// Writes record `number` if it is a flow; passes over the other kinds. Allocates nothing.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        let Body::Flow(flow) = &record.body else { return Ok(()) };
        let ends = ends(record, flow);
        let of = &Connection {
            names: self.names,
            number,
            flow,
            ends,
            course: Course::of(flow, number),
            ts: self.epoch.micros(record.time),
            uid: Uid(number).bytes(),
            port: self.names.ephemeral_port(ends.orig, number),
        };
        self.last = self.last.max(record.time);
        self.conn.write(|entry| conn::fill(entry, of))?;
        match flow.service {
            _ if !of.course.talked() => Ok(()),
            Service::Dns => self.dns.write(|entry| dns::fill(entry, of)),
            service if http::speaks(service) => self.http.write(|entry| http::fill(entry, of)),
            service if ssl::speaks(service) => self.ssl.write(|entry| ssl::fill(entry, of)),
            _ => Ok(()),
        }
    }

    /// Ends all logs and flushes them.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(&mut self) -> Result<(), DataError> {
        let closed = self.epoch.date(self.last);
        [&mut self.conn, &mut self.dns, &mut self.http, &mut self.ssl]
            .into_iter()
            .try_for_each(|log| log.finish(closed))
    }
}

impl<W: Write + Send> RecordWriter for ZeekWriter<'_, W> {
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        ZeekWriter::write(self, number, record)
    }
    fn finish(&mut self) -> Result<(), DataError> {
        ZeekWriter::finish(self)
    }
}
