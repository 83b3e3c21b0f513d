//! Defenders by name. A name is parsed once, with the content of a file that it names: whatever becomes of the file later,
//! what runs, resumes and repeats is what was read.

use super::clock::Clock;
use super::oracle::Oracle;
use super::{Contestant, Decider};
use mats_core::Action;
use mats_gym::{NAMES, Told, ToldTheTruth};
use mats_learn::choose::Decide;
use mats_learn::{Agents, NetworkPolicy, Search};
use mats_respond::baselines::{Always, Random, Threshold};
use mats_respond::{Policy, PolicyTable, Problem, ResponseAgent, TableError};
use mats_results::NONE;
use mats_results::digest::sha256;
use mats_rl::QFunction;
use mats_scenario::{Diagnostic, Diagnostics};
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The defenders of the table, in its order.
pub const DEFENDERS: [&str; 9] =
    ["none", "random", "threshold", "playbook", "scan-kill", "dqn", "policy", "perfect-detector", "oracle"];

/// Defenders that play where they are named only.
pub const OTHERS: [&str; 4] = ["foresight", "small-table", "small-table-here", "tuned"];

/// The largest policy table and the largest network that are read.
const MAX_TABLE: u64 = 16 << 20;
const MAX_NETWORK: u64 = 256 << 20;

/// A defender: its name, and all that the name stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct DefenderSpec {
    name: String,
    kind: DefenderKind,
}

#[derive(Debug, Clone, PartialEq)]
enum DefenderKind {
    /// Watches.
    None,
    /// Takes any allowed action.
    Random,
    /// Isolates above the threshold that training found best.
    BestThreshold,
    /// Isolates above a threshold.
    Threshold(f32),
    /// The table as shipped.
    Playbook,
    /// The shipped table that scans and kills.
    ScanKill,
    /// The small table that is shipped.
    SmallTable,
    /// A table that the run searched for its scenario without a network.
    Searched(Search),
    /// The learnt network.
    Dqn,
    /// The refined table.
    Policy,
    /// The table as shipped, told the truth once a step has succeeded.
    PerfectDetector,
    /// The table as shipped, told the truth as it happens.
    Foresight,
    /// Sees the truth.
    Oracle,
    /// Takes the same action every time.
    Always(Action),
    /// Isolates in a window of time.
    Clock(Clock),
    /// A table of one's own.
    Table(TableFile),
    /// A network of one's own.
    Network(NetworkFile),
}

/// A policy table that was named.
#[derive(Debug, Clone, PartialEq)]
struct TableFile {
    text: String,
    table: PolicyTable,
}

/// A network that was named: what it is by its SHA-256, and the weights once they were read.
#[derive(Debug, Clone)]
struct NetworkFile {
    sha256: String,
    read: Option<(Arc<[u8]>, Arc<QFunction>)>,
}

impl PartialEq for NetworkFile {
    fn eq(&self, other: &NetworkFile) -> bool {
        self.sha256 == other.sha256
    }
}

