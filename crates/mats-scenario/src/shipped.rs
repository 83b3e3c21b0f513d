//! What ships with the crate: the catalogue, the defaults and the starter scenario.

use crate::catalogue::{Actor, Behaviour, Emission, Needs, Technique};
use crate::format::ScenarioFile;
use crate::format::catalogue::{BehavioursFile, EmissionTable, TechniquesFile};
use crate::raw_diagnostic::Sink;
use crate::schema_validator::SchemaValidator;
use crate::source::Sources;
use crate::texts::BEHAVIOURS;
use crate::tree;
use schemars::generate::SchemaSettings;
use std::sync::LazyLock;
use toml::Spanned;

/// Values of everything a scenario does not say.
pub const DEFAULTS: &str = include_str!("../catalogue/defaults.toml");
/// The commented scenario that authors start from.
pub const STARTER: &str = include_str!("../catalogue/starter.toml");

macro_rules! tactics {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../catalogue/techniques/", $name, ".toml")))),*]
    };
}
/// The techniques, a file for each tactic: its name, its text.
const TECHNIQUES: [(&str, &str); 14] = tactics![
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
];

/// The scenario's schema with everything in place, for the validator.
pub static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(inline_schema::<ScenarioFile>);
/// The techniques of the catalogue.
pub static ALL_TECHNIQUES: LazyLock<Vec<Technique>> = LazyLock::new(read_techniques);
/// The behaviours of the catalogue.
pub static ALL_BEHAVIOURS: LazyLock<Vec<Behaviour>> = LazyLock::new(read_behaviours);

fn inline_schema<T: schemars::JsonSchema>() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Reads a catalogue file with the machinery that reads scenarios.
///
/// # Panics
/// When the file is wrong. The files are part of the program and tested.
fn read<T: schemars::JsonSchema + serde::de::DeserializeOwned>(name: &str, text: &str) -> T {
    let mut sources = Sources::default();
    let mut sink = Sink::default();
    let base = sources.add(name, text.to_owned(), &mut sink.mistakes);
    let (mut table, mistakes) = tree::parse(text, base);
    sink.mistakes.extend(mistakes);
    let mut validator = SchemaValidator::new(&mut sink);
    validator.file(&mut table, &inline_schema::<T>());
    assert!(sink.is_empty(), "{}", sources.diagnose_all(sink.mistakes));
    T::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, table)))
        .expect("the validator let it pass")
}

fn emissions(tables: Vec<EmissionTable>) -> Vec<Emission> {
    let one = |e: EmissionTable| Emission {
        template: e.template,
        count: (e.count.0, e.count.1),
        scale: (e.scale.0, e.scale.1),
        over: (e.over.0, e.over.1),
    };
    tables.into_iter().map(one).collect()
}

fn read_techniques() -> Vec<Technique> {
    let one = |t: crate::format::catalogue::TechniqueTable| Technique {
        id: t.id,
        name: t.name,
        tactic: t.tactic,
        kind: t.kind.0,
        site: t.site,
        needs: Needs {
            admin: t.needs.admin,
            credential: t.needs.credential,
            services: t.needs.services.iter().map(|s| s.0).collect(),
            vulnerability: t.needs.vulnerability,
            os: t.needs.os.map(|os| os.0),
        },
        grants: t.grants,
        minutes: t.minutes,
        success: t.success,
        emits: emissions(t.emits),
    };
    let read = |(tactic, text)| {
        let file: TechniquesFile = read(&format!("catalogue/techniques/{tactic}.toml"), text);
        let stray = file.technique.iter().find(|t| t.tactic != tactic);
        assert!(stray.is_none(), "{} stands with {tactic}", stray.map_or("", |t| &t.id));
        file.technique
    };
    TECHNIQUES.into_iter().flat_map(read).map(one).collect()
}

fn read_behaviours() -> Vec<Behaviour> {
    let file: BehavioursFile = read("catalogue/behaviours.toml", BEHAVIOURS);
    let one = |b: crate::format::catalogue::BehaviourTable| {
        assert!(b.users.is_empty() != b.hosts.is_empty(), "`{}` needs either users or hosts", b.name);
        Behaviour {
            name: b.name,
            actor: if b.hosts.is_empty() { Actor::Users(b.users) } else { Actor::Hosts(b.hosts) },
            per_hour: b.per_hour,
            when: b.when,
            towards: b.towards,
            spread: (b.spread.0, b.spread.1),
            emits: emissions(b.emits),
            exposed: b.exposed,
            one_place: b.one_place,
            looks_bad: b.looks_bad,
        }
    };
    file.behaviour.into_iter().map(one).collect()
}
