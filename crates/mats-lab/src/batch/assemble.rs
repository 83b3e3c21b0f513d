//! Units → result folder. Everything is read from the disk, so a run that was resumed, or put together from parts, ends with
//! the same bytes as one that went through.

use super::definition::Definition;
use super::job::Job;
use super::unit;
use crate::evaluate::Evaluation;
use crate::record::{self, RunError, RunRecord};
use mats_results::details::RefinementRow;
use mats_results::folder::{FILES, POLICY, RECORD, TIMING, check_run};
use mats_results::reference::fill_regret;
use mats_results::rows::{CampaignRow, EpisodeRow, LearningRow, SummaryRow};
use mats_results::summary::{Settings, Summary, summarise};
use mats_results::{Phase, ReadError, ResultFolder, read_csv, read_json};

/// A finished job.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// Record of the run, as in `run.json`.
    pub record: RunRecord,
    /// Summary of the run's figures.
    pub summary: Summary,
}

/// Puts a job's result folder together from its units, all of which must be there. Where that was done before, what is
/// there is read.
///
/// # Errors
/// When a unit is damaged or a file cannot be written. What is there stays, and this may be tried again.
pub fn assemble(job: &Job, version: &str) -> Result<Assembled, RunError> {
    let folder = job.folder()?;
    let settings = Settings { seed: job.spec.settings.seed, ..Settings::default() };
    let record = if folder.is_whole() {
        read_json(&folder.staging().join(RECORD))?
    } else {
        put_together(job, &folder, version, settings)?
    };
    // Models are named, for it may be that another process wrote them.
    let models: Vec<String> = job.seeds().map(|seed| format!("models/{seed}")).collect();
    let networks: Vec<String> = record.settings.defenders.iter().filter_map(|d| Some(d.model()?.0)).collect();
    // When it was worked on is written afterwards; what is there now tells of an older run.
    let files = FILES.into_iter().filter(|&file| file != TIMING);
    let kept: Vec<&str> = files.chain(models.iter().chain(&networks).map(String::as_str)).collect();
    if !folder.is_settled() {
        folder.finish(&kept)?;
    }
    let damaged = |reason| RunError::Damaged { path: job.path.clone(), reason };
    check_run(&job.path).map_err(damaged)?;
    let (episodes, campaigns) = evaluated(&job.path).map_err(damaged)?;
    Ok(Assembled { record, summary: summarise(&episodes, &campaigns, settings) })
}

/// The rows of evaluation of a finished run.
fn evaluated(path: &std::path::Path) -> Result<(Vec<EpisodeRow>, Vec<CampaignRow>), ReadError> {
    let mut episodes: Vec<EpisodeRow> = read_csv(&path.join("episodes.csv"))?;
    let mut campaigns: Vec<CampaignRow> = read_csv(&path.join("campaigns.csv"))?;
    episodes.retain(|row| row.phase == Phase::Eval);
    campaigns.retain(|row| row.phase == Phase::Eval);
    Ok((episodes, campaigns))
}

fn put_together(
    job: &Job,
    folder: &ResultFolder,
    version: &str,
    settings: Settings,
) -> Result<RunRecord, RunError> {
    let (mut training_episodes, mut training_campaigns): (Vec<EpisodeRow>, Vec<CampaignRow>) =
        (Vec::new(), Vec::new());
    let (mut all, mut curve): (Evaluation, Vec<LearningRow>) = (Evaluation::default(), Vec::new());
    let mut refinement: Vec<RefinementRow> = Vec::new();
    let (mut cuts, mut notes, mut detectors) = (Vec::new(), Vec::new(), Vec::new());
    let mut best_rules = Vec::new();
    for seed in job.seeds() {
        let unit = unit::read(&folder.unit(&seed.to_string()))?;
        training_episodes.extend(unit.training_episodes.0);
        training_campaigns.extend(unit.training_episodes.1);
        curve.extend(unit.curve);
        refinement.extend(unit.refinement);
        all.append(unit.evaluated);
        cuts.push((seed, unit.threshold));
        best_rules.extend(unit.best_rule.map(|rule| (seed, rule)));
        notes.push((seed, unit.note));
        detectors.push((seed, unit.detectors));
        for (path, bytes) in unit.networks {
            folder.write_bytes(&path, &bytes)?;
        }
        for (name, bytes) in unit.models {
            folder.write_bytes(&format!("models/{seed}/{name}"), &bytes)?;
            if name == POLICY && seed == job.spec.settings.seed {
                folder.write_bytes(POLICY, &bytes)?;
            }
        }
    }
    fill_regret(&mut all.episodes);
    folder.write_csv("episodes.csv", training_episodes.iter().chain(&all.episodes))?;
    folder.write_csv("campaigns.csv", training_campaigns.iter().chain(&all.campaigns))?;
    record::write_observed(folder, &all)?;
    folder
        .write_csv::<SummaryRow>("summary.csv", &summarise(&all.episodes, &all.campaigns, settings).rows)?;
    folder.write_csv("learning.csv", &curve)?;
    folder.write_csv("refinement.csv", &refinement)?;
    let Definition { version, scenario, also, settings, changes } = Definition::of(&job.spec, version);
    let record = RunRecord {
        version,
        scenario,
        also,
        settings,
        changes,
        cuts,
        best_rules,
        notes,
        detectors,
        evaluation: None,
    };
    folder.seal(&record)?;
    Ok(record)
}
