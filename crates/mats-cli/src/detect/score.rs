use super::model::{self, Model};
use crate::failure::Failure;
use crate::flags::ScoreFlags;
use crate::interrupt;
use mats_data::follow::{Begin, Follow};
use mats_data::rows::{RowOptions, Rows};
use mats_lab::detect::score::{self, ScoreError, Tally, Wish, complaints};
use mats_lab::detect::sequences;
use mats_scenario::diagnostics::visible;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How long to wait for a file to grow before looking again.
const PAUSE: Duration = Duration::from_millis(200);

/// Scores records from a file or stdin.
///
/// # Errors
/// A model that cannot be read; records that cannot be read, or with `--strict` the first broken one.
pub fn score(flags: &ScoreFlags) -> Result<(), Failure> {
    let model = model::load(&flags.model)?;
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
            let input = Follow::open(path, begin, &never, wait).map_err(Failure::input)?;
            work(flags, &model, input, &path.display().to_string())
        }
        Some(path) => {
            let name = path.display().to_string();
            let file = File::open(path)
                .map_err(|source| Failure::input(mats_data::DataError::Io { file: name.clone(), source }))?;
            work(flags, &model, BufReader::new(file), &name)
        }
        None => work(flags, &model, io::stdin().lock(), "stdin"),
    }
}

fn work(flags: &ScoreFlags, model: &Model, input: impl BufRead, name: &str) -> Result<(), Failure> {
    let wish = Wish { id: flags.id.as_deref(), alarms_only: flags.alarms, strict: flags.strict };
    let mut out = io::stdout().lock();
    let done = match model {
        Model::Sequence(detector) => sequences::score(detector, input, name, wish, &mut out),
        Model::Table(detector) => {
            let reading = &detector.reading;
            let options = RowOptions {
                format: flags.format,
                columns: reading.columns.clone(),
                stream: reading.stream.clone(),
                id: flags.id.clone(),
                time: flags.time.clone(),
                ..RowOptions::default()
            };
            let mut rows = Rows::new(input, name, options).map_err(Failure::input)?;
            score::score(detector, &mut rows, wish, &mut out).map(|tally| (tally, rows.counts().clone()))
        }
    };
    match done {
        Ok((tally, counts)) => {
            if !flags.quiet {
                conclude(&tally, &complaints(&counts));
            }
            Ok(())
        }
        Err(ScoreError::Write(e)) if e.kind() == ErrorKind::BrokenPipe => Err(Failure::Unread),
        Err(e @ (ScoreError::Bad { .. } | ScoreError::Data(_))) => Err(Failure::input(e)),
        Err(e) => Err(e.into()),
    }
}

fn conclude(tally: &Tally, complaints: &[String]) {
    let odd = tally.oddities;
    let mut err = io::stderr().lock();
    // Where stderr is closed nobody wants to know.
    let _ = writeln!(
        err,
        "{} records scored, {} alarms; fields missing {}, infinite {}, of unseen names {}, not numbers {}",
        tally.scored, tally.alarms, odd.missing, odd.infinite, odd.unseen, odd.mistyped
    );
    if tally.evicted > 0 {
        let _ = writeln!(
            err,
            "{} times the machine or account that was idle longest was forgotten, for too many came to be watched at once",
            tally.evicted
        );
    }
    for line in complaints {
        let _ = writeln!(err, "{}", visible(line));
    }
}
