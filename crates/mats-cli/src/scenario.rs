//! `mats scenario`: author and inspect scenarios.

use crate::failure::Failure;
use crate::flags::ScenarioCommand;
use crate::{load, output, table, trial};
use anyhow::Context;
use mats_core::text::printable;
use mats_scenario::tactic::{Tactic, tactics};
use mats_scenario::{Checked, Diagnostic, Diagnostics, Scenario, schema, show, starter};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// Bad scenarios; a file that exists; a closed stdout.
pub fn scenario(command: &ScenarioCommand) -> Result<(), Failure> {
    match command {
        ScenarioCommand::Check { scenarios, json: true, .. } => check_as_json(scenarios),
        ScenarioCommand::Check { scenarios, quiet, .. } => check(scenarios, *quiet),
        ScenarioCommand::New { file: None } => output::print(starter()),
        ScenarioCommand::New { file: Some(path) } => new(path),
        ScenarioCommand::List { folder, json } => list(folder, *json),
        ScenarioCommand::Show { scenario } => {
            output::print(&show(&load::scenarios(std::slice::from_ref(scenario))?[0]))
        }
        ScenarioCommand::Try { scenario, episodes, seed, json, effort } => {
            trial::print(scenario, *episodes, *seed, *json, *effort)
        }
        ScenarioCommand::Schema => output::print_json(&schema()),
    }
}

/// Writes the starter to a file that is not there yet.
fn new(path: &Path) -> Result<(), Failure> {
    let shown = printable(&path.display().to_string()).into_owned();
    let mut file = File::create_new(path).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => {
            Failure::input(anyhow::anyhow!("{shown} exists already; choose another name"))
        }
        _ => Failure::input(anyhow::Error::new(e).context(format!("failed to create {shown}"))),
    })?;
    file.write_all(starter().as_bytes()).with_context(|| format!("failed to write {shown}"))?;
    output::print(&format!("{shown}: written; change it, then run: mats scenario check {shown}\n"))
}

fn check(paths: &[PathBuf], quiet: bool) -> Result<(), Failure> {
    let mut bad = Vec::new();
    for path in paths {
        let Checked { scenario, doubts } = mats_scenario::check_file(path);
        output::doubt(doubts);
        match scenario {
            Ok(_) if quiet => {}
            Ok(scenario) => output::print(&format!(
                "{}: ok, {}\n",
                printable(&path.display().to_string()),
                size(&scenario)
            ))?,
            Err(diagnostics) => bad.push(diagnostics),
        }
    }
    if bad.is_empty() { Ok(()) } else { Err(Failure::Scenario(bad)) }
}

fn check_as_json(paths: &[PathBuf]) -> Result<(), Failure> {
    let mut mistakes = Vec::new();
    let mut fine = true;
    for path in paths {
        let Checked { scenario, doubts } = mats_scenario::check_file(path);
        fine &= scenario.is_ok();
        mistakes.extend(scenario.err().iter().flat_map(|wrong| wrong.as_slice().iter().map(mistake)));
        mistakes.extend(doubts.iter().map(mistake));
    }
    output::print_json(&Value::Array(mistakes))?;
    // All has been said on stdout.
    if fine { Ok(()) } else { Err(Failure::Scenario(Vec::new())) }
}

fn mistake(diagnostic: &Diagnostic) -> Value {
    json!({
        "severity": diagnostic.severity.name(),
        "file": diagnostic.file,
        "line": diagnostic.place.map(|(line, _)| line),
        "column": diagnostic.place.map(|(_, column)| column),
        "message": diagnostic.message,
        "help": diagnostic.help,
    })
}

fn size(scenario: &Scenario) -> String {
    let steps: usize = scenario.possible_attacks().iter().map(|a| a.steps.len()).sum();
    format!("{} hosts, {steps} attack steps", scenario.hosts.len())
}

