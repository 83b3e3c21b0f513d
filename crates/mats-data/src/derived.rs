//! What logs show and records do not hold: process numbers, security identifiers, sessions, paths, command lines.
//! Everything here follows from ids, record numbers and earlier records of the same machine, never from labels, and
//! agrees within a file: an account keeps its identifier, a process its number while it lives.

mod parents;
mod programs;
mod unknown_accounts;

pub(crate) use unknown_accounts::Principal;

use crate::names::Names;
use mats_core::random::Stream;
use mats_core::telemetry::{Image, Login, LoginKind, SystemEvent};
use mats_core::{Addr, HostId, Os, Record, SimTime, UserId};
use std::fmt;

const PROCESS: u32 = 0x6d61_7410;
const SESSION: u32 = 0x6d61_7411;
const DRAW: u32 = 0x6d61_7412;
const FILE: u32 = 0x6d61_7413;

/// Greatest distance between the records of one logon, in microseconds.
const SAME_LOGON: u64 = 40_000;

/// Knowledge of one machine.
#[derive(Clone)]
struct Machine {
    /// The process that ran a program last, by program; 0 when none was seen.
    processes: [u32; Image::ALL.len()],
    /// The last login, and when.
    login: Option<(SimTime, Login)>,
    /// The last attempts without an account.
    unknown_accounts: unknown_accounts::Recent,
}

/// Facts learnt from the records so far. Memory does not grow with them.
pub(crate) struct Derived<'a> {
    pub(crate) names: Names<'a>,
    machines: Vec<Machine>,
    /// Names that people guess and nobody has.
    guesses: Vec<&'static str>,
}

impl<'a> Derived<'a> {
    pub(crate) fn new(names: Names<'a>) -> Derived<'a> {
        let machine = Machine {
            processes: [0; Image::ALL.len()],
            login: None,
            unknown_accounts: unknown_accounts::Recent::default(),
        };
        let inventory = names.inventory();
        Derived {
            names,
            machines: vec![machine; inventory.hosts.len()],
            guesses: unknown_accounts::guesses(inventory),
        }
    }

    /// Remembers a login, for the log entry that tells of the same.
    pub(crate) fn remember(&mut self, record: &Record, login: &Login) {
        if let Some(machine) = self.machines.get_mut(record.host.index()) {
            machine.login = Some((record.time, *login));
        }
    }

    /// Returns from where and how an account logged in, for the log entry of a logon: as the login record at the same
    /// moment says, or else guessed from program and account.
    pub(crate) fn logon(
        &self,
        record: &Record,
        event: &SystemEvent,
        success: bool,
    ) -> (Option<Addr>, LoginKind) {
        let known = self.machines.get(record.host.index()).and_then(|machine| machine.login).filter(
            |(time, login)| {
                time.0.abs_diff(record.time.0) < SAME_LOGON
                    && login.user == event.user
                    && login.success == success
            },
        );
        match known {
            Some((_, login)) => (Some(login.source), login.kind),
            None if matches!(event.image, Image::SshDaemon | Image::RemoteDesktop) => {
                (None, LoginKind::Remote)
            }
            None if event.user == UserId::NONE => (None, LoginKind::Service),
            None if self.names.home(event.user) == Some(Addr::internal(record.host)) => {
                (None, LoginKind::Interactive)
            }
            None => (None, LoginKind::Network),
        }
    }

    /// The number of the process that runs a program on a machine.
    pub(crate) fn pid(&self, host: HostId, image: Image) -> u32 {
        let known = self.machines.get(host.index()).map_or(0, |machine| machine.processes[image as usize]);
        if known > 0 {
            known
        } else {
            self.fresh(host, Stream::new(1, PROCESS, host.0.into()).word(image as u64), image)
        }
    }

    /// A program starts: it gets a new number.
    pub(crate) fn start(&mut self, host: HostId, image: Image, number: u64) -> u32 {
        let pid = self.fresh(host, Stream::new(0, PROCESS, host.0.into()).word(number), image);
        if let Some(machine) = self.machines.get_mut(host.index()) {
            machine.processes[image as usize] = pid;
        }
        pid
    }

    fn fresh(&self, host: HostId, word: u64, image: Image) -> u32 {
        match (self.names.os(host), image) {
            // Fixed on either system.
            (Os::Windows, Image::System) => 4,
            (Os::Linux, Image::System) => 1,
            // Windows counts in fours.
            (Os::Windows, _) => 1000 + 4 * (word % 4000) as u32,
            (Os::Linux, _) => 700 + (word % 60_000) as u32,
        }
    }

    /// The process that a process belongs to, as Sysmon identifies it.
    pub(crate) fn guid(host: HostId, pid: u32) -> Guid {
        let words = Stream::new(2, PROCESS, host.0.into());
        let time = words.word(u64::from(pid)) & 0xffff_ffff;
        Guid(u128::from(words.word(u64::MAX)) << 96 | u128::from(time) << 64 | u128::from(pid) << 32 | 0x0400)
    }

    /// The session of an account on a machine, as Windows numbers it.
    pub(crate) fn logon_id(host: HostId, user: UserId) -> u64 {
        match user.some() {
            None => 0x3e7,
            Some(user) => 0x4_0000 + (Stream::new(0, SESSION, host.0.into()).word(user.0.into()) & 0xf_ffff),
        }
    }

    /// Returns the session of an account on a machine as a GUID.
    pub(crate) fn logon_guid(host: HostId, user: UserId) -> Guid {
        let words = Stream::new(1, SESSION, host.0.into());
        Guid(u128::from(words.word(user.0.into())) << 64 | u128::from(words.word(!u64::from(user.0))))
    }

    /// A 64-bit word for whatever else has to be drawn for a record.
    pub(crate) fn draw(record: &Record, number: u64) -> u64 {
        Stream::new(0, DRAW, record.host.0.into()).word(number)
    }

    /// The path of a program on a machine, as some account runs it.
    pub(crate) fn path(&self, host: HostId, image: Image, user: UserId, out: &mut String) {
        let path = programs::path(image, self.names.os(host));
        self.expand(path, user, 0, out);
    }

    /// The command line of a program, drawn from what people do with it.
    pub(crate) fn command(&self, host: HostId, image: Image, user: UserId, draw: u64, out: &mut String) {
        let lines = programs::commands(image, self.names.os(host));
        self.expand(lines[draw as usize % lines.len()], user, draw / 7, out);
    }

    /// A file that a program reads or writes.
    pub(crate) fn file(&self, host: HostId, image: Image, user: UserId, draw: u64, out: &mut String) {
        let files = programs::files(image, self.names.os(host));
        self.expand(files[draw as usize % files.len()], user, draw / 7, out);
    }

    /// A script, drawn from what people run.
    pub(crate) fn script(&self, host: HostId, user: UserId, draw: u64, out: &mut String) {
        let scripts = programs::scripts(self.names.os(host));
        self.expand(scripts[draw as usize % scripts.len()], user, draw / 7, out);
    }

    /// Fills in a template: `{u}` is the account, `{d}` a document, `{n}` eight hexadecimal digits, `{h}` a machine.
    pub(crate) fn expand(&self, template: &str, user: UserId, draw: u64, out: &mut String) {
        use fmt::Write;
        out.clear();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            match rest[at..].get(..3) {
                Some("{u}") => out.push_str(self.names.user(user).as_deref().unwrap_or("Public")),
                Some("{d}") => {
                    let (what, when) =
                        (programs::DOCUMENTS[draw as usize % programs::DOCUMENTS.len()], draw / 16 % 400);
                    let _ = write!(out, "{what}-{when:03}");
                }
                Some("{n}") => {
                    let _ = write!(out, "{:08x}", draw >> 16 & 0xffff_ffff);
                }
                Some("{h}") => {
                    let hosts = self.names.inventory().hosts.len().max(1) as u64;
                    out.push_str(&self.names.host(HostId((draw / 3 % hosts) as u32)));
                }
                _ => {
                    out.push('{');
                    rest = &rest[at + 1..];
                    continue;
                }
            }
            rest = &rest[at + 3..];
        }
        out.push_str(rest);
    }

