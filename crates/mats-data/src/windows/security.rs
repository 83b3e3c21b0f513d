//! The Security log, and the few entries that stand in System, PowerShell and Defender.

use super::{EventContext, Fqdn, MachineAccount};
use crate::derived::{DOMAIN_SID, Derived, Guid, MachineSid, Principal, Sid};
use crate::names::ORGANISATION;
use crate::text::Object;
use mats_core::telemetry::{EventCode, LoginKind};
use mats_core::{Addr, HostId, UserId};

/// Names that new services, tasks and accounts get.
const NEW: [&str; 8] = [
    "AgentUpdate",
    "BackupHelper",
    "svc-print",
    "TelemetrySync",
    "PatchRunner",
    "svc-report",
    "DriverSetup",
    "temp-{n}",
];

/// Windows' number of a way to log in.
pub(crate) fn logon_type(kind: LoginKind) -> &'static str {
    match kind {
        LoginKind::Interactive => "2",
        LoginKind::Network => "3",
        LoginKind::Batch => "4",
        LoginKind::Service => "5",
        LoginKind::Remote => "10",
    }
}

pub(super) fn fill(
    of: &EventContext<'_, '_>,
    o: &mut Object<'_>,
    (a, b, c): (&mut String, &mut String, &mut String),
) {
    let (derived, host, user, draw) = (of.derived, of.host, of.user, of.draw);
    let names = &derived.names;
    let new = |a: &mut String| derived.expand(NEW[draw as usize % NEW.len()], user, draw, a);
    match of.event.code {
        EventCode::Logon => logon(of, o, a),
        EventCode::LogonFailed => failed(of, o, a),
        EventCode::Logoff => {
            let (_, kind) = derived.logon(of.record, of.event, true);
            target(of, o, user);
            o.show("TargetLogonId", format_args!("{:#x}", Derived::logon_id(host, user)));
            o.text("LogonType", logon_type(kind));
        }
        EventCode::ExplicitCredentials => {
            of.subject(o);
            o.show("LogonGuid", Guid(0));
            o.text("TargetUserName", if draw & 1 == 0 { "administrator" } else { "svc-deploy" });
            o.text("TargetDomainName", ORGANISATION.1)
                .show("TargetLogonGuid", Derived::logon_guid(host, UserId(0)));
            o.show("TargetServerName", Fqdn(names, any_host(of)))
                .show("TargetInfo", Fqdn(names, any_host(of)));
            process(of, o, a, true);
            of.remote(o, None);
        }
        EventCode::PrivilegeUse => {
            of.subject(o);
            o.text("PrivilegeList", "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeTakeOwnershipPrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeImpersonatePrivilege");
        }
        EventCode::ServiceInstall => {
            of.subject(o);
            new(a);
            derived.path(host, of.event.image, user, b);
            o.text("ServiceName", a).text("ServiceFileName", b).text("ServiceType", "0x10");
            o.text("ServiceStartType", if draw & 8 == 0 { "2" } else { "3" })
                .text("ServiceAccount", "LocalSystem");
            o.show("ClientProcessStartKey", draw >> 12)
                .show("ClientProcessId", derived.pid(host, of.event.image));
            o.text("ParentProcessId", "728");
        }
        EventCode::TaskCreate => {
            of.subject(o);
            new(a);
            derived.command(host, of.event.image, user, draw, b);
            derived.path(host, of.event.image, user, c);
            o.show("TaskName", format_args!("\\{a}"));
            let arguments = b.split_once(".exe").map_or("", |(_, rest)| rest.trim_start_matches('"').trim());
            o.show(
                "TaskContent",
                format_args!(
                    "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>\r\n  <Actions Context=\"Author\"><Exec><Command>{c}</Command><Arguments>{arguments}</Arguments></Exec></Actions>\r\n</Task>"
                ),
            );
            o.show("ClientProcessId", derived.pid(host, of.event.image))
                .text("ParentProcessId", "728")
                .text("RpcCallClientLocality", "0");
            o.show("FQDN", Fqdn(names, host));
        }
        EventCode::AccountCreate => {
            derived.expand(if draw & 1 == 0 { "svc-{n}" } else { "temp-{n}" }, user, draw, a);
            o.text("TargetUserName", a).show("TargetDomainName", HostUpper(of));
            o.show("TargetSid", format_args!("{DOMAIN_SID}-{}", 5000 + draw % 900));
            of.subject(o);
            o.text("PrivilegeList", "-").text("SamAccountName", a).text("DisplayName", "%%1793");
            o.text("UserPrincipalName", "-").text("HomeDirectory", "%%1793").text("HomePath", "%%1793");
            o.text("ScriptPath", "%%1793").text("ProfilePath", "%%1793").text("UserWorkstations", "%%1793");
            o.text("PasswordLastSet", "%%1794")
                .text("AccountExpires", "%%1794")
                .text("PrimaryGroupId", "513");
            o.text("AllowedToDelegateTo", "-").text("OldUacValue", "0x0").text("NewUacValue", "0x15");
            o.text("UserAccountControl", "\r\n\t\t%%2080\r\n\t\t%%2082\r\n\t\t%%2084")
                .text("UserParameters", "%%1793");
            o.text("SidHistory", "-").text("LogonHours", "%%1797");
        }
        EventCode::GroupAdd => {
            const GROUPS: [(&str, &str); 3] = [
                ("Administrators", "S-1-5-32-544"),
                ("Remote Desktop Users", "S-1-5-32-555"),
                ("Backup Operators", "S-1-5-32-551"),
            ];
            let (group, sid) = GROUPS[(draw % 3) as usize];
            o.text("MemberName", "-")
                .show("MemberSid", format_args!("{DOMAIN_SID}-{}", 1104 + draw / 3 % 60));
            o.text("TargetUserName", group).text("TargetDomainName", "Builtin").text("TargetSid", sid);
            of.subject(o);
            o.text("PrivilegeList", "-");
        }
        EventCode::TicketRequest => {
            let realm = format_args!("{}", ORGANISATION.0.to_uppercase()).to_string();
            match names.user(user) {
                Some(name) => o.show("TargetUserName", format_args!("{name}@{realm}")),
                None => o.show("TargetUserName", format_args!("{}@{realm}", MachineAccount(names, host))),
            };
            o.text("TargetDomainName", &realm);
            let service = any_host(of);
            o.show("ServiceName", MachineAccount(names, service));
            o.show("ServiceSid", MachineSid(service));
            o.text("TicketOptions", "0x40810000");
            o.text("TicketEncryptionType", if (draw >> 40).is_multiple_of(40) { "0x17" } else { "0x12" });
            match names.home(user) {
                Some(address) => {
                    o.show("IpAddress", format_args!("::ffff:{address}"));
                    o.show("IpPort", names.ephemeral_port(address, of.number));
                }
                None => {
                    o.text("IpAddress", "::1").text("IpPort", "0");
                }
            }
            o.text("Status", "0x0")
                .show("LogonGuid", Derived::logon_guid(host, user))
                .text("TransmittedServices", "-");
        }
        EventCode::ShareAccess => {
            const SHARES: [(&str, &str); 4] = [
                ("shared", r"D:\shared"),
                ("projects", r"D:\projects"),
                ("profiles", r"D:\profiles"),
                ("scans", r"D:\scans"),
            ];
            let (share, local) = SHARES[(draw % 4) as usize];
            derived.expand(if draw & 16 == 0 { r"{u}\{d}.docx" } else { "{d}.xlsx" }, user, draw >> 8, a);
            of.subject(o);
            o.text("ObjectType", "File");
            of.remote(o, names.home(user));
            o.show("ShareName", format_args!(r"\\*\{share}"))
                .show("ShareLocalPath", format_args!(r"\??\{local}"));
            o.text("RelativeTargetName", a);
            let write = draw & 32 == 0;
            o.text("AccessMask", if write { "0x12019f" } else { "0x120089" });
            o.text(
                "AccessList",
                if write {
                    "%%1538\r\n\t\t\t\t%%1541\r\n\t\t\t\t%%4416\r\n\t\t\t\t%%4417\r\n\t\t\t\t"
                } else {
                    "%%1538\r\n\t\t\t\t%%1541\r\n\t\t\t\t%%4416\r\n\t\t\t\t%%4423\r\n\t\t\t\t"
                },
            );
            o.text("AccessReason", "%%1541:\t%%1801\tD:(A;;FA;;;BU)\r\n\t\t\t\t");
        }
        EventCode::LogCleared => of.subject(o),
        EventCode::AccountLocked => {
            target_name(of, o, user);
            // Windows puts the name of the calling machine here.
            let caller = names.home(user).and_then(Addr::host).unwrap_or(host);
            o.show("TargetDomainName", MachineName(of, caller)).show("TargetSid", Sid(user));
            o.text("SubjectUserSid", "S-1-5-18").show("SubjectUserName", MachineAccount(names, host));
            o.text("SubjectDomainName", ORGANISATION.1).text("SubjectLogonId", "0x3e7");
        }
        EventCode::DeviceAttached => {
            const DEVICES: [(&str, &str); 4] = [
                ("VID_0781&PID_5567", "SanDisk Cruzer Blade USB Device"),
                ("VID_0951&PID_1666", "Kingston DataTraveler 3.0 USB Device"),
                ("VID_04E8&PID_61F5", "Samsung Portable SSD T5"),
                ("VID_046D&PID_C52B", "Logitech USB Receiver"),
            ];
            let (id, name) = DEVICES[(draw % 4) as usize];
            of.subject(o);
            o.show("DeviceId", format_args!(r"USB\{id}\{:012X}", draw >> 16)).text("DeviceDescription", name);
            o.text("ClassId", "{4d36e967-e325-11ce-bfc1-08002be10318}").text("ClassName", "DiskDrive");
            o.show("VendorIds", format_args!("USB\\{id}&REV_0100\r\n\t\t\tUSB\\{id}\r\n\t\t\t"));
            o.text("CompatibleIds", "USB\\Class_08&SubClass_06&Prot_50\r\n\t\t\tUSB\\Class_08\r\n\t\t\t");
            o.text("LocationInformation", "Port_#0002.Hub_#0001");
        }
        EventCode::DirectoryAccess => {
            of.subject(o);
            o.text("ObjectServer", "DS").text("ObjectType", "%{19195a5b-6da0-11d0-afd3-00c04fd930c9}");
            o.text("ObjectName", "%{c6fa8b54-3a6c-4d4e-9a6e-1b5b9a2f7d10}")
                .text("OperationType", "Object Access")
                .text("HandleId", "0x0");
            o.text("AccessList", "%%7688\r\n\t\t\t\t").text("AccessMask", "0x100");
            o.text("Properties", "%%7688\r\n\t\t{1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}\r\n\t{19195a5b-6da0-11d0-afd3-00c04fd930c9}\r\n");
            o.text("AdditionalInfo", "-").text("AdditionalInfo2", "");
        }
        EventCode::PolicyChange => {
            o.text("DomainPolicyChanged", if draw & 1 == 0 { "Password Policy" } else { "Lockout Policy" });
            o.text("DomainName", ORGANISATION.1).text("DomainSid", DOMAIN_SID);
            of.subject(o);
            o.text("PrivilegeList", "-")
                .text("MinPasswordAge", "-")
                .text("MaxPasswordAge", "-")
                .text("ForceLogoff", "-");
            o.text("LockoutThreshold", "-")
                .text("LockoutObservationWindow", "-")
                .text("LockoutDuration", "-");
            o.text("PasswordProperties", "-")
                .text("MinPasswordLength", "-")
                .text("PasswordHistoryLength", "-");
            o.text("MachineAccountQuota", "-")
                .text("MixedDomainMode", "1")
                .text("DomainBehaviorVersion", "7")
                .text("OemInformation", "-");
        }
        EventCode::Restart => {
            derived.path(host, of.event.image, user, a);
            o.show("param1", format_args!("{a} ({})", HostUpper(of))).show("param2", HostUpper(of));
            o.text(
                "param3",
                if draw & 1 == 0 { "Operating System: Upgrade (Planned)" } else { "Other (Unplanned)" },
            );
            o.text("param4", if draw & 1 == 0 { "0x80020003" } else { "0x5000000" })
                .text("param5", "restart")
                .text("param6", "");
            o.show("param7", super::Account(names, user)).show("UserID", Sid(user));
        }
        EventCode::ProtectionChange => {
            o.text("Product Name", "Microsoft Defender Antivirus").text("Product Version", "4.18.23110.3");
            o.text("Domain", ORGANISATION.1);
            match names.user(user) {
                Some(name) => o.text("User", &name),
                None => o.text("User", "SYSTEM"),
            };
            o.show("SID", Sid(user)).text("ProviderName", "Microsoft-Windows-Windows Defender");
        }
        EventCode::ScriptBlock => {
            derived.script(host, user, draw, a);
            o.text("MessageNumber", "1").text("MessageTotal", "1").text("ScriptBlockText", a);
            o.show("ScriptBlockId", Bare(super::guid(0x6d61_7421, of.number)));
            derived.expand(if draw.is_multiple_of(4) { r"C:\Scripts\{d}.ps1" } else { "" }, user, draw, b);
            o.text("Path", b)
                .show("UserID", Sid(user))
                .show("ActivityID", super::guid(0x6d61_7422, of.number));
        }
        // The others stand in Sysmon's log.
        _ => {}
    }
}

