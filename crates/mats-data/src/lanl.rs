//! Logins in the columns of the "auth" table of Los Alamos National Laboratory's *Comprehensive, Multi-Source
//! Cyber-Security Events* (Kent 2015, <https://csr.lanl.gov/data/cyber1/>), without a header as there:
//!
//! time in seconds, source user@domain, destination user@domain, source computer, destination computer,
//! authentication type, logon type, authentication orientation, success or failure.
//!
//! The table has no column for a record's identifier: line *n* is the *n*th row of `logins.csv`.

use crate::derived::Derived;
use crate::error::DataError;
use crate::names::{Names, ORGANISATION};
use crate::text;
use crate::writer::RecordWriter;
use mats_core::random::Stream;
use mats_core::telemetry::{Login, LoginKind};
use mats_core::{Body, Os, Record};
use std::io::Write;

/// Writes logins.
pub struct LanlWriter<'a, W: Write> {
    out: W,
    file: String,
    derived: Derived<'a>,
    line: Vec<u8>,
}

impl<'a, W: Write> LanlWriter<'a, W> {
    /// A writer; `file` is only for messages.
    pub fn new(out: W, file: &str, names: Names<'a>) -> LanlWriter<'a, W> {
        LanlWriter { out, file: file.to_owned(), derived: Derived::new(names), line: Vec::new() }
    }

    fn login(&mut self, number: u64, record: &Record, login: &Login) -> std::io::Result<()> {
        let principal = self.derived.principal(record);
        let account = self.derived.account(login.user, principal).unwrap_or_default();
        let (names, line) = (&self.derived.names, &mut self.line);
        line.clear();
        // Kent's clock begins at 1.
        text::number(line, record.time.0 / 1_000_000 + 1);
        for _ in 0..2 {
            line.push(b',');
            text::plain(line, &account);
            line.push(b'@');
            line.extend_from_slice(ORGANISATION.1.as_bytes());
        }
        line.push(b',');
        match login.source.host() {
            Some(host) => text::plain(line, &names.host(host)),
            None => text::addr(line, login.source),
        }
        line.push(b',');
        text::plain(line, &names.host(record.host));
        let (package, kind) = render(names, number, record, login);
        for part in [package, kind, "LogOn", if login.success { "Success" } else { "Fail" }] {
            line.push(b',');
            line.extend_from_slice(part.as_bytes());
        }
        line.push(b'\n');
        self.out.write_all(line)
    }
}

/// Authentication type and logon type. Kent's table has `?` where a system does not tell.
fn render(names: &Names<'_>, number: u64, record: &Record, login: &Login) -> (&'static str, &'static str) {
    let kind = match login.kind {
        LoginKind::Interactive => "Interactive",
        LoginKind::Network => "Network",
        LoginKind::Batch => "Batch",
        LoginKind::Service => "Service",
        LoginKind::Remote => "RemoteInteractive",
    };
    let package = match login.kind {
        _ if names.os(record.host) == Os::Linux => "?",
        LoginKind::Network if !login.source.is_internal() => "NTLM",
        LoginKind::Network
            if Stream::new(0, 0x6d61_7430, record.host.0.into()).word(number).is_multiple_of(10) =>
        {
            "NTLM"
        }
        LoginKind::Network => "Kerberos",
        _ => "Negotiate",
    };
    (package, kind)
}

impl<W: Write + Send> RecordWriter for LanlWriter<'_, W> {
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        let Body::Login(login) = &record.body else {
            self.derived.principal(record);
            return Ok(());
        };
        self.login(number, record, login).map_err(|source| DataError::io(&self.file, source))
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }
}
