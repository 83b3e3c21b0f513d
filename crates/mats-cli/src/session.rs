//! What commands that work for a while begin with: defenders by name, threads, Ctrl-C, progress.

use crate::failure::Failure;
use crate::flags::Effort;
use crate::interrupt;
use crate::reporter::Reporter;
use anyhow::Context;
use mats_lab::defender::DefenderSpec;

/// Defenders by their names, each once; files that they name are read here, and never again.
///
/// # Errors
/// When a name is nobody's, or a file cannot be read.
pub fn defenders(names: &[String]) -> Result<Vec<DefenderSpec>, Failure> {
    DefenderSpec::parse_all(names).map_err(Failure::input)
}

/// Begins what is the same for all commands that work for a while: threads, Ctrl-C, progress.
///
/// # Errors
/// When the system has no threads to give.
pub fn begin(effort: Effort) -> Result<Reporter, Failure> {
    threads(effort)?;
    interrupt::listen()?;
    Ok(Reporter::new(effort.quiet))
}

/// Starts as many threads as asked for.
///
/// # Errors
/// When the system has none to give.
pub fn threads(effort: Effort) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(effort.threads.unwrap_or(0));
    Ok(pool.build_global().context("failed to start threads")?)
}
