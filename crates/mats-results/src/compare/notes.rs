//! What runs do not have in common, and what cannot be said for it.

use super::runs::{Evaluated, REFERENCES, Run};
use crate::cell::Phase;
use crate::summary::scenarios;
use std::collections::BTreeMap;

/// Number of runs that are listed; more are only counted.
const MAX_NAMES: usize = 4;

/// Caveats of a comparison. What is the same for several runs, or on several scenarios, is said once.
#[derive(Debug, Default)]
pub struct Notes(Vec<Note>);

#[derive(Debug)]
struct Note {
    /// None where it is about whole runs.
    scenarios: Vec<String>,
    /// None where it is about all that there is.
    runs: Vec<String>,
    what: String,
}

impl Notes {
    /// A note about a run, on a scenario or as a whole.
    pub fn of(&mut self, scenario: Option<&str>, run: &str, what: impl Into<String>) {
        self.add(scenario, Some(run), what.into());
    }

    /// A note about a scenario, whatever the run.
    pub fn on(&mut self, scenario: &str, what: impl Into<String>) {
        self.add(Some(scenario), None, what.into());
    }

    fn add(&mut self, scenario: Option<&str>, run: Option<&str>, what: String) {
        let scenarios: Vec<String> = scenario.map(str::to_owned).into_iter().collect();
        match self.0.iter_mut().find(|note| note.what == what && note.scenarios == scenarios) {
            Some(note) if run.is_none_or(|run| note.runs.iter().any(|known| known == run)) => {}
            Some(note) => note.runs.extend(run.map(str::to_owned)),
            None => self.0.push(Note { scenarios, runs: run.map(str::to_owned).into_iter().collect(), what }),
        }
    }

    /// Renders them in words; `all` is how many runs there are.
    pub fn render(self, all: usize) -> Vec<String> {
        let mut told: Vec<Note> = Vec::new();
        for mut note in self.0 {
            match told.iter_mut().find(|n| n.what == note.what && n.runs == note.runs) {
                Some(known) => known.scenarios.append(&mut note.scenarios),
                None => told.push(note),
            }
        }
        told.iter().map(|note| note.words(all)).collect()
    }
}

impl Note {
    fn words(&self, all: usize) -> String {
        let mut parts = Vec::new();
        if !self.scenarios.is_empty() {
            parts.push(self.scenarios.join(", "));
        }
        match self.runs.len() {
            0 => {}
            n if n == all && n > 2 => parts.push("all runs".to_owned()),
            n if n > MAX_NAMES => {
                let (named, more) = self.runs.split_at(MAX_NAMES - 1);
                parts.push(format!("{} and {} more", named.join(", "), more.len()));
            }
            _ => parts.push(self.runs.join(", ")),
        }
        parts.push(self.what.clone());
        parts.join(": ")
    }
}

