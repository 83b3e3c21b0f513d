//! The episodes that tell most, each with why and the command that shows it.

use super::format::{number, span};
use super::reproduce::quoted;
use super::run::ReportedRun;
use mats_results::{CampaignRow, EpisodeRow, Phase};
use maud::{Markup, html};

/// Defenders that learnt, the one whose episodes are told first.
const LEARNT: [&str; 2] = ["policy", "dqn"];
/// What they are laid beside.
const PLAYBOOK: &str = "playbook";

/// An episode worth a look.
#[derive(Debug, Clone, PartialEq)]
struct Telling {
    why: String,
    episode: u64,
    train_seed: u64,
}

/// A figure that makes an episode stand out, and how that is said.
type Reason<'a> = (&'a dyn Fn(&EpisodeRow) -> f64, &'a dyn Fn(&EpisodeRow, f64) -> String);

/// The section.
pub fn section(run: &ReportedRun) -> Markup {
    let defenders = run.defenders();
    let Some(defender) = whose(&defenders) else {
        return html! { p { "No defender of this run can be looked into: it played none but those that do nothing or know the truth." } };
    };
    let against = defenders.iter().copied().find(|&d| d == PLAYBOOK && d != defender);
    let told = choose(run, defender, against);
    if told.is_empty() {
        return html! { p { "No episode was played." } };
    }
    html! {
        p { "Of " strong { (run.label(defender)) } @if against.is_some() { ", beside the playbook on the same seeds" }
            ". Each episode stands here once, with the first reason that it is worth a look for. RUN is this run's folder." }
        div.scroll { table {
            thead { tr { th { "why" } th { "show it" } } }
            tbody { @for telling in &told { tr {
                td.wrap { (telling.why) }
                td { code { (command(run, telling, defender, against)) } }
            } } }
        } }
    }
}

/// The defender whose episodes are told: a learnt one if there is any, else the first that decides by itself.
fn whose<'a>(defenders: &[&'a str]) -> Option<&'a str> {
    let learnt = LEARNT.iter().find_map(|learnt| defenders.iter().find(|d| *d == learnt));
    let own = || defenders.iter().find(|d| d.contains(':'));
    let fixed = || defenders.iter().find(|&&d| d == PLAYBOOK);
    learnt.or_else(own).or_else(fixed).copied()
}

/// Up to five episodes: for each reason the one that stands out most among those that are not told yet.
fn choose(run: &ReportedRun, defender: &str, against: Option<&str>) -> Vec<Telling> {
    let of = |name: &str| -> Vec<&EpisodeRow> {
        let mine = |row: &&EpisodeRow| {
            row.phase == Phase::Eval && row.defender == name && row.scenario == run.scenario()
        };
        run.tables.episodes.iter().filter(mine).collect()
    };
    let (mine, theirs) = (of(defender), against.map(of).unwrap_or_default());
    let campaigns: Vec<&CampaignRow> = run
        .tables
        .campaigns
        .iter()
        .filter(|row| row.phase == Phase::Eval && row.defender == defender && row.scenario == run.scenario())
        .collect();
    // Whoever is not trained plays each seed once, for all trainings.
    let other = |row: &EpisodeRow| {
        let same = |r: &&&EpisodeRow| r.seed == row.seed && r.train_seed == row.train_seed;
        theirs.iter().find(same).or_else(|| theirs.iter().find(|r| r.seed == row.seed)).map(|r| r.cost)
    };
    let unseen = |row: &EpisodeRow| {
        let own = campaigns.iter().filter(|c| (c.episode, c.train_seed) == (row.episode, row.train_seed));
        own.map(|c| c.time_to_detect_s.unwrap_or(c.access_s)).fold(0.0, f64::max)
    };
    let lead = |row: &EpisodeRow| other(row).map_or(0.0, |cost| cost - row.cost);
    let reasons: [Reason<'_>; 7] = [
        (&lead, &|row, by| {
            format!("largest lead over the playbook: costs {} less ({})", number(by), number(row.cost))
        }),
        (&|row| -lead(row), &|row, by| {
            format!("largest loss against the playbook: costs {} more ({})", number(by), number(row.cost))
        }),
        (&unseen, &|_, time| format!("attackers unnoticed for longest: {}", span(time))),
        (&|row| f64::from(row.false_isolations), &|_, count| {
            format!("most machines isolated that nobody had touched: {}", number(count))
        }),
        (&|row| row.damage, &|_, damage| format!("most damage by attackers: {}", number(damage))),
        (&|row| if row.campaigns == 0 { row.cost } else { 0.0 }, &|_, cost| {
            format!("dearest day on which nobody attacked: costs {}", number(cost))
        }),
        (&|row| row.disruption, &|_, cost| format!("most disruption by the defence: {}", number(cost))),
    ];
    let mut told: Vec<Telling> = Vec::new();
    for (figure, why) in reasons {
        let free = mine
            .iter()
            .filter(|row| !told.iter().any(|t| (t.episode, t.train_seed) == (row.episode, row.train_seed)));
        // Of equals the first, so that a report is the same every time.
        let best = free
            .map(|row| (figure(row), *row))
            .filter(|(value, _)| *value > 0.0)
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((value, row)) = best.filter(|_| told.len() < 5) {
            let (episode, train_seed) = (row.episode, row.train_seed);
            told.push(Telling { why: why(row, value), episode, train_seed });
        }
    }
    told
}

/// The command that shows an episode.
fn command(run: &ReportedRun, telling: &Telling, defender: &str, against: Option<&str>) -> String {
    let mut words = vec![format!("mats replay RUN --episode {}", telling.episode)];
    if defender != LEARNT[0] {
        words.push(format!("--defender {}", quoted(defender)));
    }
    words.extend(against.map(|name| format!("--against {}", quoted(name))));
    // The run's first training is the default.
    if run.record.cuts.first().is_some_and(|&(first, _)| first != telling.train_seed) {
        words.push(format!("--train-seed {}", telling.train_seed));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn episodes_of_the_learnt_defender_are_told_if_there_is_one() {
        assert_eq!(whose(&["none", "playbook", "dqn", "policy", "oracle"]), Some("policy"));
        assert_eq!(whose(&["none", "playbook", "dqn"]), Some("dqn"));
        assert_eq!(whose(&["none", "playbook", "table:x.toml"]), Some("table:x.toml"));
        assert_eq!(whose(&["none", "playbook"]), Some("playbook"));
        assert_eq!(whose(&["none", "oracle"]), None);
    }
}
