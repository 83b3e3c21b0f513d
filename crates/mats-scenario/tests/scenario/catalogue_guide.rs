//! The text of `scenarios/CATALOGUE.md`, computed from the catalogue.

use mats_core::Os;
use mats_scenario::catalogue::{Actor, Behaviour, Grant, Site, Sources, Technique, Template, When};
use mats_scenario::{behaviours, techniques};
use std::fmt::Write as _;

const HEAD: &str = "\
# Techniques and benign life

What attack steps may name, and what people and machines do anyway. Computed from `crates/mats-scenario/catalogue`; a test
holds it true.

## Techniques

*From*: `outside` from the internet against the target; `held` on a machine already held; `remote` from a held machine
against another one. *Needs*: what must hold before; `windows` and `linux` where ATT&CK names one platform only.

*Minutes* are medians (log-normal, log-standard deviation 0.5), *success* is a probability, both for a skill of 1 against an
undefended target; a step may override both. With skill *s* success is *s* times as likely (at most .98), and what takes *m*
minutes takes *m* / √*s*, times `stealth`, times `randomize.pace`:

| skill | success of a technique with 0.60 | minutes of one with 10 |
|---|---|---|
| 0.5 | 0.30 | 14.1 |
| 1.0 | 0.60 | 10.0 |
| 1.5 | 0.90 | 8.2 |

*Noise* is how many acts each source of telemetry may see on average: network flows, system events, user behaviour (logins),
configuration. An act is one record or a few. Stealth divides it by its square root. *Intel*: whether a feed may come to know
the outside place involved.
";

/// The whole text.
pub fn text() -> String {
    let mut text = HEAD.to_owned();
    let mut tactic = String::new();
    for t in techniques() {
        if t.tactic != tactic {
            tactic.clone_from(&t.tactic);
            let title = tactic.replace('-', " ");
            let _ = write!(
                text,
                "\n### {}{}\n\n| id | name | from | needs | grants | minutes | success | flows | events | user | config | intel |\n\
                 |---|---|---|---|---|---|---|---|---|---|---|---|\n",
                title[..1].to_uppercase(),
                &title[1..]
            );
        }
        let _ = writeln!(text, "{}", technique(&t));
    }
    text.push_str("\n## Benign life\n\nPer hour and actor while it may happen. Attackers emit on the same templates with ranges inside these.\n");
    for (bad, title) in
        [(false, "Routine"), (true, "Benign, and looks like an attack (multiplied by `randomize.noise`)")]
    {
        let _ = write!(text, "\n### {title}\n\n| name | whose | per hour | when |\n|---|---|---|---|\n");
        for b in behaviours().iter().filter(|b| b.looks_bad == bad) {
            let _ = writeln!(text, "{}", behaviour(b));
        }
    }
    text
}

fn technique(t: &Technique) -> String {
    let mut needs: Vec<String> = Vec::new();
    let flags = [
        (t.needs.admin, "admin"),
        (t.needs.credential, "credential"),
        (t.needs.vulnerability, "vulnerability"),
    ];
    needs.extend(flags.into_iter().filter(|f| f.0).map(|f| f.1.to_owned()));
    if !t.needs.services.is_empty() {
        needs.push(t.needs.services.iter().map(|s| s.name()).collect::<Vec<_>>().join(" or "));
    }
    needs.extend(t.needs.os.map(|os| if os == Os::Windows { "windows" } else { "linux" }.to_owned()));
    let grants: Vec<&str> = t
        .grants
        .iter()
        .map(|g| match g {
            Grant::Foothold => "foothold",
            Grant::Admin => "admin",
            Grant::Credential => "credential",
            Grant::Persistence => "persistence",
            Grant::Channel => "channel",
        })
        .collect();
    let site = match t.site {
        Site::Outside => "outside",
        Site::Held => "held",
        Site::Remote => "remote",
    };
    let sources = |template: Template| {
        let logs_in = matches!(template, Template::LoginFail | Template::LoginOk | Template::AccountLock);
        let sources = template.sources();
        // Whoever logs in from outside is seen on the wire as well.
        Sources { flows: sources.flows || (logs_in && t.site == Site::Outside), ..sources }
    };
    let seen = |pick: fn(Sources) -> bool| {
        let emits = t.emits.iter().filter(|e| pick(sources(e.template)));
        let acts: f64 = emits.map(|e| f64::from(e.count.0 + e.count.1) / 2.0).sum();
        if acts > 0.0 { format!("{acts}") } else { "–".to_owned() }
    };
    let intel = t.emits.iter().any(|e| e.template.sources().intel);
    let list = |items: &[String]| if items.is_empty() { "–".to_owned() } else { items.join(", ") };
    let grants: Vec<String> = grants.into_iter().map(str::to_owned).collect();
    format!(
        "| {} | {} | {site} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        t.id,
        t.name,
        list(&needs),
        list(&grants),
        t.minutes,
        t.success,
        seen(|s| s.flows),
        seen(|s| s.events),
        seen(|s| s.logins),
        seen(|s| s.config),
        if intel { "yes" } else { "–" }
    )
}

fn behaviour(b: &Behaviour) -> String {
    let whose = match &b.actor {
        Actor::Users(roles) => names(roles),
        Actor::Hosts(roles) if roles.len() >= 10 => "machines of all roles".to_owned(),
        Actor::Hosts(roles) => names(roles),
    };
    let whose = if b.exposed { format!("{whose}; where the internet reaches them") } else { whose };
    let when = match b.when {
        When::Shift => "shift",
        When::Always => "always",
        When::Night => "night",
    };
    format!("| `{}` | {whose} | {} | {when} |", b.name, b.per_hour)
}

fn names<T: serde::Serialize>(roles: &[T]) -> String {
    let name = |role: &T| serde_json::to_value(role).unwrap().as_str().unwrap_or_default().to_owned();
    roles.iter().map(name).collect::<Vec<_>>().join(", ")
}
