use super::{enough, enough_of, open, print, strict, unused_flags, warn_of_benign};
use crate::failure::Failure;
use crate::flags::{FitFlags, ModelKind};
use crate::output;
use anyhow::{Context, ensure};
use mats_core::files::replaceable;
use mats_data::DataError;
use mats_data::rows::Format;
use mats_tabular::files::benign;
use mats_tabular::files::data::{self, Data};
use mats_tabular::files::fit::{
    DetectorKind, Reading, SequenceParams, Source, TableDetector, TableParams, Templates, fit as fit_table,
    sequences as kept,
};
use mats_tabular::files::input::Input;
use mats_tabular::files::schema::listed;
use mats_tabular::files::score::counted;
use mats_tabular::files::{leaks, sequences};
use serde_json::json;
use std::fs;

/// Malicious rows below which figures are mere chance.
const FEW: u64 = 20;

/// Fits a detector and writes it.
///
/// # Errors
/// Data that cannot be read or do not serve; a model file that is there already; a full disk.
pub fn fit(flags: &FitFlags) -> Result<(), Failure> {
    may_write(flags).map_err(Failure::input)?;
    crate::session::threads(flags.effort)?;
    let kind = match flags.model {
        ModelKind::Forest => DetectorKind::Forest,
        ModelKind::Iforest => DetectorKind::IForest,
        ModelKind::Fused => DetectorKind::Fused,
        ModelKind::Lstm => return sequence(flags),
    };
    unused_flags::of_fitted_tables(flags)?;
    let input = Input::open(&flags.data).map_err(Failure::input)?;
    let [columns, surplus] = columns(flags, &input)?;
    let groups = flags.groups.as_deref().map(data::label_groups);
    let reading = Reading {
        columns,
        stream: flags.stream.clone(),
        label: flags.read.label.clone(),
        id: flags.read.id.clone(),
        groups: groups.transpose().map_err(Failure::input)?.unwrap_or_default(),
        drop: flags.drop.clone(),
        benign: flags.benign.clone(),
    };
    let (categorical, surplus) = (flags.categorical.clone(), surplus.unwrap_or_default());
    let (held, required) = (input.into_held(), flags.keep.clone());
    let source = data::Source { categorical, surplus, held, required, ..data::Source::default() };
    let data = open(&flags.data, &flags.read, source, &reading)?;
    unused_flags::of_format(flags, data.table.format)?;
    if let Some(why) = flags.stream.as_ref().and_then(|stream| data.table.counts.in_vain(stream)) {
        let file = flags.data.display().to_string();
        return Err(Failure::input(DataError::File { file, what: format!("{why}; leave --stream out") }));
    }
    let mut params = TableParams { nominal: flags.fpr, keep: flags.keep.clone(), ..TableParams::new(kind) };
    if let Some(trees) = flags.trees {
        (params.forest.trees, params.isolation.trees) = (trees, trees);
    }
    let detector = fit_table(&data, &params, reading, None, flags.seed);
    let detector = detector.map_err(Failure::input)?;
    detector.save(&flags.out)?;
    warn(&detector, &data);
    warn_of_labels(flags, &detector, &data);
    let (report, calibration) = (detector.report(), detector.calibration());
    if flags.json {
        output::print_json(&json!({
            "model": flags.out, "report": report, "calibration": calibration, "bad_rows": data.table.bad_rows,
            "left_out": data.left_out(), "unlabelled": data.table.unlabelled,
            "strays": data.table.strays,
            "joined": data.joined,
        }))?;
    } else {
        if !flags.effort.quiet {
            print::complain(&data);
        }
        output::print(&print::fitted(&detector, &flags.out))?;
    }
    enough_of(&data, "were left out of what the model learnt from")
}

/// Tells which labels were taken together as benign, and warns of those that may have been meant to be.
fn warn_of_labels(flags: &FitFlags, detector: &TableDetector, data: &Data) {
    const LISTED: usize = 6;
    let is_benign = benign::of_model(detector, data);
    let labels = data.labels.iter().flat_map(|(_, names)| names.iter().map(String::as_str)).zip(is_benign);
    let used = data.used();
    let used: Vec<(&str, bool)> = labels.filter(|(label, _)| used.contains(label)).collect();
    let together: Vec<String> =
        used.iter().filter(|(_, benign)| *benign).map(|(label, _)| format!("`{label}`")).collect();
    if together.len() > 1 && !flags.effort.quiet {
        let more = together.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let first = &together[..together.len().min(LISTED)];
        output::notify(&format!("taken together as benign: {}{more}", first.join(", ")));
    }
    for pattern in &flags.benign {
        let alone = std::slice::from_ref(pattern);
        if !used.iter().any(|(label, _)| benign::matches(alone, label)) {
            output::warn(&format!("--benign `{pattern}` is no label of the data"));
        }
    }
    warn_of_benign(
        used.into_iter(),
        "if they are benign, name them with --benign, too (`*` stands for any text)",
    );
}

/// Checks that the model may go where it is to go: to replace data, or a device, cannot be meant.
fn may_write(flags: &FitFlags) -> anyhow::Result<()> {
    let path = flags.out.display();
    // Of a link, what it leads to; but one that leads nowhere is there, too.
    let Ok(there) = fs::metadata(&flags.out).or_else(|_| fs::symlink_metadata(&flags.out)) else {
        return Ok(());
    };
    ensure!(there.is_file(), "{path} is no regular file; name another file with --out");
    replaceable(&flags.out).with_context(|| format!("cannot write {path}"))?;
    ensure!(flags.overwrite, "{path} is there already; add --overwrite, or name another file");
    let inputs =
        [Some(&flags.data), flags.read.truth.as_ref(), flags.columns.as_ref(), flags.groups.as_ref()];
    let out = fs::canonicalize(&flags.out)?;
    for input in inputs.into_iter().flatten() {
        let same = fs::canonicalize(input).is_ok_and(|input| input == out);
        ensure!(!same, "{path} is read by this very command; name another file with --out");
    }
    Ok(())
}

