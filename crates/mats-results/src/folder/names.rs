//! Names of the files and folders of a run.

use mats_core::files::is_temporary;

/// The files that a run writes, beside its models.
pub const FILES: [&str; 13] = [
    RECORD,
    SUMS,
    TIMING,
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
/// The file with the SHA-256 of all others, as `sha256sum --check` reads it.
pub const SUMS: &str = "SHA256SUMS";
/// When and how long a run was worked on: the only file that differs from one run to the next.
pub const TIMING: &str = "timing.json";
/// The page of a report, which goes with the run that it was about.
pub(super) const REPORT: &str = "report.html";

/// Folder for figures.
pub(super) const FIGURES: &str = "figures";
/// First line of every figure of a report, by which it is known as one.
pub(super) const FIGURE: &str = "<!-- A figure of a mats report. -->";
/// The record of a run, written last.
pub const RECORD: &str = "run.json";

/// Folder for what was trained, with a folder for each training seed.
pub(super) const MODELS: &str = "models";
/// Folder in which what is finished of a run waits for the rest.
pub(super) const UNITS: &str = "units";
/// Definition of the job that units are of, among them.
pub(super) const JOB: &str = "job.json";
/// Folder in which the files of a run wait that is to replace an older one.
pub(super) const STAGING: &str = ".new";
/// File in it by which it is known as this program's, before anything else is.
pub(super) const MARK: &str = ".mats-staging";
/// Extension of the folder of a unit until it is whole; in older versions also of files.
pub(super) const PARTIAL: &str = "partial";

/// Tells whether a name in a result folder is one that this program gives.
pub(super) fn is_ours(name: &str) -> bool {
    let whole = name.strip_suffix(".partial").unwrap_or(name);
    [MODELS, UNITS, STAGING, FIGURES, REPORT].contains(&name)
        || FILES.contains(&whole)
        || whole == REPORT
        || is_temporary(name)
}

/// Tells whether a name among units is one that this program gives.
pub(super) fn is_of_units(name: &str) -> bool {
    let whole = name.strip_suffix(".partial").unwrap_or(name);
    whole == JOB || is_seed(whole) || is_temporary(name)
}

/// Tells whether a name is that of the folder of a training seed.
pub(super) fn is_seed(name: &str) -> bool {
    name.parse::<u64>().is_ok_and(|seed| seed.to_string() == name)
}

/// Tells whether a file is what was left of writing one, by this version or an older one.
pub(super) fn is_rest(name: &str) -> bool {
    let older = name.strip_suffix(".partial");
    is_temporary(name) || older.is_some_and(|whole| FILES.contains(&whole) || [REPORT, JOB].contains(&whole))
}
