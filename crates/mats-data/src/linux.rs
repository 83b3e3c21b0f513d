//! Logs of the Linux machines: `auth.log` in the form of traditional syslog (RFC 3164, as rsyslog writes it) with the
//! lines of sshd, sudo, useradd, cron, PAM and the kernel, and `audit.log` as auditd writes it (one event in several
//! lines of the same serial number; `node=` names the machine, for several share the file).
//!
//! Neither format has room for a record's identifier, so a third file, `linux-uids.csv`, gives the `uid` of every
//! line: columns `file`, `line` (from 1), `uid`.

use crate::clock::Epoch;
use crate::derived::{Derived, Principal};
use crate::error::DataError;
use crate::names::{Names, Uid};
use crate::text;
use crate::writer::RecordWriter;
use mats_core::telemetry::{EventCode, Image, LoginKind, SystemEvent};
use mats_core::{Addr, Body, HostId, Os, Record, UserId};
use std::io::{self, Write};

/// The three files, in the order in which the writer asks for them.
pub const FILES: [&str; 3] = ["auth.log", "audit.log", "linux-uids.csv"];

/// Writes the events of Linux machines.
pub struct LinuxWriter<'a, W: Write> {
    files: [W; 3],
    /// Lines so far in the two logs.
    lines: [u64; 2],
    derived: Derived<'a>,
    epoch: Epoch,
    line: Vec<u8>,
    scratch: [String; 2],
    /// Serial numbers of auditd, by machine.
    serials: Vec<u64>,
}

/// One event and what is needed to tell of it.
struct EventContext<'w, 'a> {
    derived: &'w Derived<'a>,
    number: u64,
    record: &'w Record,
    event: &'w SystemEvent,
    /// Principal that logs in without an account.
    principal: Option<Principal>,
    draw: u64,
}

impl<'a, W: Write> LinuxWriter<'a, W> {
    /// A writer; opens each of [`FILES`].
    ///
    /// # Errors
    /// When opening or writing fails.
    pub fn new(
        mut open: impl FnMut(&str) -> io::Result<W>,
        names: Names<'a>,
    ) -> Result<LinuxWriter<'a, W>, DataError> {
        let mut start = |file: usize| open(FILES[file]).map_err(|source| DataError::io(FILES[file], source));
        let mut files = [start(0)?, start(1)?, start(2)?];
        files[2].write_all(b"file,line,uid\n").map_err(|source| DataError::io(FILES[2], source))?;
        Ok(LinuxWriter {
            files,
            lines: [0; 2],
            derived: Derived::new(names),
            epoch: names.epoch(),
            line: Vec::new(),
            scratch: [String::new(), String::new()],
            serials: vec![0; names.inventory().hosts.len()],
        })
    }

    fn event(
        &mut self,
        number: u64,
        record: &Record,
        (event, principal): (&SystemEvent, Option<Principal>),
    ) -> io::Result<()> {
        if event.code == EventCode::ProcessCreate {
            self.derived.start(record.host, event.image, number);
        }
        let draw = Derived::draw(record, number);
        let of = EventContext { derived: &self.derived, number, record, event, principal, draw };
        self.line.clear();
        let audit = is_audit(event.code);
        if audit {
            let serial = match self.serials.get_mut(record.host.index()) {
                Some(serial) => {
                    *serial += 1;
                    *serial + 1000
                }
                None => number & 0xffff_ffff,
            };
            let mut head = Vec::with_capacity(64);
            head.extend_from_slice(b"msg=audit(");
            let micros = self.epoch.micros(record.time);
            text::number(&mut head, micros / 1_000_000);
            head.push(b'.');
            text::padded(&mut head, micros / 1000 % 1000, 3);
            head.push(b':');
            text::number(&mut head, serial);
            head.extend_from_slice(b"): ");
            of.audit(&head, &mut self.line, &mut self.scratch);
        } else {
            let mut head = Vec::with_capacity(64);
            self.epoch.stamp(record.time).append_syslog(&mut head);
            head.push(b' ');
            self.derived.names.append_host(record.host, &mut head);
            head.push(b' ');
            of.syslog(&head, &mut self.line, &mut self.scratch);
        }
        let file = usize::from(audit);
        self.files[file].write_all(&self.line)?;
        for _ in self.line.split_inclusive(|&byte| byte == b'\n') {
            self.lines[file] += 1;
            writeln!(self.files[2], "{},{},{}", FILES[file], self.lines[file], Uid(number))?;
        }
        Ok(())
    }
}

