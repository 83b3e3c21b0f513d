//! Names of the files and folders of a run.

/// The files that a run writes, beside its models.
pub const FILES: [&str; 12] = [
    "run.json",
    "timing.json",
    "episodes.csv",
    "campaigns.csv",
    "detection.csv",
    "summary.csv",
    "learning.csv",
    "curves.csv",
    "techniques.csv",
    "timeline.csv",
    "refinement.csv",
    POLICY,
];
/// The refined table of the first training seed. An evaluation of agents that were trained elsewhere writes none.
pub const POLICY: &str = "policy.toml";
/// The page of a report, which goes with the run that it was about.
pub(super) const REPORT: &str = "report.html";

/// Folder for figures.
pub(super) const FIGURES: &str = "figures";
/// First line of every figure of a report, by which it is known as one.
pub(super) const FIGURE: &str = "<!-- A figure of a mats report. -->";
/// The record of a run, written last.
pub(super) const RECORD: &str = "run.json";

/// Folder in which what is finished of a run waits for the rest.
pub(super) const UNITS: &str = "units";
