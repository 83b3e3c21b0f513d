//! How much of each attack technique the detectors see: counted on the same grid of host × 5 minutes as
//! [`super::window`], and by *uses*: one step of one campaign against one machine.

use mats_scenario::catalogue::Technique;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Counts of what was seen of one technique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TechniqueCounts {
    /// Steps of campaigns against machines, each counted once however long it took.
    pub uses: u64,
    /// Uses of which at least one window was flagged.
    pub uses_flagged: u64,
    /// Windows in which the technique touched the machine.
    pub windows: u64,
    /// Windows among these that were flagged.
    pub windows_flagged: u64,
}

/// Former name of [`TechniqueCounts`].
#[deprecated(since = "0.2.0", note = "renamed to `TechniqueCounts`")]
pub type Seen = TechniqueCounts;

impl AddAssign for TechniqueCounts {
    fn add_assign(&mut self, other: TechniqueCounts) {
        self.uses += other.uses;
        self.uses_flagged += other.uses_flagged;
        self.windows += other.windows;
        self.windows_flagged += other.windows_flagged;
    }
}

/// One window in which a step of a campaign touched a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    /// Position of the technique in the scenario.
    pub technique: usize,
    /// The machine.
    pub host: u32,
    /// The campaign within the episode, and its step.
    pub step: (u32, u32),
    /// The window.
    pub window: usize,
    /// True if the window was flagged, for whatever reason: a flag names no step.
    pub flagged: bool,
}

/// Id, name and tactic of a technique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// MITRE ATT&CK id.
    pub id: String,
    /// Name of the technique.
    pub name: String,
    /// Tactic of the technique.
    pub tactic: String,
}

/// Counts of all techniques of a scenario; merging is adding integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TechniqueTally(Vec<(Name, TechniqueCounts)>);

impl TechniqueTally {
    /// A tally for the techniques of a scenario.
    pub fn new(techniques: &[Technique]) -> TechniqueTally {
        let name = |t: &Technique| Name { id: t.id.clone(), name: t.name.clone(), tactic: t.tactic.clone() };
        TechniqueTally(techniques.iter().map(|t| (name(t), TechniqueCounts::default())).collect())
    }

    /// Counts the traces of one episode, in any order; those that occur twice count once.
    pub fn count(&mut self, traces: &mut Vec<Trace>) {
        traces.sort_unstable();
        traces.dedup();
        for steps in traces.chunk_by(|a, b| (a.technique, a.host, a.step) == (b.technique, b.host, b.step)) {
            let seen = &mut self.0[steps[0].technique].1;
            seen.uses += 1;
            seen.uses_flagged += u64::from(steps.iter().any(|t| t.flagged));
        }
        // Two steps may be of one technique: a window is counted once.
        traces.sort_unstable_by_key(|t| (t.technique, t.host, t.window));
        traces.dedup_by_key(|t| (t.technique, t.host, t.window));
        for trace in traces {
            let seen = &mut self.0[trace.technique].1;
            seen.windows += 1;
            seen.windows_flagged += u64::from(trace.flagged);
        }
    }

    /// Adds the counts of other episodes of the same scenario.
    pub fn merge(&mut self, other: &TechniqueTally) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.1 += theirs.1;
        }
    }

    /// Iterates over techniques and their counts, in the scenario's order.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, TechniqueCounts)> + '_ {
        self.0.iter().map(|(name, seen)| (name, *seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_seen_once_any_of_its_windows_is() {
        let trace = |technique, host, step, window, flagged| Trace { technique, host, step, window, flagged };
        // Technique 0: step 0 of campaign 0 on machine 1 in windows 3 (twice), 4 and 5, of which 5 is flagged; step 1
        // of the same campaign, the same technique, in window 3 of the same machine, not flagged; and step 0 against
        // machine 2. Technique 2: once, flagged.
        let mut traces = vec![
            trace(0, 1, (0, 0), 3, false),
            trace(0, 1, (0, 0), 3, false),
            trace(0, 1, (0, 0), 4, false),
            trace(0, 1, (0, 0), 5, true),
            trace(0, 1, (0, 1), 3, false),
            trace(0, 2, (0, 0), 3, false),
            trace(2, 1, (1, 4), 9, true),
        ];
        let mut tally = TechniqueTally::new(&mats_scenario::techniques()[..3]);
        tally.count(&mut traces);
        let seen = |uses, uses_flagged, windows, windows_flagged| TechniqueCounts {
            uses,
            uses_flagged,
            windows,
            windows_flagged,
        };
        let expected = [seen(3, 1, 4, 1), TechniqueCounts::default(), seen(1, 1, 1, 1)];
        assert_eq!(tally.iter().map(|(_, s)| s).collect::<Vec<_>>(), expected);
        let mut twice = tally.clone();
        twice.merge(&tally);
        assert_eq!(twice.iter().next().unwrap().1, seen(6, 2, 8, 2));
    }
}
