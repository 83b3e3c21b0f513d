//! Event logs of the Windows machines as JSON lines, flat and with the field names of the events themselves, as
//! `NXLog`'s `im_msvistalog` ships them and as Sigma rules ask for them (`EventID`, `Channel`, `Image`, `CommandLine`,
//! `LogonType`, …). Sources: Microsoft's "Security auditing" event reference and Sysmon 15's schema.
//!
//! One line an event record. `uid` is the record's [`Uid`]; `RecordNumber` counts by machine and channel, as Windows
//! does. Where a record stands for many (files written, tickets asked for), `Amount` says how many. A logon takes its
//! address and type from the login record of the same moment, when that reached the collector first.

mod security;
mod sysmon;

use crate::clock::Epoch;
use crate::derived::{Derived, Guid, Principal, Sid};
use crate::error::DataError;
use crate::names::{Names, ORGANISATION, Uid};
use crate::text::Object;
use crate::writer::RecordWriter;
use mats_core::telemetry::{EventCode, SystemEvent};
use mats_core::{Addr, Body, HostId, Os, Record, UserId};
use std::fmt;
use std::io::Write;

/// Writes the events of Windows machines.
pub struct WindowsWriter<'a, W: Write> {
    out: W,
    file: String,
    derived: Derived<'a>,
    epoch: Epoch,
    /// Number of entries of each channel of each machine.
    counters: Vec<[u32; CHANNELS]>,
    line: Vec<u8>,
    scratch: Scratch,
}

/// Text that is put together before it is escaped.
#[derive(Default)]
struct Scratch {
    a: String,
    b: String,
    c: String,
    d: String,
}

/// Security, Sysmon, System, PowerShell, Defender.
const CHANNELS: usize = 5;

/// Values that all entries of a channel have in common.
struct Channel {
    number: usize,
    source: &'static str,
    guid: &'static str,
    /// The number of the process that writes it, and of its thread.
    process: (u32, u32),
}

