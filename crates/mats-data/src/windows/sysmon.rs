//! Sysmon: processes, modules, memory, files, autoruns.

use super::{Account, EventContext};
use crate::derived::Derived;
use crate::text::Object;
use mats_core::telemetry::{EventCode, Image};

/// Modules that programs load.
const MODULES: [&str; 10] = [
    "ntdll.dll",
    "kernel32.dll",
    "amsi.dll",
    "wininet.dll",
    "crypt32.dll",
    "wmiutils.dll",
    "samlib.dll",
    "dbghelp.dll",
    "clr.dll",
    "vaultcli.dll",
];

pub(super) fn fill(
    of: &EventContext<'_, '_>,
    o: &mut Object<'_>,
    (a, b, c): (&mut String, &mut String, &mut String),
) {
    let (derived, host, user, event) = (of.derived, of.host, of.user, of.event);
    let pid = derived.pid(host, event.image);
    let guid = Derived::guid(host, pid);
    derived.path(host, event.image, user, a);
    o.text("RuleName", "-").text("UtcTime", of.utc);
    let own = |o: &mut Object<'_>, image: &str| {
        o.show("ProcessGuid", guid).show("ProcessId", pid).text("Image", image);
    };
    match event.code {
        EventCode::ProcessCreate => {
            let parent = derived.parent(host, event);
            own(o, a);
            derived.command(host, event.image, user, of.draw, b);
            o.text("CommandLine", b);
            derived.parent_path(host, parent, b);
            derived.parent_command(host, parent, c);
            o.show("ParentProcessGuid", Derived::guid(host, parent.pid)).show("ParentProcessId", parent.pid);
            o.text("ParentImage", b).text("ParentCommandLine", c);
            o.show("ParentUser", Account(&derived.names, parent.user));
            o.show("User", Account(&derived.names, user));
            o.show("LogonGuid", Derived::logon_guid(host, user));
            o.show("LogonId", format_args!("{:#x}", Derived::logon_id(host, user)));
            o.text("TerminalSessionId", if user.some().is_some() { "1" } else { "0" });
            o.text("IntegrityLevel", if user.some().is_none() { "System" } else { "Medium" });
            derived.expand(
                if user.some().is_some() { r"C:\Users\{u}\" } else { r"C:\Windows\System32\" },
                user,
                0,
                b,
            );
            o.text("CurrentDirectory", b);
            about(event.image, o);
        }
        EventCode::ProcessEnd => {
            own(o, a);
            o.show("User", Account(&derived.names, user));
        }
        EventCode::ImageLoad => {
            own(o, a);
            let module = MODULES[of.draw as usize % MODULES.len()];
            b.clear();
            b.push_str(r"C:\Windows\System32\");
            b.push_str(module);
            o.text("ImageLoaded", b);
            o.text("FileVersion", "10.0.19041.1 (WinBuild.160101.0800)").text("Description", module);
            o.text("Product", "Microsoft® Windows® Operating System")
                .text("Company", "Microsoft Corporation");
            o.text("OriginalFileName", module)
                .show("Hashes", Derived::digests(1000 + of.draw % MODULES.len() as u64));
            o.text("Signed", "true").text("Signature", "Microsoft Windows").text("SignatureStatus", "Valid");
            o.show("User", Account(&derived.names, user));
        }
        EventCode::RemoteThread | EventCode::ProcessAccess => {
            // Whom a program looks into is drawn; the record names only the program.
            const TARGETS: [&str; 6] = [
                r"C:\Windows\System32\svchost.exe",
                r"C:\Windows\System32\lsass.exe",
                r"C:\Windows\explorer.exe",
                r"C:\Windows\System32\RuntimeBroker.exe",
                r"C:\Windows\System32\services.exe",
                r"C:\Windows\System32\taskhostw.exe",
            ];
            let target = (of.draw % 6) as usize;
            let target_pid = 600 + 4 * ((of.draw >> 8) % 2000) as u32;
            let access = event.code == EventCode::ProcessAccess;
            let (source_key, target_key) = if access {
                ("SourceProcessGUID", "TargetProcessGUID")
            } else {
                ("SourceProcessGuid", "TargetProcessGuid")
            };
            o.show(source_key, guid)
                .show("SourceProcessId", pid)
                .text("SourceImage", a)
                .show("ProcessId", pid);
            o.show(target_key, Derived::guid(host, target_pid)).show("TargetProcessId", target_pid);
            o.text("TargetImage", TARGETS[target]);
            o.show("SourceUser", Account(&derived.names, user)).text("TargetUser", r"NT AUTHORITY\SYSTEM");
            if access {
                const RIGHTS: [&str; 6] = ["0x1000", "0x1400", "0x1410", "0x1010", "0x1478", "0x1fffff"];
                o.show("SourceThreadId", 4 * (of.draw >> 20 & 0xfff) + 100);
                o.text("GrantedAccess", RIGHTS[(of.draw >> 32) as usize % RIGHTS.len()]);
                o.text(
                    "CallTrace",
                    r"C:\Windows\SYSTEM32\ntdll.dll+9d4c4|C:\Windows\System32\KERNELBASE.dll+2c13e|UNKNOWN",
                );
            } else {
                o.show("NewThreadId", 4 * (of.draw >> 20 & 0xfff) + 100);
                o.show(
                    "StartAddress",
                    format_args!("{:#018X}", 0x7ff8_0000_0000_u64 + (of.draw >> 24 & 0xffff_fff0)),
                );
                o.text("StartModule", r"C:\Windows\System32\KERNEL32.DLL")
                    .text("StartFunction", "LoadLibraryW");
            }
        }
        EventCode::FileWrite | EventCode::FileDelete => {
            own(o, a);
            derived.file(host, event.image, user, of.draw, b);
            o.text("TargetFilename", b).show("User", Account(&derived.names, user));
            if event.code == EventCode::FileWrite {
                o.text("CreationUtcTime", of.utc);
            } else {
                o.show("Hashes", Derived::digests(of.draw))
                    .text("IsExecutable", "false")
                    .text("Archived", "false");
            }
        }
        // AutorunSet; other codes do not come here.
        _ => {
            const KEYS: [(&str, &str); 4] = [
                (
                    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\Agent",
                    r"C:\Program Files\Agent\agent.exe --tray",
                ),
                (
                    r"HKU\.DEFAULT\Software\Microsoft\Windows\CurrentVersion\Run\Updater",
                    r"C:\Users\{u}\AppData\Local\Updater\{n}.exe",
                ),
                (
                    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\RunOnce\{n}",
                    r"C:\Windows\System32\cmd.exe /c C:\ProgramData\{n}.cmd",
                ),
                (r"HKLM\System\CurrentControlSet\Services\{n}\ImagePath", r"C:\ProgramData\{n}.exe"),
            ];
            own(o, a);
            let (key, value) = KEYS[of.draw as usize % KEYS.len()];
            derived.expand(key, user, of.draw, b);
            derived.expand(value, user, of.draw, c);
            o.text("EventType", "SetValue").text("EventTypeOrignal", "INFO");
            o.text("TargetObject", b).text("Details", c).show("User", Account(&derived.names, user));
        }
    }
}

/// Version and digests of a program.
fn about(image: Image, o: &mut Object<'_>) {
    let name = image.names().0;
    let foreign = matches!(
        image,
        Image::PdfReader
            | Image::NetworkTool
            | Image::Archiver
            | Image::AgentSoftware
            | Image::Interpreter
            | Image::RareTool
            | Image::RemoteTool
    );
    if foreign {
        o.text("FileVersion", "-").text("Description", name).text("Product", "-").text("Company", "-");
    } else {
        o.text("FileVersion", "10.0.19041.1 (WinBuild.160101.0800)").text("Description", name);
        o.text("Product", "Microsoft® Windows® Operating System").text("Company", "Microsoft Corporation");
    }
    o.text("OriginalFileName", name).show("Hashes", Derived::digests(image as u64));
}
