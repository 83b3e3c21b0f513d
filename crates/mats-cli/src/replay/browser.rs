//! Opens a page in the system's browser.

use crate::failure::Failure;
use anyhow::Context;
use std::path::Path;
use std::process::{Command, Stdio};

/// Command that opens files here, with its first arguments.
const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(target_os = "windows") {
    // The empty text is the title of a window, which `start` takes first.
    ("cmd", &["/C", "start", ""])
} else {
    ("xdg-open", &[])
};

/// Opens a file and does not wait for it to be closed.
///
/// # Errors
/// When the system has nothing that opens files.
pub fn open(path: &Path) -> Result<(), Failure> {
    let (program, first) = OPENER;
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let started = Command::new(program)
        .args(first)
        .arg(whole)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started
        .map(drop)
        .with_context(|| format!("failed to start `{program}`; open the page by hand"))
        .map_err(Failure::from)
}
