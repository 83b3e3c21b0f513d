//! What each kind of log entry is called in ECS, on Windows and on Linux.

use mats_core::Os;
use mats_core::telemetry::EventCode;

/// The constant part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) category: &'static [&'static str],
    pub(super) types: &'static [&'static str],
    pub(super) action: &'static str,
    pub(super) outcome: &'static str,
    /// Windows: the event number. Linux: auditd's message type, empty where the program logs plain text.
    pub(super) code: &'static str,
    pub(super) provider: &'static str,
    /// Windows only.
    pub(super) channel: Option<&'static str>,
}

/// A login attempt, told as the entry that the system writes of it.
pub(super) fn of_login(success: bool, os: Os) -> Meaning {
    meaning(if success { EventCode::Logon } else { EventCode::LogonFailed }, os)
}

/// A log entry.
pub(super) fn meaning(code: EventCode, os: Os) -> Meaning {
    let (category, types, action, number, (linux_provider, linux_code)) = described(code);
    let outcome = if code == EventCode::LogonFailed { "failure" } else { "success" };
    let (code, provider, channel) = match os {
        Os::Windows => {
            let channel = code.windows().0;
            (number, windows_provider(code, channel), Some(channel))
        }
        Os::Linux => (linux_code, linux_provider, None),
    };
    Meaning { category, types, action, outcome, code, provider, channel }
}

/// The provider behind a channel. Clearing the log is reported by the log service itself.
fn windows_provider(code: EventCode, channel: &'static str) -> &'static str {
    if code == EventCode::LogCleared {
        return "Microsoft-Windows-Eventlog";
    }
    match channel.split_once('/') {
        Some((provider, _)) => provider,
        None if channel == "System" => "User32",
        None => "Microsoft-Windows-Security-Auditing",
    }
}

/// Category, types, action, number on Windows, and (program, message type) on Linux.
type Description = (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
    &'static str,
    (&'static str, &'static str),
);

fn described(code: EventCode) -> Description {
    match code {
        EventCode::ProcessCreate => (&["process"], &["start"], "process-created", "1", ("auditd", "EXECVE")),
        EventCode::ProcessEnd => (&["process"], &["end"], "process-ended", "5", ("auditd", "SYSCALL")),
        EventCode::ImageLoad => (&["process"], &["change"], "image-loaded", "7", ("auditd", "MMAP")),
        EventCode::RemoteThread => {
            (&["process"], &["change"], "remote-thread-created", "8", ("auditd", "SYSCALL"))
        }
        EventCode::ProcessAccess => {
            (&["process"], &["access"], "process-accessed", "10", ("auditd", "SYSCALL"))
        }
        EventCode::FileWrite => (&["file"], &["creation"], "file-created", "11", ("auditd", "PATH")),
        EventCode::AutorunSet => (&["registry"], &["change"], "autorun-set", "13", ("cron", "")),
        EventCode::FileDelete => (&["file"], &["deletion"], "file-deleted", "23", ("auditd", "PATH")),
        EventCode::Logon => (&["authentication"], &["start"], "logged-in", "4624", ("sshd", "USER_LOGIN")),
        EventCode::LogonFailed => {
            (&["authentication"], &["start"], "logon-failed", "4625", ("sshd", "USER_AUTH"))
        }
        EventCode::Logoff => (&["authentication"], &["end"], "logged-out", "4634", ("sshd", "USER_END")),
        EventCode::ExplicitCredentials => {
            (&["authentication"], &["start"], "logged-in-explicit", "4648", ("su", "USER_AUTH"))
        }
        EventCode::PrivilegeUse => {
            (&["iam"], &["admin"], "privileges-assigned", "4672", ("sudo", "USER_CMD"))
        }
        EventCode::ServiceInstall => {
            (&["configuration"], &["creation"], "service-installed", "4697", ("systemd", "SERVICE_START"))
        }
        EventCode::TaskCreate => {
            (&["configuration"], &["creation"], "scheduled-task-created", "4698", ("cron", ""))
        }
        EventCode::AccountCreate => {
            (&["iam"], &["user", "creation"], "added-user-account", "4720", ("useradd", "ADD_USER"))
        }
        EventCode::GroupAdd => {
            (&["iam"], &["group", "change"], "added-member-to-group", "4732", ("usermod", "GRP_MGMT"))
        }
        EventCode::TicketRequest => {
            (&["authentication"], &["start"], "kerberos-service-ticket-requested", "4769", ("krb5kdc", ""))
        }
        EventCode::ShareAccess => {
            (&["network", "file"], &["access"], "network-share-accessed", "5145", ("smbd", ""))
        }
        EventCode::LogCleared => {
            (&["iam"], &["admin"], "audit-log-cleared", "1102", ("auditd", "CONFIG_CHANGE"))
        }
        EventCode::ProtectionChange => {
            (&["configuration"], &["change"], "protection-changed", "5001", ("auditd", "CONFIG_CHANGE"))
        }
        EventCode::AccountLocked => (
            &["iam"],
            &["user", "change"],
            "locked-out-user-account",
            "4740",
            ("pam_faillock", "ANOM_LOGIN_FAILURES"),
        ),
        EventCode::DeviceAttached => (&["host"], &["change"], "device-attached", "6416", ("kernel", "")),
        EventCode::DirectoryAccess => {
            (&["iam"], &["access"], "directory-service-object-accessed", "4662", ("slapd", ""))
        }
        EventCode::PolicyChange => {
            (&["configuration"], &["change"], "policy-changed", "4739", ("auditd", "CONFIG_CHANGE"))
        }
        EventCode::Restart => (&["host"], &["end"], "restarted", "1074", ("systemd", "SYSTEM_SHUTDOWN")),
        EventCode::ScriptBlock => {
            (&["process"], &["info"], "script-block-executed", "4104", ("auditd", "EXECVE"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_core_types() {
        for code in EventCode::ALL {
            assert_eq!(meaning(code, Os::Windows).code, code.windows().1.to_string());
            assert_eq!(meaning(code, Os::Windows).channel, Some(code.windows().0));
        }
    }
}
