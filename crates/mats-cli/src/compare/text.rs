//! The report for people, 80 columns wide: for each scenario the headline with a verdict in words, then why.

use super::cells::{TABLES, cell, hundredths, moved, span};
use crate::table::{plain, wrap};
use mats_core::text::printable;
use mats_lab::batch::load::Loaded;
use mats_results::compare::settings_diff;
use mats_results::{Comparison, Decision, Labels, Pairing, Settings, Verdict};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Later runs beyond which only headlines are printed.
const MAX_DETAILED: usize = 3;
/// Number of verdicts on a scenario beyond which those that tell nothing are only counted.
const MAX_SENTENCES: usize = 12;
/// Number of differing settings that are listed; more are only counted.
const MAX_SETTINGS: usize = 6;
/// Times at which curves are shown: the last two of these before τ, and τ.
const TIMES: [f64; 6] = [60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0];

/// The whole report.
pub fn report(runs: &[Loaded], found: &Comparison, settings: Settings) -> String {
    let letters: Vec<String> = (0..runs.len()).map(letter).collect();
    let report = Report { runs, found, letters };
    let mut text = report.legend();
    for (scenario, tau) in &found.tau_s {
        if !found.rows.iter().any(|row| row.scenario == *scenario) {
            continue;
        }
        text.push_str(&report.headline(scenario));
        if runs.len() <= 1 + MAX_DETAILED {
            for run in &runs[1..] {
                text.push_str(&report.details(scenario, run, *tau));
            }
            text.push_str(&report.curves(scenario, *tau));
        }
    }
    text.push_str(&report.improvement());
    text.push_str(&report.footer(settings));
    text
}

/// A, B, … Z, AA, AB, …
fn letter(at: usize) -> String {
    let last = char::from(b'A' + (at % 26) as u8);
    if at < 26 { last.to_string() } else { format!("{}{last}", letter(at / 26 - 1)) }
}

struct Report<'a> {
    runs: &'a [Loaded],
    found: &'a Comparison,
    letters: Vec<String>,
}

