//! `mats generate`: telemetry for other tools, and how real it looks.

use crate::failure::Failure;
use crate::flags::{Format, GenerateFlags};
use crate::reporter::Reporter;
use crate::session::begin;
use crate::{load, output, profile};
use anyhow::Context;
use mats_lab::generate::{self, GenerateError, GenerateSettings};
use mats_results::WriteError;
use mats_scenario::Scenario;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// A bad scenario, a folder that holds files, an interrupt, a full disk.
pub fn generate(flags: &GenerateFlags) -> Result<(), Failure> {
    let scenario = load::scenarios(std::slice::from_ref(&flags.scenario))?.remove(0);
    let mut reporter = begin(flags.effort)?;
    reporter.begin(&scenario.name);
    if let Some(out) = &flags.out {
        let written = write(&scenario, flags, out, &mut reporter)?;
        if !flags.json {
            output::print(&written)?;
        }
    }
    if flags.profile { profile::print(&scenario, flags, &mut reporter) } else { Ok(()) }
}

/// Writes the data set; returns what to say about it.
fn write(
    scenario: &Scenario,
    flags: &GenerateFlags,
    out: &Path,
    reporter: &mut Reporter,
) -> Result<String, Failure> {
    let mut formats: Vec<generate::TelemetryFormat> = flags
        .format
        .iter()
        .flat_map(|format| match format {
            Format::Csv => &[generate::TelemetryFormat::Csv][..],
            Format::Zeek => &[generate::TelemetryFormat::Zeek],
            Format::ZeekTsv => &[generate::TelemetryFormat::ZeekTsv],
            Format::Ecs => &[generate::TelemetryFormat::Ecs],
            Format::Windows => &[generate::TelemetryFormat::Windows],
            Format::Linux => &[generate::TelemetryFormat::Linux],
            Format::Stix => &[generate::TelemetryFormat::Stix],
            Format::All => &generate::TelemetryFormat::ALL,
        })
        .copied()
        .collect();
    // Asked for twice is asked for once; dataset.json lists them in one order.
    formats.sort_unstable();
    formats.dedup();
    let settings = GenerateSettings {
        seed: flags.seed,
        episodes: flags.episodes,
        hours: flags.hours,
        formats,
        paired: flags.paired,
        overwrite: flags.overwrite,
    };
    let written = generate::generate(scenario, &settings, out, reporter);
    reporter.clear();
    let written = match written {
        Err(e @ GenerateError::Folder(WriteError::Io { .. })) => {
            Err(e).context("failed to write the data set")?
        }
        Err(e @ (GenerateError::Exists { .. } | GenerateError::Folder(_))) => return Err(Failure::input(e)),
        other => other.context("failed to write the data set")?,
    };
    let path = mats_core::text::printable(&out.display().to_string()).into_owned();
    let hint = if written.attacked == 0 { hint(scenario, flags.hours) } else { String::new() };
    let twins = if flags.paired { format!(", and {} benign twin(s)", written.twins) } else { String::new() };
    Ok(format!(
        "{} records, {} of them malicious (named in truth.csv), in {} episode(s), {} with an attack{twins}: {path}\n{hint}",
        written.records, written.malicious, flags.episodes, written.attacked
    ))
}

/// Explains why no episode saw an attack, where the scenario has some.
fn hint(scenario: &Scenario, hours: Option<u64>) -> String {
    let (from, to) = scenario.campaigns.onset;
    let [from, to] = [from.hours(), to.hours()];
    if scenario.attacks.is_empty() {
        String::new()
    } else if hours.is_some_and(|hours| (hours as f64) < to) {
        format!(
            "No episode saw an attack: campaigns begin {from}–{to} h into an episode; give more --hours.\n"
        )
    } else {
        "No episode saw an attack, for scenarios leave some without; try more --episodes or another --seed.\n"
            .to_owned()
    }
}
