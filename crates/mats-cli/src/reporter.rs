//! Progress on stderr: a bar where somebody watches, a line a stage where it goes to a file, nothing when quiet.

use crate::{interrupt, output};
use indicatif::{
    HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use mats_core::text::printable;
use mats_lab::progress::{Listener, Progress};
use std::fmt;
use std::io::{self, IsTerminal};
use std::time::Duration;

/// Place where progress is shown.
#[derive(Debug, Clone)]
pub enum Place {
    /// A terminal, among the bars of others.
    Among(MultiProgress),
    /// Lines of a log.
    Log,
    /// Nowhere.
    Nowhere,
}

/// Shows progress, and passes on that somebody asked to stop. Its bar goes when it is dropped.
#[derive(Debug)]
pub struct Reporter {
    scenario: String,
    view: View,
    score: Option<f64>,
    f1: Option<f64>,
}

#[derive(Debug)]
enum View {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

impl Reporter {
    /// A reporter to a terminal, a log or nobody.
    pub fn new(quiet: bool) -> Reporter {
        let view = match (quiet, io::stderr().is_terminal()) {
            (true, _) => View::Nothing,
            (false, false) => View::Lines,
            (false, true) => {
                View::Bar(bar(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())))
            }
        };
        Reporter { scenario: String::new(), view, score: None, f1: None }
    }

    /// A reporter at a place, before another bar if there is one.
    pub fn at(place: &Place, before: Option<&ProgressBar>) -> Reporter {
        let view = match place {
            Place::Among(bars) => {
                let new = ProgressBar::no_length();
                View::Bar(bar(match before {
                    Some(other) => bars.insert_before(other, new),
                    None => bars.add(new),
                }))
            }
            Place::Log => View::Lines,
            Place::Nowhere => View::Nothing,
        };
        Reporter { scenario: String::new(), view, score: None, f1: None }
    }

    /// Turns to another scenario.
    pub fn begin(&mut self, scenario: &str) {
        self.scenario = printable(scenario).into_owned();
        (self.score, self.f1) = (None, None);
    }

    /// Clears the bar, so that what is printed next stands alone.
    pub fn clear(&self) {
        if let View::Bar(bar) = &self.view {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }

    fn stage(&self, name: &str, units: u64, even: bool) {
        match &self.view {
            View::Bar(bar) => {
                bar.set_style(style(even));
                // In this order, for a position beyond a new length would be shown.
                bar.reset();
                bar.set_length(units);
                bar.set_prefix(format!("{} · {name}", self.scenario));
                bar.set_message("");
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            View::Lines => line(&format!("{}: {name} ({units})", self.scenario)),
            View::Nothing => {}
        }
    }
}

impl Listener for Reporter {
    fn on_progress(&mut self, progress: Progress) -> bool {
        match (progress, &self.view) {
            (Progress::Stage(name, units), _) => self.stage(name, units, true),
            (Progress::Parts(name, parts), _) => self.stage(name, parts, false),
            (Progress::Advance(units), View::Bar(bar)) => bar.inc(units),
            (Progress::Running(score, f1), View::Bar(bar)) => {
                let text = running(score.or(self.score), f1.or(self.f1));
                bar.set_message(text);
                (self.score, self.f1) = (score.or(self.score), f1.or(self.f1));
            }
            (Progress::Note(note), View::Bar(bar)) => {
                bar.println(printable(&format!("{}: {note}", self.scenario)));
            }
            (Progress::Note(note), View::Lines) => line(&format!("{}: {note}", self.scenario)),
            _ => {}
        }
        !interrupt::asked()
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar(bar: ProgressBar) -> ProgressBar {
    bar.with_style(style(true))
}

/// How a bar is written: with what is left where units are `even`; else which part it is, and for how long it goes on, for
/// what is left would be a guess.
fn style(even: bool) -> ProgressStyle {
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        // Nothing can be done where a terminal does not take a character.
        let _ = write!(out, "{:.1}/s", state.per_sec());
    };
    let left = |state: &ProgressState, out: &mut dyn fmt::Write| {
        // Nobody knows before something is done.
        let known = state.pos() > 0;
        let _ = if known { write!(out, "{:#} left", HumanDuration(state.eta())) } else { Ok(()) };
    };
    let part = |state: &ProgressState, out: &mut dyn fmt::Write| {
        let _ = write!(out, "{}", part(state.pos(), state.len().unwrap_or(0)));
    };
    let template = if even {
        "{prefix}\n{wide_bar} {pos}/{len} · {rate} · {left}\n{msg}"
    } else {
        "{prefix}\n{wide_bar} {part} · {elapsed} gone\n{msg}"
    };
    ProgressStyle::with_template(template).map_or_else(
        |_| ProgressStyle::default_bar(),
        |style| style.with_key("rate", rate).with_key("left", left).with_key("part", part),
    )
}

/// The part that is worked on, from 1.
fn part(done: u64, parts: u64) -> String {
    format!("{} of {parts}", (done + 1).min(parts.max(1)))
}

fn running(score: Option<f64>, f1: Option<f64>) -> String {
    let show = |value: Option<f64>| value.map_or("n/a".to_owned(), |v| format!("{v:.2}"));
    format!("running score {} · F1 {}", show(score), show(f1))
}

/// A line of a log.
pub fn line(text: &str) {
    // A run goes on when nobody can read how it goes.
    output::notify(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_uneven_parts_the_one_that_is_worked_on_is_told() {
        assert_eq!([0, 1, 4, 5].map(|done| part(done, 5)), ["1 of 5", "2 of 5", "5 of 5", "5 of 5"]);
    }
}
