//! Events and logins as JSON lines after the Elastic Common Schema 8.11, as Winlogbeat and Auditbeat ship them.
//!
//! `event.id` is the record's [`Uid`]; `event.created` is when it reached the collector. Windows machines carry
//! `winlog.channel` and the numbers of Windows and Sysmon, Linux machines the programs and message types of auditd,
//! sshd and their like. What ECS has no field for stands under `Mats`, a custom field set as ECS asks for.

mod codes;

use crate::clock::{Date, Epoch};
use crate::error::DataError;
use crate::names::{Names, Uid};
use codes::{Meaning, meaning, of_login};
use mats_core::telemetry::{Image, Login, LoginKind, SystemEvent};
use mats_core::{Body, HostId, Os, Record};
use serde::Serialize;
use std::borrow::Cow;
use std::io::Write;

/// Writes events and logins.
pub struct EcsWriter<'a, W: Write> {
    out: W,
    file: String,
    names: Names<'a>,
    epoch: Epoch,
}

impl<'a, W: Write> EcsWriter<'a, W> {
    /// A writer; `file` is only for messages.
    pub fn new(out: W, file: &str, names: Names<'a>) -> EcsWriter<'a, W> {
        EcsWriter { out, file: file.to_owned(), names, epoch: Epoch::of(names.inventory()) }
    }

    /// Writes record `number` if it is an event or a login; passes over the other kinds.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        let document = match &record.body {
            Body::Event(event) => self.event(number, record, event),
            Body::Login(login) => self.login(number, record, login),
            _ => return Ok(()),
        };
        serde_json::to_writer(&mut self.out, &document)
            .map_err(std::io::Error::from)
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|source| DataError::io(&self.file, source))
    }

    /// Flushes.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }

    fn event(&self, number: u64, record: &Record, event: &SystemEvent) -> Document<'a> {
        let image = |image: Image| {
            let (windows, linux) = image.names();
            let name = if self.names.os(record.host) == Os::Windows { windows } else { linux };
            (image != Image::None).then_some(name)
        };
        let parent = image(event.parent).map(|name| Parent { name });
        let name = image(event.image);
        Document {
            user: self.names.user(event.user).map(|name| User { name }),
            process: (name.is_some() || parent.is_some()).then_some(Process { name, parent }),
            mats: Some(Mats { amount: event.amount }),
            ..self.document(number, record, &meaning(event.code, self.names.os(record.host)))
        }
    }

    fn login(&self, number: u64, record: &Record, login: &Login) -> Document<'a> {
        let os = self.names.os(record.host);
        let mut document = self.document(number, record, &of_login(login.success, os));
        document.user = self.names.user(login.user).map(|name| User { name });
        document.source = Some(Source { ip: login.source.0.into() });
        if let Some(winlog) = &mut document.winlog {
            winlog.logon = Some(Logon { kind: logon_type(login.kind) });
        }
        document
    }

    /// What all entries share.
    fn document(&self, number: u64, record: &Record, meaning: &Meaning) -> Document<'a> {
        let os = self.names.os(record.host);
        Document {
            timestamp: self.epoch.date(record.time),
            ecs: Ecs { version: "8.11.0" },
            event: Event {
                id: Uid(number).to_string(),
                kind: "event",
                category: meaning.category,
                types: meaning.types,
                action: meaning.action,
                outcome: meaning.outcome,
                code: meaning.code,
                provider: meaning.provider,
                created: self.epoch.date(record.arrival),
            },
            host: self.host(record.host, os),
            user: None,
            process: None,
            source: None,
            winlog: meaning.channel.map(|channel| Winlog { channel, logon: None }),
            mats: None,
        }
    }

    fn host(&self, id: HostId, os: Os) -> Host<'a> {
        let kind = if os == Os::Windows { "windows" } else { "linux" };
        Host { name: self.names.host(id), os: HostOs { kind } }
    }
}

/// Winlogbeat's names of Windows logon types.
fn logon_type(kind: LoginKind) -> &'static str {
    match kind {
        LoginKind::Interactive => "Interactive",
        LoginKind::Network => "Network",
        LoginKind::Batch => "Batch",
        LoginKind::Service => "Service",
        LoginKind::Remote => "RemoteInteractive",
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: Option<Date>,
    ecs: Ecs,
    event: Event,
    host: Host<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<Process>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    winlog: Option<Winlog>,
    #[serde(rename = "Mats", skip_serializing_if = "Option::is_none")]
    mats: Option<Mats>,
}

#[derive(Serialize)]
struct Ecs {
    version: &'static str,
}

#[derive(Serialize)]
struct Event {
    id: String,
    kind: &'static str,
    category: &'static [&'static str],
    #[serde(rename = "type")]
    types: &'static [&'static str],
    action: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    code: &'static str,
    provider: &'static str,
    created: Option<Date>,
}

#[derive(Serialize)]
struct Host<'a> {
    name: Cow<'a, str>,
    os: HostOs,
}

#[derive(Serialize)]
struct HostOs {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct User<'a> {
    name: Cow<'a, str>,
}

#[derive(Serialize)]
struct Process {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
}

#[derive(Serialize)]
struct Parent {
    name: &'static str,
}

#[derive(Serialize)]
struct Source {
    ip: std::net::Ipv4Addr,
}

#[derive(Serialize)]
struct Winlog {
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    logon: Option<Logon>,
}

#[derive(Serialize)]
struct Logon {
    #[serde(rename = "type")]
    kind: &'static str,
}

/// How much an event is about: files touched, tickets asked for; 1 where it does not apply.
#[derive(Serialize)]
struct Mats {
    amount: u32,
}
