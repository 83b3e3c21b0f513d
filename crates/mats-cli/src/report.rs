//! `mats report`: a page about runs.

use crate::failure::Failure;
use crate::flags::ReportFlags;
use crate::output;
use anyhow::{Context, anyhow};
use mats_core::text::printable;
use mats_lab::batch::load;
use mats_lab::batch::variants::{Variant, variants};
use mats_lab::overrides;
use mats_lab::record::RunRecord;
use mats_report::report::{ReadRunError, ReportedRun, report as write_report};
use mats_results::ResultFolder;
use mats_results::folder::{Seal, lock_for_a_moment, lock_run};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The page, where nothing else is asked for.
const PAGE: &str = "report.html";

/// Runs the command.
///
/// # Errors
/// A folder that holds no finished run, a page that is there already, a full disk.
pub fn report(flags: &ReportFlags) -> Result<(), Failure> {
    let place = Place::of(flags)?;
    if place.page().exists() && !flags.overwrite {
        return Err(Failure::input(anyhow!(
            "{} exists already; name another with `--out`, or pass `--overwrite` to replace it",
            place.page().display()
        )));
    }
    let mut runs: Vec<ReportedRun> = Vec::new();
    let (jobs, mut notes) = jobs(&flags.runs)?;
    notes.extend(load::unproven(jobs.iter().map(|(path, _)| path.as_path())));
    let mut seals = Vec::new();
    for (path, variant) in jobs {
        seals.push(Seal::of(&path));
        let mut name = load::name(&path).map_err(Failure::input)?;
        if runs.iter().any(|other| other.name == name) {
            name = path.display().to_string();
        }
        let mut run = read(&path, &name).context("failed to read results").map_err(Failure::Input)?;
        run.variant = variant.unwrap_or(name);
        runs.push(run);
    }
    for note in &notes {
        output::warn(note);
    }
    let report = write_report(&runs, &notes, &place.figures)?;
    // The folder of a run is for one process at a time; elsewhere pages take turns.
    let lock = lock_run(&place.folder).map_err(Failure::input)?;
    let _turn = if lock.is_none() { Some(lock_for_a_moment(&place.folder)?) } else { None };
    for seal in &seals {
        seal.check().context("failed to read results").map_err(Failure::Input)?;
    }
    std::fs::create_dir_all(&place.folder)
        .with_context(|| format!("failed to make the folder {}", place.folder.display()))?;
    let folder = ResultFolder::open(&place.folder).context("failed to write the report")?;
    if lock.is_some() {
        folder.sweep();
    }
    folder
        .write_report((&place.name, &report.html), (&place.figures, &report.figures))
        .context("failed to write the report")?;
    output::print(&format!(
        "Report: {}\nFigures: {}, {} SVG files\n",
        printable(&place.page().display().to_string()),
        printable(&place.folder.join(&place.figures).display().to_string()),
        report.figures.len(),
    ))
}

/// Reads a run, with what of its settings is not the default.
fn read(path: &Path, name: &str) -> Result<ReportedRun, ReadRunError> {
    let changed = overrides::changed(&RunRecord::read(path)?.settings);
    ReportedRun::read(path, name, changed)
}

/// The folder of a run, and the variant it is of.
type ReportJob = (PathBuf, Option<String>);

/// The folders of the runs, and what is to be said of those that are left out; an experiment's has one for each of its
/// finished jobs, with the variant it is of.
fn jobs(given: &[PathBuf]) -> Result<(Vec<ReportJob>, Vec<String>), Failure> {
    let (mut all, mut notes) = (Vec::new(), Vec::new());
    for path in given {
        match variants(path).context("failed to read results").map_err(Failure::Input)? {
            None => all.extend(load::runs(path).map_err(Failure::input)?.into_iter().map(|run| (run, None))),
            Some(found) => {
                notes.extend(found.note());
                for Variant { name, jobs } in found.variants {
                    let name = if given.len() > 1 {
                        format!("{}/{name}", load::name(path).map_err(Failure::input)?)
                    } else {
                        name
                    };
                    all.extend(jobs.into_iter().map(|job| (job, Some(name.clone()))));
                }
            }
        }
    }
    Ok((all, notes))
}

/// Place of the report.
struct Place {
    folder: PathBuf,
    /// The page, in the folder.
    name: String,
    /// The folder of figures, in the folder.
    figures: String,
}

impl Place {
    fn of(flags: &ReportFlags) -> Result<Place, Failure> {
        match (&flags.out, flags.runs.as_slice()) {
            (Some(out), _) => Place::named(out),
            (None, [run]) => {
                Ok(Place { folder: run.clone(), name: PAGE.to_owned(), figures: "figures".to_owned() })
            }
            (None, _) => Place::named(Path::new(PAGE)),
        }
    }

    /// A page of somebody's choice.
    fn named(out: &Path) -> Result<Place, Failure> {
        let text = |part: Option<&OsStr>| part.and_then(OsStr::to_str).map(str::to_owned);
        let (Some(name), Some(stem)) = (text(out.file_name()), text(out.file_stem())) else {
            return Err(Failure::input(anyhow!(
                "`--out {}` names no file; give one such as report.html",
                out.display()
            )));
        };
        if out.is_dir() {
            return Err(Failure::input(anyhow!(
                "`--out {}` is a folder; give a file such as {}",
                out.display(),
                out.join(PAGE).display()
            )));
        }
        let folder = match out.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Place { folder, name, figures: format!("{stem}-figures") })
    }

    fn page(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}
