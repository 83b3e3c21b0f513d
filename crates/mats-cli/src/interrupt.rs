//! Ctrl-C, and the signals by which batch systems end a job (SIGTERM, SIGHUP): the first asks to stop at the next safe point, the
//! second stops at once.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens for them from now on.
///
/// # Errors
/// When the system refuses.
pub fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
        let _ =
            writeln!(io::stderr(), "\nstopping at the next safe point; press Ctrl-C again to stop at once");
    })
    .map_err(|e| anyhow::Error::new(e).context("failed to listen for Ctrl-C"))
}

/// Tells whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
