//! `mats detect`: the detectors alone, on data from elsewhere.
//!
//! | module | holds |
//! |---|---|
//! | [`fit`], [`eval`], [`score`] | one command each |
//! | [`model`] | model files of either kind |
//! | [`unused_flags`] | refuses flags that mean nothing to a kind of model |
//! | [`mod@print`] | what is told of data and figures |

mod eval;
mod fit;
mod model;
mod print;
mod score;
mod unused_flags;

use crate::failure::Failure;
use crate::flags::{DetectCommand, ReadFlags};
use crate::output;
use anyhow::anyhow;
use mats_data::DataError;
use mats_data::rows::{BadRow, Counts};
use mats_tabular::files::benign;
use mats_tabular::files::data::{Data, Source};
use mats_tabular::files::fit::Reading;
use mats_tabular::files::score::too_many_left_out;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// Bad input; a full disk; a closed stdout.
pub fn detect(command: &DetectCommand) -> Result<(), Failure> {
    match command {
        DetectCommand::Fit(flags) => fit::fit(flags),
        DetectCommand::Eval(flags) => eval::eval(flags),
        DetectCommand::Score(flags) => score::score(flags),
    }
}

/// Fails where too many rows were left out of what was done to the others. What was written stands.
fn enough(left_out: u64, counts: &Counts, others: u64, said: &str) -> Result<(), Failure> {
    match too_many_left_out(left_out, counts.swallowed, others, said) {
        Some(what) => Err(anyhow!(what).into()),
        None => Ok(()),
    }
}

/// Fails as [`enough`] does where too many rows were left out of a table, or of the file of its labels.
fn enough_of(data: &Data, said: &str) -> Result<(), Failure> {
    if let Some(joined) = &data.joined {
        enough(joined.bad, &Counts::default(), joined.labels, "of the file of labels could not be used")?;
    }
    enough(data.left_out(), &data.table.counts, data.table.rows as u64, said)
}

/// Warns of rows that name no stream, where a model knows one of those that its training rows came from.
fn warn_of_stream(stream: Option<&str>, counts: &Counts, file: &str) {
    if let Some(why) = stream.and_then(|stream| counts.in_vain(stream)) {
        output::warn(&format!(
            "{file}: {why}; the model was fitted to that alone, and all rows are taken for such"
        ));
    }
}

/// Warns of labels that look benign and count as malicious.
fn warn_of_benign<'l>(labels: impl Iterator<Item = (&'l str, bool)>, cure: &str) {
    const LISTED: usize = 6;
    let found = benign::suspicious(labels);
    if found.is_empty() {
        return;
    }
    let mut list: Vec<String> = found.iter().take(LISTED).map(|label| format!("`{label}`")).collect();
    if found.len() > LISTED {
        list.push(format!("{} more", found.len() - LISTED));
    }
    output::warn(&format!(
        "labelled benign by their looks, and taken for malicious: {}; {cure}",
        list.join(", ")
    ));
}

/// Makes a bad row an error, for `--strict`.
fn strict<'b>(mut bad: impl Iterator<Item = (&'b Path, &'b BadRow)>) -> Result<(), Failure> {
    match bad.next() {
        Some((file, bad)) => Err(Failure::input(DataError::Line {
            file: file.display().to_string(),
            line: bad.line,
            what: format!("{}; without --strict such rows are counted and left out", bad.what),
        })),
        None => Ok(()),
    }
}

/// Reads a table, of which some is said in `source`; with `--strict` a bad row is an error.
fn open(path: &Path, flags: &ReadFlags, source: Source, reading: &Reading) -> Result<Data, Failure> {
    let truth = flags.truth.as_ref().map(|file| {
        let key = flags.truth_id.as_ref().or(reading.id.as_ref()).cloned().unwrap_or_default();
        (file.clone(), key, reading.label.clone().unwrap_or_default())
    });
    let source = Source { path: path.to_owned(), format: flags.format, truth, ..source };
    let data = Data::open(&source, reading).map_err(Failure::input)?;
    if flags.strict {
        let labels = data.joined.iter().flat_map(|j| j.first_bad.iter().chain(&j.first_contradictory));
        let labels = labels.map(|bad| (flags.truth.as_deref().unwrap_or(path), bad));
        strict(data.table.first_bad.iter().map(|bad| (path, bad)).chain(labels))?;
    }
    Ok(data)
}
