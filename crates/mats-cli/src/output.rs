//! What goes to stdout.

use crate::failure::Failure;
use serde_json::Value;
use std::io::{self, ErrorKind, Write};

/// Prints a text as it stands.
///
/// # Errors
/// When stdout cannot be written; a closed pipe is no complaint.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::Work(anyhow::Error::new(e).context("failed to write to stdout")),
    })
}

/// Prints indented JSON.
///
/// # Errors
/// As [`print`].
pub fn print_json(value: &Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}
