//! Whether a replay is the same episode that the run counted.

use super::data::{Check, Replay};
use csv::StringRecord;
use mats_results::cell::Phase;
use mats_results::read::{ReadError, read_csv};
use mats_results::rows::{EpisodeRow, Row};
use std::path::Path;

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
