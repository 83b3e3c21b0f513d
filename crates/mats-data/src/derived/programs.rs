//! Where programs stand and what people do with them, on Windows and on Linux. Attackers and users run the same
//! programs, so the lists know no attackers: a line is drawn by the record's number alone.

use mats_core::Os;
use mats_core::telemetry::Image;

/// Names of documents.
pub(super) const DOCUMENTS: [&str; 12] = [
    "report",
    "budget",
    "minutes",
    "invoice",
    "offer",
    "plan",
    "contract",
    "summary",
    "inventory",
    "schedule",
    "review",
    "notes",
];

/// The full path of a program.
pub(super) fn path(image: Image, os: Os) -> &'static str {
    let (windows, linux) = match image {
        Image::None => ("-", "-"),
        Image::System => ("System", "/usr/lib/systemd/systemd"),
        Image::ServiceHost => (r"C:\Windows\System32\svchost.exe", "/usr/bin/dbus-daemon"),
        Image::Shell => (r"C:\Windows\explorer.exe", "/usr/bin/bash"),
        Image::Browser => {
            (r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe", "/usr/lib/firefox/firefox")
        }
        Image::MailClient => {
            (r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE", "/usr/bin/thunderbird")
        }
        Image::OfficeWriter => {
            (r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", "/usr/bin/soffice")
        }
        Image::OfficeSheet => {
            (r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE", "/usr/bin/localc")
        }
        Image::PdfReader => {
            (r"C:\Program Files (x86)\Adobe\Acrobat Reader DC\Reader\AcroRd32.exe", "/usr/bin/evince")
        }
        Image::ScriptHost => (r"C:\Windows\System32\wscript.exe", "/usr/bin/sh"),
        Image::PowerShell => (r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", "/usr/bin/pwsh"),
        Image::CommandLine => (r"C:\Windows\System32\cmd.exe", "/usr/bin/dash"),
        Image::RemoteService => (r"C:\Windows\PSEXESVC.exe", "/usr/bin/ansible"),
        Image::WmiProvider => (r"C:\Windows\System32\wbem\WmiPrvSE.exe", "/usr/bin/salt-minion"),
        Image::TaskScheduler => (r"C:\Windows\System32\taskeng.exe", "/usr/sbin/cron"),
        Image::DirectoryTool => (r"C:\Windows\System32\net.exe", "/usr/bin/ldapsearch"),
        Image::NetworkTool => (r"C:\Program Files (x86)\Nmap\nmap.exe", "/usr/bin/nmap"),
        Image::Archiver => (r"C:\Program Files\7-Zip\7z.exe", "/usr/bin/tar"),
        Image::Installer => (r"C:\Windows\System32\msiexec.exe", "/usr/bin/apt"),
        Image::Updater => (r"C:\Windows\System32\usoclient.exe", "/usr/bin/unattended-upgr"),
        Image::BackupTool => (r"C:\Windows\System32\wbadmin.exe", "/usr/bin/restic"),
        Image::AgentSoftware => (r"C:\Program Files\Agent\agent.exe", "/opt/agent/agent"),
        Image::Database => (
            r"C:\Program Files\Microsoft SQL Server\MSSQL15.MSSQLSERVER\MSSQL\Binn\sqlservr.exe",
            "/usr/lib/postgresql/15/bin/postgres",
        ),
        Image::WebServer => (r"C:\Windows\System32\inetsrv\w3wp.exe", "/usr/sbin/nginx"),
        Image::BuildTool => (
            r"C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\IDE\devenv.exe",
            "/usr/bin/make",
        ),
        Image::Interpreter => (r"C:\Program Files\Python312\python.exe", "/usr/bin/python3"),
        Image::SshDaemon => (r"C:\Windows\System32\OpenSSH\sshd.exe", "/usr/sbin/sshd"),
        Image::RemoteDesktop => (r"C:\Windows\System32\mstsc.exe", "/usr/sbin/xrdp"),
        Image::AccountTool => (r"C:\Windows\System32\dsac.exe", "/usr/sbin/usermod"),
        Image::DebugTool => (r"C:\Tools\Sysinternals\procdump.exe", "/usr/bin/gdb"),
        Image::DiskTool => (r"C:\Windows\System32\vssadmin.exe", "/usr/sbin/lvremove"),
        Image::RareTool => (r"C:\Users\{u}\AppData\Local\Temp\setup.tmp.exe", "/tmp/a.out"),
        Image::Spooler => (r"C:\Windows\System32\spoolsv.exe", "/usr/sbin/cupsd"),
        Image::SystemProxy => (r"C:\Windows\System32\rundll32.exe", "/usr/bin/perl"),
        Image::RemoteTool => (r"C:\Program Files (x86)\AnyDesk\AnyDesk.exe", "/usr/bin/anydesk"),
    };
    if os == Os::Windows { windows } else { linux }
}

/// Command lines of a program. On Linux, arguments stand between single blanks.
pub(super) fn commands(image: Image, os: Os) -> &'static [&'static str] {
    if os == Os::Windows { windows_commands(image) } else { linux_commands(image) }
}

fn windows_commands(image: Image) -> &'static [&'static str] {
    match image {
        Image::None => &["-"],
        Image::System => &["System"],
        Image::ServiceHost => &[
            r"C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule",
            r"C:\Windows\System32\svchost.exe -k LocalService -p",
            r"C:\Windows\System32\svchost.exe -k LocalServiceNetworkRestricted -p",
            r"C:\Windows\System32\svchost.exe -k NetworkService -p -s Dnscache",
            r"C:\Windows\System32\svchost.exe -k wsappx -p -s AppXSvc",
        ],
        Image::Shell => &[r"C:\Windows\Explorer.EXE", r"explorer.exe C:\Users\{u}\Documents"],
        Image::Browser => &[
            r#""C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --profile-directory=Default"#,
            r#""C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --single-argument https://intranet.corp.example/"#,
            r#""C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" --type=renderer --lang=en-US"#,
        ],
        Image::MailClient => &[
            r#""C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE""#,
            r#""C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE" /recycle"#,
        ],
        Image::OfficeWriter => &[
            r#""C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\{u}\Documents\{d}.docx""#,
            r#""C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE" /n "C:\Users\{u}\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\{d}.docx" /o """#,
            r#""C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE""#,
        ],
        Image::OfficeSheet => &[
            r#""C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "C:\Users\{u}\Documents\{d}.xlsx""#,
            r#""C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE" "\\{h}\shared\{d}.xlsx""#,
            r#""C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE""#,
        ],
        Image::PdfReader => &[
            r#""C:\Program Files (x86)\Adobe\Acrobat Reader DC\Reader\AcroRd32.exe" "C:\Users\{u}\Downloads\{d}.pdf""#,
            r#""C:\Program Files (x86)\Adobe\Acrobat Reader DC\Reader\AcroRd32.exe" --type=renderer "C:\Users\{u}\Documents\{d}.pdf""#,
        ],
        Image::ScriptHost => &[
            r#""C:\Windows\System32\wscript.exe" "C:\Users\{u}\Documents\{d}.vbs""#,
            r#""C:\Windows\System32\wscript.exe" //B //nologo C:\ProgramData\Agent\inventory.vbs"#,
            r#"wscript.exe "\\{h}\netlogon\logon.vbs""#,
        ],
        Image::PowerShell => &[
            r"powershell.exe -NoProfile -File C:\Scripts\{d}.ps1",
            r#""C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe""#,
            r"powershell.exe -NonInteractive -ExecutionPolicy Bypass -File C:\ProgramData\Agent\{n}.ps1",
            r#"powershell.exe -NoProfile -Command "Get-Service | Where-Object Status -eq Running""#,
            r"powershell.exe -WindowStyle Hidden -File C:\Users\{u}\AppData\Local\Temp\{n}.ps1",
        ],
        Image::CommandLine => &[
            r#"C:\Windows\system32\cmd.exe /c "dir C:\Users\{u}""#,
            r"cmd.exe /c C:\Scripts\{d}.cmd",
            r#""C:\Windows\system32\cmd.exe""#,
            r"cmd.exe /c ipconfig /all",
            r"cmd.exe /q /c copy C:\Temp\{n}.log \\{h}\shared\logs",
        ],
        Image::RemoteService => &[r"C:\Windows\PSEXESVC.exe"],
        Image::WmiProvider => &[r"C:\Windows\system32\wbem\wmiprvse.exe -secured -Embedding"],
        Image::TaskScheduler => &[r"taskeng.exe {n} S-1-5-18:NT AUTHORITY\System:Service:"],
        Image::DirectoryTool => &[
            r"net.exe user {u} /domain",
            r"net.exe view \\{h}",
            r"net.exe group /domain",
            r#"net.exe group "Domain Admins" /domain"#,
            r"net.exe use \\{h}\shared",
            r"net.exe localgroup administrators",
        ],
        Image::NetworkTool => &[
            r#""C:\Program Files (x86)\Nmap\nmap.exe" -sn 10.0.0.0/24"#,
            r#""C:\Program Files (x86)\Nmap\nmap.exe" -p 445,3389 {h}"#,
            r#""C:\Program Files (x86)\Nmap\nmap.exe" -sV {h}"#,
        ],
        Image::Archiver => &[
            r#""C:\Program Files\7-Zip\7z.exe" a C:\Users\{u}\Documents\{d}.7z C:\Users\{u}\Documents\*"#,
            r#""C:\Program Files\7-Zip\7z.exe" a -tzip C:\Temp\{n}.zip \\{h}\shared\{d}"#,
            r#""C:\Program Files\7-Zip\7z.exe" x C:\Users\{u}\Downloads\{d}.zip"#,
        ],
        Image::Installer => &[
            r"C:\Windows\system32\msiexec.exe /V",
            r"msiexec.exe /i C:\Windows\Installer\{n}.msi /qn",
            r#"msiexec.exe /i "C:\Users\{u}\Downloads\{d}.msi""#,
        ],
        Image::Updater => &[r"C:\Windows\system32\usoclient.exe StartScan", r"usoclient.exe StartInstall"],
        Image::BackupTool => &[
            r"wbadmin.exe start backup -backupTarget:\\{h}\backup -include:C: -quiet",
            r"wbadmin.exe get versions",
        ],
        Image::AgentSoftware => &[
            r#""C:\Program Files\Agent\agent.exe" --service"#,
            r#""C:\Program Files\Agent\agent.exe" --scan"#,
        ],
        Image::Database => &[
            r#""C:\Program Files\Microsoft SQL Server\MSSQL15.MSSQLSERVER\MSSQL\Binn\sqlservr.exe" -sMSSQLSERVER"#,
        ],
        Image::WebServer => &[r#"c:\windows\system32\inetsrv\w3wp.exe -ap "DefaultAppPool""#],
        Image::BuildTool => &[
            r#""C:\Program Files\Microsoft Visual Studio\2022\Professional\Common7\IDE\devenv.exe" C:\src\{d}.sln"#,
            r"devenv.exe C:\src\{d}.sln /Build Release",
        ],
        Image::Interpreter => &[
            r"python.exe C:\src\{d}.py",
            r"python.exe -m pip install --upgrade requests",
            r"python.exe -c print(1)",
        ],
        Image::SshDaemon => &[r"C:\Windows\System32\OpenSSH\sshd.exe"],
        Image::RemoteDesktop => {
            &[r#""C:\Windows\system32\mstsc.exe" /v:{h}"#, r#""C:\Windows\system32\mstsc.exe""#]
        }
        Image::AccountTool => &[r#""C:\Windows\system32\dsac.exe""#],
        Image::DebugTool => &[
            r"C:\Tools\Sysinternals\procdump.exe -accepteula -ma {n} C:\Temp\{n}.dmp",
            r"procdump.exe -h agent.exe C:\Temp\hang.dmp",
        ],
        Image::DiskTool => &[
            r"vssadmin.exe list shadows",
            r"vssadmin.exe delete shadows /for=C: /oldest",
            r"vssadmin.exe resize shadowstorage /for=C: /on=C: /maxsize=10GB",
        ],
        Image::RareTool => &[
            r#""C:\Users\{u}\AppData\Local\Temp\setup.tmp.exe" /SL5="$20340,{n}""#,
            r#""C:\Users\{u}\AppData\Local\Temp\setup.tmp.exe""#,
        ],
        Image::Spooler => &[r"C:\Windows\System32\spoolsv.exe"],
        Image::SystemProxy => &[
            r"rundll32.exe C:\Windows\system32\shell32.dll,Control_RunDLL",
            r"rundll32.exe printui.dll,PrintUIEntry /in /n \\{h}\printer",
            r"rundll32.exe C:\Users\{u}\AppData\Local\Temp\{n}.dll,DllRegisterServer",
        ],
        Image::RemoteTool => &[
            r#""C:\Program Files (x86)\AnyDesk\AnyDesk.exe" --service"#,
            r#""C:\Program Files (x86)\AnyDesk\AnyDesk.exe""#,
        ],
    }
}

fn linux_commands(image: Image) -> &'static [&'static str] {
    match image {
        Image::None => &["-"],
        Image::System => &["/usr/lib/systemd/systemd --system --deserialize 22"],
        Image::ServiceHost => &["/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile"],
        Image::Shell => &["bash", "-bash", "bash -c ls", "bash /home/{u}/bin/{d}.sh"],
        Image::Browser => &["/usr/lib/firefox/firefox", "/usr/lib/firefox/firefox -contentproc -childID 4"],
        Image::MailClient => &["thunderbird"],
        Image::OfficeWriter => &["soffice --writer /home/{u}/Documents/{d}.odt"],
        Image::OfficeSheet => &["localc /home/{u}/Documents/{d}.ods"],
        Image::PdfReader => &["evince /home/{u}/Downloads/{d}.pdf"],
        Image::ScriptHost => {
            &["sh /usr/local/bin/{d}.sh", "sh -c /etc/cron.daily/logrotate", "sh -c id", "sh /tmp/{n}.sh"]
        }
        Image::PowerShell => &["pwsh -File /opt/scripts/{d}.ps1", "pwsh -NoProfile -Command Get-Process"],
        Image::CommandLine => &["dash -c uptime", "dash /opt/scripts/{d}.sh", "dash -c hostname"],
        Image::RemoteService => &["ansible all -m ping", "ansible {h} -m command -a uptime"],
        Image::WmiProvider => &["salt-minion -d"],
        Image::TaskScheduler => &["cron -f -P"],
        Image::DirectoryTool => &[
            "ldapsearch -H ldap://{h} -b dc=corp,dc=example (uid={u})",
            "ldapsearch -x -H ldap://{h} -b dc=corp,dc=example (objectClass=group)",
        ],
        Image::NetworkTool => &["nmap -sn 10.0.0.0/24", "nmap -sT -p 22,80,443 {h}", "nmap -sV {h}"],
        Image::Archiver => &[
            "tar czf /var/backups/{d}.tar.gz /home/{u}",
            "tar xzf /tmp/{n}.tar.gz",
            "tar cf /tmp/{n}.tar /srv/{d}",
        ],
        Image::Installer => {
            &["apt install -y curl", "apt update", "apt upgrade -y", "apt install /tmp/{n}.deb"]
        }
        Image::Updater => &["/usr/bin/unattended-upgr -v"],
        Image::BackupTool => &["restic backup /srv", "restic snapshots", "restic forget --keep-daily 7"],
        Image::AgentSoftware => &["/opt/agent/agent --daemon", "/opt/agent/agent --scan"],
        Image::Database => &[
            "postgres: 15/main: autovacuum launcher",
            "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main",
        ],
        Image::WebServer => &["nginx: worker process", "/usr/sbin/nginx -g daemon_on;"],
        Image::BuildTool => &["make -j4", "make test", "make -C /srv/{d} install"],
        Image::Interpreter => &[
            "python3 /srv/{d}.py",
            "python3 -m http.server 8000",
            "python3 -c print(1)",
            "python3 /tmp/{n}.py",
        ],
        Image::SshDaemon => &["/usr/sbin/sshd -D -R"],
        Image::RemoteDesktop => &["/usr/sbin/xrdp --nodaemon"],
        Image::AccountTool => &["usermod -aG sudo {u}", "usermod -s /bin/bash {u}"],
        Image::DebugTool => &["gdb -p 1234", "gdb --batch -ex bt /srv/{d}"],
        Image::DiskTool => &["lvremove -f vg0/{d}", "lvremove vg0/snap-{n}"],
        Image::RareTool => &["/tmp/a.out", "/tmp/a.out -d"],
        Image::Spooler => &["/usr/sbin/cupsd -l"],
        Image::SystemProxy => &["perl /usr/local/bin/{d}.pl", "perl -e print", "perl /tmp/{n}.pl"],
        Image::RemoteTool => &["anydesk --service", "anydesk"],
    }
}

/// Files that a program writes or deletes.
pub(super) fn files(image: Image, os: Os) -> &'static [&'static str] {
    match (image, os) {
        (Image::Browser | Image::Updater, Os::Windows) => &[
            r"C:\Users\{u}\Downloads\{d}.pdf",
            r"C:\Users\{u}\Downloads\{d}.exe",
            r"C:\Users\{u}\Downloads\{d}.zip",
            r"C:\Windows\SoftwareDistribution\Download\{n}.cab",
        ],
        (Image::Archiver, Os::Windows) => &[r"C:\Users\{u}\Documents\{d}.7z", r"C:\Temp\{n}.zip"],
        (Image::BackupTool | Image::DiskTool, Os::Windows) => {
            &[r"E:\WindowsImageBackup\{d}.vhdx", r"C:\System Volume Information\{n}.vss"]
        }
        (_, Os::Windows) => &[
            r"C:\Users\{u}\Documents\{d}.docx",
            r"C:\Users\{u}\Documents\{d}.xlsx",
            r"C:\Users\{u}\AppData\Local\Temp\{n}.tmp",
            r"D:\shared\{d}.docx",
            r"C:\ProgramData\{n}.dat",
        ],
        (Image::Archiver, Os::Linux) => &["/var/backups/{d}.tar.gz", "/tmp/{n}.tar"],
        (Image::BackupTool | Image::DiskTool, Os::Linux) => {
            &["/srv/backup/data/{n}", "/srv/backup/snapshots/{n}"]
        }
        (_, Os::Linux) => {
            &["/home/{u}/{d}.txt", "/tmp/{n}", "/srv/data/{d}.csv", "/var/tmp/{n}.tmp", "/srv/build/{d}.o"]
        }
    }
}

/// Scripts, as the log of script blocks has them.
pub(super) fn scripts(os: Os) -> &'static [&'static str] {
    match os {
        Os::Windows => &[
            "Get-ChildItem -Path C:\\Users\\{u}\\Documents -Recurse | Measure-Object",
            "Get-Service | Where-Object {$_.Status -eq 'Running'}",
            "$s = New-PSSession -ComputerName {h}; Invoke-Command -Session $s -ScriptBlock { Get-HotFix }",
            "Import-Module ActiveDirectory; Get-ADUser -Identity {u} -Properties *",
            "[System.IO.File]::ReadAllBytes('C:\\Temp\\{n}.bin') | Out-Null",
            "Invoke-WebRequest -Uri https://intranet.corp.example/{d} -OutFile C:\\Temp\\{n}.tmp",
            "Get-WmiObject Win32_OperatingSystem | Select-Object Caption, Version",
        ],
        Os::Linux => &[
            "for f in /srv/{d}/*; do gzip $f; done",
            "curl -s https://intranet.corp.example/{d} -o /tmp/{n}",
            "df -h; uptime",
        ],
    }
}
