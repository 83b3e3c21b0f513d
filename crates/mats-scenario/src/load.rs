//! From files to a checked scenario.

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::format::ScenarioFile;
use crate::lower::{DiagnosticLimits, lower};
use crate::model::Scenario;
use crate::raw_diagnostic::{RawDiagnostic, Sink};
use crate::schema_validator::{SchemaValidator, type_name};
use crate::shipped::{DEFAULTS, SCHEMA};
use crate::source::{self, Sources};
use crate::suggest::Inherited;
use crate::tree;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Files that extend each other, at most.
const MAX_CHAIN: usize = 8;
/// Position of the first byte of the defaults: behind all files, for nobody is told of a place there.
pub const DEFAULTS_BASE: usize = 1 << 31;
/// Stands in where `[scenario]` is missing or wrong, so that the rest can be checked.
const STAND_IN: &str = "[scenario]\nname = \"unnamed\"\nhorizon_hours = 12.0\n";

/// Reads and checks a scenario file and the files it extends.
///
/// # Errors
/// Everything that is wrong with them, each mistake with its place; see [`Diagnostics`].
pub fn load(path: &Path) -> Result<Scenario, Diagnostics> {
    check_file(path).scenario
}

/// Scenario as it was read, with what is doubtful in it.
#[derive(Debug)]
pub struct Checked {
    /// The scenario, or everything that is wrong.
    pub scenario: Result<Scenario, Diagnostics>,
    /// Doubts, in order of place: what can work, but hardly does as it was meant. They stand beside mistakes, too.
    pub doubts: Vec<Diagnostic>,
}

impl From<Diagnostics> for Checked {
    fn from(wrong: Diagnostics) -> Checked {
        Checked { scenario: Err(wrong), doubts: Vec::new() }
    }
}

/// Reads and checks a scenario file and the files it extends, as [`load`] does, and tells doubts, too.
pub fn check_file(path: &Path) -> Checked {
    Files::default().load(path)
}

/// Reads and checks a scenario file with some changes, as if a file that holds them extended it. `name` says in
/// mistakes where they stand.
///
/// # Errors
/// As [`load`].
pub fn load_changed(path: &Path, changes: &toml::Table, name: &str) -> Result<Scenario, Diagnostics> {
    let mut files = Files::default();
    files.add(name, changes.to_string());
    files.load(path).scenario
}

/// Checks the text of a scenario. A text has no folder, so it may not extend a file.
///
/// # Errors
/// Everything that is wrong with it, each mistake with its place; see [`Diagnostics`].
pub fn parse(text: &str, file_name: &str) -> Result<Scenario, Diagnostics> {
    check_text(text, file_name).scenario
}

/// Checks the text of a scenario, as [`parse`] does, and tells doubts, too.
pub fn check_text(text: &str, file_name: &str) -> Checked {
    let text = match source::checked(file_name, text.as_bytes().to_vec()) {
        Ok(text) => text,
        Err(wrong) => return wrong.into(),
    };
    let mut files = Files::default();
    if let Some(extends) = files.add(file_name, text) {
        let help = Some("save the text to a file and load that".to_owned());
        files.sink.error(extends.span(), "`extends` needs a file to be relative to", help);
    }
    check(files)
}

/// The files read so far, the one that was asked for first.
#[derive(Default)]
struct Files {
    sources: Sources,
    /// The position of each file's first byte.
    bases: Vec<usize>,
    seen: BTreeSet<PathBuf>,
    sink: Sink,
    /// Mistakes: what is not closed.
    unclosed: Vec<RawDiagnostic>,
}

