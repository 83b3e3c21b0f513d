//! The summary in words, and the table.

use super::format::{self, Spelling, count, estimate, number, percent, signed, span};
use super::run::ReportedRun;
use mats_results::{Phase, Summary};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Columns of the table: metric, heading, how it is written, what it means.
const COLUMNS: [(&str, &str, Spelling); 15] = [
    ("score", "score", number),
    ("objective", "objective", percent),
    ("stopped", "stopped", percent),
    ("access_s", "access time", span),
    ("foothold_s", "foothold time", span),
    ("median_time_to_detect_s", "time to detect", span),
    ("median_time_to_contain_s", "time to contain", span),
    ("median_time_to_evict_s", "time to evict", span),
    ("incident_precision", "precision", number),
    ("incident_recall", "recall", number),
    ("incident_f1", "F1", number),
    ("false_per_100_host_days", "false / 100 host-days", number),
    ("damage", "damage", number),
    ("disruption", "disruption", number),
    ("actions", "actions", number),
];

/// Shown where the scenario has no attack, and so no score.
const QUIET: [(&str, &str, Spelling); 2] = [
    ("cost_per_host_day", "cost / host-day", number),
    ("false_isolations_per_host_day", "false isolations / host-day", number),
];

/// Writes what the scenario is about.
pub fn description(run: &ReportedRun) -> Markup {
    html! { p { (run.record.scenario.description) } }
}

/// The section.
pub fn section(run: &ReportedRun) -> Markup {
    html! {
        @for sentence in sentences(run) { p.lead { (sentence) } }
        (missing(run))
        (table(run))
        p.dim {
            "Small print: 95 % intervals, bootstrapped over training seeds and episodes together. Score: share of the avoidable cost that was "
            "avoided; " code { "none" } " = 0, " code { "oracle" } " = 1. Objective: attackers that did as much of their goal as the scenario names. "
            "Stopped: never in or evicted, without the objective. Access, foothold time: mean of a campaign. These are over the campaigns that "
            "get in if nobody responds. Times to detect, contain, evict: medians over campaigns that got in; n/a where half never are. "
            "Precision, recall, F1, false: of incidents, that is merged alerts. Damage, disruption: mean cost of an "
            "episode, in the scenario’s unit. Actions: mean per episode. results/README.md defines each."
        }
    }
}

/// Returns what a reader in a hurry should know, in sentences.
fn sentences(run: &ReportedRun) -> Vec<String> {
    let scenario = run.scenario();
    let mut sentences = vec![setting(run)];
    let attacked = run
        .figure("none", "objective")
        .or(run.figure(run.defenders().first().unwrap_or(&""), "objective"))
        .is_some_and(|row| row.value.is_some());
    let summary = Summary { rows: run.tables.summary.clone(), table: Vec::new() };
    let leads = summary.leads_over(scenario, mats_results::summary::best_rule(&run.record.best_rules));
    for lead in &leads {
        let (Some(score), Some(value)) = (run.figure(&lead.defender, "score"), lead.lead.value) else {
            continue;
        };
        let (low, high) = (lead.lead.low, lead.lead.high);
        let verdict = match (low, high) {
            (Some(low), _) if low > 0.0 => "better beyond chance",
            (_, Some(high)) if high < 0.0 => "worse beyond chance",
            (Some(_), Some(_)) => "which cannot be told from chance",
            _ => "without an interval, for there is too little to resample",
        };
        let interval = format::band(low, high)
            .map_or(String::new(), |(low, high)| format!(" [{}, {}]", signed(low), signed(high)));
        sentences.push(format!(
            "{} {} (score {}). Against {}, {}, that is {}{interval}, {verdict}.",
            described(run, &lead.defender),
            result_of(score.value),
            estimate(score, number),
            lead.over,
            lead.what(),
            signed(value),
        ));
    }
    if leads.is_empty() {
        let scored = run.defenders().into_iter().filter_map(|d| Some((run.value(d, "score")?, d)));
        match scored.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((score, best)) => sentences.push(format!("The best score has {best}: {}.", number(score))),
            None => sentences.push(
                if attacked {
                    "There is no score: it needs none and oracle among the defenders, and episodes enough to tell what the oracle saves from luck."
                } else {
                    "Nobody attacks here, so there is no score: what false alarms cost tells the defenders apart."
                }
                .to_owned(),
            ),
        }
    }
    let best = run
        .defenders()
        .into_iter()
        .find(|d| *d == "policy")
        .or_else(|| run.defenders().into_iter().find(|d| *d == "dqn"));
    if let Some(best) = best
        && let Some(free) = run.value("none", "objective")
        && let Some(reached) = run.value(best, "objective")
        && let Some(stopped) = run.value(best, "stopped")
    {
        let access = |d: &str| run.value(d, "access_s").map(span);
        let held = match (access(best), access("none")) {
            (Some(mine), Some(theirs)) => {
                format!(" An attacker has access for {mine} on average, for {theirs} if nobody responds.")
            }
            _ => String::new(),
        };
        sentences.push(format!(
            "Under {best}, attackers reach their objective in {} of the campaigns ({} if nobody responds), and {} are stopped before it.{held}",
            percent(reached), percent(free), percent(stopped),
        ));
    }
    sentences.extend(detectors(run));
    sentences
}

