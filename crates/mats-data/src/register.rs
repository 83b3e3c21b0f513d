//! Configuration: what the organisation's register says of machines, people, software, patch levels and policy, and
//! the changes that sensors report. The register is public knowledge of a scenario; what it lacks (versions, patch
//! days) follows from a machine's name and role, the same in every episode.
//!
//! | file | columns |
//! |---|---|
//! | `inventory.csv` | `host`, `name`, `address`, `os`, `segment`, `class`, `role`, `owner`, `never_isolate`, `services` |
//! | `users.csv` | `user`, `name`, `role`, `home`, `admin` |
//! | `software.csv` | `host`, `name`, `software`, `version` |
//! | `patches.csv` | `host`, `name`, `build`, `update`, `installed` |
//! | `vulnerabilities.csv` | `host`, `name`, `cve`, `service`, `probability` that the machine has it |
//! | `policy.csv` | `scope`, `setting`, `value` |
//! | `inventory.json` | all of it as one object |
//!
//! Changes are a CSV file of each episode, [`ChangeWriter`].

mod change;

pub use change::{COLUMNS, ChangeWriter};
pub(crate) use change::{action, what};

use crate::clock::Epoch;
use crate::error::DataError;
use mats_core::random::Stream;
use mats_core::telemetry::Service;
use mats_core::{Addr, HostId, Inventory, Os, SimTime};
use serde::Serialize;
use std::io::{self, Write};

/// The files, in the order in which [`write()`] asks for them.
pub const FILES: [&str; 7] = [
    "inventory.csv",
    "users.csv",
    "software.csv",
    "patches.csv",
    "vulnerabilities.csv",
    "policy.csv",
    "inventory.json",
];

/// Knowledge of the scenario beside the inventory.
#[derive(Debug, Clone)]
pub struct Register<'a> {
    /// Machines, people, segments.
    pub inventory: &'a Inventory,
    /// Role of each machine; a column by [`HostId`].
    pub roles: Vec<String>,
    /// Job of each person; a column by user.
    pub jobs: Vec<String>,
    /// Services that each machine offers; a column by [`HostId`].
    pub services: Vec<&'a [Service]>,
    /// Weaknesses that machines may have: machine, CVE, the service it sits in, probability.
    pub exposures: Vec<(HostId, &'a str, Service, f64)>,
    /// Links: which segment may open which service towards which; `internet` is one of them.
    pub links: Vec<(&'a str, &'a str, Service)>,
}

#[derive(Serialize)]
struct HostRow<'a> {
    host: u32,
    name: &'a str,
    address: String,
    os: Os,
    segment: &'a str,
    class: &'static str,
    role: String,
    owner: Option<&'a str>,
    never_isolate: bool,
    services: String,
}

#[derive(Serialize)]
struct Person<'a> {
    user: u32,
    name: &'a str,
    role: String,
    home: &'a str,
    admin: bool,
}

#[derive(Serialize)]
struct SoftwareRow<'a> {
    host: u32,
    name: &'a str,
    software: &'static str,
    version: String,
}

#[derive(Serialize)]
struct Patch<'a> {
    host: u32,
    name: &'a str,
    build: &'static str,
    update: String,
    installed: String,
}

#[derive(Serialize)]
struct Exposure<'a> {
    host: u32,
    name: &'a str,
    cve: &'a str,
    service: &'static str,
    probability: f64,
}

#[derive(Serialize)]
struct Policy {
    scope: String,
    setting: String,
    value: String,
}

#[derive(Serialize)]
struct Whole<'a> {
    domain: &'static str,
    hosts: Vec<HostRow<'a>>,
    users: Vec<Person<'a>>,
    software: Vec<SoftwareRow<'a>>,
    patches: Vec<Patch<'a>>,
    vulnerabilities: Vec<Exposure<'a>>,
    policy: Vec<Policy>,
}

/// Writes the register; opens each of [`FILES`].
///
/// # Errors
/// When opening or writing fails.
pub fn write<W: Write>(
    register: &Register<'_>,
    mut open: impl FnMut(&str) -> io::Result<W>,
) -> Result<(), DataError> {
    let whole = Whole {
        domain: crate::names::ORGANISATION.0,
        hosts: hosts(register),
        users: people(register),
        software: software(register),
        patches: patches(register),
        vulnerabilities: exposures(register),
        policy: policy(register),
    };
    let mut out = |file: usize| open(FILES[file]).map_err(|source| DataError::io(FILES[file], source));
    table(out(0)?, FILES[0], &whole.hosts)?;
    table(out(1)?, FILES[1], &whole.users)?;
    table(out(2)?, FILES[2], &whole.software)?;
    table(out(3)?, FILES[3], &whole.patches)?;
    table(out(4)?, FILES[4], &whole.vulnerabilities)?;
    table(out(5)?, FILES[5], &whole.policy)?;
    let mut json = out(6)?;
    serde_json::to_writer_pretty(&mut json, &whole)
        .map_err(io::Error::from)
        .and_then(|()| json.write_all(b"\n"))
        .and_then(|()| json.flush())
        .map_err(|source| DataError::io(FILES[6], source))
}