impl Report<'_> {
    fn letter_of(&self, name: &str) -> &str {
        let at = self.runs.iter().position(|run| run.name == name);
        at.map_or("?", |at| &self.letters[at])
    }

    /// Names of the defenders as tables show them.
    fn labels(&self) -> Labels {
        Labels::of(self.found.rows.iter().map(|row| row.defender.as_str()))
    }

    /// Tells which letter stands for which run, in what they were made otherwise, and what to bear in mind.
    fn legend(&self) -> String {
        let mut text = String::new();
        for (run, letter) in self.runs.iter().zip(&self.letters) {
            let trained = match run.trainings() {
                1 => "trained once".to_owned(),
                n => format!("{n} training seeds"),
            };
            text.push_str(&wrap(&format!("{letter}  "), &printable(&format!("{}: {trained}", run.name))));
            let unlike = settings_diff(self.runs[0].recorded(), run.recorded());
            for line in unlike.iter().take(MAX_SETTINGS) {
                text.push_str(&wrap("     ", &printable(line)));
            }
            if unlike.len() > MAX_SETTINGS {
                let _ = writeln!(
                    text,
                    "     and {} more settings; --json lists them",
                    unlike.len() - MAX_SETTINGS
                );
            }
        }
        for note in &self.found.notes {
            text.push_str(&wrap("note: ", &printable(note)));
        }
        text.push('\n');
        text
    }

    /// Defenders × runs by the headline figure, and a verdict in words for each.
    fn headline(&self, scenario: &str) -> String {
        let verdicts: Vec<&Verdict> = self.found.verdicts.iter().filter(|v| v.scenario == scenario).collect();
        let metrics: BTreeSet<&str> = verdicts.iter().map(|v| v.metric.as_str()).collect();
        let metric =
            if metrics.len() == 1 { metrics.first().copied().unwrap_or("score") } else { "score or cost" };
        let mut rows = Vec::new();
        let mut defenders: Vec<&str> = Vec::new();
        for verdict in &verdicts {
            if !defenders.contains(&verdict.defender.as_str()) {
                defenders.push(&verdict.defender);
            }
        }
        for defender in defenders {
            let mine: Vec<&&Verdict> = verdicts.iter().filter(|v| v.defender == defender).collect();
            let value = |v: Option<f64>| v.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.3}"));
            let name = printable(&self.labels().get(defender)).into_owned();
            rows.push(vec![
                name,
                self.letters[0].clone(),
                value(mine[0].base_value),
                String::new(),
                String::new(),
                String::new(),
            ]);
            for verdict in mine {
                rows.push(vec![
                    String::new(),
                    self.letter_of(&verdict.run).to_owned(),
                    value(verdict.value),
                    difference(verdict),
                    verdict.p_holm.map_or_else(|| "n/a".to_owned(), |p| format!("{p:.3}")),
                    decision(verdict.decision).to_owned(),
                ]);
            }
        }
        let mut text = format!("{}\n", printable(&format!("{scenario}: {}", self.pairing(scenario))));
        if rows.is_empty() {
            text.push_str("Only none and oracle are in common, the ends of the scale: no verdict.\n\n");
            return text;
        }
        let headings = ["defender", "run", metric, "difference [95 %]", "p Holm", "verdict"];
        text.push_str(&plain(&headings, &rows));
        text.push_str("\n\n");
        let told = |v: &&&Verdict| verdicts.len() <= MAX_SENTENCES || v.decision != Decision::CannotTell;
        for verdict in verdicts.iter().filter(told) {
            let words = verdict.words(&self.letters[0], self.letter_of(&verdict.run));
            text.push_str(&wrap("- ", &printable(&words)));
            let moved = self.moved(verdict);
            if verdict.decision != Decision::CannotTell && !moved.is_empty() {
                text.push_str(&wrap("  ", &format!("With it (not corrected): {}.", moved.join("; "))));
            }
        }
        let untold = verdicts.iter().filter(|v| !told(v)).count();
        if untold > 0 {
            let _ = writeln!(text, "- {untold} others: cannot tell.");
        }
        text.push('\n');
        text
    }

    /// The other figures whose intervals exclude 0.
    fn moved(&self, verdict: &Verdict) -> Vec<String> {
        let mine = self.found.rows.iter().filter(|r| {
            (&r.scenario, &r.defender, &r.run) == (&verdict.scenario, &verdict.defender, &verdict.run)
        });
        let rows: Vec<_> = mine.collect();
        let shown = TABLES.iter().flat_map(|(_, figures)| figures);
        shown.filter_map(|shown| moved(rows.iter().find(|r| r.metric == shown.metric)?, shown)).collect()
    }

    fn pairing(&self, scenario: &str) -> String {
        let mut told: Vec<String> = Vec::new();
        for run in &self.runs[1..] {
            let Some(row) = self.found.rows.iter().find(|r| r.scenario == scenario && r.run == run.name)
            else {
                continue;
            };
            let verdict = self.found.verdicts.iter().find(|v| v.scenario == scenario && v.run == run.name);
            let seeds = verdict.map_or_else(String::new, |v| match row.pairing {
                Pairing::Paired => format!(" on {} seeds both played", v.seeds[1]),
                Pairing::Unpaired => format!(", {} and {} seeds", v.seeds[0], v.seeds[1]),
            });
            told.push(format!("{}{seeds}", row.pairing.name()));
        }
        told.dedup();
        match told.as_slice() {
            [one] => one.clone(),
            _ => "runs differ in their seeds, see the notes".to_owned(),
        }
    }

    /// Every figure that says why, for one later run.
    fn details(&self, scenario: &str, run: &Loaded, tau: f64) -> String {
        let rows: Vec<_> =
            self.found.rows.iter().filter(|r| r.scenario == scenario && r.run == run.name).collect();
        let mut defenders: Vec<&str> = rows.iter().map(|r| r.defender.as_str()).collect();
        defenders.dedup();
        let letter = self.letter_of(&run.name);
        let mut text = String::new();
        for (title, figures) in TABLES {
            let about = if title == "Containment" { format!(", τ = {}", span(tau)) } else { String::new() };
            let _ =
                writeln!(text, "{title}: {} → {letter}, difference [95 % interval]{about}", self.letters[0]);
            let cells: Vec<Vec<String>> = defenders
                .iter()
                .map(|defender| {
                    let of = |metric: &str| {
                        rows.iter().find(|r| r.defender == *defender && r.metric == metric).copied()
                    };
                    std::iter::once(printable(&self.labels().get(defender)).into_owned())
                        .chain(figures.iter().map(|shown| cell(of(shown.metric), shown)))
                        .collect()
                })
                .collect();
            let headings: Vec<&str> =
                std::iter::once("defender").chain(figures.iter().map(|shown| shown.heading)).collect();
            text.push_str(&plain(&headings, &cells));
            text.push_str("\n\n");
        }
        text
    }

    /// Aalen–Johansen curves at a few times.
    fn curves(&self, scenario: &str, tau: f64) -> String {
        let curves: Vec<_> = self.found.curves.iter().filter(|c| c.scenario == scenario).collect();
        if tau <= 0.0 || curves.is_empty() {
            return String::new();
        }
        let before: Vec<f64> = TIMES.into_iter().filter(|&t| t < 0.9 * tau).collect();
        let times: Vec<f64> = before[before.len().saturating_sub(2)..].iter().copied().chain([tau]).collect();
        let mut headings = vec!["defender".to_owned(), "run".to_owned()];
        for word in ["cont.", "obj."] {
            headings.extend(times.iter().map(|&t| format!("{word}\n{}", span(t))));
        }
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut told = Vec::new();
        for curve in &curves {
            if !told.contains(&curve.defender.as_str()) {
                told.push(&curve.defender);
            }
        }
        for defender in told {
            for (run, letter) in self.runs.iter().zip(&self.letters) {
                let mine = |outcome: &str, time: f64| {
                    let points = curves.iter().filter(|c| {
                        (&c.run, c.defender.as_str(), c.outcome.as_str()) == (&run.name, defender, outcome)
                    });
                    let last = points.take_while(|c| c.time_s <= time).last();
                    last.map_or_else(|| "n/a".to_owned(), |c| format!("{:.0}", 100.0 * c.value))
                };
                let name = if letter == &self.letters[0] {
                    printable(&self.labels().get(defender)).into_owned()
                } else {
                    String::new()
                };
                let mut row = vec![name, letter.clone()];
                for outcome in ["contained", "objective"] {
                    row.extend(times.iter().map(|&t| mine(outcome, t)));
                }
                rows.push(row);
            }
        }
        format!(
            "Cumulative incidence (Aalen–Johansen), % of campaigns contained (cont.) and with\n\
             their objective reached (obj.), by so long after the first successful step\n{}\n\n",
            plain(&headings, &rows)
        )
    }

    /// Over training seeds.
    fn improvement(&self) -> String {
        let found = &self.found.improvement;
        if found.is_empty() {
            let words = "Over training seeds: nothing to say, for it takes scores and at least two training seeds of each run.";
            return wrap("", words) + "\n";
        }
        let cell = |value: Option<f64>, low: Option<f64>, high: Option<f64>| match (value, low, high) {
            (Some(v), Some(low), Some(high)) => {
                format!("{}\n[{},{}]", hundredths(v), hundredths(low), hundredths(high))
            }
            (Some(v), ..) => hundredths(v),
            _ => "n/a".to_owned(),
        };
        let rows: Vec<Vec<String>> = found
            .iter()
            .map(|row| {
                let run = if self.runs.len() == 2 { "" } else { self.letter_of(&row.run) };
                vec![
                    printable(format!("{} {run}", self.labels().get(&row.defender)).trim_end()).into_owned(),
                    cell(row.base_iqm, row.base_low, row.base_high),
                    cell(row.iqm, row.iqm_low, row.iqm_high),
                    cell(row.difference, row.low, row.high),
                    cell(row.probability, row.probability_low, row.probability_high),
                ]
            })
            .collect();
        let of_base = format!("IQM of\n{}", self.letters[0]);
        let headings = ["defender", &of_base, "IQM of\nrun", "difference", "P(run\nbetter)"];
        let fewest =
            found.iter().map(|r| (r.base_scores.min(r.run_scores)) / r.scenarios.max(1)).min().unwrap_or(0);
        let few = if fewest < 5 {
            format!("With {fewest} training seeds, intervals over them tell little.\n")
        } else {
            String::new()
        };
        let scenarios = found.iter().map(|r| r.scenarios).max().unwrap_or(1);
        let over = if scenarios > 1 { format!(" of {scenarios} scenarios") } else { String::new() };
        format!(
            "Over training seeds{over}: interquartile mean (IQM) of scores, probability of\nimprovement (Agarwal et al. 2021)\n{}\n{few}\n",
            plain(&headings, &rows)
        )
    }

    fn footer(&self, settings: Settings) -> String {
        let found = self.found;
        let resamples = if found.headline_resamples > settings.resamples {
            format!("{} resamples, {} for verdicts", settings.resamples, found.headline_resamples)
        } else {
            format!("{} resamples", settings.resamples)
        };
        let text = format!(
            "Differences are run minus {}, with 95 % bootstrap intervals ({resamples}); * where one excludes 0, which is \
             not corrected for the number of figures. Verdicts are at 5 % for all {} together, by Holm's step-down \
             correction (1979) of two-sided bootstrap p-values. results/README.md defines every figure; --json prints \
             them all, --out DIR writes them as CSV.",
            self.letters[0], found.family
        );
        wrap("", &text)
    }
}

fn difference(verdict: &Verdict) -> String {
    match (verdict.difference, verdict.low, verdict.high) {
        (Some(d), Some(low), Some(high)) => format!("{d:+.3} [{low:.3}, {high:.3}]"),
        (Some(d), ..) => format!("{d:+.3}"),
        _ => "n/a".to_owned(),
    }
}

const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Better => "better",
        Decision::Worse => "worse",
        Decision::Same => "the same",
        Decision::CannotTell => "cannot tell",
    }
}
