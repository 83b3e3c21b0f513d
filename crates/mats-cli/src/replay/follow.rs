//! A replay as a log: one line an event, cut to the width of a terminal, whole in a file or a pipe. With two defenders
//! their lines stand between each other; what happened alike to both is told once.

use crate::failure::Failure;
use crate::output;
use crate::table::wrap;
use mats_core::text::printable;
use mats_lab::replay::event_log::{Event, Who, event_log, legend};
use mats_results::replay::{Check, DefenderTrace, Replay};
use std::io::IsTerminal;

/// Width of a terminal that does not tell its own.
const WIDTH: u16 = 80;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Prints the log.
///
/// # Errors
/// When stdout is closed.
pub fn print(replay: &Replay) -> Result<(), Failure> {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let terminal = std::io::stdout().is_terminal();
    let width = terminal.then(|| comfy_table::Table::new().width().unwrap_or(WIDTH).into());
    output::print_coloured(&log(replay, terminal && !plain, width.unwrap_or(usize::MAX)))
}

/// The log as a text.
fn log(replay: &Replay, colour: bool, width: usize) -> String {
    let fit = |line: &str| fit(line, width);
    let context = &replay.context;
    let mut text = fit(&format!("{}, episode {}, seed {}", context.scenario, replay.episode, replay.seed));
    let marks = ["A", "B"];
    for (side, mark) in replay.sides.iter().zip(marks) {
        let who = if replay.sides.len() > 1 { format!("{mark} ") } else { String::new() };
        text.push_str(&fit(&format!("{who}{}: {}", side.defender, checked(side))));
    }
    let events = merged(replay, &marks);
    for (word, meaning) in legend(events.iter().map(|(_, event)| event)) {
        text.push_str(&wrap(&format!("{word}: "), meaning));
    }
    text.push('\n');
    for (mark, event) in events {
        let clock = clock(context.start_of_day, context.weekday, event.t);
        let head = if replay.sides.len() > 1 { format!("{clock} {mark} ") } else { format!("{clock} ") };
        let line = fit(&format!("{head}{:<8} {}", event.who.name(), event.what));
        text.push_str(&if colour { painted(event.who, &line) } else { line });
    }
    text
}

fn checked(side: &DefenderTrace) -> &'static str {
    match side.check {
        Check::Same => "as in episodes.csv",
        Check::Differs { .. } => "NOT as in episodes.csv",
        Check::NoRow => "not in episodes.csv",
    }
}

/// The events of all sides in order of time, each with the mark of its side; `=` for what happened alike to both.
fn merged(replay: &Replay, marks: &[&'static str; 2]) -> Vec<(&'static str, Event)> {
    let mut sides = replay.sides.iter().map(|side| event_log(replay, side));
    let first = sides.next().unwrap_or_default();
    let mut second = sides.next().unwrap_or_default();
    let mut all = Vec::with_capacity(first.len() + second.len());
    for event in first {
        // Both are short enough to be searched; equal ones stand near each other.
        let twin = second.iter().position(|e| *e == event);
        if let Some(at) = twin {
            second.remove(at);
        }
        all.push((if twin.is_some() { "=" } else { marks[0] }, event));
    }
    all.extend(second.into_iter().map(|event| (marks[1], event)));
    all.sort_by_key(|(_, event)| (event.t, event.who));
    all
}

/// The day and the time of day.
fn clock(start_of_day: u32, weekday: u8, t: u64) -> String {
    let seconds = u64::from(start_of_day) + t / 1000;
    let day = DAYS[((u64::from(weekday) + seconds / 86_400) % 7) as usize];
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{day} {hour:02}:{minute:02}:{second:02}")
}

/// A line, safe to print, that fits.
fn fit(line: &str, width: usize) -> String {
    let line = printable(line).into_owned();
    let mut text: String = line.chars().take(width).collect();
    if line.chars().count() > width {
        text = text.chars().take(width.saturating_sub(1)).collect();
        text.push('…');
    }
    text.push('\n');
    text
}

fn painted(who: Who, line: &str) -> String {
    let code = match who {
        Who::Attacker => "31",
        Who::Sensor => "2",
        Who::Detector => "33",
        Who::Defender => "36",
        Who::Outcome => "1",
    };
    format!("\x1b[{code}m{}\x1b[0m\n", line.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_go_over_midnight_and_the_week() {
        assert_eq!(clock(7 * 3600, 2, 0), "Wed 07:00:00");
        assert_eq!(clock(23 * 3600, 6, 3_600_000), "Mon 00:00:00");
    }

    #[test]
    fn lines_fit_and_do_no_harm() {
        let line = fit(&format!("\x1b[31m{}", "x".repeat(200)), 80);
        assert_eq!(line.trim_end().chars().count(), 80);
        assert!(line.starts_with("\\u{1b}[31m") && line.ends_with("…\n"), "{line}");
    }

    #[test]
    fn colours_end_where_the_line_does() {
        assert_eq!(painted(Who::Attacker, "x\n"), "\x1b[31mx\x1b[0m\n");
    }
}