fn table<W: Write>(out: W, file: &str, rows: &[impl Serialize]) -> Result<(), DataError> {
    let mut out = csv::Writer::from_writer(out);
    for row in rows {
        out.serialize(row).map_err(|error| DataError::csv(file, error))?;
    }
    if rows.is_empty() {
        // Only vulnerabilities may be absent.
        let header = out.write_record(["host", "name", "cve", "service", "probability"]);
        header.map_err(|error| DataError::csv(file, error))?;
    }
    out.flush().map_err(|source| DataError::io(file, source))
}

fn each<'a>(register: &Register<'a>) -> impl Iterator<Item = (u32, &'a mats_core::HostInfo)> {
    (0u32..).zip(&register.inventory.hosts)
}

fn hosts<'a>(register: &Register<'a>) -> Vec<HostRow<'a>> {
    let inventory = register.inventory;
    let host = |(id, info): (u32, &'a mats_core::HostInfo)| HostRow {
        host: id,
        name: &info.name,
        address: Addr::internal(HostId(id)).to_string(),
        os: info.os,
        segment: inventory.subnets.get(info.subnet.index()).map_or("", String::as_str),
        class: info.class.name(),
        role: register.roles.get(id as usize).cloned().unwrap_or_default(),
        owner: info.owner.some().map(|owner| inventory.user(owner).name.as_str()),
        never_isolate: info.never_isolate,
        services: register.services.get(id as usize).map_or(String::new(), |services| {
            services.iter().map(|service| service.name()).collect::<Vec<_>>().join(" ")
        }),
    };
    each(register).map(host).collect()
}

fn people<'a>(register: &Register<'a>) -> Vec<Person<'a>> {
    let inventory = register.inventory;
    let person = |(id, info): (u32, &'a mats_core::UserInfo)| Person {
        user: id,
        name: &info.name,
        role: register.jobs.get(id as usize).cloned().unwrap_or_default(),
        home: &inventory.host(info.home).name,
        admin: info.admin,
    };
    (0u32..).zip(&inventory.users).map(person).collect()
}

/// Returns the software that is installed everywhere and that of the role, each with the versions it may have.
fn installed(os: Os, role: &str) -> Vec<(&'static str, [&'static str; 3])> {
    let mut list = match os {
        Os::Windows => vec![
            ("Microsoft Edge", ["120.0.2210.91", "120.0.2210.61", "119.0.2151.97"]),
            ("Microsoft Defender Antivirus", ["4.18.23110.3", "4.18.23110.3", "4.18.23100.2009"]),
            ("Agent", ["7.4.1", "7.4.1", "7.3.0"]),
        ],
        Os::Linux => vec![
            ("openssh-server", ["1:9.2p1-2+deb12u1", "1:9.2p1-2+deb12u1", "1:9.2p1-2"]),
            ("sudo", ["1.9.13p3-1+deb12u1", "1.9.13p3-1", "1.9.13p3-1"]),
            ("agent", ["7.4.1", "7.4.1", "7.3.0"]),
        ],
    };
    let more: &[(&'static str, [&'static str; 3])] = match (os, role) {
        (Os::Windows, "workstation") => &[
            ("Microsoft 365 Apps", ["16.0.17029.20068", "16.0.17029.20028", "16.0.16924.20150"]),
            ("Adobe Acrobat Reader", ["23.8.20421", "23.6.20380", "23.6.20320"]),
            ("7-Zip", ["23.01", "22.01", "19.00"]),
        ],
        (Os::Windows, "database-server") => {
            &[("Microsoft SQL Server 2019", ["15.0.4345.5", "15.0.4335.1", "15.0.4322.2"])]
        }
        (Os::Windows, "mail-server") => {
            &[("Microsoft Exchange Server 2019", ["15.2.1258.28", "15.2.1258.25", "15.2.1118.40"])]
        }
        (Os::Windows, "domain-controller") => {
            &[("Active Directory Domain Services", ["10.0.20348.2159", "10.0.20348.2113", "10.0.20348.1970"])]
        }
        (Os::Windows, "file-server") => {
            &[("File Server", ["10.0.20348.2159", "10.0.20348.2113", "10.0.20348.1970"])]
        }
        (Os::Linux, "web-server") => &[
            ("nginx", ["1.22.1-9", "1.22.1-9", "1.22.1-9"]),
            ("openjdk-17-jre", ["17.0.9+9-1", "17.0.8+7-1", "17.0.6+10-1"]),
        ],
        (Os::Linux, "database-server") => {
            &[("postgresql-15", ["15.5-0+deb12u1", "15.4-0+deb12u1", "15.3-0+deb12u1"])]
        }
        (Os::Linux, "build-server") => &[
            ("gcc-12", ["12.2.0-14", "12.2.0-14", "12.2.0-14"]),
            ("git", ["1:2.39.2-1.1", "1:2.39.2-1.1", "1:2.39.2-1"]),
        ],
        _ => &[],
    };
    list.extend_from_slice(more);
    list
}