fn channel(code: EventCode) -> Channel {
    let of = |number, source, guid, process| Channel { number, source, guid, process };
    match code.windows().0 {
        _ if code == EventCode::LogCleared => {
            of(0, "Microsoft-Windows-Eventlog", "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}", (1204, 4400))
        }
        "Security" => of(
            0,
            "Microsoft-Windows-Security-Auditing",
            "{54849625-5478-4994-A5BA-3E3B0328C30D}",
            (740, 1512),
        ),
        "System" => of(2, "User32", "{B0AA8734-56F7-41CC-B2F4-DE228E98B946}", (1088, 1120)),
        "Microsoft-Windows-PowerShell/Operational" => {
            of(3, "Microsoft-Windows-PowerShell", "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}", (5200, 3312))
        }
        "Microsoft-Windows-Windows Defender/Operational" => of(
            4,
            "Microsoft-Windows-Windows Defender",
            "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}",
            (3120, 2948),
        ),
        _ => of(1, "Microsoft-Windows-Sysmon", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", (3524, 4688)),
    }
}

/// Category, task and version of an event, as its manifest has them.
fn manifest(code: EventCode) -> (&'static str, u64, u64) {
    match code {
        EventCode::ProcessCreate => ("Process Create (rule: ProcessCreate)", 1, 5),
        EventCode::ProcessEnd => ("Process terminated (rule: ProcessTerminate)", 5, 3),
        EventCode::ImageLoad => ("Image loaded (rule: ImageLoad)", 7, 3),
        EventCode::RemoteThread => ("CreateRemoteThread detected (rule: CreateRemoteThread)", 8, 2),
        EventCode::ProcessAccess => ("Process accessed (rule: ProcessAccess)", 10, 3),
        EventCode::FileWrite => ("File created (rule: FileCreate)", 11, 2),
        EventCode::AutorunSet => ("Registry value set (rule: RegistryEvent)", 13, 2),
        EventCode::FileDelete => ("File Delete (rule: FileDelete)", 23, 5),
        EventCode::Logon => ("Logon", 12544, 2),
        EventCode::LogonFailed | EventCode::ExplicitCredentials => ("Logon", 12544, 0),
        EventCode::Logoff => ("Logoff", 12545, 0),
        EventCode::PrivilegeUse => ("Special Logon", 12548, 0),
        EventCode::ServiceInstall => ("Security System Extension", 12289, 0),
        EventCode::TaskCreate => ("Other Object Access Events", 12804, 0),
        EventCode::AccountCreate | EventCode::AccountLocked => ("User Account Management", 13824, 0),
        EventCode::GroupAdd => ("Security Group Management", 13826, 0),
        EventCode::TicketRequest => ("Kerberos Service Ticket Operations", 14337, 0),
        EventCode::ShareAccess => ("Detailed File Share", 12811, 0),
        EventCode::LogCleared => ("Log clear", 104, 0),
        EventCode::ProtectionChange => ("Windows Defender", 0, 0),
        EventCode::ScriptBlock => ("Execute a Remote Command", 2, 1),
        EventCode::DeviceAttached => ("Plug and Play Events", 13316, 1),
        EventCode::DirectoryAccess => ("Directory Service Access", 14080, 0),
        EventCode::PolicyChange => ("Authentication Policy Change", 13569, 0),
        EventCode::Restart => ("None", 0, 0),
    }
}

/// One event and what is needed to tell of it.
struct EventContext<'w, 'a> {
    derived: &'w Derived<'a>,
    number: u64,
    record: &'w Record,
    event: &'w SystemEvent,
    host: HostId,
    /// The account; [`UserId::NONE`] for the system.
    user: UserId,
    /// Principal that logs in without an account.
    principal: Option<Principal>,
    /// Whatever else has to be drawn.
    draw: u64,
    utc: &'w str,
}

impl<'a, W: Write> WindowsWriter<'a, W> {
    /// A writer; `file` is only for messages.
    pub fn new(out: W, file: &str, names: Names<'a>) -> WindowsWriter<'a, W> {
        WindowsWriter {
            out,
            file: file.to_owned(),
            derived: Derived::new(names),
            epoch: names.epoch(),
            counters: vec![[0; CHANNELS]; names.inventory().hosts.len()],
            line: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    fn event(
        &mut self,
        number: u64,
        record: &Record,
        (event, principal): (&SystemEvent, Option<Principal>),
    ) -> std::io::Result<()> {
        if event.code == EventCode::ProcessCreate {
            self.derived.start(record.host, event.image, number);
        }
        let channel = channel(event.code);
        let counter = match self.counters.get_mut(record.host.index()) {
            Some(counters) => {
                counters[channel.number] += 1;
                u64::from(counters[channel.number])
            }
            None => number & 0xffff_ffff,
        };
        let (time, arrival) = (self.epoch.stamp(record.time), self.epoch.stamp(record.arrival));
        let (name, id) = event.code.windows();
        let (category, task, version) = manifest(event.code);
        let audit = name == "Security" && event.code != EventCode::LogCleared;
        let failed = event.code == EventCode::LogonFailed;
        let utc = &mut self.scratch.d;
        utc.clear();
        utc.push_str(time.day());
        utc.push(' ');
        utc.push_str(time.time_millis());
        self.line.clear();
        let mut o = Object::new(&mut self.line);
        o.text("@timestamp", time.whole());
        o.text("EventTime", &utc[..19]);
        o.show("EventReceivedTime", format_args!("{} {}", arrival.day(), arrival.time()));
        o.show("uid", Uid(number));
        o.show("Hostname", Fqdn(&self.derived.names, record.host));
        o.show("Computer", Fqdn(&self.derived.names, record.host));
        o.text("Channel", name);
        o.number("EventID", id.into());
        o.text("SourceName", channel.source);
        o.text("ProviderGuid", channel.guid);
        o.text("Provider_Name", channel.source);
        o.number("RecordNumber", base(record.host, channel.number) + counter);
        o.number("Version", version);
        o.number("Task", task);
        o.text("Category", category);
        o.text("Opcode", "Info").number("OpcodeValue", 0);
        o.raw(
            "Keywords",
            if failed {
                "-9218868437227405312"
            } else if audit {
                "-9214364837600034816"
            } else {
                "-9223372036854775808"
            },
        );
        let severity = if failed { ("ERROR", 4) } else { ("INFO", 2) };
        o.text("Severity", severity.0).number("SeverityValue", severity.1);
        if event.code != EventCode::AutorunSet {
            // The registry's own type of event takes the name; NXLog moves this one.
            o.text(
                "EventType",
                if failed {
                    "AUDIT_FAILURE"
                } else if audit {
                    "AUDIT_SUCCESS"
                } else {
                    "INFO"
                },
            );
        }
        o.number("ExecutionProcessID", channel.process.0.into());
        o.number("ThreadID", u64::from(channel.process.1) + 4 * (number % 16));
        o.text("SourceModuleName", "eventlog").text("SourceModuleType", "im_msvistalog");
        if event.amount > 1 {
            o.number("Amount", event.amount.into());
        }
        let draw = Derived::draw(record, number);
        let (host, user) = (record.host, event.user);
        let Scratch { a, b, c, d } = &mut self.scratch;
        let seen = EventContext {
            derived: &self.derived,
            number,
            record,
            event,
            host,
            user,
            principal,
            draw,
            utc: d,
        };
        if channel.number == 1 {
            o.text("UserID", "S-1-5-18").text("AccountName", "SYSTEM").text("AccountType", "User");
            o.text("Domain", "NT AUTHORITY");
            sysmon::fill(&seen, &mut o, (a, b, c));
        } else {
            security::fill(&seen, &mut o, (a, b, c));
        }
        o.end();
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

impl<W: Write + Send> RecordWriter for WindowsWriter<'_, W> {
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        if self.derived.names.os(record.host) != Os::Windows {
            return Ok(());
        }
        let principal = self.derived.principal(record);
        match &record.body {
            Body::Login(login) => {
                self.derived.remember(record, login);
                Ok(())
            }
            Body::Event(event) => {
                let written = self.event(number, record, (event, principal));
                written.map_err(|source| DataError::io(&self.file, source))
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }
}

/// Logs are older than the episode: where a channel's numbers begin.
fn base(host: HostId, channel: usize) -> u64 {
    20_000 + mats_core::random::Stream::new(0, 0x6d61_7420, host.0.into()).word(channel as u64) % 400_000
}

/// A machine's full name.
struct Fqdn<'a, 'b>(&'b Names<'a>, HostId);

impl fmt::Display for Fqdn<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.host(self.1), ORGANISATION.0)
    }
}

/// `DOMAIN\account`, as Sysmon writes it.
struct Account<'a, 'b>(&'b Names<'a>, UserId);

impl fmt::Display for Account<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.user(self.1) {
            Some(name) => write!(f, "{}\\{name}", ORGANISATION.1),
            None => f.write_str("NT AUTHORITY\\SYSTEM"),
        }
    }
}

/// The account whose name is the machine's, with a dollar sign.
struct MachineAccount<'a, 'b>(&'b Names<'a>, HostId);

impl fmt::Display for MachineAccount<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}$", self.0.host(self.1).to_uppercase())
    }
}