/// Errors of a defender's name, or of a file that it names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Name of no defender.
    #[error(
        "there is no defender `{name}`; use any of {}, `always:ACTION` with one of {}, `threshold:CUT` with a \
         confidence from 0 to 1, `table:FILE` with a policy table of your own, `network:FILE` with the network of a run, or `clock:FROM-TO` with shares of the episode from 0 to 1, such as `clock:0.2-0.5`",
        DEFENDERS.into_iter().chain(OTHERS).collect::<Vec<_>>().join(", "),
        Action::ALL.map(Action::name).join(", ")
    )]
    Unknown {
        /// The name.
        name: String,
    },
    /// A known kind of defender with a value that it cannot have.
    #[error("`{name}` is no defender: {wanted}")]
    Value {
        /// The name.
        name: String,
        /// Description of the value that it should be.
        wanted: &'static str,
    },
    /// A file that cannot be read.
    #[error("failed to read the {what} {file}: {reason}")]
    Unreadable {
        /// A policy table, or a network.
        what: &'static str,
        /// The file.
        file: String,
        /// Reason the file was refused.
        reason: String,
    },
    /// A policy table with mistakes.
    #[error("{0}")]
    Table(Diagnostics),
    /// Defender under two names.
    #[error("`{one}` and `{other}` are the same defender; name it once")]
    Twice {
        /// The name given first.
        one: String,
        /// The name given later.
        other: String,
    },
    /// Two files under one name.
    #[error("`{name}` is named twice, and its file changed between; name it once")]
    Changed {
        /// The name.
        name: String,
    },
    /// A table that a run ought to have searched.
    #[error(
        "`{name}`: the run in {place} did not search that table; `mats run SCENARIO --defenders {name},…` does"
    )]
    Unsearched {
        /// The defender.
        name: String,
        /// Folder of the run.
        place: String,
    },
    /// A network that a run ought to hold.
    #[error(
        "`{name}`: the network with SHA-256 {sha256} cannot be had from {place}: {reason}; copy the file with that digest there"
    )]
    Lacking {
        /// The defender.
        name: String,
        /// SHA-256 of the network.
        sha256: String,
        /// Place where the network was looked for.
        place: String,
        /// Reason the network was not found there.
        reason: String,
    },
}

/// Form of what stands behind the colon of a defender's name.
const ACTION: &str = "after `always:` stands the name of an action, as in `always:isolate_host`";
const THRESHOLD: &str = "after `threshold:` stands a confidence from 0 to 1, as in `threshold:0.9`";
const CLOCK: &str = "after `clock:` stand two shares of the episode from 0 to 1, as in `clock:0.2-0.5`";

/// Problems of a policy table, as those of a scenario are shown.
fn diagnostics(file: &str, text: &str, problems: &[Problem]) -> Vec<Diagnostic> {
    let one = |problem: &Problem| {
        let (message, help) = problem.what.split_once("; ").unwrap_or((problem.what.as_str(), ""));
        let help = Some(help).filter(|help| !help.is_empty());
        Diagnostic::spanned(file, text, problem.span.clone(), message, help)
    };
    problems.iter().map(one).collect()
}

impl SpecError {
    /// Returns the mistakes of a file that is named, each with its place, if that is what is wrong.
    pub fn diagnostics(&self) -> Option<&Diagnostics> {
        match self {
            SpecError::Table(diagnostics) => Some(diagnostics),
            _ => None,
        }
    }
}

impl DefenderSpec {
    /// The defender of a name; a file that it names is read.
    ///
    /// # Errors
    /// When nobody is called so, or the file cannot be read or holds no such thing.
    pub fn parse(name: &str) -> Result<DefenderSpec, SpecError> {
        let kind = match name.split_once(':') {
            Some(("table", file)) => {
                let bytes = read("policy table", file, MAX_TABLE)?;
                let text = String::from_utf8(bytes).map_err(|e| SpecError::Unreadable {
                    what: "policy table",
                    file: file.to_owned(),
                    reason: format!("it is no UTF-8 text: {e}"),
                })?;
                let table = PolicyTable::parse(&text, file).map_err(|TableError(wrong)| {
                    SpecError::Table(Diagnostics::new(diagnostics(file, &text, &wrong)))
                })?;
                DefenderKind::Table(TableFile { text, table })
            }
            Some(("network", file)) => {
                let bytes = read("network", file, MAX_NETWORK)?;
                let reason =
                    |reason: String| SpecError::Unreadable { what: "network", file: file.to_owned(), reason };
                DefenderKind::Network(NetworkFile::new(bytes).map_err(reason)?)
            }
            _ => DefenderKind::plain(name)?,
        };
        Ok(DefenderSpec { name: name.to_owned(), kind })
    }