impl<W: Write + Send> RecordWriter for LinuxWriter<'_, W> {
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        if self.derived.names.os(record.host) != Os::Linux {
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
                written.map_err(|source| DataError::io("auth.log or audit.log", source))
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), DataError> {
        for (file, name) in self.files.iter_mut().zip(FILES) {
            file.flush().map_err(|source| DataError::io(name, source))?;
        }
        Ok(())
    }
}

/// Tells whether auditd tells of it; programs themselves tell of the others.
fn is_audit(code: EventCode) -> bool {
    matches!(
        code,
        EventCode::ProcessCreate
            | EventCode::ProcessEnd
            | EventCode::ImageLoad
            | EventCode::RemoteThread
            | EventCode::ProcessAccess
            | EventCode::FileWrite
            | EventCode::FileDelete
            | EventCode::ServiceInstall
            | EventCode::LogCleared
            | EventCode::ProtectionChange
            | EventCode::ScriptBlock
    )
}

/// The number of an account on Linux machines.
fn uid(user: UserId) -> u64 {
    user.some().map_or(0, |user| 1001 + u64::from(user.0))
}

impl EventContext<'_, '_> {
    fn user(&self, out: &mut Vec<u8>) {
        text::plain(out, self.derived.account(self.event.user, self.principal).as_deref().unwrap_or("root"));
    }

