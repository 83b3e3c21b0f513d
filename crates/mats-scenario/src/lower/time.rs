//! Whether an attack has the time for what it comes for: the shortest way to an objective against what the episode leaves.

use super::attacks::Places;
use crate::attack::Attack;
use crate::model::Scenario;
use crate::raw_diagnostic::{Sink, Span};

/// Log-standard deviation of how long a step or a pause takes (`mats-sim/src/plan.rs`).
const SPREAD: f64 = 0.5;
/// Standard deviations below the median time that never come about: once in half a million ways.
const NEVER: f64 = 4.6;

/// A way to an objective, and what the quickest attackers take for it.
#[derive(Clone, Copy)]
struct Way {
    /// Sum of the median minutes of its steps and pauses.
    minutes: f64,
    /// Sum of their squares.
    squares: f64,
}

impl Way {
    const NONE: Way = Way { minutes: 0.0, squares: 0.0 };

    fn then(self, minutes: f64) -> Way {
        Way { minutes: self.minutes + minutes, squares: self.squares + minutes * minutes }
    }

    /// The minutes in which nobody ever goes it. Many parts of like length vary less in sum than a single one.
    fn least(self) -> f64 {
        let parts = (self.minutes * self.minutes / self.squares.max(f64::MIN_POSITIVE)).max(1.0);
        self.minutes * (-NEVER * SPREAD / parts.sqrt()).exp()
    }
}

/// Reports campaigns that begin too late for any objective, and warns of objectives that few can come to. `onset`: where
/// it stands when campaigns begin.
pub fn check(scenario: &Scenario, onset: &Span, places: &[Places], sink: &mut Sink) {
    let known = |p: &Places| !p.torn && p.steps.iter().all(|step| !step.unknown);
    let left = (scenario.horizon.hours() - scenario.campaigns.onset.0.hours()) * 60.0;
    let possible = scenario.possible_attacks().iter().zip(places).filter(|(attack, _)| attack.weight > 0.0);
    let judged: Vec<_> = possible.map(|(attack, p)| (p, fastest(scenario, attack), known(p))).collect();
    if judged.is_empty() || judged.iter().any(|(_, way, known)| !known || way.is_none()) {
        return;
    }
    let ways = || judged.iter().filter_map(|&(p, way, _)| Some((p, way?)));
    let shortest = ways().map(|(_, (_, way))| way.minutes).fold(f64::INFINITY, f64::min);
    let begin = scenario.campaigns.onset.0.hours();
    if ways().all(|(_, (_, way))| left <= way.least()) {
        let message = format!(
            "campaigns begin {begin} h in at the earliest, {} before the end, and no attack comes to an objective in that time",
            spoken(left)
        );
        let help = format!(
            "the quickest takes some {}: let `onset_hours` in [campaigns] begin earlier, or the episode last longer",
            spoken(shortest)
        );
        sink.error(onset.clone(), message, Some(help));
        return;
    }
    for (places, (step, way)) in ways().filter(|&(_, (_, way))| way.minutes > left) {
        let message = format!(
            "the quickest attackers take some {} to get as far as this objective, and the episode leaves them {}",
            spoken(way.minutes),
            spoken(left)
        );
        let help = "shorten `minutes` or `pause_minutes` on the way to it, or let the episode last longer; \
                    `mats scenario try` tells how far attackers get";
        sink.warn(places.steps[step].name.clone(), message, Some(help.to_owned()));
    }
}

/// The objective that is reached first, and the way that the quickest attackers go to it.
fn fastest(scenario: &Scenario, attack: &Attack) -> Option<(usize, Way)> {
    let skill = (attack.skill.1 * scenario.randomize.skill.1).max(1.0).sqrt();
    let pace = attack.stealth.0 * scenario.randomize.pace.0 / skill;
    let mut ways: Vec<Option<Way>> = vec![None; attack.steps.len()];
    let sooner = |a: Way, b: Way| if b.minutes < a.minutes { b } else { a };
    // A step that is done after any of several waits for the first; as many rounds as steps suffice.
    for _ in 0..attack.steps.len() {
        for (s, step) in attack.steps.iter().enumerate() {
            let before = if step.after.is_empty() {
                Some(Way::NONE)
            } else {
                let known = step.after.iter().filter_map(|&a| ways[a]).reduce(sooner);
                known.map(|way| way.then(pace * step.pause.seconds() / 60.0))
            };
            ways[s] = before.map(|way| way.then(pace * step.minutes));
        }
    }
    let objectives = (0..attack.steps.len()).filter(|&s| attack.steps[s].objective);
    let timed = objectives.filter_map(|s| Some((s, ways[s]?)));
    timed.min_by(|a, b| a.1.minutes.total_cmp(&b.1.minutes))
}

/// A span as people say it.
fn spoken(minutes: f64) -> String {
    if minutes < 90.0 { format!("{minutes:.0} min") } else { format!("{:.1} h", minutes / 60.0) }
}