    /// The defenders of some names, each kept once, in their order.
    ///
    /// # Errors
    /// As [`DefenderSpec::parse`]; and when two names stand for the same.
    pub fn parse_all<S: AsRef<str>>(
        names: impl IntoIterator<Item = S>,
    ) -> Result<Vec<DefenderSpec>, SpecError> {
        let specs: Result<Vec<_>, _> =
            names.into_iter().map(|name| DefenderSpec::parse(name.as_ref())).collect();
        DefenderSpec::distinct(specs?)
    }

    /// Those that play where some were asked for: `none` first, always, for shares are over the campaigns that get in if
    /// nobody responds.
    ///
    /// # Errors
    /// As [`DefenderSpec::parse_all`].
    pub fn parse_players<S: AsRef<str>>(names: &[S]) -> Result<Vec<DefenderSpec>, SpecError> {
        let asked = names.iter().map(AsRef::as_ref);
        let none = (!asked.clone().any(|name| name == NONE)).then_some(NONE);
        DefenderSpec::parse_all(none.into_iter().chain(asked))
    }

    /// Keeps each defender once.
    ///
    /// # Errors
    /// When the same one goes by two names, or one name stands for two.
    pub fn distinct(specs: Vec<DefenderSpec>) -> Result<Vec<DefenderSpec>, SpecError> {
        let mut kept: Vec<DefenderSpec> = Vec::new();
        for spec in specs {
            match kept.iter().find(|k| k.name == spec.name || k.kind == spec.kind) {
                None => kept.push(spec),
                Some(same) if *same == spec => {}
                Some(same) if same.name == spec.name => {
                    return Err(SpecError::Changed { name: spec.name });
                }
                Some(same) => {
                    return Err(SpecError::Twice { one: same.name.clone(), other: spec.name });
                }
            }
        }
        Ok(kept)
    }

    /// The defenders of the table.
    pub fn usual() -> Vec<DefenderSpec> {
        let spec = |name: &str| DefenderSpec {
            name: name.to_owned(),
            kind: DefenderKind::plain(name).expect("one of the table"),
        };
        DEFENDERS.into_iter().map(spec).collect()
    }

    /// Returns the defender's name, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Doubts about a file that is named, each with its place: rules of a table that can never match.
    pub fn doubts(&self) -> Vec<Diagnostic> {
        let DefenderKind::Table(TableFile { text, .. }) = &self.kind else { return Vec::new() };
        let file = self.name.strip_prefix("table:").unwrap_or(&self.name);
        let read = PolicyTable::parse_with_doubts(text, file);
        let doubts = read.map_or(Vec::new(), |(_, doubts)| diagnostics(file, text, &doubts));
        doubts.into_iter().map(Diagnostic::as_warning).collect()
    }

    /// Tells whether the defender is told the truth.
    pub const fn is_privileged(&self) -> bool {
        self.told().is_some()
    }

    /// When the defender is told the truth, if it is.
    pub const fn told(&self) -> Option<Told> {
        match self.kind {
            DefenderKind::PerfectDetector => Some(Told::AfterSuccess),
            DefenderKind::Foresight | DefenderKind::Oracle => Some(Told::Foresight),
            _ => None,
        }
    }

    /// The policy table it goes by, if it does.
    pub fn table(&self, agents: &Agents) -> Option<PolicyTable> {
        match &self.kind {
            DefenderKind::Playbook | DefenderKind::PerfectDetector | DefenderKind::Foresight => {
                Some(PolicyTable::playbook())
            }
            DefenderKind::ScanKill => Some(PolicyTable::scan_kill()),
            DefenderKind::SmallTable => Some(PolicyTable::small_table()),
            DefenderKind::Policy => Some(agents.table.clone()),
            DefenderKind::Searched(what) => agents.searched(*what).cloned(),
            DefenderKind::Table(file) => Some(file.table.clone()),
            _ => None,
        }
    }

