//! A scenario as Mermaid diagrams, for people.

use crate::attack::{Attack, Selector};
use crate::model::Scenario;
use mats_core::SubnetId;
use mats_core::telemetry::Service;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The network and each attack graph as Mermaid flowcharts, under Markdown headings.
pub fn show(scenario: &Scenario) -> String {
    let mut out = format!("# {}\n\n{}\n\n## Network\n\n", scenario.name, scenario.title);
    network(&mut out, scenario);
    for attack in &scenario.attacks {
        let _ = write!(out, "\n## Attack: {}\n\n", attack.name);
        graph(&mut out, scenario, attack);
    }
    out
}

fn label(text: &str) -> String {
    text.replace('"', "#quot;")
}

fn services(bits: u16) -> String {
    let names: Vec<&str> =
        Service::ALL.iter().filter(|&&s| bits >> (s as u16) & 1 == 1).map(|s| s.name()).collect();
    names.join(", ")
}

fn network(out: &mut String, scenario: &Scenario) {
    out.push_str("```mermaid\nflowchart LR\n  internet((internet))\n");
    let n = scenario.reach.subnets;
    for (i, name) in scenario.inventory.subnets.iter().enumerate() {
        let mut roles: BTreeMap<String, usize> = BTreeMap::new();
        for (info, spec) in scenario.inventory.hosts.iter().zip(&scenario.hosts) {
            if info.subnet == SubnetId(i as u32) {
                *roles.entry(kebab(&spec.role)).or_default() += 1;
            }
        }
        let lines: Vec<String> = roles.iter().map(|(role, count)| format!("{count} × {role}")).collect();
        let _ = writeln!(out, "  s{i}[\"{}<br/>{}\"]", label(name), lines.join("<br/>"));
    }
    for from in 0..n {
        for to in (0..n).filter(|&to| to != from) {
            let bits = scenario.reach.services[from * n + to];
            if bits != 0 {
                let _ = writeln!(out, "  s{from} -->|\"{}\"| s{to}", services(bits));
            }
        }
        if scenario.reach.from_internet[from] != 0 {
            let _ =
                writeln!(out, "  internet -->|\"{}\"| s{from}", services(scenario.reach.from_internet[from]));
        }
        if scenario.reach.to_internet[from] {
            let _ = writeln!(out, "  s{from} -.-> internet");
        }
    }
    out.push_str("```\n");
}

/// The name of a unit variant as files spell it.
fn kebab(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn target(scenario: &Scenario, selector: &Selector) -> String {
    match selector {
        Selector::Any => "any machine".to_owned(),
        Selector::Roles(roles) => roles.iter().map(kebab).collect::<Vec<_>>().join(", "),
        Selector::Subnet(s) => format!("in {}", scenario.inventory.subnets[s.index()]),
        Selector::Hosts(hosts) if hosts.len() > 3 => format!("{} machines", hosts.len()),
        Selector::Hosts(hosts) => {
            hosts.iter().map(|&h| scenario.inventory.host(h).name.as_str()).collect::<Vec<_>>().join(", ")
        }
    }
}

fn graph(out: &mut String, scenario: &Scenario, attack: &Attack) {
    out.push_str("```mermaid\nflowchart TD\n");
    for (i, step) in attack.steps.iter().enumerate() {
        let t = &scenario.techniques[step.technique];
        let times = match step.repeat {
            (1, 1) => String::new(),
            (low, high) if low == high => format!(" × {low}"),
            (low, high) => format!(" × {low}–{high}"),
        };
        let (open, close) = if step.objective { ("([", "])") } else { ("[", "]") };
        let _ = writeln!(
            out,
            "  n{i}{open}\"{}<br/>{} {}<br/>{}{times}\"{close}",
            label(&step.id),
            t.id,
            label(&t.name),
            label(&target(scenario, &step.target)),
        );
    }
    for (i, step) in attack.steps.iter().enumerate() {
        for after in &step.after {
            let _ = writeln!(out, "  n{after} --> n{i}");
        }
    }
    out.push_str("```\n");
}
