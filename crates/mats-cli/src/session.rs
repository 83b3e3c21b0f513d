//! What commands that work for a while begin with: defenders by name, threads, Ctrl-C, progress.

use crate::failure::Failure;
use crate::flags::Effort;
use crate::reporter::Reporter;
use crate::{interrupt, output};
use anyhow::Context;
use mats_lab::defender::{DefenderSpec, SpecError};

/// Threads that are started for each core at most: more only wait for each other.
const THREADS_A_CORE: usize = 4;
/// Threads that may be started anywhere, to try whether results depend on their number.
const LEAST: usize = 16;

/// Defenders by their names, each once, and `none` among them; files that they name are read here, and never again.
///
/// # Errors
/// When a name is nobody's, or a file cannot be read.
pub fn defenders(names: &[String]) -> Result<Vec<DefenderSpec>, Failure> {
    DefenderSpec::parse_players(names).map_err(misnamed)
}

/// Warns of what is doubtful in the files of some defenders, once each.
pub fn warn_doubtful<'a>(defenders: impl IntoIterator<Item = &'a DefenderSpec>) {
    let mut told = Vec::new();
    for spec in defenders {
        if !told.contains(&spec) {
            told.push(spec);
            output::doubt(spec.doubts());
        }
    }
}

/// A defender that cannot be: mistakes of a file that it names are shown in their places.
pub fn misnamed(error: SpecError) -> Failure {
    match error.diagnostics() {
        Some(diagnostics) => Failure::Scenario(vec![diagnostics.clone()]),
        None => Failure::input(error),
    }
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
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = (cores * THREADS_A_CORE).max(LEAST);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(effort.threads.unwrap_or(0).min(most));
    Ok(pool.build_global().context("failed to start threads")?)
}
