//! From files to a checked scenario.

use crate::diagnostics::Diagnostics;
use crate::format::ScenarioFile;
use crate::lower::lower;
use crate::model::Scenario;
use crate::shipped::{DEFAULTS, SCHEMA};
use crate::sieve::Sieve;
use crate::source::{self, Sink, Sources};
use crate::tree;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Files that extend each other, at most.
const MAX_CHAIN: usize = 8;
/// Stands in where `[scenario]` is missing or wrong, so that the rest can be checked.
const STAND_IN: &str = "[scenario]\nname = \"unnamed\"\nhorizon_hours = 12.0\n";

/// Reads and checks a scenario file and the files it extends.
///
/// # Errors
/// Everything that is wrong with them, each mistake with its place; see [`Diagnostics`].
pub fn load(path: &Path) -> Result<Scenario, Diagnostics> {
    let mut files = Files::default();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let text = source::read(&path)?;
        files.seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone()));
        next =
            files.add(&path.display().to_string(), text).and_then(|extends| files.extended(&extends, &path));
    }
    if !files.sink.is_empty() {
        // Without what it extends, everything else would seem to be missing.
        return Err(files.sources.diagnose_all(files.sink.mistakes));
    }
    check(&files.sources, &files.bases, files.sink)
}

/// Checks the text of a scenario. A text has no folder, so it may not extend a file.
///
/// # Errors
/// Everything that is wrong with it, each mistake with its place; see [`Diagnostics`].
pub fn parse(text: &str, file_name: &str) -> Result<Scenario, Diagnostics> {
    let text = source::checked(file_name, text.as_bytes().to_vec())?;
    let mut files = Files::default();
    if let Some(extends) = files.add(file_name, text) {
        let help = Some("save the text to a file and load that".to_owned());
        files.sink.error(extends.span(), "`extends` needs a file to be relative to", help);
    }
    check(&files.sources, &files.bases, files.sink)
}

/// The files read so far, the one that was asked for first.
#[derive(Default)]
struct Files {
    sources: Sources,
    /// The position of each file's first byte.
    bases: Vec<usize>,
    seen: BTreeSet<PathBuf>,
    sink: Sink,
}

impl Files {
    /// Adds a file; returns what it extends.
    fn add(&mut self, name: &str, text: String) -> Option<Spanned<String>> {
        let base = self.sources.add(name, text);
        self.bases.push(base);
        let (table, _) = tree::parse(self.sources.text(base), base);
        let extends = table.get("extends")?;
        Some(Spanned::new(extends.span(), extends.get_ref().as_str()?.to_owned()))
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

/// Checks files that extend each other, the last one being the ground.
fn check(sources: &Sources, bases: &[usize], mut sink: Sink) -> Result<Scenario, Diagnostics> {
    let mut syntax = Vec::new();
    let (mut table, _) = tree::parse(DEFAULTS, 0);
    for &base in bases.iter().rev() {
        let (mut layer, mistakes) = tree::parse(sources.text(base), base);
        layer.remove("extends");
        syntax.extend(mistakes);
        tree::merge(&mut table, layer);
    }
    let mut sieve = Sieve { sink: &mut sink, lost: BTreeSet::new(), complete: syntax.is_empty() };
    sieve.file(&mut table, &SCHEMA);
    let lost = sieve.lost;
    // Where the syntax is broken, whatever else seems wrong on that line is a consequence.
    let mut broken = BTreeSet::new();
    syntax.retain(|m| broken.insert(sources.line(m.span.start)));
    sink.mistakes.retain(|m| !broken.contains(&sources.line(m.span.start)));
    // What the sieve took out is refilled, so that the rest can be checked.
    let (mut whole, _) = tree::parse(STAND_IN, 0);
    tree::merge(&mut whole, tree::parse(DEFAULTS, 0).0);
    tree::merge(&mut whole, table);
    let mut scenario = None;
    match ScenarioFile::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, whole))) {
        Ok(file) if syntax.is_empty() => scenario = Some(lower(file, &mut sink, &lost)),
        Ok(_) => {}
        Err(e) => sink.error(e.span().unwrap_or(0..0), e.message(), None),
    }
    sink.mistakes.extend(syntax);
    match scenario {
        Some(scenario) if sink.is_empty() => Ok(scenario),
        _ => Err(sources.diagnose_all(sink.mistakes)),
    }
}
