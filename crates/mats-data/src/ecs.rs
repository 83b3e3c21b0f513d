//! Events, logins and changes of configuration as JSON lines after the Elastic Common Schema 8.11, as Winlogbeat and
//! Auditbeat ship them.
//!
//! `event.id` is the record's [`Uid`]; `event.created` is when it reached the collector. Windows machines carry
//! `winlog.channel` and the numbers of Windows and Sysmon, Linux machines the programs and message types of auditd,
//! sshd and their like. Paths, command lines and numbers of processes are those of the native logs. What ECS has no
//! field for stands under `Mats`, a custom field set as ECS asks for.

mod codes;

use crate::clock::Epoch;
use crate::derived::{Derived, MachineSid, Principal, Sid};
use crate::error::DataError;
use crate::names::{Names, ORGANISATION, Uid};
use crate::register;
use crate::text::Object;
use crate::writer::RecordWriter;
use codes::{Meaning, meaning, of_login};
use mats_core::telemetry::{ConfigChange, EventCode, Image, Login, LoginKind, SystemEvent};
use mats_core::{Addr, Body, HostId, Os, Record, UserId};
use std::io::Write;

/// Writes events, logins and changes.
pub struct EcsWriter<'a, W: Write> {
    out: W,
    file: String,
    derived: Derived<'a>,
    epoch: Epoch,
    line: Vec<u8>,
    scratch: [String; 2],
}

impl<'a, W: Write> EcsWriter<'a, W> {
    /// A writer; `file` is only for messages.
    pub fn new(out: W, file: &str, names: Names<'a>) -> EcsWriter<'a, W> {
        EcsWriter {
            out,
            file: file.to_owned(),
            derived: Derived::new(names),
            epoch: names.epoch(),
            line: Vec::new(),
            scratch: [String::new(), String::new()],
        }
    }

    fn event(&mut self, number: u64, record: &Record, event: &SystemEvent) {
        if event.code == EventCode::ProcessCreate {
            self.derived.start(record.host, event.image, number);
        }
        let principal = self.derived.principal(record);
        let (derived, os) = (&self.derived, self.derived.names.os(record.host));
        let (user, host, draw) = (event.user, record.host, Derived::draw(record, number));
        let meaning = meaning(event.code, os);
        let [a, b] = &mut self.scratch;
        let mut o = Object::new(&mut self.line);
        common(&mut o, derived, self.epoch, number, record, &meaning);
        account(&mut o, derived, os, (user, principal));
        let name = |image: Image| if os == Os::Windows { image.names().0 } else { image.names().1 };
        if event.image != Image::None || event.parent != Image::None {
            o.object("process", |o| {
                if event.image != Image::None {
                    derived.path(host, event.image, user, a);
                    o.text("name", name(event.image)).text("executable", a);
                    o.number("pid", derived.pid(host, event.image).into());
                    if event.code == EventCode::ProcessCreate {
                        derived.command(host, event.image, user, draw, b);
                        o.text("command_line", b);
                    }
                }
                if event.parent != Image::None {
                    let parent = derived.parent(host, event);
                    derived.parent_path(host, parent, a);
                    o.object("parent", |o| {
                        o.text("name", parent.name()).text("executable", a).number("pid", parent.pid.into());
                    });
                }
            });
        }
        match event.code {
            EventCode::FileWrite | EventCode::FileDelete => {
                derived.file(host, event.image, user, draw, a);
                o.object("file", |o| {
                    o.text("path", a).text("name", a.rsplit(['\\', '/']).next().unwrap_or_default());
                });
            }
            EventCode::ScriptBlock if os == Os::Windows => {
                derived.script(host, user, draw, a);
                o.object("powershell", |o| {
                    o.object("file", |o| {
                        o.text("script_block_text", a);
                    });
                });
            }
            _ => {}
        }
        if let Some(channel) = meaning.channel {
            o.object("winlog", |o| winlog(o, derived, host, channel, &meaning));
        }
        o.object("Mats", |o| {
            o.number("amount", event.amount.into());
        });
        o.end();
    }

    fn login(&mut self, number: u64, record: &Record, login: &Login) {
        let principal = self.derived.principal(record);
        let (derived, os) = (&self.derived, self.derived.names.os(record.host));
        let meaning = of_login(login.success, os);
        let mut o = Object::new(&mut self.line);
        common(&mut o, derived, self.epoch, number, record, &meaning);
        account(&mut o, derived, os, (login.user, principal));
        o.object("source", |o| {
            o.show("ip", login.source);
            if login.source != Addr::internal(record.host) {
                o.number("port", derived.names.ephemeral_port(login.source, number).into());
            }
            if let Some(host) = login.source.host() {
                o.text("domain", &derived.names.host(host));
            }
        });
        if let Some(channel) = meaning.channel {
            o.object("winlog", |o| {
                winlog(o, derived, record.host, channel, &meaning);
                o.object("logon", |o| {
                    o.text("type", logon_type(login.kind));
                });
            });
        }
        o.end();
    }

    fn config(&mut self, number: u64, record: &Record, change: &ConfigChange) {
        let (derived, os) = (&self.derived, self.derived.names.os(record.host));
        let meaning = Meaning {
            category: &["configuration"],
            types: &["change"],
            action: register::action(change.item),
            outcome: "success",
            code: "",
            provider: "inventory",
            channel: None,
        };
        let mut o = Object::new(&mut self.line);
        common(&mut o, derived, self.epoch, number, record, &meaning);
        account(&mut o, derived, os, (change.user, None));
        let mut what = Vec::new();
        register::what(&mut what, os, change);
        o.object("Mats", |o| {
            o.text("change", &String::from_utf8_lossy(&what)).number("value", change.value.into());
        });
        o.end();
    }
}

impl<W: Write + Send> RecordWriter for EcsWriter<'_, W> {
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        self.line.clear();
        match &record.body {
            Body::Event(event) => self.event(number, record, event),
            Body::Login(login) => self.login(number, record, login),
            Body::Config(change) => self.config(number, record, change),
            _ => return Ok(()),
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line).map_err(|source| DataError::io(&self.file, source))
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }
}

