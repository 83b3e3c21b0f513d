//! From rows to the table that is printed and to `summary.csv`.

use crate::metric::{Facts, Metric};
use crate::metrics::bootstrap::{Estimate, RESAMPLES, Resamples, Unit};
use crate::metrics::score::score_difference;
use crate::rows::{CampaignRow, EpisodeRow, SummaryRow};
use crate::sample::{Sample, common_tau, factors, samples};
use serde::Serialize;
use std::collections::BTreeMap;

/// Settings of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Number of resamples.
    pub resamples: usize,
    /// Span over which incidence is given, in seconds; `None` takes that of the scenario.
    pub tau_s: Option<f64>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { seed: 0, resamples: RESAMPLES, tau_s: None }
    }
}

/// Summary of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// The rows of `summary.csv`.
    pub rows: Vec<SummaryRow>,
    /// The table to print: a row per scenario and defender.
    pub table: Vec<TableRow>,
}

/// Verdict on a defender: its lead in score over the best rule, on the same seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// The defender.
    pub defender: String,
    /// The fixed rule with the highest score.
    pub over: String,
    /// True if that rule was chosen on validation seeds, false if it is the best of these very episodes, which flatters it.
    pub chosen: bool,
    /// The lead, with its interval.
    pub lead: Estimate,
}

/// The fixed rules that others are compared with.
const RULES: [&str; 5] = ["none", "random", "threshold", "playbook", "scan-kill"];

impl Summary {
    /// The leads of all defenders of a scenario over the best fixed rule of its episodes, but of those that are told the truth and of
    /// `none`, whose score is 0. Empty where there is no score, or nothing to compare.
    pub fn leads(&self, scenario: &str) -> Vec<Lead> {
        self.leads_over(scenario, None)
    }

    /// The leads over the rule that was chosen on validation seeds; where none was, or it did not play, those of [`Summary::leads`].
    pub fn leads_over(&self, scenario: &str, best_rule: Option<&str>) -> Vec<Lead> {
        let rows = || self.rows.iter().filter(|row| row.scenario == scenario);
        let score = |name: &str| {
            rows().find(|row| row.defender == name && row.metric == "score").and_then(|row| row.value)
        };
        let played = best_rule.filter(|name| score(name).is_some());
        let ranked = RULES.into_iter().filter_map(|name| Some((score(name)?, name)));
        let ranked = ranked.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name);
        let (Some(best), chosen) = (played.or(ranked), played.is_some()) else { return Vec::new() };
        let metric = format!("score_minus_{best}");
        let players = rows().filter(|row| row.metric == "score").map(|row| row.defender.as_str());
        players
            .filter(|&name| {
                name != best
                    && name != crate::NONE
                    && !crate::PRIVILEGED.contains(&name)
                    && !name.ends_with(crate::MARK)
            })
            .filter_map(|defender| {
                let row = rows().find(|row| row.defender == defender && row.metric == metric)?;
                let lead = Estimate { value: Some(row.value?), low: row.low, high: row.high, n: row.n };
                Some(Lead { defender: defender.to_owned(), over: best.to_owned(), chosen, lead })
            })
            .collect()
    }
}

impl Lead {
    /// What the rule is the best of.
    pub const fn what(&self) -> &'static str {
        if self.chosen { "the best rule on validation seeds" } else { "the best fixed rule" }
    }
}

/// The rule that most training seeds chose, of those that were chosen; the first among equals.
pub fn best_rule(chosen: &[(u64, String)]) -> Option<&str> {
    let votes = |name: &str| chosen.iter().filter(|(_, rule)| rule == name).count();
    chosen.iter().rev().map(|(_, rule)| rule.as_str()).max_by_key(|name| votes(name))
}

impl std::fmt::Display for Lead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Lead { defender, over, lead, .. } = self;
        let what = self.what();
        let value = lead.value.unwrap_or(f64::NAN);
        write!(f, "{defender} against {over}, {what}: {value:+.3}")?;
        let Some((low, high)) = lead.low.zip(lead.high) else { return Ok(()) };
        let verdict = match (low > 0.0, high < 0.0) {
            (true, _) => "better",
            (_, true) => "worse",
            _ => "unclear",
        };
        write!(f, " [{low:+.3}, {high:+.3}], {verdict}")
    }
}

/// A row of the printed table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableRow {
    /// Name of the scenario.
    pub scenario: String,
    /// Name of the defender.
    pub defender: String,
    /// The figures, in the order of [`TableRow::METRICS`].
    pub figures: [Estimate; TableRow::METRICS.len()],
}

impl TableRow {
    /// Figures that the table shows.
    pub const METRICS: [Metric; 10] = [
        Metric::Score,
        Metric::Objective,
        Metric::Stopped,
        Metric::AccessTime,
        Metric::TimeToDetect,
        Metric::TimeToContain,
        Metric::IncidentF1,
        Metric::FalseIncidents,
        Metric::Disruption,
        Metric::Actions,
    ];

