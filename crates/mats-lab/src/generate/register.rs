//! What is the same in every episode: the register, and the feed's list of vulnerabilities.

use super::format::TelemetryFormat;
use mats_core::HostId;
use mats_core::telemetry::Service;
use mats_data::feed::{Knowledge, Technique, Vulnerability};
use mats_data::register::{self, Register};
use mats_data::{DataError, Names, kev};
use mats_scenario::Scenario;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

const KEV: &str = "known_exploited_vulnerabilities.json";

/// All files that may stand beside `dataset.json`.
pub const FILES: [&str; register::FILES.len() + 1] = {
    let mut files = [KEV; register::FILES.len() + 1];
    let mut i = 0;
    while i < register::FILES.len() {
        files[i] = register::FILES[i];
        i += 1;
    }
    files
};

/// Writes them, where a format asks for them.
///
/// # Errors
/// When one cannot be written.
pub fn write(scenario: &Scenario, formats: &[TelemetryFormat], out: &Path) -> Result<(), DataError> {
    let create = |name: &str| Ok(BufWriter::new(File::create(out.join(name))?));
    if formats.contains(&TelemetryFormat::Csv) {
        register::write(&register(scenario), create)?;
    }
    if formats.contains(&TelemetryFormat::Stix) {
        let file = create(KEV).map_err(|source| DataError::Io { file: KEV.to_owned(), source })?;
        kev::write(
            file,
            KEV,
            &knowledge(scenario).vulnerabilities,
            Names::new(&scenario.inventory).with_weekday(scenario.weekday).epoch(),
        )?;
    }
    Ok(())
}

/// Lists what the feed knows of techniques and weaknesses: all that the scenario lists, whatever happens in an episode.
pub fn knowledge(scenario: &Scenario) -> Knowledge {
    let mut seen = BTreeSet::new();
    let techniques = scenario.techniques.iter().filter(|technique| seen.insert(&technique.id));
    Knowledge {
        techniques: techniques
            .map(|t| Technique { id: t.id.clone(), name: t.name.clone(), tactic: t.tactic.clone() })
            .collect(),
        vulnerabilities: scenario
            .vulnerabilities
            .iter()
            .map(|v| Vulnerability { id: v.id.clone(), service: v.service.name() })
            .collect(),
    }
}

fn register(scenario: &Scenario) -> Register<'_> {
    let subnets = || (0u32..).zip(&scenario.inventory.subnets);
    let mut links = Vec::new();
    for (from, name) in subnets() {
        for (to, other) in subnets() {
            let allowed = |&service: &Service| {
                scenario.reach.allows(mats_core::SubnetId(from), mats_core::SubnetId(to), service)
            };
            links
                .extend(Service::ALL.into_iter().filter(allowed).map(|s| (name.as_str(), other.as_str(), s)));
        }
    }
    for (to, name) in subnets() {
        let allowed = |&service: &Service| scenario.reach.internet_allows(mats_core::SubnetId(to), service);
        links.extend(Service::ALL.into_iter().filter(allowed).map(|s| ("internet", name.as_str(), s)));
        if scenario.reach.to_internet.get(to as usize).is_some_and(|&open| open) {
            links.extend([Service::Http, Service::Tls].map(|s| (name.as_str(), "internet", s)));
        }
    }
    let exposures = (0u32..).zip(&scenario.hosts).flat_map(|(host, spec)| {
        spec.vulnerabilities.iter().map(move |&(at, probability)| {
            let vulnerability = &scenario.vulnerabilities[at];
            (HostId(host), vulnerability.id.as_str(), vulnerability.service, probability)
        })
    });
    Register {
        inventory: &scenario.inventory,
        roles: scenario.hosts.iter().map(|spec| spelt(&spec.role)).collect(),
        jobs: scenario.users.iter().map(|spec| spelt(&spec.role)).collect(),
        services: scenario.hosts.iter().map(|spec| spec.services.as_slice()).collect(),
        exposures: exposures.collect(),
        links,
    }
}

/// A role as scenario files spell it.
fn spelt(role: &impl Serialize) -> String {
    serde_json::to_value(role).ok().and_then(|role| role.as_str().map(str::to_owned)).unwrap_or_default()
}