/// Adds the notes about whole runs.
pub fn of_runs(runs: &[Run<'_>], notes: &mut Notes) {
    let Some((base, others)) = runs.split_first() else { return };
    for run in others {
        let evaluated = |r: Run<'_>| r.tables.episodes.iter().any(|e| e.phase == Phase::Eval);
        if evaluated(*run) && run.tables.episodes == base.tables.episodes {
            let what = format!(
                "the same episodes as {}; one run twice, or settings that change nothing here; differences that are not 0 \
                 in their intervals are the luck of training alone",
                base.name
            );
            notes.of(None, run.name, what);
        }
        let (mine, theirs) = (scenarios(&run.tables.episodes), scenarios(&base.tables.episodes));
        if let Some(absent) = lacking(&theirs, &mine) {
            notes.of(None, run.name, format!("no {absent}, which {} played; not compared", base.name));
        }
        if let Some(more) = lacking(&mine, &theirs) {
            notes.of(None, run.name, format!("{more}, which {} did not play; not compared", base.name));
        }
    }
}

/// Joins the names in `of` that `from` lacks, if any.
fn lacking(of: &[&str], from: &[&str]) -> Option<String> {
    let lacking: Vec<&str> = of.iter().copied().filter(|name| !from.contains(name)).collect();
    (!lacking.is_empty()).then(|| lacking.join(", "))
}

/// Adds the notes about a scenario in base and run, which share so many evaluation seeds.
pub fn of_pair(
    scenario: &str,
    (base, in_base): (Run<'_>, &Evaluated),
    (run, in_run): (Run<'_>, &Evaluated),
    shared: usize,
    notes: &mut Notes,
) {
    if in_base.samples.is_empty() || in_run.samples.is_empty() {
        return;
    }
    for (name, played) in [(base.name, in_base), (run.name, in_run)] {
        of_one(played, |what| notes.of(Some(scenario), name, what));
    }
    let mut note = |what: String| notes.of(Some(scenario), run.name, what);
    let [mine, theirs] = [in_run, in_base]
        .map(|played| played.samples.iter().map(|s| s.defender.as_str()).collect::<Vec<_>>());
    if let Some(absent) = lacking(&theirs, &mine) {
        note(format!("no {absent}, which {} has; not compared", base.name));
    }
    if let Some(more) = lacking(&mine, &theirs) {
        note(format!("{more}, which {} has not; not compared", base.name));
    }
    let (n, m) = (in_base.seeds.len(), in_run.seeds.len());
    if shared < super::MIN_PAIRS {
        note(format!(
            "no evaluation seeds shared with {}, so unpaired; each resampled on its own, intervals are wider",
            base.name
        ));
    } else if shared < n.max(m) {
        note(format!("compared on the {shared} evaluation seeds shared with {}, of {m} and {n}", base.name));
    }
    if differ(in_base, in_run) {
        note(format!(
            "on a seed that both played, none costs something else than in {}; their worlds differ, so do their scales of \
             scores",
            base.name
        ));
    }
}

/// Adds the notes about one run on a scenario.
fn of_one(played: &Evaluated, mut note: impl FnMut(String)) {
    let has = |defender: &&str| played.samples.iter().any(|s| s.defender == *defender);
    let lacking: Vec<&str> = REFERENCES.into_iter().filter(|r| !has(r)).collect();
    if !lacking.is_empty() {
        note(format!("no {}, so no score; verdicts are by mean cost", lacking.join(" and no ")));
    }
    match played.seeds.len() {
        1 => note("a single evaluation seed, so no interval and no verdict".to_owned()),
        n @ 2..6 => note(format!("{n} evaluation seeds, where any verdict takes at least 6 shared ones")),
        _ => {}
    }
    if played.samples.iter().all(|s| s.containments.is_empty()) {
        note("no campaign, so nothing to detect or to contain, and times have no value".to_owned());
    }
    let mut learners =
        played.samples.iter().filter(|s| !REFERENCES.contains(&s.defender.as_str())).peekable();
    if learners.peek().is_some() && learners.all(|s| !s.trained) {
        note("trained once, so intervals leave out the luck of training".to_owned());
    }
}

/// Tells whether `none` costs something else on a seed that both played.
fn differ(base: &Evaluated, run: &Evaluated) -> bool {
    let costs = |played: &Evaluated| -> BTreeMap<u64, f64> {
        let none = played.samples.iter().filter(|s| s.defender == REFERENCES[0]);
        none.flat_map(|s| s.episodes.iter().filter_map(|e| Some((e.seed, e.costs()?.none)))).collect()
    };
    let (mine, theirs) = (costs(base), costs(run));
    mine.iter().any(|(seed, a)| theirs.get(seed).is_some_and(|b| (a - b).abs() > 1e-9 * a.abs().max(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_said_once() {
        let mut notes = Notes::default();
        for scenario in ["s", "t"] {
            for run in ["a", "b", "c", "b"] {
                notes.of(Some(scenario), run, "trained once");
            }
            notes.of(Some(scenario), scenario, "odd");
            notes.on(scenario, "no score");
        }
        (0..5).for_each(|run| notes.of(None, &format!("run-{run}"), "same as a"));
        let told = ["s, t: all runs: trained once", "s: s: odd", "s, t: no score", "t: t: odd"];
        assert_eq!(notes.render(3), [&told[..], &["run-0, run-1, run-2 and 2 more: same as a"]].concat());
    }
}