    /// Headings of [`TableRow::cells`].
    pub const HEADINGS: [&str; 11] = [
        "defender",
        "score [95% CI]",
        "objective",
        "stopped",
        "access time",
        "time to detect",
        "time to contain",
        "F1",
        "false/100 host-days",
        "disruption",
        "actions",
    ];

    /// The row as text: the defender, then each figure; `n/a` where it is not defined.
    pub fn cells(&self) -> Vec<String> {
        let mut cells = vec![crate::marked(&self.defender).into_owned()];
        for (metric, figure) in TableRow::METRICS.into_iter().zip(&self.figures) {
            cells.push(match (figure.value, metric) {
                (None, _) => "n/a".to_owned(),
                (Some(v), Metric::Score) => match (figure.low, figure.high) {
                    (Some(low), Some(high)) => {
                        format!("{} [{}, {}]", hundredths(v), hundredths(low), hundredths(high))
                    }
                    _ => hundredths(v),
                },
                (Some(v), Metric::Objective | Metric::Stopped) => format!("{:.0}%", 100.0 * v),
                (Some(v), Metric::AccessTime | Metric::TimeToDetect | Metric::TimeToContain) => span(v),
                (Some(v), Metric::IncidentF1) => format!("{v:.2}"),
                (Some(v), _) => format!("{v:.1}"),
            });
        }
        cells
    }
}

/// Two decimals; what rounds to nothing has no sign.
fn hundredths(value: f64) -> String {
    format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { value })
}

/// Seconds as people read them.
fn span(seconds: f64) -> String {
    if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// Sums up the evaluation rows of a run. The same rows give the same figures in any order.
pub fn summarise(episodes: &[EpisodeRow], campaigns: &[CampaignRow], settings: Settings) -> Summary {
    let mut summary = Summary::default();
    for scenario in scenarios(episodes) {
        let samples = samples(scenario, episodes, campaigns);
        let (train_seeds, seeds) = factors(&samples);
        let drawn = Resamples::new(settings.seed, settings.resamples, &[train_seeds.len(), seeds.len()]);
        let tau = settings.tau_s.unwrap_or_else(|| common_tau(&samples));
        let units: Vec<Vec<Unit>> =
            samples.iter().map(|s| s.units(&drawn, (0, &train_seeds), (1, &seeds))).collect();
        for (sample, units_of) in samples.iter().zip(&units) {
            let mut row = |metric: String, e: Estimate| {
                let (scenario, defender) = (scenario.to_owned(), sample.defender.clone());
                let Estimate { value, low, high, n } = e;
                summary.rows.push(SummaryRow { scenario, defender, metric, value, low, high, n });
            };
            let mut figures = BTreeMap::new();
            for &metric in Metric::ALL {
                let estimate = sample.estimate(metric, tau, &drawn, units_of);
                figures.insert(metric, estimate);
                row(metric.name().to_owned(), estimate);
            }
            for (other, units_of_other) in samples.iter().zip(&units) {
                if other.defender != sample.defender {
                    let lead = lead(&drawn, (sample, units_of), (other, units_of_other));
                    row(format!("score_minus_{}", other.defender), lead);
                }
            }
            summary.table.push(TableRow {
                scenario: scenario.to_owned(),
                defender: sample.defender.clone(),
                figures: TableRow::METRICS.map(|m| figures[&m]),
            });
        }
    }
    summary
}

/// Names of scenarios in the order they first appear.
pub(super) fn scenarios(episodes: &[EpisodeRow]) -> Vec<&str> {
    let mut names = Vec::<&str>::new();
    for row in episodes {
        if !names.contains(&row.scenario.as_str()) {
            names.push(&row.scenario);
        }
    }
    names
}

/// The score of one defender minus another's, on the seeds both played. Two trained defenders are paired by
/// training seed too; one that is not trained stands beside every training of the other.
fn lead(drawn: &Resamples, (a, units_a): (&Sample, &[Unit]), (b, units_b): (&Sample, &[Unit])) -> Estimate {
    // The rows run over whichever has the training seeds; the other is looked up.
    let by_b = b.trained && !a.trained;
    let (rows, units, others) = if by_b { (b, units_b, a) } else { (a, units_a, b) };
    let key = |e: &Facts| (if others.trained { e.train_seed } else { 0 }, e.seed);
    let lookup: BTreeMap<_, _> =
        others.episodes.iter().filter_map(|e| Some((key(e), e.costs()?.cost))).collect();
    let (mut kept, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
    for (episode, &unit) in rows.episodes.iter().zip(units) {
        let (Some(mut costs), Some(&other)) = (episode.costs(), lookup.get(&key(episode))) else { continue };
        let (cost_a, cost_b) = if by_b { (other, costs.cost) } else { (costs.cost, other) };
        costs.cost = cost_a;
        kept.push(unit);
        first.push(costs);
        second.push(cost_b);
    }
    score_difference(drawn, &kept, &first, &second).estimate()
}