impl EventContext<'_, '_> {
    /// The four fields about whoever caused it.
    fn subject(&self, o: &mut Object<'_>) {
        o.show("SubjectUserSid", Sid(self.user));
        match self.derived.names.user(self.user) {
            Some(name) => o.text("SubjectUserName", &name),
            None => o.show("SubjectUserName", MachineAccount(&self.derived.names, self.host)),
        };
        o.text("SubjectDomainName", ORGANISATION.1);
        o.show("SubjectLogonId", format_args!("{:#x}", Derived::logon_id(self.host, self.user)));
    }

    /// Address and port of the other end.
    fn remote(&self, o: &mut Object<'_>, address: Option<Addr>) {
        match address {
            Some(address) if address == Addr::internal(self.host) => {
                o.text("IpAddress", "127.0.0.1").text("IpPort", "0");
            }
            Some(address) => {
                o.show("IpAddress", address);
                o.show("IpPort", self.derived.names.ephemeral_port(address, self.number));
            }
            None => {
                o.text("IpAddress", "-").text("IpPort", "-");
            }
        }
    }
}

/// An identifier that belongs to a record alone.
fn guid(purpose: u32, key: u64) -> Guid {
    let words = mats_core::random::Stream::new(0, purpose, key);
    Guid(u128::from(words.word(0)) << 64 | u128::from(words.word(1)))
}