/// Lists every scenario of a folder, right or wrong; wrong ones with their first mistake.
fn list(folder: &Path, as_json: bool) -> Result<(), Failure> {
    let shown = printable(&folder.display().to_string()).into_owned();
    let unreadable = || format!("failed to list {shown}; name a folder with scenario files");
    let entries = std::fs::read_dir(folder).with_context(unreadable).map_err(Failure::Input)?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml") && path.is_file());
    paths.sort();
    let scenarios = paths.iter().map(|path| (path, mats_scenario::load(path)));
    if as_json {
        return output::print_json(&scenarios.map(|(path, loaded)| json_entry(path, &loaded)).collect());
    }
    let entries: Vec<String> = scenarios.map(|(path, loaded)| entry(path, &loaded)).collect();
    if entries.is_empty() {
        return output::print(&format!("no scenarios in {shown}\n"));
    }
    output::print(&entries.join("\n"))
}

fn entry(path: &Path, loaded: &Result<Scenario, Diagnostics>) -> String {
    let scenario = match loaded {
        Ok(scenario) => scenario,
        Err(diagnostics) => return broken_entry(path, diagnostics.as_slice()),
    };
    let mut text = table::wrap(&format!("{}: ", scenario.name), &printable(&scenario.title));
    let hours = scenario.horizon.hours();
    text = format!("{text}  {}, {hours} h an episode\n", size(scenario));
    let tactics: Vec<&str> = used(scenario).iter().map(|t| t.short).collect();
    if !tactics.is_empty() {
        text.push_str(&table::wrap("  tactics: ", &tactics.join(", ")));
    }
    text
}

fn broken_entry(path: &Path, mistakes: &[Diagnostic]) -> String {
    let name = printable(&path.file_name().unwrap_or_default().to_string_lossy()).into_owned();
    let count = mistakes.len();
    let mut text = format!("{name}: not usable, {count} mistake{}\n", if count == 1 { "" } else { "s" });
    if let Some(first) = mistakes.first() {
        let place = first.place.map_or(String::new(), |(line, column)| format!("{line}:{column}: "));
        text.push_str(&table::wrap(&format!("  {place}"), &first.message));
    }
    text
}

fn json_entry(path: &Path, loaded: &Result<Scenario, Diagnostics>) -> Value {
    let file = path.display().to_string();
    match loaded {
        Ok(scenario) => json!({
            "file": file,
            "name": scenario.name,
            "title": scenario.title,
            "hosts": scenario.hosts.len(),
            "attacks": scenario.possible_attacks().len(),
            "horizon_hours": scenario.horizon.hours(),
            "tactics": used(scenario).iter().map(|t| t.name).collect::<Vec<_>>(),
        }),
        Err(diagnostics) => json!({
            "file": file,
            "mistakes": diagnostics.as_slice().len(),
            "first": diagnostics.as_slice().first().map(mistake),
        }),
    }
}

/// Tactics that the attacks use, in the order of ATT&CK.
fn used(scenario: &Scenario) -> Vec<Tactic> {
    tactics(scenario.possible_attacks(), &scenario.techniques)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_fit_80_columns_whatever_a_title_says() {
        let title = "word ".repeat(39);
        let text = starter().replacen("What a row in a table says", &title, 1);
        let text = entry(Path::new("my.toml"), &mats_scenario::parse(&text, "my.toml"));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("  tactics: access, collect, exfiltrate\n"), "{text}");
    }

    #[test]
    fn a_wrong_file_is_listed_with_its_first_mistake() {
        let text = starter().replacen("retries = 5", "retris = 5", 1).replacen("T1041", "T1O41", 1);
        let loaded = mats_scenario::parse(&text, "my.toml");
        let entry = entry(Path::new("folder/my.toml"), &loaded);
        assert!(entry.starts_with("my.toml: not usable, 2 mistakes\n"), "{entry}");
        assert!(entry.contains(": unknown key `retris`"), "{entry}");
        let json = json_entry(Path::new("folder/my.toml"), &loaded);
        let line = text.lines().find(|line| line.contains("retris")).unwrap();
        let column = 1 + line.find("retris").unwrap();
        assert_eq!((&json["mistakes"], &json["first"]["column"]), (&2.into(), &column.into()));
    }

    #[test]
    fn the_starter_is_never_written_over_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        new(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), starter());
        assert!(matches!(new(&path), Err(Failure::Input(_))));
    }
}
