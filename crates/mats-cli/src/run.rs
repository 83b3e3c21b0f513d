//! `mats run`: train, evaluate, print, write.

use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::flags::{Effort, RunFlags};
use crate::folders::Folders;
use crate::reporter::Reporter;
use crate::{interrupt, load, output, table};
use anyhow::Context;
use mats_lab::overrides;
use mats_lab::results::{ResultFolder, Summary, TableRow};
use mats_lab::roster;
use mats_lab::run::{RunRecord, RunSettings, describe, train_and_evaluate, write};
use mats_lab::train::TrainSettings;
use serde_json::{Map, Value, json};

/// What a run writes beside its models.
const WRITTEN: [&str; 11] = [
    "run.json",
    "episodes.csv",
    "campaigns.csv",
    "detection.csv",
    "summary.csv",
    "learning.csv",
    "curves.csv",
    "techniques.csv",
    "timeline.csv",
    "refinement.csv",
    "policy.toml",
];

/// Runs the command.
///
/// # Errors
/// Bad scenarios, an existing folder, an interrupt, a full disk.
pub fn run(flags: &RunFlags) -> Result<(), Failure> {
    let scenarios = load::scenarios(&flags.scenarios)?;
    let settings = settings(flags)?;
    let folders =
        Folders::create(&scenarios, &flags.seed.to_string(), flags.out.as_deref(), flags.overwrite)?;
    let mut reporter = begin(flags.effort)?;
    let mut tables = Tables::new(flags.json);
    for (scenario, folder) in scenarios.into_iter().zip(folders.iter()) {
        let watch = Stopwatch::start();
        reporter.begin(&scenario.name);
        let trained = train_and_evaluate(&scenario, &settings, &mut reporter);
        reporter.clear();
        let (trained, all) = match trained {
            Ok(done) => done,
            Err(error) => {
                // What is finished is kept, and shown.
                tables.end()?;
                return Err(error.into());
            }
        };
        let summary = write(folder, &trained, &all, flags.seed).context("failed to write results")?;
        let record = RunRecord {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.clone(),
            cuts: trained.iter().map(|(seed, t)| (*seed, t.cut)).collect(),
            notes: trained.iter().map(|(seed, t)| (*seed, describe(t))).collect(),
            started_unix_s: watch.started_unix_s(),
            duration_s: watch.seconds(),
            threads: rayon::current_num_threads(),
            scenario,
        };
        finish(folder, &record, &WRITTEN)?;
        tables.add(&record, &summary, folder)?;
    }
    tables.end()
}

/// What was typed, as settings.
fn settings(flags: &RunFlags) -> Result<RunSettings, Failure> {
    let mut settings = RunSettings {
        seed: flags.seed,
        train_seeds: flags.train_seeds,
        eval_episodes: flags.eval_episodes,
        train: TrainSettings { episodes: flags.episodes, ..TrainSettings::default() },
        ..RunSettings::default()
    };
    if !flags.defenders.is_empty() {
        settings.defenders = defenders(&flags.defenders)?;
    }
    for text in &flags.set {
        settings = overrides::set(&settings, text).map_err(Failure::input)?;
    }
    settings.check().map_err(Failure::input)
}

/// Names of defenders, checked, each once.
///
/// # Errors
/// When a name is nobody's.
pub fn defenders(names: &[String]) -> Result<Vec<String>, Failure> {
    roster::check(names).map_err(Failure::input)
}

/// What is the same for all commands that work for a while: threads, Ctrl-C, progress.
///
/// # Errors
/// When the system has no threads to give.
pub fn begin(effort: Effort) -> Result<Reporter, Failure> {
    threads(effort)?;
    interrupt::listen()?;
    Ok(Reporter::new(effort.quiet))
}

/// Starts as many threads as asked for.
///
/// # Errors
/// When the system has none to give.
pub fn threads(effort: Effort) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(effort.threads.unwrap_or(0));
    Ok(pool.build_global().context("failed to start threads")?)
}

/// The record goes last: a folder that has it is whole. Whatever an older run left beside the `written` files goes.
///
/// # Errors
/// When it cannot be written.
pub fn finish(folder: &ResultFolder, record: &RunRecord, written: &[&str]) -> Result<(), Failure> {
    folder.write_json("run.json", record).context("failed to write results")?;
    folder.finish(written).context("failed to replace what the folder held before")?;
    Ok(())
}

