//! The first steps in one call each.

use mats_detect::{Detector, DetectorSettings, FitError};
use mats_lab::evaluate::Evaluation;
use mats_lab::gather::{GatherSettings, gather};
use mats_results::reference::fill_regret;
use mats_results::summary::{Settings, TableRow, summarise};
use mats_scenario::Diagnostics;
use mats_sim::Plan;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Reads a scenario and compiles it.
pub trait PlanFromFile: Sized {
    /// A plan that games share.
    ///
    /// # Errors
    /// With every mistake in the file, each with its place.
    fn from_file(path: impl AsRef<Path>) -> Result<Arc<Self>, Diagnostics>;
}

impl PlanFromFile for Plan {
    fn from_file(path: impl AsRef<Path>) -> Result<Arc<Plan>, Diagnostics> {
        Ok(Arc::new(Plan::new(mats_scenario::load(path.as_ref())?)))
    }
}

/// Effort put into fitting detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Seconds: to try something out.
    Quick,
    /// Effort of `mats run`.
    Full,
}

/// Fits detectors to episodes in which nobody responds, on seeds that are for nothing else.
///
/// # Errors
/// When there is too little to fit to.
pub fn fit_detector(plan: &Arc<Plan>, effort: Effort, seed: u64) -> Result<Arc<Detector>, FitError> {
    let (mut episodes, mut settings) = (GatherSettings::default(), DetectorSettings::default());
    if effort == Effort::Quick {
        episodes = GatherSettings { episodes: 24, benign_share: 0.1, ..episodes };
        settings.isolation_forest.trees = 30;
        settings.forest.trees = 20;
        (settings.lstm.epochs, settings.lstm.max_events) = (1, 20_000);
    }
    Ok(Arc::new(mats_detect::fit(&gather(plan, &episodes, seed), &settings, seed)?))
}

/// The table of an evaluation as text: a line a defender. Scores need `none` and `oracle` among them.
pub fn table(results: &Evaluation) -> String {
    let mut episodes = results.episodes.clone();
    fill_regret(&mut episodes);
    let summary = summarise(&episodes, &results.campaigns, Settings::default());
    let headings = TableRow::HEADINGS.map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> =
        std::iter::once(headings).chain(summary.table.iter().map(TableRow::cells)).collect();
    // Defender, score and access time; then what its means cost.
    let shown = [0, 1, 4, 9, 10];
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in &rows {
        for column in shown {
            let _ = write!(text, "{:<1$}  ", row[column], width(column));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
