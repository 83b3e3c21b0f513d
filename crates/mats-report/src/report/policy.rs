//! The policy table before and after learning: what changed, and why.

use super::format::{count, number, percent, signed};
use super::run::ReportedRun;
use mats_core::{Action, AssetClass, PolicyKey, Severity, ThreatKind, ThreatStatus};
use mats_respond::table::Origin;
use mats_respond::{PolicyTable, Rule};
use mats_results::RefinementRow;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The section.
pub fn section(run: &ReportedRun) -> Markup {
    if run.policies.is_empty() {
        return html! { p { "The agents evaluated here stay in the folder of the run that trained them, and so does their table; report that run." } };
    }
    let before = PolicyTable::playbook();
    html! {
        p { "A row of the table answers a threat by its kind, severity, machine and status with a ranking of actions, of which the first that is "
            "possible is taken. Learning proposes changes by the network’s values, and a change is accepted only if whole validation "
            "episodes, played again with it, cost less by more than "
            (number(run.record.settings.train.refine.errors)) " standard errors of the difference." }
        @if run.tables.refinement.is_none() {
            p.missing { "This run has no refinement.csv, so the evidence behind each change is not known; repeat it with this version to have it." }
        }
        @for (seed, after) in &run.policies {
            h3 { "Training seed " (seed) }
            @match &run.tables.refinement {
                Some(all) => (changes(&all.iter().filter(|r| r.train_seed == *seed).collect::<Vec<_>>())),
                None => {}
            }
            (differences(&before, after))
        }
        @if run.tables.refinement.as_ref().is_some_and(|rows| !rows.is_empty()) {
        p.dim { "Met: decisions on validation episodes that came to these rows. Network agrees: share of these decisions in which the network too would "
            "take the new first action. Q-gain: what the network promises over all of them, in units of cost; the race, not the promise, decides. "
            "Saved: mean over all validation episodes ± standard error, against the table with the changes above it. Changes were chosen as the best of many, so "
            "savings are somewhat too good; the score on unseen episodes is not." }
        }
        details { summary { "The table before: the playbook as shipped" } (whole(&before)) }
        @for (seed, after) in &run.policies {
            details { summary { "The table after, training seed " (seed) } (whole(after)) }
        }
    }
}

/// Accepted changes with their evidence.
fn changes(rows: &[&RefinementRow]) -> Markup {
    if rows.is_empty() {
        return html! { p { "No change proved itself: the table is the playbook." } };
    }
    html! {
        div.scroll { table {
            thead { tr {
                th { "change" } th { "where" } th { "before" } th { "now first" } th.n { "met" } th.n { "network agrees" }
                th.n { "Q-gain proposed" } th.n { "cost saved per episode" } th.n { "episodes played again" }
            } }
            tbody {
                @for group in rows.chunk_by(|a, b| a.change == b.change) {
                    @let first = group[0];
                    @let met: u64 = group.iter().map(|r| u64::from(r.met)).sum();
                    tr {
                        td.n { (first.change) }
                        td.wrap { (place(group.iter().map(|r| [&*r.kind, &*r.severity, &*r.asset, &*r.status]))) }
                        td.wrap { (before(group)) }
                        td { code { (head(&first.after)) } }
                        td.n { (met) }
                        td.n { (percent(group.iter().map(|r| r.confidence * f64::from(r.met)).sum::<f64>() / met.max(1) as f64)) }
                        td.n { (signed(first.q_gain)) }
                        td.n { (number(first.saved)) " ± " (number(first.saved_error)) }
                        td.n { (first.replayed) " of " (first.validation) }
                    }
                }
            }
        } }
    }
}

fn head(ranking: &str) -> &str {
    ranking.split(' ').next().unwrap_or("")
}

/// Writes what came first before, with how often it was met.
fn before(group: &[&RefinementRow]) -> Markup {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    for row in group {
        *first.entry(head(&row.before)).or_default() += u64::from(row.met);
    }
    html! { @for (i, (action, met)) in first.iter().enumerate() {
        @if i > 0 { ", " }
        code { (action) } @if first.len() > 1 { " (" (met) ")" }
    } }
}

/// The values of the four properties, in their order.
fn values() -> [Vec<&'static str>; 4] {
    [
        ThreatKind::ALL.iter().map(|v| v.name()).collect(),
        Severity::ALL.iter().map(|v| v.name()).collect(),
        AssetClass::ALL.iter().map(|v| v.name()).collect(),
        ThreatStatus::ALL.iter().map(|v| v.name()).collect(),
    ]
}

