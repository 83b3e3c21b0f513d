use super::model::{self, Model};
use super::{enough, enough_of, open, print, strict, unused_flags, warn_of_benign, warn_of_stream};
use crate::failure::Failure;
use crate::flags::DetectEvalFlags;
use crate::output;
use anyhow::anyhow;
use mats_tabular::files::data::{self, Source};
use mats_tabular::files::fit::SequenceDetector;
use mats_tabular::files::sequences::Sessions;
use mats_tabular::files::{benign, evaluate, schema, sequences};
use serde_json::json;
use std::path::PathBuf;

/// A share of unknown events above which normal operation is hardly that of the training data.
const STRANGE: f64 = 0.5;

/// Evaluates a model on a labelled file.
///
/// # Errors
/// A model or data that cannot be read; data without labels.
pub fn eval(flags: &DetectEvalFlags) -> Result<(), Failure> {
    crate::session::threads(flags.effort)?;
    let detector = match model::load(&flags.model)? {
        Model::Table(detector) => detector,
        Model::Sequence(detector) => return sessions(flags, &detector),
    };
    unused_flags::of_evaluated_tables(flags)?;
    let mut reading = detector.reading.clone();
    reading.label = flags.read.label.clone().or(reading.label);
    reading.id = flags.read.id.clone().or(reading.id);
    // What was dropped to hide the label from an unlabelled fit is the label now.
    reading.drop.retain(|name| Some(name) != reading.label.as_ref());
    if reading.label.is_none() {
        return Err(Failure::input(anyhow!("the model knows of no label; name its column with --label")));
    }
    if let Some(label) = reading.label.as_ref().filter(|_| flags.read.truth.is_none())
        && detector.encoder().position(label).is_some()
    {
        let what =
            format!("the model looks at `{label}`; name another --label, or fit anew with --label {label}");
        return Err(Failure::input(anyhow!(what)));
    }
    let source = Source { known: data::known(detector.encoder()), ..Source::default() };
    let data = open(&flags.data, &flags.read, source, &reading)?;
    let file = flags.data.display().to_string();
    let warning = schema::judge(detector.encoder(), &data.table.names, data.table.format, &file);
    if let Some(warning) = warning.map_err(Failure::input)? {
        output::warn(&warning);
    }
    let found = evaluate::evaluate(&detector, &data, flags.seed)
        .ok_or_else(|| Failure::input(anyhow!("the data have no labels; name their column with --label")))?;
    warn_of_stream(detector.reading.stream.as_deref(), &data.table.counts, &file);
    if let Some((_, names)) = &data.labels {
        let labels = names.iter().map(String::as_str).zip(benign::of_model(&detector, &data));
        warn_of_benign(labels, "if they are benign, fit with --benign that names them, too");
    }
    if flags.json {
        output::print_json(&json!({
            "evaluation": found, "bad_rows": data.table.bad_rows, "left_out": data.left_out(),
            "unlabelled": data.table.unlabelled, "strays": data.table.strays, "joined": data.joined,
        }))?;
    } else {
        if !flags.effort.quiet {
            print::complain(&data);
        }
        output::print(&print::evaluated(&found))?;
    }
    enough_of(&data, "were left out of the evaluation")
}

/// Evaluates a network over sessions on normal ones, and malicious ones if there are any.
fn sessions(flags: &DetectEvalFlags, detector: &SequenceDetector) -> Result<(), Failure> {
    unused_flags::of_evaluated_sequences(flags)?;
    let read = |path: &PathBuf| {
        let found = sequences::sessions(path, detector).map_err(Failure::input)?;
        if found.keys.is_empty() {
            return Err(Failure::input(anyhow!("{}: no sessions", path.display())));
        }
        if flags.read.strict {
            strict(found.counts.first_bad.iter().map(|bad| (path.as_path(), bad)))?;
        }
        if !flags.effort.quiet {
            print::complaints_of(&found);
        }
        warn_of_stream(detector.reading.stream.as_deref(), &found.counts, &path.display().to_string());
        Ok(found)
    };
    let normal = read(&flags.data)?;
    if normal.unseen() > STRANGE {
        output::warn(&format!(
            "{:.0} % of the events of {} are unknown to the model; is it of the kind that the model was fitted to?",
            100.0 * normal.unseen(),
            flags.data.display()
        ));
    }
    let malicious = flags.malicious.as_ref().map(read).transpose()?;
    let keys = malicious.as_ref().map_or(&[][..], |found| &found.keys);
    let found = sequences::evaluate(detector, &normal.keys, keys, flags.seed);
    let both = || std::iter::once(&normal).chain(&malicious);
    if flags.json {
        let left_out: u64 = both().map(Sessions::left_out).sum();
        output::print_json(&json!({ "evaluation": found, "left_out": left_out }))?;
    } else {
        output::print(&print::evaluated_sessions(&found))?;
    }
    // Each file by itself: a large one must not hide what is wrong with the other.
    both().try_for_each(|file| {
        enough(file.left_out(), &file.counts, file.rows(), "were left out of the evaluation")
    })
}
