//! What goes wrong, and the exit code it has: 1 failed at run time, 2 wrong use or bad input.

use mats_core::text::{printable, shortened};
use mats_scenario::Diagnostics;
use std::io::{self, Write};
use std::process::ExitCode;

/// Reason why a command did not do what it should.
#[derive(Debug)]
pub enum Failure {
    /// Something that was typed, or a file that was named, is wrong.
    Input(anyhow::Error),
    /// Files are wrong: scenarios, experiments, policy tables. Their mistakes carry their places.
    Scenario(Vec<Diagnostics>),
    /// The work itself failed.
    Work(anyhow::Error),
    /// Output that nobody reads any more, as in `mats … | head`: no reason to complain.
    Unread,
}

/// Failure at run time, of everything that is not said to be bad input.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Work(error.into())
    }
}

impl Failure {
    /// Bad input.
    pub fn input(error: impl Into<anyhow::Error>) -> Failure {
        Failure::Input(error.into())
    }

    /// Says on stderr what went wrong, once.
    pub fn report(&self) -> ExitCode {
        // Where even stderr is closed, the exit code still tells.
        let mut err = io::stderr().lock();
        let (code, _) = match self {
            Failure::Input(error) => (2, writeln!(err, "error: {}", line(error))),
            Failure::Work(error) => (1, writeln!(err, "error: {}", line(error))),
            Failure::Scenario(files) => {
                (2, files.iter().try_for_each(|diagnostics| writeln!(err, "{diagnostics}\n")))
            }
            Failure::Unread => (0, Ok(())),
        };
        ExitCode::from(code)
    }
}

/// An error and its causes on one line, safe to print.
fn line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        // Many libraries repeat the cause in the message.
        if !text.ends_with(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    printable(&shortened(&text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stand_on_one_line_and_control_characters_are_spelt_out() {
        let error = anyhow::anyhow!("bad \x1b[31mname\nhere").context("failed to read x");
        assert_eq!(line(&error), "failed to read x: bad \\u{1b}[31mname here");
    }

    #[test]
    fn a_message_has_a_length() {
        let error = anyhow::anyhow!("é".repeat(50_000_000) + "; mend it").context("failed to read x");
        let line = line(&error);
        assert!(line.chars().count() < 2100 && line.starts_with("failed to read x: éé"), "{}", line.len());
        assert!(line.ends_with("é; mend it"));
    }

    #[test]
    fn a_cause_that_the_message_repeats_is_said_once() {
        let error = anyhow::anyhow!("no such file").context("failed to read x: no such file");
        assert_eq!(line(&error), "failed to read x: no such file");
    }
}
