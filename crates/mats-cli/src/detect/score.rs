use super::model::{self, Model};
use super::{enough, print, unused_flags, warn_of_stream};
use crate::failure::Failure;
use crate::flags::ScoreFlags;
use crate::interrupt;
use crate::output::{self, Harmless, notify};
use anyhow::anyhow;
use mats_core::files::open_stream;
use mats_data::DataError;
use mats_data::follow::{Begin, Breaks, Follow};
use mats_data::rows::{Format, RowOptions, Rows, head};
use mats_tabular::files::fit::Source;
use mats_tabular::files::fit::sequences::Reading;
use mats_tabular::files::score::{self, ScoreError, ScoreOptions, Tally, complaints, counted};
use mats_tabular::files::sequences;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Time to wait for a file to grow before looking again.
const PAUSE: Duration = Duration::from_millis(200);

/// Scores records from a file or stdin.
///
/// # Errors
/// A model that cannot be read; records that cannot be read, or with `--strict` the first broken one.
pub fn score(flags: &ScoreFlags) -> Result<(), Failure> {
    let model = model::load(&flags.model)?;
    if let Model::Sequence(detector) = &model {
        unused_flags::of_scored_sequences(flags, &detector.reading.source)?;
    }
    match &flags.data {
        Some(path) if flags.follow => {
            interrupt::listen()?;
            // The wait below notices Ctrl-C; nothing else need stop it.
            let never = AtomicBool::new(false);
            let begin = if flags.from_end { Begin::End } else { Begin::Start };
            let wait = || {
                std::thread::sleep(PAUSE);
                !interrupt::asked()
            };
            let name = path.display().to_string();
            let mut input = Follow::open(path, begin, &never, wait).map_err(Failure::input)?;
            if flags.from_end {
                let file = open_stream(path).map_err(|source| DataError::Io { file: name.clone(), source });
                let head = file.and_then(|file| head(BufReader::new(file), &name, &options(flags, &model)));
                input = input.after(head.map_err(Failure::input)?);
            }
            let breaks = input.breaks();
            work(flags, &model, input, Some(&breaks), &name)
        }
        Some(path) => {
            let name = path.display().to_string();
            let file = open_stream(path)
                .map_err(|source| Failure::input(DataError::Io { file: name.clone(), source }))?;
            work(flags, &model, BufReader::new(file), None, &name)
        }
        None => work(flags, &model, io::stdin().lock(), None, "stdin"),
    }
}

/// Chooses how records are read.
fn options(flags: &ScoreFlags, model: &Model) -> RowOptions {
    let (format, columns, stream) = match model {
        Model::Table(detector) => {
            (flags.format, detector.reading.columns.clone(), detector.reading.stream.clone())
        }
        Model::Sequence(detector) => {
            let Reading { source, columns, stream } = &detector.reading;
            let format = if matches!(source, Source::Rows { .. }) { None } else { Some(Format::Lines) };
            (format, columns.clone(), stream.clone())
        }
    };
    let (id, time) = (flags.id.clone(), flags.time.clone());
    RowOptions { format, columns, stream, id, time, header_again: true, ..RowOptions::default() }
}

fn work(
    flags: &ScoreFlags,
    model: &Model,
    input: impl BufRead,
    breaks: Option<&Breaks>,
    name: &str,
) -> Result<(), Failure> {
    let score_options = ScoreOptions {
        id: flags.id.as_deref(),
        alarms_only: flags.alarms,
        strict: flags.strict,
        notice: Some(output::warn),
        breaks,
    };
    let mut out = Harmless(io::stdout().lock());
    let done = match model {
        Model::Sequence(detector) => sequences::score(detector, input, name, score_options, &mut out),
        Model::Table(detector) => {
            let mut rows = Rows::new(input, name, options(flags, model)).map_err(Failure::input)?;
            score::score(detector, &mut rows, score_options, &mut out, &mut output::warn)
                .map(|tally| (tally, rows.counts().clone()))
        }
    };
    match done {
        Ok((tally, counts)) => {
            if !flags.quiet {
                let mut lines = complaints(&counts);
                lines.extend(print::eventless(&tally.eventless));
                conclude(&tally, &lines);
            }
            if let Some(id) = flags.id.as_ref().filter(|_| tally.nameless > 0) {
                output::warn(&format!("{} without `{id}`", counted(tally.nameless, "record")));
            }
            let stream = match model {
                Model::Table(detector) => detector.reading.stream.as_deref(),
                Model::Sequence(detector) => detector.reading.stream.as_deref(),
            };
            let in_vain = stream.and_then(|stream| counts.in_vain(stream));
            if let Some(why) = in_vain.filter(|_| counts.other_streams > 0 && !flags.follow) {
                return Err(Failure::input(anyhow!("{name}: {why}")));
            }
            warn_of_stream(stream, &counts, name);
            let left_out = counts.bad - counts.headers_again + tally.eventless.count;
            let rows = counts.rows + counts.bad;
            if tally.scored == 0 && rows > 0 && !flags.follow {
                let what = format!("{name}: none of {} could be scored", counted(rows, "row"));
                return Err(Failure::input(anyhow!(
                    "{what}; give records of the kind that the model was fitted to"
                )));
            }
            enough(left_out, &counts, tally.scored, "got no verdict")
        }
        Err(ScoreError::Write(e)) if e.kind() == ErrorKind::BrokenPipe => Err(Failure::Unread),
        Err(e @ (ScoreError::Bad { .. } | ScoreError::Data(_))) => Err(Failure::input(e)),
        Err(e) => Err(e.into()),
    }
}

fn conclude(tally: &Tally, complaints: &[String]) {
    let odd = tally.oddities;
    notify(&format!(
        "{} scored, {}; fields missing {}, infinite {}, of unseen names {}, not numbers {}",
        counted(tally.scored, "record"),
        counted(tally.alarms, "alarm"),
        odd.missing,
        odd.infinite,
        odd.unseen,
        odd.mistyped
    ));
    if tally.evicted > 0 {
        notify(&format!(
            "{} times the machine or account that was idle longest was forgotten, for too many came to be watched at once",
            tally.evicted
        ));
    }
    for line in complaints {
        notify(line);
    }
}
