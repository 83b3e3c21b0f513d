//! The `mats` command: flags become checked settings, settings go to `mats-lab`. Nothing is simulated, learnt or
//! measured in this crate.
//!
//! | module | holds |
//! |---|---|
//! | [`flags`] | what can be typed |
//! | [`run`], [`eval`], [`compare`], [`settings`], [`verify`], [`report`], [`generate`], [`scenario`] | one command each |
//! | [`replay`] | `mats replay`: one episode as a page, or as a log |
//! | [`detect`] | `mats detect`: fit, eval, score |
//! | [`profile`] | the table of `mats generate --profile` |
//! | [`batch`], [`batch_progress`] | jobs worked, joined and shown; their progress |
//! | [`trial`] | `mats scenario try`: how far attackers get |
//! | [`session`] | what commands that work for a while begin with |
//! | [`tables`] | the results of runs |
//! | [`load`] | scenarios read, before any work begins |
//! | [`reporter`], [`interrupt`], [`clock`] | progress on stderr; Ctrl-C; the wall clock |
//! | [`table`], [`output`] | tables and JSON on stdout |
//! | [`failure`] | what goes wrong, and the exit code it has |

mod batch;
mod batch_progress;
mod clock;
mod compare;
mod detect;
mod eval;
mod failure;
mod flags;
mod generate;
mod interrupt;
mod load;
mod output;
mod profile;
mod replay;
mod report;
mod reporter;
mod run;
mod scenario;
mod session;
mod settings;
mod table;
mod tables;
mod trial;
mod verify;

use clap::Parser;
use flags::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(flags) => run::run(&flags),
        Command::Eval(flags) => eval::eval(&flags),
        Command::Compare(flags) => compare::compare(&flags),
        Command::Merge(flags) => batch::merge(&flags),
        Command::Settings(flags) => settings::list(&flags),
        Command::Verify(flags) => verify::run(&flags),
        Command::Report(flags) => report::report(&flags),
        Command::Replay(flags) => replay::replay(&flags),
        Command::Generate(flags) => generate::generate(&flags),
        Command::Detect(command) => detect::detect(&command),
        Command::Scenario(command) => scenario::scenario(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