/// Results as they come: tables at once, JSON when all are there.
#[derive(Debug)]
pub struct Tables {
    json: Option<Vec<Value>>,
    room: Option<usize>,
}

impl Tables {
    /// For people or for programs.
    pub fn new(json: bool) -> Tables {
        Tables { json: json.then(Vec::new), room: table::room() }
    }

    /// Shows one scenario's results.
    ///
    /// # Errors
    /// When stdout is closed.
    pub fn add(
        &mut self,
        record: &RunRecord,
        summary: &Summary,
        folder: &ResultFolder,
    ) -> Result<(), Failure> {
        if let Some(rows) = &mut self.json {
            rows.extend(summary.table.iter().map(json_row));
            return Ok(());
        }
        let rows: Vec<Vec<String>> = summary.table.iter().map(TableRow::cells).collect();
        let text = table::results(&TableRow::HEADINGS, &rows, self.room);
        let leads = summary.leads(&record.scenario.name);
        let mut leads: Vec<String> = leads.iter().map(ToString::to_string).collect();
        if leads.is_empty() {
            leads.extend(false_alarms(summary, &record.scenario.name));
        }
        if !leads.is_empty() {
            leads.push("\n".to_owned());
        }
        let leads = leads.join("\n");
        output::print(&format!(
            "\n{}: {} unseen episodes a defender, {}, {:.0} s\n\n{text}\n\n{leads}{}Files: {}\n",
            record.scenario.name,
            record.settings.eval_episodes,
            seeds(record.cuts.len()),
            record.duration_s,
            LEGEND,
            mats_scenario::diagnostics::visible(&folder.path().display().to_string()),
        ))
    }

    /// Shows what was kept for the end.
    ///
    /// # Errors
    /// When stdout is closed.
    pub fn end(self) -> Result<(), Failure> {
        self.json.map_or(Ok(()), |rows| output::print_json(&Value::Array(rows)))
    }
}

fn seeds(count: usize) -> String {
    format!("{count} training seed{}", if count == 1 { "" } else { "s" })
}

/// Where nothing can be scored because nobody attacks: what false alarms cost.
fn false_alarms(summary: &Summary, scenario: &str) -> Option<String> {
    const SHOWN: [(&str, &str); 3] = [
        ("cost", "cost an episode"),
        ("cost_per_host_day", "cost a host-day"),
        ("false_isolations_per_host_day", "false isolations a host-day"),
    ];
    let rows = || summary.rows.iter().filter(|row| row.scenario == scenario);
    let figure = |defender: &str, metric: &str| {
        let row = rows().find(|row| row.defender == defender && row.metric == metric)?;
        row.value.map(|value| format!("{value:.3}"))
    };
    if rows().any(|row| row.metric == "score" && row.value.is_some()) {
        return None;
    }
    let defenders = summary.table.iter().filter(|row| row.scenario == scenario);
    let cells: Vec<Vec<String>> = defenders
        .map(|row| {
            let cells = SHOWN.map(|(metric, _)| figure(&row.defender, metric).unwrap_or("n/a".to_owned()));
            std::iter::once(row.defender.clone()).chain(cells).collect()
        })
        .collect();
    let headings: Vec<&str> = std::iter::once("false alarms").chain(SHOWN.map(|s| s.1)).collect();
    Some(table::plain(&headings, &cells))
}

const LEGEND: &str = "\
Score: share of the avoidable cost that was avoided; none = 0, oracle = 1.
Time lost: mean time an attacker holds the network (restricted mean, every
campaign counts). Time to detect: median; n/a where half are never detected,
0 s where a true alarm came before the first step that succeeded.
Precision, recall, F1, false incidents: of incidents, that is merged alerts.
Damage, disruption: mean cost of an episode. Actions: mean per episode.
results/README.md defines each.
";

/// A row of the table with its figures by name.
fn json_row(row: &TableRow) -> Value {
    let figures = TableRow::METRICS.iter().zip(&row.figures);
    let mut object: Map<String, Value> =
        figures.map(|(metric, figure)| (metric.name().to_owned(), json!(figure))).collect();
    object.insert("scenario".to_owned(), json!(row.scenario));
    object.insert("defender".to_owned(), json!(row.defender));
    Value::Object(object)
}