    fn syslog(&self, head: &[u8], out: &mut Vec<u8>, [a, _]: &mut [String; 2]) {
        let (derived, host, user, draw) = (self.derived, self.record.host, self.event.user, self.draw);
        let names = &derived.names;
        // A session's process is one that sshd forked for it.
        let pid = Some(2000 + (draw % 40_000) as u32);
        let name = |out: &mut Vec<u8>| self.user(out);
        let put = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
        let source = |out: &mut Vec<u8>, address: Addr| {
            put(out, " from ");
            text::addr(out, address);
            put(out, " port ");
            text::number(out, names.ephemeral_port(address, self.number).into());
            put(out, " ssh2");
        };
        let session = |out: &mut Vec<u8>, service: &str, verb: &str| {
            put(out, "pam_unix(");
            put(out, service);
            put(out, ":session): session ");
            put(out, verb);
            put(out, " for user ");
            name(out);
        };
        let opened = |out: &mut Vec<u8>, service: &str| {
            session(out, service, "opened");
            put(out, "(uid=");
            text::number(out, uid(user));
            put(out, ") by (uid=0)");
        };
        match self.event.code {
            EventCode::Logon => match derived.logon(self.record, self.event, true) {
                (Some(address), LoginKind::Remote | LoginKind::Network) => {
                    say(head, out, "sshd", pid, |out| {
                        put(
                            out,
                            if draw & 1 == 0 { "Accepted publickey for " } else { "Accepted password for " },
                        );
                        name(out);
                        source(out, address);
                    });
                    say(head, out, "sshd", pid, |out| opened(out, "sshd"));
                }
                (_, LoginKind::Remote | LoginKind::Network) => {
                    say(head, out, "sshd", pid, |out| opened(out, "sshd"));
                }
                (_, LoginKind::Service | LoginKind::Batch) => {
                    say(head, out, "CRON", pid, |out| opened(out, "cron"));
                }
                _ => say(head, out, "login", pid, |out| opened(out, "login")),
            },
            EventCode::LogonFailed => {
                let (address, _) = derived.logon(self.record, self.event, false);
                match address {
                    Some(address) if address != Addr::internal(host) => say(head, out, "sshd", pid, |out| {
                        put(out, "Failed password for ");
                        if user == UserId::NONE {
                            put(out, "invalid user ");
                        }
                        name(out);
                        source(out, address);
                    }),
                    _ => say(head, out, "login", pid, |out| {
                        put(
                            out,
                            "pam_unix(login:auth): authentication failure; logname=LOGIN uid=0 euid=0 tty=/dev/tty1 ruser= rhost=  user=",
                        );
                        name(out);
                    }),
                }
            }
            EventCode::Logoff => say(head, out, "sshd", pid, |out| session(out, "sshd", "closed")),
            EventCode::ExplicitCredentials => {
                say(head, out, "su", pid, |out| {
                    put(out, "(to root) ");
                    name(out);
                    put(out, " on pts/0");
                });
            }
            EventCode::PrivilegeUse => {
                const COMMANDS: [&str; 6] = [
                    "/usr/bin/apt update",
                    "/usr/bin/systemctl restart nginx",
                    "/usr/bin/journalctl -u ssh",
                    "/usr/bin/cat /var/log/auth.log",
                    "/usr/bin/su -",
                    "/usr/bin/less /etc/fstab",
                ];
                say(head, out, "sudo", None, |out| {
                    put(out, "  ");
                    name(out);
                    put(out, " : TTY=pts/0 ; PWD=/home/");
                    name(out);
                    put(out, " ; USER=root ; COMMAND=");
                    put(out, COMMANDS[(draw >> 4) as usize % COMMANDS.len()]);
                });
            }
            EventCode::AutorunSet => {
                derived.expand("(*system*) RELOAD (/etc/cron.d/{n})", user, draw, a);
                say(head, out, "cron", Some(derived.pid(host, Image::TaskScheduler)), |out| put(out, a));
            }
            EventCode::TaskCreate => {
                for verb in [") BEGIN EDIT (", ") REPLACE (", ") END EDIT ("] {
                    say(head, out, "crontab", pid, |out| {
                        put(out, "(");
                        name(out);
                        put(out, verb);
                        name(out);
                        put(out, ")");
                    });
                }
            }
            EventCode::AccountCreate => {
                let id = 1500 + draw % 400;
                derived.expand(if draw & 1 == 0 { "svc{n}" } else { "tmp{n}" }, user, draw, a);
                say(head, out, "useradd", pid, |out| {
                    put(out, "new user: name=");
                    put(out, a);
                    put(out, ", UID=");
                    text::number(out, id);
                    put(out, ", GID=");
                    text::number(out, id);
                    put(out, ", home=/home/");
                    put(out, a);
                    put(out, ", shell=/bin/bash, from=/dev/pts/1");
                });
            }
            EventCode::GroupAdd => {
                say(head, out, "usermod", pid, |out| {
                    put(out, "add '");
                    name(out);
                    put(out, if draw & 1 == 0 { "' to group 'sudo'" } else { "' to group 'docker'" });
                });
            }
            EventCode::TicketRequest => {
                say(head, out, "krb5kdc", Some(derived.pid(host, Image::ServiceHost)), |out| {
                    put(
                        out,
                        "TGS_REQ (4 etypes {aes256-cts-hmac-sha1-96(18), aes128-cts-hmac-sha1-96(17), UNSUPPORTED:des3-hmac-sha1(16), DEPRECATED:arcfour-hmac(23)}) ",
                    );
                    text::addr(out, names.home(user).unwrap_or(Addr::internal(host)));
                    put(out, ": ISSUE: authtime ");
                    text::number(out, names.epoch().micros(self.record.time) / 1_000_000);
                    put(
                        out,
                        ", etypes {rep=aes256-cts-hmac-sha1-96(18), tkt=aes256-cts-hmac-sha1-96(18), ses=aes256-cts-hmac-sha1-96(18)}, ",
                    );
                    name(out);
                    put(out, "@CORP.EXAMPLE for host/");
                    let hosts = names.inventory().hosts.len().max(1) as u64;
                    names.append_fqdn(HostId((draw / 5 % hosts) as u32), out);
                    put(out, "@CORP.EXAMPLE");
                });
            }
            EventCode::ShareAccess => {
                derived.file(host, Image::Shell, user, draw, a);
                say(head, out, "smbd_audit", None, |out| {
                    name(out);
                    put(out, "|");
                    text::addr(out, names.home(user).unwrap_or(Addr::internal(host)));
                    put(out, if draw & 1 == 0 { "|shared|openat|ok|r|" } else { "|shared|openat|ok|w|" });
                    put(out, a);
                });
            }
            EventCode::AccountLocked => {
                say(head, out, "sshd", pid, |out| {
                    put(out, "pam_faillock(sshd:auth): Consecutive login failures for user ");
                    name(out);
                    put(out, " account temporarily locked");
                });
            }
            EventCode::DeviceAttached => {
                const DEVICES: [&str; 3] = [
                    "idVendor=0781, idProduct=5567, bcdDevice= 1.00",
                    "idVendor=0951, idProduct=1666, bcdDevice= 1.10",
                    "idVendor=046d, idProduct=c52b, bcdDevice=12.11",
                ];
                say(head, out, "kernel", None, |out| {
                    put(out, "usb 1-2: New USB device found, ");
                    put(out, DEVICES[draw as usize % DEVICES.len()]);
                });
            }
            EventCode::DirectoryAccess => {
                say(head, out, "slapd", Some(derived.pid(host, Image::ServiceHost)), |out| {
                    put(out, "conn=");
                    text::number(out, 1000 + self.number % 90_000);
                    put(
                        out,
                        " op=2 SRCH base=\"dc=corp,dc=example\" scope=2 deref=0 filter=\"(objectClass=*)\"",
                    );
                });
            }
            EventCode::PolicyChange => {
                derived.expand("Starting Ansible Pull; playbook policy-{n}.yml", user, draw, a);
                say(head, out, "ansible-pull", pid, |out| put(out, a));
            }
            EventCode::Restart => {
                say(head, out, "systemd-logind", Some(derived.pid(host, Image::ServiceHost)), |out| {
                    put(out, "System is rebooting.");
                });
            }
            // The others are auditd's.
            _ => {}
        }
    }

