//! What runs do not have in common, and what cannot be said for it.

use super::{Played, REFERENCES, Run};
use crate::results::cell::Phase;
use crate::results::sample::Sample;
use crate::results::summary::scenarios;
use std::collections::BTreeMap;

/// What is to be said of whole runs.
pub fn of_runs(runs: &[Run<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some((base, others)) = runs.split_first() else { return notes };
    for run in others {
        let evaluated = |r: Run<'_>| r.tables.episodes.iter().any(|e| e.phase == Phase::Eval);
        if evaluated(*run) && run.tables.episodes == base.tables.episodes {
            notes.push(format!(
                "{} and {} hold the same episodes: one run twice, or settings that change nothing here; differences that are \
                 not 0 in their intervals are the luck of training alone",
                base.name, run.name
            ));
        }
        let (mine, theirs) = (scenarios(&run.tables.episodes), scenarios(&base.tables.episodes));
        let lacking = |of: &[&str], from: &[&str]| {
            of.iter().filter(|s| !from.contains(s)).map(|s| (*s).to_owned()).collect::<Vec<_>>()
        };
        for (scenarios, name) in [(lacking(&mine, &theirs), run.name), (lacking(&theirs, &mine), base.name)] {
            if !scenarios.is_empty() {
                notes.push(format!("only {name} played {}; not compared", scenarios.join(", ")));
            }
        }
    }
    notes
}

/// What is to be said of a scenario in base and run, which share so many evaluation seeds.
pub fn of_pair(
    scenario: &str,
    (base, in_base): (Run<'_>, &Played),
    (run, in_run): (Run<'_>, &Played),
    shared: usize,
    notes: &mut Vec<String>,
) {
    let mut note = |text: String| {
        let text = format!("{scenario}: {text}");
        if !notes.contains(&text) {
            notes.push(text);
        }
    };
    if in_base.samples.is_empty() || in_run.samples.is_empty() {
        return;
    }
    let both = [(base, in_base), (run, in_run)];
    for ((name, mine), other) in
        [(both[0], both[1].1), (both[1], both[0].1)].map(|((r, p), o)| ((r.name, p), o))
    {
        let lacking = |s: &&Sample| !other.samples.iter().any(|o| o.defender == s.defender);
        let only: Vec<&str> = mine.samples.iter().filter(lacking).map(|s| s.defender.as_str()).collect();
        if !only.is_empty() {
            note(format!("only {name} has {}; not compared", only.join(", ")));
        }
        let references: Vec<&str> =
            REFERENCES.into_iter().filter(|r| !mine.samples.iter().any(|s| s.defender == *r)).collect();
        if !references.is_empty() {
            note(format!(
                "{name} has no {}, so no score: verdicts are by mean cost",
                references.join(" and no ")
            ));
        }
        match mine.seeds.len() {
            1 => note(format!("{name} has a single evaluation seed: no interval, no verdict")),
            n @ 2..6 => note(format!(
                "{name} has {n} evaluation seeds: at least 6 shared ones are needed for any verdict"
            )),
            _ => {}
        }
        if mine.samples.iter().all(|s| s.outcomes.is_empty()) {
            note(format!("no campaign in {name}: nothing to detect or to contain, and times have no value"));
        }
        let learners = mine.samples.iter().filter(|s| !REFERENCES.contains(&s.defender.as_str()));
        if learners.clone().count() > 0 && learners.clone().all(|s| !s.trained) {
            note(format!("{name} was trained once: its intervals leave out the luck of training"));
        }
    }
    let (n, m) = (in_base.seeds.len(), in_run.seeds.len());
    if shared < super::FEWEST_PAIRS {
        note(format!(
            "{} and {} share no evaluation seeds: unpaired, each resampled on its own, intervals are wider",
            base.name, run.name
        ));
    } else if shared < n.max(m) {
        note(format!(
            "compared on the {shared} evaluation seeds in common, of {n} in {} and {m} in {}",
            base.name, run.name
        ));
    }
    if let Some((mine, theirs)) = unlike(in_base, in_run) {
        note(format!(
            "on a seed that both played, none costs {mine:.3} in {} and {theirs:.3} in {}: their worlds differ, so do \
             their scales of scores",
            base.name, run.name
        ));
    }
}

/// The costs of `none` on the first seed where they differ, if they do.
fn unlike(base: &Played, run: &Played) -> Option<(f64, f64)> {
    let costs = |played: &Played| -> BTreeMap<u64, f64> {
        let none = played.samples.iter().filter(|s| s.defender == REFERENCES[0]);
        none.flat_map(|s| s.episodes.iter().filter_map(|e| Some((e.seed, e.costs()?.none)))).collect()
    };
    let (mine, theirs) = (costs(base), costs(run));
    let both = mine.iter().filter_map(|(seed, &cost)| Some((cost, *theirs.get(seed)?)));
    both.into_iter().find(|(a, b)| (a - b).abs() > 1e-9 * a.abs().max(1.0))
}