fn described(run: &ReportedRun, defender: &str) -> String {
    match defender {
        "policy" => "policy, the playbook as refined by learning,".to_owned(),
        "dqn" => "dqn, the learnt network,".to_owned(),
        other => run.label(other).to_string(),
    }
}

fn result_of(score: Option<f64>) -> String {
    match score {
        Some(score) if score < 0.0 => "costs more than doing nothing".to_owned(),
        Some(score) => format!("avoids {} of the avoidable cost", percent(score)),
        None => "has no score".to_owned(),
    }
}

fn setting(run: &ReportedRun) -> String {
    let evaluated =
        run.tables.episodes.iter().filter(|e| e.phase == Phase::Eval && e.scenario == run.scenario());
    let (mut seeds, mut attacked) = (BTreeSet::new(), BTreeSet::new());
    for episode in evaluated {
        let id = (episode.train_seed, episode.episode);
        seeds.insert(id);
        if episode.campaigns > 0 {
            attacked.insert(id);
        }
    }
    let trainings = run.record.cuts.len().max(1);
    format!(
        "{} played {} each that {} not been trained on, {} of them under attack; {} stand{} behind it.",
        count(run.defenders().len(), "defender"),
        count(seeds.len(), "episode"),
        if seeds.len() == 1 { "has" } else { "have" },
        attacked.len(),
        count(trainings, "training seed"),
        if trainings == 1 { "s" } else { "" },
    )
}

fn detectors(run: &ReportedRun) -> Option<String> {
    let time = run.figure("none", "median_time_to_detect_s")?;
    let false_alarms = run.value("none", "false_per_100_host_days")?;
    let f1 = run
        .value("none", "incident_f1")
        .map_or(String::new(), |f1| format!(" Incidents have an F1 of {}.", number(f1)));
    if time.n == 0 {
        return Some(format!("{} false incidents come up on 100 machines in a day.", number(false_alarms)));
    }
    let detected = match time.value {
        Some(0.0) => "Half of the campaigns raise a true alarm before a step has succeeded".to_owned(),
        Some(t) => format!("Half of the campaigns are detected within {}", span(t)),
        None => "Fewer than half of the campaigns are ever detected".to_owned(),
    };
    Some(format!(
        "{detected} where nobody responds; {} false incidents come up on 100 machines in a day.{f1}",
        number(false_alarms)
    ))
}

/// Names what an older run does not have.
fn missing(run: &ReportedRun) -> Markup {
    let tables = &run.tables;
    let files = [
        ("curves.csv", tables.curves.is_none()),
        ("techniques.csv", tables.techniques.is_none()),
        ("timeline.csv", tables.timeline.is_none()),
        ("refinement.csv", tables.refinement.is_none()),
    ];
    let missing: Vec<&str> = files.into_iter().filter(|f| f.1).map(|f| f.0).collect();
    html! {
        @if !missing.is_empty() {
            p.missing {
                "This run was made by an earlier version and lacks " (missing.join(", ")) ". What these tell is left out below. "
                "To have it, repeat the run with this version (last section)."
            }
        }
    }
}

fn table(run: &ReportedRun) -> Markup {
    let defenders = run.defenders();
    let scored = defenders.iter().any(|d| run.value(d, "score").is_some());
    let columns: Vec<_> = COLUMNS.into_iter().chain(QUIET.into_iter().filter(|_| !scored)).collect();
    html! {
        div.scroll {
            table.tight {
                thead { tr { th { "defender" } @for column in &columns { th.n { (column.1) } } } }
                tbody {
                    @for defender in &defenders {
                        tr {
                            th scope="row" { (run.label(defender)) }
                            @for &(metric, _, spelling) in &columns {
                                td.n {
                                    @if let Some(row) = run.figure(defender, metric) {
                                        (format::value(row.value, spelling))
                                        small { (format::interval(row, spelling)) }
                                    } @else { (format::UNDEFINED) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, QUIET};
    use mats_results::Metric;

    #[test]
    fn columns_are_figures_that_there_are() {
        for (name, ..) in COLUMNS.into_iter().chain(QUIET) {
            assert!(Metric::ALL.iter().any(|metric| metric.name() == name), "{name}");
        }
    }
}
