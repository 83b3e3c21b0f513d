//! What a replay's page says without its script: outcomes, whether it is the run's own episode, how to read it.

use mats_results::Labels;
use mats_results::metrics::EndState;
use mats_results::replay::CampaignStory;
use mats_results::replay::{Check, DefenderTrace, Replay};
use maud::{Markup, html};

/// Names of the defenders as the page shows them.
fn labels(replay: &Replay) -> Labels {
    Labels::of(replay.sides.iter().map(|side| side.defender.as_str()))
}

/// The defenders, in words.
pub(super) fn names(replay: &Replay) -> String {
    let labels = labels(replay);
    let names: Vec<_> = replay.sides.iter().map(|s| labels.get(&s.defender)).collect();
    names.join(" against ")
}

/// Says of every side that is not what the run counted.
pub(super) fn checks(replay: &Replay) -> Markup {
    html! {
        @for side in &replay.sides {
            @match &side.check {
                Check::Same => {}
                Check::NoRow => p.dim {
                    "The run did not play " code { (side.defender) } " on this episode, so there is no row of "
                    code { "episodes.csv" } " to compare this replay with."
                },
                Check::Differs { columns } => div.warning role="alert" {
                    p { strong { "Not the same episode." } " The run counted other figures for " code { (side.defender) }
                        " than this replay: another version of the program played it, or its files were changed." }
                    table {
                        tr { th { "column" } th.n { "the run" } th.n { "this replay" } }
                        @for (column, then, now) in columns {
                            tr { td { (column) } td.n { (then) } td.n { (now) } }
                        }
                    }
                },
            }
        }
    }
}

/// A figure of a side: its name and how it is written.
type Figure = (&'static str, fn(&DefenderTrace) -> String);

/// Writes what it came to: a row for each side.
pub(super) fn table(replay: &Replay) -> Markup {
    let figures: [Figure; 11] = [
        ("damage", |s| format!("{:.1}", s.row.damage)),
        ("disruption", |s| format!("{:.1}", s.row.disruption)),
        ("actions' cost", |s| format!("{:.1}", s.row.action_cost)),
        ("incidents", |s| s.row.incidents.to_string()),
        ("false", |s| s.row.false_incidents.to_string()),
        ("alerts", |s| s.alerts.len().to_string()),
        ("decisions", |s| s.decisions.len().to_string()),
        ("actions", |s| s.row.actions.interventions().to_string()),
        ("false isolations", |s| s.row.false_isolations.to_string()),
        ("analyst hours", |s| format!("{:.1}", s.row.analyst_hours)),
        ("records", |s| s.row.records.to_string()),
    ];
    let labels = labels(replay);
    html! {
        div.scroll { table {
            tr { th { "defender" } th.n { "cost" } @for (name, _) in figures { th.n { (name) } } }
            @for s in &replay.sides {
                tr { td { (labels.get(&s.defender)) } td.n { strong { (format!("{:.1}", s.row.cost)) } }
                    @for (_, figure) in figures { td.n { (figure(s)) } } }
            }
        } }
        p.dim { "Costs are in " (replay.context.unit) "; actions are all but monitor." }
        @for s in &replay.sides {
            @for (c, campaign) in s.campaigns.iter().enumerate() {
                p.campaign { @if replay.sides.len() > 1 { strong { (labels.get(&s.defender)) } ": " } "Campaign " (c) ", " (campaign.row.attack) ": "
                    strong { (words(campaign.row.end_state)) } (times(campaign)) "." }
            }
        }
        @if replay.sides.iter().all(|s| s.campaigns.is_empty()) {
            p { "Nobody attacks in this episode: every alert is a false one." }
        }
    }
}

/// An end state as people say it.
fn words(state: EndState) -> &'static str {
    match state {
        EndState::NeverIn => "never got in",
        EndState::Evicted => "evicted",
        EndState::Left => "left by itself",
        EndState::CutOff => "cut off, but still there at the end",
        EndState::Residual => "kept a password or persistence",
        EndState::Held => "held the network at the end",
    }
}

/// Tells whether the objective was reached, and how long it took to be detected, contained and evicted.
fn times(campaign: &CampaignStory) -> String {
    let row = &campaign.row;
    let minutes = |s: f64| format!("{:.0} min", s / 60.0);
    let objective = match row.time_to_objective_s {
        Some(s) => format!("; objective reached after {}", minutes(s)),
        None => format!("; objective not reached ({:.0} % of its goal done)", 100.0 * row.goal_share),
    };
    let detected = match row.time_to_detect_s {
        Some(s) => format!(", detected after {}", minutes(s)),
        None if row.detected => ", detected".to_owned(),
        None => ", not detected".to_owned(),
    };
    let after = |what: &str, time: Option<f64>| {
        time.map_or(String::new(), |s| format!(", {what} after {}", minutes(s)))
    };
    format!(
        "{objective}, {} machines touched, {} of access{detected}{}{}",
        row.hosts_touched,
        minutes(row.access_s),
        after("contained", row.time_to_contain_s),
        after("evicted", row.time_to_evict_s)
    )
}

/// Explains how to read the page.
pub(super) fn reading() -> Markup {
    html! {
        section {
            h2 { "How to read this page" }
            p { "A machine's " strong { "fill and letter" } " are the truth: nothing; " b { "t" } ", an attacker has touched it; "
                b { "H" } ", an attacker holds it; " b { "X" } ", damage was done there. Its " strong { "ring and mark" }
                " are what the defender believes: none; " b { "?" } " suspected; " b { "!" } " verified by a scan or an analyst; "
                b { "✓" } " cleared; " b { "□" } " contained; " b { "+" } " treated or ready to be given back. A bar through it means it is "
                "isolated. Circles are workstations, squares servers, diamonds what the organisation stands still without." }
            p { "Alerts are the detectors'. A hollow mark is a false one: no attacker held the machine then or had touched it in "
                "the half hour before. Its records are those of the machine in the hour before, first those that the named features "
                "are about, fifty at most." }
            p { strong { "Row" } " is the rule of the policy table that answered, the first from the top whose key fits. " strong { "Values" }
                " (Q) are the network's estimates of the reward to come, costs being negative, so the higher the better. " strong { "Wanted" }
                " is what the defender would have taken first, had it been possible and permitted. A " strong { "decoy" } " that is contacted is "
                "suspicion, no proof: no work needs it, but harmless scanners find it, too." }
            p { "Space plays, ← and → go by a minute, with shift by ten, P and N to the event before and after." }
        }
    }
}
