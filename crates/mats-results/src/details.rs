//! Rows of the files that figures are drawn from. As in [`super::rows`], a field is a column of the same name, and
//! results/README.md defines each.

use crate::cell::{ActionMeans, Cell, CellError, Cells};
use crate::metrics::technique::{Name, TechniqueCounts};
use crate::metrics::timeline::Hour;
use crate::metrics::window::OperatingPoint;
use crate::rows::{Row, row};
use csv::StringRecord;

row! {
    /// `curves.csv`: what would be flagged at one threshold.
    #[derive(Debug, Clone, PartialEq)]
    pub struct CurveRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender: the one that does nothing.
        pub defender: String,
        /// The threshold.
        pub threshold: f64,
        /// Positive windows that score at least that.
        pub tp: u64,
        /// Negative windows that do.
        pub fp: u64,
        /// tp / all positive windows.
        pub recall: Option<f64>,
        /// fp / all negative windows.
        pub fpr: Option<f64>,
        /// tp / (tp + fp).
        pub precision: Option<f64>,
    }
}

impl CurveRow {
    /// The row of a point.
    pub fn new(scenario: &str, defender: &str, p: &OperatingPoint) -> CurveRow {
        CurveRow {
            scenario: scenario.to_owned(),
            defender: defender.to_owned(),
            threshold: p.threshold,
            tp: p.tp,
            fp: p.fp,
            recall: p.recall,
            fpr: p.fpr,
            precision: p.precision,
        }
    }
}

row! {
    /// `techniques.csv`: how much of one attack technique was seen.
    #[derive(Debug, Clone, PartialEq)]
    pub struct TechniqueRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender: the one that does nothing.
        pub defender: String,
        /// MITRE ATT&CK id.
        pub technique: String,
        /// Name of the technique.
        pub name: String,
        /// Tactic of the technique.
        pub tactic: String,
        /// Steps of campaigns against machines.
        pub uses: u64,
        /// Uses with at least one flagged window.
        pub uses_flagged: u64,
        /// Windows that it touched.
        pub windows: u64,
        /// Windows among these that were flagged.
        pub windows_flagged: u64,
    }
}

impl TechniqueRow {
    /// The row of a technique.
    pub fn new(scenario: &str, defender: &str, technique: &Name, seen: TechniqueCounts) -> TechniqueRow {
        TechniqueRow {
            scenario: scenario.to_owned(),
            defender: defender.to_owned(),
            technique: technique.id.clone(),
            name: technique.name.clone(),
            tactic: technique.tactic.clone(),
            uses: seen.uses,
            uses_flagged: seen.uses_flagged,
            windows: seen.windows,
            windows_flagged: seen.windows_flagged,
        }
    }
}

row! {
    /// `timeline.csv`: one hour of the episode under one defender; means per episode.
    #[derive(Debug, Clone, PartialEq)]
    pub struct TimelineRow {
        /// Name of the scenario.
        pub scenario: String,
        /// Name of the defender.
        pub defender: String,
        /// The hour, from 0.
        pub hour: u32,
        /// Episodes behind the means.
        pub episodes: u64,
        /// Damage of the hour.
        pub damage: f64,
        /// Disruption of the hour.
        pub disruption: f64,
        /// Cost of actions of the hour.
        pub action_cost: f64,
        /// Executions of each action.
        pub actions: ActionMeans,
    }
}

impl TimelineRow {
    /// The row of an hour.
    pub fn new(scenario: &str, defender: &str, hour: usize, episodes: u64, sums: &Hour) -> TimelineRow {
        let mean = |sum: f64| sum / episodes.max(1) as f64;
        let [damage, disruption, action_cost] = sums.costs.map(mean);
        TimelineRow {
            scenario: scenario.to_owned(),
            defender: defender.to_owned(),
            hour: hour as u32,
            episodes,
            damage,
            disruption,
            action_cost,
            actions: ActionMeans(sums.actions.map(|count| mean(count as f64))),
        }
    }
}

row! {
    /// `refinement.csv`: one row of the policy table that learning changed, and the evidence for it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct RefinementRow {
        /// Seed of the training.
        pub train_seed: u64,
        /// Number of the change, from 1, in the order they were accepted. The rows of a change stand or fall together.
        pub change: u32,
        /// The row: kind of threat.
        pub kind: String,
        /// The row: severity.
        pub severity: String,
        /// The row: class of the machine.
        pub asset: String,
        /// The row: what has become of the threat so far.
        pub status: String,
        /// Actions of the row before the change, best first, with spaces between.
        pub before: String,
        /// Actions of the row after the change.
        pub after: String,
        /// Decisions on the validation episodes that came to the row.
        pub met: u32,
        /// Share of these decisions in which the network too would take the new first action.
        pub confidence: f64,
        /// Gain of the whole change over all these decisions, as the network says.
        pub q_gain: f64,
        /// Validation episodes in which a row of the change is met, which were played again.
        pub replayed: u64,
        /// All validation episodes.
        pub validation: u64,
        /// Cost that the whole change saved, mean per validation episode.
        pub saved: f64,
        /// Standard error of that.
        pub saved_error: f64,
    }
}
