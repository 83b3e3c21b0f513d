//! `mats scenario try`: how far attackers get where nobody defends.

use crate::failure::Failure;
use crate::flags::Effort;
use crate::session::begin;
use crate::{load, output, table};
use mats_core::text::printable;
use mats_lab::trial::{AttackTrial, StepTrial, Trial, try_out};
use serde_json::json;
use std::path::PathBuf;

const HEADINGS: [&str; 6] = ["step", "technique", "reached", "succeeded", "attempts", "first"];
/// Characters a line may have.
const WIDTH: usize = 80;
/// Characters of a step's name that are shown in any case.
const LEAST_NAME: usize = 8;

/// Plays and prints.
///
/// # Errors
/// A bad scenario, an interrupt, or a stdout that cannot be written.
pub fn print(
    scenario: &PathBuf,
    episodes: u64,
    seed: u64,
    as_json: bool,
    effort: Effort,
) -> Result<(), Failure> {
    let scenario = load::scenarios(std::slice::from_ref(scenario))?.remove(0);
    let mut reporter = begin(effort)?;
    reporter.begin(&scenario.name);
    let trial = try_out(&scenario, seed, episodes, &mut reporter);
    reporter.clear();
    let Some(trial) = trial else {
        return Err(anyhow::anyhow!("interrupted; nothing was counted to the end").into());
    };
    if as_json {
        return output::print_json(&json!({ "scenario": scenario.name, "seed": seed, "trial": trial }));
    }
    output::print(&text(&scenario.name, seed, &trial))
}

/// The whole text.
fn text(name: &str, seed: u64, trial: &Trial) -> String {
    let about = format!(
        "{} episode(s) that nobody defends, seed {seed}; in {} of them nobody attacks.",
        trial.episodes, trial.quiet
    );
    let mut text = table::wrap("", &format!("{}: {about}", printable(name)));
    for attack in &trial.attacks {
        text.push('\n');
        text.push_str(&of_attack(attack));
    }
    if trial.attacks.is_empty() {
        return text;
    }
    let caption = "* marks what the attacker comes for. reached: campaigns that tried the step at all, and succeeded: that did it at least once, \
                   each with its share of the attack's campaigns. attempts: how many of all that came to an end succeeded. first: \
                   median hour of the episode at the first success, of campaigns that succeed.";
    text.push('\n');
    text.push_str(&table::wrap("", caption));
    text
}

fn of_attack(attack: &AttackTrial) -> String {
    let name = printable(&attack.name);
    if attack.campaigns == 0 {
        return table::wrap("", &format!("{name}: no campaign; play more --episodes, or see its `weight`"));
    }
    let when = attack.objective_hour.map_or(String::new(), |hour| format!(", at {hour:.1} h (median)"));
    let about = format!(
        "{} campaign(s) in {} episode(s); objective reached in {}{when}",
        attack.campaigns,
        attack.episodes,
        share(attack.objective, attack.campaigns)
    );
    let mut rows: Vec<Vec<String>> = attack.steps.iter().map(|step| row(step, attack.campaigns)).collect();
    // Names take what the figures leave.
    let widest = |c: usize| {
        let cells = rows.iter().map(|row| row[c].chars().count());
        cells.fold(HEADINGS[c].chars().count(), usize::max)
    };
    let figures: usize = (1..HEADINGS.len()).map(|c| widest(c) + 2).sum();
    let room = WIDTH.saturating_sub(figures).max(LEAST_NAME);
    for (row, step) in rows.iter_mut().zip(&attack.steps) {
        row[0] = name_of(step, room);
    }
    let mut text = table::wrap("", &format!("{name}: {about}"));
    text.push_str(&table::plain(&HEADINGS, &rows));
    text.push('\n');
    let idle: Vec<String> =
        attack.steps.iter().filter(|s| s.reached == 0).map(|s| format!("`{}`", s.id)).collect();
    if !idle.is_empty() {
        text.push_str(&table::wrap("Never reached: ", &printable(&idle.join(", "))));
    }
    text
}

/// The name of a step, marked if it is an objective, cut to so many characters.
fn name_of(step: &StepTrial, room: usize) -> String {
    let mark = if step.objective { "*" } else { "" };
    let name = printable(&step.id);
    let room = room - mark.len();
    if name.chars().count() <= room {
        return format!("{name}{mark}");
    }
    let shown: String = name.chars().take(room - 1).collect();
    format!("{shown}…{mark}")
}

/// The figures of a step; its name comes once their widths are known.
fn row(step: &StepTrial, campaigns: u64) -> Vec<String> {
    vec![
        String::new(),
        step.technique.clone(),
        share(step.reached, campaigns),
        share(step.succeeded, campaigns),
        if step.attempts == 0 {
            "–".to_owned()
        } else {
            format!("{} of {}", step.successes, step.attempts)
        },
        step.first_hour.map_or("never".to_owned(), |hour| format!("{hour:.1} h")),
    ]
}

/// A count and its share, as in `31 (42%)`.
fn share(count: u64, all: u64) -> String {
    format!("{count} ({:.0}%)", 100.0 * count as f64 / all.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_fits_80_columns_and_says_what_was_never_reached() {
        let step = |id: &str, reached, objective| StepTrial {
            id: id.to_owned(),
            technique: "T1021.001".to_owned(),
            objective,
            reached,
            succeeded: reached / 2,
            attempts: reached * 40,
            successes: reached * 20,
            first_hour: (reached > 0).then_some(123.456),
        };
        let attack = AttackTrial {
            name: "a-long-name-of-an-attack-that-somebody-chose-for-no-reason-at-all".to_owned(),
            campaigns: 100_000,
            episodes: 99_999,
            objective: 0,
            objective_hour: None,
            steps: vec![
                step("way-in", 100_000, false),
                step("a-step-with-a-name-as-long-as-names-may-be-which-is-64-characters", 50, false),
                step("stop", 0, true),
            ],
        };
        let none = AttackTrial { campaigns: 0, name: "rare".to_owned(), ..attack.clone() };
        let trial = Trial { episodes: 100_000, quiet: 1, attacks: vec![attack, none] };
        insta::assert_snapshot!(text("utility", 1, &trial));
        let wide = text("utility", 1, &trial).lines().map(|line| line.chars().count()).max();
        assert!(wide <= Some(80), "{wide:?}");
    }
}