fn logon(of: &EventContext<'_, '_>, o: &mut Object<'_>, a: &mut String) {
    let (address, kind) = of.derived.logon(of.record, of.event, true);
    let local =
        matches!(kind, LoginKind::Interactive | LoginKind::Service | LoginKind::Batch | LoginKind::Remote);
    if local {
        // The system itself logs people on at the keyboard and over remote desktop.
        o.text("SubjectUserSid", "S-1-5-18")
            .show("SubjectUserName", MachineAccount(&of.derived.names, of.host));
        o.text("SubjectDomainName", ORGANISATION.1).text("SubjectLogonId", "0x3e7");
    } else {
        o.text("SubjectUserSid", "S-1-0-0").text("SubjectUserName", "-");
        o.text("SubjectDomainName", "-").text("SubjectLogonId", "0x0");
    }
    target(of, o, of.user);
    o.show("TargetLogonId", format_args!("{:#x}", Derived::logon_id(of.host, of.user)));
    o.text("LogonType", logon_type(kind));
    package(of, o, kind, address);
    o.show("LogonGuid", Derived::logon_guid(of.host, of.user));
    o.text("TransmittedServices", "-").text("KeyLength", "0");
    process(of, o, a, local);
    of.remote(o, address);
    o.text("ImpersonationLevel", "%%1833")
        .text("RestrictedAdminMode", "-")
        .text("TargetOutboundUserName", "-");
    o.text("TargetOutboundDomainName", "-")
        .text("VirtualAccount", "%%1843")
        .text("TargetLinkedLogonId", "0x0");
    o.text("ElevatedToken", if of.user == UserId::NONE { "%%1842" } else { "%%1843" });
}

