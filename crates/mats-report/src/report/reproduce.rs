//! How to repeat a run.

use super::run::ReportedRun;
use mats_results::RecordedEvaluation;
use maud::{Markup, html};

/// The section.
pub fn section(run: &ReportedRun) -> Markup {
    let files = [
        ("run.json", "everything needed to repeat the run, the scenario as checked included"),
        ("episodes.csv, campaigns.csv", "every episode and campaign"),
        ("summary.csv", "every figure with its interval"),
        ("detection.csv, curves.csv, techniques.csv", "what the detectors saw"),
        ("timeline.csv", "what was done hour by hour"),
        ("learning.csv, refinement.csv", "how it was learnt"),
        ("policy.toml, models/", "what was learnt"),
    ];
    html! {
        @if run.is_trained_here() {
            pre { code { (command(run)) } }
        } @else {
            pre { code { (evaluation(run)) } }
            @if has_files(run) {
                p { "Files that defenders were read from may have changed since: what was read of a table stands in this run's " code { "run.json" }
                    ", a network in its " code { "models/" } "; name those." }
            }
            @for (seed, note) in &run.record.notes { p { "Training seed " (seed) ": " (note) "." } }
        }
        @if !run.record.changes.is_empty() {
            p { "An experiment changed the scenario. Write this as a file beside it, and name that in the command:" }
            pre { code { "extends = \"" (run.scenario()) ".toml\"\n\n" (run.record.changes) } }
        }
        @if !run.record.also.is_empty() && run.is_trained_here() {
            p { "The experiment also evaluated on " (run.record.also.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "))
                "; " code { "mats eval" } " does that with what the command trains." }
        }
        p { "With MATS " (run.record.version) ", in the folder that holds " code { "scenarios/" } "; if your scenario file has another name, put that in. The same seed "
            "gives the same result files, byte for byte, for any number of threads." }
        div.scroll { table {
            thead { tr { th { "file of the run" } th { "holds" } } }
            tbody { @for (name, holds) in files { tr { td { code { (name) } } td.wrap { (holds) } } } }
        } }
    }
}

/// The command that trains and evaluates again.
fn command(run: &ReportedRun) -> String {
    let settings = &run.record.settings;
    // Files may have changed since; what was read of them is in the run's folder.
    if has_files(run) {
        return "mats run --repeat RUN".to_owned();
    }
    let mut words = vec![
        "mats run".to_owned(),
        quoted(&format!("scenarios/{}.toml", run.scenario())),
        format!("--episodes {}", settings.train.episodes),
        format!("--eval-episodes {}", settings.eval_episodes),
        format!("--train-seeds {}", settings.train_seeds),
        format!("--seed {}", settings.seed),
    ];
    words.extend(episodes(run));
    words.extend(settings.held_out.then(|| "--held-out".to_owned()));
    words.extend(defenders(run));
    let train = run.changed.iter().filter(|d| d.name.starts_with("train.") && d.name != "train.episodes");
    words.extend(train.map(|d| format!("--set {}", quoted(&format!("{}={}", d.name, d.one)))));
    words.join(" \\\n  ")
}

/// The flag that names the set of episodes, where it is not the usual one.
fn episodes(run: &ReportedRun) -> Option<String> {
    let set = run.record.settings.eval_seed;
    (set != 0).then(|| format!("--eval-seed {set}"))
}

/// Tells whether a defender was read from a file.
fn has_files(run: &ReportedRun) -> bool {
    run.record.settings.defenders.iter().any(|d| d.starts_with("table:") || d.starts_with("network:"))
}

/// The command that evaluates again.
fn evaluation(run: &ReportedRun) -> String {
    let settings = &run.record.settings;
    let scenario = quoted(&format!("scenarios/{}.toml", run.scenario()));
    let mut words = vec![
        format!("mats eval {scenario}"),
        "--from RUN".to_owned(),
        format!("--eval-episodes {}", settings.eval_episodes),
    ];
    words.extend(episodes(run));
    if let Some(RecordedEvaluation { held_out, seed }) = run.record.evaluation {
        words.extend(held_out.then(|| "--held-out".to_owned()));
        words.push(format!("--seed {seed}"));
    }
    words.extend(defenders(run));
    words.join(" \\\n  ")
}

/// The flag that names the defenders, where they are not the default.
fn defenders(run: &ReportedRun) -> Option<String> {
    let changed = run.changed.iter().any(|d| d.name == "defenders");
    changed.then(|| format!("--defenders {}", quoted(&run.record.settings.defenders.join(","))))
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_shell_would_take_apart_are_quoted() {
        assert_eq!(quoted("scenarios/a-b.toml"), "scenarios/a-b.toml");
        assert_eq!(quoted("it's $(x)"), "'it'\\''s $(x)'");
    }
}
