//! Changes of configuration, spelt out.

use crate::clock::Epoch;
use crate::error::DataError;
use crate::names::{Names, Uid};
use crate::text;
use crate::writer::RecordWriter;
use mats_core::telemetry::{ConfigChange, ConfigItem};
use mats_core::{Body, Os, Record};
use std::io::Write;

/// The columns of `changes.csv`.
pub const COLUMNS: &str = "uid,time,host,item,user,what";

/// Returns the name of a change.
pub(crate) fn action(item: ConfigItem) -> &'static str {
    match item {
        ConfigItem::Software => "software-changed",
        ConfigItem::Patch => "patch-applied",
        ConfigItem::Firewall => "firewall-rule-changed",
        ConfigItem::Protection => "protection-changed",
        ConfigItem::Accounts => "accounts-changed",
        ConfigItem::Autorun => "autorun-changed",
        ConfigItem::Backup => "backup-changed",
        ConfigItem::Vulnerability => "vulnerability-found",
        ConfigItem::MailRule => "mail-rule-changed",
        ConfigItem::Policy => "policy-changed",
    }
}

/// Appends to a line what was changed, from the number in the record.
pub(crate) fn what(out: &mut Vec<u8>, os: Os, change: &ConfigChange) {
    let pick = |list: &[&'static str]| list[change.value as usize % list.len()];
    let windows = os == Os::Windows;
    let text = match change.item {
        ConfigItem::Software if windows => pick(&[
            "Notepad++",
            "PuTTY",
            "Zoom",
            "AnyDesk",
            "Wireshark",
            "Python",
            "WinSCP",
            "Git",
            "Agent",
            "VLC",
        ]),
        ConfigItem::Software => {
            pick(&["curl", "tmux", "nmap", "python3-venv", "rsync", "socat", "jq", "gdb"])
        }
        ConfigItem::Patch if windows => "KB50",
        ConfigItem::Patch => {
            pick(&["linux-image-amd64", "openssl", "openssh-server", "libc6", "sudo", "nginx"])
        }
        ConfigItem::Firewall => pick(&["allow-in-", "allow-out-", "deny-in-", "deny-out-"]),
        ConfigItem::Protection => pick(&[
            "exclusion-path",
            "real-time-monitoring",
            "cloud-lookup",
            "scan-schedule",
            "tamper-protection",
        ]),
        ConfigItem::Accounts => {
            pick(&["user-created", "group-membership", "password-reset", "right-assigned"])
        }
        ConfigItem::Autorun => pick(&["run-key", "scheduled-task", "logon-script", "service-start"]),
        ConfigItem::Backup => pick(&["job-schedule", "snapshot-removed", "retention", "target"]),
        ConfigItem::Vulnerability => "finding",
        ConfigItem::MailRule => pick(&["forward", "move-to-folder", "delete", "mark-read"]),
        ConfigItem::Policy => {
            pick(&["password-policy", "lockout-policy", "audit-policy", "user-rights", "kerberos-policy"])
        }
    };
    out.extend_from_slice(text.as_bytes());
    match change.item {
        ConfigItem::Patch if windows => text::padded(out, 20_000 + u64::from(change.value), 5),
        ConfigItem::Firewall => text::number(out, change.value.into()),
        ConfigItem::Software | ConfigItem::Patch => {
            out.push(b' ');
            text::number(out, u64::from(change.value % 20 + 1));
            out.push(b'.');
            text::number(out, u64::from(change.value / 20 % 25));
        }
        _ => {
            out.push(b'-');
            text::number(out, change.value.into());
        }
    }
}

/// Writes `changes.csv`: when, on which machine, what was changed and by whom.
pub struct ChangeWriter<'a, W: Write> {
    out: W,
    file: String,
    names: Names<'a>,
    epoch: Epoch,
    line: Vec<u8>,
}

impl<'a, W: Write> ChangeWriter<'a, W> {
    /// A writer; `file` is only for messages.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(mut out: W, file: &str, names: Names<'a>) -> Result<ChangeWriter<'a, W>, DataError> {
        writeln!(out, "{COLUMNS}").map_err(|source| DataError::io(file, source))?;
        let epoch = names.epoch();
        Ok(ChangeWriter { out, file: file.to_owned(), names, epoch, line: Vec::new() })
    }
}

impl<W: Write + Send> RecordWriter for ChangeWriter<'_, W> {
    fn write(&mut self, number: u64, record: &Record) -> Result<(), DataError> {
        let Body::Config(change) = &record.body else { return Ok(()) };
        let line = &mut self.line;
        line.clear();
        line.extend_from_slice(&Uid(number).bytes());
        line.push(b',');
        line.extend_from_slice(self.epoch.stamp(record.time).whole().as_bytes());
        line.push(b',');
        text::plain(line, &self.names.host(record.host));
        line.push(b',');
        line.extend_from_slice(action(change.item).as_bytes());
        line.push(b',');
        text::plain(line, self.names.user(change.user).as_deref().unwrap_or("system"));
        line.push(b',');
        what(line, self.names.os(record.host), change);
        line.push(b'\n');
        self.out.write_all(line).map_err(|source| DataError::io(&self.file, source))
    }

    fn finish(&mut self) -> Result<(), DataError> {
        self.out.flush().map_err(|source| DataError::io(&self.file, source))
    }
}