/// Rows of the table in few words: `verified · high · server, critical (2 rows)`.
fn place<'a>(rows: impl Iterator<Item = [&'a str; 4]>) -> String {
    let rows: Vec<[&str; 4]> = rows.collect();
    let listed = |property: usize, all: &[&str], any: &str| {
        let used: Vec<&str> =
            all.iter().copied().filter(|v| rows.iter().any(|r| r[property] == *v)).collect();
        if used.len() == all.len() { any.to_owned() } else { used.join(", ") }
    };
    let [kinds, severities, assets, statuses] = values();
    let parts = [
        listed(3, &statuses, "any status"),
        listed(0, &kinds, "any kind"),
        listed(1, &severities, "any severity"),
        listed(2, &assets, "any machine"),
    ];
    format!("{} ({})", parts.join(" · "), count(rows.len(), "row"))
}

fn named(key: PolicyKey) -> [&'static str; 4] {
    [key.kind.name(), key.severity.name(), key.asset.name(), key.status.name()]
}

/// Every row that answers differently now, like ones together.
fn differences(before: &PolicyTable, after: &PolicyTable) -> Markup {
    let (old, new) = (before.compile(), after.compile());
    let mut groups: BTreeMap<(u8, String, String), Vec<PolicyKey>> = BTreeMap::new();
    for key in (0..PolicyKey::COUNT).map(PolicyKey::from_index).filter(|&k| old.ranking(k) != new.ranking(k))
    {
        let rankings = (key.status as u8, names(old.ranking(key)), names(new.ranking(key)));
        groups.entry(rankings).or_default().push(key);
    }
    let changed: usize = groups.values().map(Vec::len).sum();
    let learnt = |key: PolicyKey| after.rule_for(key).map(|at| &after.rules[at]);
    html! {
        p { (changed) " of the table’s " (PolicyKey::COUNT) " rows answer differently than in the playbook"
            @if changed > 0 { ":" } @else { "." } }
        @if changed > 0 {
            details { summary { "Row by row: before and after" } div.scroll { table {
                thead { tr { th { "where" } th { "before" } th { "after" } th { "learnt from" } } }
                tbody { @for ((_, old, new), keys) in &groups { tr {
                    td.wrap { (place(keys.iter().map(|&k| named(k)))) }
                    td.wrap { (old) } td.wrap { (new) }
                    td.wrap { @if let Some(rule) = learnt(keys[0]) { (evidence(rule)) } }
                } } }
            } } }
        }
    }
}

/// Tells where a rule comes from.
fn evidence(rule: &Rule) -> String {
    match rule.learned {
        Origin::Playbook => rule.note.clone().unwrap_or_else(|| "the playbook".to_owned()),
        Origin::Refinement(_) => format!(
            "{}{}",
            count(rule.support.unwrap_or(0) as usize, "decision"),
            rule.confidence
                .map_or(String::new(), |c| format!("; the network agrees in {}", percent(f64::from(c))))
        ),
    }
}

fn names(ranking: &[Action]) -> String {
    let ranking = if ranking.is_empty() { &[Action::Monitor] } else { ranking };
    ranking.iter().map(|a| a.name()).collect::<Vec<_>>().join(", ")
}

/// A table as people read it.
fn whole(table: &PolicyTable) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.n { "rule" } th { "where" } th { "actions, best first" } th { "from" } } }
            tbody { @for (i, rule) in table.rules.iter().enumerate() { tr {
                td.n { (i + 1) }
                td.wrap { (place(rule.when.keys().map(named))) }
                td.wrap { (names(&rule.actions)) @if rule.pinned { " (pinned)" } }
                td.wrap { (evidence(rule)) }
            } } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_by_what_rows_have_in_common() {
        let rows = [["intrusion", "low", "server", "fresh"], ["intrusion", "high", "server", "fresh"]];
        assert_eq!(place(rows.into_iter()), "fresh · intrusion · low, high · server (2 rows)");
        let all = (0..PolicyKey::COUNT).map(|i| named(PolicyKey::from_index(i)));
        assert_eq!(
            place(all),
            format!("any status · any kind · any severity · any machine ({} rows)", PolicyKey::COUNT)
        );
    }

    #[test]
    fn a_table_that_learnt_nothing_differs_nowhere() {
        let playbook = PolicyTable::playbook();
        assert!(differences(&playbook, &playbook).into_string().contains("0 of the table’s"));
    }
}