    /// The table that has to be searched for it, if one has.
    pub const fn search(&self) -> Option<Search> {
        match self.kind {
            DefenderKind::Searched(what) => Some(what),
            _ => None,
        }
    }

    /// The network it goes by, if it does.
    pub fn network(&self, agents: &Agents) -> Option<Arc<QFunction>> {
        match &self.kind {
            DefenderKind::Dqn => Some(Arc::clone(&agents.network)),
            DefenderKind::Network(file) => file.read.as_ref().map(|read| Arc::clone(&read.1)),
            _ => None,
        }
    }

    /// Returns what the defender decides, if it is a rule, fixed or searched: one that is not told the truth, looks at nothing but the decision, and
    /// is not what learning came to. Dice are no rule.
    pub fn rule(&self, agents: &Agents) -> Option<Box<Decide<'static>>> {
        fn of(policy: impl Policy + Sync) -> Box<Decide<'static>> {
            Box::new(move |decision| policy.clone().choose(decision))
        }
        match &self.kind {
            DefenderKind::None => Some(of(Always(Action::Monitor))),
            DefenderKind::BestThreshold => Some(of(Threshold(agents.threshold))),
            DefenderKind::Threshold(threshold) => Some(of(Threshold(*threshold))),
            DefenderKind::Always(action) => Some(of(Always(*action))),
            DefenderKind::Clock(clock) => Some(of(*clock)),
            DefenderKind::Playbook
            | DefenderKind::ScanKill
            | DefenderKind::SmallTable
            | DefenderKind::Searched(_)
            | DefenderKind::Table(_) => {
                let agent = ResponseAgent::new(self.table(agents)?);
                Some(Box::new(move |d| agent.decide(d.key, d.facts, &d.mask)))
            }
            _ => None,
        }
    }

    /// Returns the decider, given what was trained. `None` for a network of one's own that was not read, and for a table that
    /// was not searched; see [`DefenderSpec::complete`].
    pub fn contestant(&self, agents: &Agents) -> Option<Contestant> {
        let decider = if let Some(table) = self.table(agents) {
            let defender = ResponseAgent::new(table);
            match self.told() {
                Some(told) => Decider::Privileged(Box::new(ToldTheTruth { defender, told })),
                None => Decider::Plain(Box::new(defender)),
            }
        } else {
            match &self.kind {
                DefenderKind::None => Decider::Plain(Box::new(Always(Action::Monitor))),
                DefenderKind::Random => Decider::Plain(Box::<Random>::default()),
                DefenderKind::BestThreshold => Decider::Plain(Box::new(Threshold(agents.threshold))),
                DefenderKind::Threshold(threshold) => Decider::Plain(Box::new(Threshold(*threshold))),
                DefenderKind::Always(action) => Decider::Plain(Box::new(Always(*action))),
                DefenderKind::Clock(clock) => Decider::Plain(Box::new(*clock)),
                DefenderKind::Oracle => Decider::Privileged(Box::new(Oracle)),
                _ => Decider::Plain(Box::new(NetworkPolicy::new(self.network(agents)?))),
            }
        };
        Some(Contestant { name: self.name.clone(), decider })
    }

    /// The file of a network of one's own within a run's folder, and its bytes once they were read.
    pub fn model(&self) -> Option<(String, Option<Arc<[u8]>>)> {
        let DefenderKind::Network(file) = &self.kind else { return None };
        let path = format!("models/{}.safetensors", file.sha256);
        Some((path, file.read.as_ref().map(|read| Arc::clone(&read.0))))
    }

    /// Reads a network that only its SHA-256 is known of, from a run's folder; looks whether a table that is to be searched was.
    ///
    /// # Errors
    /// When it is not there, or another one is.
    pub fn complete(&mut self, folder: &Path) -> Result<(), SpecError> {
        if let Some(what) = self.search() {
            let file = crate::agents::searched_file(what);
            let seeds = std::fs::read_dir(folder.join("models")).into_iter().flatten().flatten();
            let mut seeds = seeds.map(|entry| entry.path()).filter(|path| path.is_dir()).peekable();
            let found = seeds.peek().is_some() && seeds.all(|path| path.join(&file).is_file());
            let (name, place) = (self.name.clone(), folder.display().to_string());
            return if found { Ok(()) } else { Err(SpecError::Unsearched { name, place }) };
        }
        let Some((path, None)) = self.model() else { return Ok(()) };
        let place = folder.join(path).display().to_string();
        let DefenderKind::Network(file) = &mut self.kind else { return Ok(()) };
        let (name, sha256) = (&self.name, &file.sha256);
        let lacking = |reason: String| SpecError::Lacking {
            name: name.clone(),
            sha256: sha256.clone(),
            place: place.clone(),
            reason,
        };
        let bytes = read("network", &place, MAX_NETWORK).map_err(|e| lacking(e.to_string()))?;
        let found = NetworkFile::new(bytes).map_err(lacking)?;
        if found.sha256 != *sha256 {
            return Err(lacking(format!("the file has SHA-256 {}", found.sha256)));
        }
        *file = found;
        Ok(())
    }

    /// The difference between two defenders of one name, if there is one.
    pub fn differs(&self, other: &DefenderSpec) -> Option<String> {
        if self == other {
            return None;
        }
        let digest = |spec: &DefenderSpec| match &spec.kind {
            DefenderKind::Table(file) => Some(sha256(file.text.as_bytes())),
            DefenderKind::Network(file) => Some(file.sha256.clone()),
            _ => None,
        };
        Some(match (digest(self), digest(other)) {
            (Some(here), Some(there)) if self.name == other.name => {
                format!("file of `{}` (SHA-256 {} instead of {})", self.name, short(&there), short(&here))
            }
            _ => format!("defender (`{}` instead of `{}`)", other.name, self.name),
        })
    }
}

