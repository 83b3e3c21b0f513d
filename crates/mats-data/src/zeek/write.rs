//! Records → `conn.log` and `dns.log`.

use super::log::{Format, Log};
use super::{conn, dns};
use crate::clock::Epoch;
use crate::error::DataError;
use crate::names::Names;
use mats_core::telemetry::{Flow, Service};
use mats_core::{Addr, Body, Record, SimTime};
use std::io::Write;

/// The two ends of a flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) orig: Addr,
    pub(super) resp: Addr,
}

/// Writes flows as Zeek does.
pub struct ZeekWriter<'a, W: Write> {
    conn: Log<W>,
    dns: Log<W>,
    names: Names<'a>,
    epoch: Epoch,
    last: SimTime,
}

impl<'a, W: Write> ZeekWriter<'a, W> {
    /// A writer into `conn.log` and `dns.log`.
    ///
    /// # Errors
    /// When writing the headers fails.
    pub fn new(conn: W, dns: W, format: Format, names: Names<'a>) -> Result<ZeekWriter<'a, W>, DataError> {
        let epoch = Epoch::of(names.inventory());
        let opened = epoch.date(SimTime::ZERO);
        Ok(ZeekWriter {
            conn: Log::new(conn, "conn", &conn::FIELDS, format, opened)?,
            dns: Log::new(dns, "dns", &dns::FIELDS, format, opened)?,
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
        let (names, ts) = (self.names, self.epoch.micros(record.time));
        self.last = self.last.max(record.time);
        conn::entry(names, number, ts, flow, ends, |values| self.conn.write(values))?;
        if flow.service == Service::Dns {
            dns::entry(names, number, ts, flow, ends, |values| self.dns.write(values))?;
        }
        Ok(())
    }

    /// Ends both logs and flushes them.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(self) -> Result<(), DataError> {
        let closed = self.epoch.date(self.last);
        self.conn.finish(closed)?;
        self.dns.finish(closed)
    }
}

fn ends(record: &Record, flow: &Flow) -> Ends {
    let own = Addr::internal(record.host);
    if flow.outbound { Ends { orig: own, resp: flow.peer } } else { Ends { orig: flow.peer, resp: own } }
}
