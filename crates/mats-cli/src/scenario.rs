//! `mats scenario`: author and inspect scenarios.

use crate::failure::Failure;
use crate::flags::ScenarioCommand;
use crate::{load, output, table};
use anyhow::Context;
use mats_scenario::diagnostics::visible;
use mats_scenario::{Attack, Scenario, schema, show, starter};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// Bad scenarios; a closed stdout.
pub fn scenario(command: &ScenarioCommand) -> Result<(), Failure> {
    match command {
        ScenarioCommand::Check { scenarios, quiet } => check(scenarios, *quiet),
        ScenarioCommand::New => output::print(starter()),
        ScenarioCommand::List { folder, json } => list(folder, *json),
        ScenarioCommand::Show { scenario } => {
            output::print(&show(&load::scenarios(std::slice::from_ref(scenario))?[0]))
        }
        ScenarioCommand::Schema => output::print_json(&schema()),
    }
}

fn check(paths: &[PathBuf], quiet: bool) -> Result<(), Failure> {
    let mut bad = Vec::new();
    for path in paths {
        match mats_scenario::load(path) {
            Ok(_) if quiet => {}
            Ok(scenario) => output::print(&format!(
                "{}: ok, {}\n",
                visible(&path.display().to_string()),
                size(&scenario)
            ))?,
            Err(diagnostics) => bad.push(diagnostics),
        }
    }
    if bad.is_empty() { Ok(()) } else { Err(Failure::Scenario(bad)) }
}

fn size(scenario: &Scenario) -> String {
    let steps: usize = attacks(scenario).iter().map(|a| a.steps.len()).sum();
    format!("{} hosts, {steps} attack steps", scenario.hosts.len())
}

/// The attacks that can occur: none where no campaign is ever drawn.
fn attacks(scenario: &Scenario) -> &[Attack] {
    let quiet = scenario.campaigns.count.iter().skip(1).all(|&p| p == 0.0);
    if quiet { &[] } else { &scenario.attacks }
}

fn list(folder: &Path, as_json: bool) -> Result<(), Failure> {
    let unreadable = || format!("failed to list {}; name a folder with scenario files", folder.display());
    let entries = std::fs::read_dir(folder).with_context(unreadable).map_err(Failure::Input)?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for path in paths {
        match mats_scenario::load(&path) {
            Ok(scenario) => good.push(scenario),
            Err(_) => bad.push(visible(&path.display().to_string())),
        }
    }
    if as_json {
        output::print_json(&Value::Array(good.iter().map(json_entry).collect()))?;
    } else {
        let entries: Vec<String> = good.iter().map(entry).collect();
        output::print(&entries.join("\n"))?;
    }
    // What is right is listed all the same.
    if bad.is_empty() {
        return Ok(());
    }
    let names = bad.join(", ");
    Err(Failure::input(anyhow::anyhow!("not listed for their mistakes: {names}; see `mats scenario check`")))
}

fn entry(scenario: &Scenario) -> String {
    let hours = scenario.horizon.hours();
    let name = visible(&scenario.name);
    let mut text =
        format!("{name}: {}\n  {}, {hours:.0} h an episode\n", visible(&scenario.title), size(scenario));
    let tactics = tactics(scenario).join(", ");
    if !tactics.is_empty() {
        text.push_str(&table::wrap("  tactics: ", &tactics));
    }
    text
}

fn json_entry(scenario: &Scenario) -> Value {
    json!({
        "name": scenario.name,
        "title": scenario.title,
        "hosts": scenario.hosts.len(),
        "attacks": attacks(scenario).len(),
        "horizon_hours": scenario.horizon.hours(),
        "tactics": tactics(scenario),
    })
}

/// Tactics that the attacks use, in the order of their names.
fn tactics(scenario: &Scenario) -> Vec<&str> {
    let steps = attacks(scenario).iter().flat_map(|attack| &attack.steps);
    let used: BTreeSet<&str> =
        steps.map(|step| scenario.techniques[step.technique].tactic.as_str()).collect();
    used.into_iter().collect()
}
