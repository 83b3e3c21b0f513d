//! The results of runs on stdout: a table a scenario for people, one array of JSON for programs.

use crate::failure::Failure;
use crate::{output, table};
use mats_core::text::printable;
use mats_lab::record::RunRecord;
use mats_results::summary::best_rule;
use mats_results::{Labels, ORACLE, Summary, TableRow};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Results as they come: tables at once, JSON when all are there.
#[derive(Debug)]
pub struct Tables {
    json: Option<Vec<Value>>,
    room: Option<usize>,
    shown: usize,
}

/// Parts of a run that are shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Name of the run, where that is not the scenario's.
    pub job: Option<&'a str>,
    /// Record of the run.
    pub record: &'a RunRecord,
    /// Figures of the run.
    pub summary: &'a Summary,
    /// Duration of the run in seconds, where that is known.
    pub seconds: Option<f64>,
    /// Folder of the run.
    pub folder: &'a Path,
}

impl Tables {
    /// Tables for people or for programs.
    pub fn new(json: bool) -> Tables {
        Tables { json: json.then(Vec::new), room: table::room(), shown: 0 }
    }

    /// Shows the results of a run, a table for each of its scenarios.
    ///
    /// # Errors
    /// When stdout is closed.
    pub fn add(&mut self, run: &Shown<'_>) -> Result<(), Failure> {
        self.shown += 1;
        if let Some(rows) = &mut self.json {
            rows.extend(run.summary.table.iter().map(|row| json_row(run.job, row)));
            return Ok(());
        }
        for scenario in std::iter::once(&run.record.scenario).chain(&run.record.also) {
            output::print(&self.section(run, &scenario.name))?;
        }
        output::print(&format!("Files: {}\n", printable(&run.folder.display().to_string())))
    }

    /// Formats what a run found in one scenario.
    fn section(&self, run: &Shown<'_>, scenario: &str) -> String {
        let Shown { job, record, summary, seconds, .. } = run;
        let rows = summary.table.iter().filter(|row| row.scenario == scenario);
        let labels = labels(summary);
        let rows: Vec<Vec<String>> = rows
            .map(|row| {
                let mut cells = row.cells();
                cells[0] = printable(&labels.get(&row.defender)).into_owned();
                cells
            })
            .collect();
        let text = table::results(&TableRow::HEADINGS, &rows, self.room);
        let mut leads: Vec<String> = summary
            .leads_over(scenario, best_rule(&record.best_rules))
            .iter()
            .map(ToString::to_string)
            .collect();
        if leads.is_empty() {
            leads.extend(without_score(summary, scenario));
        }
        let title = match job {
            Some(job) if record.scenario.name == scenario => (*job).to_owned(),
            Some(job) => format!("{job} on {scenario}"),
            None => scenario.to_owned(),
        };
        format!(
            "\n{title}: {} unseen episodes a defender, {}{}\n\n{text}\n{}\n{}{}",
            record.settings.eval_episodes,
            seeds(record.cuts.len()),
            seconds.map_or(String::new(), |seconds| format!(", {seconds:.0} s")),
            detectors(record),
            leads.join("\n"),
            if leads.is_empty() { "" } else { "\n\n" },
        )
    }

    /// Says what the figures are, and shows what was kept for the end.
    ///
    /// # Errors
    /// When stdout is closed.
    pub fn end(self) -> Result<(), Failure> {
        match self.json {
            Some(rows) => output::print_json(&Value::Array(rows)),
            None if self.shown > 0 => output::print(&format!("\n{LEGEND}")),
            None => Ok(()),
        }
    }
}

/// Says of which detectors the figures are, a line for each training seed.
fn detectors(record: &RunRecord) -> String {
    let told =
        record.detectors.iter().map(|(seed, models)| format!("Detectors of training seed {seed}: {models}."));
    told.map(|line| textwrap::fill(&line, 80) + "\n").collect()
}

fn seeds(count: usize) -> String {
    format!("{count} training seed{}", if count == 1 { "" } else { "s" })
}

/// Names of the defenders as tables show them.
fn labels(summary: &Summary) -> Labels {
    Labels::of(summary.table.iter().map(|row| row.defender.as_str()))
}

/// Tabulates what episodes cost where there is no score, and says why there is none.
fn without_score(summary: &Summary, scenario: &str) -> Option<String> {
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
    let labels = labels(summary);
    let cells: Vec<Vec<String>> = defenders
        .map(|row| {
            let cells = SHOWN.map(|(metric, _)| figure(&row.defender, metric).unwrap_or("n/a".to_owned()));
            std::iter::once(printable(&labels.get(&row.defender)).into_owned()).chain(cells).collect()
        })
        .collect();
    let attacked = rows().any(|row| row.metric == "cost_attack" && row.value.is_some());
    let oracle = rows().any(|row| row.defender == ORACLE);
    let (first, why) = match (attacked, oracle) {
        (false, _) => (
            "false alarms",
            "Nobody attacks here, so there is no score: what false alarms cost tells defenders apart.",
        ),
        (true, false) => (
            "defender",
            "No score: that takes the oracle, the upper end of its scale; add it to --defenders.",
        ),
        (true, true) => (
            "defender",
            "No score: too few attacks to tell what the oracle saves from luck; raise --eval-episodes. Costs include what attackers did.",
        ),
    };
    let headings: Vec<&str> = std::iter::once(first).chain(SHOWN.map(|s| s.1)).collect();
    Some(format!("{}\n\n{}", textwrap::fill(why, 80), table::plain(&headings, &cells)))
}

const LEGEND: &str = "\
Score: share of the avoidable cost that was avoided; none = 0, oracle = 1.
Objective: attackers that did as much of their goal as the scenario names.
Stopped: never in or evicted, without the objective. Access time: mean time a
campaign has a foothold, a password or persistence that is not cut off. These
three are over the campaigns that get in if nobody responds (the row of none).
Times to detect and to contain: medians from the first success, over campaigns
that got in; n/a where half never are, or none got in.
F1, false incidents: of incidents, that is merged alerts; n/a without any.
Disruption: mean cost of an episode. Actions: mean per episode.
* is told the truth, as no defender is: what could be won, nobody to beat.
results/README.md defines each.
";

/// A row of the table with its figures by name.
fn json_row(job: Option<&str>, row: &TableRow) -> Value {
    let figures = TableRow::METRICS.iter().zip(&row.figures);
    let mut object: Map<String, Value> =
        figures.map(|(metric, figure)| (metric.name().to_owned(), json!(figure))).collect();
    if let Some(job) = job {
        object.insert("job".to_owned(), json!(job));
    }
    object.insert("scenario".to_owned(), json!(row.scenario));
    object.insert("defender".to_owned(), json!(row.defender));
    Value::Object(object)
}