/// The beginning of a digest: enough to tell two apart.
fn short(digest: &str) -> &str {
    &digest[..digest.len().min(12)]
}

/// A regular file as bytes.
fn read(what: &'static str, file: &str, max: u64) -> Result<Vec<u8>, SpecError> {
    mats_core::files::read_regular(Path::new(file), max).map_err(|e| SpecError::Unreadable {
        what,
        file: file.to_owned(),
        reason: e.to_string(),
    })
}

impl NetworkFile {
    fn new(bytes: Vec<u8>) -> Result<NetworkFile, String> {
        let network = QFunction::from_bytes(&bytes, NAMES)
            .map_err(|e| format!("{e} (`mats run SCENARIO` trains one)"))?;
        Ok(NetworkFile { sha256: sha256(&bytes), read: Some((bytes.into(), Arc::new(network))) })
    }
}

impl DefenderKind {
    /// A defender that names no file.
    fn plain(name: &str) -> Result<DefenderKind, SpecError> {
        let share = |text: &str| text.parse::<f32>().ok().filter(|s| (0.0..=1.0).contains(s));
        let value = |kind: Option<DefenderKind>, wanted| {
            kind.ok_or_else(|| SpecError::Value { name: name.to_owned(), wanted })
        };
        Ok(match name.split_once(':') {
            None => match name {
                "none" => DefenderKind::None,
                "random" => DefenderKind::Random,
                "threshold" => DefenderKind::BestThreshold,
                "playbook" => DefenderKind::Playbook,
                "scan-kill" => DefenderKind::ScanKill,
                "small-table" => DefenderKind::SmallTable,
                "dqn" => DefenderKind::Dqn,
                "policy" => DefenderKind::Policy,
                "perfect-detector" => DefenderKind::PerfectDetector,
                "foresight" => DefenderKind::Foresight,
                "oracle" => DefenderKind::Oracle,
                _ => match Search::ALL.into_iter().find(|what| what.name() == name) {
                    Some(what) => DefenderKind::Searched(what),
                    None => return Err(SpecError::Unknown { name: name.to_owned() }),
                },
            },
            Some(("always", action)) => value(Action::from_name(action).map(DefenderKind::Always), ACTION)?,
            Some(("threshold", cut)) => value(share(cut).map(DefenderKind::Threshold), THRESHOLD)?,
            Some(("clock", window)) => {
                let clock = || {
                    let (from, to) = window.split_once('-')?;
                    let (from, to) = (share(from)?, share(to)?);
                    (from <= to).then_some(DefenderKind::Clock(Clock { from, to }))
                };
                value(clock(), CLOCK)?
            }
            Some(_) => return Err(SpecError::Unknown { name: name.to_owned() }),
        })
    }
}

