//! Whether the tables of a run can be what a run wrote: no row twice, no cost that is not the sum of its parts, no campaign
//! without its episode. It holds also where whoever changed a file made its sum anew.

use crate::details::{CurveRow, TechniqueRow, TimelineRow};
use crate::metrics::EndState;
use crate::read_error::ReadError;
use crate::rows::{CampaignRow, DetectionRow, EpisodeRow, LearningRow, SummaryRow};
use crate::run_tables::RunTables;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Largest difference between a cost and the sum of its parts, relative to what they add up to: both are written with all digits.
const TOLERANCE: f64 = 1e-9;
/// The greatest count that a run can reach: sums of a thousand are whole, and exact as fractions are reckoned with.
const MOST: u64 = 1 << 53;

/// Checks the tables of a run against themselves and each other.
///
/// # Errors
/// Names the file, the line and what is wrong with the first row that cannot be.
pub fn check(folder: &Path, tables: &RunTables) -> Result<(), ReadError> {
    let file = |name: &str| File { folder, name: name.to_owned() };
    file("episodes.csv").rows(&tables.episodes, |row| (episode(row), String::new()), cost)?;
    let known: BTreeMap<_, _> = tables.episodes.iter().map(|row| (episode(row), row)).collect();
    let campaigns = file("campaigns.csv");
    campaigns.rows(
        &tables.campaigns,
        |row| (of(row), row.campaign),
        |row| fate(row, known.get(&of(row)).copied()),
    )?;
    let mut counts: BTreeMap<_, u32> = BTreeMap::new();
    for row in &tables.campaigns {
        *counts.entry(of(row)).or_default() += 1;
    }
    let counted = |row: &EpisodeRow| match counts.get(&episode(row)).copied().unwrap_or(0) {
        count if count == row.campaigns => Ok(()),
        count => {
            Err(format!("`campaigns` is {}, but campaigns.csv has {count} of the episode", row.campaigns))
        }
    };
    file("episodes.csv").each(&tables.episodes, counted)?;
    file("detection.csv").rows(
        &tables.detection,
        |r: &DetectionRow| (&r.scenario, &r.defender, r.phase, r.level),
        |r| counts_of(&[r.tp, r.fp, r.fn_, r.tn.unwrap_or(0), r.ignored.unwrap_or(0)]),
    )?;
    file("summary.csv").rows(
        &tables.summary,
        |r: &SummaryRow| (&r.scenario, &r.defender, &r.metric),
        |r| counts_of(&[r.n]),
    )?;
    file("learning.csv").rows(&tables.learning, |r: &LearningRow| (r.train_seed, r.episode), |_| Ok(()))?;
    let curves = tables.curves.as_deref().unwrap_or_default();
    file("curves.csv").rows(
        curves,
        |r: &CurveRow| (&r.scenario, &r.defender, r.threshold.to_bits()),
        |r| counts_of(&[r.tp, r.fp]),
    )?;
    let techniques = tables.techniques.as_deref().unwrap_or_default();
    file("techniques.csv").rows(
        techniques,
        |r: &TechniqueRow| (&r.scenario, &r.defender, &r.technique),
        |r| counts_of(&[r.uses, r.uses_flagged, r.windows, r.windows_flagged]),
    )?;
    let timeline = tables.timeline.as_deref().unwrap_or_default();
    file("timeline.csv").rows(
        timeline,
        |r: &TimelineRow| (&r.scenario, &r.defender, r.hour),
        |r| counts_of(&[r.episodes]),
    )
}

/// The episode that a row is about.
type Episode<'a> = (&'a str, &'a str, crate::Phase, u64, u64);

fn episode(row: &EpisodeRow) -> Episode<'_> {
    (&row.scenario, &row.defender, row.phase, row.train_seed, row.episode)
}

fn of(row: &CampaignRow) -> Episode<'_> {
    (&row.scenario, &row.defender, row.phase, row.train_seed, row.episode)
}

/// A file of a run.
struct File<'a> {
    folder: &'a Path,
    name: String,
}

impl File<'_> {
    /// Checks rows one by one, and that no two are about the same.
    fn rows<'r, R, K: Ord>(
        &self,
        rows: &'r [R],
        key: impl Fn(&'r R) -> K,
        check: impl Fn(&'r R) -> Result<(), String>,
    ) -> Result<(), ReadError> {
        let mut seen = BTreeSet::new();
        self.each(rows, |row| {
            if seen.insert(key(row)) { check(row) } else { Err("the row is there twice".to_owned()) }
        })
    }

    fn each<'r, R>(
        &self,
        rows: &'r [R],
        mut check: impl FnMut(&'r R) -> Result<(), String>,
    ) -> Result<(), ReadError> {
        for (at, row) in rows.iter().enumerate() {
            check(row).map_err(|reason| ReadError::Line {
                path: self.folder.join(&self.name),
                // After the header; no name spans lines.
                line: at as u64 + 2,
                reason,
            })?;
        }
        Ok(())
    }
}

/// Counts are what a run can reach.
fn counts_of(counts: &[u64]) -> Result<(), String> {
    match counts.iter().find(|&&count| count > MOST) {
        Some(count) => Err(format!("{count} is more than any run counts")),
        None => Ok(()),
    }
}

/// Costs are what they consist of.
fn cost(row: &EpisodeRow) -> Result<(), String> {
    let parts = [row.damage, row.disruption, row.action_cost];
    let sum: f64 = parts.iter().sum();
    let size: f64 = 1.0 + parts.iter().map(|part| part.abs()).sum::<f64>();
    if (row.cost - sum).abs() > TOLERANCE * size {
        return Err(format!(
            "`cost` is {}, but damage, disruption and action_cost add up to {sum}",
            row.cost
        ));
    }
    counts_of(&[row.steps, row.records])?;
    if row.false_incidents > row.incidents {
        return Err(format!("{} false incidents of {}", row.false_incidents, row.incidents));
    }
    Ok(())
}

/// The fate of a campaign is that of one of its episode, and times are there where they must be.
fn fate(row: &CampaignRow, episode: Option<&EpisodeRow>) -> Result<(), String> {
    match episode {
        None => return Err("episodes.csv has no such episode".to_owned()),
        Some(episode) if episode.seed != row.seed => {
            return Err(format!("`seed` is {}, but that of the episode is {}", row.seed, episode.seed));
        }
        Some(_) => {}
    }
    let state = row.end_state;
    let gone = matches!(state, EndState::Evicted | EndState::Left);
    let wrong = |column: &str, why: &str| Err(format!("`{column}` does not go with {why}"));
    let ended = format!("the end state {}", state.name());
    if (state == EndState::NeverIn) != row.first_success_s.is_none() {
        return wrong("first_success_s", &ended);
    }
    if row.time_to_evict_s.is_some() && !gone {
        return wrong("time_to_evict_s", &ended);
    }
    if row.time_to_contain_s.is_some() && !gone && state != EndState::CutOff {
        return wrong("time_to_contain_s", &ended);
    }
    let kept = matches!(state, EndState::NeverIn | EndState::Evicted) && row.time_to_objective_s.is_none();
    if row.stopped != kept {
        return wrong("stopped", "the end state and the objective");
    }
    if row.foothold_s > row.access_s || row.access_s > row.follow_up_s * (1.0 + TOLERANCE) {
        return wrong("access_s", "the time it could be followed");
    }
    Ok(())
}