/// Writes the fields that all entries share.
fn common(
    o: &mut Object<'_>,
    derived: &Derived<'_>,
    epoch: Epoch,
    number: u64,
    record: &Record,
    meaning: &Meaning,
) {
    let (names, host) = (&derived.names, record.host);
    o.text("@timestamp", epoch.stamp(record.time).whole());
    o.object("ecs", |o| {
        o.text("version", "8.11.0");
    });
    o.object("event", |o| {
        o.show("id", Uid(number)).text("kind", "event");
        o.list("category", meaning.category).list("type", meaning.types);
        o.text("action", meaning.action).text("outcome", meaning.outcome);
        if !meaning.code.is_empty() {
            o.text("code", meaning.code);
        }
        o.text("provider", meaning.provider).text("created", epoch.stamp(record.arrival).whole());
    });
    o.object("host", |o| {
        o.text("name", &names.host(host));
        o.show_list("ip", Addr::internal(host));
        o.object("os", |o| {
            o.text("type", if names.os(host) == Os::Windows { "windows" } else { "linux" });
        });
    });
}

fn account(
    o: &mut Object<'_>,
    derived: &Derived<'_>,
    os: Os,
    (user, principal): (UserId, Option<Principal>),
) {
    let Some(name) = derived.account(user, principal) else { return };
    o.object("user", |o| {
        o.text("name", &name);
        if os == Os::Windows {
            o.text("domain", ORGANISATION.1);
            match principal {
                None => {
                    o.show("id", Sid(user));
                }
                Some(Principal::Machine(host)) => {
                    o.show("id", MachineSid(host));
                }
                // A name that nobody has has no identifier.
                Some(Principal::Guess(_)) => {}
            }
        }
    });
}

fn winlog(o: &mut Object<'_>, derived: &Derived<'_>, host: HostId, channel: &str, meaning: &Meaning) {
    o.text("channel", channel).text("event_id", meaning.code).text("provider_name", meaning.provider);
    o.show("computer_name", format_args!("{}.{}", derived.names.host(host), ORGANISATION.0));
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
