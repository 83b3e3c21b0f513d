//! `mats verify`: whether the files of runs are those that were written.

use crate::failure::Failure;
use crate::flags::VerifyFlags;
use crate::output;
use anyhow::anyhow;
use mats_core::text::printable;
use mats_lab::batch::verify::{Content, Verified, verify};

/// Runs the command: a line for each run.
///
/// # Errors
/// A folder that holds no run; a file that is not what was written, lacks, or was added; a run without sums.
pub fn run(flags: &VerifyFlags) -> Result<(), Failure> {
    let mut bad = 0;
    for folder in &flags.runs {
        for Verified { path, found } in verify(folder).map_err(Failure::input)? {
            let path = path.display().to_string();
            let line = match &found {
                Ok(Content::Run(files)) => format!("{path}: {files} files, all as they were written"),
                Ok(Content::Experiment(files)) => {
                    format!("{path}: {files} files of the experiment, all as they were written")
                }
                Ok(Content::Unit) => format!("{path}: a finished unit, as it was written"),
                Err(error) => format!("{path}: NOT PROVEN: {error}"),
            };
            bad += usize::from(found.is_err());
            output::print(&format!("{}\n", printable(&line)))?;
        }
    }
    if bad == 0 {
        return Ok(());
    }
    let what = if bad == 1 { "1 of them is".to_owned() } else { format!("{bad} of them are") };
    Err(Failure::input(anyhow!("{what} not proven to be what was written; see above")))
}