impl Files {
    /// Reads a file and those it extends behind what is there, and checks all.
    fn load(mut self, path: &Path) -> Checked {
        let files = &mut self;
        let mut next = Some(path.to_owned());
        let mut named: Option<Spanned<String>> = None;
        while let Some(path) = next {
            let text = match (source::read(&path), &named) {
                (Ok(text), _) => text,
                (Err(told), None) => return told.into(),
                (Err(told), Some(extends)) => {
                    let why = told.as_slice().first().map_or("", |d| d.message.as_str());
                    let help = Some(format!("looked at {}", path.display()));
                    files.sink.error(
                        extends.span(),
                        format!("`extends` names a file that is no scenario: {why}"),
                        help,
                    );
                    break;
                }
            };
            files.seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone()));
            named = files.add(&path.display().to_string(), text);
            next = named.as_ref().and_then(|extends| files.extended(extends, &path));
        }
        check(self)
    }

    /// Adds a file; returns what it extends.
    fn add(&mut self, name: &str, text: String) -> Option<Spanned<String>> {
        let base = self.sources.add(name, text, &mut self.unclosed);
        self.bases.push(base);
        let (table, _) = tree::parse(self.sources.text(base), base);
        let extends = table.get("extends")?;
        let Some(file) = extends.get_ref().as_str() else {
            let found = type_name(extends.get_ref());
            let message = format!("`extends` must be one file name in quotes, found {found}");
            let help = Some("such as extends = \"worlds/office.toml\"".to_owned());
            self.sink.error(extends.span(), message, help);
            return None;
        };
        Some(Spanned::new(extends.span(), file.to_owned()))
    }

    /// The path of the file that the one at `path` extends, if it may be read.
    fn extended(&mut self, extends: &Spanned<String>, path: &Path) -> Option<PathBuf> {
        let base = path.parent().unwrap_or(Path::new("")).join(extends.get_ref());
        let wrong = if base.extension().is_none_or(|e| e != "toml") {
            Some("`extends` must name a .toml file")
        } else if self.seen.contains(&base.canonicalize().unwrap_or_else(|_| base.clone())) {
            Some("the files extend each other in a circle")
        } else if self.bases.len() == MAX_CHAIN {
            Some("too many files extend each other")
        } else if !base.is_file() {
            Some("`extends` names a file that does not exist")
        } else {
            None
        };
        if let Some(message) = wrong {
            let help = format!("looked for {}", base.display());
            self.sink.error(extends.span(), message, Some(help));
            return None;
        }
        Some(base)
    }
}

/// Checks files that extend each other, the last one being the ground. What their sink holds already is about
/// a ground that could not be read.
fn check(files: Files) -> Checked {
    let Files { sources, bases, mut sink, unclosed: mut syntax, .. } = files;
    let mut limits = DiagnosticLimits {
        groundless: !sink.is_empty(),
        bases: bases.clone(),
        ..DiagnosticLimits::default()
    };
    let (mut table, _) = tree::parse(DEFAULTS, DEFAULTS_BASE);
    for &base in bases.iter().rev() {
        let (mut layer, mistakes) = tree::parse(sources.text(base), base);
        layer.remove("extends");
        if base > 0 {
            let file = Path::new(sources.name(base)).file_name().unwrap_or_default();
            let mut names = BTreeSet::new();
            tree::names(&layer, "", &mut names);
            // The nearest file first.
            let file = file.to_string_lossy().into_owned();
            limits.inherited.insert(0, Inherited { file, base, names });
        }
        syntax.extend(mistakes);
        tree::merge(&mut table, layer);
    }
    limits.broken = !syntax.is_empty();
    if limits.broken {
        let declared = bases.iter().flat_map(|&base| tree::declared(sources.written(base)));
        limits.lost = declared.map(|name| (String::new(), name.to_owned())).collect();
    }
    let mut validator = SchemaValidator {
        broken: sources.sections(syntax.iter().map(|m| m.span.start)),
        complete: !limits.groundless,
        lost: std::mem::take(&mut limits.lost),
        inherited: &limits.inherited,
        ..SchemaValidator::new(&mut sink)
    };
    validator.file(&mut table, &SCHEMA);
    (limits.lost, limits.doubtful) = (validator.lost, validator.doubtful);
    limits.dropped = validator.dropped;
    // Where the syntax is broken, whatever else seems wrong on that line is a consequence.
    let mut broken = BTreeSet::new();
    syntax.retain(|m| broken.insert(sources.line(m.span.start)));
    sink.mistakes.retain(|m| !broken.contains(&sources.line(m.span.start)));
    sink.mistakes.extend(syntax);
    // What the validator took out is refilled, so that the rest can be checked.
    let (mut whole, _) = tree::parse(STAND_IN, 0);
    tree::merge(&mut whole, tree::parse(DEFAULTS, DEFAULTS_BASE).0);
    tree::merge(&mut whole, table);
    let mut scenario = None;
    match ScenarioFile::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, whole))) {
        Ok(file) => scenario = Some(lower(file, &mut sink, &limits)),
        Err(e) => sink.error(e.span().unwrap_or(0..0), e.message(), None),
    }
    let doubts = sources.doubt_all(std::mem::take(&mut sink.doubts));
    let scenario = match scenario {
        Some(scenario) if sink.is_empty() => Ok(scenario),
        _ => Err(sources.diagnose_all(sink.mistakes)),
    };
    Checked { scenario, doubts }
}
