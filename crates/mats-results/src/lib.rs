//! Results of runs: metrics, statistics, tables, folders, comparisons, and the data of a replay. This crate knows
//! neither simulation nor agents: whatever it says of a run, it says from plain numbers and files.
//!
//! ```
//! use mats_results::metrics::aalen_johansen::Cohort;
//! use mats_results::metrics::competing::{CAUSES, Ends, survival_record};
//!
//! // Two campaigns watched for ten seconds: one is contained after four, one goes on.
//! let never = Ends { gone: None, left: false, objective: None, watched: 10.0 };
//! let contained = Ends { gone: Some(4.0), ..never };
//! let campaigns = Cohort::<CAUSES>::new([survival_record(0, contained), survival_record(1, never)]);
//! assert_eq!(campaigns.median(&[1, 1], 0), Some(4.0));
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`metrics`] | what the numbers mean: pure functions |
//! | [`rows`], [`details`], [`cell`] | the rows of each file, and how values are spelt |
//! | [`folder`] | the only place that writes |
//! | [`read`], `consistency` | reading back, with errors that say where and how to mend; tables that cannot be |
//! | [`record`] | `run.json` and `timing.json` as they are read without knowing agents |
//! | [`mod@reference`] | what `none` and `oracle` cost on the same seed |
//! | [`metric`] | the names of the figures, and what an episode adds to each |
//! | [`sample`] | one defender's episodes in one scenario, and every figure of them |
//! | [`incidence`] | curves of containment and of attackers' success |
//! | [`summary`] | the table and `summary.csv` |
//! | `labels` | names of defenders as people read them |
//! | [`differences`] | settings that two runs have otherwise |
//! | [`mod@compare`] | two or more runs side by side |
//! | [`replay`] | what a replay of an episode is: plain data that serialises |
//! | [`digest`] | fingerprints of files and definitions |

pub mod cell;
pub mod compare;
mod consistency;
pub mod details;
pub mod differences;
pub mod digest;
pub mod folder;
pub mod incidence;
mod labels;
pub mod metric;
pub mod metrics;
pub mod read;
mod read_error;
pub mod record;
pub mod reference;
pub mod replay;
pub mod rows;
mod run_tables;
pub mod sample;
pub mod summary;

pub use cell::{ActionCounts, Level, Pairing, Phase};
pub use compare::{Comparison, Decision, Run, Verdict, compare, comparison};
pub use details::{CurveRow, RefinementRow, TechniqueRow, TimelineRow};
pub use folder::{Lock, ResultFolder, WriteError};
pub use labels::{Labels, marked};
pub use mats_core::Quantities;
pub use metric::Metric;
pub use read::{ReadError, RunTables, read_csv, read_json, read_run};
pub use record::{RecordedEvaluation, RecordedRun, Timing};
pub use reference::fill_regret;
pub use rows::{
    CampaignRow, ComparisonRow, DetectionRow, EpisodeRow, ImprovementRow, IncidenceRow, LearningRow, Row,
    SummaryRow,
};
pub use summary::{Settings, Summary, TableRow, summarise};

/// The shipped defenders that are told the truth.
pub const PRIVILEGED: [&str; 3] = ["perfect-detector", "foresight", ORACLE];
/// Mark of a privileged defender in tables; names of others' end in it.
pub const MARK: char = '*';

/// The defender that does nothing: 0 on the scale of scores.
pub const NONE: &str = "none";
/// The defender that sees the truth: 1 on the scale of scores.
pub const ORACLE: &str = "oracle";