    /// Digests of a program or module, the same on every machine: SHA-1, MD5, SHA-256 and import hash in length only.
    pub(crate) fn digests(key: u64) -> Digests {
        Digests(key)
    }
}

/// Digests as Sysmon lists them.
pub(crate) struct Digests(u64);

impl fmt::Display for Digests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let w = |i: u64| Stream::new(0, FILE, self.0).word(i);
        write!(f, "SHA1={:016X}{:016X}{:08X},", w(0), w(1), w(2) as u32)?;
        write!(f, "MD5={:016X}{:016X},", w(3), w(4))?;
        write!(f, "SHA256={:016X}{:016X}{:016X}{:016X},", w(5), w(6), w(7), w(8))?;
        write!(f, "IMPHASH={:016X}{:016X}", w(9), w(10))
    }
}

/// A GUID in its usual spelling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guid(pub(crate) u128);

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        write!(f, "{{{:08x}-{:04x}-", n >> 96, n >> 80 & 0xffff)?;
        write!(f, "{:04x}-{:04x}-{:012x}}}", n >> 64 & 0xffff, n >> 48 & 0xffff, n & 0xffff_ffff_ffff)
    }
}

/// The security identifier of an account of the organisation's domain; the system's own without one.
pub(crate) struct Sid(pub(crate) UserId);

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.some() {
            None => f.write_str("S-1-5-18"),
            Some(user) => write!(f, "{DOMAIN_SID}-{}", 1104 + u64::from(user.0)),
        }
    }
}

/// The security identifier of a machine's account in the domain.
pub(crate) struct MachineSid(pub(crate) HostId);

impl fmt::Display for MachineSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{DOMAIN_SID}-{}", 3000 + u64::from(self.0.0))
    }
}

/// The identifier of the organisation's domain.
pub(crate) const DOMAIN_SID: &str = "S-1-5-21-2786542318-1064927755-3307161844";
