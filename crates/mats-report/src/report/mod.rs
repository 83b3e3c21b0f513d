//! The report of one or more runs: one page, and every chart of it as a file.
//!
//! | module | holds |
//! |---|---|
//! | [`run`] | a run, read back from its folder |
//! | [`figure_set`] | figures and their values, gathered while the page is written |
//! | [`format`] | numbers, intervals and times as people read them |
//! | [`overview`] | the summary in words, and the table |
//! | [`scores`] | scores; score against disruption; the detection gap and the decision gap |
//! | [`outcomes`] | how campaigns end: cumulative incidence |
//! | [`detection`] | ROC, precision and recall, reliability; confusion matrices |
//! | [`techniques`] | coverage by technique |
//! | [`learning`] | the curves of training |
//! | [`telling`] | the episodes that tell most, each with the command that shows it |
//! | [`timeline`] | what was done hour by hour |
//! | [`policy`] | the table before and after |
//! | [`reproduce`] | how to repeat the run |
//! | [`multi_run`] | runs side by side |

mod detection;
mod figure_set;
mod format;
mod learning;
mod multi_run;
mod outcomes;
mod overview;
mod policy;
mod reproduce;
mod run;
mod scores;
mod techniques;
mod telling;
mod timeline;

pub use run::{ReadRunError, ReportedRun};

use crate::chart::DrawError;
use crate::page::page;
use figure_set::FigureSet;
use maud::{Markup, html};

/// A page and its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The page.
    pub html: String,
    /// Names and contents of its figures, each an SVG file.
    pub figures: Vec<(String, String)>,
}

/// Runs that a page tells all about; with more of them it would be too large to read, or to send.
const MAX_WHOLE: usize = 4;
/// Values of figures on hover.
const HOVER: &str = include_str!("../page/hover.js");

/// Writes the report of some runs, in their order; `notes` are what is to be borne in mind where there are several, `figures` is where its figures will stand, as seen from the page.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn report(runs: &[ReportedRun], notes: &[String], figures: &str) -> Result<Report, DrawError> {
    let mut figures = FigureSet::new(figures);
    let mut parts = Vec::new();
    if runs.len() > 1 {
        parts.push(multi_run::section(&mut figures, runs, notes)?);
    }
    for (i, run) in runs.iter().enumerate() {
        figures.enter(if runs.len() > 1 { format!("{}-", i + 1) } else { String::new() });
        parts.push(match runs.len() {
            0..=MAX_WHOLE => of_run(&mut figures, run, runs.len() > 1)?,
            _ => in_short(&figures, run),
        });
    }
    let title = match runs {
        [run] => format!("{}: report of the run {}", run.scenario(), run.name),
        _ => format!("Report of {} runs", runs.len()),
    };
    let body = html! { @for part in &parts { (part) } };
    let data = figures.data();
    Ok(Report { html: page(&title, &body, Some(&data), HOVER), figures: figures.into_files() })
}

/// The summary of one of many runs.
fn in_short(figures: &FigureSet, run: &ReportedRun) -> Markup {
    html! {
        header {
            h1 { (run.name) }
            p.dim { "Scenario " code { (run.scenario()) } ". Its own page has the rest: " code { "mats report " (run.place) } }
        }
        section id=(figures.id("summary")) { h2 { "Summary" } (overview::section(run)) }
    }
}

/// Writes everything about one run.
fn of_run(figures: &mut FigureSet, run: &ReportedRun, among_others: bool) -> Result<Markup, DrawError> {
    let sections = [
        ("score", "Score", scores::section(figures, run)?),
        ("gaps", "What is lost by detection, and what by decisions", scores::gaps(figures, run)?),
        ("campaigns", "How campaigns end", outcomes::section(figures, run)?),
        ("detection", "Detection", detection::section(figures, run)?),
        ("techniques", "Coverage of attack techniques", techniques::section(figures, run)?),
        ("learning", "Learning", learning::section(figures, run)?),
        ("episodes", "Episodes worth a look", telling::section(run)),
        ("actions", "Actions over time", timeline::section(figures, run)?),
        ("policy", "The policy table, before and after", policy::section(run)),
        ("repeat", "How to repeat this run", reproduce::section(run)),
    ];
    let id = |name: &str| figures.id(name);
    Ok(html! {
        header {
            h1 { (run.title()) }
            p.dim { "Scenario " code { (run.scenario()) } ", run " code { (run.name) } ", MATS " (run.record.version) }
            @if !among_others { (overview::description(run)) }
        }
        nav aria-label="Contents" {
            ul { @for (name, heading, _) in &sections { li { a href={ "#" (id(name)) } { (heading) } } } }
        }
        section id=(id("summary")) { h2 { "Summary" } (overview::section(run)) }
        @for (name, heading, body) in &sections {
            section id=(id(name)) { h2 { (heading) } (body) }
        }
    })
}
