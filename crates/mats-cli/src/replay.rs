//! `mats replay`: one episode as a page, or as a log.

mod browser;
mod follow;

use crate::failure::Failure;
use crate::flags::ReplayFlags;
use crate::load::warn_unproven;
use crate::output;
use crate::session::{misnamed, warn_doubtful};
use anyhow::{Context, anyhow};
use mats_core::files::read_regular;
use mats_core::text::printable;
use mats_lab::replay::source::{ReplaySource, SourceError, Wanted};
use mats_lab::replay::{Request, check, play};
use mats_results::ResultFolder;
use mats_results::folder::lock_run;
use mats_results::replay::{Check, DefenderTrace, Replay};
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// A folder without agents, an episode or a defender that is not there, a page that exists, a full disk.
pub fn replay(flags: &ReplayFlags) -> Result<(), Failure> {
    let source = find(flags)?;
    warn_unproven(&source.folder);
    warn_doubtful(&source.defenders);
    let out = match (&flags.out, flags.follow) {
        (Some(path), _) => Some(path.clone()),
        (None, true) => None,
        (None, false) => Some(source.folder.join(file_name(flags, &source))),
    };
    if let Some(path) = &out {
        refuse(path)?;
    }
    let (train_seed, trained) = &source.trained;
    let request = Request {
        scenario: &source.scenario,
        trained,
        train_seed: *train_seed,
        episode: flags.episode,
        eval_seed: source.eval_seed,
        held_out: source.held_out,
        defenders: &source.defenders,
    };
    let mut replay = played(&request)?;
    check::check(&mut replay, &source.folder).map_err(Failure::input)?;
    warn(&replay);
    if flags.follow {
        follow::print(&replay)?;
    }
    let Some(path) = out else { return Ok(()) };
    write(&path, &mats_report::replay::replay(&replay), flags.overwrite)?;
    if !flags.follow {
        output::print(&format!("{}{}\n", summary(&replay), printable(&path.display().to_string())))?;
    }
    if flags.open {
        browser::open(&path)?;
    }
    Ok(())
}

/// Finds what the flags name.
fn find(flags: &ReplayFlags) -> Result<ReplaySource, Failure> {
    let wanted = Wanted {
        run: &flags.run,
        scenario: flags.scenario.as_deref(),
        episode: flags.episode,
        defender: &flags.defender,
        against: flags.against.as_deref(),
        train_seed: flags.train_seed,
    };
    ReplaySource::find(&wanted).map_err(|error| match error {
        SourceError::Scenario(diagnostics) => Failure::Scenario(vec![diagnostics]),
        SourceError::Defender(error) => misnamed(error),
        other => Failure::input(other),
    })
}

/// Plays, and survives a scenario that cannot be: the simulator trusts what was checked when the run was made, but run.json
/// may have been changed since.
fn played(request: &Request<'_>) -> Result<Replay, Failure> {
    const LONGEST_HOURS: f64 = 10_000.0;
    let damaged =
        || Failure::input(anyhow!("the scenario in run.json cannot be played: it was changed or damaged"));
    if request.scenario.horizon.hours() > LONGEST_HOURS {
        return Err(damaged());
    }
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let replay = panic::catch_unwind(AssertUnwindSafe(|| play(request)));
    panic::set_hook(loud);
    replay.map_err(|_| damaged())
}

/// Says on stderr what is not as the run counted it.
fn warn(replay: &Replay) {
    for side in &replay.sides {
        let Check::Differs { columns } = &side.check else { continue };
        let named: Vec<String> =
            columns.iter().take(3).map(|(c, then, now)| format!("{c} {then}, now {now}")).collect();
        let more = if columns.len() > 3 { format!(" and {} more", columns.len() - 3) } else { String::new() };
        output::warn(&format!(
            "this is not the episode that the run counted for {}: {}{more}; another version of the program \
             played it, or its files were changed",
            side.defender,
            named.join("; "),
        ));
    }
}

/// A line for each side.
fn summary(replay: &Replay) -> String {
    let line = |side: &DefenderTrace| {
        let row = &side.row;
        let check = match side.check {
            Check::Same => "the same as in episodes.csv",
            Check::Differs { .. } => "NOT the same as in episodes.csv",
            Check::NoRow => "not in episodes.csv",
        };
        format!(
            "{}: cost {:.1}, {} campaign{}, {} alerts, {} decisions; {check}\n",
            printable(&side.defender),
            row.cost,
            row.campaigns,
            if row.campaigns == 1 { "" } else { "s" },
            side.alerts.len(),
            side.decisions.len(),
        )
    };
    replay.sides.iter().map(line).collect()
}

/// Names the page in the run's folder.
fn file_name(flags: &ReplayFlags, source: &ReplaySource) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
    };
    let scenario = if source.own { String::new() } else { format!("{}-", plain(&source.scenario.name)) };
    let seed = if source.first { String::new() } else { format!("-seed-{}", source.trained.0) };
    let names: Vec<String> = source.defenders.iter().map(|d| plain(d.name())).collect();
    format!("replay-{scenario}{}-{}{seed}.html", flags.episode, names.join("-against-"))
}

/// Refuses places where no page can go, before any work is done.
fn refuse(path: &Path) -> Result<(), Failure> {
    let shown = printable(&path.display().to_string()).into_owned();
    if path.is_dir() {
        return Err(Failure::input(anyhow!("{shown} is a folder; give the name of a file with --out")));
    }
    if path.file_name().is_none_or(|name| name.to_str().is_none()) {
        return Err(Failure::input(anyhow!("{shown} is no name for a page; give one in UTF-8 with --out")));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => Err(Failure::input(anyhow!(
            "there is no folder {}; make it, or choose another --out",
            printable(&folder.display().to_string())
        ))),
        _ => Ok(()),
    }
}

/// Writes a page whole or not at all. The same page may stand there already; another one only gives way to
/// `overwrite`.
fn write(path: &Path, text: &str, overwrite: bool) -> Result<(), Failure> {
    let shown = printable(&path.display().to_string()).into_owned();
    if let Ok(there) = fs::symlink_metadata(path) {
        if !there.is_file() {
            return Err(Failure::input(anyhow!("{shown} is no regular file; name another with --out")));
        }
        let same = there.len() == text.len() as u64
            && read_regular(path, there.len()).is_ok_and(|old| old == text.as_bytes());
        if same {
            return Ok(());
        }
        if !overwrite {
            return Err(Failure::input(anyhow!(
                "{shown} exists already and says something else; choose another --out, or pass --overwrite"
            )));
        }
    }
    let around = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let _lock = lock_run(around).map_err(Failure::input)?;
    let written = ResultFolder::around(around).and_then(|folder| folder.write_text(&name, text));
    Ok(written.with_context(|| format!("failed to write {shown}"))?)
}