/// The names of the columns where a file lists them, and those among them that it does not.
fn columns(flags: &FitFlags, input: &Input) -> Result<[Option<Vec<String>>; 2], Failure> {
    let Some(list) = &flags.columns else { return Ok([None, None]) };
    let [named, surplus] = data::column_names_of(list, input).map_err(Failure::input)?;
    Ok([Some([named, surplus.clone()].concat()), Some(surplus)])
}

/// Warns of what may be a mistake and would make a model look better, or worse, than it is.
fn warn(detector: &TableDetector, data: &Data) {
    for name in leaks::answers(detector.encoder()) {
        output::warn(&format!(
            "the model looks at `{name}`; if that tells the answer, name it with --label or leave it out with --drop"
        ));
    }
    let codes = data.labels.as_ref().map_or(&[][..], |(codes, _)| codes);
    let telling = leaks::tells(detector.encoder(), &data.table, codes, &benign::of_model(detector, data));
    let untimely = "would not be known in time, leave it out with --drop";
    match telling.as_slice() {
        [] => {}
        [name] => {
            output::warn(&format!("`{name}` alone nearly tells the label; if it {untimely} {name}"));
        }
        names => output::warn(&format!(
            "each of {} alone nearly tells the label; if one {untimely}",
            listed(names)
        )),
    }
    for name in leaks::identifiers(detector.encoder(), &data.table) {
        output::warn(&format!(
            "`{name}` holds another whole number in each row; if it names rows, leave it out with --drop {name}"
        ));
    }
    if detector.report().recall == Some(0.0) {
        output::warn(
            "the cut finds none of the malicious rows: too many benign ones score as high; ask for a higher --fpr, or look for rows that are labelled wrongly",
        );
    }
    if detector.report().one_vote_alarms {
        output::warn(
            "the cut is no higher than one vote: a single tree that errs makes an alarm; ask for more --trees, or for a lower --fpr",
        );
    }
    let classes = &detector.report().classes;
    let malicious: u64 = classes.iter().skip(1).map(|(_, rows)| rows).sum();
    if detector.kind() != DetectorKind::IForest && malicious < FEW {
        output::warn(&format!(
            "{} to learn from; give at least {FEW}, for what is found of so few says little",
            counted(malicious, "malicious row")
        ));
    }
    if let Some(label) = data.ungrouped.as_ref() {
        output::warn(&format!(
            "--groups names no label of the data, such as `{label}`; is it the right file?"
        ));
    }
    let labels: Vec<&str> = classes.iter().map(|(name, _)| name.as_str()).collect();
    for (i, label) in labels.iter().enumerate() {
        if let Some(like) = labels[..i].iter().find(|other| other.to_lowercase() == label.to_lowercase()) {
            output::warn(&format!(
                "labels `{like}` and `{label}` differ only in case and count as two; make them one"
            ));
        }
    }
    if data.headless {
        output::warn(
            "all columns are called numbers; if the file has no header, give their names with --columns",
        );
    }
}

/// Fits a network over sessions of normal operation.
fn sequence(flags: &FitFlags) -> Result<(), Failure> {
    let sequence = &flags.sequence;
    unused_flags::of_fitted_sequences(flags)?;
    let source = match (&sequence.event, sequence.sessions) {
        (Some(event), _) => Source::Rows { event: event.clone(), entity: sequence.entity.clone() },
        (None, true) => Source::Sessions,
        (None, false) => Source::Lines { templates: Templates::default() },
    };
    let input = Input::open(&flags.data).map_err(Failure::input)?;
    let columns = columns(flags, &input)?[0].clone();
    let mut reading = kept::Reading { source, columns, stream: flags.stream.clone() };
    let (found, vocabulary) = sequences::learn_from(&input, &mut reading).map_err(Failure::input)?;
    unused_flags::of_format(flags, found.format)?;
    if found.format == Format::Lines && found.guessed != Format::Lines {
        output::warn(&format!(
            "{} looks like {}, yet is read as plain lines; if a column holds the event, name it with --event",
            flags.data.display(),
            found.guessed
        ));
    }
    if flags.read.strict {
        strict(found.counts.first_bad.iter().map(|bad| (flags.data.as_path(), bad)))?;
    }
    if !flags.effort.quiet {
        print::complaints_of(&found);
    }
    let mut lstm = SequenceParams::lstm(sequence.layers.unwrap_or(1), sequence.cells.unwrap_or(32));
    lstm.epochs = sequence.epochs.unwrap_or(lstm.epochs);
    let params = SequenceParams { lstm, window: sequence.window, nominal: flags.fpr };
    let detector = params.fit(&found.keys, vocabulary, reading, flags.seed).map_err(Failure::input)?;
    detector.save(&flags.out)?;
    if flags.json {
        let left_out = found.left_out();
        output::print_json(
            &json!({ "model": flags.out, "report": detector.report(), "left_out": left_out }),
        )?;
    } else {
        output::print(&print::fitted_sequences(&detector, &flags.out))?;
    }
    enough(found.left_out(), &found.counts, found.rows(), "were left out of what the model learnt from")
}