fn failed(of: &EventContext<'_, '_>, o: &mut Object<'_>, a: &mut String) {
    let (address, kind) = of.derived.logon(of.record, of.event, false);
    o.text("SubjectUserSid", "S-1-0-0").text("SubjectUserName", "-");
    o.text("SubjectDomainName", "-").text("SubjectLogonId", "0x0").text("TargetUserSid", "S-1-0-0");
    target_name(of, o, of.user);
    o.text("TargetDomainName", ORGANISATION.1);
    // Wrong password, or no such account.
    let known = of.user != UserId::NONE;
    o.text("Status", "0xc000006d").text("SubStatus", if known { "0xc000006a" } else { "0xc0000064" });
    o.text("FailureReason", "%%2313").text("LogonType", logon_type(kind));
    package(of, o, kind, address);
    o.text("TransmittedServices", "-").text("KeyLength", "0");
    process(of, o, a, kind == LoginKind::Interactive);
    of.remote(o, address);
}

/// Writes which package checked the password, and for which machine.
fn package(of: &EventContext<'_, '_>, o: &mut Object<'_>, kind: LoginKind, address: Option<Addr>) {
    let outside = address.is_some_and(|address| !address.is_internal());
    let (process, package, lm) = match kind {
        LoginKind::Interactive | LoginKind::Remote => ("User32 ", "Negotiate", "-"),
        LoginKind::Service | LoginKind::Batch => ("Advapi  ", "Negotiate", "-"),
        LoginKind::Network if outside || of.draw.is_multiple_of(10) => ("NtLmSsp ", "NTLM", "NTLM V2"),
        LoginKind::Network => ("Kerberos", "Kerberos", "-"),
    };
    o.text("LogonProcessName", process).text("AuthenticationPackageName", package).text("LmPackageName", lm);
    match address.and_then(Addr::host) {
        Some(source) => o.show("WorkstationName", MachineName(of, source)),
        None => o.text("WorkstationName", "-"),
    };
}