    /// The lines of one event of auditd.
    fn audit(&self, head: &[u8], out: &mut Vec<u8>, [a, b]: &mut [String; 2]) {
        let (derived, host, user, event) = (self.derived, self.record.host, self.event.user, self.event);
        let names = &derived.names;
        let put = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
        let quoted = |out: &mut Vec<u8>, key: &str, text: &str| {
            put(out, key);
            // Text with quotes or control characters stands in hexadecimal, as auditd has it.
            if text.bytes().any(|byte| byte < 33 || byte == b'"' || byte > 126) {
                text.bytes().for_each(|byte| text::hex(out, byte.into(), 2, true));
            } else {
                put(out, "\"");
                put(out, text);
                put(out, "\"");
            }
        };
        let line = |out: &mut Vec<u8>, kind: &str| {
            put(out, "node=");
            names.append_host(host, out);
            put(out, " type=");
            put(out, kind);
            put(out, " ");
            out.extend_from_slice(head);
        };
        let syscall = |out: &mut Vec<u8>, number: &str, items: u32, key: &str, path: &str| {
            line(out, "SYSCALL");
            put(out, "arch=c000003e syscall=");
            put(out, number);
            put(out, " success=yes exit=0 a0=");
            text::hex(out, u128::from(self.draw >> 8), 12, false);
            put(out, " a1=");
            text::hex(out, u128::from(self.draw >> 20), 12, false);
            put(out, " a2=0 a3=8 items=");
            text::number(out, items.into());
            put(out, " ppid=");
            text::number(out, derived.parent(host, event).pid.into());
            put(out, " pid=");
            text::number(out, derived.pid(host, event.image).into());
            let audit_id = user.some().map_or(u64::from(u32::MAX), |_| uid(user));
            put(out, " auid=");
            text::number(out, audit_id);
            for name in ["uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"] {
                put(out, " ");
                put(out, name);
                put(out, "=");
                text::number(out, uid(user));
            }
            put(out, if user.some().is_some() { " tty=pts0 ses=" } else { " tty=(none) ses=" });
            text::number(
                out,
                if user.some().is_some() {
                    Derived::logon_id(host, user) & 0xffff
                } else {
                    u64::from(u32::MAX)
                },
            );
            let name: String = event.image.names().1.chars().take(15).collect();
            quoted(out, " comm=", &name);
            quoted(out, " exe=", path);
            quoted(out, " key=", key);
            put(out, "\n");
        };
        let path_item = |out: &mut Vec<u8>, path: &str, kind: &str| {
            line(out, "PATH");
            quoted(out, "item=0 name=", path);
            put(out, " inode=");
            text::number(out, 100_000 + self.draw % 900_000);
            put(out, " dev=08:01 mode=0100644 ouid=");
            text::number(out, uid(user));
            put(out, " ogid=");
            text::number(out, uid(user));
            put(out, " rdev=00:00 nametype=");
            put(out, kind);
            put(out, "\n");
        };
        let execve = |out: &mut Vec<u8>, arguments: &mut dyn Iterator<Item = &str>| {
            let arguments: Vec<&str> = arguments.collect();
            line(out, "EXECVE");
            put(out, "argc=");
            text::number(out, arguments.len() as u64);
            for (i, argument) in arguments.iter().enumerate() {
                put(out, " a");
                text::number(out, i as u64);
                quoted(out, "=", argument);
            }
            put(out, "\n");
        };
        derived.path(host, event.image, user, a);
        match event.code {
            EventCode::ProcessCreate => {
                derived.command(host, event.image, user, self.draw, b);
                syscall(out, "59", 2, "exec", a);
                execve(out, &mut b.split(' '));
                line(out, "CWD");
                derived.expand(if user.some().is_some() { "/home/{u}" } else { "/" }, user, 0, b);
                quoted(out, "cwd=", b);
                put(out, "\n");
                path_item(out, a, "NORMAL");
            }
            EventCode::ScriptBlock => {
                derived.script(host, user, self.draw, b);
                syscall(out, "59", 2, "exec", a);
                execve(out, &mut ["sh", "-c", b.as_str()].into_iter());
            }
            EventCode::ProcessEnd => syscall(out, "231", 0, "exit", a),
            EventCode::ImageLoad => {
                syscall(out, "257", 1, "modules", a);
                derived.expand("/usr/lib/x86_64-linux-gnu/lib{d}.so", user, self.draw, b);
                path_item(out, b, "NORMAL");
            }
            EventCode::RemoteThread => syscall(out, "311", 0, "inject", a),
            EventCode::ProcessAccess => syscall(out, "101", 0, "ptrace", a),
            EventCode::FileWrite | EventCode::FileDelete => {
                let write = event.code == EventCode::FileWrite;
                derived.file(host, event.image, user, self.draw, b);
                let (number, key, kind) =
                    if write { ("257", "write", "CREATE") } else { ("263", "delete", "DELETE") };
                syscall(out, number, 1, key, a);
                path_item(out, b, kind);
            }
            EventCode::ServiceInstall => {
                derived.expand("{d}-agent", user, self.draw, b);
                line(out, "SERVICE_START");
                put(out, "pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=");
                put(out, b);
                put(
                    out,
                    " comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=success'\n",
                );
            }
            EventCode::LogCleared => {
                syscall(out, "76", 1, "logs", "/usr/bin/truncate");
                path_item(out, "/var/log/auth.log", "NORMAL");
            }
            // ProtectionChange; programs themselves tell of the others.
            _ => {
                line(out, "CONFIG_CHANGE");
                put(out, "op=remove_rule auid=");
                text::number(out, user.some().map_or(u64::from(u32::MAX), |_| uid(user)));
                put(out, " ses=");
                text::number(out, Derived::logon_id(host, user) & 0xffff);
                put(out, " key=\"exec\" list=4 res=1\n");
            }
        }
    }
}

/// One line of syslog: a program, with its process where it has one, and what it says.
fn say(head: &[u8], out: &mut Vec<u8>, program: &str, pid: Option<u32>, fill: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(head);
    out.extend_from_slice(program.as_bytes());
    if let Some(pid) = pid {
        out.push(b'[');
        text::number(out, pid.into());
        out.push(b']');
    }
    out.extend_from_slice(b": ");
    fill(out);
    out.push(b'\n');
}
