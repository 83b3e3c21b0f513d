//! Whether a replay is the same episode that the run counted.

use super::data::Replay;
use crate::results::cell::Phase;
use crate::results::read::{ReadError, read_csv};
use crate::results::rows::{EpisodeRow, Row};
use csv::StringRecord;
use serde::Serialize;
use std::path::Path;

/// What a row of `episodes.csv` says of a replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Check {
    /// Every figure is the same.
    Same,
    /// Figures differ: another version of the program played it, or files were changed.
    Differs {
        /// Column, what the run counted, what the replay counted.
        columns: Vec<(String, String, String)>,
    },
    /// The run did not play this defender on this episode, so there is nothing to compare with.
    NoRow,
}

/// Compares every side with the rows of a run's folder.
///
/// # Errors
/// When `episodes.csv` is there but damaged.
pub fn check(replay: &mut Replay, folder: &Path) -> Result<(), ReadError> {
    let rows: Vec<EpisodeRow> = match read_csv(&folder.join("episodes.csv")) {
        Err(ReadError::Missing { .. }) => return Ok(()),
        rows => rows?,
    };
    for side in &mut replay.sides {
        side.check = compare(&side.row, &rows);
    }
    Ok(())
}

fn compare(now: &EpisodeRow, rows: &[EpisodeRow]) -> Check {
    let same = |row: &&EpisodeRow| {
        row.phase == Phase::Eval
            && (&row.scenario, &row.defender) == (&now.scenario, &now.defender)
            && (row.train_seed, row.episode) == (now.train_seed, now.episode)
    };
    let Some(then) = rows.iter().find(same) else { return Check::NoRow };
    let cells = |row: &EpisodeRow| {
        let mut cells = StringRecord::new();
        // Regret needs another defender's episode.
        EpisodeRow { regret: None, ..row.clone() }.put(&mut cells);
        cells
    };
    let (then, now) = (cells(then), cells(now));
    let columns: Vec<(String, String, String)> = EpisodeRow::header()
        .into_iter()
        .zip(then.iter().zip(now.iter()))
        .filter(|(_, (then, now))| then != now)
        .map(|(column, (then, now))| (column, then.to_owned(), now.to_owned()))
        .collect();
    if columns.is_empty() { Check::Same } else { Check::Differs { columns } }
}