fn process(of: &EventContext<'_, '_>, o: &mut Object<'_>, a: &mut String, known: bool) {
    if known {
        a.clear();
        a.push_str(r"C:\Windows\System32\svchost.exe");
        let pid = of.derived.pid(of.host, mats_core::telemetry::Image::ServiceHost);
        o.show("ProcessId", format_args!("{pid:#x}")).text("ProcessName", a);
    } else {
        o.text("ProcessId", "0x0").text("ProcessName", "-");
    }
}

fn target_name(of: &EventContext<'_, '_>, o: &mut Object<'_>, user: UserId) {
    o.text("TargetUserName", of.derived.account(user, of.principal).as_deref().unwrap_or("SYSTEM"));
}

fn target(of: &EventContext<'_, '_>, o: &mut Object<'_>, user: UserId) {
    match of.principal {
        Some(Principal::Machine(host)) => o.show("TargetUserSid", MachineSid(host)),
        _ => o.show("TargetUserSid", Sid(user)),
    };
    target_name(of, o, user);
    let system = user == UserId::NONE && of.principal.is_none();
    o.text("TargetDomainName", if system { "NT AUTHORITY" } else { ORGANISATION.1 });
}

/// Some machine of the inventory.
fn any_host(of: &EventContext<'_, '_>) -> HostId {
    let hosts = of.derived.names.inventory().hosts.len().max(1) as u64;
    HostId((of.draw / 5 % hosts) as u32)
}

/// A machine's short name in capitals.
struct MachineName<'w, 's, 'a>(&'s EventContext<'w, 'a>, HostId);

impl std::fmt::Display for MachineName<'_, '_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.derived.names.host(self.1).to_uppercase())
    }
}

/// The machine's own.
struct HostUpper<'w, 's, 'a>(&'s EventContext<'w, 'a>);

impl std::fmt::Display for HostUpper<'_, '_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        MachineName(self.0, self.0.host).fmt(f)
    }
}

/// A GUID without braces.
struct Bare(Guid);

impl std::fmt::Display for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.trim_matches(['{', '}']))
    }
}