fn software<'a>(register: &Register<'a>) -> Vec<SoftwareRow<'a>> {
    let mut rows = Vec::new();
    for (host, info) in each(register) {
        let role = register.roles.get(host as usize).map_or("", String::as_str);
        for (at, (software, versions)) in (0..).zip(installed(info.os, role)) {
            let version =
                versions[(Stream::new(0, 0x6d61_7440, host.into()).word(at) % 3) as usize].to_owned();
            rows.push(SoftwareRow { host, name: &info.name, software, version });
        }
    }
    rows
}

fn patches<'a>(register: &Register<'a>) -> Vec<Patch<'a>> {
    let epoch = Epoch::of(register.inventory);
    let patch = |(host, info): (u32, &'a mats_core::HostInfo)| {
        let draw = Stream::new(0, 0x6d61_7441, host.into()).word(0);
        let workstation = register.roles.get(host as usize).is_some_and(|role| role == "workstation");
        // Most were patched within a month, some a month or two earlier.
        let (level, days) =
            ((draw % 8).saturating_sub(5), 3 + draw / 8 % 25 + 30 * (draw % 8).saturating_sub(5));
        let (build, update) = match info.os {
            Os::Windows if workstation => {
                ("10.0.19045", ["KB5033372", "KB5032189", "KB5031356"][level as usize])
            }
            Os::Windows => ("10.0.20348", ["KB5033118", "KB5032198", "KB5031364"][level as usize]),
            Os::Linux => ("Debian 12", ["12.4", "12.3", "12.2"][level as usize]),
        };
        let installed = Epoch(epoch.0.saturating_sub(days * 86_400_000_000)).stamp(SimTime::ZERO);
        Patch {
            host,
            name: &info.name,
            build,
            update: update.to_owned(),
            installed: installed.day().to_owned(),
        }
    };
    each(register).map(patch).collect()
}

fn exposures<'a>(register: &Register<'a>) -> Vec<Exposure<'a>> {
    let exposure = |&(host, cve, service, probability): &(HostId, &'a str, Service, f64)| Exposure {
        host: host.0,
        name: &register.inventory.host(host).name,
        cve,
        service: service.name(),
        probability,
    };
    register.exposures.iter().map(exposure).collect()
}

fn policy(register: &Register<'_>) -> Vec<Policy> {
    let of = |scope: &str, setting: &str, value: &str| Policy {
        scope: scope.to_owned(),
        setting: setting.to_owned(),
        value: value.to_owned(),
    };
    let mut rows: Vec<Policy> = [
        ("password.minimum_length", "12"),
        ("password.maximum_age_days", "365"),
        ("lockout.threshold", "10"),
        ("lockout.duration_minutes", "15"),
        ("screen_lock.minutes", "10"),
        ("usb_storage.allowed", "true"),
        ("audit.process_creation", "success"),
        ("audit.logon", "success,failure"),
    ]
    .map(|(setting, value)| of("domain", setting, value))
    .into();
    rows.extend(
        register.links.iter().map(|(from, to, service)| {
            of(&format!("firewall:{from}"), &format!("allow:{to}"), service.name())
        }),
    );
    let pinned = each(register).filter(|(_, info)| info.never_isolate);
    rows.extend(pinned.map(|(_, info)| of(&format!("host:{}", info.name), "response.never_isolate", "true")));
    let admins = register.inventory.users.iter().filter(|user| user.admin);
    rows.extend(admins.map(|user| of(&format!("user:{}", user.name), "group", "administrators")));
    rows
}
