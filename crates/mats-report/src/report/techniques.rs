//! Coverage by technique, on a strip of ATT&CK's tactics.

use super::figure_set::FigureSet;
use super::format::percent;
use super::run::ReportedRun;
use crate::chart::DrawError;
use crate::chart::strip::{Strip, Tactic, Technique};
use mats_results::TechniqueRow;
use mats_scenario::tactic::TACTICS;
use maud::{Markup, html};

/// The section.
pub fn section(figures: &mut FigureSet, run: &ReportedRun) -> Result<Markup, DrawError> {
    let Some(all) = &run.tables.techniques else {
        return Ok(
            html! { p.missing { "This run has no techniques.csv; repeat it with this version to have it." } },
        );
    };
    let rows: Vec<&TechniqueRow> = all.iter().filter(|r| r.scenario == run.scenario()).collect();
    if rows.is_empty() {
        return Ok(
            html! { p { "No attack took a step under " code { "none" } ", or that defender was not evaluated." } },
        );
    }
    let known = TACTICS.iter().map(|t| (t.name, t.short));
    // A catalogue of somebody's own may have tactics of its own.
    let own = rows.iter().map(|r| r.tactic.as_str()).filter(|name| TACTICS.iter().all(|t| t.name != *name));
    let mut tactics: Vec<(&str, &str)> = known.collect();
    for name in own {
        if !tactics.contains(&(name, name)) {
            tactics.push((name, name));
        }
    }
    let tactics: Vec<Tactic> = tactics
        .into_iter()
        .map(|(name, short)| Tactic {
            name: short.to_owned(),
            techniques: rows.iter().filter(|r| r.tactic == name).map(|r| technique(r)).collect(),
        })
        .filter(|tactic| !tactic.techniques.is_empty())
        .collect();
    let caption = html! {
        "Share of the uses of each technique of which at least one window was flagged, where nobody responds. A use is one step of a campaign "
        "on one machine. A flag names no step: what else the attacker did on that machine in the same five minutes may have caused it."
    };
    let figure = figures.figure(
        "techniques",
        "Detection coverage by ATT&CK technique",
        &Strip { tactics },
        &caption,
    )?;
    Ok(html! {
        (figure)
        details { summary { "The techniques in numbers" } div.scroll { table {
            thead { tr { th { "technique" } th { "name" } th { "tactic" } th.n { "uses" } th.n { "flagged" } th.n { "share" } th.n { "windows" } th.n { "flagged" } th.n { "share" } } }
            tbody { @for r in &rows { tr {
                td { (r.technique) } td { (r.name) } td { (r.tactic) }
                td.n { (r.uses) } td.n { (r.uses_flagged) } td.n { (percent(share(r.uses_flagged, r.uses))) }
                td.n { (r.windows) } td.n { (r.windows_flagged) } td.n { (percent(share(r.windows_flagged, r.windows))) }
            } } }
        } } }
    })
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn technique(r: &TechniqueRow) -> Technique {
    let seen = share(r.uses_flagged, r.uses);
    Technique {
        id: r.technique.clone(),
        share: seen,
        text: format!(
            "{} {}\n{} of {} uses flagged ({})\n{} of {} windows",
            r.technique,
            r.name,
            r.uses_flagged,
            r.uses,
            percent(seen),
            r.windows_flagged,
            r.windows
        ),
    }
}
