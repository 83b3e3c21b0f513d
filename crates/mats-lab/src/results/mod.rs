//! Result folders: what stands in them, how they are written, read back, summed up and compared.
//!
//! | module | holds |
//! |---|---|
//! | [`rows`], [`details`], [`cell`] | the rows of each file, and how values are spelt |
//! | [`folder`] | the only place that writes |
//! | [`read`] | reading back, with errors that say where and how to mend |
//! | [`mod@reference`] | what `none` and `oracle` cost on the same seed |
//! | [`metric`] | the names of the figures, and what an episode adds to each |
//! | [`sample`] | one defender's episodes in one scenario, and every figure of them |
//! | [`incidence`] | curves of containment and of attackers' success |
//! | [`summary`] | the table and `summary.csv` |
//! | [`mod@compare`] | two or more runs side by side |

pub mod cell;
pub mod compare;
pub mod details;
pub mod folder;
pub mod incidence;
pub mod metric;
pub mod read;
pub mod reference;
pub mod rows;
pub mod sample;
pub mod summary;

pub use cell::{ActionCounts, Level, Pairing, Phase};
pub use compare::{Comparison, Decision, Run, Verdict, compare, comparison};
pub use details::{CurveRow, RefinementRow, TechniqueRow, TimelineRow};
pub use folder::{Lock, ResultFolder, WriteError};
pub use metric::Metric;
pub use read::{ReadError, RunTables, read_csv, read_json, read_run};
pub use reference::fill_regret;
pub use rows::{
    CampaignRow, ComparisonRow, DetectionRow, EpisodeRow, ImprovementRow, IncidenceRow, LearningRow, Row,
    SummaryRow,
};
pub use summary::{Settings, Summary, TableRow, summarise};

/// The defender that does nothing: 0 on the scale of scores.
pub const NONE: &str = "none";
/// The defender that sees the truth: 1 on the scale of scores.
pub const ORACLE: &str = "oracle";
