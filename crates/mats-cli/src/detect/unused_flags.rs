//! Flags that mean nothing to a kind of model are refused, lest someone believes that they took effect.

use crate::failure::Failure;
use crate::flags::{DetectEvalFlags, FitFlags, ReadFlags, ScoreFlags};
use anyhow::anyhow;
use mats_data::rows::Format;
use mats_tabular::files::fit::Source;

/// Flags that were given, though models of tables do not know them.
pub fn of_fitted_tables(flags: &FitFlags) -> Result<(), Failure> {
    let sequence = &flags.sequence;
    refuse(
        "only means something to --model lstm",
        &[
            ("event", sequence.event.is_some()),
            ("entity", sequence.entity.is_some()),
            ("sessions", sequence.sessions),
            ("window", sequence.window.is_some()),
            ("layers", sequence.layers.is_some()),
            ("cells", sequence.cells.is_some()),
            ("epochs", sequence.epochs.is_some()),
        ],
    )
}

/// Flags that were given, though an LSTM does not know them.
pub fn of_fitted_sequences(flags: &FitFlags) -> Result<(), Failure> {
    of_labels("an lstm learns from normal operation alone", &flags.read)?;
    refuse(
        "means nothing to --model lstm",
        &[
            ("drop", !flags.drop.is_empty()),
            ("keep", !flags.keep.is_empty()),
            ("categorical", !flags.categorical.is_empty()),
            ("groups", flags.groups.is_some()),
            ("benign", !flags.benign.is_empty()),
            ("trees", flags.trees.is_some()),
        ],
    )
}

/// Refuses flags that mean nothing when tables are evaluated.
pub fn of_evaluated_tables(flags: &DetectEvalFlags) -> Result<(), Failure> {
    refuse(
        "is for models of --model lstm; labels tell this one what is malicious",
        &[("malicious", flags.malicious.is_some())],
    )
}

/// Refuses flags that mean nothing when sessions are evaluated.
pub fn of_evaluated_sequences(flags: &DetectEvalFlags) -> Result<(), Failure> {
    of_labels("sessions are normal, or malicious if they are of the file that --malicious names", &flags.read)
}

/// Refuses flags that mean nothing when sessions, or lines, are scored: neither has columns.
pub fn of_scored_sequences(flags: &ScoreFlags, source: &Source) -> Result<(), Failure> {
    refuse("means nothing here: the model says how files are read", &[("format", flags.format.is_some())])?;
    if matches!(source, Source::Rows { .. }) {
        return Ok(());
    }
    refuse(
        "means nothing here: the model reads plain lines, which have no columns",
        &[("id", flags.id.is_some()), ("time", flags.time.is_some())],
    )
}

/// A log of a combined file was asked for, but the file can hold one alone.
pub fn of_format(flags: &FitFlags, format: Format) -> Result<(), Failure> {
    let one = matches!(format, Format::Csv | Format::Lines);
    refuse("is for Zeek's logs, and JSON that combines several", &[("stream", one && flags.stream.is_some())])
}

fn of_labels(why: &str, flags: &ReadFlags) -> Result<(), Failure> {
    refuse(
        &format!("means nothing here: {why}"),
        &[
            ("label", flags.label.is_some()),
            ("truth", flags.truth.is_some()),
            ("id", flags.id.is_some()),
            ("format", flags.format.is_some()),
            ("strict", flags.strict),
        ],
    )
}

fn refuse(why: &str, flags: &[(&str, bool)]) -> Result<(), Failure> {
    match flags.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(Failure::input(anyhow!("--{name} {why}; leave it out"))),
        None => Ok(()),
    }
}