impl fmt::Display for DefenderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A name, and beside it what a file held: the text of a table, the SHA-256 of a network.
impl Serialize for DefenderSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, value) = match &self.kind {
            DefenderKind::Table(file) => ("table", &file.text),
            DefenderKind::Network(file) => ("sha256", &file.sha256),
            _ => return serializer.serialize_str(&self.name),
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry(key, value)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for DefenderSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DefenderSpec, D::Error> {
        deserializer.deserialize_any(SpecVisitor)
    }
}

struct SpecVisitor;

impl<'de> Visitor<'de> for SpecVisitor {
    type Value = DefenderSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a defender, or a name with the content of its file")
    }

    /// Reads a name alone, and no file: what stands in a record stands there whole.
    fn visit_str<E: de::Error>(self, name: &str) -> Result<DefenderSpec, E> {
        if name.starts_with("table:") || name.starts_with("network:") {
            return Err(E::custom(format!("`{name}` stands without the content of its file")));
        }
        let kind = DefenderKind::plain(name).map_err(E::custom)?;
        Ok(DefenderSpec { name: name.to_owned(), kind })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DefenderSpec, A::Error> {
        let (mut name, mut table, mut sha256) = (None::<String>, None::<String>, None::<String>);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => name = Some(map.next_value()?),
                "table" => table = Some(map.next_value()?),
                "sha256" => sha256 = Some(map.next_value()?),
                _ => return Err(de::Error::unknown_field(&key, &["name", "table", "sha256"])),
            }
        }
        let name = name.ok_or_else(|| de::Error::missing_field("name"))?;
        let kind = if table.is_some() { "table:" } else { "network:" };
        if !name.starts_with(kind) {
            return Err(de::Error::custom(format!("the name `{name}` should begin with `{kind}`")));
        }
        let kind = match (table, sha256) {
            (Some(text), None) => {
                let table = PolicyTable::parse(&text, &name).map_err(de::Error::custom)?;
                DefenderKind::Table(TableFile { text, table })
            }
            (None, Some(sha256)) => {
                let is_digest = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
                if !is_digest {
                    return Err(de::Error::custom(format!(
                        "`{name}` has no SHA-256 of 64 hexadecimal digits"
                    )));
                }
                DefenderKind::Network(NetworkFile { sha256, read: None })
            }
            _ => return Err(de::Error::custom(format!("`{name}` needs either `table` or `sha256`"))),
        };
        Ok(DefenderSpec { name, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(names: &[&str]) -> String {
        DefenderSpec::parse_all(names).unwrap_err().to_string()
    }

    #[test]
    fn names_are_those_that_can_be_evaluated() {
        for name in DEFENDERS.into_iter().chain(OTHERS).chain([
            "always:isolate_host",
            "clock:0.2-0.5",
            "threshold:0.9",
        ]) {
            assert_eq!(DefenderSpec::parse(name).map(|s| s.name().to_owned()), Ok(name.to_owned()));
        }
        for name in ["", "dqm", "always:", "always:sleep", "clock:", "clock:1", "clock:0.5-0.2"] {
            assert!(DefenderSpec::parse(name).is_err(), "{name}");
        }
        for name in ["clock:0-nan", "threshold:2", "none:", "tables:x", "network:", "table:"] {
            assert!(DefenderSpec::parse(name).is_err(), "{name}");
        }
    }

    /// Figures of `small-table` are those of this very table: whoever changes it gives it another name.
    #[test]
    fn the_small_table_is_the_one_that_was_found() {
        let text = include_str!("../../../mats-respond/src/small-table.toml");
        let digest = "f488a06bff9b7fdf0ca76c3e49b99a8b661267da2bb0f3a431c56b680dfc7464";
        assert_eq!(sha256(text.as_bytes()), digest);
        assert!(PolicyTable::small_table().rules.len() <= 4);
    }

    #[test]
    fn rules_that_can_never_match_are_doubts_in_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        std::fs::write(&file, "[[rule]]\nactions = [\"monitor\"]\n[[rule]]\nactions = [\"run_scan\"]\n")
            .unwrap();
        let spec = DefenderSpec::parse(&format!("table:{}", file.display())).unwrap();
        let [doubt] = &spec.doubts()[..] else { panic!("{:?}", spec.doubts()) };
        assert_eq!(
            (doubt.place, doubt.severity),
            (Some((3, 1)), mats_scenario::diagnostics::Severity::Warning)
        );
        assert!(doubt.message.contains("the rule above it on line 1 takes all"), "{}", doubt.message);
        assert!(DefenderSpec::parse("playbook").unwrap().doubts().is_empty());
    }

    #[test]
    fn a_name_given_twice_is_evaluated_once_and_two_spellings_are_refused() {
        let names = |specs: Vec<DefenderSpec>| specs.iter().map(ToString::to_string).collect::<Vec<_>>();
        let kept = DefenderSpec::parse_all(["none", "oracle", "none"]).unwrap();
        assert_eq!(names(kept), ["none", "oracle"]);
        for [one, other] in [
            ["threshold:0.5", "threshold:0.50"],
            ["clock:0.2-0.5", "clock:.2-.5"],
            ["none", "always:monitor"],
        ] {
            if one == "none" {
                // Watching is what both come to, but they are two defenders by what they are for.
                assert!(DefenderSpec::parse_all([one, other]).is_ok());
                continue;
            }
            assert!(error(&[one, "none", other]).contains("name it once"), "{one} {other}");
        }
    }

    #[test]
    fn tables_carry_their_text_and_the_same_text_is_the_same_defender() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("table:{}", dir.path().join(name).display());
        let text = PolicyTable::playbook().to_toml();
        std::fs::write(dir.path().join("a.toml"), &text).unwrap();
        std::fs::write(dir.path().join("b.toml"), &text).unwrap();
        assert!(error(&[&at("a.toml"), &at("b.toml")]).contains("are the same defender"));
        let spec = DefenderSpec::parse(&at("a.toml")).unwrap();
        std::fs::write(dir.path().join("a.toml"), "").unwrap();
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<DefenderSpec>(&json).unwrap(), spec, "no file is read again");
        let changed = DefenderSpec::parse(&at("a.toml"));
        let says = changed.map_or_else(|e| e.to_string(), |c| spec.differs(&c).unwrap_or_default());
        assert!(says.contains("SHA-256") || says.contains("a.toml"), "{says}");
        assert!(
            error(&[&format!("table:{}", dir.path().display())]).contains("failed to read the policy table")
        );
    }

    #[test]
    fn a_record_names_no_file_without_its_content() {
        for wrong in [
            r#"{"name":"oracle","table":""}"#,
            r#""table:x.toml""#,
            r#"{"name":"x"}"#,
            r#"{"name":"n","sha256":"../../etc/passwd"}"#,
        ] {
            assert!(serde_json::from_str::<DefenderSpec>(wrong).is_err(), "{wrong}");
        }
    }
}
