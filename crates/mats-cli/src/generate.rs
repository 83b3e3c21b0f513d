//! `mats generate`: telemetry for other tools.

use crate::failure::Failure;
use crate::flags::{Format, GenerateFlags};
use crate::output;
use crate::run::begin;
use anyhow::Context;
use mats_lab::generate::{self, GenerateError, GenerateSettings};

/// Runs the command.
///
/// # Errors
/// A bad scenario, a folder that holds files, an interrupt, a full disk.
pub fn generate(flags: &GenerateFlags) -> Result<(), Failure> {
    let scenario = crate::load::scenarios(std::slice::from_ref(&flags.scenario))?.remove(0);
    let formats = flags.format.iter().map(|format| match format {
        Format::Csv => generate::Format::Csv,
        Format::Zeek => generate::Format::Zeek,
        Format::Ecs => generate::Format::Ecs,
        Format::Stix => generate::Format::Stix,
    });
    let settings = GenerateSettings {
        seed: flags.seed,
        episodes: flags.episodes,
        formats: formats.collect(),
        overwrite: flags.overwrite,
    };
    let mut reporter = begin(flags.effort)?;
    reporter.begin(&scenario.name);
    let written = generate::generate(&scenario, &settings, &flags.out, &mut reporter);
    reporter.clear();
    let written = match written {
        Err(e @ GenerateError::Exists { .. }) => return Err(Failure::input(e)),
        other => other.context("failed to write the data set")?,
    };
    let path = mats_scenario::diagnostics::visible(&flags.out.display().to_string());
    let hint = if written.attacked == 0 && !scenario.attacks.is_empty() {
        "No episode saw an attack, for scenarios leave some without; try more --episodes or another --seed.\n"
    } else {
        ""
    };
    output::print(&format!(
        "{} records, {} of them malicious (named in truth.csv), in {} episode(s), {} with an attack: {path}\n{hint}",
        written.records, written.malicious, flags.episodes, written.attacked
    ))
}
